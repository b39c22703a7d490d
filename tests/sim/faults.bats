#!/usr/bin/env bats
# What servers and networks do wrong: the run ends with every entry settled, and never a success that
# the server does not know of. Faults cost waiting time, so campaigns with one fault each run side by
# side, each in a state directory and on a simulator of its own.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# a_fault KIND PERMILLE N [PLATFORM]: a campaign of N in a folder of its own, begun. On Bluesky, where
# a batch is one write, it is the first, the fourth and the seventh; of 429, the first three.
a_fault() {
  local kind=$1 n=$3 faults=(--fault "$1=$2")
  PLATFORM=${4:-x}
  FAULT=$PLATFORM-$kind
  mkdir -p "$FAULT"
  cd "$FAULT" || return 1
  [ "$PLATFORM" != bluesky ] || faults=(--fault-at "1=$kind")
  [ "$PLATFORM-$kind" != "bluesky-${kind#429}" ] ||
    faults+=(--fault-at "4=$kind" --fault-at "7=$kind")
  start_sim --follows "$n" --limits off --limit x/unfollow=100/1s:sliding "${faults[@]}" \
    --seed 7 --slow 400ms
  export WINNOW_STATE="$BATS_TEST_TMPDIR/$FAULT/state"
  local budgets=(--budget unfollow/15m=100/1s --budget unfollow/1d=off)
  if [ "$PLATFORM" = x ]; then
    planned "$n" 10
  else
    campaign "$PLATFORM"
    exits 0 fetch obama --only following --yes
    following "$PLATFORM" | head -n 10 >keep
    "$WINNOW" keep obama --file keep >keep.out 2>&1
    exits 0 plan obama --policy policy.json
    budgets=(--connections 1)
    [ "$PLATFORM" != mastodon ] || budgets=(--budget requests/5m=off)
    [ "$PLATFORM" != github ] || budgets=(--budget writes/8s=off)
  fi
  start run obama --yes --pace burst "${budgets[@]}"
  cd "$BATS_TEST_TMPDIR" || return 1
  RUNS+=("$FAULT $RUN $SERVER $n $ERR")
}

# Wait for all that a_fault began, and compare each with its server.
all_settled() {
  local line fault
  for line in "${RUNS[@]}"; do
    read -r fault RUN SERVER n ERR <<<"$line"
    PLATFORM=${fault%%-*}
    export WINNOW_STATE="$BATS_TEST_TMPDIR/$fault/state"
    ends 0 60 || { echo "with the fault $fault"; return 1; }
    settled "$n" "${fault#*-}" || { echo "with the fault $fault"; return 1; }
  done
}

# settled N FAULT: every entry has its end, and nobody who is still followed counts as unfollowed
settled() {
  local scheduled=$(($1 - 10)) missed
  stands '.state == "done"' '.progress | .remaining == 0 and .in_doubt == 0 and .retrying == 0' \
    ".plan.scheduled == $scheduled" '.progress.protected == 0'
  audited "$limits_kept" '.rejected_429 == 0' '.faults_total > 0'
  balanced
  following "$PLATFORM" >still
  "$WINNOW" export obama journal | jq -r \
    'select(.outcome == ("unfollowed", "already_gone")) | .id' | LC_ALL=C sort >gone
  equal "$(LC_ALL=C sort -u gone | LC_ALL=C comm -12 - still | wc -l)" 0 "wrong successes"
  equal "$(wc -l <gone)" "$(field 'progress | .unfollowed + .already_gone')" "records"
  # X's lie is an error that says that the followee is not available: no success.
  missed=$(field progress.refused)
  [ "$2" != lie ] || missed=$((missed + $(field progress.target_gone)))
  # Drift may take those who are kept; else exactly they are left, and those that were not done.
  [ "$2" = drift ] || equal "$(wc -l <still)" $((10 + missed)) "still followed"
}

@test "429, 500, 503, slow, connections that are cut, on X" {
  RUNS=()
  local kind
  a_fault 429 10 200
  a_fault slow 40 200
  for kind in 500 503 cut-before cut-after cut-body; do a_fault "$kind" 20 200; done
  all_settled
}

