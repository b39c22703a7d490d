#!/usr/bin/env bats
# What happens to the store beside a live worker: moved, removed, its lock files taken away, a disk
# that is full. The worker stops before its next request, and says why.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# A worker in the middle of 300 entries; sets RUN.
draining() {
  start_sim --follows 320 --limit x/unfollow=10/500ms:sliding --limit x/unfollow-day=off
  planned 320 20
  start run obama --yes --pace burst --budget unfollow/15m=10/500ms --budget unfollow/1d=off
  within 20 sent_at_least 15
}

# Nothing more leaves: the worker ended, and what it had sent before is all that came.
ended_at_once() {
  local sent
  sent=$(audit .unfollows_sent)
  ends "$1"
  [ "$(audit .unfollows_sent)" -le $((sent + 12)) ]
  [ "$(audit .unfollows_sent)" -lt 300 ]
}

@test "the state directory is moved beside a worker: it stops, and goes on when it is back" {
  draining
  mv "$WINNOW_STATE" elsewhere
  ended_at_once 1
  has "$(cat "$ERR")" "data.mdb was removed or moved" "nothing more is sent"
  mv elsewhere "$WINNOW_STATE"
  exits 0 run obama "${HALF_SECOND[@]}"
  stands '.state == "done"'
  balanced
}

@test "the state directory is removed beside a worker: it stops" {
  draining
  rm -rf "$WINNOW_STATE"
  ended_at_once 1
  has "$(cat "$ERR")" "was removed or moved" "nothing more is sent"
  [ ! -e "$WINNOW_STATE" ]
}

@test "LMDB's lock file is removed beside a worker: it stops, and the store is whole" {
  draining
  rm "$WINNOW_STATE/store/lock.mdb"
  "$WINNOW" keep obama "$(x_ids 299 299)" >keep.out 2>keep.err || has "$(cat keep.err)" "lock.mdb was removed"
  ended_at_once 1
  has "$(cat "$ERR")" "lock.mdb was"
  exits 0 verify obama
  exits 0 run obama "${HALF_SECOND[@]}"
  balanced
}

@test "a worker's own lock is removed and a new plan made: it sends nothing under the old one" {
  draining
  rm "$WINNOW_STATE/run/obama.lock"
  echo '{"keep":["known(id)"],"undecided":"keep"}' >nobody.json
  local sent
  sent=$(audit .unfollows_sent)
  exits 0 plan obama --policy nobody.json
  ended_at_once 1
  has "$(cat "$ERR")" "taken over campaign obama" "sends nothing more"
  [ "$(audit .unfollows_sent)" -le $((sent + 12)) ]
  exits 0 verify obama
  stands '.plan.scheduled == 0' '.state == "idle"'
}

@test "the disk is full: the worker says so, and status says so afterwards" {
  [ "$(id -u)" -eq 0 ] || skip "needs the right to mount"
  mkdir "$WINNOW_STATE"
  mount -t tmpfs -o size=3m tmpfs "$WINNOW_STATE" 2>/dev/null || skip "needs the right to mount"
  MOUNTED=$WINNOW_STATE
  start_sim --follows 320 --limit x/unfollow=10/500ms:sliding --limit x/unfollow-day=off
  planned 320 20
  start run obama --yes --pace burst --budget unfollow/15m=10/500ms --budget unfollow/1d=off
  within 20 sent_at_least 15
  head -c 4m /dev/zero >"$WINNOW_STATE/filler" 2>/dev/null || true
  ends 1
  has "$(cat "$ERR")" "the disk is full"
  stands '.state == "stopped"' '.pid == null' '.reason | contains("the disk is full")'
  winnow status obama
  has "$output" "the disk is full"
  rm "$WINNOW_STATE/filler"
  exits 0 run obama "${HALF_SECOND[@]}"
  stands '.state == "done"' '.reason == null'
  balanced
}
