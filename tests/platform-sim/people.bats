#!/usr/bin/env bats
# People with known answers as each platform tells of them: what is served is held against what
# tests/people/generate says is true. Everything is asked for as a client would, page by page.

load helper

NOW_DAYS=180 # that notifications are kept
FIRST=108190000000000001

# people [option...]: a population, and a simulator that serves it
people() {
  "$BATS_TEST_DIRNAME/../people/generate" 700 "$DIR" --seed 5 --now today
  start_sim --people "$DIR/people.jsonl" --limits off "$@"
}

# walk URL: the rows of all pages, by Link, one a line
walk() {
  local next=$1 pages=0
  while [ -n "$next" ]; do
    api -D "$DIR/head" -g "$next" | jq -c '.[]'
    next=$(tr -d '\r' <"$DIR/head" | grep '^Link:' | tr ',' '\n' | sed -n 's/.*<\([^>]*\)>; rel="next".*/\1/p')
    pages=$((pages + 1))
    [ "$pages" -lt 200 ] || return 1
  done
}

# truth PLATFORM FILTER: the ids on it of whom FILTER is true, sorted
truth() { jq -r "select($2) | .ids.$1" "$DIR/people.jsonl" | sort; }
# exchanged PLATFORM FILTER: an id for each exchange [who, what, when] of which FILTER is true, sorted
exchanged() { jq -r ". as \$p | .exchanges[] | select($2) | \$p.ids.$1" "$DIR/people.jsonl" | sort; }
kept() { echo "\$p.now - .[2] < $NOW_DAYS * 86400"; }
same() { # WHAT: two lists on file descriptors 3 and 4 are the same, and not empty
  [ -s "$DIR/is" ] || { echo "$1: nothing" >&2; return 1; }
  diff "$DIR/is" "$DIR/should" || { echo "$1 differs" >&2; return 1; }
}
# holds WHAT COMMAND...: what the command prints is $DIR/is, sorted
holds() {
  local what=$1
  shift
  "$@" >"$DIR/should"
  same "$what"
}

# ---- Mastodon ----

@test "Mastodon: followees newest follow first, with all that is said of them" {
  people
  walk "$URL$M_ME?limit=80" >"$DIR/rows"
  jq -r .id "$DIR/rows" >"$DIR/is"
  jq -rs 'map(select(.deleted | not)) | to_entries | sort_by([.value.followed_at, .key]) | reverse | .[].value.ids.mastodon' \
    "$DIR/people.jsonl" >"$DIR/should"
  same followees
  jq -c '[.id, (.acct | sub("@social.example"; "")), .followers_count, .locked, .bot, (.suspended // false), has("moved"), .last_status_at]' \
    "$DIR/rows" | sort >"$DIR/is"
  jq -c 'select(.deleted | not) | [.ids.mastodon, (.handles.mastodon | sub("@social.example"; "")), .followers, .protected, .bot, .suspended, .moved,
      (.last_post_at | if . then (. | strftime("%Y-%m-%d")) else . end)]' "$DIR/people.jsonl" | sort >"$DIR/should"
  same profiles
  jq -r .display_name "$DIR/rows" | sort >"$DIR/is"
  jq -r 'select(.deleted | not) | if .suspended then "" else .name end' "$DIR/people.jsonl" | sort >"$DIR/should"
  same names
  jq -r 'select(.note | contains("すこし英語")).id' "$DIR/rows" | sort >"$DIR/is"
  holds bios truth mastodon '(.deleted or .suspended | not) and (.bio | contains("すこし英語"))'
  [ "$(api "$URL/api/v1/accounts/verify_credentials" | jq .following_count)" = "$(wc -l <"$DIR/rows")" ]
  [ "$(status "$URL/api/v1/accounts/$(truth mastodon .deleted | head -1)")" = 404 ]
}

