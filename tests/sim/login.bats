#!/usr/bin/env bats
# Login in the browser (curl plays it), refresh, logout, and what goes wrong with each.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# made PLATFORM [NAME]: a campaign on $SERVER without a login
made() {
  "$WINNOW" new "${2:-obama}" --platform "$1" --account "$(account_of "$1")" --server "$SERVER" 2>new.err
  policy
}

oauth() { curl -sf -m 10 "$SERVER/sim/oauth"; }
counted() { # FILTER...: each jq filter is true of what the OAuth endpoints did
  local filter
  for filter in "$@"; do
    jq -e "$filter" <<<"$(oauth)" >/dev/null || { echo "not so: $filter"; oauth; return 1; }
  done
}

# begin ARGS...: a login in the background, until it has shown its address; sets ADDRESS, STATE, BACK
begin() {
  start --log-level debug login obama --no-browser "$@"
  within 10 shown
  ADDRESS=$(grep -o 'http[^ ]*authorize?[^ ]*' "$ERR")
  STATE=$(sed -n 's/.*[?&]state=\([^&]*\).*/\1/p' <<<"$ADDRESS")
  BACK=$(sed -n 's/.*[?&]redirect_uri=\([^&]*\).*/\1/p' <<<"$ADDRESS")
  BACK=$(printf '%b' "${BACK//%/\\x}")
}
shown() { says "$ERR" 'authorize?' || gone "$RUN"; }

# consent: the browser goes to the address and follows the redirect
consent() { curl -sL -m 10 "$ADDRESS" >browser.out; }
# code: the browser goes to the address; CODE is what it would bring back
code() {
  CODE=$(curl -s -m 10 -o /dev/null -w '%{redirect_url}' "$ADDRESS" | sed -n 's/.*[?&]code=\([^&]*\).*/\1/p')
  [ -n "$CODE" ]
}
# back STATUS QUERY [CURL-ARGS...]: the listener's answer has that status
back() {
  local want=$1 query=$2
  shift 2
  equal "$(curl -s -m 10 -o browser.out -w '%{http_code}' "$@" "$BACK$query")" "$want" "the listener's answer"
}

FILE() { echo "$WINNOW_STATE/credentials/obama"; }
stored() { jq -r ".$1" "$(FILE)"; }
nothing_stored() { [ ! -e "$(FILE)" ]; }

# due: the access token is to be refreshed at the next request
due() {
  jq -c '.renew_ms = 1' "$(FILE)" >edited
  cat edited >"$(FILE)"
}

# logged_in [SIM-OPTION...]: a campaign on X after a login in the browser
logged_in() {
  start_sim --follows 30 --limits off "$@"
  made x
  begin --client-id sim-client
  consent
  ends 0
}

# ---- X ---------------------------------------------------------------------------------------

