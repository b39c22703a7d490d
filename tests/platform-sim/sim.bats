#!/usr/bin/env bats
# The platform simulator, seen from an HTTP client. PLATFORM_SIM names the binary.
# Each test starts its own server on a free loopback port and ends it by its pid.

load helper

@test "the ready line is one line, and SIGTERM is exit 0 with an audit file" {
  start_sim --follows 10 --audit-file "$DIR/audit.json"
  [ "$(cat "$DIR/out")" = "listening on $URL" ]
  [ "$(unfollow_x 1)" = 200 ]
  stop_sim
  [ "$(jq .unfollows_applied "$DIR/audit.json")" = 1 ]
}

@test "only loopback, and only options it knows" {
  run -2 "$PLATFORM_SIM" --listen 0.0.0.0:0
  run -2 "$PLATFORM_SIM" --listen 10.0.0.1:80
  run -2 "$PLATFORM_SIM" --limit x/nothing=1/1s
  run -2 "$PLATFORM_SIM" --limit x/unfollow=50/2parsecs
  run -2 "$PLATFORM_SIM" --fault nonsense=3
  run -2 "$PLATFORM_SIM" --fault 500=600 --fault 503=600
  run -2 "$PLATFORM_SIM" --fault-at 0=500
  run -2 "$PLATFORM_SIM" --flavour sour
  run -2 "$PLATFORM_SIM" stray
}

@test "a missing or wrong credential is the platform's own refusal" {
  start_sim
  [ "$(curl -s "$URL/2/users/me" | jq -r .title)" = Unauthorized ]
  [ "$(curl -s "$URL/api/v1/accounts/verify_credentials" | jq -r .error)" = "The access token is invalid" ]
  [ "$(curl -s "$URL/user" | jq -r .message)" = "Requires authentication" ]
  [ "$(curl -s -H 'Authorization: Bearer no' "$URL/user" | jq -r .message)" = "Bad credentials" ]
  local session=$URL/xrpc/com.atproto.server.getSession
  [ "$(curl -s -w '%{http_code}' "$session")" = '{"error":"AuthMissing","message":"Authentication Required"}401' ]
  [ "$(curl -s -H 'Authorization: Bearer no' "$session" | jq -r .error)" = InvalidToken ]
  [ "$(audit .unauthorised)" = 6 ]
}

@test "who am I, on each platform" {
  start_sim --handle obama
  [ "$(api "$URL/2/users/me" | jq -r .data.id)" = 813286 ]
  [ "$(api "$URL/api/v1/accounts/verify_credentials" | jq -r .username)" = obama ]
  [ "$(api "$URL/user" | jq -r .login)" = obama ]
  [ "$(api -d '{"identifier":"obama","password":"sim-password"}' \
    "$URL/xrpc/com.atproto.server.createSession" | jq -r .handle)" = obama ]
}

@test "an aligned window refuses the request after the limit, whatever window it fell in" {
  start_sim --limit x/unfollow=5/1d:aligned
  [ "$(burst_x 1 6 | xargs)" = "200 200 200 200 200 429" ]
  local reset now
  reset=$(api -D - -o /dev/null -X DELETE "$URL$X_ME/1000000042" | tr -d '\r' |
    sed -n 's/^x-rate-limit-reset: //p')
  now=$(date +%s)
  [ $((reset % 86400)) = 0 ]
  [ "$reset" -ge "$now" ]
  [ "$(audit .unfollows_applied)" = 5 ]
  [ "$(audit .rejected_429)" = 2 ]
  [ "$(limit_field x/unfollow max_in_server_window)" = 7 ]
}

@test "a window from the first request opens again when it ends, and not before" {
  start_sim --limit x/unfollow=3/1s:first --limit x/unfollow-day=off
  local i refused=0 code
  [ "$(burst_x 1 4 | xargs)" = "200 200 200 429" ]
  for i in $(seq 5 400); do
    code=$(unfollow_x "$i")
    if [ "$code" = 200 ]; then break; fi
    [ "$code" = 429 ]
    refused=$((refused + 1))
  done
  [ "$refused" -gt 0 ]
  # the first one granted again came at least a second after the very first
  api "$URL/sim/requests" | awk '$6 == 200 { if (!n++) first = $1; last = $1 }
    END { exit !(n == 4 && last - first >= 999) }'
  # and nobody was refused later than a second after it
  api "$URL/sim/requests" | awk '$6 == 200 && !n++ { first = $1 }
    $6 == 429 { if ($1 - first > 1001) bad++ } END { exit !!bad }'
}

