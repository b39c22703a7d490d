#!/usr/bin/env bats
# SIGKILL at moments drawn by chance, many times over one campaign on a real PDS with its limiter on. KILLS
# says how often (`scripts/kills` says 100); KILLS_SEED draws the same moments again.

load helpers

setup() { e2e_setup; }
teardown() { e2e_teardown; }

# A moment of 0 to 0.4 s, more often early than late.
moment() {
  local ms=$((RANDOM % 400 * (RANDOM % 400) / 400))
  read -r -t "0.$(printf %03d "$ms")" <> <(:) || true
}

@test "killed at any moment, again and again: the repository holds what the plan kept" {
  local kills=${KILLS:-8} seed=${KILLS_SEED:-$RANDOM} kill records
  RANDOM=$seed
  echo "# KILLS=$kills KILLS_SEED=$seed" >&3
  # A batch is 200 records at most: enough that a kill finds some.
  records=$((kills * 60 + 400))
  start_pds --follows "$records" --twice 20 --limit repo-write-hour=300/2
  write_policy
  repo seeded >"$BATS_TEST_TMPDIR/seeded"
  new_campaign thin
  login_with 0 thin "$(server app_password)"
  exits 0 fetch thin
  awk 'NF == 2 { print $1 }' "$BATS_TEST_TMPDIR/seeded" | head -n 30 >"$BATS_TEST_TMPDIR/kept"
  exits 0 keep thin --file "$BATS_TEST_TMPDIR/kept"
  exits 0 plan thin --policy "$POLICY"
  for ((kill = 1; kill <= kills; kill++)); do
    start_winnow run thin --yes --pace burst --budget points/1h=300/2s
    moment
    kill -KILL "$RUN"
    within 10 is_gone "$RUN"
    exits 0 verify thin
  done
  exits 0 run thin --yes --pace burst --budget points/1h=300/2s
  grep -F -f "$BATS_TEST_TMPDIR/kept" "$BATS_TEST_TMPDIR/seeded" |
    awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | LC_ALL=C sort >"$BATS_TEST_TMPDIR/want"
  repo pairs | LC_ALL=C sort >"$BATS_TEST_TMPDIR/have"
  cmp "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/have"
  status_of thin
  equal "$(field state)" "done" state
  equal $(($(field progress.unfollowed) + $(field progress.already_gone))) $((records + 20 - 30)) "all outcomes together"
  equal "$(field progress.in_doubt)" 0 "in doubt"
  exits 0 verify thin
  equal "$(repo refused)" 0 "requests over a limit"
  echo "# $kills kills, already gone at the second try: $(field progress.already_gone)" >&3
  secrets_are_kept
}
