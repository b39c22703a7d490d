#!/usr/bin/env bats
# Who is known by a handle alone: looked up by fetch, within the budgets, and then one followee with
# whom the platform names by that id. Until then nothing is done about them, and plan says so.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

vip_policy() {
  printf '%s\n' '{"keep":["in_list('"'vip'"')"],"undecided":"schedule"}' >policy.json
}

# handle PLATFORM N: the simulator's handle of followee N
handle() {
  case $1 in
    mastodon) echo "user$2@social.example" ;;
    bluesky) echo "user$2.sim.test" ;;
    *) echo "user$2" ;;
  esac
}

# vips PLATFORM N...: a roster by handles, with a hand-made column
vips() {
  local platform=$1 n
  shift
  echo "handle,lists"
  for n; do echo "$(handle "$platform" "$n"),vip"; done
}

# reads: requests that asked for no page of a list, so far
reads() { requests | awk '$4 == "read"' | wc -l; }

scheduled() { "$WINNOW" --json show obama --head 100000 | jq -r '.entries[].id' | LC_ALL=C sort; }

@test "a hand-made column by handles reaches whom the list of followees has, on every platform" {
  local platform
  for platform in x mastodon bluesky github; do
    start_sim --follows 30 --limits off
    campaign "$platform"
    vip_policy
    exits 0 fetch obama --yes --json
    jq -e '.followees == 30 and .unresolved == 0' <<<"$output"
    vips "$platform" 3 7 900 >vips.csv
    exits 0 import obama vips.csv --json
    jq -e '.added == 3 and .followees == 33 and .unresolved == 3' <<<"$output"

    # Not yet, and that is said.
    exits 0 plan obama --policy policy.json --json
    # GitHub takes logins: whoever goes by one that the file named may be meant, and is held.
    local held=0
    [ "$platform" != github ] || held=2
    jq -e --argjson held "$held" '.scheduled == 30 - $held and .kept == 0 and .undecided == 3 + $held' <<<"$output"
    has "$stderr" "3 followees are known by their handle alone" "winnow fetch obama"
    following "$platform" >before

    # Two are found and one is nobody, without reading the list again.
    exits 0 fetch obama --only interactions --max-cost 50 --json
    jq -e '.resolved == 2 and .unresolved == 1 and .pages == 0' <<<"$output"
    exits 0 plan obama --json
    jq -e '.scheduled == 28 and .kept == 2 and .undecided == 1' <<<"$output"
    scheduled >after
    LC_ALL=C comm -13 after before >kept
    [ "$(LC_ALL=C comm -12 before after | wc -l)" = 28 ]
    exits 0 explain obama "$(handle "$platform" 3)" --json
    [ "$(jq -r .id <<<"$output")" = "$(LC_ALL=C sort kept | grep -x -- "$(jq -r .id <<<"$output")")" ]
    jq -e '.verdict == "kept"' <<<"$output"
    stop_sim
    rm -rf "$WINNOW_STATE"
  done
}

@test "the list itself tells who a handle is, in capitals or not, and costs no lookup" {
  start_sim --follows 30 --limits off
  campaign x
  vip_policy
  printf 'handle,lists\nUser3,vip\nUSER7,vip\n' >vips.csv
  exits 0 import obama vips.csv
  exits 0 fetch obama --yes --json
  jq -e '.resolved == 0 and .unresolved == 0' <<<"$output"
  [ "$(reads)" = 2 ] # the login's and the list's profile
  exits 0 plan obama --policy policy.json --json
  jq -e '.followees == 30 and .scheduled == 28 and .kept == 2' <<<"$output"
  # The other way round: the list first, and read again after the file.
  printf 'handle,lists\nUser11,vip\n' >vips.csv
  exits 0 import obama vips.csv
  exits 0 fetch obama --yes --json
  jq -e '.unresolved == 0' <<<"$output"
  exits 0 plan obama --json
  jq -e '.followees == 30 and .scheduled == 27 and .kept == 3' <<<"$output"
}

@test "lookups keep to the budget, say what they cost, and go on after SIGKILL" {
  start_sim --follows 2000 --limit x/users=1/1s --limit x/unfollow=off
  campaign x
  { echo handle; for n in $(seq 0 899); do echo "user$n"; done; } >some.csv
  exits 0 import obama some.csv
  start fetch obama --only interactions --max-cost 50 --budget users/15m=1/1s
  asked() { [ "$(reads)" -ge "$1" ]; }
  within 20 asked 6 # the login's, and the fetch's own of whose token it is
  killed
  exits 0 fetch obama --only interactions --max-cost 50 --budget users/15m=1/1s --json
  jq -e '.unresolved == 0' <<<"$output"
  [[ $stderr =~ "looking up handles costs up to \$"[56].00 ]] # the fourth chunk was stored, or not yet
  # Nine chunks of 100; the one that the kill met may have been asked for once more; two fetches.
  [ "$(reads)" -le 13 ]
  audited '.rejected_429 == 0' "$limits_kept"
  exits 0 plan obama --policy policy.json --json
  jq -e '.followees == 900 and .scheduled == 900' <<<"$output"
}

@test "not for more money than allowed" {
  start_sim --follows 300 --limits off
  campaign x
  { echo handle; for n in $(seq 0 199); do echo "user$n"; done; } >some.csv
  exits 0 import obama some.csv
  exits 6 fetch obama --only lists --max-cost 1
  has "$stderr" "looking up handles costs \$2.00 more for 200 rows" "--max-cost"
  [ "$(reads)" = 2 ] # the login, and whose token it is
  exits 0 fetch obama --only interactions --max-cost 4
  [ "$(reads)" = 5 ]
}