@test "answers that are wrong, too large or a lie, followees who vanish, drift, on X" {
  RUNS=()
  local kind
  for kind in wrong-json huge-body lie; do a_fault "$kind" 20 200; done
  a_fault gone 60 200
  a_fault drift 60 200
  all_settled
  export WINNOW_STATE="$BATS_TEST_TMPDIR/x-gone/state"
  stands '.progress.target_gone > 0'
}

@test "the same on the other platforms" {
  RUNS=()
  local kind
  for kind in 503 cut-after gone; do a_fault "$kind" 15 150 mastodon; done
  for kind in 500 cut-body gone; do a_fault "$kind" 15 150 github; done
  for kind in 429 500 cut-after wrong-json drift; do a_fault "$kind" 0 600 bluesky; done
  all_settled
}

@test "429 without headers: a minute's wait, said so, kept over a restart" {
  start_sim --follows 20 --limits off --fault-at 5=429-no-headers
  planned 20 0
  local run=(run obama --yes --pace burst --budget unfollow/15m=1000/1s --budget unfollow/1d=off
    --connections 1)
  start "${run[@]}"
  within 10 is_state waiting
  stands '.waiting.reason != ""' '.progress | .unfollowed == 4 and .remaining == 16' \
    '(.waiting.until | fromdateiso8601) - now | . > 45 and . < 75'
  killed
  start "${run[@]}"
  within 10 says "$ERR" event=start
  within 10 is_state waiting
  kill -INT "$RUN"
  ends 3
  audited '.unfollows_sent == 5'
}

# stopped CODE KIND WORDS...: with one connection, a lasting fault at the eleventh write ends the run
# with that code, in these words; nothing is sent after it, and once it is mended the run goes on.
stopped() {
  local code=$1 kind=$2
  shift 2
  start_sim --follows 40 --limits off --fault-at "11=$kind"
  planned 40 0
  exits "$code" run obama "${UNBOUND[@]}" --connections 1
  has "$stderr" "$@"
  audited '.unfollows_sent == 11' '.unfollows_applied == 10'
  equal "$(requests | tail -n 1 | awk '{ print $NF }')" "$kind" "the last request"
  stands '.state == "stopped"' '.pid == null' '.reason | length > 20' \
    '.progress | .unfollowed == 10 and .remaining == 30'
  balanced
  # As long as nothing is mended, one request more is all that it takes to see it.
  exits "$code" run obama "${UNBOUND[@]}" --connections 1
  audited '.unfollows_sent == 12'
  control fault '{"clear":true}'
  exits 0 run obama "${UNBOUND[@]}"
  audited '.unfollows_applied == 40'
  balanced
}

@test "a locked account: exit 5, with what to do" {
  stopped 5 locked locked "x.com"
}

@test "a suspended account: exit 5, with what to do" {
  stopped 5 suspended suspended "appeal"
}

@test "a token that is no longer accepted: exit 4, with the command" {
  stopped 4 expired "winnow login obama --token-stdin"
}

@test "Bluesky: an expired token is refreshed, and the new pair is stored" {
  start_sim --follows 500 --limits off --fault-at 2=expired
  campaign bluesky
  exits 0 fetch obama --only following --yes
  exits 0 plan obama --policy policy.json
  local before
  before=$(cat "$WINNOW_STATE/credentials/obama")
  exits 0 run obama --yes --pace burst
  has "$stderr" "event=refresh campaign=obama result=ok"
  stands '.state == "done"' '.progress.unfollowed == 500'
  [ "$(cat "$WINNOW_STATE/credentials/obama")" != "$before" ]
  audited '.unfollows_applied == 500' '.still_followed.bluesky == 0'
  # The stored pair is the one that works.
  control fault '{"kind":"expired","next":true}'
  balanced
}

