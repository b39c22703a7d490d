#!/usr/bin/env bats
# SIGKILL at any moment: the same command goes on, nothing is lost, nothing is counted twice, and no
# window is exceeded over all lives of the campaign.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# Journal, counters and server agree after crashes: each request had its intent, and what was asked
# twice was in doubt between.
agree() {
  local scheduled=$1 doubts sent
  doubts=$(journal 'map(select(.outcome == "in_doubt")) | length')
  sent=$(audit .unfollows_sent)
  stands '.state == "done"' '.progress | .in_doubt == 0 and .retrying == 0 and .remaining == 0'
  audited ".unfollows_applied == $scheduled" ".unfollows_sent <= $scheduled + $doubts" \
    '.protected_touched == 0' '.rejected_429 == 0' "$limits_kept" ".duplicate_sends <= $doubts"
  # No more left than was written down before; a kill comes between the two at times.
  equal "$(journal 'map(select(.kind == "intent")) | length >= '"$sent")" true "intents for $sent sent"
  equal "$(journal '[.[] | select(.outcome == ("unfollowed", "already_gone")) | .id] | length, (unique | length)' | xargs)" \
    "$scheduled $scheduled" "records and ids"
  balanced
}

@test "ten kills in one campaign" {
  x_ids 340 359 >protected
  start_sim --follows 360 --protected protected --limit x/unfollow=50/500ms:sliding \
    --limit x/unfollow-day=off --fault slow=100 --slow 150ms
  planned 360 20
  local at lives=0
  for at in 1 2 20 49 50 51 99 130 200 260; do
    start run obama "${HALF_SECOND[@]}"
    within 20 sent_at_least "$at"
    killed
    lives=$((lives + 1))
    stands '.state == "idle"' '.pid == null' '.waiting == null' \
      '.reason | startswith("the last worker ended without a word")' \
      '.progress | .unfollowed + .remaining == 340 and .remaining > 0' \
      ".progress.unfollowed <= $(audit .unfollows_applied)"
    exits 0 verify obama
  done
  equal "$lives" 10
  exits 0 run obama "${HALF_SECOND[@]}"
  agree 340
  LC_ALL=C sort protected | diff - <(following)
}

@test "kills of a campaign of batches" {
  start_sim --follows 400 --duplicates 20 --limit bluesky/points-hour=100/500ms:sliding \
    --fault slow=300 --slow 200ms
  campaign bluesky
  exits 0 fetch obama --only following --yes
  exits 0 plan obama --policy policy.json
  local run=(run obama --yes --pace burst --budget points/1h=100/500ms) at
  for at in 1 120 250; do
    start "${run[@]}"
    within 20 sent_at_least "$at"
    killed
    stands '.state == "idle"' '.progress.remaining > 0'
    exits 0 verify obama
  done
  exits 0 "${run[@]}"
  stands '.state == "done"' '.progress | .unfollowed + .already_gone == 420'
  audited '.unfollows_applied == 420' '.rejected_429 == 0' "$limits_kept" '.still_recorded == 0'
  balanced
}

@test "killed right after the start, again and again" {
  start_sim --follows 60 --limit x/unfollow=50/500ms:sliding --limit x/unfollow-day=off
  planned 60 0
  local life
  for life in 1 2 3 4 5 6 7 8; do
    start run obama "${HALF_SECOND[@]}"
    # as soon as it holds the campaign, in one; as soon as it speaks, in the next
    if [ $((life % 2)) -eq 0 ]; then
      within 10 test -e "$WINNOW_STATE/run/obama.lock"
    else
      within 10 says "$ERR" event=start
    fi
    killed
    exits 0 verify obama
  done
  exits 0 run obama "${HALF_SECOND[@]}"
  agree 60
}

@test "what was in flight is in doubt, said so, and asked again" {
  start_sim --follows 10 --limits off --fault slow=1000 --slow 3s
  planned 10 0
  start run obama "${UNBOUND[@]}" --connections 2
  within 10 sent_at_least 2
  killed
  control fault '{"clear":true}'
  stands '.progress | .unfollowed == 0 and .retrying == 2 and .remaining == 10'
  start run obama "${UNBOUND[@]}"
  ends 0
  says "$ERR" 'event=in_doubt campaign=obama entries=2'
  equal "$(journal 'map(select(.outcome == "in_doubt")) | length')" 2 "in doubt"
  agree 10
}

@test "a fetch killed in the middle goes on at its cursor" {
  start_sim --follows 9000 --limit x/read=2/500ms:sliding --limit x/unfollow=off
  campaign x
  local pages kill
  pages() { requests | awk '$4 == "list"' | wc -l; }
  listed() { [ "$(pages)" -ge "$1" ]; }
  for kill in 2 4 5; do
    start fetch obama --yes --budget read/15m=2/500ms
    within 20 listed "$kill"
    killed
  done
  exits 0 fetch obama --yes --budget read/15m=2/500ms
  # Nine pages of 1,000; of those that a kill met, each may have been asked for once more.
  pages=$(pages)
  [ "$pages" -le 12 ] || { echo "$pages pages asked for"; return 1; }
  stands '.followees == 9000'
  audited '.rejected_429 == 0' "$limits_kept"
  exits 0 plan obama --policy policy.json
  stands '.plan.scheduled == 9000'
}

@test "killed with a full window, restarted at once: the window stays full" {
  start_sim --follows 40 --limit x/unfollow=20/5s:sliding --limit x/unfollow-day=off
  planned 40 0
  local run=(run obama --yes --pace burst --budget unfollow/15m=20/5s --budget unfollow/1d=off)
  start "${run[@]}"
  within 10 sent_at_least 20
  killed
  start "${run[@]}"
  within 10 is_state waiting
  stands '.waiting.reason | startswith("unfollow/15m is ")' '.budgets[0].used == 20'
  audited '.unfollows_sent == 20'
  ends 0
  agree 40
}

@test "killed with the end of a window in flight: what was in flight is spent" {
  # A server without headers on its limits: winnow's own books alone can tell.
  start_sim --follows 12 --flavour pleroma --limit mastodon/relation=5/3s:sliding \
    --fault-at 3=slow --fault-at 4=slow --fault-at 5=slow --slow 2s
  campaign mastodon
  x_ids 0 11 | sed 's/.*/{"id":"&"}/' >roster.jsonl
  exits 0 import obama roster.jsonl
  exits 0 plan obama --policy policy.json
  # Five at once, or four while the login's own request stands in the window.
  local run=(run obama --yes --pace burst --precheck off --budget requests/5m=5/3s)
  start "${run[@]}"
  within 10 sent_at_least 4
  killed
  stands '.progress | .unfollowed == 2 and .requests >= 4 and .retrying == .requests - 2'
  exits 0 "${run[@]}"
  agree 12
}
