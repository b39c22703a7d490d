#!/usr/bin/env bats
# A whole archive of X, as a zip file and as a folder: what the roster, the sets and a plan have of
# it; archives that are old, partial, another's, hostile.

load helper

# archive DIR: followees 1 to 4, of whom 2 follows back; 1 is answered in a post, 3 written to.
archive() {
  mkdir -p "$1/data"
  printf '%s' '{"userInfo":{"accountId":"813286","userName":"obama"},"archiveInfo":{"generationDate":"2023-03-01T12:00:00.000Z","isPartialArchive":false},"dataTypes":{"account":{"files":[{"fileName":"data/account.js","count":"1"}]},"following":{"files":[{"fileName":"data/following.js","count":"4"}]},"follower":{"files":[{"fileName":"data/follower.js","count":"2"}]},"block":{"files":[{"fileName":"data/block.js","count":"1"}]},"tweet":{"files":[{"fileName":"data/tweet.js","count":"1"}]},"directMessageHeaders":{"files":[{"fileName":"data/direct-message-headers.js","count":"1"}]},"directMessageGroupHeaders":{"files":[{"fileName":"data/direct-message-group-headers.js","count":"0"}]}}}' >"$1/manifest.json"
  manifest "$1" .
  echo 'window.YTD.account.part0 = [{"account":{"accountId":"813286","username":"obama"}}]' >"$1/data/account.js"
  echo 'window.YTD.following.part0 = [{"following":{"accountId":"1"}},{"following":{"accountId":"2"}},{"following":{"accountId":"3"}},{"following":{"accountId":"4"}}]' >"$1/data/following.js"
  echo 'window.YTD.follower.part0 = [{"follower":{"accountId":"2"}},{"follower":{"accountId":"99"}}]' >"$1/data/follower.js"
  echo 'window.YTD.block.part0 = [{"blocking":{"accountId":"4"}}]' >"$1/data/block.js"
  echo 'window.YTD.tweet.part0 = [{"tweet":{"created_at":"Sat Feb 18 12:33:11 +0000 2023","in_reply_to_user_id_str":"1","full_text":"yes"}}]' >"$1/data/tweet.js"
  echo 'window.YTD.direct_message_headers.part0 = [{"dmConversation":{"conversationId":"3-813286","messages":[{"messageCreate":{"senderId":"3","recipientId":"813286","createdAt":"2022-01-01T00:00:00.000Z"}}]}}]' >"$1/data/direct-message-headers.js"
  echo 'window.YTD.direct_message_group_headers.part0 = [ ]' >"$1/data/direct-message-group-headers.js"
}

# manifest DIR FILTER: the manifest, changed by jq
manifest() {
  jq -c "$2" "$1/manifest.json" >"$1/changed.json"
  { printf 'window.__THAR_CONFIG = '; cat "$1/changed.json"; } >"$1/data/manifest.js"
}

# pack DIR ZIP
pack() {
  python3 -c 'import os, sys, zipfile
with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED) as z:
    for name in sorted(os.listdir(sys.argv[1] + "/data")):
        z.write(sys.argv[1] + "/data/" + name, "data/" + name)' "$1" "$2"
}

# of ID FILTER: FILTER is true of that followee
of() {
  "$WINNOW" export obama roster | jq -es "map(select(.id == \"$1\")) | length == 1 and (.[0] | $2)" >/dev/null ||
    { "$WINNOW" export obama roster; return 1; }
}

@test "a zip file and the folder it unpacks to tell the same" {
  archive a
  pack a twitter-2023.zip
  for what in twitter-2023.zip a a/data; do
    rm -rf "$WINNOW_STATE"
    campaign
    winnow import obama "$what" --json
    [ "$status" -eq 0 ]
    json '.added == 4' '.not_followed == 1' '.skipped == 0' '.blocked == 1' '.followees == 4' \
      '[.sets[].name] == ["following", "followers", "posts", "messages"]' \
      'all(.sets[]; .state == "complete" and .as_of == "2023-03-01T12:00:00Z" and .why == null)' \
      '.sets[0] | .count == 4 and .expected == 4'
    of 1 '.follows_me == false and .interactions_seen == 1 and .last_interaction_at_seen == "2023-02-18T12:33:11Z"'
    of 2 '.follows_me == true and .interactions_seen == 0'
    of 3 '.interactions_seen == 1 and .last_interaction_at_seen == "2022-01-01T00:00:00Z"'
    of 4 '.follows_me == false and .interactions_seen == 0'
  done
  winnow import obama a
  [[ "$output" =~ "archive: followers"\ +2\ +complete ]]
}

