#!/usr/bin/env bats
# The credential is in its file and nowhere else: not in what is printed, not in the store, not where
# other users of the machine could look, and in no core file.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

TOKEN=s3cr3t-T0ken-0f-the-acc0unt
PASSWORD=s3cr3t-passw0rd-0f-the-acc0unt

# nowhere SECRET...: in no file of this test's folder but the campaign's credential and its app's
nowhere() {
  local secret found
  for secret in "$@"; do
    found=$(grep -rlaF -e "$secret" "$BATS_TEST_TMPDIR" |
      grep -vxF -e "$WINNOW_STATE/credentials/obama" -e "$WINNOW_STATE/credentials/obama~app") || true
    [ -z "$found" ] || { echo "a secret is in: $found"; return 1; }
  done
}

# private: the credential file is its owner's alone, and so is the way to it
private() {
  equal "$(stat -c %a "$WINNOW_STATE/credentials/obama")" 600 "mode of the credential"
  equal "$(find "$WINNOW_STATE" -perm /077)" "" "open to others"
}

# said COMMAND ARGS...: at full talk, its words kept in files
said() {
  local code=0
  "$WINNOW" --log-level debug "$@" >>said.out 2>>said.err </dev/null || code=$?
  return "$code"
}

# login_with CODE SECRET [ARGS...]: its words in login.out and login.err
login_with() {
  local code=0 want=$1 secret=$2
  shift 2
  "$WINNOW" --log-level debug login obama "$@" <<<"$secret" >>login.out 2>login.err || code=$?
  cat login.err >>said.err
  [ "$code" -eq "$want" ] || { echo "exit $code, not $want"; cat login.err; return 1; }
}

fails_login() {
  local secret=$1
  shift
  if "$WINNOW" --log-level debug login obama "$@" <<<"$secret" >>said.out 2>>said.err; then
    echo "logged in"
    return 1
  fi
}

# made PLATFORM: a campaign on $SERVER without a login
made() {
  "$WINNOW" new obama --platform "$1" --account "$(account_of "$1")" --server "$SERVER" 2>new.err
  policy
}

@test "a token: in its file of mode 0600, and nowhere else" {
  start_sim --follows 30 --limits off --token "$TOKEN" --fault-at 5=500
  made x
  login_with 0 "$TOKEN" --token-stdin
  private
  grep -qF "$TOKEN" "$WINNOW_STATE/credentials/obama"
  said fetch obama --yes
  said plan obama --policy policy.json
  said --json show obama
  said run obama "${UNBOUND[@]}"
  said status obama --json
  said export obama journal
  said verify obama
  said doctor
  private
  nowhere "$TOKEN"
  # its printed forms neither
  nowhere "$(printf %s "$TOKEN" | base64)" "Bearer"
}

@test "an app password and its tokens: nowhere but the tokens in their file" {
  start_sim --follows 300 --limits off --password "$PASSWORD" --fault-at 1=expired --fault-at 3=500
  made bluesky
  login_with 0 "$PASSWORD" --password-stdin
  private
  local first second
  first=$(jq -r .access "$WINNOW_STATE/credentials/obama")
  jq -r '.access, .refresh' "$WINNOW_STATE/credentials/obama" >/dev/null
  said fetch obama --yes
  said plan obama --policy policy.json
  said run obama --yes --pace burst
  said status obama --json
  second=$(jq -r .access "$WINNOW_STATE/credentials/obama")
  [ "$first" != "$second" ]
  private
  nowhere "$PASSWORD" "$first" "$second" "$(jq -r .refresh "$WINNOW_STATE/credentials/obama")"
  # The password is not kept at all, and of the tokens the last pair alone.
  equal "$(grep -rcaF -e "$PASSWORD" -e "$first" "$WINNOW_STATE/credentials/obama" || true)" 0 "old secrets"
}