@test "Mastodon: own statuses, favourites and bookmarks are whole" {
  people
  walk "$URL/api/v1/accounts/$FIRST/statuses?limit=40" >"$DIR/rows"
  [ "$(wc -l <"$DIR/rows")" = "$(api "$URL/api/v1/accounts/verify_credentials" | jq .statuses_count)" ]
  [ "$(jq -r .id "$DIR/rows" | uniq | wc -l)" = "$(wc -l <"$DIR/rows")" ]
  jq -r .created_at "$DIR/rows" | sort -rc # newest first
  jq -r 'select(.in_reply_to_account_id != null and .in_reply_to_account_id != .account.id) | .in_reply_to_account_id' "$DIR/rows" | sort >"$DIR/is"
  holds replies exchanged mastodon '.[0] == "we" and .[1] == "reply"'
  jq -r 'select(.reblog).reblog.account.id' "$DIR/rows" | sort >"$DIR/is"
  holds boosts exchanged mastodon '.[0] == "we" and .[1] == "boost"'
  jq -r 'select(.quote).quote.quoted_status.account.id' "$DIR/rows" | sort >"$DIR/is"
  holds quotes exchanged mastodon '.[0] == "we" and .[1] == "quote"'
  jq -r 'select(.visibility == "direct").mentions[].id' "$DIR/rows" | sort >"$DIR/is"
  holds messages exchanged mastodon '.[0] == "we" and .[1] == "message"'
  walk "$URL/api/v1/favourites?limit=40" | jq -r .account.id | sort >"$DIR/is"
  holds favourites exchanged mastodon '.[0] == "we" and .[1] == "like"'
  walk "$URL/api/v1/bookmarks" | jq -r .account.id | sort >"$DIR/is"
  holds bookmarks exchanged mastodon '.[0] == "we" and .[1] == "bookmark"'
  [ "$(api "$URL/api/v1/favourites?limit=500" | jq length)" = 40 ]
  [ "$(api "$URL/api/v1/accounts/$FIRST/statuses" | jq length)" = 20 ]
}

@test "Mastodon: conversations are whole, notifications go back 180 days" {
  people
  walk "$URL/api/v1/conversations" | jq -r '.accounts[].id' | sort >"$DIR/is"
  holds conversations truth mastodon 'any(.exchanges[]; .[1] == "message")'
  walk "$URL/api/v1/notifications?limit=80" | jq -r .account.id | sort >"$DIR/is"
  holds notifications exchanged mastodon ".[0] == \"they\" and $(kept)"
  walk "$URL/api/v1/notifications?types[]=mention&types[]=quote" | jq -r '.type + .status.visibility' | sort -u >"$DIR/is"
  printf '%s\n' mentiondirect mentionpublic quotepublic >"$DIR/should"
  same kinds
}

@test "Mastodon: lists, endorsements, notes and bells" {
  people
  local list ids=
  for list in $(api "$URL/api/v1/lists" | jq -r '.[].id'); do
    walk "$URL/api/v1/lists/$list/accounts?limit=1"
  done | jq -r .id | sort >"$DIR/is"
  holds members truth mastodon '.lists != []'
  walk "$URL/api/v1/endorsements" | jq -r .id | sort >"$DIR/is"
  holds endorsed truth mastodon .endorsed
  [ "$(api "$URL/api/v1/accounts/$FIRST/endorsements" | jq length)" = "$(wc -l <"$DIR/is")" ]
  truth mastodon '.suspended or .note != "" or .notify' | head -40 >"$DIR/ids"
  ids=$(sed 's/^/\&id[]=/' "$DIR/ids" | tr -d '\n')
  api -g "$URL/api/v1/accounts/relationships?with_suspended=true$ids" >"$DIR/rows"
  jq -c '.[] | [.id, .followed_by, .notifying, .note]' "$DIR/rows" | sort >"$DIR/is"
  jq -c 'select(.ids.mastodon as $i | $ids | index($i)) | [.ids.mastodon, .mutual, .notify, .note]' \
    --argjson ids "$(jq -R . "$DIR/ids" | jq -sc .)" "$DIR/people.jsonl" | sort >"$DIR/should"
  same relationships
  # who is suspended is left out unless asked for
  [ "$(api -g "$URL/api/v1/accounts/relationships?$ids" | jq length)" -lt "$(jq length "$DIR/rows")" ]
}

