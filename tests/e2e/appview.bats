#!/usr/bin/env bats
# The whole job on a real Bluesky PDS with the real AppView behind it, among accounts that block, are blocked, muted,
# taken down on either side, deactivated, deleted, followed twice, that follow back, answer, or do so late; killed in the
# middle. What counts is what the repository holds in the end, and what the AppView makes of it.
# Needs WINNOW, the path of the binary, PostgreSQL, and tests/e2e/setup to have run.

load helpers

setup() { e2e_setup; }
teardown() { e2e_teardown; }

ORDINARY=(oak{01..60})
KEPT=(a-friend twice-friend muted-friend who-answers was-answered)
# Of these nobody can tell who follows whom.
UNTOLD=(who-blocks was-blocked who-shuns taken-down hidden-friend hidden-other gone-away was-deleted)

populate() {
  people <<END
make ${ORDINARY[*]} ${KEPT[*]} ${UNTOLD[*]} muted-other late-friend
follow me ${ORDINARY[*]} ${KEPT[*]} ${UNTOLD[*]} muted-other late-friend
follow me twice-friend oak01 oak02 oak03 who-blocks taken-down
follow a-friend me
follow twice-friend me
follow muted-friend me
follow who-blocks me
follow was-blocked me
follow taken-down me
follow hidden-friend me
follow gone-away me
follow was-deleted me
block who-blocks me
block me was-blocked
block who-shuns me
mute me muted-friend
mute me muted-other
answer who-answers me
answer me was-answered
takedown taken-down
hide hidden-friend
hide hidden-other
deactivate gone-away
delete was-deleted
END
  people <<<dids >"$BATS_TEST_TMPDIR/dids"
  repo pairs | LC_ALL=C sort >"$BATS_TEST_TMPDIR/before"
}

did() { awk -v name="$1" '$1 == name { print $2 }' "$BATS_TEST_TMPDIR/dids"; }
dids_of() { local name; for name in "$@"; do did "$name"; done | LC_ALL=C sort; }

plan_by() {
  printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/rules.json"
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

scheduled_dids() { exits 0 export thin schedule --format jsonl && jq -r .id "$OUT" | LC_ALL=C sort -u; }

# went DID-FILE: the repository holds what it held before without these, and the AppView says the same
went() {
  grep -vF -f "$1" "$BATS_TEST_TMPDIR/before" | diff - <(repo pairs | LC_ALL=C sort)
  # A deleted account is followed by a record still, but the AppView has forgotten it.
  repo relations | awk '$2 != "-" { print $1 }' | LC_ALL=C sort |
    diff - <(cut -d' ' -f1 "$BATS_TEST_TMPDIR/dids.all" | grep -vF -f "$1" | grep -vF "$(did was-deleted)" | LC_ALL=C sort)
}

@test "the real AppView: nobody protected, and nobody of whom it cannot tell, is touched; killed and resumed" {
  start_pds --follows 15 --twice 0 --appview --limit repo-write-hour=20/2
  populate
  awk '$1 != "me" { print $2 }' "$BATS_TEST_TMPDIR/dids" >"$BATS_TEST_TMPDIR/dids.all"
  new_campaign thin
  login_with 0 thin "$(server app_password)"
  exits 0 fetch thin --only following,followers,profiles,lists,interactions
  exits 0 export thin roster
  equal "$(jq -s 'map(select(.follows_me == true)) | length' "$OUT")" 3 "known to follow back"
  equal "$(jq -s 'map(select(.suspended == true)) | length' "$OUT")" 3 "taken down, on either side"

  plan_by '{"keep": ["mutual", "at_least(interactions) > 0"], "undecided": "hold"}'
  planned '.scheduled == 65' '.duplicates == 3' ".kept == ${#KEPT[@]}" ".undecided == $((${#UNTOLD[@]} + 15))"
  scheduled_dids >"$BATS_TEST_TMPDIR/scheduled"
  dids_of "${ORDINARY[@]}" muted-other late-friend | diff - "$BATS_TEST_TMPDIR/scheduled"

  # Somebody follows back after the plan: the precheck has to find that.
  people <<<'follow late-friend me'
  start_winnow run thin --yes --pace burst --budget points/1h=20/2s
  repo wait-count-below 70 60
  kill -KILL "$RUN"
  within 10 is_gone "$RUN"
  status_of thin
  [[ $(field progress.remaining) -gt 0 && $(repo count) -gt 30 ]] || { echo "it was killed too late to tell anything"; return 1; }

  exits 0 run thin --yes --pace burst --budget points/1h=20/2s
  grep -vF "$(did late-friend)" "$BATS_TEST_TMPDIR/scheduled" >"$BATS_TEST_TMPDIR/went"
  people </dev/null
  went "$BATS_TEST_TMPDIR/went"
  status_of thin
  equal "$(field state)" "done" state
  equal "$(field progress.protected)" 1 "kept by the precheck"
  equal $(($(field progress.unfollowed) + $(field progress.already_gone))) 64 "gone"
  exits 0 --json verify thin --sample 40
  jq -e '.mismatches == 0 and .sample.asked == 40 and .sample.still_followed == 0 and .sample.not_told == 0' "$OUT"

  # The dead go by a rule of their own; who blocks, or is deactivated, is none of them.
  plan_by '{"keep": ["not (suspended or deleted)"], "undecided": "hold"}'
  planned '.undecided == 1' '.scheduled == 20'
  exits 0 run thin --yes --pace burst --budget points/1h=20/2s
  dids_of taken-down hidden-friend hidden-other was-deleted | cat - "$BATS_TEST_TMPDIR/went" >"$BATS_TEST_TMPDIR/all.went"
  repo seeded | cut -d' ' -f1 >>"$BATS_TEST_TMPDIR/all.went"
  people </dev/null
  went "$BATS_TEST_TMPDIR/all.went"
  exits 0 verify thin
  equal "$(repo refused)" 0 "requests over a limit"
  secrets_are_kept
}