@test "a login with a wrong token, or a wrong password: exit 4, nothing stored" {
  start_sim --follows 5 --limits off --token right --password right
  made x
  login_with 4 "$TOKEN" --token-stdin
  has "$(cat login.err)" "log in again"
  [ ! -e "$WINNOW_STATE/credentials/obama" ]
  rm -rf "$WINNOW_STATE"
  made bluesky
  login_with 4 "$PASSWORD" --password-stdin
  [ ! -e "$WINNOW_STATE/credentials/obama" ]
  stands '.logged_in == false'
  nowhere "$TOKEN" "$PASSWORD"
}

@test "another account's token: exit 4, both accounts named, what was stored stays" {
  start_sim --follows 5 --limits off --token right
  made x
  login_with 0 right --token-stdin
  local port=$PORT before
  before=$(cat "$WINNOW_STATE/credentials/obama")
  stop_sim
  start_sim --listen "127.0.0.1:$port" --follows 5 --limits off --token "$TOKEN" --account 777 --handle other
  login_with 4 "$TOKEN" --token-stdin
  has "$(cat login.err)" 777 813286 other
  equal "$(cat "$WINNOW_STATE/credentials/obama")" "$before"
  nowhere "$TOKEN"
}

@test "a server that echoes the credential, in a login and in a run" {
  local status_
  for status_ in 200 400 401 403 500; do
    rm -rf "$WINNOW_STATE"
    start_stub 0 "$status_" '{"title":"bad @TOKEN@","detail":"token @TOKEN@ is bad","type":"about:@TOKEN@","error":"@TOKEN@","message":"@BODY@"}'
    made x
    fails_login "$TOKEN" --token-stdin
    rm -rf "$WINNOW_STATE"
    made bluesky
    fails_login "$PASSWORD" --password-stdin
    rm -f "$STUB_LOG"
    nowhere "$TOKEN" "$PASSWORD"
  done
  rm -rf "$WINNOW_STATE"
  start_sim --follows 10 --limits off --token "$TOKEN"
  made x
  login_with 0 "$TOKEN" --token-stdin
  said fetch obama --yes
  said plan obama --policy policy.json
  local port=$PORT
  stop_sim
  start_stub "$port" 403 '{"title":"bad @TOKEN@","detail":"Bearer @TOKEN@ is bad","type":"about:blank"}'
  run -5 --separate-stderr "$WINNOW" --log-level debug run obama "${UNBOUND[@]}"
  printf '%s\n' "$output" "$stderr" >>said.out
  said status obama --json
  run -5 --separate-stderr "$WINNOW" --log-level debug fetch obama --yes --restart
  printf '%s\n' "$output" "$stderr" >>said.out
  rm -f "$STUB_LOG"
  nowhere "$TOKEN"
}

@test "a running worker: nothing in its command line or environment" {
  start_sim --follows 50 --limits off --token "$TOKEN"
  made x
  login_with 0 "$TOKEN" --token-stdin
  said fetch obama --yes
  said plan obama --policy policy.json
  start run obama --yes --budget unfollow/15m=10/1s --budget unfollow/1d=off
  within 10 sent_at_least 2
  tr '\0' '\n' <"/proc/$RUN/cmdline" >cmdline
  grep -qx run cmdline
  # Who is not root must not be able to look at all.
  if [ -r "/proc/$RUN/environ" ] && tr '\0' '\n' <"/proc/$RUN/environ" >environ 2>/dev/null; then
    grep -q '^WINNOW_STATE=' environ
  else
    equal "$(id -u | grep -cx 0)" 0 "root can look"
  fi
  # A process that may not be dumped belongs to root in /proc.
  equal "$(stat -c %u "/proc/$RUN/environ")" 0 "owner of its /proc"
  nowhere "$TOKEN"
  kill -INT "$RUN"
  ends 3
}

@test "SIGABRT and SIGSEGV leave no core file" {
  start_sim --follows 50 --limits off --token "$TOKEN"
  made x
  login_with 0 "$TOKEN" --token-stdin
  said fetch obama --yes
  said plan obama --policy policy.json
  ulimit -c unlimited 2>/dev/null || skip "core files cannot be allowed here"
  local signal code
  for signal in ABRT SEGV; do
    start run obama --yes --budget unfollow/15m=10/1s --budget unfollow/1d=off
    within 10 says "$ERR" event=start
    grep -q '^Max core file size *0 *0' "/proc/$RUN/limits"
    kill "-$signal" "$RUN"
    within 10 gone "$RUN"
    code=0
    wait "$RUN" 2>>waited.err || code=$?
    [ "$code" -ne 0 ]
    equal "$(find . -name 'core*')" "" "core files"
  done
  nowhere "$TOKEN"
  said verify obama
}

