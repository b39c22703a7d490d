#!/usr/bin/env bats
# From a roster to a plan and its changes, without any server.

load helper

@test "new, import, plan, show, explain, keep, plan again, export, status, verify" {
  winnow new obama --platform x --account 813286
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"next: winnow login obama" ]]

  roster roster.jsonl
  policy policy.json
  winnow import obama roster.jsonl
  [ "$status" -eq 0 ]
  [[ "$output" =~ "new followees"\ +40 ]]

  winnow plan obama --policy policy.json --now 2026-01-01
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "You follow 40 accounts." ]
  [ "${lines[1]}" = '10 stay: 10 by your rule "follows_me and interactions > 0".' ]
  [[ "${lines[2]}" == "30 go, the last in "*", for \$0.30." ]]
  [[ "$output" == *"done at even pace"* && "$output" == *"done at burst pace"* ]]
  [[ "$output" == *'money               $0.30'* ]]
  [[ "$output" == *"next: winnow login obama"* ]]

  winnow show obama --head 2
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  [[ "${lines[1]}" =~ ^1\ +@user12\ +pending\ .*https://x.com/i/user/12\ +suspended ]]

  winnow explain obama @user3
  [ "$status" -eq 0 ]
  [[ "$output" == *"it stays   your rule \"follows_me and interactions > 0\""* ]]
  winnow explain obama 20
  [[ "$output" == *"it goes    nothing keeps it: silent since January 2020"* ]]
  [[ "$output" == *"profile    https://x.com/i/user/20"* ]]
  [ "${#lines[@]}" -le 13 ]
  [[ "$output" != *days_silent* ]]
  winnow explain obama 20 --verbose
  [[ "$output" == *days_silent* ]]

  winnow keep obama @user20 21
  [ "$status" -eq 0 ]
  [ "$output" = "2 put on the keep list, 0 as before" ]
  winnow keep obama
  [ "${#lines[@]}" -eq 2 ]

  winnow plan obama --now 2026-01-01
  [ "$status" -eq 0 ]
  [[ "$output" == *"12 stay: 10 by your rule"*", 2 on the keep list."*"28 go, "* ]]
  [[ "$output" =~ "no longer"\ +2 ]]
  [[ "$output" =~ "the same"\ +28 ]]

  winnow export obama schedule
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 28 ]
  jq -es 'length == 28' <<<"$output"
  winnow export obama roster --format csv
  [ "${#lines[@]}" -eq 41 ]
  winnow export obama journal
  [ "$status" -eq 0 ]
  [ -z "$output" ]

  winnow status obama
  [ "$status" -eq 0 ]
  [[ "$output" == *"0 of 28 settled (0.0 %), 28 remain"* ]]
  [[ "$output" == *'$0.00 of $0.28 spent'* ]]

  winnow verify obama
  [ "$status" -eq 0 ]
  [[ "$output" =~ mismatches\ +0 ]]

  winnow doctor
  [ "$status" -eq 0 ]
}

@test "every JSON twin" {
  winnow --json new obama --platform x --account 813286
  json '.name == "obama"' '.server == "https://api.x.com"'
  winnow status --json
  json '.campaigns[0].plan == null' '.campaigns[0].progress.remaining == 0'
  roster roster.jsonl
  policy policy.json
  winnow import obama roster.jsonl --json
  json '.added == 40' '.skipped == 0' '.followees == 40'
  winnow --json plan obama --policy policy.json --now 2026-01-01
  json '.scheduled == 30' '.kept == 10' '.cost.currency == "USD"' '.cost.unfollow == 0.3' \
    '.head[0].id == "12"' '.kept_by[0].count == 10' '.diff == null' '.finish.even != null' \
    '.digest | test("^[0-9a-f]+$")' '.notice.source | startswith("http")'
  local digest
  digest=$(jq -r .digest <<<"$output")
  winnow show obama --json --offset 28
  json '.entries | length == 2' '.entries[0].position == 29'
  winnow explain obama 20 --json
  json '.verdict == "scheduled"' '.rules | length > 0' '.terms | length == 2'
  winnow keep obama 20 --json
  json '.changed == 1'
  winnow keep obama --json
  json '.keep == [{"id":"20","handle":"user20","protects":true}]'
  winnow keep obama --json --remove 20
  json '.changed == 1'
  winnow keep obama --json
  json '.keep == []'
  winnow verify obama --json
  json '.mismatches == 0'
  winnow doctor --json
  json '.findings | length > 0'
  winnow pause obama --json
  json '.paused'
  winnow resume obama --json
  json '.paused | not'
  winnow status obama --json
  json '.campaigns | length == 1' ".campaigns[0].plan.digest == \"$digest\""
}

