#!/usr/bin/env bats
# winnow against a real Bluesky PDS: thousands of follow records, rate limits that bite, records that somebody else
# deletes, SIGKILL in the middle. What counts in the end is what the server's repository holds.
# Needs WINNOW, the path of the binary, and tests/e2e/setup to have run.

# Lists of DIDs and record keys hold no blanks inside: they are meant to be split into words.
# shellcheck disable=SC2046

load helpers

setup() { e2e_setup; }
teardown() { e2e_teardown; }

dids() { cut -d' ' -f1; }
rkeys_of() { grep -F -f <(printf '%s\n' "$@") "$BATS_TEST_TMPDIR/seeded" | cut -d' ' -f2- | tr ' ' '\n'; }

@test "the whole job: plan, drain, drift, SIGKILL, resume; the repository holds what the plan kept" {
  start_pds --follows 3000 --twice 60 --limit repo-write-hour=600/3
  write_policy
  repo seeded >"$BATS_TEST_TMPDIR/seeded"
  equal "$(repo count)" 3060 "records at the start"

  new_campaign thin
  login_with 0 thin "$(server app_password)"
  exits 0 fetch thin
  # The whole repository came at once, in place of its lists.
  equal "$(requests_of com.atproto.sync.getRepo 200)" 1 "repositories read"
  equal "$(requests_of com.atproto.repo.listRecords "")" 0 "lists read"

  # Five of the kept are followed twice.
  awk 'NF == 3' "$BATS_TEST_TMPDIR/seeded" | head -n 5 | dids >"$BATS_TEST_TMPDIR/kept"
  awk 'NF == 2' "$BATS_TEST_TMPDIR/seeded" | head -n 35 | dids >>"$BATS_TEST_TMPDIR/kept"
  exits 0 keep thin $(cat "$BATS_TEST_TMPDIR/kept")
  exits 0 plan thin --policy "$POLICY"
  status_of thin
  equal "$(field plan.followees)" 3000 followees
  equal "$(field plan.kept)" 40 kept
  # An entry for each record to take back: 2960 followees, 55 of them followed twice.
  equal "$(field plan.scheduled)" 3015 scheduled
  digest=$(field plan.digest)

  exits 0 export thin schedule --format jsonl
  grep -oE 'did:plc:[a-z2-7]{24}' "$OUT" | grep -vF "$(server did)" | awk '!seen[$0]++' >"$BATS_TEST_TMPDIR/schedule"
  equal "$(wc -l <"$BATS_TEST_TMPDIR/schedule")" 2960 "exported schedule"
  absent -F -f "$BATS_TEST_TMPDIR/kept" "$BATS_TEST_TMPDIR/schedule"

  # Somebody else unfollows five between the plan and the run, and one record of an account that has two.
  mapfile -t gone < <(awk 'NF == 2' "$BATS_TEST_TMPDIR/seeded" | sed -n '101,105p' | dids)
  half=$(awk 'NF == 3 { print $2 }' "$BATS_TEST_TMPDIR/seeded" | sed -n 10p)
  equal "$(repo delete $(rkeys_of "${gone[@]}") "$half" | sort | uniq -c | xargs)" "6 deleted" "drift"

  start_winnow run thin --yes --pace burst --budget points/1h=600/3s
  repo wait-count-below 2700 60
  # And three more, from the end of the schedule, while it runs; the very last one is put on the keep list.
  mapfile -t last < <(tail -n 4 "$BATS_TEST_TMPDIR/schedule")
  repo delete $(rkeys_of "${last[@]:0:3}") | sort | uniq -c | sed 's/^/# drift while it runs: /' >&3
  exits 0 keep thin "${last[3]}"
  echo "${last[3]}" >>"$BATS_TEST_TMPDIR/kept"
  repo wait-count-below 1700 60
  kill -KILL "$RUN"
  within 10 is_gone "$RUN"

  status_of thin
  [[ $(field progress.unfollowed) -gt 0 && $(field progress.unfollowed) -lt 3015 ]]
  [[ $(repo count) -gt 100 ]] || { echo "it was killed too late to tell anything"; return 1; }

  exits 0 run thin --yes --pace burst --budget points/1h=600/3s

  # The repository first: exactly the records of those who are kept, two where there were two.
  grep -F -f "$BATS_TEST_TMPDIR/kept" "$BATS_TEST_TMPDIR/seeded" |
    awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | LC_ALL=C sort >"$BATS_TEST_TMPDIR/want"
  repo pairs | LC_ALL=C sort >"$BATS_TEST_TMPDIR/have"
  diff -u "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/have" | head -n 30
  cmp "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/have"

  status_of thin
  equal "$(field state)" "done" state
  equal "$(field plan.digest)" "$digest" digest
  unfollowed=$(field progress.unfollowed) already_gone=$(field progress.already_gone)
  echo "# unfollowed $unfollowed, already gone $already_gone, protected $(field progress.protected)" >&3
  protected=$(rkeys_of "${last[3]}" | wc -l)
  equal "$(field progress.protected)" "$protected" "kept while it ran"
  equal $((unfollowed + already_gone + protected)) 3015 "all outcomes together"
  for counter in target_gone refused in_doubt remaining; do
    equal "$(field progress.$counter)" 0 "$counter"
  done
  # Nine were gone for certain; of the batches in flight at SIGKILL the server may have done what nobody wrote down.
  [[ $already_gone -ge 9 && $already_gone -le 408 ]]
  exits 0 verify thin
  # The server is asked about some of them, record by record.
  exits 0 verify thin --sample 40 --json
  jq -e '.mismatches == 0 and .sample.asked == 40 and .sample.still_followed == 0 and .sample.not_told == 0' "$OUT"

  # What the server's own limiter counted.
  repo limits | sed -E 's/,"windows".*//; s/^/# /' >&3
  requests | sed 's/^/# /' >&3
  equal "$(repo refused)" 0 "requests over a limit"
  [[ $(requests_of com.atproto.repo.applyWrites 200) -ge 10 ]]
  writes=$(($(requests_of com.atproto.repo.applyWrites "") + $(requests_of com.atproto.repo.deleteRecord "")))
  [[ $writes -lt 1000 ]] || { echo "$writes write requests: that is no batching"; return 1; }

  secrets_are_kept
}