@test "a credential file that others can read is refused, with what to do" {
  start_sim --follows 5 --limits off --token "$TOKEN"
  made x
  login_with 0 "$TOKEN" --token-stdin
  said fetch obama --yes
  said plan obama --policy policy.json
  local mode
  for mode in 644 640 604 666; do
    chmod "$mode" "$WINNOW_STATE/credentials/obama"
    winnow run obama "${UNBOUND[@]}"
    [ "$status" -ne 0 ]
    has "$stderr" "credentials/obama" "chmod 600"
    winnow fetch obama --yes
    [ "$status" -ne 0 ]
    winnow doctor
    [ "$status" -eq 1 ]
  done
  audited '.unfollows_sent == 0'
  chmod 600 "$WINNOW_STATE/credentials/obama"
  said run obama "${UNBOUND[@]}"
  nowhere "$TOKEN"
}

@test "a credential file that is damaged: exit 4, with the command, its content not shown" {
  start_sim --follows 5 --limits off --token "$TOKEN"
  made x
  login_with 0 "$TOKEN" --token-stdin
  said fetch obama --yes
  said plan obama --policy policy.json
  printf '{"access":"%s"' "$TOKEN" >"$WINNOW_STATE/credentials/obama"
  exits 4 run obama --yes
  has "$stderr" "winnow login obama --token-stdin"
  [[ "$output$stderr" != *"$TOKEN"* ]]
  login_with 0 "$TOKEN" --token-stdin
  said run obama "${UNBOUND[@]}"
}

# ---- logins in the browser -----------------------------------------------------------------------

shown() { says "$ERR" 'authorize?' || gone "$RUN"; }

