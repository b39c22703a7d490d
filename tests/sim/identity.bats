#!/usr/bin/env bats
# Who is hit by a request, at the server: GitHub takes logins, which change hands. Whoever is on the
# keep list is still followed there, and what a whole fetch shows is what a frozen plan sends.

# shellcheck disable=SC2153,SC2154 # set by the helper and by "run"
load helper

# on_github LINE...: the server's followees ("id handle"), and a campaign
on_github() {
  printf '%s\n' "$@" | tr ' ' '\t' >follows.tsv
  start_sim --follows-file follows.tsv --limits off
  campaign github
  echo '{"keep":[],"undecided":"schedule"}' >policy.json
}

imports() {
  printf '%s\n' "$@" >roster.jsonl
  exits 0 import obama roster.jsonl
}

deleted() { requests | awk '$4 == "unfollow"' | wc -l; }

BURST=(--yes --pace burst --budget writes/8s=off)

@test "a login that two records have is not sent, and whoever is kept stays followed" {
  on_github "202 alice" "303 bob"
  imports '{"id":"101","handle":"alice"}' '{"id":"202","handle":"alice"}' '{"id":"303","handle":"bob"}'
  exits 0 keep obama 202
  exits 0 plan obama --policy policy.json
  exits 0 run obama "${BURST[@]}"
  equal "$(following github)" 202
  # a whole fetch shows that 101 is gone
  exits 0 fetch obama
  exits 0 plan obama --json
  jq -e '.scheduled == 0 and .kept == 1 and .undecided == 0' <<<"$output"
  equal "$(following github)" 202
}

@test "a file that tells of the login's new owner after the plan holds it" {
  on_github "202 alice" "303 bob"
  imports '{"id":"101","handle":"alice"}' '{"id":"303","handle":"bob"}'
  exits 0 plan obama --policy policy.json --json
  jq -e '.scheduled == 2' <<<"$output"
  imports '{"id":"202","handle":"alice"}'
  exits 0 keep obama 202
  exits 0 run obama "${BURST[@]}" --log-level info
  has "$stderr" "event=held" "winnow fetch"
  equal "$(following github)" 202
  stands '.progress.protected == 1 and .progress.unfollowed == 1'
  balanced
}

@test "a whole fetch updates what a frozen plan sends: who is gone, and whose login it is now" {
  on_github "202 alice" "303 robert"
  imports '{"id":"101","handle":"alice"}' '{"id":"202","handle":"alice2"}' '{"id":"303","handle":"bob"}'
  exits 0 keep obama 202
  exits 0 plan obama --policy policy.json --json
  jq -e '.scheduled == 2' <<<"$output"
  exits 0 fetch obama --json
  jq -e '.evidence[0].state == "complete"' <<<"$output"
  exits 0 explain obama 101
  has "$output" "held" "does not have it"
  exits 0 run obama "${BURST[@]}"
  equal "$(following github)" 202
  stands '.progress.protected == 1 and .progress.unfollowed == 1'
  exits 0 plan obama --json
  jq -e '.scheduled == 0' <<<"$output"
  equal "$(deleted)" 1 "requests to unfollow"
}

@test "one login that can be none holds that followee, and the run goes on" {
  on_github "101 alice" "303 bob"
  imports '{"id":"101","handle":"alice"}' '{"id":"303","handle":"bob"}'
  exits 0 plan obama --policy policy.json
  imports '{"id":"101","handle":"no such"}'
  exits 0 run obama "${BURST[@]}"
  stands '.progress.remaining == 0'
  [ "$(following github | grep -c 303)" -eq 0 ]
}

@test "a handle noted on the keep list is resolved by the fetch that tells its id" {
  local platform
  for platform in mastodon github bluesky; do
    start_sim --follows 30 --limits off
    campaign "$platform"
    case $platform in
      mastodon) who=@USER7@social.example ;;
      bluesky) who=@user7.SIM.test ;;
      *) who=@User7 ;;
    esac
    exits 0 keep obama --note "$who"
    stands '.keep_list == 0 and .keep_noted == 1'
    exits 0 fetch obama --yes
    # the list of Bluesky has no handles; profiles have
    [ "$platform" != bluesky ] || exits 0 fetch obama --only profiles
    stands '.keep_list == 1 and .keep_noted == 0'
    echo '{"keep":[],"undecided":"schedule"}' >policy.json
    exits 0 plan obama --policy policy.json --json
    jq -e '.scheduled == 29 and .kept == 1' <<<"$output"
    stop_sim
    rm -rf "$WINNOW_STATE"
  done
}

@test "login takes a handle of the campaign's server in every way to write it, and no other" {
  local account
  start_sim --follows 3 --limits off --handle me
  for account in me @me ME "me@127.0.0.1:$PORT"; do
    "$WINNOW" new obama --platform mastodon --account "$account" --server "$SERVER" 2>new.err
    PLATFORM=mastodon login
    rm -rf "$WINNOW_STATE"
  done
  "$WINNOW" new obama --platform mastodon --account me@far.example --server "$SERVER" 2>new.err
  run ! env PLATFORM=mastodon "$WINNOW" login obama --token-stdin <<<sim-token
  stop_sim
  # a server that tells the whole handle, with a host that its address does not have
  start_sim --follows 3 --limits off --handle ME@social.example
  rm -rf "$WINNOW_STATE"
  for account in me "me@127.0.0.1:$PORT" Me@social.example; do
    "$WINNOW" new obama --platform mastodon --account "$account" --server "$SERVER" 2>new.err
    PLATFORM=mastodon login
    rm -rf "$WINNOW_STATE"
  done
}