@test "a sliding window never grants more than the limit in any stretch of the period" {
  start_sim --limit x/unfollow=4/500ms:sliding --limit x/unfollow-day=off
  local i
  burst_x 1 5 >"$DIR/codes"
  [ "$(xargs <"$DIR/codes")" = "200 200 200 200 429" ]
  for i in $(seq 6 400); do
    unfollow_x "$i" >>"$DIR/codes"
    [ "$(grep -c 200 "$DIR/codes")" -lt 9 ] || break
  done
  # no five grants in a period; and no refusal without four grants in the period before it
  api "$URL/sim/requests" | awk '
    $6 == 200 { t[n++] = $1; if (n > 4 && t[n - 1] - t[n - 5] < 499) bad++ }
    $6 == 429 { if (n < 4 || $1 - t[n - 4] > 501) bad++ }
    END { exit !(n >= 8 && !bad) }'
  [ "$(audit .unfollows_applied)" = "$(grep -c 200 "$DIR/codes")" ]
}

@test "limits can be switched off, and changed while running" {
  start_sim --follows 2000 --limits off
  [ "$(burst_x 1 60 | sort | uniq -c | xargs)" = "60 200" ]
  control limit '{"set":"x/unfollow=1/1h"}'
  [ "$(unfollow_x 100)" = 200 ]
  [ "$(unfollow_x 101)" = 429 ]
}

@test "rate headers wear each platform's own names and formats" {
  start_sim
  api -D - -o /dev/null -X DELETE "$URL$X_ME/1000000000" | tr -d '\r' >"$DIR/x"
  grep -qx 'x-rate-limit-remaining: 49' "$DIR/x"
  grep -qx 'x-user-limit-24hour-remaining: 499' "$DIR/x"
  api -D - -o /dev/null -X POST "$URL/api/v1/accounts/1000000000/unfollow" | tr -d '\r' >"$DIR/m"
  grep -qx 'X-RateLimit-Remaining: 299' "$DIR/m"
  grep -Eqx 'X-RateLimit-Reset: [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z' "$DIR/m"
  login
  xrpc deleteRecord "{\"repo\":\"sim.test\",\"collection\":\"$COLLECTION\",\"rkey\":\"$(rkeys 1)\"}" \
    -D - -o /dev/null | tr -d '\r' >"$DIR/b"
  grep -Eqx 'RateLimit-Reset: [0-9]{10}' "$DIR/b"
  grep -qx 'RateLimit-Policy: 3000;w=300' "$DIR/b" # the tightest is named
  api -D - -o /dev/null -X DELETE "$URL/user/following/user3" | tr -d '\r' >"$DIR/g"
  grep -qx 'x-ratelimit-used: 1' "$DIR/g"
}

@test "429 on each platform, and on each server that speaks Mastodon's API" {
  local flavour body
  start_sim --limit bluesky/points-hour=0/1h --limit github/write=0/1m
  login
  body=$(xrpc deleteRecord "{\"repo\":\"sim.test\",\"collection\":\"$COLLECTION\",\"rkey\":\"$(rkeys 1)\"}")
  [ "$(jq -r .error <<<"$body")" = RateLimitExceeded ]
  api -D "$DIR/h" -o /dev/null -X DELETE "$URL/user/following/user3"
  grep -qi '^retry-after: ' "$DIR/h"
  control limit '{"set":"github/core=0/1h"}'
  [ "$(status "$URL/user")" = 403 ]
  stop_sim
  for flavour in mastodon gotosocial pleroma pixelfed snac; do
    start_sim --flavour "$flavour" --limit mastodon/all=0/5m
    api -D "$DIR/h" -X POST "$URL/api/v1/accounts/1000000007/unfollow" >"$DIR/$flavour"
    grep -q ' 429 ' "$DIR/h"
    case $flavour in
      mastodon) grep -q '"Too many requests"' "$DIR/$flavour"; grep -q X-RateLimit-Reset "$DIR/h" ;;
      gotosocial) grep -q '"rate limit reached"' "$DIR/$flavour"; grep -Eq 'Reset: [^.]*Z' "$DIR/h" ;;
      pleroma) grep -q '"Throttled"' "$DIR/$flavour"; run ! grep -qi ratelimit "$DIR/h" ;;
      pixelfed) grep -q Retry-After "$DIR/h" ;;
      snac) [ ! -s "$DIR/$flavour" ]; run ! grep -qi ratelimit "$DIR/h" ;;
    esac
    stop_sim
  done
}

