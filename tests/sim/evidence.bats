#!/usr/bin/env bats
# Evidence from the platform: what fetch makes of lists that are whole, cut short, doubled, endless or
# not there; and that by a rule on mutuality nobody goes who follows back, or who may.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# mutual PLATFORM: the ids of those who follow back, by the server's own book
mutual() { curl -sf -m 10 "$SERVER/sim/following?platform=$1&mutual=1" | LC_ALL=C sort; }

# evidence SET FILTER...: each jq filter is true of the set in the last plan
evidence() {
  local set=$1 filter
  shift
  for filter in "$@"; do
    jq -e --arg set "$set" ".evidence[] | select(.set == \$set) | $filter" <<<"$PLAN" >/dev/null ||
      { echo "$set is not: $filter"; jq -c .evidence <<<"$PLAN"; return 1; }
  done
}

# plan_mutual SCHEDULED: who follows back is kept, who may is held; so many go, and of them nobody
# who follows back by the server's own book. Sets PLAN.
plan_mutual() {
  echo '{"keep": ["mutual"], "undecided": "hold"}' >mutual.json
  exits 0 plan obama --policy mutual.json --json
  PLAN=$output
  [ "$(jq .scheduled <<<"$PLAN")" -eq "$1" ] ||
    { echo "scheduled: not $1"; jq -c 'del(.head, .tail)' <<<"$PLAN"; return 1; }
  "$WINNOW" --json show obama --head 100000 | jq -r '.entries[].id' | LC_ALL=C sort >scheduled
  mutual "$PLATFORM" >mutual.ids
  LC_ALL=C comm -12 scheduled mutual.ids >both
  [ ! -s both ] || { echo "scheduled though they follow back:"; head -3 both; return 1; }
}

# followed PLATFORM OPTION...: a simulator of 1,000 followees, 162 of whom follow back, and a campaign
# that has read the following list
followed() {
  local platform=$1
  shift
  start_sim --follows 1000 --limits off "$@"
  campaign "$platform"
  exits 0 fetch obama --yes --only following --json
  jq -e '.complete and .end and .followees == 1000' <<<"$output"
}

@test "whole lists of followers: the others go, and the server agrees to the end" {
  local platform
  for platform in x github; do
    followed "$platform" --page-followers 50
    # The following list of X tells mutuality by itself.
    [ "$platform" = x ] || plan_mutual 0
    exits 0 fetch obama --only followers --max-cost 100 --json
    jq -e '.evidence == [.evidence[0]] and .evidence[0].state == "complete"
           and .evidence[0].count == 162 and .evidence[0].expected == 162' <<<"$output"
    plan_mutual 838
    evidence followers '.state == "complete"' '.undecided == 0' '.get == null' '.why == null'
    local unbound=("${UNBOUND[@]}")
    [ "$platform" = x ] || unbound=(--yes --pace burst --budget requests/1h=off --budget writes/8s=off --budget points/1m=off)
    exits 0 run obama "${unbound[@]}"
    following "$platform" | diff - mutual.ids
    stop_sim
    rm -rf "$WINNOW_STATE"
  done
}

@test "lists of followers that break off, leave out, or double: nobody goes" {
  local bad
  for bad in "--cut-followers 100" "--hide-followers 9" "--hide-followers 9 --repeat-followers" \
    "--cut-followers 1"; do
    # shellcheck disable=SC2086 # several words
    followed github --page-followers 50 $bad
    exits 0 fetch obama --yes --only followers
    plan_mutual 0
    evidence followers '.state == "partial"' '.expected == 162' '.count < 162' \
      '.why | test("the profile counts 162, [0-9]+ more")' \
      '.get == "winnow fetch obama --only followers"' '.undecided > 800'
    stop_sim
    rm -rf "$WINNOW_STATE"
  done
}

@test "a list of followers whose cursor comes back ends, and nobody goes" {
  followed github --page-followers 20 --loop-followers
  exits 1 fetch obama --yes --only followers
  has "$stderr" "same page cursor twice"
  [ "$(requests | awk '$4 == "list"' | wc -l)" -lt 30 ]
  plan_mutual 0
  evidence followers '.state == "partial"' '.undecided > 0' '.why | test("same page cursor twice")' \
    '.get == "winnow fetch obama --only followers"'
}

# lists: pages of lists that the server was asked for
lists() { requests | awk '$4 == "list"' | wc -l; }

