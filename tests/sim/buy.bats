#!/usr/bin/env bats
# Profiles bought while a campaign runs: whose, when, for how much, and who stays for what they tell. The
# simulator counts the money itself.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# crowd N EVERY [FIELDS]: N people on X in people.jsonl, whom the account never talked to; each EVERY-th
# is large and verified. Only their ids, and that nothing was said, go into roster.jsonl.
crowd() {
  jq -nc --argjson n "$1" --argjson every "$2" --argjson now "$(date +%s)" --argjson more "${3:-{\}}" '
    range(1; $n + 1) | (. % $every == 0) as $big | tostring as $id |
    {id: $id, handle: ("p" + $id), name: ("P " + $id), kind: "made", label: "open", bio: "", lang: "en",
     ids: {x: $id, mastodon: ("90" + $id), bluesky: ("did:plc:" + ("a" * (24 - ($id | length))) + ($id | explode | map(. + 50) | implode)), github: ("90" + $id)},
     handles: {x: ("p" + $id), mastodon: ("p" + $id + "@far.example"), bluesky: ("p" + $id + ".sky.example"), github: ("p" + $id)},
     now: $now, posts: 100, followers: (if $big then 250000 else 10 end), following: 10, mutual: false, verified: $big,
     bot: false, protected: false, suspended: false, deleted: false, moved: false, default_avatar: false, lists: [],
     orgs: [], note: "", notify: false, endorsed: false, created_at: ($now - 1000 * 86400),
     followed_at: ($now - 500 * 86400 + ($id | tonumber)), last_post_at: ($now - 86400), exchanges: []} + $more' >people.jsonl
  jq -c '{id: .ids.x, talked_to: 0}' people.jsonl >roster.jsonl
}
large() { jq -r 'select(.followers > 100000) | .ids.x' people.jsonl | LC_ALL=C sort; }
# planned_by ARGS...: a campaign of these ids, with a plan
planned_by() {
  campaign x
  exits 0 import obama roster.jsonl
  exits 0 plan obama "$@"
}
# Requests for profiles, by the simulator.
looks() { requests | awk '$2 == "GET" && $4 == "read"' | wc -l; }
billed() { audit .bill.micro; }
booked() { field cost.spent | jq '. * 1000000 | round'; }

@test "profiles are bought ahead of the cursor, and who is kept by them stays, by the goal's own rule" {
  crowd 130 10
  start_sim --people people.jsonl --limits off
  planned_by --goal declutter --json
  jq -e '.aside | any(.rule | contains("followers"))' <<<"$output"
  stands '.plan.scheduled == 130'
  exits 0 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  large | diff - <(following x)
  stands '.progress.unfollowed == 117' '.progress.protected == 13' '.cost.spent_on.people == 1.95'
  equal "$(booked)" "$(billed)" "the bill"
  has "$stderr" "event=bought campaign=obama profiles=100" "event=bought campaign=obama profiles=30"
  # What was bought is there for the next plan.
  exits 0 plan obama --json
  jq -e '.evidence[] | select(.set == "profiles") | .state == "partial" and .count == 130' <<<"$output"
  balanced
}

@test "nothing is bought without the flag, nor without a cap on the money, nor where it is free" {
  crowd 20 5
  start_sim --people people.jsonl --limits off
  planned_by --goal declutter
  exits 2 run obama --yes --buy-profiles
  has "$stderr" "--max-cost" "\$0.015" "nobody agreed to it"
  equal "$(audit .unfollows_sent)" 0 "unfollows"
  exits 0 run obama "${UNBOUND[@]}" --max-cost 50
  equal "$(following x | wc -l)" 0 "all go: no profile was bought"
  stands '.cost.spent_on.people == 0'

  rm -rf "$WINNOW_STATE"
  start_sim --follows 5 --limits off
  campaign mastodon
  exits 0 fetch obama --yes --only following
  exits 0 plan obama --policy policy.json
  exits 2 run obama --yes --buy-profiles --max-cost 5
  has "$stderr" "gives profiles for nothing" "winnow fetch obama"
}

@test "where the money ends nobody goes without a profile, and nobody's is bought twice" {
  crowd 40 4
  start_sim --people people.jsonl --limits off
  planned_by --goal declutter
  exits 6 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 0.30
  has "$stderr" "--max-cost" "is spent"
  stands '.cost.spent <= 0.30' '.progress.unfollowed > 5' '.progress.remaining > 10'
  large | diff - <(LC_ALL=C comm -12 <(large) <(following x))
  exits 0 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  large | diff - <(following x)
  stands '.cost.spent_on.people == 0.6' '.progress.unfollowed == 30'
  equal "$(booked)" "$(billed)" "the bill"
  balanced
}

