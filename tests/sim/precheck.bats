#!/usr/bin/env bats
# Asked again before sending: who follows back by now is settled as protected, who is not followed any
# more as already gone, both without a request of their own.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# The policy wants to keep who follows back, and nobody knows who does: all are scheduled.
mutual_policy() { printf '%s\n' '{"keep":["mutual"],"undecided":"schedule"}' >policy.json; }

# who_follows_back: the simulator's own word, of all its followees, asked as a client would
who_follows_back() {
  following mastodon >all
  xargs -n 20 <all | while read -r -a ids; do
    curl -sf -m 10 -H "Authorization: Bearer sim-token" \
      "$SERVER/api/v1/accounts/relationships?$(printf 'id[]=%s&' "${ids[@]}")" -g |
      jq -r '.[] | select(.followed_by) | .id'
  done | LC_ALL=C sort
}

@test "Mastodon: who follows back is found out just before, and never sent" {
  start_sim --follows 150 --limits off
  campaign mastodon
  who_follows_back >mutual
  [ "$(wc -l <mutual)" -gt 10 ]
  exits 0 fetch obama --only following --yes
  mutual_policy
  exits 0 plan obama --policy policy.json
  stands '.plan.scheduled == 150'
  exits 0 run obama --yes --pace burst
  following mastodon | diff mutual -
  stands ".progress.protected == $(wc -l <mutual)" ".progress.unfollowed == 150 - $(wc -l <mutual)"
  has "$stderr" "event=precheck campaign=obama entries=20"
  audited ".unfollows_sent == 150 - $(wc -l <mutual)"
  equal "$(requests | awk '$2 == "GET" && $4 == "read"' | wc -l)" "$((8 + 8 + 2))" "looks, ours and the test's, the login and the count"
  balanced
}

@test "Mastodon: who was unfollowed meanwhile costs no request" {
  start_sim --follows 60 --limits off
  campaign mastodon
  exits 0 fetch obama --only following --yes
  exits 0 plan obama --policy policy.json
  local id
  for id in $(following mastodon | head -n 7); do
    control unfollow "{\"platform\":\"mastodon\",\"id\":\"$id\"}"
  done
  exits 0 run obama --yes --pace burst
  stands '.progress.already_gone == 7' '.progress.unfollowed == 53'
  audited '.unfollows_sent == 53' '.unfollows_applied == 53' '.still_followed.mastodon == 0'
  balanced
}

# Ours by the server's book: on Bluesky it is asked with a session's token, which the test has not.
followers_of_bluesky() { curl -sf -m 10 "$SERVER/sim/following?platform=bluesky&mutual=1" | LC_ALL=C sort; }

@test "Bluesky: relationships of 30 tell who follows back, who blocks the account as well" {
  start_sim --follows 150 --duplicates 10 --limits off --blocking 5
  campaign bluesky
  followers_of_bluesky >mutual
  [ "$(wc -l <mutual)" -gt 10 ]
  exits 0 fetch obama --only following --yes
  mutual_policy
  exits 0 plan obama --policy policy.json
  stands '.plan.scheduled == 160'
  exits 0 run obama --yes --pace burst
  following bluesky | diff mutual -
  local kept
  kept=$(curl -sf -m 10 "$SERVER/sim/following?platform=bluesky&records=1" | wc -l)
  [ "$kept" -ge "$(wc -l <mutual)" ]
  stands ".progress.protected == $kept" ".progress.unfollowed == 160 - $kept"
  has "$stderr" "event=precheck campaign=obama entries=30"
  equal "$(requests | awk '$2 == "GET" && $4 == "read"' | wc -l)" "$((6 + 1))" "looks and the count"
  audited ".unfollows_sent == 160 - $kept"
  balanced
}

@test "Bluesky: whom the AppView does not answer for goes as planned; no record is taken for gone" {
  start_sim --follows 60 --limits off --hide-followers 2
  campaign bluesky
  exits 0 fetch obama --only following --yes
  mutual_policy
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst
  # Every other one is hidden: of the others, who follows back stays.
  stands '.progress.already_gone == 0' '.progress.unfollowed == 60 - .progress.protected'
  curl -sf "$SERVER/sim/following?platform=bluesky" | LC_ALL=C sort | LC_ALL=C comm -23 - <(followers_of_bluesky) |
    diff /dev/null -
  balanced
}

@test "Bluesky: a bare PDS is asked once, and the run goes as planned, in full batches" {
  start_sim --follows 450 --limits off --no-appview
  campaign bluesky
  exits 0 fetch obama --only following --yes
  mutual_policy
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst --precheck always
  has "$stderr" "event=precheck campaign=obama entries=0" "the server does not tell who follows back"
  stands '.progress.unfollowed == 450'
  audited '.unfollows_sent == 450' '.writes == 3' '.still_recorded == 0'
  equal "$(requests | awk '$2 == "GET" && $4 == "read"' | wc -l)" 2 "the look and the count"
  balanced
}

@test "Bluesky: killed and run again, everybody is still looked at" {
  start_sim --follows 90 --limits off --fault slow=1000 --slow 60ms
  campaign bluesky
  exits 0 fetch obama --only following --yes
  mutual_policy
  exits 0 plan obama --policy policy.json
  start run obama --yes --pace burst
  within 30 sent_at_least 40
  killed
  exits 0 verify obama
  exits 0 run obama --yes --pace burst
  followers_of_bluesky | diff - <(following bluesky)
  balanced
}

