#!/usr/bin/env bats
# Servers that answer nonsense to login and fetch, servers that must not be used, and budgets that do
# not exist: an error that says what to do, the right exit code, and nothing half-written.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

PAGE='<!DOCTYPE html><html><body>Welcome to the coffee shop. Please accept our terms.</body></html>'

# login_fails PLATFORM: on $SERVER, and nothing is stored by it
login_fails() {
  local kind=--token-stdin
  [ "$1" != bluesky ] || kind=--password-stdin
  rm -rf "$WINNOW_STATE"
  "$WINNOW" new obama --platform "$1" --account "$(account_of "$1")" --server "$SERVER" 2>new.err
  run --separate-stderr "$WINNOW" login obama "$kind" <<<some-secret
  [ "$status" -ne 0 ] || { echo "logged in to $1"; return 1; }
  [ -z "$output" ]
  [[ "$stderr" == "winnow: "* ]]
  [ "${#stderr_lines[@]}" -eq 1 ]
  stands '.logged_in == false' '.handle == null'
  [ ! -e "$WINNOW_STATE/credentials/obama" ]
}

@test "login: a page of HTML with 200, nonsense, and nothing at all" {
  local body platform
  for body in "$PAGE" '' '[]' '{}' '{"data":{"id":7.5}}' '{"id":{},"did":[],"username":null}' 'null' '"x'; do
    start_stub 0 200 "$body"
    for platform in x mastodon bluesky github; do
      login_fails "$platform"
      equal "$status" 1 "exit code on $platform"
    done
  done
}

@test "login: nobody listens" {
  start_sim --follows 1
  stop_sim
  login_fails x
  equal "$status" 1 "exit code"
  has "$stderr" "could not be reached"
}

@test "login: a redirect is not followed" {
  start_sim --follows 1 --limits off
  local there=$SERVER
  start_stub 0 302 '' "Location: $there/2/users/me"
  login_fails x
  equal "$status" 1 "exit code"
  has "$stderr" redirects
  SERVER=$there audited '.requests == 0'
}

# logged_in PLATFORM: a campaign, logged in; then the simulator gives way to a stub on its port
logged_in() {
  start_sim --follows 5 --limits off
  campaign "$1"
  stop_sim
}

@test "fetch: a cursor that repeats ends with exit 1, and is told" {
  start_sim --follows 5 --profile-more 1 --limits off --self-cursor
  campaign x
  exits 1 fetch obama --yes
  has "$stderr" "same page cursor twice" "nobody is taken for absent"
  # The first page, and once more.
  equal "$(requests | awk '$4 == "list"' | wc -l)" 2 "pages asked for"
  stands '.followees == 5' '.plan == null'
  # It begins anew by itself, as with --restart.
  exits 1 fetch obama --yes
  exits 1 fetch obama --yes --restart
  equal "$(requests | awk '$4 == "list"' | wc -l)" 6 "pages asked for"
}

@test "fetch: a page of HTML is no list: exit 1, and nobody is taken for gone" {
  start_sim --follows 5 --limits off
  campaign x
  exits 0 fetch obama --yes
  stop_sim
  # A proxy's page may go away again: the fetch tries some times, so it is stopped here.
  start_stub "$PORT" 200 "$PAGE"
  start fetch obama --yes
  within 10 says "$ERR" event=trouble
  kill -INT "$RUN"
  ends 3
  stands '.followees == 5'
  kill "$STUB"
  wait "$STUB" || true
  start_sim --follows 5 --limits off --listen "127.0.0.1:$PORT"
  exits 0 fetch obama --yes
  stands '.followees == 5'
}

@test "fetch: an empty list without a word is no proof that all are gone" {
  start_sim --follows 5 --limits off
  campaign x
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  stop_sim
  start_stub "$PORT" 200 '{}'
  start fetch obama --yes
  within 10 says "$ERR" event=trouble
  kill -INT "$RUN"
  ends 3
  stands '.followees == 5' '.plan.scheduled == 5'
  exits 0 plan obama
  stands '.plan.scheduled == 5'
}