@test "a list of followees that never ends is stopped with a sentence: what was read stays, nobody is gone" {
  local platform form before
  for platform in x mastodon github; do
    for form in repeat empty more; do
      start_sim --follows 900 --limits off
      campaign "$platform"
      exits 0 fetch obama --yes
      stop_sim
      # The server shows 500 of the 900 that it counts, and never comes to an end.
      start_sim --follows 500 --profile-more 400 --limits off --listen "127.0.0.1:$PORT" --endless "$form"
      exits 1 fetch obama --max-cost 100
      case $form in
        repeat) has "$stderr" "in a row brought nobody new" ;;
        empty) has "$stderr" "pages in a row were empty" ;;
        more) has "$stderr" "the profile counts 900: the list cannot be read to its end" ;;
      esac
      has "$stderr" "what was read stays, and nobody is taken for absent"
      [ "$(lists)" -le 40 ] || { echo "$(lists) pages for $platform, $form"; return 1; }
      before=$(lists)
      exits 0 plan obama --policy policy.json --json
      PLAN=$output
      jq -e '.followees >= 900' <<<"$PLAN"
      evidence following '.state == "partial"' '.count >= 500' '.why | test("cannot be read to its end")'
      # The next fetch begins anew, and does not hang on the cursor.
      exits 1 fetch obama --max-cost 200
      [ "$(lists)" -gt $((before + 1)) ]
      stop_sim
      rm -rf "$WINNOW_STATE"
    done
  done
}

@test "as many as the profile counts is the end, also where the cursor goes on or points at itself" {
  local platform option
  for platform in x mastodon github; do
    for option in "--self-cursor" "--endless repeat" "--endless empty"; do
      # shellcheck disable=SC2086 # two words
      start_sim --follows 450 --limits off $option
      campaign "$platform"
      exits 0 fetch obama --yes --json
      jq -e '.complete and .end and .followees >= 450 and .evidence[0].count == 450' <<<"$output"
      [ "$(following "$platform" | wc -l)" -eq 450 ]
      stop_sim
      rm -rf "$WINNOW_STATE"
    done
  done
}

@test "a last page whose cursor points at itself keeps its rows, where the profile counts more as well" {
  start_sim --follows 450 --profile-more 3 --limits off --self-cursor
  campaign github
  exits 1 fetch obama --yes
  has "$stderr" "same page cursor twice"
  stands '.followees == 450'
  exits 0 plan obama --policy policy.json --json
  PLAN=$output
  evidence following '.state == "partial"' '.count == 450' '.expected == 453'
}

@test "X: pages of errors alone are pages without rows, and the list goes on behind them" {
  start_sim --follows 2500 --limits off --errors-pages
  campaign x
  exits 0 fetch obama --yes --json
  jq -e '.complete and .followees == 2500 and .skipped == 0' <<<"$output"
  stands '.followees == 2500'
}

@test "a dead token on snac: no list is read, nobody leaves the roster, and each command exits with 4" {
  start_sim --follows 40 --limits off --flavour snac
  campaign mastodon
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  stop_sim
  start_sim --follows 40 --limits off --flavour snac --listen "127.0.0.1:$PORT" --dead-token
  exits 4 fetch obama --yes
  has "$stderr" "does not take the token for a user's" "log in again"
  equal "$(lists)" 0 "lists that were asked for"
  exits 4 fetch obama --yes --only lists
  exits 4 fetch obama --yes --only interactions
  exits 4 fetch obama --yes --only followers
  exits 4 run obama --yes --pace burst --precheck off
  audited '.unfollows_applied == 0'
  echo sim-token >token
  winnow login obama --token-stdin <token
  equal "$status" 4 "the login's exit code"
  # Nobody is gone, and the list of before is still the whole one.
  stands '.followees == 40' '.progress.unfollowed == 0'
  exits 0 plan obama --policy policy.json --json
  jq -e '.followees == 40 and ([.evidence[] | select(.set == "following")][0].state == "complete")' <<<"$output"
}

@test "a dead token on snac: verify's sample is no proof, exit 4" {
  start_sim --follows 40 --limits off --flavour snac
  campaign mastodon
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  exits 6 run obama --yes --pace burst --max-actions 3
  stop_sim
  start_sim --follows 40 --limits off --flavour snac --listen "127.0.0.1:$PORT" --dead-token
  exits 4 verify obama --sample 3
  has "$stderr" "does not take the token for a user's"
}

@test "another account's token ends the fetch before any list, also one that is gone on with" {
  start_sim --follows 900 --limits off
  campaign github
  exits 0 fetch obama --yes
  start fetch obama --yes --only followers --budget requests/1h=1/1s
  within 20 waiting
  killed
  stop_sim
  start_sim --follows 900 --limits off --listen "127.0.0.1:$PORT" --account 4711
  exits 4 fetch obama --yes --only followers
  has "$stderr" "of another account (4711)" "winnow login obama"
  equal "$(lists)" 0 "lists that were asked for"
}
waiting() { says "$ERR" "budget=requests/1h" || gone "$RUN"; }

