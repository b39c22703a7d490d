# What the end-to-end tests share: starting the real server and winnow, and ending both; waiting; comparing.
# shellcheck shell=bash

E2E=$BATS_TEST_DIRNAME

e2e_setup() {
  : "${WINNOW:?set WINNOW to the winnow binary, for example build/dev/winnow}"
  [[ -x $WINNOW ]] || { echo "WINNOW=$WINNOW is not a program"; return 1; }
  [[ -f $E2E/node_modules/.winnow-stamp ]] || { echo "the server is not installed: run tests/e2e/setup"; return 1; }
  WINNOW=$(realpath "$WINNOW")
  STATE=$BATS_TEST_TMPDIR/state   # winnow's
  SAID=$BATS_TEST_TMPDIR/said     # everything winnow printed, a file for each call and stream
  READY=$BATS_TEST_TMPDIR/pds/ready.json
  mkdir -p "$SAID"
  CALLS=0
  PIDS=()
}

# Ends what the test started and has not ended, and says what the server and winnow said last if the test failed.
e2e_teardown() {
  local pid file
  for pid in "${PIDS[@]}"; do
    kill -TERM "$pid" 2>/dev/null && ! within 10 is_gone "$pid" && kill -KILL "$pid"
    wait "$pid" 2>/dev/null
  done
  if [[ -z ${BATS_TEST_COMPLETED:-} ]]; then
    for file in "$BATS_TEST_TMPDIR/pds.out" "${OUT:-}" "${ERR:-}"; do
      [[ -s $file ]] && { echo "--- ${file##*/}"; tail -n 20 "$file"; }
    done
  fi
  return 0
}

# within SECONDS COMMAND...: asks again until the command succeeds; fails when the time is up.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.05
  done
}

# Also true of a child that ended and was not waited for.
is_gone() {
  local state
  state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || true
  [[ -z $state || $state == Z ]]
}

# start_pds OPTION...: the real server, on free ports; see "node pds.mjs" for the options.
start_pds() {
  node "$E2E/pds.mjs" "${READY%/*}" --max-seconds 600 "$@" >"$BATS_TEST_TMPDIR/pds.out" 2>&1 3>&- &
  local pid=$!
  PIDS+=("$pid")
  # shellcheck disable=SC2317 # called by "within"
  serving_or_gone() { [[ -f $READY ]] || is_gone "$pid"; }
  within 120 serving_or_gone
  [[ -f $READY ]] || { echo "the server did not start"; return 1; }
}

repo() { node "$E2E/repo.mjs" "$READY" "$@" 3>&-; }
people() { node "$E2E/people.mjs" "$READY" 3>&-; }

# json FILE EXPRESSION: one value of a JSON file, the expression beginning with a dot or a bracket.
json() { node -p "JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'))$2" "$1" 3>&-; }

server() { json "$READY" ".$1"; }

# w ARGUMENT...: winnow on this test's state; its words go to $OUT and $ERR. No call may take longer than 4 minutes.
w() {
  local status=0
  CALLS=$((CALLS + 1))
  printf -v OUT '%s/%02d.out' "$SAID" "$CALLS"
  ERR=${OUT%.out}.err
  timeout --kill-after=5 240 "$WINNOW" --state "$STATE" "$@" >"$OUT" 2>"$ERR" 3>&- || status=$?
  return "$status"
}

# exits CODE ARGUMENT...: the same, and the exit code must be this one.
exits() {
  local want=$1 got=0
  shift
  w "$@" || got=$?
  [[ $got -eq $want ]] || { echo "winnow $*: exit code $got, not $want"; return 1; }
}

# start_winnow ARGUMENT...: in the background; its process id is in $RUN.
start_winnow() {
  CALLS=$((CALLS + 1))
  printf -v OUT '%s/%02d.out' "$SAID" "$CALLS"
  ERR=${OUT%.out}.err
  "$WINNOW" --state "$STATE" "$@" >"$OUT" 2>"$ERR" 3>&- &
  RUN=$!
  PIDS+=("$RUN")
}

# The roster of a PDS without an AppView is DIDs and dates: nothing that a rule could judge, so the keep list decides.
write_policy() {
  POLICY=$BATS_TEST_TMPDIR/policy.json
  printf '{"keep": [], "undecided": "schedule"}\n' >"$POLICY"
}

new_campaign() { exits 0 new "$1" --platform bluesky --account "$(server "${2:-did}")" --server "$(server url)"; }

login_with() { exits "$1" login "$2" --password-stdin < <(printf '%s\n' "$3"); }

# One field of "status --json"; the campaign is the only one asked for.
status_of() {
  exits 0 --json status "$1"
  cp "$OUT" "$BATS_TEST_TMPDIR/status.json"
}
field() { json "$BATS_TEST_TMPDIR/status.json" ".campaigns[0].$1"; }

equal() { [[ $1 == "$2" ]] || { echo "${3:-value}: $1, not $2"; return 1; }; }

# absent GREP-ARGUMENT...: grep must find nothing. (A plain "! grep" in the middle of a test would not fail it.)
absent() {
  local found
  if found=$(grep -l "$@"); then
    echo "found what must not be there: grep $* in $found"
    return 1
  fi
}

# Requests that reached the server, by call and status, as "COUNT CALL STATUS" lines.
requests() {
  repo requests | sed -E 's/.*"call":"([^"]*)","status":([0-9]*).*/\1 \2/' | sort | uniq -c
}
requests_of() { requests | awk -v call="$1" -v status="$2" '$2 == call && (status == "" || $3 == status) { n += $1 } END { print n + 0 }'; }

# No password and no token in anything winnow printed, nor in any file of its state but one, of mode 0600.
TOKEN='eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}'
secrets_are_kept() {
  local files
  files=$(grep -rlaE -e "$TOKEN" -e "$(server app_password)" "$SAID") && { echo "printed a secret: $files"; return 1; }
  files=$(grep -rlaE -e "$TOKEN" -e "$(server app_password)" "$STATE") || { echo "no credential is stored"; return 1; }
  equal "$(wc -l <<<"$files")" 1 "files with secrets ($files)"
  equal "$(stat -c %a "$files")" 600 "mode of $files"
  # shellcheck disable=SC2034 # for the test that called
  CREDENTIAL=$files
}