@test "handles that the platform cannot have are not sent" {
  start_sim --follows 10 --limits off
  campaign x
  printf 'handle\nuser1\nAlice Smith\nuser2&ids=1\n' >some.csv
  exits 0 import obama some.csv
  exits 0 fetch obama --only interactions --max-cost 50 --json
  jq -e '.resolved == 1 and .unresolved == 2' <<<"$output"
  [ "$(reads)" = 3 ] # the login, whose token it is, and one handle
}

@test "hosts in Unicode and in punycode are one; who is nobody is said by name, by fetch and by plan" {
  printf '11\tuser0@\xd5\xb0\xd5\xa1\xd5\xb5.\xd5\xb0\xd5\xa1\xd5\xb5\n12\tuser1\n13\tuser3@R3.example\n' >follows.tsv
  start_sim --follows-file follows.tsv --limits off
  campaign mastodon
  vip_policy
  printf 'handle,lists\nuser0@xn--y9a3aq.xn--y9a3aq,vip\n user3@r3.example ,vip\nmistyped@r3.example,vip\n' >vips.csv
  exits 0 import obama vips.csv
  has "$stderr" "has to look up who they are: @mistyped@r3.example, @user0@xn--y9a3aq.xn--y9a3aq, @user3@r3.example"
  exits 0 fetch obama --json
  jq -e '.followees == 3 and .unresolved == 1' <<<"$output"
  has "$stderr" "nobody on the following list is known by that handle: @mistyped@r3.example"
  exits 0 plan obama --policy policy.json --json
  jq -e '.scheduled == 1 and .kept == 2 and .undecided == 0' <<<"$output"
  has "$stderr" "nobody on the following list is known by that handle: @mistyped@r3.example"
  # The other way round, on a list that is there already: the next fetch finds them one.
  rm -r "$WINNOW_STATE"
  campaign mastodon
  exits 0 fetch obama
  exits 0 import obama vips.csv
  has "$stderr" "nobody on the following list is known by that handle: @mistyped@r3.example" \
    "2 whom a file named by their handle alone are on the following list by that name"
  exits 0 fetch obama --json
  jq -e '.unresolved == 1' <<<"$output"
}

# archive ID...: a folder "twitter-2024" of an account that follows these, of whom the first follows back
archive() {
  local data=twitter-2024/data
  mkdir -p "$data"
  list() { # NAME KEY ID...
    local name=$1 key=$2
    shift 2
    printf 'window.YTD.%s.part0 = %s\n' "$name" \
      "$(printf '%s\n' "$@" | jq -nRc --arg key "$key" '[inputs | {($key): {accountId: .}}]')" >"$data/$name.js"
  }
  list following following "$@"
  list follower follower "$1"
  list account account "$(account_of x)"
  jq -nc --arg own "$(account_of x)" --arg count "$#" '{userInfo: {accountId: $own},
      archiveInfo: {generationDate: "2024-03-01T12:00:00.000Z", isPartialArchive: false},
      dataTypes: {account: {files: [{fileName: "data/account.js", count: "1"}]},
        following: {files: [{fileName: "data/following.js", count: $count}]},
        follower: {files: [{fileName: "data/follower.js", count: "1"}]}}}' |
    sed 's/^/window.__THAR_CONFIG = /' >"$data/manifest.js"
}

@test "an archive, a fetch, a hand-made column: one followee, and each fact says where it is from" {
  start_sim --follows 5 --limits off
  campaign x
  archive 1000000000 1000000007 1000000014
  exits 0 import obama twitter-2024
  exits 0 plan obama --policy policy.json
  exits 0 explain obama 1000000014 --json
  jq -e '.facts | map({name, value, source, as_of}) == [
    {name: "id", value: "1000000014", source: "archive", as_of: "2024-03-01T12:00:00Z"},
    {name: "follows_me", value: "no", source: "archive", as_of: "2024-03-01T12:00:00Z"},
    {name: "follow_rank", value: "3", source: "archive", as_of: "2024-03-01T12:00:00Z"}]' <<<"$output"
  printf '{"id":"1000000007","handle":"as_it_was","name":"Then"}\n' >before.jsonl
  exits 0 import obama before.jsonl
  exits 0 fetch obama --yes # where 1000000007 is user1 by now
  printf 'handle,lists,interactions\n@User1,vip;press,3\n' >mine.csv
  exits 0 import obama mine.csv
  exits 0 fetch obama --only interactions --max-cost 50
  exits 0 plan obama --policy policy.json --json
  jq -e '.followees == 5' <<<"$output"
  exits 0 verify obama
  exits 0 explain obama user1 --json
  jq -e '.id == "1000000007" and .handle == "user1"' <<<"$output"
  jq -e '[.facts[] | {(.name): {source, value}}] | add |
    .interactions == {source: "import", value: "3"} and .lists == {source: "import", value: "vip;press"}
    and .name == {source: "fetch", value: "user1"} and .id.source == "fetch"' <<<"$output"
  exits 2 explain obama as_it_was
  exits 0 explain obama 1000000007 --verbose
  has "$output" "lists               import  $(date -u +%F)  vip;press" "name                fetch   $(date -u +%F)  user1"
}
