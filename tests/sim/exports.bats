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
