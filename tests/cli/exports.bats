#!/usr/bin/env bats
# Exports that need no login: a Bluesky repository (repo.car) and a whole archive of Mastodon. What
# the roster has of them, what is told when they are partial, and whose they must be.

load helper

# ---- Bluesky ----

bluesky() {
  "$WINNOW" new sky --platform bluesky --account did:plc:me 2>/dev/null
}

# Follows ada (twice) and bob; cy is liked, and not followed.
records() {
  jq -n '{did: "did:plc:me", records: {
    "app.bsky.feed.like/3a": {createdAt: "2024-01-02T03:04:05Z", subject: {cid: "x", uri: "at://did:plc:ada/app.bsky.feed.post/1"}},
    "app.bsky.feed.like/3b": {createdAt: "2999-01-02T03:04:05Z", subject: {cid: "x", uri: "at://did:plc:ada/app.bsky.feed.post/2"}},
    "app.bsky.feed.like/3c": {createdAt: "2024-01-02T03:04:05Z", subject: {cid: "x", uri: "at://did:plc:cy/app.bsky.feed.post/1"}},
    "app.bsky.feed.post/3a": {createdAt: "2024-02-02T03:04:05Z", text: "yes", reply: {parent: {cid: "x", uri: "at://did:plc:ada/app.bsky.feed.post/1"}, root: {cid: "x", uri: "at://did:plc:cy/app.bsky.feed.post/1"}}},
    "app.bsky.feed.post/3b": {createdAt: "2024-02-02T03:04:05Z", text: "to myself", reply: {parent: {cid: "x", uri: "at://did:plc:me/app.bsky.feed.post/3a"}, root: {cid: "x", uri: "at://did:plc:me/app.bsky.feed.post/3a"}}},
    "app.bsky.feed.repost/3a": {createdAt: "2024-01-05T03:04:05Z", subject: {cid: "x", uri: "at://did:plc:ada/app.bsky.feed.post/3"}},
    "app.bsky.graph.block/3a": {createdAt: "2024-01-05T03:04:05Z", subject: "did:plc:bob"},
    "app.bsky.graph.follow/3kfa": {createdAt: "2023-05-06T07:08:09Z", subject: "did:plc:ada"},
    "app.bsky.graph.follow/3kfb": {createdAt: "2023-05-06T07:08:09Z", subject: "did:plc:bob"},
    "app.bsky.graph.follow/3kfc": {createdAt: "2023-06-06T07:08:09Z", subject: "did:plc:ada"},
    "app.bsky.graph.list/3l": {createdAt: "2023-06-06T07:08:09Z", name: "friends", purpose: "app.bsky.graph.defs#curatelist"},
    "app.bsky.graph.list/3m": {createdAt: "2023-06-06T07:08:09Z", name: "bad people", purpose: "app.bsky.graph.defs#modlist"},
    "app.bsky.graph.listitem/3a": {createdAt: "2023-06-06T07:08:09Z", subject: "did:plc:ada", list: "at://did:plc:me/app.bsky.graph.list/3l"},
    "app.bsky.graph.listitem/3b": {createdAt: "2023-06-06T07:08:09Z", subject: "did:plc:bob", list: "at://did:plc:me/app.bsky.graph.list/3m"}
  }}'
}

# repo FILE [OPTIONS]
repo() {
  records | "$BATS_TEST_DIRNAME/car.py" "$@"
}

# sky ID FILTER: FILTER is true of that followee
sky() {
  "$WINNOW" export sky roster | jq -es "map(select(.id == \"$1\")) | length == 1 and (.[0] | $2)" >/dev/null ||
    { "$WINNOW" export sky roster; return 1; }
}

@test "bluesky: the repository gives followees with their keys, and what was exchanged" {
  bluesky
  repo repo.car
  winnow import sky repo.car --json
  [ "$status" -eq 0 ]
  json '.added == 2' '.followees == 2' '.skipped == 0' '.blocked == 1' \
    '[.sets[].name] == ["following", "posts", "likes", "boosts", "lists", "blocks"]' \
    'all(.sets[]; .state == "complete" and .as_of == "2023-11-05T12:50:06Z" and .why == null)' \
    '[.sets[].count] == [3, 2, 3, 1, 4, 1]'
  # replies, likes and reposts count; a time in the future is none
  sky did:plc:ada '.lists == ["friends"] and .talked_to_seen == 4 and .last_talked_at_seen == "2024-02-02T03:04:05Z"'
  # all blocks are there, and none is of ada; of her two records the older one tells since when
  sky did:plc:ada '.blocked == false and .followed_at == "2023-05-06T07:08:09Z"'
  # a list for moderation is no tie, and the list of lists is whole
  sky did:plc:bob '.followed_at == "2023-05-06T07:08:09Z" and .lists == [] and .blocked == true and .talked_to_seen == 0'
  # both follow records of ada are taken back, and the one of bob
  echo '{"keep":[],"first":[],"score":{},"undecided":"schedule"}' >policy.json
  winnow plan sky --policy policy.json
  [ "$status" -eq 0 ]
  [ "$("$WINNOW" export sky schedule | jq -r .id | sort | uniq -c | xargs)" = "2 did:plc:ada 1 did:plc:bob" ]
}

