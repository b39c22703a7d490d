#!/usr/bin/env bats
# Who follows back, on a real Bluesky PDS with real accounts that follow each other: one who blocks, some who were
# taken down, deactivated or deleted. By a rule on mutuality nobody is unfollowed who follows back or who may; neither
# without an AppView, where nothing of it is told, nor with one. What counts is what the server's repository holds.
# Needs WINNOW, the path of the binary, and tests/e2e/setup to have run.

load helpers

setup() { e2e_setup; }
teardown() { e2e_teardown; }

# Accounts that nobody's server holds are followed besides, --follows of them.
populate() {
  people <<'END'
make anna ben cleo dora emil fay gus hans ida jan kim lea max
follow me anna ben cleo dora emil fay gus hans ida jan kim lea max fay
follow anna me
follow ben me
follow cleo me
follow hans me
follow jan me
follow lea me
block jan me
block kim me
answer anna me
takedown hans
takedown ida
deactivate lea
delete max
END
  people <<<dids >"$BATS_TEST_TMPDIR/dids"
  repo pairs | LC_ALL=C sort >"$BATS_TEST_TMPDIR/before"
}

did() { awk -v name="$1" '$1 == name { print $2 }' "$BATS_TEST_TMPDIR/dids"; }

# plan_by KEEP...: a plan that keeps these, and holds whom it cannot judge
plan_by() {
  printf '{"keep": %s, "undecided": "hold"}\n' "$(jq -nc '$ARGS.positional' --args "$@")" >"$BATS_TEST_TMPDIR/rules.json"
  exits 0 --json plan thin --policy "$BATS_TEST_TMPDIR/rules.json"
  cp "$OUT" "$BATS_TEST_TMPDIR/plan.json"
}

# planned FILTER...: each jq filter is true of the plan
planned() {
  local filter
  for filter in "$@"; do
    jq -e "$filter" "$BATS_TEST_TMPDIR/plan.json" >/dev/null ||
      { echo "the plan is not: $filter"; jq -c 'del(.head, .tail)' "$BATS_TEST_TMPDIR/plan.json"; return 1; }
  done
}

# scheduled NAME...: the schedule has these, and nobody else
scheduled() {
  local name
  exits 0 export thin schedule --format jsonl
  jq -r .id "$OUT" | LC_ALL=C sort -u | diff - <(for name in "$@"; do did "$name"; done | LC_ALL=C sort)
}

# remains NAME...: the repository holds what it held before but for the records of these
remains() {
  local name
  for name in "$@"; do did "$name"; done >"$BATS_TEST_TMPDIR/without"
  grep -vF -f "$BATS_TEST_TMPDIR/without" "$BATS_TEST_TMPDIR/before" | diff - <(repo pairs | LC_ALL=C sort)
}

# told FILTER COUNT: so many followees of the roster are like that
told() {
  exits 0 export thin roster
  jq -se "map(select($1)) | length == $2" "$OUT" >/dev/null || { echo "not $2: $1"; jq -c . "$OUT"; return 1; }
}

# killed_at CALL N: fetch, killed while it waits for the answer to that call
killed_at() {
  repo appview-hold "$1" "$2"
  start_winnow fetch thin --only followers,profiles
  repo appview-wait 30
  kill -KILL "$RUN"
  within 10 is_gone "$RUN"
  repo appview-release
}

asked() { repo appview | grep -cx "$1" || true; }

