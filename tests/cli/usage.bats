#!/usr/bin/env bats
# Bad words, options and values: the exit code is 2, stdout stays empty, and one line on stderr
# says what was found and what to do.

load helper

@test "no command" {
  refused 2 "no command given; see 'winnow help'"
}

@test "unknown commands name the nearest" {
  refused 2 "unknown command 'plna', did you mean 'plan'? see" plna obama
  refused 2 "unknown command 'stat', did you mean 'status'? see" stat
  refused 2 "unknown command 'improt', did you mean 'import'? see" improt
  refused 2 "unknown command 'frobnicate'; see 'winnow help'" frobnicate
  refused 2 "unknown command 'stauts', did you mean 'status'? see" help stauts
  refused 2 "unknown command ''; see" ""
}

@test "unknown options name the nearest" {
  refused 2 "unknown option '--polcy', did you mean --policy? see 'winnow plan --help'" plan obama --polcy x
  refused 2 "unknown option '--jsn', did you mean --json? see" --jsn status
  refused 2 "unknown option '--frobnicate'; see 'winnow status --help'" status --frobnicate
  refused 2 "unknown option '-x'; options have two dashes" status -x
}

@test "abbreviated options are refused: a later option could take their meaning" {
  refused 2 "unknown option '--max-act', did you mean --max-actions?" run obama --max-act 3
  refused 2 "unknown option '--pol', did you mean --policy?" plan obama --pol=p.json
}

@test "options without their value, or with one they do not take" {
  refused 2 "--policy needs a value: --policy FILE" plan obama --policy
  refused 2 "--json takes no value" status --json=yes
  refused 2 "--state is empty" --state "" status
}

@test "too few and too many words" {
  refused 2 "new needs more: winnow new NAME" new
  refused 2 "import needs more: winnow import NAME FILE..." import obama
  refused 2 "explain needs more: winnow explain NAME WHO" explain obama
  refused 2 "export needs more: winnow export NAME" export obama
  refused 2 "plan takes fewer words: winnow plan NAME" plan obama other
  refused 2 "doctor takes fewer words: winnow doctor" doctor me
  refused 2 "run needs a name: winnow run NAME" run
}

@test "one campaign at a time" {
  refused 2 "one campaign at a time in this version" run a b
  refused 2 "one campaign at a time in this version" run --all
}

@test "counts" {
  local bad
  for bad in "" " 3" "+3" -3 3x 0x10 1e3 99999999999999999999 4294967296; do
    refused 2 "--max: '$bad' is no whole number from 1 to 4294967295" plan obama "--max=$bad"
    refused 2 "--head: '$bad' is no whole number" show obama "--head=$bad"
    refused 2 "--max-actions: '$bad' is no whole number" run obama "--max-actions=$bad"
    refused 2 "--per-day: '$bad' is no whole number" run obama "--per-day=$bad"
  done
  refused 2 "--max: '0' is no whole number from 1" plan obama --max 0
  refused 2 "--connections: '65' is no whole number from 1 to 64" run obama --connections 65
  refused 2 "--seed: '18446744073709551616' is no whole number" plan obama --seed 18446744073709551616
}

@test "times and durations" {
  local bad
  for bad in yesterday 2026-13-01 2026-02-30 12 3parsecs 2026-01-01T25:00:00Z; do
    refused 2 "--now: '$bad' is no time; give a date" plan obama --now "$bad"
    refused 2 "--until: '$bad' is no time; give a date" run obama --until "$bad"
  done
  for bad in 0s 30 2026-01-01 1ms 2h -3s; do
    refused 2 "--timeout: '$bad' is no duration" run obama "--timeout=$bad"
  done
}

@test "money" {
  local bad
  for bad in 0 0.00 -1 '$5' 5,00 1. .5 1.1234567 1e3 9999999999; do
    refused 2 "--max-cost: '$bad' is no amount of money above zero" run obama "--max-cost=$bad"
  done
}

@test "choices" {
  refused 2 "--pace: 'evn' is not known, did you mean 'even'? choose one of even, burst" run obama --pace evn
  refused 2 "--log-level: 'loud' is not known; choose one of error, warn, info, debug" --log-level loud status
  refused 2 "--format: 'xml' is not known; choose one of auto, jsonl, csv, mastodon-csv, x-js" import obama f --format xml
  refused 2 "--format: 'xlsx' is not known; choose one of jsonl, csv" export obama roster --format xlsx
  refused 2 "'rooster' cannot be exported, did you mean 'roster'? choose" export obama rooster
  refused 2 "--json and --format csv exclude each other" --json export obama roster --format csv
}