@test "X: the whole login, by PKCE and a listener on a free port" {
  logged_in
  has "$ADDRESS" code_challenge_method=S256 response_type=code offline.access follows.write
  equal "$(sed -n 's/.*code_challenge=\([^&]*\).*/\1/p' <<<"$ADDRESS" | tr -d '\n' | wc -c)" 43 "the challenge's size"
  has "$(cat "$ERR")" "must have the redirect address $BACK" "logged in to"
  [[ "$BACK" =~ ^http://127\.0\.0\.1:[0-9]+/callback$ ]]
  has "$(cat browser.out)" "Close this window"
  equal "$(stat -c %a "$(FILE)")" 600 "mode of the credential"
  equal "$(stored client_id)" sim-client
  [ "$(stored renew_ms)" -gt 1 ]
  counted '.exchanges == 1' '.refused == 0'
  exits 0 fetch obama --yes
  equal "$(field account)" 813286
  # the listener is gone
  run curl -s -m 5 "$BACK"
  [ "$status" -ne 0 ]
}

@test "X: a confidential app whose secret was not given is told so" {
  start_sim --follows 5 --limits off --client-secret s3cr3t
  made x
  begin --client-id sim-client
  consent
  ends 4
  has "$(cat "$ERR")" "the app is a confidential client" "--client-secret-stdin" "Missing valid authorization header"
  nothing_stored
}

@test "X: a login without a refresh token says when it ends" {
  logged_in --no-refresh
  has "$(cat "$ERR")" "this login ends in 2 hours" "offline.access"
  equal "$(stored refresh)" ""
  stop_sim
  rm -rf "$WINNOW_STATE"
  logged_in --no-refresh --token-life 30m
  has "$(cat "$ERR")" "this login ends in 30 minutes"
  stop_sim
  rm -rf "$WINNOW_STATE"
  logged_in
  [[ "$(cat "$ERR")" != *"this login ends"* ]]
}

@test "X: a confidential app, its secret by standard input, and a redirect that is exact" {
  local port
  start_sim --follows 5 --limits off # only to learn of a port that is free
  port=$PORT
  stop_sim
  start_sim --follows 5 --limits off --client-secret s3cr3t --redirect-uri "http://127.0.0.1:$port/callback"
  made x
  echo n0t-th3-s3cr3t >wrong
  echo s3cr3t >right
  ERR=$BATS_TEST_TMPDIR/secret.err
  for secret in wrong right; do
    "$WINNOW" login obama --no-browser --client-id sim-client --client-secret-stdin --port "$port" \
      <$secret >login.out 2>"$ERR" 3>&- &
    RUN=$!
    PIDS+=("$RUN")
    within 10 shown
    ADDRESS=$(grep -o 'http[^ ]*authorize?[^ ]*' "$ERR")
    consent
    if [ $secret = wrong ]; then
      ends 4
      has "$(cat "$ERR")" "its secret is wrong"
      nothing_stored
    else
      ends 0
    fi
  done
  due
  exits 0 fetch obama --yes # the refresh too has the secret
  counted '.refreshes == 1'
  equal "$(stored client_secret)" s3cr3t
  # Another port is another redirect: the platform does not send the browser there.
  begin --client-id sim-client
  equal "$(curl -s -m 10 -o /dev/null -w '%{http_code}' "$ADDRESS")" 400
  kill -INT "$RUN"
  ends 3
}

@test "X: a state that is not ours is refused, and no code is traded" {
  start_sim --follows 5 --limits off
  made x
  local query
  for query in "state=$(printf 'A%.0s' {1..43})" "state=" "other=1" "state=short"; do
    begin --client-id sim-client
    code
    back 400 "?code=$CODE&$query"
    ends 4
    has "$(cat "$ERR")" "its state is another one"
    nothing_stored
  done
  begin --client-id sim-client
  code
  back 400 "?code=$CODE&state=${STATE%?}"
  ends 4
  begin --client-id sim-client # with the state alone there is nothing to trade
  back 400 "?state=$STATE"
  ends 4
  begin --client-id sim-client
  back 400 "?state=$STATE&error=access_denied"
  ends 4
  has "$(cat "$ERR")" "refused in the browser (access_denied)"
  counted '.exchanges == 0' '.refused == 0'
  nothing_stored
}

@test "X: whatever is not the redirect gets 404, and the redirect after it is taken" {
  start_sim --follows 5 --limits off
  made x
  begin --client-id sim-client
  local port=${BACK##*:} i
  port=${port%/callback}
  code
  back 404 ""
  back 404 "/more?code=$CODE&state=$STATE"
  back 404 "?code=$CODE&state=$STATE" -X POST
  back 404 "?code=$CODE&state=$STATE" -X HEAD --head
  back 404 "?code=$(head -c 5000 /dev/zero | tr '\0' a)&state=$STATE"
  back 404 "?code=$CODE&state=$STATE" -H "X-Long: $(head -c 9000 /dev/zero | tr '\0' a)"
  equal "$(curl -s -m 10 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/favicon.ico")" 404
  # another address of this machine is not listened on
  run curl -s -m 5 "http://127.0.0.2:$port/callback"
  [ "$status" -ne 0 ]
  # connections that say nothing, more than are held, do not keep it out
  local fds=()
  for i in {1..20}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    fds+=("$fd")
  done
  local code=0 # the oldest was closed, which is the end of its input and no timeout
  read -r -t 10 -u "${fds[0]}" || code=$?
  equal "$code" 1 "reading from the oldest"
  back 200 "?code=$CODE&state=$STATE"
  for fd in "${fds[@]}"; do exec {fd}>&-; done
  ends 0
}

@test "X: a code that was used, one that is too old: exit 4, what was stored stays" {
  start_sim --follows 5 --limits off
  made x
  begin --client-id sim-client
  code
  back 200 "?code=$CODE&state=$STATE"
  ends 0
  local before used=$CODE
  before=$(cat "$(FILE)")
  begin --client-id sim-client
  back 200 "?code=$used&state=$STATE"
  ends 4
  has "$(cat "$ERR")" "the code was not traded"
  counted '.reused == 1' '.exchanges == 1'
  equal "$(cat "$(FILE)")" "$before"
  # a code of another login, unused, does not fit this one's verifier
  begin --client-id sim-client
  code
  kill -INT "$RUN"
  ends 3
  begin --client-id sim-client
  back 200 "?code=$CODE&state=$STATE"
  ends 4
  counted '.exchanges == 1'
  equal "$(cat "$(FILE)")" "$before"
  stop_sim
  rm -rf "$WINNOW_STATE"
  start_sim --follows 5 --limits off --code-life 1ms
  made x
  begin --client-id sim-client
  consent
  ends 4
  nothing_stored
}

@test "X: the tokens of another account are refused, and given back" {
  start_sim --follows 5 --limits off --account 777 --handle other
  made x
  begin --client-id sim-client
  consent
  ends 4
  has "$(cat "$ERR")" 777 813286 other
  nothing_stored
  counted '.exchanges == 1' '.revoked == 2'
}

@test "X: Ctrl-C ends the wait, a port that is taken is told, and options that do not fit" {
  start_sim --follows 5 --limits off
  made x
  begin --client-id sim-client
  kill -INT "$RUN"
  ends 3
  nothing_stored
  exits 1 login obama --client-id sim-client --port "$PORT"
  has "$stderr" "port $PORT" --port
  exits 2 login obama --port 8765
  has "$stderr" --client-id
  exits 2 login obama --client-id sim-client --token-stdin
  exits 2 login obama --client-secret-stdin
  exits 2 login obama --client-secret s3cr3t
  has "$stderr" "--client-secret is refused"
  exits 2 login obama --client-id 'two words'
  exits 2 login obama --client-id sim-client --paste
  made bluesky sky
  exits 2 login sky --client-id x
  has "$stderr" --password-stdin
}

@test "a browser is opened where there is a display, and not with --no-browser" {
  start_sim --follows 5 --limits off
  made x
  mkdir bin
  printf '#!/bin/sh\nprintf "%%s\\n" "$1" >>opened\nexec curl -sL -m 10 -o /dev/null "$1"\n' >bin/xdg-open
  chmod +x bin/xdg-open
  PATH="$PWD/bin:$PATH" DISPLAY=:77 WAYLAND_DISPLAY='' exits 0 login obama --client-id sim-client
  equal "$(wc -l <opened)" 1
  has "$(cat opened)" authorize?response_type=code
  has "$stderr" "your browser opens this address"
  PATH="$PWD/bin:$PATH" DISPLAY=:77
  begin --client-id sim-client
  equal "$(wc -l <opened)" 1
  consent
  ends 0
}

# ---- refresh ---------------------------------------------------------------------------------

@test "X: refreshed before it expires, once, and the new pair is in the file" {
  logged_in
  local access refresh
  access=$(stored access) refresh=$(stored refresh)
  exits 0 fetch obama --yes
  counted '.refreshes == 0'
  due
  exits 0 fetch obama --yes --restart
  counted '.refreshes == 1' '.reused == 0'
  [ "$(stored access)" != "$access" ]
  [ "$(stored refresh)" != "$refresh" ]
  [ "$(stored renew_ms)" -gt 1 ]
  equal "$(stat -c %a "$(FILE)")" 600
  exits 0 fetch obama --yes --restart
  counted '.refreshes == 1'
  exits 0 plan obama --policy policy.json
  due
  exits 0 run obama "${UNBOUND[@]}"
  counted '.refreshes == 2' '.reused == 0'
  audited '.unauthorised == 0'
  stands '.state == "done"'
}

@test "X: refreshed on 401, in fetch and in the middle of a run" {
  logged_in --refresh-fails 2
  control tokens '{}'
  exits 0 fetch obama --yes # two refreshes fail in a way that passes
  counted '.refreshes == 1'
  exits 0 plan obama --policy policy.json
  start run obama --yes --budget unfollow/15m=10/500ms --budget unfollow/1d=off
  within 10 sent_at_least 5
  control tokens '{}'
  ends 0
  counted '.refreshes == 2' '.reused == 0'
  stands '.state == "done"' '.progress.unfollowed == 30'
  balanced
}

@test "X: a run that is stopped while its token is refreshed waits for the new pair" {
  logged_in --slow-refresh --slow 700ms
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  due
  start run obama "${UNBOUND[@]}"
  refreshing() { counted '.refreshes == 1'; }
  within 10 refreshing
  exits 0 pause obama # heard meanwhile, and taken back
  exits 0 resume obama
  kill -INT "$RUN"
  ends 3
  says "$ERR" "event=refresh campaign=obama result=ok" "run the same command to go on"
  counted '.refreshes == 1' '.reused == 0'
  exits 0 run obama "${UNBOUND[@]}"
  counted '.refreshes == 1' '.reused == 0'
  stands '.state == "done"'
}

@test "X: a fetch that is stopped while its token is refreshed stores the new pair first" {
  logged_in --slow-refresh --slow 700ms
  due
  start fetch obama --yes
  refreshing() { counted '.refreshes == 1'; }
  within 10 refreshing
  kill -INT "$RUN"
  ends 3
  exits 0 fetch obama --yes
  counted '.refreshes == 1' '.reused == 0'
}

@test "X: tokens of three seconds, refreshed half way, through a run of several" {
  logged_in --token-life 3s
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  exits 0 run obama --yes --pace even --budget unfollow/15m=6/1s --budget unfollow/1d=off
  counted '.refreshes >= 2' '.reused == 0'
  stands '.progress.unfollowed == 30'
}

@test "X: several processes want to refresh at once: one does, the others take its pair" {
  logged_in
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  exits 0 run obama "${UNBOUND[@]}"
  due
  local i pids=()
  for i in {1..6}; do
    "$WINNOW" verify obama --sample 3 --yes >"verify.$i.out" 2>"verify.$i.err" </dev/null 3>&- &
    pids+=("$!")
    PIDS+=("$!")
  done
  for i in "${pids[@]}"; do wait "$i"; done
  counted '.refreshes == 1' '.reused == 0'
  exits 0 verify obama --sample 3 --yes
}

@test "X: killed between the platform's answer and the write: exit 4, with the command, then login again" {
  command -v strace >/dev/null || skip "strace is not installed"
  logged_in
  due
  # the second rename of the process is that of the new pair
  run strace -f -qq -o strace.out -e trace=rename -e inject=rename:signal=SIGKILL:when=2 "$WINNOW" fetch obama --yes
  [ "$status" -ne 0 ]
  grep -q 'rename.*credentials/obama' strace.out || skip "strace cannot look at processes here"
  counted '.refreshes == 1'
  equal "$(find "$WINNOW_STATE" -perm /077)" "" "open to others"
  exits 4 fetch obama --yes
  has "$stderr" 'run `winnow login obama`'
  counted '.refreshes == 1' '.reused == 1'
  begin # the app is remembered
  consent
  ends 0
  exits 0 fetch obama --yes
}

@test "X: killed after the write: the next command goes on with the new pair" {
  command -v strace >/dev/null || skip "strace is not installed"
  logged_in
  local access
  access=$(stored access)
  due
  # the fourth flush is that of the directory, after the new pair was put in place
  run strace -f -qq -o strace.out -e trace=fsync,rename -e inject=fsync:signal=SIGKILL:when=4 "$WINNOW" fetch obama --yes
  [ "$status" -ne 0 ]
  grep -q 'rename.*credentials/obama' strace.out || skip "strace cannot look at processes here"
  counted '.refreshes == 1'
  [ "$(stored access)" != "$access" ]
  exits 0 fetch obama --yes
  counted '.refreshes == 1' '.reused == 0'
}

@test "X: a disk that is full says so before the refresh token is spent" {
  command -v strace >/dev/null || skip "strace is not installed"
  logged_in
  due
  local before
  before=$(cat "$(FILE)")
  # the first flush is that of the credential
  run strace -f -qq -o strace.out -e trace=fsync,rename -e inject=fsync:error=ENOSPC:when=1 "$WINNOW" fetch obama --yes
  grep -q 'fsync.*ENOSPC' strace.out || skip "strace cannot look at processes here"
  equal "$status" 1
  has "$output" "No space left"
  counted '.refreshes == 0'
  equal "$(cat "$(FILE)")" "$before"
  exits 0 fetch obama --yes
  counted '.refreshes == 1' '.reused == 0'
}

@test "X: an expired refresh token: exit 4 with the command, in fetch and in run" {
  logged_in --refresh-life 1ms
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  control tokens '{}'
  exits 4 fetch obama --yes --restart
  has "$stderr" 'run `winnow login obama`' "not accepted any more"
  exits 4 run obama "${UNBOUND[@]}"
  has "$stderr" 'run `winnow login obama`'
  counted '.refreshes == 0'
  begin
  consent
  ends 0
  exits 0 run obama "${UNBOUND[@]}"
}

@test "credential files of before are read, and a handed-over token has nothing to refresh" {
  start_sim --follows 5 --limits off
  made x
  login
  printf '{"access":"sim-token","refresh":""}' >"$(FILE)"
  exits 0 fetch obama --yes
  printf '{"access":"no-token","refresh":"some"}' >"$(FILE)"
  exits 4 fetch obama --yes --restart
  has "$stderr" "winnow login obama --token-stdin"
  counted '.refused == 0'
}

# ---- Mastodon --------------------------------------------------------------------------------

@test "Mastodon: an app is registered once, and with the server alone, whatever its metadata says" {
  start_sim --follows 30 --limits off
  made mastodon
  exits 4 fetch obama --yes
  has "$stderr" 'run `winnow login obama`'
  begin
  has "$ADDRESS" code_challenge= write%3Afollows
  [[ "$ADDRESS" == "$SERVER/oauth/authorize"* ]]
  consent
  ends 0
  counted '.apps == 2' '.exchanges == 1' # one is X's
  equal "$(stat -c %a "$(FILE)~app")" 600
  exits 0 fetch obama --yes
  begin
  consent
  ends 0
  counted '.apps == 2' '.exchanges == 2'
}

@test "Mastodon: a server that does not know all scopes is asked for fewer, and what that loses is said" {
  start_sim --follows 30 --limits off --app-scopes "read:accounts read:follows write:follows"
  made mastodon
  begin
  [[ "$ADDRESS" != *favourites* ]]
  has "$ADDRESS" write%3Afollows
  consent
  ends 0
  has "$(cat "$ERR")" "asked for fewer" "lacks the scope read:bookmarks: your bookmarks stay unread"
  counted '.apps == 2' '.exchanges == 1'
  begin # that app is remembered as well
  consent
  ends 0
  counted '.apps == 2' '.exchanges == 2'
}

@test "Mastodon: a server that does not say it takes PKCE gets none" {
  start_sim --follows 30 --limits off --no-pkce
  made mastodon
  begin
  [[ "$ADDRESS" != *code_challenge* ]]
  consent
  ends 0
  counted '.exchanges == 1'
}

@test "Mastodon: the code pasted on standard input" {
  start_sim --follows 30 --limits off
  made mastodon
  mkfifo pasted
  ERR=$BATS_TEST_TMPDIR/paste.err
  "$WINNOW" --log-level debug login obama --no-browser --paste <pasted >login.out 2>"$ERR" 3>&- &
  RUN=$!
  PIDS+=("$RUN")
  exec {to}>pasted
  within 10 shown
  ADDRESS=$(grep -o 'http[^ ]*authorize?[^ ]*' "$ERR")
  has "$ADDRESS" urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob
  curl -s -m 10 "$ADDRESS" >&"$to"
  exec {to}>&-
  ends 0
  has "$(cat "$ERR")" "standard input"
  counted '.exchanges == 1'
  exits 0 fetch obama --yes
  # a wrong one
  printf 'no-code\n' >wrong
  run -4 "$WINNOW" login obama --no-browser --paste <wrong
}

@test "Mastodon: another account's tokens are refused and given back; a wrong state too" {
  start_sim --follows 30 --limits off --account 108190000000000777 --handle other
  made mastodon
  begin
  code
  back 400 "?code=$CODE&state=x$STATE"
  ends 4
  counted '.exchanges == 0'
  begin
  consent
  ends 4
  has "$(cat "$ERR")" 108190000000000777
  nothing_stored
  counted '.revoked == 1'
}

# ---- GitHub, and logout ----------------------------------------------------------------------

@test "GitHub: a classic token needs user:follow, a fine-grained one passes with a note" {
  start_sim --follows 5 --limits off --scopes "repo, read:user, user:email"
  made github
  run -4 --separate-stderr "$WINNOW" login obama --token-stdin <<<sim-token
  has "$stderr" user:follow "gh auth refresh -s user:follow"
  nothing_stored
  stop_sim
  local scopes
  for scopes in "repo, user:follow" user; do
    rm -rf "$WINNOW_STATE"
    start_sim --follows 5 --limits off --scopes "$scopes"
    made github
    run -0 --separate-stderr "$WINNOW" login obama --token-stdin <<<sim-token
    [[ "$stderr" != *fine-grained* && "$stderr" != *"does not tell"* ]]
    stop_sim
  done
  rm -rf "$WINNOW_STATE"
  start_sim --follows 5 --limits off
  made github
  run -0 --separate-stderr "$WINNOW" login obama --token-stdin <<<sim-token
  has "$stderr" "does not tell" "Followers: read and write"
}

@test "logout: X and Mastodon revoke, the files are gone, the campaign stays" {
  logged_in
  local access
  access=$(stored access)
  exits 0 logout obama --json
  jq -e '.revoked and .was_logged_in' <<<"$output"
  counted '.revoked == 2'
  nothing_stored
  equal "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $access" "$SERVER/2/users/me")" 401
  stands '.logged_in == false'
  exits 4 fetch obama --yes
  exits 0 logout obama
  has "$stderr" "nobody was logged in"
  rm -rf "$WINNOW_STATE"
  made mastodon
  begin
  consent
  ends 0
  exits 0 logout obama
  counted '.revoked == 3'
  nothing_stored
  [ ! -e "$(FILE)~app" ]
}

@test "logout: Bluesky ends the session" {
  start_sim --follows 5 --limits off
  made bluesky
  PLATFORM=bluesky login
  local refresh
  refresh=$(stored refresh)
  exits 0 logout obama --json
  jq -e .revoked <<<"$output"
  nothing_stored
  equal "$(curl -s -o /dev/null -w '%{http_code}' -X POST -H "Authorization: Bearer $refresh" \
    "$SERVER/xrpc/com.atproto.server.refreshSession")" 400
}

@test "logout: what cannot be revoked is removed, and said with where to do it" {
  start_sim --follows 5 --limits off
  local platform
  for platform in x mastodon github; do
    rm -rf "$WINNOW_STATE"
    made $platform
    PLATFORM=$platform login
    exits 0 logout obama
    has "$stderr" "was not revoked" "by hand at"
    nothing_stored
  done
  rm -rf "$WINNOW_STATE"
  made x
  begin --client-id sim-client
  consent
  ends 0
  stop_sim
  exits 0 logout obama --json
  jq -e '.revoked == false and (.why | contains("reached"))' <<<"$output"
  nothing_stored
}

@test "logout: not under a worker that runs" {
  logged_in
  exits 0 fetch obama --yes
  exits 0 plan obama --policy policy.json
  start run obama --yes --budget unfollow/15m=1/10m --budget unfollow/1d=off
  within 10 sent_at_least 1
  exits 1 logout obama
  has "$stderr" "is being run by process $RUN"
  [ -e "$(FILE)" ]
  kill -INT "$RUN"
  ends 3
  exits 0 logout obama
}

@test "one account, one campaign: a second is refused by new and by login, until the first is logged out" {
  start_sim --follows 5 --limits off
  campaign
  exits 2 new second --platform x --account 813286 --server "$SERVER"
  has "$stderr" "campaign obama is logged in to this account already" 'winnow logout obama'
  exits 2 new second --platform x --account @sim --server "$SERVER"
  has "$stderr" "campaign obama is logged in"
  exits 0 logout obama
  exits 0 new second --platform x --account 813286 --server "$SERVER"
  run --separate-stderr "$WINNOW" login second --token-stdin <<<sim-token
  equal "$status" 0
  run --separate-stderr "$WINNOW" login obama --token-stdin <<<sim-token
  equal "$status" 2
  has "$stderr" "campaign second is logged in to this account already"
  exits 0 logout second
  login
}

# ---- an account that moves -------------------------------------------------------------------

# moving: a campaign on Bluesky with ten unfollowed and somebody kept; then its account lives at $NEW,
# and its old server has it deactivated
moving() {
  start_sim --follows 30 --limits off
  NEW=$SERVER
  start_sim --follows 30 --limits off
  campaign bluesky
  exits 0 fetch obama --yes
  exits 0 keep obama "$(following bluesky | head -1)"
  exits 0 plan obama --policy policy.json
  exits 6 run obama --yes --pace burst --max-actions 10 --precheck off
  control moved "{\"to\":\"$NEW\"}"
}

@test "Bluesky: an account that has moved is told so, by login, fetch, run and verify, and never to be activated" {
  local command
  moving
  for command in "fetch obama --yes" "run obama --yes --pace burst" "verify obama --sample 3"; do
    # shellcheck disable=SC2086 # several words
    exits 5 $command
    has "$stderr" "deactivated on this server" "winnow login NAME --server URL"
    [[ "$stderr" != *activate\ it* ]]
  done
  echo sim-password >password
  winnow login obama --password-stdin <password
  equal "$status" 5 "exit code"
  has "$stderr" "$NEW" "winnow login NAME --server URL"
  stands '.progress.unfollowed == 10' '.keep_list == 1'
}

@test "Bluesky: login --server takes the campaign to the account's new server, with journal and keep list" {
  moving
  echo sim-password >password
  winnow login obama --password-stdin --server "$NEW" <password
  equal "$status" 0 "exit code"
  has "$stderr" "logged in to $NEW"
  stands ".server == \"$NEW\"" '.progress.unfollowed == 10' '.keep_list == 1' '.logged_in'
  exits 0 verify obama
  SERVER=$NEW
  exits 0 run obama --yes --pace burst --precheck off
  exits 0 verify obama
  stands '.progress.unfollowed == 29'
  audited '.unfollows_applied == 19'
}

@test "login --server: another DID, a server that is none, and a platform whose ids are one server's" {
  start_sim --follows 30 --limits off --account did:plc:somebodyelse2222222222
  local other=$SERVER
  start_sim --follows 30 --limits off
  campaign bluesky
  echo sim-password >password
  # The password is good there, and the account is another.
  winnow login obama --password-stdin --server "$other" <password
  equal "$status" 4 "exit code"
  stands ".server == \"$SERVER\""
  winnow login obama --password-stdin --server http://pds.example <password
  equal "$status" 2 "exit code"
  has "$stderr" "in the clear"
  exits 0 fetch obama --yes
  rm -rf "$WINNOW_STATE"
  campaign mastodon
  winnow login obama --token-stdin --server "$other" <password
  equal "$status" 2 "exit code"
  has "$stderr" "cannot move to another server"
}

@test "Bluesky: a document that names another server than the campaign's ends login and fetch" {
  start_sim --follows 30 --limits off
  campaign bluesky
  control moved '{"document":"https://pds.new.example"}'
  exits 5 fetch obama --yes
  has "$stderr" "lives on https://pds.new.example now" "winnow login obama --server https://pds.new.example"
  equal "$(requests | awk '$4 == "list"' | wc -l)" 0 "lists"
  echo sim-password >password
  winnow login obama --password-stdin <password
  equal "$status" 5 "exit code"
}