@test "killed and run again: what was bought is there, is judged by, and is not bought twice" {
  crowd 90 3
  start_sim --people people.jsonl --limits off --fault slow=1000 --slow 60ms
  planned_by --goal declutter
  local before
  before=$(looks)
  start run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  within 30 sent_at_least 20
  killed
  exits 0 verify obama
  equal "$(looks)" $((before + 1)) "requests for profiles"
  control fault '{"clear":true}'
  exits 0 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  equal "$(looks)" $((before + 1)) "requests for profiles"
  large | diff - <(following x)
  stands '.cost.spent_on.people == 1.35' '.progress.protected == 30'
  balanced
}

@test "killed while the profiles are on their way: they are asked for again, and nobody goes unseen" {
  crowd 30 3
  start_sim --people people.jsonl --limits off --fault-reads --fault slow=1000 --slow 500ms
  planned_by --goal declutter
  asked_one() { [ "$(looks)" -gt "$before" ]; }
  local before
  before=$(looks)
  start run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  within 30 asked_one
  killed
  equal "$(audit .unfollows_sent)" 0 "unfollows"
  control fault '{"clear":true}'
  exits 0 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  large | diff - <(following x)
  [ "$(booked)" -ge "$(billed)" ]
  balanced
}

@test "whose profile is known is not bought, in the middle of others too" {
  crowd 30 5
  jq -c 'if (.id | tonumber) % 3 == 0 then . + {followers: 10, posts: 100} else . end' roster.jsonl >some.jsonl
  mv some.jsonl roster.jsonl
  start_sim --people people.jsonl --limits off
  echo '{"keep":["known(followers) and followers >= 100k"]}' >own.json
  planned_by --policy own.json
  exits 0 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  stands '.cost.spent_on.people == 0.3' '.progress.protected == 4'
  equal "$(booked)" "$(billed)" "the bill"
  balanced
}

@test "a policy of one's own is taken to the letter: what it sets aside stays so" {
  crowd 20 5
  start_sim --people people.jsonl --limits off
  echo '{"keep":[],"aside":["known(followers) and followers >= 100k"]}' >own.json
  planned_by --policy own.json
  exits 0 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  stands '.progress.unfollowed == 20' '.cost.spent_on.people == 0.3'
  balanced
}

@test "a server with the older names of X sells profiles too" {
  crowd 20 5
  start_sim --people people.jsonl --limits off --x-old-names
  planned_by --goal declutter
  exits 0 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  large | diff - <(following x)
  equal "$(booked)" "$(billed)" "the bill"
  balanced
}

@test "who is gone or never posted is charged less, and is settled as ever" {
  crowd 20 5
  jq -c '(.id | tonumber) as $n | if $n == 3 then .suspended = true elif $n == 4 then .last_post_at = null | .posts = 0 else . end' \
    people.jsonl >some.jsonl
  mv some.jsonl people.jsonl
  start_sim --people people.jsonl --limits off
  planned_by --goal declutter
  exits 0 run obama "${UNBOUND[@]}" --buy-profiles --max-cost 50
  large | diff - <(following x | grep -vx 3)
  equal "$(booked)" "$(billed)" "the bill"
  balanced
}

@test "the plan says what profiles of the next 1,000 would decide, before and after they are bought" {
  crowd 1200 10
  start_sim --people people.jsonl --limits off
  planned_by --goal declutter --json
  jq -e '.buys[] | select(.get | contains("profiles")) |
    .next == {entries: 1000, unknown: 1000, could_be_kept: 1000} and .most == 15' <<<"$output"
  exits 0 plan obama
  has "$output" "1,000 of the next 1,000 have no known profile" "a rule could keep 1,000 of them by it"
  # A policy that asks for no profile is told so.
  echo '{"keep":["at_least(talked_to) > 0"]}' >own.json
  exits 0 plan obama --policy own.json
  has "$output" "no rule of this plan keeps anybody by one, so only the order"
  exits 0 plan obama --goal declutter
  exits 0 fetch obama --only profiles --next 400 --max-cost 10
  # Of the 400 the large ones stay now, and the others are at the head, since how much they post is known.
  exits 0 plan obama --json
  jq -e '(1200 - .scheduled) as $large | $large > 20 and (.buys[] | select(.get | contains("profiles")) |
    .next == {entries: 1000, unknown: (600 + $large), could_be_kept: (600 + $large)} and
    (.most * 1000 | round) == .next.unknown * 15)' <<<"$output"
}
