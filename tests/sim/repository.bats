#!/usr/bin/env bats
# Bluesky's repository as one file: a plain fetch reads it in place of seven lists, and knows the same
# by it; whatever is wrong with it, the lists are read instead and nothing is lost.

# shellcheck disable=SC2154 # set by the helper and by "run"
load helper

setup_people() { "$BATS_TEST_DIRNAME/../people/generate" "$1" people >people.out; }

# of_bluesky OPTION...: a simulator of those people, and a campaign
of_bluesky() {
  start_sim --people people/people.jsonl --limits off "$@"
  campaign bluesky
}

roster() { "$WINNOW" export obama roster | LC_ALL=C sort >"$1"; }

# by_lists FILE: what is known of everybody when each set is asked for by itself
by_lists() {
  exits 0 fetch obama --only following
  exits 0 fetch obama --only lists,blocks
  exits 0 fetch obama --only interactions
  exits 0 fetch obama --only followers,profiles
  roster "$1"
  rm -rf "$WINNOW_STATE"
}

lists_asked() { requests | awk '$4 == "list"' | wc -l; }

# Of what was written for a while nothing may stay in the state folder.
nothing_left() {
  find "$WINNOW_STATE" -maxdepth 1 -name '.*' -type f >left
  [ ! -s left ] || { cat left; return 1; }
}

@test "a plain fetch reads the repository by one request, and knows what the lists tell" {
  setup_people 400
  of_bluesky
  by_lists lists.jsonl
  stop_sim
  of_bluesky
  exits 0 fetch obama --json
  [[ $stderr != *"one file"* ]]
  jq -e '.pages == 1 and .followees == 400 and .added == 400 and .changed == 0 and .complete and .end' <<<"$output"
  jq -e '[.evidence[] | select(.set | IN("following", "posts", "likes", "boosts", "lists", "blocks")) | .state] ==
    ["complete", "complete", "complete", "complete", "complete", "complete"]' <<<"$output"
  # The file, and by lists only what stands in no repository: the view of the followees, notifications.
  [ "$(lists_asked)" -le 8 ]
  roster whole.jsonl
  diff lists.jsonl whole.jsonl
  nothing_left
  # Read again, nothing is new.
  exits 0 fetch obama --json
  jq -e '.pages == 1 and .added == 0 and .changed == 0 and .complete' <<<"$output"
  roster again.jsonl
  diff whole.jsonl again.jsonl
  # Its record keys are those that an unfollow needs.
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst
  audited '.still_followed.bluesky == 0' '.duplicate_sends == 0'
  balanced
}

@test "whatever is wrong with the repository, its lists are read instead, and that is said" {
  setup_people 300
  of_bluesky
  by_lists lists.jsonl
  stop_sim
  local wrong why
  while read -r wrong why; do
    of_bluesky --repo "$wrong"
    exits 0 fetch obama --json
    has "$stderr" "could not be read as one file: " "$why" "; its lists are read one by one instead"
    jq -e '.complete and .pages > 1 and .added == 300' <<<"$output"
    jq -e '[.evidence[] | select(.set | IN("following", "posts", "likes", "boosts", "lists", "blocks")) | .state] | unique == ["complete"]' <<<"$output"
    roster is.jsonl
    diff lists.jsonl is.jsonl
    nothing_left
    stop_sim
    rm -rf "$WINNOW_STATE"
  done <<'EOF'
none status 501
cut no whole response
short missing
hash its SHA-256 is not the one
hole missing
other of did:plc:another
EOF
}

@test "an empty repository takes nobody out" {
  setup_people 300
  of_bluesky --repo empty
  exits 0 fetch obama --only following
  exits 0 fetch obama --json
  has "$stderr" "nobody is followed in it"
  jq -e '.complete and .followees == 300' <<<"$output"
  exits 0 plan obama --policy policy.json --json
  jq -e '.scheduled + .kept == 300' <<<"$output"
}

@test "killed while the repository comes, nothing is left of it, and the next fetch has all" {
  setup_people 300
  of_bluesky
  by_lists lists.jsonl
  stop_sim
  of_bluesky --repo slow --slow 60s
  start fetch obama
  asked() { [ "$(lists_asked)" -ge 1 ] || gone "$RUN"; }
  within 20 asked
  killed
  nothing_left
  exits 0 export obama roster
  [ -z "$output" ]
  kill -KILL "$SIM" # it has an answer to finish
  wait "$SIM" || true
  start_sim --people people/people.jsonl --limits off --listen "127.0.0.1:$PORT"
  login
  exits 0 fetch obama --json
  jq -e '.pages == 1 and .complete' <<<"$output"
  roster is.jsonl
  diff lists.jsonl is.jsonl
}

@test "some of its sets are read by their lists, and so is what was begun by them" {
  setup_people 400
  of_bluesky --repo none
  exits 0 fetch obama --only following,posts,likes,boosts,lists
  [[ $stderr != *"one file"* ]]
  stop_sim
  rm -rf "$WINNOW_STATE"
  of_bluesky
  start fetch obama --only following --budget requests/5m=1/300ms
  asked() { [ "$(lists_asked)" -ge 2 ] || gone "$RUN"; }
  within 20 asked
  killed
  exits 0 fetch obama --json
  jq -e '.pages > 1 and .complete' <<<"$output"
  # Begun anew it is read as one.
  exits 0 fetch obama --restart --json
  jq -e '.pages == 1 and .complete' <<<"$output"
  exits 0 fetch obama --json
  jq -e '.pages == 1 and .complete' <<<"$output"
}

@test "who is in the repository no more is not followed any more, however much was exchanged" {
  setup_people 300
  of_bluesky
  exits 0 fetch obama
  printf '{"keep": [], "undecided": "schedule"}' >all.json
  exits 0 plan obama --policy all.json --json
  jq -e '.scheduled == 300' <<<"$output"
  local one
  one=$("$WINNOW" export obama roster | jq -r 'select(.talked_to_seen > 2) | .id' | head -n 1)
  [ -n "$one" ]
  control unfollow "{\"platform\":\"bluesky\",\"id\":\"$one\"}"
  exits 0 fetch obama --json
  jq -e '.pages == 1 and .complete and .followees == 299' <<<"$output"
  exits 0 plan obama --policy all.json --json
  jq -e '.scheduled == 299' <<<"$output"
}