@test "the flavours differ in what they answer to an unfollow" {
  start_sim --flavour snac
  [ "$(status -X POST "$URL/api/v1/accounts/1000000007/unfollow")" = 200 ]
  [ "$(status -X POST "$URL/api/v1/accounts/1000000007/unfollow")" = 404 ]
  [ "$(api "$URL$M_ME" | jq length)" = 999 ]
  stop_sim
  start_sim --flavour gotosocial
  [ "$(status -A '' "$URL/api/v1/accounts/verify_credentials")" = 418 ]
  [ "$(status "$URL/api/v1/accounts/relationships?id[]=1000000007&id[]=5" -g)" = 404 ]
  stop_sim
  start_sim --flavour pleroma
  local path=$URL/api/v1/accounts/1000000007
  [ "$(status -X POST "$path/unfollow")$(status -X POST "$path/follow")" = 200200 ]
  [ "$(status -X POST "$path/unfollow")" = 429 ]
}

# fault KIND: the first write meets it; leaves the client's exit code in RC, status in CODE.
fault() {
  start_sim --follows 50 --slow 300ms --fault-at "1=$1"
  RC=0
  CODE=$(api -D "$DIR/head" -o "$DIR/body" -w '%{http_code}' -X DELETE "$URL$X_ME/1000000000") 2>"$DIR/curl" || RC=$?
  [ "$(audit ".faults[\"$1\"]")" = 1 ]
  APPLIED=$(audit .unfollows_applied)
}

@test "fault 429 is a burst of three with headers" {
  fault 429
  [ "$CODE$APPLIED" = 4290 ]
  grep -q '^x-rate-limit-remaining: 0' "$DIR/head"
  [ "$(unfollow_x 2)$(unfollow_x 3)$(unfollow_x 4)" = 429429200 ]
  [ "$(audit '.faults["429"]')" = 3 ]
}

@test "fault 429-no-headers" {
  fault 429-no-headers
  [ "$CODE$APPLIED" = 4290 ]
  run ! grep -qi rate-limit "$DIR/head"
}

@test "faults 500 and 503" {
  fault 500
  [ "$CODE$APPLIED" = 5000 ]
  jq -e .title "$DIR/body"
  stop_sim
  fault 503
  [ "$CODE$APPLIED" = 5030 ]
  grep -q '<html>' "$DIR/body"
}

@test "fault slow answers in full, late" {
  start_sim --follows 50 --slow 300ms --fault-at 1=slow
  api -o "$DIR/body" -w '%{http_code} %{time_total}\n' -X DELETE "$URL$X_ME/1000000000" >"$DIR/took"
  awk '{ exit !($1 == 200 && $2 >= 0.28) }' "$DIR/took"
  [ "$(jq .data.following "$DIR/body")" = false ]
  [ "$(audit .unfollows_applied)" = 1 ]
}

@test "fault cut-before has no effect, cut-after has one; neither answers" {
  fault cut-before
  [ "$RC$APPLIED" = 520 ]
  stop_sim
  fault cut-after
  [ "$RC$APPLIED" = 521 ]
  [ "$(unfollow_x 0)" = 200 ]
  [ "$(audit '.already_gone, .duplicate_sends' | xargs)" = "1 0" ]
}

@test "faults cut-body and wrong-json leave half a body after the effect" {
  fault cut-body
  [ "$RC$APPLIED" = 181 ]
  stop_sim
  fault wrong-json
  [ "$RC$CODE$APPLIED" = 02001 ]
  run ! jq -e . "$DIR/body"
}

@test "faults locked and suspended stay until cleared" {
  fault locked
  [ "$CODE$APPLIED" = 4030 ]
  [ "$(jq '.errors[0].code' "$DIR/body")" = 326 ]
  [ "$(unfollow_x 2)" = 403 ]
  control fault '{"clear":true}'
  [ "$(unfollow_x 2)" = 200 ]
  stop_sim
  fault suspended
  [ "$(jq '.errors[0].code' "$DIR/body")" = 64 ]
}

@test "fault expired" {
  fault expired
  [ "$CODE$APPLIED" = 4010 ]
  [ "$(unfollow_x 2)" = 401 ]
}

@test "fault gone takes the followee away" {
  fault gone
  [ "$CODE$APPLIED" = 4040 ]
  [ "$(audit '.target_gone, .still_followed.x' | xargs)" = "1 49" ]
}

@test "fault huge-body is 64 MB" {
  start_sim --fault-at 1=huge-body
  [ "$(api -o /dev/null -w '%{size_download}' -X DELETE "$URL$X_ME/1000000000")" = 67108864 ]
}

@test "fault redirect points to another loopback address" {
  fault redirect
  [ "$CODE$APPLIED" = 3020 ]
  grep -q '^Location: http://127.0.0.2:9/' "$DIR/head"
}

@test "fault lie says 200 and does nothing" {
  fault lie
  [ "$CODE$APPLIED" = 2000 ]
  [ "$(jq 'has("errors") and (has("data") | not)' "$DIR/body")" = true ]
}

@test "fault drift: somebody else unfollows one more" {
  fault drift
  [ "$CODE$APPLIED" = 2001 ]
  [ "$(audit '.drifted, .still_followed.x' | xargs)" = "1 48" ]
}

@test "faults by chance: the same seed draws the same, another one does not" {
  local seed
  for seed in 7 7 8; do
    start_sim --limits off --seed "$seed" --fault 500=300
    unset codes
    for i in $(seq 40); do codes+=$(unfollow_x "$i"); done
    echo "$codes" >>"$DIR/drawn"
    stop_sim
  done
  [ "$(sed -n 1p "$DIR/drawn")" = "$(sed -n 2p "$DIR/drawn")" ]
  [ "$(sed -n 1p "$DIR/drawn")" != "$(sed -n 3p "$DIR/drawn")" ]
  grep -q 500 "$DIR/drawn"
}

@test "faults set while running: by chance, on the next write, cleared" {
  start_sim --limits off
  control fault '{"kind":"500","permille":1000}'
  [ "$(unfollow_x 1)" = 500 ]
  control fault '{"clear":true}'
  [ "$(unfollow_x 1)" = 200 ]
  control fault '{"kind":"503","at":4}'
  [ "$(unfollow_x 2)$(unfollow_x 3)$(unfollow_x 4)" = 200503200 ]
  [ "$(api -o /dev/null -w '%{http_code}' -d '{"kind":"500","permille":1001}' "$URL/sim/fault")" = 400 ]
}

@test "locked, suspended and expired as Mastodon, Bluesky and GitHub say them" {
  start_sim --follows 20
  control fault '{"kind":"locked","next":true}'
  [ "$(status -X POST "$URL/api/v1/accounts/1000000007/unfollow")" = 403 ]
  control fault '{"kind":"suspended","next":true}'
  [ "$(api -X DELETE "$URL/user/following/user3" | jq -r .message)" = "Sorry. Your account was suspended." ]
  login
  local body="{\"repo\":\"sim.test\",\"collection\":\"$COLLECTION\",\"rkey\":\"$(rkeys 1)\"}"
  control fault '{"kind":"expired","next":true}'
  [ "$(xrpc deleteRecord "$body" | jq -r .error)" = ExpiredToken ]
  [ "$(xrpc deleteRecord "$body" | jq -r .error)" = ExpiredToken ]
  login
  [ "$(xrpc deleteRecord "$body" | jq 'has("commit")')" = true ]
  control fault '{"kind":"locked","next":true}'
  [ "$(xrpc deleteRecord "$body" | jq -r .error)" = AccountTakedown ]
}

@test "Bluesky: tokens expire, refresh rotates them, a body with refreshSession is refused" {
  start_sim --token-life 2s
  local pair refresh code i
  pair=$(api -d '{"identifier":"sim.test","password":"sim-password"}' "$URL/xrpc/com.atproto.server.createSession")
  ACCESS=$(jq -r .accessJwt <<<"$pair")
  refresh=$(jq -r .refreshJwt <<<"$pair")
  for i in $(seq 4000); do
    code=$(curl -s -H "Authorization: Bearer $ACCESS" "$URL/xrpc/com.atproto.server.getSession" | jq -r .error)
    [ "$code" = null ] || break
  done
  [ "$code" = ExpiredToken ]
  [ "$(curl -s -H "Authorization: Bearer $refresh" -d '{}' "$URL/xrpc/com.atproto.server.refreshSession" | jq -r .error)" = InvalidRequest ]
  pair=$(curl -s -H "Authorization: Bearer $refresh" -X POST "$URL/xrpc/com.atproto.server.refreshSession")
  [ "$(jq -r .refreshJwt <<<"$pair")" != "$refresh" ]
  [ "$(curl -s -H "Authorization: Bearer $(jq -r .accessJwt <<<"$pair")" "$URL/xrpc/com.atproto.server.getSession" | jq -r .did | cut -c1-8)" = did:plc: ]
}

@test "Bluesky: applyWrites is all or nothing, and spends its points either way" {
  start_sim --follows 20 --limit bluesky/points-hour=40/1h --limit bluesky/ip=off
  login
  { rkeys 5; echo 3aaaaaaaaaaaa; } | deletes >"$DIR/missing"
  [ "$(xrpc applyWrites "$(cat "$DIR/missing")" -w '%{http_code}' | tail -c 3)" = 500 ]
  { rkeys 5; rkeys 1; } | deletes >"$DIR/twice"
  [ "$(xrpc applyWrites "$(cat "$DIR/twice")" | jq -r .error)" = InternalServerError ]
  [ "$(audit '.still_recorded, .unfollows_applied' | xargs)" = "20 0" ]
  rkeys 5 | deletes >"$DIR/good"
  xrpc applyWrites "$(cat "$DIR/good")" -D "$DIR/head" >"$DIR/body"
  [ "$(jq '.results | length' "$DIR/body")" = 5 ]
  grep -q '^RateLimit-Remaining: 23' "$DIR/head" # 40 - 6 - 6 - 5
  [ "$(audit '.still_recorded, .unfollows_applied' | xargs)" = "15 5" ]
  # over 200: 400, charged in full, so that single deletes are refused now
  seq 201 | deletes >"$DIR/many"
  [ "$(xrpc applyWrites "$(cat "$DIR/many")" -o /dev/null -w '%{http_code}')" = 429 ]
  [ "$(xrpc deleteRecord "{\"repo\":\"sim.test\",\"collection\":\"$COLLECTION\",\"rkey\":\"$(rkeys 1)\"}" | jq -r .error)" = RateLimitExceeded ]
  control limit '{"set":"bluesky/points-hour=500/1h"}'
  [ "$(xrpc applyWrites "$(cat "$DIR/many")" -o /dev/null -w '%{http_code}')" = 400 ]
  [ "$(api "$URL/sim/requests" | awk '$4 == "item" && $7 == 1' | wc -l)" = 5 ]
}

@test "Bluesky: deleting a missing record is a 200 without a commit; createRecord follows again" {
  start_sim --follows 5
  login
  local key body did
  key=$(rkeys 1)
  did=$(api "$URL/sim/following?platform=bluesky&records=1" | awk -v k="$key" '$1 == k { print $2 }')
  body="{\"repo\":\"sim.test\",\"collection\":\"$COLLECTION\",\"rkey\":\"$key\"}"
  [ "$(xrpc deleteRecord "$body" | jq 'has("commit")')" = true ]
  [ "$(xrpc deleteRecord "$body")" = '{}' ]
  [ "$(audit '.already_gone, .still_followed.bluesky' | xargs)" = "1 4" ]
  xrpc createRecord "{\"repo\":\"sim.test\",\"collection\":\"$COLLECTION\",\"record\":{\"\$type\":\"$COLLECTION\",\"subject\":\"$did\",\"createdAt\":\"2026-01-01T00:00:00Z\"}}" | jq -e .uri
  [ "$(audit .still_followed.bluesky)" = 5 ]
  [ "$(rkeys 1)" != "$key" ]
}

# each_once FILE EXPECTED: as many lines, none of them twice
each_once() {
  [ "$(wc -l <"$1")" = "$2" ]
  [ "$(sort -u "$1" | wc -l)" = "$2" ]
}

@test "paging returns every followee exactly once on X" {
  start_sim --follows 2503 --limits off
  local token= page
  while :; do
    page=$(api "$URL$X_ME?max_results=1000${token:+&pagination_token=$token}")
    jq -r '.data[]?.id' <<<"$page" >>"$DIR/ids"
    token=$(jq -r '.meta.next_token // empty' <<<"$page")
    [ -n "$token" ] || break
  done
  each_once "$DIR/ids" 2503
  api "$URL/sim/following?platform=x" | sort | cmp - <(sort "$DIR/ids")
}

@test "paging returns every followee exactly once on Mastodon, by Link alone" {
  start_sim --follows 403 --limits off
  local next="$URL$M_ME?limit=80"
  while [ -n "$next" ]; do
    api -D "$DIR/head" "$next" | jq -r '.[].id' >>"$DIR/ids"
    next=$(tr -d '\r' <"$DIR/head" | sed -n 's/^Link: .*<\([^>]*\)>; rel="next".*/\1/p')
  done
  each_once "$DIR/ids" 403
  [ "$(api "$URL$M_ME?limit=500" | jq length)" = 80 ]
}

@test "paging returns every record exactly once on Bluesky, duplicates too" {
  start_sim --follows 350 --duplicates 10 --limits off
  local cursor= page
  while :; do
    page=$(api "$URL/xrpc/com.atproto.repo.listRecords?repo=sim.test&collection=$COLLECTION&limit=100${cursor:+&cursor=$cursor}")
    [ "$(jq '.records | length' <<<"$page")" != 0 ] || break
    jq -r '.records[] | .uri + " " + .value.subject' <<<"$page" >>"$DIR/records"
    cursor=$(jq -r .cursor <<<"$page")
  done
  each_once "$DIR/records" 360
  [ "$(cut -d' ' -f2 "$DIR/records" | sort -u | wc -l)" = 350 ]
  [ "$(status "$URL/xrpc/com.atproto.repo.listRecords?repo=sim.test&collection=$COLLECTION&limit=101")" = 500 ]
  login
  ACCESS_HEADER="Authorization: Bearer $ACCESS"
  cursor=
  while :; do
    page=$(curl -s -H "$ACCESS_HEADER" "$URL/xrpc/app.bsky.graph.getFollows?actor=sim.test&limit=100${cursor:+&cursor=$cursor}")
    jq -r '.follows[].did' <<<"$page" >>"$DIR/dids"
    cursor=$(jq -r '.cursor // empty' <<<"$page")
    [ -n "$cursor" ] || break
  done
  each_once "$DIR/dids" 350
}

@test "paging returns every followee exactly once on GitHub" {
  start_sim --follows 250 --limits off
  local next="$URL/user/following?per_page=100"
  while [ -n "$next" ]; do
    api -D "$DIR/head" "$next" | jq -r '.[].id' >>"$DIR/ids"
    next=$(tr -d '\r' <"$DIR/head" | grep '^Link:' | tr ',' '\n' | sed -n 's/.*<\([^>]*\)>; rel="next".*/\1/p')
  done
  each_once "$DIR/ids" 250
}

@test "following a page at a time while unfollowing skips nobody on X" {
  start_sim --follows 100 --limits off
  local page
  page=$(api "$URL$X_ME?max_results=40")
  for i in 3 7 39; do unfollow_x "$i"; done
  api "$URL$X_ME?max_results=1000&pagination_token=$(jq -r .meta.next_token <<<"$page")" >"$DIR/rest"
  [ "$(jq '.data | length' "$DIR/rest")" = 60 ]
}

@test "follow and unfollow on GitHub, Mastodon and X change what is followed" {
  start_sim --limits off
  [ "$(status -X DELETE "$URL/user/following/user9")" = 204 ]
  [ "$(status "$URL/user/following/user9")" = 404 ]
  [ "$(status -X PUT "$URL/user/following/user9")" = 204 ]
  [ "$(status -X DELETE "$URL/user/following/nobody")" = 404 ]
  [ "$(api "$URL/user/1000000063" | jq -r .login)" = user9 ]
  [ "$(api -X POST "$URL/api/v1/accounts/1000000063/unfollow" | jq .following)" = false ]
  [ "$(api -g "$URL/api/v1/accounts/relationships?id[]=1000000063&id[]=1000000070" | jq -c 'map(.following)')" = '[false,true]' ]
  [ "$(api "$URL/api/v1/accounts/lookup?acct=user9@social.example" | jq -r .id)" = 1000000063 ]
  [ "$(api -d '{"target_user_id":"77"}' "$URL$X_ME" | jq .data.following)" = true ]
  [ "$(audit .still_followed.x)" = 1001 ]
  [ "$(api "$URL/2/users?ids=1000000063,78" | jq -c '[(.data | length), (.errors | length)]')" = '[1,1]' ]
  [ "$(status -X DELETE "$URL$X_ME/abc")" = 400 ]
  [ "$(status -X DELETE "$URL/2/users/1/following/77")" = 403 ]
}

@test "followees from a file" {
  printf '11\talice\n12\tbob\n# a comment\n\n13\n' >"$DIR/follows"
  start_sim --follows-file "$DIR/follows"
  [ "$(api "$URL/sim/following?platform=x" | xargs)" = "11 12 13" ]
  [ "$(status -X DELETE "$URL/user/following/bob")" = 204 ]
  [ "$(api "$URL/sim/following?platform=github" | xargs)" = "11 13" ]
  [ "$(api "$URL/2/users?ids=11" | jq -r '.data[0].username')" = alice ]
}

@test "drift by the control endpoint" {
  start_sim --follows 10
  control unfollow '{"platform":"x","id":"1000000007"}'
  [ "$(api "$URL/sim/following?platform=x" | grep -c 1000000007)" = 0 ]
  [ "$(api -o /dev/null -w '%{http_code}' -d '{"platform":"x","id":"5"}' "$URL/sim/unfollow")" = 400 ]
  [ "$(audit '.drifted, .unfollows_applied' | xargs)" = "1 0" ]
}

@test "the audit finds the fullest stretch, however it is aligned" {
  # ten in a row, a wait of a whole period seen from the audit's clock, then four
  start_sim --limit x/unfollow=8/1500ms:first --limit x/unfollow-day=off
  local i begin now
  burst_x 1 10 >"$DIR/codes"
  begin=$(audit .uptime_ms)
  for i in $(seq 2000); do
    now=$(audit .uptime_ms)
    [ $((now - begin)) -lt 1600 ] || break
  done
  burst_x 21 24 >>"$DIR/codes"
  [ "$(grep -c 429 "$DIR/codes")" = 2 ]
  [ "$(limit_field x/unfollow requests)" = 14 ]
  [ "$(limit_field x/unfollow max_in_any_window)" = 10 ]
  [ "$(limit_field x/unfollow exceeded)" = true ]
  [ "$(audit .any_limit_exceeded)" = true ]
  # the same, by another way: over all stretches of the lines it streams
  api "$URL/sim/requests" | awk '{ t[n++] = $1 } END {
    for (i = 0; i < n; i++) { c = 0; for (j = i; j < n && t[j] - t[i] < 1500; j++) c++; if (c > m) m = c }
    exit !(m == 10) }'
}

@test "a burst across the border of two aligned windows is seen" {
  start_sim --limit x/unfollow=100/1s:aligned --limit x/unfollow-day=off
  local i
  for i in $(seq 150); do unfollow_x "$i" >/dev/null; done
  local any server
  any=$(limit_field x/unfollow max_in_any_window)
  server=$(limit_field x/unfollow max_in_server_window)
  [ "$any" -ge "$server" ]
  [ "$any" = "$(api "$URL/sim/requests" | awk '{ t[n++] = $1 } END {
    for (i = 0; i < n; i++) { c = 0; for (j = i; j < n && t[j] - t[i] < 1000; j++) c++; if (c > m) m = c }
    print m }')" ]
}

@test "protected_touched counts every write that names one, applied or not" {
  local did
  start_sim --follows 10
  did=$(api "$URL/sim/following?platform=bluesky&records=1" | sed -n '3s/.* //p')
  stop_sim
  printf '1000000014\n%s\nuser5\n' "$did" >"$DIR/protected"
  start_sim --follows 10 --protected "$DIR/protected" --limit x/unfollow=1/1h
  [ "$(unfollow_x 1)" = 200 ]
  [ "$(audit .protected_touched)" = 0 ]
  [ "$(unfollow_x 2)" = 429 ] # refused, and counted all the same
  [ "$(audit .protected_touched)" = 1 ]
  api -o /dev/null -X DELETE "$URL/user/following/user2" # the same followee by its handle
  api -o /dev/null -X DELETE "$URL/user/following/user5" # a protected handle
  [ "$(audit .protected_touched)" = 3 ]
  login
  rkeys 100 | deletes >"$DIR/all"
  xrpc applyWrites "$(cat "$DIR/all")" >/dev/null
  [ "$(audit .protected_touched)" = 4 ]
}

@test "duplicate_sends counts what was unfollowed again after a clean success" {
  start_sim
  unfollow_x 1
  unfollow_x 1
  unfollow_x 2
  [ "$(audit '.duplicate_sends, .already_gone, .unfollows_sent' | xargs)" = "1 1 3" ]
  api -o /dev/null -d '{"target_user_id":"1000000007"}' "$URL$X_ME"
  unfollow_x 1
  [ "$(audit .duplicate_sends)" = 1 ]
}

@test "a body over 1 MB is refused, a path of no platform is 404" {
  start_sim
  head -c 1100000 /dev/zero | tr '\0' ' ' >"$DIR/big"
  [ "$(status --data-binary @"$DIR/big" "$URL/xrpc/com.atproto.repo.applyWrites")" = 413 ]
  [ "$(status "$URL/nothing")" = 404 ]
  [ "$(status "$URL/2/nothing")" = 404 ]
  [ "$(status "$URL/sim/nothing")" = 404 ]
}

@test "faults fall on reads only when asked to" {
  start_sim --limits off --fault 500=1000
  [ "$(status "$URL$X_ME")" = 200 ]
  stop_sim
  start_sim --limits off --fault 500=1000 --fault-reads
  [ "$(status "$URL$X_ME")" = 500 ]
  [ "$(status "$URL$M_ME")" = 500 ]
  [ "$(status "$URL/user")" = 500 ]
}

@test "the same fault on another platform wears that platform's body" {
  start_sim --limits off --fault-at 1=gone --fault-at 2=lie --fault-at 3=gone --fault-at 4=429
  [ "$(status -X POST "$URL/api/v1/accounts/1000000007/unfollow")" = 404 ]
  [ "$(api -X POST "$URL/api/v1/accounts/1000000014/unfollow" | jq .following)" = true ]
  [ "$(status -X DELETE "$URL/user/following/user3")" = 404 ]
  api -D "$DIR/h" -o /dev/null -X DELETE "$URL/user/following/user4"
  grep -qi '^retry-after: 1' "$DIR/h"
  [ "$(audit '.still_followed.mastodon, .still_followed.github' | xargs)" = "999 999" ]
}