@test "Bluesky: a getFollows that fails, or has no end, holds back neither profiles nor followers" {
  local how
  for how in "--endless repeat" "--endless empty" --self-cursor "--shown-status 502"; do
    # shellcheck disable=SC2086 # two words
    followed bluesky --hide-followers 9 $how
    exits 0 fetch obama --yes --only followers,profiles --json
    jq -e '.evidence | map(.count) == [888, 888]' <<<"$output"
    has "$stderr" "who is gone is not known"
    # Those whom it had not shown by then are not asked about one by one.
    jq -e '.hidden == null and .gone == null' <<<"$output"
    [ "$(lists)" -le 45 ]
    stop_sim
    rm -rf "$WINNOW_STATE"
  done
}

@test "a conversation and a status count once, however often and wherever they stand" {
  # GoToSocial's pages of conversations repeat the last row; here all notifications are of statuses
  # that stand in the conversations as well.
  followed mastodon --flavour gotosocial --same-said
  exits 0 fetch obama --yes --only interactions
  roster 'map(.interactions // .interactions_seen // 0) | add' | jq -e '. == 143'
  roster 'map(.interactions // .interactions_seen // 0) | max' | jq -e '. == 1'
  exits 0 fetch obama --yes --only interactions
  roster 'map(.interactions // .interactions_seen // 0) | add' | jq -e '. == 143'
  stop_sim
  rm -rf "$WINNOW_STATE"

  # Killed between two pages, what was counted before is known.
  followed mastodon --flavour gotosocial --same-said
  local before
  before=$(lists)
  start fetch obama --yes --only interactions --budget requests/5m=2/300ms --budget paging/15m=off
  some() { [ "$(lists)" -ge $((before + 3)) ] || gone "$RUN"; }
  within 20 some
  killed
  exits 0 fetch obama --yes --only interactions --budget requests/5m=off --budget paging/15m=off
  roster 'map(.interactions // .interactions_seen // 0) | add' | jq -e '. == 143'
}

@test "an empty list against a roster that has people takes nobody out of it" {
  start_sim --follows 40 --limits off
  campaign github
  exits 0 fetch obama --yes
  stop_sim
  start_sim --follows 0 --limits off --listen "127.0.0.1:$PORT"
  exits 0 fetch obama --yes --json
  has "$stderr" "the server's list is empty, and the roster has 40"
  jq -e '.end and (.complete | not) and .evidence[0].state == "partial"' <<<"$output"
  exits 0 plan obama --policy policy.json --json
  jq -e '.followees == 40' <<<"$output"
}

@test "an empty list of followers is no proof that nobody follows" {
  start_sim --follows 40 --limits off --hide-followers 1
  campaign github
  exits 0 fetch obama --yes
  exits 0 fetch obama --yes --only followers
  plan_mutual 0
  evidence followers '.state == "partial"' '.count == 0' '.why | test("empty")'
}

@test "Mastodon: each relationship is a word of its own; who is not answered for stays" {
  followed mastodon --hide-followers 9
  exits 0 fetch obama --yes --only followers
  # 112 are not answered for.
  local expected
  expected=$(following mastodon | wc -l)
  plan_mutual "$(curl -sf "$SERVER/sim/following?platform=mastodon" | awk 'NR % 9 != 1' |
    LC_ALL=C sort | LC_ALL=C comm -23 - <(mutual mastodon) | wc -l)"
  [ "$expected" -eq 1000 ]
  evidence followers '.state == "partial"' '.count == 888' '.expected == 1000' '.undecided == 112' \
    '.why | test("112 of 1000 were not answered for")'
}

@test "Mastodon's kin: Pixelfed with swapped rels, snac that answers for one, GoToSocial that refuses" {
  followed mastodon --flavour pixelfed
  exits 0 fetch obama --yes --only followers
  plan_mutual 838
  evidence followers '.state == "complete"' '.count == 1000'
  stop_sim
  rm -rf "$WINNOW_STATE"

  # The first of 20 is answered for, and the other 19 one by one: as many requests as followees.
  followed mastodon --flavour snac
  local before
  before=$(requests | awk '$4 == "read"' | wc -l)
  exits 0 fetch obama --yes --only followers --budget requests/5m=off --budget paging/15m=off
  plan_mutual 838
  evidence followers '.state == "complete"' '.count == 1000'
  # and first of all, whose token it is
  equal "$(requests | awk '$4 == "read"' | wc -l)" $((before + 1 + 1000)) "requests"
  stop_sim
  rm -rf "$WINNOW_STATE"

  followed mastodon --flavour gotosocial
  echo '{"id":"nobodyhere"}' | "$WINNOW" import obama - --add-unlisted 2>/dev/null
  exits 0 fetch obama --yes --only followers
  plan_mutual 838
  evidence followers '.state == "partial"' '.count == 1000' '.expected == 1001' '.undecided == 1'
}

@test "a server without relationships: the set is absent, says so, and nobody goes" {
  followed mastodon --no-relationships
  exits 0 fetch obama --yes --only followers --json
  jq -e '.evidence[0] | .state == "absent" and (.why | test("does not offer it"))' <<<"$output"
  plan_mutual 0
  evidence followers '.state == "absent"' '.undecided == 1000'
}