@test "Bluesky: a server that cannot refresh the token for a while does not end the run" {
  start_sim --follows 500 --limits off --fault-at 2=expired --refresh-fails 2
  campaign bluesky
  exits 0 fetch obama --only following --yes
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst
  equal "$(grep -c "event=refresh campaign=obama result=network" <<<"$stderr")" 2 "refreshes that failed"
  has "$stderr" "event=refresh campaign=obama result=ok"
  audited '.unfollows_applied == 500' '.still_followed.bluesky == 0'
  equal "$(requests | awk '$4 == "refresh"' | wc -l)" 3 "refreshes"
  # Each was a request to the budget that counts all of them.
  equal "$(field 'budgets[] | select(.name == "requests/5m") | .used')" \
    "$(audit .requests)" "requests that were counted"
  balanced
}

@test "Bluesky: locked and suspended accounts: exit 5" {
  local kind
  for kind in locked suspended; do
    rm -rf state
    start_sim --follows 10 --limits off --fault-at "1=$kind"
    campaign bluesky
    exits 0 fetch obama --only following --yes
    exits 0 plan obama --policy policy.json
    exits 5 run obama --yes
    has "$stderr" "account"
    audited '.writes == 1' '.unfollows_applied == 0'
  done
}

@test "a redirect: the run stops, and no request, let alone a credential, goes there" {
  start_sim --follows 10 --limits off
  local there=$SERVER here
  start_sim --follows 10 --limits off --redirect-to "$there/2/users/813286/following/1000000000" \
    --fault-at 3=redirect
  here=$SERVER
  planned 10 0
  exits 1 run obama "${UNBOUND[@]}" --connections 1
  has "$stderr" redirects "$there"
  audited '.writes == 3' '.unfollows_applied == 2'
  SERVER=$there audited '.requests == 0'
  SERVER=$here
  exits 0 run obama "${UNBOUND[@]}"
  audited '.unfollows_applied == 10'
}

@test "the server goes away: the run waits and says so; the server comes back: it goes on" {
  start_sim --follows 200 --limits off
  planned 200 0
  start run obama --yes --budget unfollow/15m=100/1s --budget unfollow/1d=off
  within 10 sent_at_least 20
  # what a server that comes back remembers
  local port=$PORT applied
  stop_sim
  waits() { stands '.state == "waiting"' '.waiting.reason | contains("could not be reached")' >/dev/null; }
  within 20 waits
  stands '.pid == '"$RUN" '.waiting.until != null' '.progress | .unfollowed >= 18 and .remaining > 0'
  applied=$(field progress.unfollowed)
  start_sim --follows 200 --limits off --listen "127.0.0.1:$port"
  ends 0 90
  stands '.state == "done"' '.progress | .unfollowed == 200 and .refused == 0'
  audited ".unfollows_applied >= 200 - $applied - 2" '.duplicate_sends == 0'
  balanced
}

@test "the server hangs: requests time out in doubt, and are asked again" {
  start_sim --follows 30 --limits off
  planned 30 0
  start run obama --yes --budget unfollow/15m=20/1s --budget unfollow/1d=off --timeout 300ms
  within 10 sent_at_least 5
  kill -STOP "$SIM"
  doubts() { stands '.progress.in_doubt > 0' >/dev/null; }
  within 10 doubts
  kill -CONT "$SIM"
  ends 0
  stands '.state == "done"' '.progress | .unfollowed == 30 and .in_doubt == 0'
  audited '.unfollows_applied == 30'
  journal 'any(.outcome == "in_doubt")' | grep -q true
  balanced
}

@test "credits are gone: the run stops and says what to do" {
  start_sim --follows 10 --limits off
  planned 10 0
  stop_sim
  start_stub "$PORT" 402 '{"title":"CreditsDepleted","type":"https://api.x.com/2/problems/credits","detail":"Your enrolled account has no credits"}'
  exits 5 run obama "${UNBOUND[@]}" --connections 1
  has "$stderr" credits
  stands '.state == "stopped"' '.progress | .unfollowed == 0 and .remaining == 10'
  equal "$(grep -c DELETE "$STUB_LOG")" 1 "requests"
}

