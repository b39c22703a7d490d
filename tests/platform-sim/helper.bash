# What every test of the simulator stands on: a server on a free loopback port, ended by its pid, and
# short names for requests. PLATFORM_SIM names the binary.

bats_require_minimum_version 1.5.0

AUTH='Authorization: Bearer sim-token'
X_ME=/2/users/813286/following
M_ME=/api/v1/accounts/108190000000000001/following
COLLECTION=app.bsky.graph.follow
export AUTH X_ME M_ME COLLECTION

setup() {
  [ -x "${PLATFORM_SIM:-}" ] || { echo "PLATFORM_SIM must name the binary" >&2; return 1; }
  DIR=$(mktemp -d)
  PID=
}

teardown() {
  local rc=0
  if [ -n "$PID" ]; then
    stop_sim || rc=$? # an unclean end fails the test: leaks under a sanitizer, for one
  fi
  [ ! -s "$DIR/err" ] || cat "$DIR/err" >&2
  rm -rf "$DIR"
  return "$rc"
}

# start_sim OPTION...: sets PID and URL once the port file is there.
start_sim() {
  rm -f "$DIR/port"
  "$PLATFORM_SIM" --port-file "$DIR/port" "$@" >"$DIR/out" 2>"$DIR/err" 3>&- &
  PID=$!
  local tries=0
  until [ -s "$DIR/port" ]; do
    kill -0 "$PID" 2>/dev/null || { cat "$DIR/err" >&2; return 1; }
    tries=$((tries + 1))
    [ "$tries" -le 400 ] || return 1
    read -r -t 0.025 <> <(:) || true
  done
  URL=http://127.0.0.1:$(cat "$DIR/port")
}

stop_sim() {
  local pid=$PID
  PID=
  kill "$pid" && wait "$pid"
}

api() { curl -sS -m 20 -H "$AUTH" "$@"; }
status() { api -o /dev/null -w '%{http_code}\n' "$@"; }
unfollow_x() { status -X DELETE "$URL$X_ME/$((1000000000 + $1 * 7))"; }
burst_x() { # FROM TO: unfollows on one connection, one status a line
  local i
  for ((i = $1; i <= $2; i++)); do
    printf 'url = "%s"\noutput = /dev/null\n' "$URL$X_ME/$((1000000000 + i * 7))"
  done >"$DIR/urls"
  api -X DELETE -w '%{http_code}\n' -K "$DIR/urls"
}
audit() { api "$URL/sim/audit" | jq -r "$1"; }
control() { api -f -o /dev/null -d "$2" "$URL/sim/$1"; }
limit_field() { audit ".limits[] | select(.name == \"$1\") | .$2"; }

login() {
  ACCESS=$(api -d '{"identifier":"sim.test","password":"sim-password"}' \
    "$URL/xrpc/com.atproto.server.createSession" | jq -r .accessJwt)
}
xrpc() { # METHOD JSON [curl option...]
  local method=$1 json=$2
  shift 2
  curl -sS -m 20 -H "Authorization: Bearer $ACCESS" -H 'Content-Type: application/json' \
    -d "$json" "$@" "$URL/xrpc/com.atproto.repo.$method"
}
rkeys() { # newest first, as listRecords has them
  api "$URL/xrpc/com.atproto.repo.listRecords?repo=sim.test&collection=$COLLECTION&limit=${1:-100}" |
    jq -r '.records[].uri | split("/")[-1]'
}
deletes() { # rkeys on stdin to the body of applyWrites
  jq -Rsc --arg c "$COLLECTION" '{repo: "sim.test", writes: (split("\n") | map(select(. != "")) |
    map({"$type": "com.atproto.repo.applyWrites#delete", collection: $c, rkey: .}))}'
}