@test "what the archive does not have does not follow, whoever else is in the roster" {
  archive a
  campaign
  printf '{"id":"2"}\n{"id":"50","interactions":7}\n{"id":"51"}\n' >more.jsonl
  winnow import obama more.jsonl
  winnow import obama a
  [ "$status" -eq 0 ]
  of 50 '.follows_me == false and .interactions == 7' # what another source found stays
  of 51 '.follows_me == false and .interactions_seen == 0'
  of 2 '.follows_me == true and .interactions_seen == 0'
}

@test "a part that is missing, or a partial archive: unknown, and said so" {
  archive a
  rm a/data/follower.js
  campaign
  winnow import obama a --json
  [ "$status" -eq 2 ]
  json '.sets[1].state == "partial"' '.sets[1].why | startswith("data/follower.js: ")' '.skipped == 1'
  [[ "$stderr" == *"a: its followers are known in part, 0 of 2 (data/follower.js: "*"stays unknown"* ]]
  of 1 'has("follows_me") | not'
  archive a
  manifest a '.archiveInfo.isPartialArchive = true'
  pack a part.zip
  rm -rf "$WINNOW_STATE"
  campaign
  winnow import obama part.zip --json
  [ "$status" -eq 0 ]
  json 'all(.sets[]; .state == "partial")'
  of 1 '(has("follows_me") | not) and .interactions_seen == 1'
  of 2 '.follows_me == true and (has("interactions") | not)'
}

@test "a count that is short is told with what was found" {
  archive a
  manifest a '.dataTypes.follower.files[0].count = "5"'
  campaign
  winnow import obama a
  [[ "$stderr" == *"its followers are known in part, 2 of 5 (data/follower.js has 2 elements, and the manifest says 5)"* ]]
  of 1 'has("follows_me") | not'
}

@test "--strict imports nothing of an archive with a broken file" {
  archive a
  echo 'window.YTD.tweet.part0 = [{"tweet":{"created_at"' >a/data/tweet.js
  campaign
  winnow import obama a --strict
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"data/tweet.js: The file ends in the middle of line 2"*"--strict was given"* ]]
  [ -z "$("$WINNOW" export obama roster)" ]
}

@test "an older archive does not overwrite what is newer" {
  archive new
  archive old
  manifest old '.archiveInfo.generationDate = "2020-01-01T00:00:00.000Z" | .dataTypes.following.files[0].count = "5"'
  # by the old one 1 follows back, 2 does not, and 7 is followed
  echo 'window.YTD.following.part0 = [{"following":{"accountId":"1"}},{"following":{"accountId":"2"}},{"following":{"accountId":"3"}},{"following":{"accountId":"4"}},{"following":{"accountId":"7"}}]' >old/data/following.js
  echo 'window.YTD.follower.part0 = [{"follower":{"accountId":"1"}},{"follower":{"accountId":"99"}}]' >old/data/follower.js
  campaign
  winnow import obama new
  winnow import obama old
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"older than the list of followees"* ]]
  of 1 '.follows_me == false'
  of 2 '.follows_me == true'
  [ "$("$WINNOW" export obama roster | wc -l)" -eq 4 ]
  # the other way round the newer one wins
  rm -rf "$WINNOW_STATE"
  campaign
  winnow import obama old new
  of 1 '.follows_me == false'
  of 2 '.follows_me == true'
  # a file of today is newer than both, and stays so
  echo '{"id":"1","follows_me":true}' >today.jsonl
  winnow import obama today.jsonl
  winnow import obama new
  of 1 '.follows_me == true'
}

@test "another account's archive, and one for another platform" {
  archive a
  "$WINNOW" new other --platform x --account 12 2>/dev/null
  refused 2 "a: The archive is of account 813286 (@obama), and the campaign of 12." import other a
  "$WINNOW" new named --platform x --account @Obama 2>/dev/null
  winnow import named a
  [ "$status" -eq 0 ]
  "$WINNOW" new elephant --platform mastodon --account 12 --server https://example.org 2>/dev/null
  refused 2 "a: an archive of X tells nothing of an account on mastodon" import elephant a
}