# asked PLATFORM HOW-TO-FOLLOW-AGAIN: what was taken back is asked about; who was followed again is told
asked() {
  local platform=$1
  rm -rf "$WINNOW_STATE"
  start_sim --follows 60 --limits off
  campaign "$platform"
  exits 0 fetch obama --only following --yes
  exits 0 plan obama --policy policy.json
  exits 6 run obama --yes --pace burst --max-actions 30 $2
  exits 0 verify obama --sample 25 --yes --json
  jq -e '.mismatches == 0 and .sample.asked == 25 and .sample.still_followed == 0
    and .sample.not_told == 0' <<<"$output"
}

@test "verify --sample asks the platform: nobody of those taken back is followed" {
  asked x "--budget unfollow/15m=off --budget unfollow/1d=off"
  asked mastodon ""
  asked github "--budget writes/8s=off"
  asked bluesky ""
}

@test "verify --sample: a server that does not tell is not asked on and on, however large the sample" {
  start_sim --follows 90 --limits off --no-relationships
  campaign mastodon
  exits 0 fetch obama --only following --yes
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst
  local before
  before=$(audit .requests)
  exits 0 verify obama --sample 90 --json
  jq -e '.sample | .asked == 90 and .not_told == 90 and .still_followed == 0' <<<"$output"
  equal "$(audit .requests)" $((before + 5)) "requests" # whose token; of all of a request, and of three alone
}

@test "verify --sample finds one that is followed again: exit 1, named" {
  start_sim --follows 60 --limits off
  planned 60 0
  exits 6 run obama "${UNBOUND[@]}" --max-actions 30
  local id
  id=$(journal 'map(select(.outcome == "unfollowed"))[7].id')
  curl -sf -m 10 -o /dev/null -H "Authorization: Bearer sim-token" -H "Content-Type: application/json" \
    -d "{\"target_user_id\":\"$id\"}" "$SERVER/2/users/813286/following"
  exits 1 verify obama --sample 30 --yes
  has "$stderr" "1 of 30 asked are still followed" "$id" "winnow fetch obama"
  # The library's own journal is in order all the same.
  exits 0 verify obama
  refuse() { exits 2 verify obama --sample "$1" --yes; }
  refuse 0
  refuse 1001
}

# ---- "not found" that is about nobody ------------------------------------------------------------

# everything_planned PLATFORM N: fetched and planned, all of them to go
everything_planned() {
  rm -rf state
  start_sim --follows "$2" --limits off "${@:3}"
  campaign "$1"
  exits 0 fetch obama --only following --max-cost 100
  exits 0 plan obama --policy policy.json
}

# Nobody of 40 is taken for gone by a server that says "not found" to everybody, and all of them go
# when it is itself again.
lost_server() { # PLATFORM WHO [OPTION...]
  everything_planned "$1" 40
  control astray "{\"who\":\"$2\"}"
  exits 5 run obama --yes --pace burst --precheck off "${@:3}"
  stands '.state == "stopped"' '.progress | .target_gone == 0 and .already_gone == 0 and .refused == 0
    and .unfollowed == 0 and .remaining == 40'
  exits 5 run obama --yes --pace burst --precheck off "${@:3}"
  stands '.progress.remaining == 40'
  balanced
  control astray '{"who":"none"}'
  exits 0 run obama --yes --pace burst --precheck off "${@:3}"
  stands '.state == "done"' '.progress | .unfollowed == 40 and .target_gone == 0'
  audited ".still_followed.$1 == 0"
  balanced
}

@test "X: code 34 to every unfollow settles nobody and stops the run" {
  lost_server x writes --budget unfollow/15m=off --budget unfollow/1d=off
}

@test "Mastodon: 404 to every unfollow, or to every call, settles nobody and stops the run" {
  lost_server mastodon writes
  lost_server mastodon all
}

@test "GitHub: 404 to every unfollow, or to every call, settles nobody and stops the run" {
  lost_server github writes --budget writes/8s=off
  lost_server github all --budget writes/8s=off
}