@test "Mastodon: an unfollow takes lists, bell and endorsement along, and a follow brings none back" {
  people
  local one path
  for one in $(truth mastodon .notify | head -1) $(truth mastodon .endorsed | head -1) $(truth mastodon '.lists == ["choir"]' | head -1); do
    path=$URL/api/v1/accounts/$one
    [ "$(status -X POST "$path/unfollow")" = 200 ]
    [ "$(api -X POST "$path/follow" | jq -c '[.following, .notifying, .endorsed]')" = '[true,false,false]' ]
    walk "$URL/api/v1/endorsements" | jq -r .id >>"$DIR/left"
  done
  local list
  for list in $(api "$URL/api/v1/lists" | jq -r '.[].id'); do
    walk "$URL/api/v1/lists/$list/accounts" | jq -r .id >>"$DIR/left"
  done
  [ "$(grep -c "$one" "$DIR/left")" = 0 ]
}

@test "Mastodon: calls outside of the scopes are refused" {
  people --mastodon-scopes "read:accounts read:statuses follow"
  [ "$(status "$URL/api/v1/accounts/$FIRST/statuses")" = 200 ]
  [ "$(status "$URL/api/v1/conversations")" = 200 ]
  [ "$(api "$URL/api/v1/favourites")" = '{"error":"This action is outside the authorized scopes"}' ]
  [ "$(status "$URL/api/v1/bookmarks")$(status "$URL/api/v1/notifications")$(status "$URL/api/v1/lists")" = 403403403 ]
  [ "$(status -X POST "$URL/api/v1/accounts/$(truth mastodon '.deleted | not' | head -1)/unfollow")" = 200 ]
}

# ---- Bluesky ----

# records COLLECTION: all of the repository's, one a line
records() {
  local cursor= page pages=0
  while :; do
    page=$(api "$URL/xrpc/com.atproto.repo.listRecords?repo=sim.test&collection=$1&limit=100${cursor:+&cursor=$cursor}")
    [ "$(jq '.records | length' <<<"$page")" != 0 ] || break
    jq -c '.records[]' <<<"$page"
    cursor=$(jq -r .cursor <<<"$page")
    pages=$((pages + 1))
    [ "$pages" -lt 200 ] || return 1
  done
}
view() { curl -sS -m 20 -g -H "Authorization: Bearer $ACCESS" "$URL/xrpc/$1"; }
owner() { sed -E 's|^at://([^/]*)/.*|\1|' | sort; } # of a record, by its address

@test "Bluesky: the repository has follows with their days, posts, likes, reposts and list items" {
  people
  records app.bsky.graph.follow >"$DIR/rows"
  jq -c '[.value.subject, .value.createdAt[0:19]]' "$DIR/rows" | sort >"$DIR/is"
  jq -c '[.ids.bluesky, (.followed_at | strftime("%Y-%m-%dT%H:%M:%S"))]' "$DIR/people.jsonl" | sort >"$DIR/should"
  same follows
  jq -r .uri "$DIR/rows" | sort -rc # keys are times as well
  records app.bsky.feed.post >"$DIR/rows"
  jq -r .uri "$DIR/rows" | sort -rc
  jq -r '.value.reply.parent.uri // empty' "$DIR/rows" | owner | grep -v simaccount >"$DIR/is"
  holds replies exchanged bluesky '.[0] == "we" and .[1] == "reply"'
  jq -r '.value.facets[]?.features[].did' "$DIR/rows" | sort >"$DIR/is"
  holds mentions exchanged bluesky '.[0] == "we" and .[1] == "mention"'
  jq -r '.value.embed // empty | .record | .uri // .record.uri' "$DIR/rows" | owner >"$DIR/is"
  holds quotes exchanged bluesky '.[0] == "we" and .[1] == "quote"'
  records app.bsky.feed.like | jq -r .value.subject.uri | owner >"$DIR/is"
  holds likes exchanged bluesky '.[0] == "we" and .[1] == "like"'
  records app.bsky.feed.repost | jq -r .value.subject.uri | owner >"$DIR/is"
  holds reposts exchanged bluesky '.[0] == "we" and .[1] == "boost"'
  records app.bsky.graph.list | jq -c '[.uri, .value.name]' >"$DIR/lists"
  records app.bsky.graph.listitem | jq -c '[.value.subject, (.value.list as $u | $lists[] | select(.[0] == $u)[1])]' \
    --argjson lists "$(jq -sc . "$DIR/lists")" | sort >"$DIR/is"
  jq -c '.ids.bluesky as $i | .lists[] | [$i, .]' "$DIR/people.jsonl" | sort >"$DIR/should"
  same "list items"
  [ "$(records app.bsky.graph.block | wc -l)" = 0 ]
  # the other way round are the same, in the other order
  api "$URL/xrpc/com.atproto.repo.listRecords?repo=sim.test&collection=app.bsky.feed.like&limit=100&reverse=true" |
    jq -r '.records[].uri' | sort -c
}

