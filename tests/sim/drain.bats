#!/usr/bin/env bats
# The whole job on every platform: new, login, fetch or import, plan, run to the end. The server's own
# books must agree with winnow's.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# drained PLATFORM BUDGET...: 168 followees of the server, 14 of them on the keep list, drained
drained() {
  local platform=$1
  shift
  campaign "$platform"
  exits 0 fetch obama --only following --yes
  "$WINNOW" keep obama --file keep >keep.out 2>&1
  exits 0 plan obama --policy policy.json
  stands '.plan | .followees == 168 and .kept == 14'
  local scheduled
  scheduled=$(field plan.scheduled)
  exits 0 run obama --yes --pace burst "$@"

  LC_ALL=C sort keep >want
  following "$platform" | diff -u want -
  audited '.protected_touched == 0' '.duplicate_sends == 0' '.rejected_429 == 0' "$limits_kept" \
    ".unfollows_sent == $scheduled" ".unfollows_applied == $scheduled" '.already_gone == 0'
  stands '.state == "done"' '.reason == null' '.pid == null' '.waiting == null' \
    ".progress == {unfollowed: $scheduled, already_gone: 0, target_gone: 0, protected: 0, refused: 0,
      in_doubt: 0, remaining: 0, retrying: 0, requests: $(audit .writes)}"
  balanced
  equal "$(journal 'map(select(.outcome == "unfollowed")) | length')" "$scheduled" "records"
  # The same command has nothing more to do.
  exits 0 run obama --yes
  audited ".unfollows_sent == $scheduled"
}

# kept PLATFORM: the simulator's ids of every twelfth followee, into the file "keep"
kept() { following "$1" | awk 'NR % 12 == 0' >keep; }

# keeping PLATFORM OPTION...: a simulator that watches over those in "keep"; ids are computed, so that
# a first one can name them
keeping() {
  local platform=$1
  shift
  start_sim --follows 168 "$@"
  kept "$platform"
  stop_sim
  start_sim --follows 168 --protected keep "$@"
}

@test "X" {
  keeping x --limit x/unfollow=100/1s --limit x/unfollow-day=off
  drained x --budget unfollow/15m=100/1s --budget unfollow/1d=off
  stands '.cost | .currency == "USD" and .spent == .total and .spent_on.unfollows == 1.54'
}

@test "X: an imported roster, and the order of the schedule" {
  start_sim --follows 300 --limit x/unfollow=100/1s --limit x/unfollow-day=off
  planned 300 60
  exits 0 show obama --json --head 240
  jq -r '.entries[].id' <<<"$output" >order
  exits 0 run obama "${UNBOUND[@]}" --budget unfollow/15m=100/1s --connections 1
  requests | awk '$4 == "unfollow" { print $5 }' | diff order -
  x_ids 240 299 | LC_ALL=C sort >want
  following x | diff want -
  audited '.unfollows_applied == 240' '.duplicate_sends == 0' '.rejected_429 == 0' "$limits_kept"
  balanced
}

@test "Mastodon" {
  keeping mastodon --limit mastodon/token=100/1s --limit mastodon/all=off
  drained mastodon --budget requests/5m=100/1s
}

@test "Bluesky: batches, and followees with two records" {
  start_sim --follows 168 --duplicates 30
  kept bluesky
  stop_sim
  start_sim --follows 168 --duplicates 30 --protected keep --limit bluesky/points-hour=100/1s
  drained bluesky --budget points/1h=100/1s
  audited '.writes < 20' '.still_recorded < 50'
}

@test "GitHub" {
  keeping github --limit github/write=100/1s --limit github/write-hour=off
  drained github --budget writes/8s=100/1s
}

@test "GoToSocial" {
  keeping mastodon --flavour gotosocial --limit mastodon/all=100/1s
  drained mastodon --budget requests/5m=100/1s
}

@test "Pleroma" {
  keeping mastodon --flavour pleroma --limit mastodon/relation=100/1s
  drained mastodon --budget requests/5m=100/1s
}

@test "Pixelfed" {
  keeping mastodon --flavour pixelfed --limit mastodon/all=100/1s
  drained mastodon --budget requests/5m=100/1s
}

@test "snac" {
  keeping mastodon --flavour snac
  drained mastodon --budget requests/5m=100/1s
}

@test "who is gone already: counted as such, where the platform tells" {
  start_sim --follows 40 --limits off
  campaign bluesky
  exits 0 fetch obama --only following --yes
  exits 0 plan obama --policy policy.json
  local did
  for did in $(following bluesky | head -n 5); do
    control unfollow "{\"platform\":\"bluesky\",\"id\":\"$did\"}"
  done
  exits 0 run obama --yes --pace burst
  stands '.state == "done"' '.progress | .unfollowed == 35 and .already_gone == 5'
  audited '.unfollows_applied == 35' '.drifted == 5' '.still_followed.bluesky == 0'
  balanced
}