@test "zip files that are none of X's" {
  campaign
  archive a
  python3 - <<'P'
import struct, zipfile
with zipfile.ZipFile("other.zip", "w") as z:
    z.writestr("readme.txt", "hello")
with zipfile.ZipFile("climbs.zip", "w") as z:
    z.writestr("data/manifest.js", "x")
    z.writestr("../../evil.js", "x")
with zipfile.ZipFile("absolute.zip", "w") as z:
    z.writestr(zipfile.ZipInfo("/etc/evil.js"), "x")
with zipfile.ZipFile("bzip.zip", "w", zipfile.ZIP_BZIP2) as z:
    z.writestr("data/manifest.js", open("a/data/manifest.js").read())
# 64 MB of spaces in 64 KB
names = ["manifest", "account", "following", "follower", "block"]
with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for name in names:
        z.write(f"a/data/{name}.js", f"data/{name}.js")
    z.writestr("data/tweet.js", "window.YTD.tweet.part0 = [" + " " * (64 << 20) + "]")
data = bytearray(open("other.zip", "rb").read())
data[6] |= 1
data[data.index(b"PK\1\2") + 8] |= 1
open("secret.zip", "wb").write(data)
open("cut.zip", "wb").write(open("bomb.zip", "rb").read()[:20000])
P
  refused 2 "other.zip: There is no data/manifest.js in the zip file" import obama other.zip
  refused 2 "climbs.zip: The zip file has an entry whose name leads out of it" import obama climbs.zip
  refused 2 "absolute.zip: The zip file has an entry whose name leads out of it" import obama absolute.zip
  refused 2 "bzip.zip: data/manifest.js: data/manifest.js is packed in a way" import obama bzip.zip
  refused 2 "secret.zip: The zip file is encrypted" import obama secret.zip
  refused 2 "cut.zip: The zip file cannot be read" import obama cut.zip
  refused 2 "bomb.zip: data/tweet.js: The zip file unpacks to more than 200 times its size" import obama bomb.zip
  run --separate-stderr "$WINNOW" import obama - <other.zip
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"zip archive, which is not read from standard input"* ]]
  [ -z "$("$WINNOW" export obama roster)" ]
}

# listed DIR TYPE FILE COUNT: the manifest has one type more
listed() {
  jq -c --arg type "$2" --arg file "$3" --arg count "$4" \
    '.dataTypes[$type] = {"files": [{"fileName": $file, "count": $count}]}' "$1/manifest.json" >"$1/more.json"
  mv "$1/more.json" "$1/manifest.json"
  manifest "$1" .
}

# A post to 4, in a community or a circle.
to_four='{"tweet":{"id_str":"77","created_at":"Sun Feb 19 12:00:00 +0000 2023","in_reply_to_user_id_str":"4","full_text":"so"}}'

@test "posts in communities and in circles count, and one that stands in two files counts once" {
  archive a
  listed a communityTweet data/community-tweet.js 2
  listed a twitterCircleTweet data/twitter-circle-tweet.js 1
  echo "window.YTD.community_tweet.part0 = [$to_four,${to_four/77/78}]" >a/data/community-tweet.js
  echo "window.YTD.twitter_circle_tweet.part0 = [${to_four/77/79}]" >a/data/twitter-circle-tweet.js
  manifest a '.dataTypes.tweet.files[0].count = "2"'
  cp a/changed.json a/manifest.json
  echo "window.YTD.tweet.part0 = [{\"tweet\":{\"id_str\":\"1\",\"created_at\":\"Sat Feb 18 12:33:11 +0000 2023\",\"in_reply_to_user_id_str\":\"1\"}},$to_four]" >a/data/tweet.js
  campaign
  winnow import obama a --json
  [ "$status" -eq 0 ]
  json '.sets[2] | .state == "complete" and .count == 5'
  of 4 '.interactions_seen == 3 and .last_interaction_at_seen == "2023-02-19T12:00:00Z"'
  of 2 '.interactions_seen == 0'
  # what is there and cannot be read leaves the set in part
  echo 'window.YTD.community_tweet.part0 = [{"tweet"' >a/data/community-tweet.js
  rm -rf "$WINNOW_STATE"
  campaign
  winnow import obama a --json
  [ "$status" -eq 2 ]
  json '.sets[2].state == "partial"' '.sets[2].why | startswith("data/community-tweet.js: ")'
  of 2 'has("interactions") | not'
}

@test "kinds of posts and messages that are not read: their set is partial; what was deleted does not count" {
  archive a
  listed a deletedTweets data/deleted-tweets.js 3
  listed a deletedTweetHeaders data/deleted-tweet-headers.js 3
  listed a newKindOfTweet data/new-kind-of-tweet.js 0
  campaign
  winnow import obama a --json
  json 'all(.sets[]; .state == "complete")'
  listed a newKindOfTweet data/new-kind-of-tweet.js 1
  rm -rf "$WINNOW_STATE"
  campaign
  winnow import obama a --json
  [ "$status" -eq 0 ]
  json '.sets[2] | .state == "partial" and .why == "data/new-kind-of-tweet.js is of a kind that is not read"' \
    '.sets[3].state == "complete"'
  of 2 'has("interactions") | not'
  archive b
  listed b quantumMessageEvent data/quantum-message-event.js 9
  rm -rf "$WINNOW_STATE"
  campaign
  winnow import obama b --json
  json '.sets[2].state == "complete"' '.sets[3].state == "partial"'
}