@test "Bluesky: the AppView hides who is taken down or deleted, and tells the truth of the others" {
  people
  login
  local cursor= page ids
  while :; do
    page=$(view "app.bsky.graph.getFollows?actor=sim.test&limit=100${cursor:+&cursor=$cursor}")
    jq -r '.follows[].did' <<<"$page" >>"$DIR/rows"
    cursor=$(jq -r '.cursor // empty' <<<"$page")
    [ -n "$cursor" ] || break
  done
  sort "$DIR/rows" >"$DIR/is"
  holds followees truth bluesky '.suspended or .deleted | not'
  truth bluesky '.verified or .suspended or .mutual' | head -25 >"$DIR/ids"
  ids=$(sed 's/^/\&actors=/' "$DIR/ids" | tr -d '\n')
  view "app.bsky.actor.getProfiles?x=1$ids" >"$DIR/rows"
  jq -c '.profiles[] | [.did, .handle, .displayName, .description, .followersCount, .followsCount, .postsCount, .createdAt[0:19],
      (.verification.verifiedStatus == "valid"), (.viewer.followedBy != null)]' "$DIR/rows" | sort >"$DIR/is"
  jq -c 'select((.suspended or .deleted | not) and (.ids.bluesky as $i | $ids | index($i))) | [.ids.bluesky, .handles.bluesky, .name, .bio, .followers,
      .following, .posts, (.created_at | strftime("%Y-%m-%dT%H:%M:%S")), .verified, .mutual]' \
    --argjson ids "$(jq -R . "$DIR/ids" | jq -sc .)" "$DIR/people.jsonl" | sort >"$DIR/should"
  same profiles
}