@test "without an AppView nobody's mutuality is known, fetch and plan say so, and nobody goes" {
  start_pds --follows 20 --twice 0
  populate
  new_campaign thin
  login_with 0 thin "$(server app_password)"
  exits 0 --json fetch thin --only following,followers,profiles,lists,interactions
  jq -e '.complete and .followees == 34 and .hidden == null and .gone == null' "$OUT"
  jq -e '[.evidence[] | select(.state == "absent" and (.why | test("does not offer it .HTTP 400."))) | .set] ==
         ["followers", "profiles", "reactions"]' "$OUT"
  # What stands in the account's own repository is told by any PDS.
  jq -e '[.evidence[] | select(.state == "complete") | .set] ==
         ["following", "lists", "posts", "likes", "boosts"]' "$OUT"
  # And as one file it tells the same of everybody, but for the blocks, which were not asked for.
  exits 0 export thin roster --format jsonl
  jq -c 'del(.blocked)' "$OUT" | LC_ALL=C sort >"$BATS_TEST_TMPDIR/lists"
  local lists_state=$STATE
  STATE=$BATS_TEST_TMPDIR/whole
  new_campaign whole
  login_with 0 whole "$(server app_password)"
  exits 0 --json fetch whole
  jq -e '.complete and .followees == 34 and .pages == 1' "$OUT"
  equal "$(requests_of com.atproto.sync.getRepo 200)" 1 "repositories read"
  exits 0 export whole roster --format jsonl
  jq -c 'del(.blocked)' "$OUT" | LC_ALL=C sort | diff "$BATS_TEST_TMPDIR/lists" -
  STATE=$lists_state

  plan_by mutual
  planned '.scheduled == 0' '.kept == 0' '.undecided == 33' \
    '.evidence[] | select(.set == "followers") | .undecided == 33 and .state == "absent"'
  scheduled
  plan_by 'not (suspended or deleted)'
  planned '.scheduled == 0' '.undecided == 33'
  plan_by 'interactions > 0'
  planned '.scheduled == 0'
  exits 0 run thin --yes --pace burst
  remains
  equal "$(requests_of com.atproto.repo.applyWrites "")" 0 "writes"
  equal "$(requests_of com.atproto.repo.deleteRecord "")" 0 "writes"
  secrets_are_kept
}

@test "with an AppView, killed in between: exactly those go who do not follow back, and who follows back late stays" {
  start_pds --follows 20 --twice 0 --appview
  populate
  new_campaign thin
  login_with 0 thin "$(server app_password)"
  exits 0 fetch thin --only following

  # 26 are on none of the two pages: jan and kim, who block; the four who vanished; 20 who never were. What was
  # answered before a kill is not asked for again.
  killed_at app.bsky.actor.getProfile 5
  killed_at app.bsky.actor.getProfiles 2
  equal "$(asked app.bsky.graph.getFollows)" 2 "pages of the list"
  equal "$(asked app.bsky.actor.getProfile)" $((26 + 1)) "asked alone"
  exits 0 --json fetch thin --only followers,profiles
  equal "$(asked app.bsky.actor.getProfiles)" $((2 + 1)) "profiles of 25"
  jq -e '.hidden == 26 and .gone == 23 and [.evidence[].state] == ["partial", "partial"]' "$OUT"
  exits 0 fetch thin --only interactions

  told '.follows_me == true' 3
  told '.follows_me == false' 4
  told '.suspended == true' 2
  told '.deleted == true' $((20 + 1))
  # Who blocks is not dead, and does not tell.
  told '.suspended == false and .deleted == false and .follows_me == null' 2
  told ".id == \"$(did lea)\" and .suspended == null and .deleted == null and .follows_me == null" 1
  # A reply and a like: at least these, since notifications are not kept for ever.
  told ".id == \"$(did anna)\" and .heard_from_seen == 2 and .talked_to_seen == 0 and .interactions_seen == 2" 1
  told '.interactions != null or .heard_from != null' 0
  told '.interactions_seen > 0' 1

  plan_by mutual
  # fay is followed by two records.
  planned '.kept == 3' '.undecided == 26' '.scheduled == 5' '.duplicates == 1'
  scheduled dora emil fay gus

  people <<<'follow gus me'
  exits 0 run thin --yes --pace burst
  grep -q "event=precheck campaign=thin entries=5 protected=1 already_gone=0" "$ERR"
  remains dora emil fay
  status_of thin
  equal "$(field state)" "done" state
  equal "$(field progress.unfollowed) $(field progress.protected)" "4 1" "unfollowed, protected"
  exits 0 verify thin
  exits 0 --json verify thin --sample 10
  jq -e '.mismatches == 0 and .sample.asked == 4 and .sample.still_followed == 0 and .sample.not_told == 0' "$OUT"

  # The dead go by a rule of their own: whoever blocks, or is deactivated, is none.
  plan_by 'not (suspended or deleted)'
  planned '.scheduled == 23' '.undecided == 1'
  exits 0 run thin --yes --pace burst
  grep -v -F -f <(for name in anna ben cleo gus jan kim lea; do did $name; done) "$BATS_TEST_TMPDIR/before" |
    cut -d' ' -f1 | LC_ALL=C sort -u >"$BATS_TEST_TMPDIR/without"
  grep -vF -f "$BATS_TEST_TMPDIR/without" "$BATS_TEST_TMPDIR/before" | diff - <(repo pairs | LC_ALL=C sort)
  equal "$(repo count)" 7 "records left"
  exits 0 verify thin
  equal "$(repo refused)" 0 "requests over a limit"
  secrets_are_kept
}