@test "long posts: whom they mention by name alone leaves the posts in part" {
  archive a
  listed a noteTweet data/note-tweet.js 1
  echo 'window.YTD.note_tweet.part0 = [{"noteTweet":{"noteTweetId":"5","core":{"text":"long","mentions":[]}}}]' >a/data/note-tweet.js
  campaign
  winnow import obama a --json
  [ "$status" -eq 0 ]
  json '.sets[2].state == "complete"'
  echo 'window.YTD.note_tweet.part0 = [{"noteTweet":{"noteTweetId":"5","core":{"text":"long","mentions":[{"screenName":"bob"}]}}}]' >a/data/note-tweet.js
  winnow import obama a --json
  json '.sets[2] | .state == "partial" and .why == "long posts mention people whose ids are not told"'
}

# event SENDER CONVERSATION DETAIL
event() {
  printf '{"messageEvent":{"createdAtMsec":"1672531200000","senderId":"%s","conversationId":"%s","detail":{"%s":{"contents":"AAAA"}}}}' "$@"
}

@test "encrypted chats: only what creates a message counts; in a group for its sender" {
  archive a
  listed a messageEvent data/message-event.js 5
  echo "window.YTD.message_event.part0 = [$(event 813286 4:813286 messageCreateEvent),$(event 4 4:813286 messageCreateEvent),$(event 1 1:813286 conversationKeyChangeEvent),$(event 2 g900 messageCreateEvent),$(event 813286 g900 messageCreateEvent)]" >a/data/message-event.js
  campaign
  winnow import obama a --json
  [ "$status" -eq 0 ]
  json '.sets[3] | .state == "complete" and .count == 6'
  of 4 '.interactions_seen == 2 and .last_interaction_at_seen == "2023-01-01T00:00:00Z"'
  of 2 '.interactions_seen == 1'
  of 1 '.interactions_seen == 1' # the post
  rm a/data/message-event.js
  rm -rf "$WINNOW_STATE"
  campaign
  winnow import obama a --json
  json '.sets[3].state == "partial"' '.sets[3].why | startswith("data/message-event.js: ")'
  of 2 'has("interactions") | not'
}

@test "posts as they were before 2020, without \"tweet\" around them" {
  archive a
  echo 'window.YTD.tweet.part0 = [{"id_str":"1","created_at":"Sat Feb 18 12:33:11 +0000 2023","entities":{"user_mentions":[{"id_str":"4"}]},"in_reply_to_user_id_str":"1","full_text":"yes"}]' >a/data/tweet.js
  campaign
  winnow import obama a --json
  [ "$status" -eq 0 ]
  json '.sets[2].state == "complete"'
  of 1 '.interactions_seen == 1'
  of 4 '.interactions_seen == 1'
}

@test "no manifest: all of it is imported, in part; absence says nothing" {
  archive a
  rm a/data/manifest.js
  pack a bare.zip
  cp -r a/data flat
  for what in a a/data flat bare.zip; do
    rm -rf "$WINNOW_STATE"
    campaign
    winnow import obama "$what" --json
    [ "$status" -eq 0 ]
    json '.added == 4' 'all(.sets[]; .state == "partial" and .why == "there is no manifest to say that this is all")'
    of 1 '.interactions_seen == 1 and (has("follows_me") | not)'
    of 2 '.follows_me == true and (has("interactions") | not)'
    of 3 '.interactions_seen == 1'
  done
  # in parts
  mv flat/following.js flat/following-part1.js
  echo 'window.YTD.following.part1 = [{"following":{"accountId":"5"}}]' >flat/following-part2.js
  winnow import obama flat --json
  json '.added == 1' '.sets[0].count == 5'
  # somebody else's, and nobody's
  "$WINNOW" new other --platform x --account 12 2>/dev/null
  refused 2 "flat: The archive is of account 813286 (@obama), and the campaign of 12." import other flat
  rm flat/account.js
  refused 2 "flat: Neither manifest.js nor account.js says whose archive it is" import obama flat
  mkdir empty
  refused 2 "empty: There is no data/manifest.js in the folder, and none of the lists of X's" import obama empty
}

@test "an archive alone decides whom a plan keeps" {
  archive a
  campaign
  winnow import obama a
  echo '{"keep":["mutual","at_least(interactions) > 0"],"score":{"interactions":-1},"undecided":"hold"}' >p.json
  winnow plan obama --policy p.json --now 2023-04-01 --json
  [ "$status" -eq 0 ]
  winnow export obama schedule
  [ "$(jq -r .id <<<"$output")" = 4 ]
  # what was seen is not all that there was: a rule that asks for all leaves everybody undecided
  echo '{"keep":["mutual","interactions > 0"]}' >exact.json
  winnow plan obama --policy exact.json --now 2023-04-01 --json
  json '.scheduled == 0' '.undecided == 1'
}