@test "a wrong password: exit code 4, nothing stored, nothing printed; the right one then works" {
  start_pds --follows 10 --twice 0
  new_campaign thin handle
  login_with 4 thin wrong-horse-battery-staple
  [[ -s $ERR ]]
  absent -raF wrong-horse "$SAID" "$STATE"
  absent -raE "$TOKEN" "$SAID" "$STATE"
  login_with 0 thin "$(server app_password)"
  secrets_are_kept
  # logout ends the session on the server: its refresh token is good for nothing any more
  local refresh
  refresh=$(json "$STATE/credentials/thin" .refresh)
  exits 0 logout thin
  grep -q "has revoked the credential" "$ERR"
  [[ ! -e $STATE/credentials/thin ]]
  equal "$(curl -s -m 10 -o /dev/null -w '%{http_code}' -X POST -H "Authorization: Bearer $refresh" \
    "$(server url)/xrpc/com.atproto.server.refreshSession")" 400 "the refresh token after logout"
}

@test "an expired access token is refreshed, and the new pair is on disk" {
  start_pds --follows 300 --twice 10
  write_policy
  new_campaign thin
  login_with 0 thin "$(server app_password)"
  exits 0 fetch thin
  exits 0 plan thin --policy "$POLICY"
  # A token of one second for a second login, of the usual two hours for what comes after.
  repo access-life 1
  login_with 0 thin "$(server app_password)"
  repo access-life 7200
  secrets_are_kept
  before=$(sha256sum <"$CREDENTIAL")
  repo wait-expired 10

  exits 0 run thin --yes --pace burst
  equal "$(repo count)" 0 "records left"
  [[ $(requests_of com.atproto.server.refreshSession 200) -ge 1 ]]
  secrets_are_kept
  [[ $(sha256sum <"$CREDENTIAL") != "$before" ]]
}

@test "limits that nobody told winnow of: it learns them from the server's headers and comes to the end" {
  # Smaller than one full batch: who does not adopt the limit is refused again and again.
  start_pds --follows 450 --twice 0 --limit repo-write-hour=150/2
  write_policy
  new_campaign thin
  login_with 0 thin "$(server app_password)"
  exits 0 fetch thin
  exits 0 plan thin --policy "$POLICY"
  exits 0 run thin --yes --pace burst
  equal "$(repo count)" 0 "records left"
  status_of thin
  equal "$(field progress.unfollowed)" 450 unfollowed
  # The first batch cannot know; and RateLimit-Reset is rounded down, so that a request may come up to 1 s early.
  refused=$(repo refused)
  echo "# refused by the limiter: $refused" >&3
  [[ $refused -le 12 ]] || { echo "$refused requests over the limit"; return 1; }
}