@test "--precheck off sends as planned; always asks on X too, and counts what it costs" {
  start_sim --follows 30 --limits off
  campaign mastodon
  exits 0 fetch obama --only following --yes
  mutual_policy
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst --precheck off
  stands '.progress.unfollowed == 30' '.progress.protected == 0'

  rm -rf "$WINNOW_STATE"
  start_sim --follows 30 --limits off
  planned 30 0
  exits 0 run obama "${UNBOUND[@]}" --precheck always
  stands '.progress.unfollowed == 30' '.cost.spent_on | .unfollows == 0.3 and .looks == 0.3'
  equal "$(requests | awk '$2 == "GET" && $4 == "read"' | wc -l)" 2 "the login and a look at 30"
  balanced
}

@test "a look that fails is tried again, waits when told to, and never lets anybody through" {
  start_sim --follows 24 --limits off --fault-reads --fault 503=150 --fault 429=100 --fault cut-after=100
  campaign mastodon || campaign mastodon
  until "$WINNOW" fetch obama --yes >fetch.out 2>fetch.err; do :; done
  mutual_policy
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst
  control fault '{"clear":true}'
  who_follows_back | diff - <(following mastodon)
  balanced
}

@test "killed and run again, everybody is still looked at" {
  start_sim --follows 90 --limits off --fault slow=150 --slow 50ms
  campaign mastodon
  exits 0 fetch obama --only following --yes
  mutual_policy
  exits 0 plan obama --policy policy.json
  local at
  for at in 3 15 40; do
    start run obama --yes --pace burst
    within 20 sent_at_least "$at"
    killed
    exits 0 verify obama
  done
  exits 0 run obama --yes --pace burst
  control fault '{"clear":true}'
  who_follows_back | diff - <(following mastodon)
  balanced
}

@test "Mastodon: relationships that are refused end no campaign, and are not asked for ever" {
  local code most
  for code in 400 404 405 410 422 500; do
    # A 500 may be trouble that passes: it is one of all, and of each of three, after three times.
    most=$([ "$code" = 500 ] && echo 15 || echo 8)
    rm -rf state
    start_sim --follows 30 --limits off --look-status "$code"
    campaign mastodon
    exits 0 fetch obama --only following
    mutual_policy
    exits 0 plan obama --policy policy.json
    exits 0 run obama --yes --pace burst
    stands '.state == "done"' '.progress.unfollowed == 30'
    has "$stderr" "event=precheck campaign=obama entries=0"
    [ "$(requests | awk '$4 == "read"' | wc -l)" -le "$most" ]
    balanced
  done
}

@test "GoToSocial: one id that it does not know does not keep the others from being asked about" {
  start_sim --follows 40 --limits off --flavour gotosocial
  campaign mastodon
  who_follows_back >mutual
  [ "$(wc -l <mutual)" -gt 2 ]
  # From a file, without a whole list beside which one more would not be scheduled.
  { following mastodon; echo 77; } | sed 's/.*/{"id":"&"}/' >roster.jsonl
  exits 0 import obama roster.jsonl
  mutual_policy
  exits 0 plan obama --policy policy.json
  stands '.plan.scheduled == 41'
  exits 0 run obama --yes --pace burst
  following mastodon | diff mutual -
  stands '.state == "done"' '.progress.target_gone == 1'
  balanced
}

@test "snac: it tells of the first id alone, and the others are asked about one by one" {
  start_sim --follows 40 --limits off --flavour snac
  campaign mastodon
  following mastodon >all
  while read -r id; do
    curl -sf -m 10 -H "Authorization: Bearer sim-token" -g "$SERVER/api/v1/accounts/relationships?id[]=$id" |
      jq -r '.[] | select(.followed_by) | .id'
  done <all | LC_ALL=C sort >mutual
  [ "$(wc -l <mutual)" -gt 2 ]
  exits 0 fetch obama --only following
  mutual_policy
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst
  following mastodon | diff mutual -
  balanced
  exits 0 verify obama --sample 20 --json
  jq -e '.sample.asked == 20 and .sample.not_told == 0 and .sample.still_followed == 0' <<<"$output"
}

@test "Bluesky: an AppView that is down is named, and how to go on without it" {
  start_sim --follows 40 --limits off --look-status 502
  campaign bluesky
  exits 0 fetch obama --only following
  mutual_policy
  exits 0 plan obama --policy policy.json
  start run obama --yes --pace burst
  within 20 is_state waiting
  stands '.waiting.reason | contains("AppView") and contains("--precheck off")' '.progress.unfollowed == 0'
  kill "$RUN"
  ends 3
  exits 0 run obama --yes --pace burst --precheck off
  stands '.state == "done"' '.progress.unfollowed == 40'
  balanced
}

@test "X: looks ask for no more people than will be sent, and are booked by whom X answers for" {
  start_sim --follows 30 --limits off
  planned 30 0
  local before
  before=$("$WINNOW" status obama --json | jq .campaigns[0].cost.spent)
  exits 6 run obama "${UNBOUND[@]}" --precheck always --max-actions 3
  has "$stderr" "--max-actions"
  stands '.cost.spent_on | .looks == 0.03 and .unfollows == 0.03' ".cost.spent * 100 | round == $before * 100 + 6"
  # Two cents a person: nobody is asked about whom the money does not unfollow as well.
  exits 6 run obama "${UNBOUND[@]}" --precheck always --max-cost 0.12
  has "$stderr" "--max-cost"
  stands '.cost.spent <= 0.12' '.progress.unfollowed == 5'
  balanced
}