@test "Bluesky: the last post of one, and what others did, which the AppView keeps for good" {
  people
  login
  local did cursor= page
  did=$(truth bluesky '.kind == "abandoned"' | head -1)
  [ "$(view "app.bsky.feed.getAuthorFeed?actor=$did&limit=1" | jq -r '.feed[0].post.record.createdAt[0:19]')" = \
    "$(jq -r "select(.ids.bluesky == \"$did\").last_post_at | strftime(\"%Y-%m-%dT%H:%M:%S\")" "$DIR/people.jsonl")" ]
  [ "$(view "app.bsky.feed.getAuthorFeed?actor=$(truth bluesky '.last_post_at == null' | head -1)&limit=1" | jq '.feed | length')" = 0 ]
  [ "$(view "app.bsky.feed.getAuthorFeed?actor=$(truth bluesky .suspended | head -1)&limit=1" | jq -r .message)" = "Profile not found" ]
  while :; do
    page=$(view "app.bsky.notification.listNotifications?limit=30${cursor:+&cursor=$cursor}")
    jq -r '.notifications[].author.did' <<<"$page" >>"$DIR/rows"
    cursor=$(jq -r '.cursor // empty' <<<"$page")
    [ -n "$cursor" ] || break
  done
  sort "$DIR/rows" >"$DIR/is"
  holds notifications exchanged bluesky '.[0] == "they" and .[1] != "message"'
}

@test "Bluesky: the repository as a file has what its lists have" {
  people
  curl -sS -o "$DIR/repo" -w '%{content_type}\n' "$URL/xrpc/com.atproto.sync.getRepo?did=did:plc:simaccount22222222222222" >"$DIR/type"
  [ "$(cat "$DIR/type")" = application/vnd.ipld.car ]
  "$BATS_TEST_DIRNAME/read-car" "$DIR/repo" >"$DIR/is"
  local name
  for name in graph.follow feed.post feed.like feed.repost graph.list graph.listitem; do
    records "app.bsky.$name"
  done | jq -cS '.uri, .value' | paste - - | sed 's|^"at://[^/]*/||; s|"\t|\t|' | LC_ALL=C sort >"$DIR/should"
  same repository
  [ "$(curl -s "$URL/xrpc/com.atproto.sync.getRepo?did=did:plc:nobody" | jq -r .error)" = RepoNotFound ]
}

# ---- GitHub ----

@test "GitHub: followees and followers, without who is deleted or suspended" {
  people
  walk "$URL/user/following?per_page=100" | jq -r .id | sort >"$DIR/is"
  holds followees truth github '.deleted or .suspended | not'
  walk "$URL/user/followers?per_page=100" | jq -r .id | sort >"$DIR/is"
  holds followers truth github .mutual
  local one
  one=$(truth github '.kind == "mentor"' | head -1)
  api "$URL/user/$one" | jq -c '[.login, .name, .followers, .following, .created_at]' >"$DIR/is"
  jq -c "select(.ids.github == \"$one\") | [.handles.github, .name, .followers, .following, (.created_at | todate)]" "$DIR/people.jsonl" >"$DIR/should"
  same profile
  [ "$(status "$URL/user/$(truth github .suspended | head -1)")" = 404 ]
}

@test "GitHub: stars, organisations with their members, own events of 90 days" {
  people
  walk "$URL/user/starred?per_page=100" >"$DIR/rows"
  jq -r .owner.id "$DIR/rows" | sort >"$DIR/is"
  holds stars exchanged github '.[0] == "we" and .[1] == "like"'
  [ "$(jq -r .full_name "$DIR/rows" | sort -u | wc -l)" = "$(wc -l <"$DIR/rows")" ]
  [ "$(api "$URL/user/starred" | jq length)" = 30 ]
  api -H 'Accept: application/vnd.github.star+json' "$URL/user/starred" | jq -r '.[].starred_at' | sort -rc
  local org
  for org in $(api "$URL/user/orgs" | jq -r '.[].login'); do
    walk "$URL/orgs/$org/members?per_page=2" | jq -r .id
  done | grep -vx 813286 | sort >"$DIR/is"
  holds members truth github '.orgs != []'
  [ "$(status "$URL/orgs/nobodys/members")" = 404 ]
  walk "$URL/users/sim/events?per_page=100" >"$DIR/rows"
  jq -r 'select(.type == "IssueCommentEvent").repo.name | sub("/.*"; "")' "$DIR/rows" | sort >"$DIR/is"
  jq -r '. as $p | .exchanges[] | select(.[0] == "we" and (.[1] | IN("reply", "mention", "quote")) and $p.now - .[2] < 90 * 86400) | $p.handles.github' \
    "$DIR/people.jsonl" | sort >"$DIR/should"
  same events
  [ "$(jq -r .type "$DIR/rows" | sort -u | xargs)" = "IssueCommentEvent PushEvent WatchEvent" ]
}

# ---- X ----

# tokens URL: the rows of all pages, by next_token, one a line
tokens() {
  local token= page pages=0
  while :; do
    page=$(api -g "$1${token:+&pagination_token=$token}")
    jq -c '.data[]?' <<<"$page"
    token=$(jq -r '.meta.next_token // empty' <<<"$page")
    [ -n "$token" ] || break
    pages=$((pages + 1))
    [ "$pages" -lt 200 ] || return 1
  done
}

@test "X: followees newest first without who is suspended or deleted, and what is said of them" {
  people
  local fields=created_at,description,protected,verified,public_metrics,connection_status,profile_image_url
  tokens "$URL$X_ME?max_results=90&user.fields=$fields&expansions=most_recent_post_id" >"$DIR/rows"
  jq -r .id "$DIR/rows" >"$DIR/is"
  jq -rs 'map(select(.deleted or .suspended | not)) | to_entries | sort_by([.value.followed_at, .key]) | reverse | .[].value.ids.x' \
    "$DIR/people.jsonl" >"$DIR/should"
  same followees
  jq -c '[.id, .username, .name, .description, .created_at[0:19], .protected, .verified, .public_metrics.followers_count, .public_metrics.following_count,
      .public_metrics.post_count, (.connection_status | index("followed_by") != null), (.profile_image_url | contains("default_profile")),
      (.most_recent_post_id | if . then (. | tonumber / 4194304 + 1288834974.657 * 1000) / 1000 | round else . end)]' "$DIR/rows" | sort >"$DIR/is"
  jq -c 'select(.deleted or .suspended | not) | [.id, .handle, .name, .bio, (.created_at | strftime("%Y-%m-%dT%H:%M:%S")), .protected, .verified,
      .followers, .following, .posts, .mutual, .default_avatar, .last_post_at]' "$DIR/people.jsonl" | sort >"$DIR/should"
  same profiles
  [ "$(api "$URL/2/users/me?user.fields=public_metrics" | jq .data.public_metrics.following_count)" = "$(wc -l <"$DIR/rows")" ]
  tokens "$URL/2/users/813286/followers?max_results=100" | jq -r .id | sort >"$DIR/is"
  holds followers truth x .mutual
}

