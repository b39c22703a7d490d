#!/usr/bin/env bats
# The state directory as a user meets it: not there yet, on a file system that cannot be written,
# under limits of the shell.

# shellcheck disable=SC2154 # set by "run"
load helper

@test "a state directory that is not there is said to be, and not made" {
  local command
  for command in status doctor "show obama" "keep obama 1" "run obama" "export obama roster"; do
    # shellcheck disable=SC2086 # words
    refused 2 "there is no campaign in $WINNOW_STATE yet: \`winnow new\` makes the first" $command
    [ ! -e "$WINNOW_STATE" ]
  done
  mkdir "$WINNOW_STATE"
  refused 2 "there is no campaign in" status --json
  [ -z "$(ls -A "$WINNOW_STATE")" ]
  campaign
  winnow status
  [ "$status" -eq 0 ]
}

# Runs its words where the state directory lies on a read-only file system.
on_read_only() {
  # shellcheck disable=SC2016 # for the inner shell
  run --separate-stderr unshare --mount sh -c '
    mount --bind "$WINNOW_STATE" "$WINNOW_STATE" && mount -o remount,bind,ro "$WINNOW_STATE" || exit 99
    exec "$@"' sh "$@"
  [ "$status" -ne 99 ] || skip "needs the right to mount"
}

@test "on a read-only file system a campaign can be looked at, and not changed" {
  unshare --mount true 2>/dev/null || skip "needs the right to mount"
  planned
  local words
  for words in "status obama" "show obama" "explain obama 12" "export obama schedule" \
    "export obama roster" "verify obama" "keep obama"; do
    # shellcheck disable=SC2086
    on_read_only "$WINNOW" $words
    [ "$status" -eq 0 ] || { echo "$words: $stderr"; return 1; }
    [ -n "$output" ] || [ "$words" = "keep obama" ]
  done
  on_read_only "$WINNOW" doctor
  [[ "$output" == *"mounted read-only"* ]]
  for words in "keep obama 12" "plan obama" "pause obama"; do
    # shellcheck disable=SC2086
    on_read_only "$WINNOW" $words
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"read-only file system"* ]]
  done
}

@test "a limit on the size of files is named" {
  campaign
  roster roster.jsonl
  # shellcheck disable=SC2016 # for the inner shell
  run --separate-stderr bash -c 'ulimit -f $(($(stat -c %s "$WINNOW_STATE/store/data.mdb") / 1024 + 4))
    exec "$WINNOW" import obama roster.jsonl'
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"ulimit -f"* ]]
  winnow import obama roster.jsonl
  [ "$status" -eq 0 ]
}

@test "a limit on addresses is named, with what the store takes" {
  ! ldd "$WINNOW" | grep -q libasan || skip "AddressSanitizer takes terabytes of addresses itself"
  campaign
  run --separate-stderr bash -c 'ulimit -v 4000000; exec "$WINNOW" status'
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"16 GiB of addresses"*"ulimit -v"* ]]
}

@test "the secrets of TLS sessions are written nowhere" {
  command -v openssl >/dev/null || skip "needs openssl"
  openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost \
    -keyout key.pem -out cert.pem 2>/dev/null
  openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem >server.out 2>&1 3>&- </dev/zero &
  local server=$! port=
  until port=$(sed -n 's/^ACCEPT 127.0.0.1://p' server.out) && [ -n "$port" ]; do
    kill -0 "$server"
  done
  SSLKEYLOGFILE=$PWD/curl.keys curl -sk -m 10 "https://127.0.0.1:$port/" >/dev/null || true
  [ -s curl.keys ] || skip "this libcurl writes none"
  "$WINNOW" new other --platform mastodon --account 1 --server "https://127.0.0.1:$port" 2>/dev/null
  SSLKEYLOGFILE=$PWD/winnow.keys run --separate-stderr "$WINNOW" login other --token-stdin <<<"a-token"
  kill "$server"
  [ "$status" -ne 0 ]
  [[ "$stderr" == *certificate* ]]
  [ ! -e winnow.keys ]
}