@test "status --json keeps its contract" {
  planned
  winnow status --json
  json '.campaigns[0] | .name == "obama" and .platform == "x" and .account == "813286"' \
    '.campaigns[0].server == "https://api.x.com"' \
    '.campaigns[0].state | IN("idle","running","waiting","paused","stopped","done")' \
    '.campaigns[0].pid | . == null or . == 0' \
    '.campaigns[0].plan | .followees == 40 and .kept == 10 and .undecided == 0 and .scheduled == 30' \
    '.campaigns[0].plan.created_at | fromdateiso8601 > 0' \
    '.campaigns[0].progress | [.unfollowed,.already_gone,.target_gone,.protected,.refused,.in_doubt] | add == 0' \
    '.campaigns[0].progress.remaining == 30' \
    '.campaigns[0].budgets[0] | has("name") and .limit > 0 and .period_s > 0 and has("used") and has("resets_at")' \
    '.campaigns[0] | has("waiting") and has("reason")' \
    '.campaigns[0].eta | has("quota") and has("observed")' \
    '.campaigns[0].cost | .currency == "USD" and .spent == 0 and .total == 0.3 and .spent_on.unfollows == 0'
}

@test "the same roster, policy, time and seed make the same digest" {
  planned
  winnow plan obama --now 2026-01-01 --json
  local first
  first=$(jq -r .digest <<<"$output")
  winnow plan obama --now 2026-01-01 --json
  [ "$(jq -r .digest <<<"$output")" = "$first" ]
  json '.diff == null or .diff.same == 30'
  winnow plan obama --now 2026-01-01 --max 5 --json
  json '.scheduled == 5' '.beyond_max == 25'
  [ "$(jq -r .digest <<<"$output")" != "$first" ]
}

@test "undecided followees are held, with the fact that is missing and what to do" {
  campaign
  printf '{"id":"1","handle":"a"}\n{"id":"2","handle":"b","follows_me":true,"interactions":4}\n' >thin.jsonl
  policy policy.json
  "$WINNOW" import obama thin.jsonl >/dev/null 2>&1
  winnow plan obama --policy policy.json
  [ "$status" -eq 0 ]
  [[ "${lines[1]}" == *"; 1 cannot be judged, so nothing is done about them." ]]
  [[ "$output" =~ "whether they follow back"\ +1 ]]
  [[ "$output" == *"winnow import obama twitter-....zip"* ]]
}

@test "a bad line is named and skipped, the rest is in, and the exit code is 2" {
  campaign
  printf '{"id":"1"}\n{"id":\n{"id":"3"}\n' >half.jsonl
  winnow import obama half.jsonl
  [ "$status" -eq 2 ]
  [[ "$output" =~ "new followees"\ +2 ]]
  [[ "$stderr" == *half.jsonl*2* ]]
  winnow import obama half.jsonl --strict
  [ "$status" -eq 2 ]
  [ -z "$output" ]
}

@test "import from standard input" {
  campaign
  roster roster.jsonl
  run --separate-stderr bash -c '"$WINNOW" import obama - <roster.jsonl'
  [ "$status" -eq 0 ]
  [[ "$output" =~ "new followees"\ +40 ]]
}

@test "forecast: both paces, caps, nights; and what is wrong with its words" {
  planned
  "$WINNOW" new other --platform x --account 2 2>/dev/null
  refused 2 "campaign other has no plan yet" forecast other
  winnow forecast obama --per-day 10
  [ "$status" -eq 0 ]
  [[ "$output" == *"at even pace"*"done"*"after 1 day"*"10 unfollowed"*"at burst pace"* ]]
  refused 2 'quiet hours "23-7": give the local times' forecast obama --quiet 23-7
  refused 2 'quiet hours "7:00-07:00": give the local times' forecast obama --quiet 7:00-07:00
  refused 2 "" forecast obama --per-day 0
}

@test "keep: all or none, from a file, and off again" {
  planned
  winnow keep obama 20 nobody-here
  [ "$status" -eq 2 ]
  [[ "$stderr" == *nobody-here* ]]
  winnow --json keep obama
  json '.keep == []'
  printf '# friends\n @user20 \r\n\n21\n22' >friends.txt
  winnow keep obama --file friends.txt
  [ "$output" = "3 put on the keep list, 0 as before" ]
  winnow keep obama --file friends.txt --remove
  [ "$output" = "3 taken off the keep list, 0 as before" ]
  refused 2 "--remove needs somebody: winnow keep obama --remove WHO..." keep obama --remove
  printf '# nobody\n' >empty.txt
  refused 2 "empty.txt names nobody" keep obama --file empty.txt
  printf 'a\0b\n' >zero.txt
  refused 2 "zero.txt holds a zero byte" keep obama --file zero.txt
}

@test "the first run asks: without a terminal it needs --yes, without a login it needs that first" {
  planned
  winnow run obama </dev/null
  [ "$status" -eq 4 ]
  [[ "$stderr" == *"winnow login obama"* ]]
}

@test "state directory by option, by environment" {
  winnow --state "$BATS_TEST_TMPDIR/one" new a --platform x --account 1
  [ -d one ]
  winnow new b --platform x --account 1 --state="$BATS_TEST_TMPDIR/two"
  [ -d two ]
  winnow status --state one --json
  json '[.campaigns[].name] == ["a"]'
  unset WINNOW_STATE
  XDG_STATE_HOME="$BATS_TEST_TMPDIR/xdg" winnow new c --platform x --account 1
  [ -d xdg/winnow ]
}