@test "Bluesky: profiles where there is an AppView; own lists and posts anywhere" {
  # Of whom it tells nothing, it refuses every other one when asked about them alone.
  followed bluesky --hide-followers 9
  exits 0 fetch obama --yes --only followers,profiles --json
  jq -e '.hidden == 112 and .gone == 0' <<<"$output"
  plan_mutual "$(curl -sf "$SERVER/sim/following?platform=bluesky" | awk 'NR % 9 != 1' |
    LC_ALL=C sort | LC_ALL=C comm -23 - <(mutual bluesky) | wc -l)"
  evidence followers '.state == "partial"' '.count == 888' '.undecided == 112'
  evidence profiles '.state == "partial"' '.count == 888'
  # Both sets come with the same requests; each of the 112 who are on no list is asked about alone.
  [ "$(requests | awk '$4 == "read"' | wc -l)" -le $((42 + 112)) ]
  stop_sim
  rm -rf "$WINNOW_STATE"

  followed bluesky --no-appview
  exits 0 fetch obama --yes --only followers,profiles,lists,interactions
  plan_mutual 0
  evidence followers '.state == "absent"' '.why | test("does not offer it .HTTP 400.")'
  evidence profiles '.state == "absent"'
  evidence lists '.state == "complete"' '.count == 200'
  evidence posts '.state == "complete"' '.count == 143'
  evidence reactions '.state == "absent"' '.why | test("does not offer it .HTTP 400.")'
  evidence messages '.state == "absent"' '.why | test("not fetched")'
}

# counted FILTER COUNT: so many followees of the roster are like that
counted() { roster "map(select($1)) | length" | jq -e ". == $2" >/dev/null || { echo "not $2: $1"; return 1; }; }

# The policy that takes back the dead, and nobody else.
plan_dead() {
  echo '{"keep": ["not (suspended or deleted)"], "undecided": "hold"}' >dead.json
  exits 0 plan obama --policy dead.json --json
  jq -e ".scheduled == $1 and .undecided == $2" <<<"$output"
}

@test "Bluesky: who is gone is what the AppView says of each, not who is missing on a list" {
  # 25 are gone: 9 taken down, 8 deactivated, 8 deleted. 20 block the account.
  followed bluesky --dead 40 --blocking 50
  exits 0 fetch obama --yes --only profiles --json
  jq -e '.hidden == 45 and .gone == 17 and .evidence[0].state == "partial"' <<<"$output"
  counted '.suspended == true' 9
  counted '.deleted == true' 8
  counted '.suspended == null and .deleted == null' 8
  # Who blocks is not dead, and says nothing on whether they follow back.
  counted '.suspended == false and .deleted == false and .follows_me == null' 20
  plan_dead 17 8
  plan_mutual "$(roster 'map(select(.follows_me == false)) | length')"
  stop_sim
  rm -rf "$WINNOW_STATE"

  # A list that breaks off makes nobody dead: the 100 behind it are asked about one by one.
  followed bluesky --dead 40 --blocking 50 --cut-following 900
  exits 0 fetch obama --yes --only profiles --json
  jq -e '.hidden == 41 + 100 and .gone == 17' <<<"$output"
  plan_dead 17 8
  stop_sim
  rm -rf "$WINNOW_STATE"

  # Nor does one without rows, of a server that shows nobody.
  followed bluesky --hide-followers 1
  exits 0 fetch obama --yes --only profiles --json
  jq -e '.hidden == null and .gone == null' <<<"$output"
  plan_dead 0 1000
  stop_sim
  rm -rf "$WINNOW_STATE"

  followed bluesky --dead 40 --no-appview
  exits 0 fetch obama --yes --only profiles --json
  jq -e '.hidden == null and .gone == null and .evidence[0].state == "absent"' <<<"$output"
  plan_dead 0 1000
}

@test "Bluesky: killed while it asks who is gone, it goes on with the next of them" {
  start_sim --follows 400 --limits off --dead 20 --blocking 25
  campaign bluesky
  exits 0 fetch obama --yes
  local kill before
  pages() { requests | awk '$4 == "list" || $4 == "read"' | wc -l; }
  before=$(pages)
  asked_or_over() { [ "$(pages)" -ge $((before + kill)) ] || gone "$RUN"; }
  # 4 pages of the list, 36 who are on none, 16 requests for the profiles.
  for kill in 2 12 25; do
    start fetch obama --yes --only profiles --budget requests/5m=2/100ms
    within 20 asked_or_over
    killed
  done
  exits 0 fetch obama --yes --only profiles --json
  jq -e '.hidden == 36 and .gone == 13' <<<"$output"
  plan_dead 13 7
  # What a kill met may have been asked for once more.
  [ $(($(pages) - before)) -le $((4 + 36 + 16 + 2 * 3)) ]
}