@test "new: http to another machine, and addresses that are none" {
  local server
  for server in http://example.com http://10.0.0.1 'http://[2001:db8::1]' http://127.0.0.1.example.com \
    http://127.0.0.1@example.com http://localhost.example.com ftp://127.0.0.1 127.0.0.1 \
    'https://user:pass@example.com' 'http://127.0.0.1:99999' 'https://' 'https://exa mple.com' 'https://:80' 'https://a:0' 'https://a:https' 'https://['; do
    exits 2 new obama --platform mastodon --account 1 --server "$server"
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ "$stderr" != *user:pass* ]]
  done
  exits 0 status --json
  jq -e '.campaigns == []' <<<"$output"
  exits 0 new obama --platform mastodon --account 1 --server http://127.0.0.1:1
  exits 0 new local --platform mastodon --account 1 --server http://localhost:1
  exits 0 new other --platform mastodon --account 1 --server https://example.com
}

@test "budgets: unknown names, names of another platform, limits that are none; nothing is sent" {
  start_sim --follows 5 --limits off
  planned 5 0
  local budget
  for budget in unfollow/15=5/1s points/1h=5/1s unfollow/15m unfollow/15m= unfollow/15m=0/1s \
    unfollow/15m=-1/1s unfollow/15m=5 unfollow/15m=5/ unfollow/15m=5/0s unfollow/15m=5/1s:round \
    unfollow/15m=99999999999999999999/1s =5/1s unfollow/15m=on user/1d=5/1d; do
    exits 2 run obama --yes --budget "$budget"
    [ "${#stderr_lines[@]}" -ge 1 ]
    exits 2 plan obama --budget "$budget"
    exits 2 fetch obama --yes --budget "$budget"
  done
  exits 2 run obama --yes --budget points/1h=off
  has "$stderr" unfollow/15m unfollow/1d read/15m
  audited '.unfollows_sent == 0'
  # The refusals left no trace.
  stands '.state == "idle"' '[.budgets[].name][:3] == ["unfollow/15m", "unfollow/1d", "read/15m"]'
  exits 0 run obama --yes --pace burst
}

@test "NAME=off: the budget holds nothing back, and is not shown" {
  start_sim --follows 80 --limits off
  planned 80 0
  # With both on, 80 would take over 15 minutes.
  exits 0 run obama "${UNBOUND[@]}"
  stands '.state == "done"' '[.budgets[].name | select(startswith("unfollow"))] == []' '.budgets[0].name == "read/15m"'
  audited '.unfollows_applied == 80'
}

@test "run without a login, without a plan, of nobody" {
  start_sim --follows 5 --limits off
  "$WINNOW" new obama --platform x --account 813286 --server "$SERVER" 2>new.err
  exits 2 run obama --yes
  has "$stderr" "winnow plan obama"
  exits 4 fetch obama --yes
  has "$stderr" "winnow login obama"
  exits 2 run nobody --yes
  has "$stderr" nobody
  PLATFORM=x login
  exits 0 fetch obama --yes
  policy
  exits 0 plan obama --policy policy.json
  rm "$WINNOW_STATE/credentials/obama"
  exits 4 run obama --yes
  has "$stderr" "winnow login obama"
  audited '.unfollows_sent == 0'
}

@test "a damaged store: exit 7, nothing is sent" {
  start_sim --follows 20 --limits off
  planned 20 0
  local data
  data=$(find "$WINNOW_STATE/store" -name '*.mdb' ! -name 'lock.mdb')
  cp "$data" whole.mdb
  printf 'nonsense%.0s' {1..1024} | dd of="$data" bs=4096 conv=notrunc status=none
  exits 7 run obama --yes
  exits 7 status
  audited '.unfollows_sent == 0'
  cp whole.mdb "$data"
  exits 0 run obama "${UNBOUND[@]}"
  audited '.unfollows_applied == 20'
}
