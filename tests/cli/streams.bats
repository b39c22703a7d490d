#!/usr/bin/env bats
# Data on stdout, talk on stderr, and what happens when either goes wrong.

load helper

@test "stdout has data alone, stderr has talk alone" {
  campaign
  winnow new other --platform x --account 2
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [[ "$stderr" == "winnow: campaign other made"* ]]
  winnow status
  [ -z "$stderr" ]
  [[ "$output" == *obama* && "$output" == *other* ]]
}

@test "a stdout that is full is noticed" {
  run --separate-stderr bash -c '"$WINNOW" help >/dev/full'
  [ "$status" -eq 1 ]
  [[ "$stderr" == "winnow: standard output could not be written: No space left on device"* ]]
  run --separate-stderr bash -c '"$WINNOW" policy >/dev/full'
  [ "$status" -eq 1 ]
  planned
  local words
  for words in "status" "--json status" "show obama" "--json show obama" "explain obama 20" \
    "keep obama" "--json keep obama" "export obama roster" "export obama schedule --format csv" \
    "verify obama"; do
    [ "$words" = "keep obama" ] && "$WINNOW" keep obama 20 >/dev/null 2>&1
    run --separate-stderr bash -c "\"\$WINNOW\" $words >/dev/full"
    [ "$status" -eq 1 ] || { echo "$words: $status"; return 1; }
    [ "${#stderr_lines[@]}" -eq 1 ] || { echo "$words: $stderr"; return 1; }
  done
}

@test "a closed stdout is noticed, and is never the store's file" {
  run --separate-stderr bash -c '"$WINNOW" help >&-'
  [ "$status" -eq 1 ]
  run --separate-stderr bash -c '"$WINNOW" new obama --platform x --account 1 0<&- 1>&- 2>&-'
  [ "$status" -eq 0 ]
  winnow verify obama
  winnow status obama
  [ "$status" -eq 0 ]
}

@test "a reader that goes away is no error" {
  planned
  run --separate-stderr bash -c 'set -o pipefail; "$WINNOW" export obama roster | true'
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  run --separate-stderr bash -c 'set -o pipefail; "$WINNOW" show obama | head -1 >/dev/null'
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
}

@test "off a terminal there are no escape sequences and no progress" {
  planned
  local words
  for words in "plan obama" "status" "show obama" "explain obama 20" "import obama roster.jsonl" \
    "run obama" "verify obama" "doctor" "help"; do
    run bash -c "\"\$WINNOW\" $words </dev/null 2>&1"
    [[ "$output" != *$'\033'* && "$output" != *$'\r'* ]] || { echo "$words"; return 1; }
  done
}

@test "on a terminal the title is bold, but not with NO_COLOR or TERM=dumb" {
  campaign
  in_terminal "$WINNOW status"
  [[ "$output" == *$'\033[1m'* ]]
  NO_COLOR=1 in_terminal "$WINNOW status"
  [[ "$output" != *$'\033'* ]]
  TERM=dumb in_terminal "$WINNOW status"
  [[ "$output" != *$'\033'* ]]
}

@test "--watch is for terminals" {
  campaign
  refused 2 "--watch redraws a terminal, and standard output is none" status --watch
  TERM=dumb in_terminal "$WINNOW status --watch"
  [ "$status" -eq 2 ]
}

# stops_after COUNT TEXT FILE PID: when FILE has TEXT so often, PID is interrupted, and ends soon. At
# most half a minute each: a loaded machine is slow to draw.
stops_after() {
  local end=$((SECONDS + 30))
  until [ "$(grep -aoF -- "$2" "$3" 2>/dev/null | wc -l)" -ge "$1" ]; do
    [ "$SECONDS" -lt "$end" ] || { echo "not drawn $1 times"; kill "$4"; return 1; }
    read -r -t 0.05 <> <(:) || true
  done
  kill -INT "$4"
  end=$((SECONDS + 30))
  while kill -0 "$4" 2>/dev/null; do
    [ "$SECONDS" -lt "$end" ] || { echo "it does not stop"; kill -KILL "$4"; return 1; }
    read -r -t 0.05 <> <(:) || true
  done
}

@test "--watch redraws until it is stopped" {
  campaign
  script -qefc "stty cols 80; echo \$\$ >pid; exec $WINNOW status --watch" terminal.out </dev/null >/dev/null 3>&- &
  local waited=$((SECONDS + 30))
  until [ -s pid ]; do
    [ "$SECONDS" -lt "$waited" ] || return 1
    read -r -t 0.05 <> <(:) || true
  done
  stops_after 2 $'\033[H' terminal.out "$(cat pid)"
  grep -aq obama terminal.out
  "$WINNOW" status --watch --json >json.out 3>&- &
  stops_after 2 '"version"' json.out $!
  [ "$(wc -l <json.out)" -ge 2 ]
  head -n 1 json.out | jq -e '.version == 1'
}

@test "foreign text cannot steer a terminal" {
  campaign
  printf '{"id":"1","handle":"a\\u001b[2Jb","name":"x","bio":"\\u202egnp","posts":5}\n' >evil.jsonl
  printf '{"id":"2","handle":"c\\u202ed","posts":5}\n' >>evil.jsonl
  printf '{"id":"3","handle":"e\\u0085f","posts":5}\n' >>evil.jsonl
  printf '{"keep":[],"undecided":"schedule"}' >policy.json
  "$WINNOW" import obama evil.jsonl >/dev/null 2>&1 || true
  local words
  for words in "plan obama --policy policy.json" "show obama" "explain obama 1" "keep obama 1" "keep obama"; do
    run bash -c "\"\$WINNOW\" $words 2>&1"
    [[ "$output" != *$'\033'* && "$output" != *$'\u202e'* && "$output" != *$'\u0085'* ]] ||
      { echo "$words: $output"; return 1; }
  done
  winnow --json show obama
  # Handles with control characters are refused at the door; a turning character comes through.
  json '.entries | length == 1' '.entries[] | select(.id == "2") | .handle == "c\u202ed"'
}

@test "the state directory is private" {
  campaign
  [ "$(stat -c %a "$WINNOW_STATE")" = 700 ]
  run find "$WINNOW_STATE" -type f -perm /077
  [ -z "$output" ]
}