@test "bluesky: again, it changes nothing and adds nothing up" {
  bluesky
  repo repo.car
  winnow import sky repo.car
  "$WINNOW" export sky roster >first
  winnow import sky repo.car --format bluesky-car --json
  [ "$status" -eq 0 ]
  json '.added == 0' '.followees == 2'
  "$WINNOW" export sky roster | diff first -
  winnow import sky - --format bluesky-car <repo.car
  [ "$status" -eq 0 ]
}

@test "bluesky: an older repository takes nobody in, and no key back" {
  bluesky
  records | jq 'del(.records["app.bsky.graph.follow/3kfc"])' | "$BATS_TEST_DIRNAME/car.py" new.car
  records | jq '.rev = "3jdgwqoo3222a" | .records["app.bsky.graph.follow/3kfd"] = {createdAt: "2022-06-06T07:08:09Z", subject: "did:plc:dora"}' |
    "$BATS_TEST_DIRNAME/car.py" old.car
  winnow import sky new.car
  winnow import sky old.car
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"old.car is older than the list of followees that is there already"* ]]
  [ "$("$WINNOW" export sky roster | wc -l)" -eq 2 ]
  echo '{"keep":[],"first":[],"score":{},"undecided":"schedule"}' >policy.json
  winnow plan sky --policy policy.json
  [ "$("$WINNOW" export sky schedule | wc -l)" -eq 2 ]
}

@test "bluesky: a missing record makes its set partial, and is told by its key" {
  bluesky
  repo repo.car --drop app.bsky.graph.follow/3kfb
  winnow import sky repo.car --json
  [ "$status" -eq 2 ]
  json '.added == 1' '.skipped == 1' '.sets[0].state == "partial"' '.sets[1].state == "complete"'
  [[ "$stderr" == *"repo.car: app.bsky.graph.follow/3kfb: Its block is not in the file."* ]]
  [[ "$stderr" == *"its following are known in part (1 of 3 records are missing or not understood)"* ]]
  winnow import sky repo.car --strict
  [ "$status" -eq 2 ]
}

@test "bluesky: damage is told by its offset, and nothing is imported" {
  bluesky
  repo repo.car --flip
  refused 2 "repo.car: The block at byte " import sky repo.car
  [[ "$stderr" == *"its SHA-256 is not the one that its CID has"* ]]
  [ -z "$("$WINNOW" export sky roster)" ]
}

@test "bluesky: another account's repository, another platform's campaign" {
  repo repo.car
  "$WINNOW" new other --platform bluesky --account did:plc:other 2>/dev/null
  refused 2 "repo.car: The repository is of did:plc:me, and the campaign of did:plc:other." import other repo.car
  "$WINNOW" new handle --platform bluesky --account me.example 2>/dev/null
  refused 2 "repo.car: The repository is of did:plc:me, and whose DID that is" import handle repo.car
  campaign
  refused 2 "repo.car: a repository of Bluesky tells nothing of an account on x" import obama repo.car
}

@test "bluesky: a repository through a pipe is refused with what to do" {
  bluesky
  repo repo.car
  run --separate-stderr bash -c "cat repo.car | '$WINNOW' import sky - --format bluesky-car"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"save it as a file first"* ]]
}

# ---- Mastodon ----

mastodon() {
  "$WINNOW" new toot --platform mastodon --account me@home.example --server https://web.example 2>/dev/null
}