@test "X: who is suspended or deleted stands in errors, each with its reason" {
  people
  local suspended deleted
  suspended=$(truth x .suspended | head -1)
  deleted=$(truth x .deleted | head -1)
  api "$URL/2/users?ids=$suspended,$deleted,$(truth x .mutual | head -1)" >"$DIR/rows"
  [ "$(jq '.data | length' "$DIR/rows")" = 1 ]
  [ "$(jq -c '.errors | map([.value, .title, .detail])' "$DIR/rows")" = \
    "[[\"$suspended\",\"Forbidden\",\"User has been suspended: [$suspended].\"],[\"$deleted\",\"Not Found Error\",\"Could not find user with ids: [$deleted].\"]]" ]
}

@test "X: members of lists, and the mentions by replies and by name" {
  people
  local list
  for list in $(api "$URL/2/users/813286/owned_lists" | jq -r '.data[].id'); do
    tokens "$URL/2/lists/$list/members?max_results=2" | jq -r .id
  done | sort >"$DIR/is"
  holds members truth x '.lists != []'
  tokens "$URL/2/users/813286/mentions?max_results=5&post.fields=author_id,created_at" >"$DIR/rows"
  jq -r .created_at "$DIR/rows" | sort -rc
  jq -r .author_id "$DIR/rows" | sort >"$DIR/is"
  holds mentions exchanged x '.[0] == "they" and (.[1] == "reply" or .[1] == "mention")'
  [ "$(audit '.bill.lists, .bill.posts' | xargs)" = "$(api "$URL/2/users/813286/owned_lists" | jq '.data | length') $(wc -l <"$DIR/is")" ]
}

@test "X: of more mentions than 800 the newest are told" {
  "$BATS_TEST_DIRNAME/../people/generate" 300 "$DIR" --seed 5 --now today
  jq -c 'if .kind == "client" then .now as $n | .exchanges = [range(900) | ["they", "mention", $n - 86400 - . * 60]] else .exchanges = [] end' \
    "$DIR/people.jsonl" >"$DIR/busy"
  start_sim --people "$DIR/busy" --limits off
  [ "$(tokens "$URL/2/users/813286/mentions?max_results=100" | wc -l)" = 800 ]
}

@test "without people there is nothing of theirs" {
  start_sim
  [ "$(status "$URL/api/v1/favourites")$(status "$URL/api/v1/accounts/$FIRST/statuses")" = 404404 ]
  [ "$(audit .people)" = null ]
}

@test "a line that is no person is named, and nothing is served" {
  echo '{"ids":{}}' >"$DIR/people.jsonl"
  run -1 "$PLATFORM_SIM" --people "$DIR/people.jsonl"
  [[ "$output" == *'people.jsonl:1: "followed_at" is no whole number'* ]]
  run -1 "$PLATFORM_SIM" --people "$DIR/nothing"
  "$BATS_TEST_DIRNAME/../people/generate" 3 "$DIR"
  sed -i '2s/^{/{"ids": {"followed_at": 7}, /' "$DIR/people.jsonl"
  run -1 "$PLATFORM_SIM" --people "$DIR/people.jsonl"
  [[ "$output" == *'people.jsonl:2: "followed_at" stands in it twice'* ]]
}

@test "the audit counts who was unfollowed by what is right" {
  people
  local label
  for label in stay stay go open; do
    api -o /dev/null -X POST "$URL/api/v1/accounts/$(truth mastodon ".label == \"$label\" and (.deleted | not)" | sed -n "${#label}p")/unfollow"
  done
  [ "$(audit '.people.unfollowed.mastodon' | jq -c .)" = '{"stay":1,"go":1,"open":1}' ]
  [ "$(audit .people.stay)" = "$(jq -r .label "$DIR/people.jsonl" | grep -c stay)" ]
}
