#!/usr/bin/env bats
# The question before the first unfollow, against a server that only knows who the token belongs
# to and agrees with every unfollow.

load helper

# Start the server on a free port, make the campaign there, log in, plan.
ready() {
  command -v python3 >/dev/null || skip "python3 is not installed"
  mkfifo port
  python3 - 3>&- >port 2>/dev/null <<'PY' &
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(b'{"data":{"id":"813286","name":"O","username":"obama"}}')

    def do_DELETE(self):
        open("unfollows", "a").write(self.path + "\n")
        self.answer(b'{"data":{"following":false}}')

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
  server=$!
  local port
  read -r port <port
  "$WINNOW" new obama --platform x --account 813286 --server "http://127.0.0.1:$port" 2>/dev/null
  printf 'token' | "$WINNOW" login obama --token-stdin 2>/dev/null
  roster roster.jsonl
  policy policy.json
  "$WINNOW" import obama roster.jsonl >/dev/null 2>&1
  "$WINNOW" plan obama --policy policy.json >/dev/null 2>&1
}

teardown() {
  if [ -n "${server:-}" ]; then kill "$server"; fi
}

# typed TEXT: run at a terminal, where TEXT and a line end are typed
typed() {
  run script -qec "$WINNOW run obama --max-actions 1" /dev/null <<<"$1"
}

@test "without a terminal it needs --yes" {
  ready
  refused 2 "the first run of a plan asks for the number of accounts, and standard input is no terminal" run obama
  [[ "$stderr" == *"'winnow run obama --yes'" ]]
  [ ! -e unfollows ]
}

@test "another number, a yes, or nothing sends nothing" {
  ready
  local answer
  for answer in 29 300 y yes "" 3O 30.0 -30; do
    typed "$answer"
    [ "$status" -eq 2 ]
    [[ "$output" == *"so nothing was sent"* ]]
  done
  [ ! -e unfollows ]
}

@test "it shows digest, count, date and money, and the number begins it; later runs do not ask" {
  ready
  local digest
  digest=$("$WINNOW" status obama --json | jq -r '.campaigns[0].plan.digest')
  typed 30
  [ "$status" -eq 6 ]
  [[ "$output" == *"$digest"* && "$output" == *"unfollow 30 accounts"* && "$output" == *'$0.30'* ]]
  [ "$(wc -l <unfollows)" -eq 1 ]
  [ "$("$WINNOW" status obama --json | jq '.campaigns[0].progress.unfollowed')" = 1 ]

  winnow run obama --max-actions 1 --pace burst --json </dev/null
  [ "$status" -eq 6 ]
  json '.result == "cap"' '.exit == 6' '.campaign.progress.unfollowed == 2' \
    '.campaign.progress.remaining == 28'
  [ "$(sort -u unfollows | wc -l)" -eq 2 ]
}

@test "--yes answers it, and one line sums up" {
  ready
  winnow run obama --yes --pace burst --max-actions 3 --log-level error </dev/null
  [ "$status" -eq 6 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ "$output" == "obama: 3 unfollowed, 3 settled, 3 requests in this run; 27 of 30 remain; "* ]]
}

@test "a new plan is asked for again" {
  ready
  "$WINNOW" run obama --yes --pace burst --max-actions 1 >/dev/null 2>&1 || true
  "$WINNOW" keep obama 33 >/dev/null 2>&1
  "$WINNOW" plan obama >/dev/null 2>&1
  refused 2 "the first run of a plan asks for the number of accounts" run obama
}