# roster FILTER: from all followees, as an array
roster() { "$WINNOW" export obama roster | jq -s "$1"; }

@test "lists and interactions become facts; nothing is known from not being there but the lists" {
  local platform
  for platform in x mastodon bluesky; do
    start_sim --follows 1000 --limits off
    campaign "$platform"
    exits 0 fetch obama --yes
    # A list made by hand is kept, beside those of the server.
    following "$platform" | head -1 | sed 's/.*/{"id":"&","lists":["vip"],"interactions":500}/' >hand
    exits 0 import obama hand
    exits 0 fetch obama --only lists,interactions --max-cost 50
    roster 'map(.lists // ["?"]) | flatten | group_by(.) | map([.[0], length])' |
      jq -e '. == [["friends", 100], ["the press", 100], ["vip", 1]]'
    roster '[map(select(.lists == [])), map(select((.interactions // .interactions_seen) > 0)),
             map(select(.interactions == 0)), map(select(.last_interaction_at // .last_interaction_at_seen))] | map(length)' |
      jq -e '.[0] >= 799 and .[1] >= 143 and .[1] <= 144 and .[2] == 0 and .[3] == 143'
    roster 'map(select((.interactions // .interactions_seen) >= 500)) | length' | jq -e '. == 1'
    # The same again changes nothing.
    roster . >before
    exits 0 fetch obama --only lists,interactions --max-cost 50
    roster . | diff before -
    stop_sim
    rm -rf "$WINNOW_STATE"
  done
}

@test "killed in the middle of each set, it goes on, and counts nobody twice" {
  local kill set platform slow
  pages() { requests | awk '$4 == "list" || $4 == "read"' | wc -l; }
  asked_or_over() { [ "$(pages)" -ge "$kill" ] || gone "$RUN"; }
  for platform in mastodon bluesky github; do
    start_sim --follows 1000 --limits off --page-followers 10
    campaign "$platform"
    exits 0 fetch obama --yes --only following
    slow=(--budget requests/5m=2/300ms)
    [ "$platform" != mastodon ] || slow+=(--budget paging/15m=off)
    [ "$platform" != github ] || slow=(--budget requests/1h=2/300ms)
    for set in followers lists interactions; do
      [ "$platform" != github ] || [ "$set" = followers ] || continue
      local before kills="3 7 12"
      before=$(pages)
      # Interactions are few pages: killed once, so that what was counted before must be found again.
      [ "$set" != interactions ] || kills=3
      for kill in $kills; do
        kill=$((before + kill))
        start fetch obama --yes --only "$set" "${slow[@]}"
        within 20 asked_or_over
        kill -KILL "$RUN" 2>/dev/null || true
        wait "$RUN" 2>/dev/null || true
      done
      exits 0 fetch obama --yes --only "$set"
    done
    plan_mutual 838
    evidence followers '.state == "complete"'
    # 17 pages and the profile; of those that a kill met, each may have been asked for once more.
    [ "$platform" != github ] || [ $(($(pages) - before)) -le 22 ]
    [ "$platform" = github ] || roster 'map(.interactions // .interactions_seen // 0) | add' | jq -e '. == 286'
    stop_sim
    rm -rf "$WINNOW_STATE"
  done
}

@test "who comes into the roster while the followers are read was not looked for: they stay" {
  start_sim --follows 1000 --limits off --page-followers 20
  campaign github
  PLATFORM=github
  # All but one who follows back, and stands on the first page.
  local late
  late=$(curl -sf "$SERVER/sim/following?platform=github&mutual=1" | head -3 | tail -1)
  curl -sf "$SERVER/sim/following?platform=github" | awk -v late="$late" '
    { line = sprintf("{\"id\":\"%s\",\"handle\":\"user%d\"}", $1, NR - 1)
      print line >($1 == late ? "late.jsonl" : "roster.jsonl") }'
  exits 0 import obama roster.jsonl
  start fetch obama --yes --only followers --budget requests/1h=2/300ms
  pages() { [ "$(requests | awk '$4 == "list"' | wc -l)" -ge 4 ]; }
  within 20 pages
  killed
  exits 0 import obama late.jsonl
  exits 0 fetch obama --yes --only followers
  plan_mutual 0
  evidence followers '.state == "partial"' '.count == 162' '.why | test("the roster changed")'
  exits 0 fetch obama --yes --only followers
  plan_mutual 838
}

@test "a list of followees that is shorter than the profile says: told, and nobody is taken for gone" {
  start_sim --follows 900 --limits off
  campaign x
  exits 0 fetch obama --yes
  stop_sim
  start_sim --follows 900 --limits off --listen "127.0.0.1:$PORT" --cut-following 700
  exits 0 fetch obama --yes --json
  jq -e '.end and (.complete | not) and .told == 900 and .followees == 700
         and .evidence[0].state == "partial" and .evidence[0].expected == 900' <<<"$output"
  has "$stderr" "the profile counts 900, 200 more"
  exits 0 fetch obama --yes
  has "$output" "whole list" "no" "700 of 900"
  exits 0 plan obama --policy policy.json
  stands '.plan.followees == 900'
}

@test "money: what a list costs is said before, and never more is spent than allowed" {
  start_sim --follows 1000 --limits off
  campaign x
  exits 2 fetch obama --yes --only followers
  has "$stderr" "--max-cost" "archive"
  stands '.cost.spent == 0.01 and .cost.spent_on.account == 0.01' # the login asked whose token it is
  local before
  before=$(audit .requests)
  exits 6 fetch obama --only followers --max-cost 1.63
  has "$stderr" "\$1.62 more for 162 rows"
  # The profile alone was asked.
  equal "$(audit .requests)" $((before + 1)) "requests"
  exits 0 fetch obama --only followers --max-cost 1.65 --json
  has "$stderr" "costs up to \$1.62: 162 rows"
  jq -e '.cost == 1.63' <<<"$output"
  stands '.cost.spent == 1.65' '.cost.spent_on | .account == 0.03 and .people == 1.62 and .unfollows == 0'
  winnow status obama
  has "$output" "account \$0.03" "people \$1.62"
  exits 6 fetch obama --max-cost 16.65
  exits 0 fetch obama --max-cost 16.67
  stands '.cost.spent_on.following == 14.73' # 54 of the 1000 have never posted
}

@test "money: nothing is bought that nobody agreed to, in fetch and in verify" {
  start_sim --follows 1000 --limits off
  campaign x
  local before
  before=$(audit .requests)
  exits 2 fetch obama
  has "$stderr" "nobody agreed to it" "--max-cost" "--yes"
  # To say what the list costs, X was asked how many there are: a cent.
  exits 2 fetch obama
  [ "$(audit .requests)" -le $((before + 2)) ]
  [ "$(requests | awk '$4 == "list"' | wc -l)" -eq 0 ]
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  exits 6 run obama "${UNBOUND[@]}" --max-actions 5
  before=$(audit .requests)
  exits 2 verify obama --sample 3
  has "$stderr" "asking the platform about the sample" "\$0.03" "--yes"
  equal "$(audit .requests)" "$before" "requests"
  exits 6 verify obama --sample 3 --max-cost 0.02
  equal "$(audit .requests)" "$before" "requests"
  exits 0 verify obama --sample 3 --yes
  stands '.cost.spent_on.looks == 0.03'
}

@test "money: lists and mentions of X cost, how many is not told: never more than allowed" {
  followed x
  local set before
  for set in lists interactions; do
    exits 2 fetch obama --yes --only "$set"
    has "$stderr" "--max-cost"
  done
  # The following list was $14.75 with the account's profile. To say whose token it is costs a cent,
  # two lists are a cent; of their 200 members a dollar buys 98, and then it ends and says so.
  stands '.cost.spent == 14.75'
  exits 6 fetch obama --only lists --max-cost 15.75
  has "$stderr" "reading the lists costs \$0.005 a row" "over what --max-cost leaves"
  stands '.cost.spent <= 15.75 and .cost.spent > 15.73'
  exits 0 plan obama --policy policy.json --json
  jq -e '.evidence[] | select(.set == "lists") | .state != "complete"' <<<"$output"
  before=$(audit .requests)
  exits 0 fetch obama --only lists --max-cost 20 --json # where it stood: 102 members are left
  jq -e '.cost == 1.03 and .evidence[0].state == "complete"' <<<"$output"
  # A mention and its author, who is charged for too.
  exits 6 fetch obama --only interactions --max-cost 16.82
  has "$stderr" "mentions come 5 at a time at least"
  exits 0 fetch obama --only interactions --max-cost 20 --json
  jq -e '.cost <= 3 and .cost > 1.5' <<<"$output"
}

@test "--max-age passes over what is complete and young, and asks again for what is not whole" {
  followed github --page-followers 50
  exits 0 fetch obama --yes --only following,followers
  local before
  before=$(audit .requests)
  exits 0 fetch obama --yes --only following,followers --max-age 1h --json
  equal "$(audit .requests)" "$before" "requests"
  jq -e '[.evidence[].state] == ["complete", "complete"]' <<<"$output"
  exits 0 fetch obama --yes --only followers --max-age 1ms
  [ "$(audit .requests)" -gt "$before" ]
  exits 2 fetch obama --yes --only friends
  has "$stderr" "'friends' is no set"
}

@test "a run that begins beside a fetch ends it, since the run would not see whose logins come" {
  start_sim --follows 6000 --limit x/read=2/300ms:sliding --limit x/unfollow=off
  campaign x
  local fetch said
  x_ids 0 29 | sed 's/.*/{"id":"&"}/' >some.jsonl
  exits 0 import obama some.jsonl
  exits 0 plan obama --policy policy.json
  pages() { requests | awk '$4 == "list"' | wc -l; }
  listed() { [ "$(pages)" -ge "$1" ]; }
  start fetch obama --yes --budget read/15m=2/300ms
  fetch=$RUN said=$ERR
  within 20 listed 2
  start run obama --yes
  local run=$RUN
  RUN=$fetch ERR=$said ends 1
  has "$(cat "$said")" "run"
  kill -INT "$run"
  RUN=$run ends 3
  # What was read stays; the same command goes on.
  exits 0 fetch obama --yes
  stands '.followees == 6000'
}

@test "an import between two pages of a fetch: both keep their people" {
  start_sim --follows 6000 --limit x/read=2/300ms:sliding --limit x/unfollow=off
  campaign x
  pages() { requests | awk '$4 == "list"' | wc -l; }
  listed() { [ "$(pages)" -ge "$1" ]; }
  start fetch obama --yes --budget read/15m=2/300ms
  within 20 listed 2
  printf '{"id":"%s","lists":["vip"]}\n' 5 6 1000000007 1000041993 >some.jsonl
  exits 0 import obama some.jsonl
  ends 0
  # Who came by the file before their page was read counts as seen already: careful, not wrong.
  stands '.followees == 6002'
  exits 0 plan obama --policy policy.json --json
  "$WINNOW" export obama roster | jq -r .id | LC_ALL=C sort >ids
  [ "$(uniq ids | wc -l)" = 6002 ]
  "$WINNOW" export obama roster | jq -r 'select(.lists == ["vip"]) | .id' | LC_ALL=C sort >vips
  printf '%s\n' 1000000007 1000041993 5 6 | diff - vips
}

# ---- people with known answers: who was spoken to, and who spoke ------------------------------

# people JSON...: what is special about each of them goes into people.jsonl; all are followed
people() {
  local n=0 special now
  now=$(date +%s)
  for special in "$@"; do
    n=$((n + 1))
    jq -nc --arg n "$n" --argjson now "$now" --argjson special "$special" '($now - 86400) as $yesterday |
      {id: $n, handle: ("p" + $n), name: ("P " + $n), kind: "made", label: "open", bio: "", lang: "en",
       ids: {x: $n, mastodon: ("90" + $n), bluesky: ("did:plc:" + ("a" * (24 - ($n | length))) + ($n | explode | map(. + 50) | implode)), github: ("90" + $n)},
       handles: {x: ("p" + $n), mastodon: ("p" + $n + "@far.example"), bluesky: ("p" + $n + ".sky.example"), github: ("p" + $n)},
       now: $now, posts: 100, followers: 10, following: 10, mutual: false, verified: false, bot: false, protected: false,
       suspended: false, deleted: false, moved: false, default_avatar: false, lists: [], orgs: [], note: "", notify: false,
       endorsed: false, created_at: ($now - 1000 * 86400), followed_at: ($now - 500 * 86400 + ($n | tonumber)), last_post_at: $yesterday,
       exchanges: [($special.exchanges // [])[] | [.[0], .[1], $now - .[2] * 86400]]} + ($special | del(.exchanges))' >>people.jsonl
  done
}

# many HOW_MANY: as many people whom the account answered once each
many() {
  local i all=()
  for i in $(seq "$1"); do
    all+=("{\"exchanges\":[[\"we\",\"reply\",$((i + 1))],[\"we\",\"like\",$((i + 1))]]}")
  done
  people "${all[@]}"
}

talked() { roster 'sort_by(.id) | map({key: .id, value: (.talked_to // .talked_to_seen // -1)}) | from_entries' | jq -c .; }

@test "Mastodon: a plain fetch tells whom you spoke to and who to you, from the first to the last" {
  people '{"exchanges":[["we","reply",300],["we","boost",200],["they","reply",20]]}' \
    '{"exchanges":[["we","quote",2000]]}' '{"exchanges":[["we","like",9],["we","bookmark",8]]}' \
    '{"exchanges":[["they","message",30],["we","message",40]]}' '{"exchanges":[["they","like",400]]}' \
    '{"note":"met","notify":true,"endorsed":true}' '{}'
  start_sim --people people.jsonl --limits off
  campaign mastodon
  exits 0 fetch obama --json
  PLAN=$output
  evidence posts '.state == "complete"' '.since == null'
  evidence likes '.state == "complete" and .count == 1'
  evidence bookmarks '.state == "complete" and .count == 1'
  evidence messages '.state == "partial"'
  # The like of 400 days ago is not kept any more: the span is that of the oldest that is.
  evidence reactions '.state == "partial"' ".since[0:10] == \"$(date -u -d "@$(($(date +%s) - 30 * 86400))" +%F)\""
  roster 'sort_by(.id) | map([.talked_to_seen, .heard_from_seen, .messages_seen])' |
    jq -e '. == [[2,1,0],[1,0,0],[2,0,0],[1,1,1],[0,0,0],[0,0,0],[0,0,0]]'
  roster 'sort_by(.id) | map([.noted, .notify, .endorsed])' | jq -e '.[5] == [true,true,true] and .[6] == [false,false,false]'
  roster 'sort_by(.id) | map(.follow_rank)' | jq -e '. == [7,6,5,4,3,2,1]'
  # All accounts are as old: so no follow is older.
  roster 'map(.followed_after != null and .followed_after == .created_at) | all' | jq -e .
  roster . >before
  exits 0 fetch obama
  roster . | diff before -
  # Followed meanwhile: nobody looked for them in what was read before.
  echo '{"id":"999","handle":"new@far.example"}' >new.jsonl
  exits 0 import obama new.jsonl
  roster 'sort_by(.id) | map(select(.id == "999")) | .[0] | has("talked_to_seen")' | jq -e '. == false'
}

@test "killed in the middle of the statuses and gone on with, the counts are the same" {
  local platform slow once
  many 100
  for platform in mastodon bluesky; do
    start_sim --people people.jsonl --limits off
    campaign "$platform"
    exits 0 fetch obama --only following
    exits 0 fetch obama --only posts,likes
    once=$(talked)
    stop_sim
    rm -rf "$WINNOW_STATE"
    start_sim --people people.jsonl --limits off
    campaign "$platform"
    exits 0 fetch obama --only following
    slow=(--budget requests/5m=1/300ms)
    [ "$platform" != mastodon ] || slow+=(--budget paging/15m=off)
    for pages in 2 4 5; do
      start fetch obama --only posts,likes "${slow[@]}"
      read_by_now() { [ "$(requests | awk '$4 == "read"' | wc -l)" -ge "$pages" ] || gone "$RUN"; }
      within 20 read_by_now
      kill -KILL "$RUN" 2>/dev/null || true
      wait "$RUN" 2>/dev/null || true
    done
    exits 0 fetch obama --only posts,likes
    equal "$(talked)" "$once"
    jq -e 'map(select(. == 2)) | length == 100' <<<"$once"
    stop_sim
    rm -rf "$WINNOW_STATE"
  done
}

@test "a source that the login's scopes leave out is absent, says which, and the others are read" {
  people '{"exchanges":[["we","reply",3],["we","like",2]]}' '{"exchanges":[["they","mention",3]]}'
  start_sim --people people.jsonl --limits off \
    --mastodon-scopes "read:accounts read:follows write:follows read:statuses read:lists"
  campaign mastodon
  exits 0 fetch obama --json
  PLAN=$output
  has "$stderr" "the likes are left out" "nobody counts as somebody you never talked to" \
    "lacks the scope read:favourites" "lacks the scope read:notifications"
  evidence posts '.state == "complete"'
  evidence likes '.state == "absent"' '.why | test("scope")'
  evidence reactions '.state == "absent"'
  equal "$(talked)" '{"901":1,"902":-1}' # 902 may be liked
  evidence messages '.state == "partial"'
}

@test "GitHub: stars, colleagues and the last 90 days" {
  people '{"exchanges":[["we","like",900]]}' '{"orgs":["choir"]}' '{"exchanges":[["we","reply",20]]}' \
    '{"exchanges":[["we","reply",200]]}'
  start_sim --people people.jsonl --limits off
  campaign github
  exits 0 fetch obama --json
  PLAN=$output
  evidence likes '.state == "complete"' '.count == 1'
  evidence lists '.state == "partial"'
  evidence posts '.state == "partial"' '.since != null'
  equal "$(talked)" '{"901":1,"902":0,"903":1,"904":0}'
  roster 'sort_by(.id) | map(.lists)' | jq -e '.[1] == null or .[1] == ["org:choir"]'
}

@test "Bluesky: likes and boosts are the repository's; the last post of who is next is asked one by one" {
  people '{"exchanges":[["we","like",900],["we","boost",800]]}' '{"exchanges":[["we","quote",20]]}' '{}' '{}'
  start_sim --people people.jsonl --limits off
  campaign bluesky
  exits 0 fetch obama --json
  PLAN=$output
  evidence posts '.state == "complete"'
  evidence likes '.state == "complete"' '.count == 1'
  evidence boosts '.state == "complete"' '.count == 1'
  evidence blocks '.state == "complete"' '.count == 0'
  equal "$(talked | jq -c '[.[]] | sort')" '[0,0,1,2]'
  roster 'map(.blocked)' | jq -e '. == [false, false, false, false]'
  echo '{"keep": []}' >all.json
  exits 0 plan obama --policy all.json
  exits 0 fetch obama --only profiles --next 3
  roster 'map(select(.last_post_at)) | length' | jq -e '. == 3'
  exits 0 fetch obama --only profiles --next 3
  has "$stderr" "nothing was asked"
}