# browse [ARGS...]: a login in the background; the browser comes back with CODE. Standard input is $IN.
browse() {
  local address back
  ERR=$(mktemp -u "$BATS_TEST_TMPDIR/browse.XXXXXX").err
  "$WINNOW" --log-level debug login obama --no-browser "$@" <"${IN:-/dev/null}" >browse.out 2>"$ERR" 3>&- &
  RUN=$!
  PIDS+=("$RUN")
  within 10 shown
  address=$(grep -o 'http[^ ]*authorize?[^ ]*' "$ERR")
  STATE=$(sed -n 's/.*[?&]state=\([^&]*\).*/\1/p' <<<"$address")
  back=$(curl -s -m 10 -o /dev/null -w '%{redirect_url}' "$address")
  if [ -z "$back" ]; then # a stub: it sends nobody anywhere
    back=$(sed -n 's/.*[?&]redirect_uri=\([^&]*\).*/\1/p' <<<"$address")
    back="$(printf '%b' "${back//%/\\x}")?state=$STATE&code=c0de-0f-the-l0gin-1234567890"
  fi
  CODE=${back##*code=}
  tr '\0' '\n' <"/proc/$RUN/cmdline" >"cmdline"
  curl -s -m 10 -o /dev/null "$back"
}

@test "a login in the browser: tokens, code, verifier and the app's secret in their files alone" {
  local secret=s3cr3t-0f-the-app-0123456789 access refresh verifier
  start_sim --follows 30 --limits off --client-secret "$secret"
  made x
  # from a pipe, so that the test keeps no file with it
  mkfifo secret.pipe
  printf '%s\n' "$secret" >secret.pipe &
  IN=secret.pipe browse --client-id sim-client --client-secret-stdin
  ends 0
  private
  equal "$(grep -rlF -e "$STATE" . | sort -u | xargs)" "./${ERR##*/}" "where the state is"
  equal "$(grep -cF -e "$STATE" "$ERR")" 1 "lines with the state: the address"
  verifier=$(curl -s "$SERVER/sim/oauth" | jq -r .verifier)
  equal "${#verifier}" 43 "the verifier's size"
  access=$(jq -r .access "$WINNOW_STATE/credentials/obama")
  refresh=$(jq -r .refresh "$WINNOW_STATE/credentials/obama")
  control tokens '{}'
  said fetch obama --yes
  [ "$(jq -r .refresh "$WINNOW_STATE/credentials/obama")" != "$refresh" ]
  private
  nowhere "$secret" "$(printf 'sim-client:%s' "$secret" | base64)" "$CODE" "$verifier" "$access" "$refresh" \
    "$(jq -r .access "$WINNOW_STATE/credentials/obama")" "$(jq -r .refresh "$WINNOW_STATE/credentials/obama")"
  equal "$(grep -caF -e "$CODE" -e "$verifier" -e "$access" -e "$refresh" "$WINNOW_STATE/credentials/obama" || true)" 0 "old secrets"
  local last
  last=$(jq -r .refresh "$WINNOW_STATE/credentials/obama")
  said logout obama
  nowhere "$last" "$secret"
}

@test "a login on Mastodon: the app's secret and the token in their files alone" {
  start_sim --follows 30 --limits off
  made mastodon
  browse
  ends 0
  private
  equal "$(stat -c %a "$WINNOW_STATE/credentials/obama~app")" 600 "mode of the app's file"
  local verifier
  verifier=$(curl -s "$SERVER/sim/oauth" | jq -r .verifier)
  said fetch obama --yes
  nowhere "$CODE" "$verifier" "$(jq -r .client_secret "$WINNOW_STATE/credentials/obama~app")" \
    "$(jq -r .access "$WINNOW_STATE/credentials/obama")"
}

@test "a server that echoes what a login or a refresh sent" {
  local status_ port secret=s3cr3t-0f-the-app-0123456789
  for status_ in 200 400 401 500; do
    rm -rf "$WINNOW_STATE"
    start_stub 0 "$status_" '{"error":"@BODY@","error_description":"@BODY@ @TOKEN@","token_type":"@BODY@"}'
    made x
    mkfifo secret.pipe
    printf '%s\n' "$secret" >secret.pipe &
    IN=secret.pipe browse --client-id sim-client --client-secret-stdin
    rm secret.pipe
    within 20 gone "$RUN"
    [ ! -e "$WINNOW_STATE/credentials/obama" ]
    local verifier basic
    verifier=$(grep -o 'code_verifier=[^&]*' "$STUB_LOG" | head -1)
    basic=$(sed -n 's/^Authorization: Basic //p' "$STUB_LOG" | head -1)
    [ -n "$verifier" ] && [ -n "$basic" ]
    rm -f "$STUB_LOG"
    nowhere "${verifier#*=}" "${basic%$'\r'}" "$CODE" "$secret"
  done
  rm -rf "$WINNOW_STATE"
  start_sim --follows 10 --limits off
  made x
  browse --client-id sim-client
  ends 0
  port=$PORT
  stop_sim
  jq -c '.renew_ms = 1' "$WINNOW_STATE/credentials/obama" >edited
  cat edited >"$WINNOW_STATE/credentials/obama"
  rm edited
  start_stub "$port" 400 '{"error":"@BODY@","error_description":"@BODY@"}'
  run -4 --separate-stderr "$WINNOW" --log-level debug fetch obama --yes
  has "$stderr" "winnow login obama"
  printf '%s\n' "$output" "$stderr" >>said.out
  grep -q 'refresh_token=refresh-' "$STUB_LOG"
  rm -f "$STUB_LOG"
  nowhere "$(jq -r .refresh "$WINNOW_STATE/credentials/obama")" "$(jq -r .access "$WINNOW_STATE/credentials/obama")"
}

@test "nothing of a login in the browser in the command line" {
  start_sim --follows 5 --limits off
  made x
  browse --client-id sim-client
  ends 0
  grep -qx login cmdline
  equal "$(grep -cF -e "$STATE" -e "$CODE" cmdline || true)" 0 "secrets in the command line"
}
