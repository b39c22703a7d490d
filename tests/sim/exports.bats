#!/usr/bin/env bats
# A repository of Bluesky is enough for a run, without a fetch; and what the run took back stays gone
# when the same file is imported again.

load helper

# saved FILE: the account's follow records, with all pages of them, as the app saves them
saved() {
  local cursor="" page
  : >rows
  while :; do
    page=$(curl -sf "$SERVER/xrpc/com.atproto.repo.listRecords?repo=$(account_of bluesky)&collection=app.bsky.graph.follow&limit=100${cursor:+&cursor=$cursor}")
    jq -c '.records[]' <<<"$page" >>rows
    cursor=$(jq -r '.cursor // empty' <<<"$page")
    [ -n "$cursor" ] || break
  done
  jq -s --arg did "$(account_of bluesky)" \
    '{did: $did, rev: "3kdgwqoo3222a", records: (map({key: (.uri | ltrimstr("at://" + $did + "/")), value: .value}) | from_entries)}' \
    rows | "$BATS_TEST_DIRNAME/../cli/car.py" "$1"
}

@test "Bluesky: a repository, a plan, a run, and the repository once more" {
  start_sim --follows 60 --duplicates 7 --limits off
  campaign bluesky
  saved repo.car
  records=$(wc -l <rows)
  exits 0 import obama repo.car --json
  jq -e --argjson n "$records" '.followees == 60 and .sets[0].state == "complete" and .sets[0].count == $n' <<<"$output"
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace burst
  stands '.state == "done"'
  audited '.still_followed.bluesky == 0' '.duplicate_sends == 0'
  balanced
  # an old file does not bring back what was taken back since
  exits 0 import obama repo.car
  exits 2 plan obama --policy policy.json
  has "$stderr" "has nobody to plan for"
}

@test "Bluesky: what a repository says of people is what is true of them" {
  "$BATS_TEST_DIRNAME/../people/generate" 400 people >people.out
  start_sim --people people/people.jsonl --limits off
  campaign bluesky
  curl -sf -o repo.car "$SERVER/xrpc/com.atproto.sync.getRepo?did=$(account_of bluesky)"
  exits 0 import obama repo.car --json
  jq -e '.followees == 400 and .skipped == 0 and all(.sets[]; .state == "complete")' <<<"$output"
  "$WINNOW" export obama roster | jq -c 'select(.talked_to_seen > 0 or .lists != []) |
    [.id, .talked_to_seen, (.last_talked_at_seen // "" | if . == "" then 0 else fromdate end), (.lists | sort), (.followed_at | fromdate)]' |
    LC_ALL=C sort >is
  jq -c '[.exchanges[] | select(.[0] == "we" and (.[1] | IN("reply", "mention", "quote", "boost", "like")))] as $we |
    select(($we | length) > 0 or .lists != []) |
    [.ids.bluesky, ($we | length), ($we | map(.[2]) | max // 0), (.lists | sort), .followed_at]' people/people.jsonl |
    LC_ALL=C sort >should
  [ "$(wc -l <should)" -gt 20 ]
  diff should is
}