@test "a look that said who is followed is not undone by a 404" {
  everything_planned mastodon 40
  control astray '{"who":"writes"}'
  exits 5 run obama --yes --pace burst
  stands '.progress | .target_gone == 0 and .already_gone == 0 and .remaining == 40'
  # Nobody was asked about: the look had told.
  equal "$(requests | awk '$4 == "read"' | wc -l)" 3 "the login, the count and one look"
}

@test "who is really gone is gone: the platform is asked about each, once" {
  local platform
  for platform in mastodon github; do
    everything_planned "$platform" 20 --fault-at 4=gone --fault-at 9=gone
    exits 0 run obama --yes --pace burst --precheck off --budget writes/8s=off ||
      exits 0 run obama --yes --pace burst --precheck off
    stands '.state == "done"' '.progress | .target_gone == 2 and .unfollowed == 18'
    balanced
  done
  equal "$(requests | awk '$4 == "read" && $5 ~ /^10/' | wc -l)" 0 "looks"
}

@test "GitHub: a login that somebody else has now is held, and not sent again" {
  start_sim --follows 3 --limits off
  campaign github
  # user1 is 1000000007 there; the roster knows another of that login.
  printf '%s\n' '{"id":"42","handle":"user1"}' '{"id":"1000000014","handle":"user2"}' >roster.jsonl
  exits 0 import obama roster.jsonl
  exits 0 plan obama --policy policy.json
  control astray '{"who":"writes"}'
  exits 6 run obama --yes --pace burst --budget writes/8s=off --max-actions 1
  control astray '{"who":"none"}'
  exits 0 run obama --yes --pace burst --budget writes/8s=off
  stands '.progress | .refused == 1 and .unfollowed == 1'
  equal "$(requests | awk '$2 == "DELETE" && $5 == "1000000007"' | wc -l)" 1 "requests to that login"
  balanced
}

# ---- answers that lie about time, batches, names -------------------------------------------------

@test "a 429 with a Date of 1970 waits a quarter of an hour, not a month" {
  start_sim --follows 10 --limits off --date-1970 --fault-at 1=429
  planned 10 0
  start run obama "${UNBOUND[@]}" --connections 1
  within 10 is_state waiting
  stands '.waiting.until != null'
  local until
  until=$(date -d "$(field waiting.until)" +%s)
  [ "$until" -le $(($(date +%s) + 960)) ]
  kill "$RUN"
  ends 3
}

@test "Bluesky: a server without batches, or one that says nothing of them, gets single deletes" {
  local batches
  for batches in none hollow; do
    everything_planned bluesky 450 --batches "$batches" --no-appview
    exits 0 run obama --yes --pace burst
    stands '.state == "done"' '.progress | .unfollowed == 450 and .refused == 0'
    # Two may be on their way at once, and a part of the first beside the second.
    [ "$(requests | awk '$4 == "batch"' | wc -l)" -le 4 ]
    audited '.still_recorded == 0'
    balanced
  done
}

@test "X: the newer names are asked for, and the older where the server knows only those" {
  everything_planned x 300
  exits 0 export obama roster --format jsonl
  jq -se 'map(select(.last_post_at != null)) | length > 200' <<<"$output"
  everything_planned x 300 --x-old-names
  exits 0 export obama roster --format jsonl
  jq -se 'map(select(.last_post_at != null)) | length > 200' <<<"$output"
  exits 0 fetch obama --only interactions --max-cost 100
  equal "$(requests | awk '$6 == 400' | wc -l)" 2 "requests of the newer names, one a fetch"
  everything_planned x 30 --number-ids
  stands '.plan.scheduled == 30'
}

@test "verify --sample: an account that is not active is a safety stop" {
  everything_planned bluesky 30
  exits 6 run obama --yes --pace burst --max-actions 20
  control fault '{"kind":"suspended","next":true}'
  exits 5 run obama --yes
  exits 5 verify obama --sample 5
  has "$stderr" "account"
}
