#!/usr/bin/env bats
# Whom a name means: handles that two people have, handles nobody is known by, a handle at the
# campaign's own server, logins that could hit somebody else; and what is said of each.

load helper

# on PLATFORM LINE...: a campaign with that roster, and a policy by which everybody goes
on() {
  local server=()
  rm -rf "$WINNOW_STATE"
  [ "$1" != mastodon ] || server=(--server https://social.example)
  "$WINNOW" new obama --platform "$1" --account 813286 "${server[@]}" 2>/dev/null
  shift
  echo '{"keep":[],"undecided":"schedule"}' >all.json
  [ "$#" -eq 0 ] || told "$@"
}

told() {
  printf '%s\n' "$@" >roster.jsonl
  "$WINNOW" import obama roster.jsonl >/dev/null 2>import.err
}

works() {
  winnow "$@"
  [ "$status" -eq 0 ] || { printf 'winnow %s: %s\n%s\n' "$*" "$status" "$stderr"; return 1; }
}

@test "keep of a handle that two have is refused with both ids, and keeps nobody" {
  on github '{"id":"101","handle":"alice"}' '{"id":"202","handle":"Alice"}'
  refused 2 "2 followees of campaign obama have the handle alice" keep obama @alice
  winnow keep obama @alice
  [[ "$stderr" == *"101, 202"* ]]
  works keep obama --json
  json '.keep == []'
  works keep obama 101 202
  [ "$output" = "2 put on the keep list, 0 as before" ]
}

@test "keep of a handle that nobody has offers those near it, and notes it if that is meant" {
  on mastodon '{"id":"5","handle":"user458@far.example"}'
  refused 2 "user458 is not in the roster of campaign obama" keep obama user458
  winnow keep obama user458
  [[ "$stderr" == *"near it: @user458@far.example (id 5)"*"winnow keep obama --note"* ]]
  works keep obama --note user458
  [ "$output" = "1 put on the keep list, 0 as before" ]
  [[ "$stderr" == *"1 of them by the handle alone, which protects nobody yet"* ]]

  # until the id is known that is said everywhere
  works keep obama
  [[ "$output" == *"@user458@social.example  protects nobody yet"* ]]
  works keep obama --json
  json '.keep == [{"id":null,"handle":"user458@social.example","protects":false}]'
  works status obama
  [[ "$output" == *"0 on the keep list"*"1 on it protect nobody yet"*"@user458@social.example"* ]]
  works status obama --json
  json '.campaigns[0].keep_noted == 1'
  works plan obama --policy all.json --json
  json '.keep_noted == 1' '.scheduled == 1'
  [[ "$stderr" == *"protect nobody yet"*"@user458@social.example"* ]]

  # and the next import that tells it puts them on the list
  told '{"id":"6","handle":"User458@social.example"}'
  works keep obama --json
  json '.keep == [{"id":"6","handle":"User458@social.example","protects":true}]'
  works plan obama --json
  json '.keep_noted == 0' '.scheduled == 1' '.kept == 1'
  [[ "$stderr" != *"protect nobody yet"* ]]
}

@test "whom a file named by the handle alone is noted without more words" {
  on mastodon '{"id":"5","handle":"a@far.example"}' '{"handle":"b@far.example"}'
  works keep obama @b@far.example --json
  json '.changed == 1 and .noted == 1'
  told '{"id":"7","handle":"b@far.example"}'
  works keep obama --json
  json '.keep[0].id == "7"'
  works keep obama --note @c@far.example
  works keep obama --remove c@FAR.example --json
  json '.changed == 1'
}

@test "keep --file takes a byte-order mark, as Windows' editors put it, and any line ends; a policy too" {
  on x '{"id":"1","handle":"ann"}' '{"id":"2","handle":"bob"}' '{"id":"3","handle":"cid"}'
  printf '\xef\xbb\xbf@ann\r\nbob\r3\n' >friends.txt
  works keep obama --file friends.txt
  [ "$output" = "3 put on the keep list, 0 as before" ]
  works keep obama --file friends.txt --remove
  [ "$output" = "3 taken off the keep list, 0 as before" ]
  printf '\xef\xbb\xbf{"keep":[],"undecided":"schedule"}' >policy.json
  works plan obama --policy policy.json --json
  json '.scheduled == 3'
}

@test "a handle without a host is one at the campaign's server, in any capitals" {
  on mastodon '{"id":"5","handle":"me"}' '{"id":"6","handle":"me@far.example"}'
  works plan obama --policy all.json
  local who
  for who in me @me ME @Me@Social.example; do
    works explain obama "$who" --json
    json '.id == "5"'
  done
  works keep obama me
  works keep obama --json
  json '.keep == [{"id":"5","handle":"me@social.example","protects":true}]'
}

@test "explain and show tell of the keep list as it is, also while an earlier plan is the present one" {
  on x '{"id":"1","handle":"ann"}' '{"id":"2","handle":"bob"}'
  works plan obama --policy all.json
  works explain obama ann --json
  json '.verdict == "scheduled"'
  works keep obama ann
  works explain obama ann --json
  json '.verdict == "kept"' '.on_keep_list' '.because | startswith("it is on the keep list")' \
    '.entry.state == "kept"'
  works show obama --json
  json '[.entries[] | select(.state == "kept")] | length == 1' \
    '[.entries[] | select(.reason == "kept by the keep list")] | length == 1' \
    '[.entries[] | select(.state == "pending")] | length == 1'
  works keep obama --remove ann
  works explain obama ann --json
  json '.verdict == "scheduled"' '.entry.state == "pending"'
}

@test "two records of one login are held, with the reason and the command that mends it" {
  on github '{"id":"101","handle":"alice"}' '{"id":"202","handle":"ALICE"}' '{"id":"303","handle":"bob"}'
  works keep obama 202
  works plan obama --policy all.json
  [[ "$stderr" == *"have one login"*"winnow fetch obama"*"@alice"* ]]
  [[ "$output" == *"a login of its own"*"winnow fetch obama"* ]]
  works plan obama --json
  json '.scheduled == 1 and .kept == 1 and .undecided == 1' '.head[0].id == "303"' \
    '[.missing[] | select(.name == "a login of its own") | .count] == [1]'
  works explain obama 101
  [[ "$output" == *"undecided"*"101, 202"*"winnow fetch obama"* ]]
  works explain obama 202 --json
  json '.verdict == "kept"'
}

@test "a login that can be none holds that followee, and nobody else" {
  on github '{"id":"101","handle":"no such"}' '{"id":"303","handle":"bob"}'
  works plan obama --policy all.json --json
  json '.scheduled == 1 and .undecided == 1' '.head[0].id == "303"'
}
