# What the system tests share: the binary in $WINNOW against the simulator in $PLATFORM_SIM, each test
# with a state directory, simulators and workers of its own, all of them ended by their pids.

# shellcheck disable=SC2034,SC2154,SC2317 # set for the tests, set by "run", called by "within"
bats_require_minimum_version 1.5.0

setup() {
  : "${WINNOW:=$BATS_TEST_DIRNAME/../../build/dev/winnow}"
  : "${PLATFORM_SIM:=$BATS_TEST_DIRNAME/../../build/dev/tests/platform-sim/platform-sim}"
  WINNOW=$(realpath "$WINNOW")
  PLATFORM_SIM=$(realpath "$PLATFORM_SIM")
  export WINNOW PLATFORM_SIM
  export WINNOW_STATE="$BATS_TEST_TMPDIR/state" TZ=UTC
  unset NO_COLOR XDG_STATE_HOME
  PIDS=()
  cd "$BATS_TEST_TMPDIR" || return 1
}

# Ends what the test started and has not ended; after a failure, shows what was said last.
teardown() {
  local pid file
  for pid in "${PIDS[@]}"; do
    kill -CONT "$pid" 2>/dev/null || continue
    kill -TERM "$pid" 2>/dev/null
    within 5 gone "$pid" || kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  [ -z "${MOUNTED:-}" ] || umount -l "$MOUNTED"
  if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
    for file in "$BATS_TEST_TMPDIR"/*.err "$BATS_TEST_TMPDIR"/*.out; do
      [ ! -s "$file" ] || { echo "--- ${file##*/}"; tail -n 8 "$file"; }
    done
  fi
  return 0
}

# ---- waiting and comparing -------------------------------------------------------------------

# within SECONDS COMMAND...: asks again until it succeeds; fails when the time is up
within() {
  local end=$((SECONDS + $1 + 1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || { echo "not within the time: $*" >&2; return 1; }
    read -r -t 0.02 <> <(:) || true
  done
}

# Also true of a child that ended and was not waited for.
gone() {
  local state
  state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || true
  [ -z "$state" ] || [ "$state" = Z ]
}

equal() {
  [ "$1" = "$2" ] || { echo "${3:-value}: $1, not $2"; return 1; }
}

# has TEXT PART...: every part is in the text
has() {
  local text=$1 part
  shift
  for part in "$@"; do
    [[ "$text" == *"$part"* ]] || { printf 'no "%s" in: %s\n' "$part" "$text"; return 1; }
  done
}

says() {
  grep -q -- "$2" "$1" 2>/dev/null
}

# ---- the simulator ---------------------------------------------------------------------------

# start_sim OPTION...: sets SIM (its pid), PORT and SERVER
start_sim() {
  local file
  file=$(mktemp -u "$BATS_TEST_TMPDIR/sim.XXXXXX")
  "$PLATFORM_SIM" --port-file "$file.port" "$@" >"$file.out" 2>"$file.err" 3>&- &
  SIM=$!
  PIDS+=("$SIM")
  listening() { [ -s "$file.port" ] || gone "$SIM"; }
  within 10 listening
  [ -s "$file.port" ] || { cat "$file.err"; return 1; }
  PORT=$(cat "$file.port")
  SERVER=http://127.0.0.1:$PORT
}

stop_sim() {
  kill "$SIM"
  wait "$SIM"
}

audit() { curl -sf -m 10 "$SERVER/sim/audit" | jq -r "$1"; }
requests() { curl -sf -m 10 "$SERVER/sim/requests"; }
following() { curl -sf -m 10 "$SERVER/sim/following?platform=${1:-x}" | LC_ALL=C sort; }
control() { curl -sf -m 10 -o /dev/null -d "$2" "$SERVER/sim/$1"; }

# audited FILTER...: each jq filter is true of the audit
audited() {
  local all filter
  all=$(audit .)
  for filter in "$@"; do
    jq -e "$filter" <<<"$all" >/dev/null ||
      { printf 'the server says otherwise: %s\n' "$filter"; jq -c . <<<"$all"; return 1; }
  done
}

sent_at_least() { [ "$(audit .unfollows_sent)" -ge "$1" ]; }

# No limit was exceeded in any window, however it is aligned.
limits_kept='[.limits[] | select(.exceeded or .exceeded_server)] == []'

# ---- winnow ----------------------------------------------------------------------------------

# winnow ARGS...: sets $status, $output (stdout) and $stderr; no call may take longer than 100 s
winnow() {
  run --separate-stderr timeout --foreground -k 5 100 "$WINNOW" "$@"
}

# exits CODE ARGS...: the same, and the exit code must be this one
exits() {
  local code=$1
  shift
  winnow "$@" </dev/null
  [ "$status" -eq "$code" ] ||
    { printf 'winnow %s: exit %s, not %s\n%s\n' "$*" "$status" "$code" "$stderr"; return 1; }
}

# start ARGS...: winnow in the background; sets RUN (its pid), and OUT and ERR (its words)
start() {
  ERR=$(mktemp -u "$BATS_TEST_TMPDIR/winnow.XXXXXX").err
  OUT=${ERR%.err}.out
  "$WINNOW" "$@" </dev/null >"$OUT" 2>"$ERR" 3>&- &
  RUN=$!
  PIDS+=("$RUN")
}

# ends CODE [SECONDS]: what was started ends with that code
ends() {
  local code=0
  within "${2:-60}" gone "$RUN" || { echo "it does not end"; return 1; }
  wait "$RUN" 2>/dev/null || code=$?
  [ "$code" -eq "$1" ] || { echo "exit $code, not $1"; tail -n 5 "$ERR"; return 1; }
}

killed() {
  kill -KILL "$RUN"
  wait "$RUN" 2>/dev/null || true
}

# field JQ-PATH [NAME]: one field of status --json
field() { "$WINNOW" --json status "${2:-obama}" | jq -r ".campaigns[0].$1"; }
is_state() { [ "$(field state)" = "$1" ]; }

# stands FILTER...: each jq filter is true of the campaign's status
stands() {
  local all filter
  all=$("$WINNOW" --json status obama | jq '.campaigns[0]')
  for filter in "$@"; do
    jq -e "$filter" <<<"$all" >/dev/null ||
      { printf 'the status says otherwise: %s\n' "$filter"; jq -c . <<<"$all"; return 1; }
  done
}

# The book balances: every entry in one state, and the counters as the journal has them.
balanced() {
  stands '.progress | .unfollowed + .already_gone + .target_gone + .protected + .refused + .remaining == '"$(field plan.scheduled)"
  exits 0 verify obama --json
  jq -e '.mismatches == 0' <<<"$output" >/dev/null
}

# journal FILTER: from all records of the journal, as an array
journal() { "$WINNOW" export obama journal | jq -sr "$1"; }

# ---- campaigns -------------------------------------------------------------------------------

# The credential is handed over as one line of standard input.
login() {
  local kind=--token-stdin secret=sim-token
  [ "$PLATFORM" != bluesky ] || kind=--password-stdin secret=sim-password
  "$WINNOW" login obama "$kind" >login.out 2>login.err <<<"$secret"
}

account_of() {
  case $1 in
  mastodon) echo 108190000000000001 ;;
  bluesky) echo did:plc:simaccount22222222222222 ;;
  *) echo 813286 ;;
  esac
}