@test "budgets" {
  local bad
  for bad in "" 5 unfollow unfollow= unfollow=5 unfollow=5/ unfollow=0/15m unfollow=-5/15m unfollow=5/15x; do
    refused 2 "--budget: " run obama "--budget=$bad"
    refused 2 "--budget: " plan obama "--budget=$bad"
    refused 2 "--budget: " fetch obama "--budget=$bad"
  done
  for bad in sliding aligned first; do
    refused 2 "--budget: budget \"unfollow/15m=5/15m:$bad\": the kind of window is not given any more" run obama "--budget=unfollow/15m=5/15m:$bad"
  done
  local many=() i
  for i in $(seq 1 17); do many+=(--budget "b$i=5/15m"); done
  refused 2 "--budget is given more than 16 times" run obama "${many[@]}"
}

@test "new: http to this machine, by its name in any case" {
  local server
  for server in http://LOCALHOST:1 HTTP://localhost:1/ http://LocalHost:1; do
    rm -rf "$WINNOW_STATE"
    winnow --json new obama --platform x --account 1 --server "$server"
    [ "$status" -eq 0 ]
    [ "$(jq -r .server <<<"$output")" = http://localhost:1 ]
  done
  for server in http://127.1 http://127.0.0.1. http://localhost.example; do
    refused 2 "$server would send the credential in the clear" new other --platform x --account 1 --server "$server"
  done
  refused 2 "the server is more than an origin" new other --platform x --account 1 --server user:sesame@example.org
  [[ "$stderr" != *sesame* ]]
}

@test "new: what is missing, unknown, or wrong" {
  refused 2 "new needs --platform" new obama --account 1
  refused 2 "new needs --account" new obama --platform x
  refused 2 "--platform: 'mastodn' is not known, did you mean 'mastodon'? choose" new obama --platform mastodn --account 1
  local bad
  for bad in "" Obama .obama -- "a b" "a/b" ../x "$(printf 'a%.0s' {1..65})"; do
    refused 2 "" new --platform x --account 1 -- "$bad"
  done
  refused 2 "" new obama --platform mastodon --account 1
  refused 2 "" new obama --platform x --account 1 --server http://example.org
  refused 2 "" new obama --platform x --account 1 --server ftp://127.0.0.1
  refused 2 "" new obama --platform x --account 1 --server 'https://user:pass@example.org'
  campaign
  refused 2 "" new obama --platform x --account 1
}

@test "a campaign that does not exist" {
  campaign
  local words
  for words in "login nobody --token-stdin" "fetch nobody" "plan nobody" "show nobody" \
    "explain nobody 1" "keep nobody" "keep nobody 1" "run nobody --yes" "status nobody" \
    "pause nobody" "resume nobody" "verify nobody" "export nobody roster"; do
    # shellcheck disable=SC2086
    refused 2 "" $words
    [[ "$stderr" == *nobody* ]]
  done
}

@test "files that are not there" {
  campaign
  refused 2 "missing.json cannot be read: No such file or directory" plan obama --policy missing.json
  refused 2 "missing.txt cannot be read: No such file or directory" keep obama --file missing.txt
  refused 2 "" import obama missing.jsonl
  [[ "$stderr" == *missing.jsonl* ]]
  refused 2 ". cannot be read: Is a directory" plan obama --policy .
}

@test "damaged policies name the file" {
  campaign
  roster roster.jsonl
  "$WINNOW" import obama roster.jsonl >/dev/null 2>&1
  local text
  for text in '' '{' '[]' 'null' '{"keep":1}' '{"kep":[]}' '{"keep":["followers >"]}' \
    '{"keep":["folowers > 3"]}' '{"score":{"noise":"high"}}' '{"undecided":"maybe"}' \
    '{"keep":[],"keep":[]}' '{"keep_top":[{"by":"lang"}]}'; do
    printf '%s' "$text" >bad.json
    refused 2 "" plan obama --policy bad.json
    [[ "$stderr" == *bad.json* ]] || { echo "$text: $stderr"; return 1; }
  done
  printf '{"keep":["folowers > 3"]}' >bad.json
  winnow plan obama --policy bad.json
  [[ "$stderr" == *followers* ]]
}

@test "what has no plan yet says so" {
  campaign
  refused 2 "" show obama
  refused 2 "" explain obama 1
  refused 2 "obama has no plan yet; make one with: winnow plan obama" run obama --yes
}

@test "-- ends the options" {
  campaign
  refused 2 "" explain obama -- --json
  [[ "$stderr" == *--json* || "$stderr" == *plan* ]]
}

@test "a state directory that cannot be used" {
  printf 'x' >plain
  winnow --state plain status
  [ "$status" -ne 0 ]
  [ "${stderr:0:8}" = "winnow: " ]
  winnow --state plain/below status
  [ "$status" -ne 0 ]
}

@test "--precheck is also understood by its former name" {
  campaign
  refused 2 "--precheck: 'sometimes' is not known" run obama --precheck sometimes
  refused 2 "--recheck: 'sometimes' is not known" run obama --recheck sometimes
}