# archive DIR: ada (whose host is not that of her address) is boosted, answered and liked, bob of the
# own server written to in private, cy liked by a number that a mention tells; eve is no followee.
archive() {
  mkdir -p "$1"
  cat >"$1/actor.json" <<'END'
{"@context":[],"id":"https://web.example/users/me","type":"Person","preferredUsername":"me","webfinger":"me@home.example"}
END
  jq -n '
    def mention($href; $name): {type: "Mention", href: $href, name: $name};
    def post($to; $reply; $tags): {type: "Create", published: "2024-01-02T03:04:05Z", to: [$to], cc: [],
      object: {id: "x", type: "Note", to: [$to], inReplyTo: $reply, tag: $tags}};
    "https://www.w3.org/ns/activitystreams#Public" as $public |
    {id: "outbox.json", type: "OrderedCollection", totalItems: 1, orderedItems: [
      {type: "Announce", published: "2023-01-02T03:04:05Z", to: [$public],
       cc: ["https://s.ada.example/users/ada", "https://web.example/users/me/followers"], object: "https://s.ada.example/users/ada/statuses/1"},
      post($public; "https://s.ada.example/users/ada/statuses/2"; [mention("https://s.ada.example/users/ada"; "@ada@ada.example")]),
      post($public; "https://web.example/users/me/statuses/2"; []),
      post("https://web.example/users/bob"; null; [mention("https://web.example/users/bob"; "@bob")]),
      post($public; null; [mention("https://cy.example/ap/users/115"; "@cy@cy.example"), mention("https://eve.example/users/eve"; "@eve@eve.example")])
    ]}' >"$1/outbox.json"
  echo '{"orderedItems":["https://s.ada.example/users/ada/statuses/1","https://cy.example/ap/users/115/statuses/7","https://web.example/users/me/statuses/3"]}' >"$1/likes.json"
  echo '{"orderedItems":["https://web.example/@Bob/4"]}' >"$1/bookmarks.json"
}

followees() {
  printf '%s\n' 'Account address,Show boosts,Notify on new posts,Languages' ada@ada.example,true,false, \
    bob@home.example,true,false, Cy@cy.example,true,false, dora@d.example,true,false, >following_accounts.csv
}

# toot HANDLE FILTER
toot() {
  "$WINNOW" export toot roster | jq -es "map(select(.handle == \"$1\")) | length == 1 and (.[0] | $2)" >/dev/null ||
    { "$WINNOW" export toot roster; return 1; }
}

@test "mastodon: zip, tar.gz and folder tell the same of followees, in any order of files" {
  archive a
  followees
  sed -i s/bob@home/bob@web/ following_accounts.csv # as the roster names who is on the own server
  tar -C a -czf a.tar.gz .
  python3 -c 'import shutil; shutil.make_archive("zipped", "zip", "a")'
  for what in a a.tar.gz zipped.zip; do
    rm -rf "$WINNOW_STATE"
    mastodon
    winnow import toot "$what" following_accounts.csv --json
    [ "$status" -eq 0 ]
    json '.added == 4' '.followees == 4' '.skipped == 0' \
      '[.sets[].name] == ["posts", "likes", "bookmarks"]' 'all(.sets[]; .state == "complete")' \
      '[.sets[].count] == [5, 3, 1]'
    [[ "$stderr" == *"it names 4 people, and 1 of them are not in the roster by their handle"* ]]
    toot ada@ada.example '.talked_to_seen == 3 and .last_talked_at_seen == "2024-01-02T03:04:05Z"'
    toot bob@web.example '.talked_to_seen == 2 and .messages_seen == 1'
    toot Cy@cy.example '.talked_to_seen == 2'
    toot dora@d.example '.talked_to_seen == 0'
  done
}

@test "mastodon: who is on the own server is known by either host" {
  archive a
  followees
  mastodon
  winnow import toot a following_accounts.csv
  [ "$status" -eq 0 ]
  toot bob@home.example '.talked_to_seen == 2'
}

@test "mastodon: rows that name nobody make a least count of it" {
  archive a
  followees
  echo '{"orderedItems":["https://pl.example/objects/1-2","https://s.ada.example/users/ada/statuses/1"]}' >a/likes.json
  mastodon
  winnow import toot following_accounts.csv a --json
  [ "$status" -eq 0 ]
  json '.sets[1].state == "partial"' '.sets[1].why == "1 rows of likes.json do not tell the address of the person"'
  [[ "$stderr" == *"a: its likes are known in part (1 rows of likes.json"* ]]
}

@test "mastodon: an outbox that breaks off loses nothing of what stands before" {
  archive a
  followees
  jq -c . a/outbox.json | head -c 700 >a/cut
  mv a/cut a/outbox.json
  rm a/bookmarks.json
  mastodon
  winnow import toot following_accounts.csv a --json
  [ "$status" -eq 0 ]
  json '.sets[0].state == "partial"' '.sets[0].why | startswith("outbox.json breaks off")' \
    '.sets[0].count == 2' '.sets[1].state != "absent"' '.sets[2].state == "absent"'
  toot ada@ada.example '.talked_to_seen >= 2'
}

@test "mastodon: another account's archive, another platform's campaign, no archive at all" {
  archive a
  "$WINNOW" new other --platform mastodon --account you@home.example --server https://web.example 2>/dev/null
  refused 2 "a: The archive is of @me@home.example, and the campaign of you@home.example." import other a
  campaign
  refused 2 "a: an archive of Mastodon tells nothing of an account on x" import obama a
  mkdir empty
  mastodon
  refused 2 "empty: There is no outbox.json in the folder: it is no archive of Mastodon" import toot empty
  rm a/actor.json
  refused 2 "a: There is no actor.json in the archive" import toot a
}