# Undecided go as well: who stays is decided by the keep list and the list "vip".
policy() {
  printf '%s\n' "{\"keep\":[\"in_list('vip')\"],\"undecided\":\"schedule\"}" >policy.json
}

# campaign [PLATFORM]: new and login on $SERVER
campaign() {
  PLATFORM=${1:-x}
  "$WINNOW" new obama --platform "$PLATFORM" --account "$(account_of "$PLATFORM")" \
    --server "$SERVER" 2>new.err
  login
  policy
}

# x_ids FROM TO: the simulator's followees, by number
x_ids() {
  local i
  for ((i = $1; i <= $2; i++)); do echo $((1000000000 + 7 * i)); done
}

# planned N KEPT [PLATFORM]: a campaign on $SERVER over its first N followees, the last KEPT of them
# in the list "vip"; from a file, without a request.
planned() {
  campaign x
  x_ids 0 $(($1 - 1)) | awk -v most=$(($1 - $2)) '{
    printf "{\"id\":\"%s\",\"lists\":[%s]}\n", $1, (NR > most) ? "\"vip\"" : "" }' >roster.jsonl
  "$WINNOW" import obama roster.jsonl >import.out 2>import.err
  "$WINNOW" plan obama --policy policy.json >plan.out 2>plan.err
}

# Budgets of X that hold back nothing, and windows of half a second.
UNBOUND=(--yes --pace burst --budget unfollow/15m=off --budget unfollow/1d=off)
HALF_SECOND=(--yes --pace burst --budget unfollow/15m=50/500ms --budget unfollow/1d=off)

# ---- a server that says the same to everyone --------------------------------------------------

# start_stub PORT STATUS BODY [HEADER...]: for what the simulator does not say. PORT 0: a free one.
# Each request line goes to $STUB_LOG, with its headers below it. Sets STUB, PORT and SERVER.
start_stub() {
  command -v python3 >/dev/null || skip "python3 is not installed"
  STUB_LOG=$(mktemp "$BATS_TEST_TMPDIR/stub.XXXXXX")
  python3 - "$@" >"$STUB_LOG.port" 2>>"$STUB_LOG" 3>&- <<'PY' &
import http.server, sys

class Stub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        token = self.headers.get("Authorization", "").split(" ")[-1]
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        sys.stderr.write("%s %s\n%s%s\n" % (self.command, self.path, self.headers, sent))
        body = sys.argv[3].replace("@TOKEN@", token).replace("@BODY@", sent.replace('"', "'")).encode()
        self.send_response(int(sys.argv[2]))
        for header in sys.argv[4:]:
            self.send_header(*header.split(": ", 1))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_PUT = answer

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Stub)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
  STUB=$!
  PIDS+=("$STUB")
  within 10 test -s "$STUB_LOG.port"
  PORT=$(cat "$STUB_LOG.port")
  SERVER=http://127.0.0.1:$PORT
}
