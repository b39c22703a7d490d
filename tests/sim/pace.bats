#!/usr/bin/env bats
# Budgets and pace, by the server's clock: even and burst, several budgets at once, restarts, and limits
# that are lower than what winnow was told.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# times: when each unfollow arrived, in ms, in order
times() { requests | awk '$4 == "unfollow" { print $1 }' | sort -n; }

# busiest MS: the most that arrived in any stretch of that length
busiest() {
  times | awk -v span="$1" '
    { at[NR] = $1; while (at[NR] - at[first + 1] >= span) first++; if (NR - first > most) most = NR - first }
    END { print most + 0 }'
}

# middle_gap: the median of the gaps between arrivals, in ms
middle_gap() {
  times | awk 'NR > 1 { print $1 - before } { before = $1 }' | sort -n |
    awk '{ gap[NR] = $1 } END { print int(gap[int((NR + 1) / 2)] + 0.5) }'
}

between() {
  if [ "$1" -lt "$2" ] || [ "$1" -gt "$3" ]; then
    echo "$1 is not within $2 and $3: ${4:-}"
    return 1
  fi
}

limit_of() { audit ".limits[] | select(.name == \"$1\") | .$2"; }

@test "even pace spreads a window; burst uses it as it opens" {
  start_sim --follows 30 --limit x/unfollow=20/2s:sliding --limit x/unfollow-day=off
  planned 30 0
  exits 0 run obama --yes --budget unfollow/15m=20/2s --budget unfollow/1d=off
  local gap
  gap=$(middle_gap)
  between "$gap" 80 130 "median gap at even pace"
  # A quarter of the window has a quarter of its requests, and not much more.
  between "$(busiest 500)" 4 7 "in a quarter of the window"
  audited "$limits_kept" '.rejected_429 == 0' '.unfollows_applied == 30'

  start_sim --follows 30 --limit x/unfollow=20/2s:sliding --limit x/unfollow-day=off
  rm -rf "$WINNOW_STATE"
  planned 30 0
  exits 0 run obama --yes --pace burst --budget unfollow/15m=20/2s --budget unfollow/1d=off
  equal "$(busiest 500)" 20 "in a quarter of the window"
  [ $((5 * $(middle_gap))) -lt "$gap" ]
  audited "$limits_kept" '.rejected_429 == 0' '.unfollows_applied == 30'
}

@test "a window is used to the full, and never more" {
  start_sim --follows 150 --limit x/unfollow=50/500ms:sliding --limit x/unfollow-day=off
  planned 150 0
  exits 0 run obama "${HALF_SECOND[@]}"
  audited "$limits_kept" '.rejected_429 == 0'
  equal "$(limit_of x/unfollow max_in_any_window)" 50 "in the fullest window"
}

@test "several budgets at once: the tightest rules" {
  start_sim --follows 40 --limit x/unfollow=10/500ms:sliding --limit x/unfollow-day=20/4s:sliding
  planned 40 0
  start run obama --yes --pace burst --budget unfollow/15m=10/500ms --budget unfollow/1d=20/4s \
    --connections 1
  tight() { stands '.waiting.reason | startswith("unfollow/1d is ")' '.waiting.until != null' >/dev/null 2>&1; }
  within 10 tight
  stands '[.budgets[] | select(.name == ("unfollow/15m", "unfollow/1d")) | [.limit, .period_s]] == [[10, 0.5], [20, 4]]'
  ends 0
  audited "$limits_kept" '.rejected_429 == 0' '.unfollows_applied == 40'
  equal "$(limit_of x/unfollow max_in_any_window)" 10
  equal "$(limit_of x/unfollow-day max_in_any_window)" 20
}

@test "restarts never burst: stopped and started again, at both paces" {
  local pace
  for pace in burst even; do
    start_sim --follows 30 --limit x/unfollow=20/2s:sliding --limit x/unfollow-day=off
    rm -rf "$WINNOW_STATE"
    planned 30 0
    local run=(run obama --yes --pace "$pace" --budget unfollow/15m=20/2s --budget unfollow/1d=off) at
    for at in 5 12 20; do
      start "${run[@]}"
      within 10 says "$ERR" event=start
      within 10 sent_at_least "$at"
      kill -INT "$RUN"
      ends 3
    done
    exits 0 "${run[@]}"
    audited "$limits_kept" '.rejected_429 == 0' '.unfollows_applied == 30'
    [ "$pace" = burst ] || between "$(busiest 500)" 1 7 "in a quarter of the window"
  done
}

@test "another pace, another budget: what was spent before still counts" {
  start_sim --follows 25 --limit x/unfollow=10/1s:sliding --limit x/unfollow-day=off
  planned 25 0
  exits 6 run obama --yes --pace burst --budget unfollow/15m=10/1s --budget unfollow/1d=off --max-actions 10
  # A window twice as long, half of it; then the old one again.
  exits 6 run obama --yes --budget unfollow/15m=10/2s --budget unfollow/1d=off --max-actions 5
  exits 0 run obama --yes --pace burst --budget unfollow/15m=10/1s --budget unfollow/1d=off
  audited "$limits_kept" '.rejected_429 == 0' '.unfollows_applied == 25'
}

@test "a lower limit than told is adopted from the headers" {
  local kind
  for kind in first aligned; do
    start_sim --follows 25 --limit "x/unfollow=10/2s:$kind" --limit x/unfollow-day=off
    rm -rf "$WINNOW_STATE"
    planned 25 0
    exits 0 run obama --yes --pace burst --budget unfollow/15m=50/1s --budget unfollow/1d=off
    audited '.unfollows_applied == 25' '.rejected_429 == 0' '.limits[0].exceeded_server == false'
  done
}

@test "a limit that falls while it runs is believed, and told as the reason" {
  start_sim --follows 60 --limit x/unfollow=1000/15m --limit x/unfollow-day=off
  planned 60 0
  start run obama --yes --pace burst --budget unfollow/15m=20/1s --budget unfollow/1d=off
  within 10 sent_at_least 20
  control limit '{"set":"x/unfollow=5/15m"}'
  heeds() { stands '.state == "waiting"' '(.waiting.until | fromdateiso8601) - now | . > 600' >/dev/null; }
  within 10 heeds
  stands '.waiting.reason | IN("unfollow/15m is used up, says the platform", "the platform asked to wait (unfollow/15m)")'
  # The one that was refused, at most.
  audited '.rejected_429 <= 2'
  local sent
  sent=$(audit .unfollows_sent)
  killed
  # It is believed by the next run as well.
  start run obama --yes --pace burst --budget unfollow/15m=20/1s --budget unfollow/1d=off
  within 10 says "$ERR" event=start
  within 10 heeds
  audited ".unfollows_sent == $sent"
}

@test "quiet hours: nothing leaves, and status says why and until when" {
  local from to
  start_sim --follows 60 --limits off
  planned 60 0
  from=$(date -u -d "1 hour ago" +%H:%M)
  to=$(date -u -d "2 hours" +%H:%M)
  start run obama --yes --quiet "$from-$to" --budget unfollow/15m=off --budget unfollow/1d=off
  within 10 is_state waiting
  stands '.waiting.reason == "the quiet hours that you set"' \
    "(.waiting.until | fromdateiso8601) - now | . > 6900 and . <= 7200"
  audited '.unfollows_sent == 0'
  kill -INT "$RUN"
  ends 3
  # Out of the hours it goes on.
  exits 0 run obama --yes --quiet "$to-$from" --budget unfollow/15m=off --budget unfollow/1d=off
  audited '.unfollows_applied == 60'
}

@test "a forecast is what then happens: the same number of windows, and no request" {
  start_sim --follows 60 --limits off
  planned 60 0
  exits 0 --json forecast obama --budget unfollow/15m=20/1s --budget unfollow/1d=off
  audited '.requests == 1' # the login
  local seconds
  jq -e '.remaining == 60 and .burst.settled == 60 and .burst.requests == 60 and .even.capped == false
    and .burst.gone[0].unfollowed == 60 and .even.cost == 0.6 and .burst.waits == 0' <<<"$output"
  seconds=$(jq '(.burst.finish | fromdateiso8601) - (.from | fromdateiso8601)' <<<"$output")
  [ "$seconds" -ge 2 ] && [ "$seconds" -le 18 ]
  exits 6 run obama "${UNBOUND[@]}" --max-actions 25
  exits 0 --json forecast obama
  jq -e '.remaining == 35' <<<"$output"
  exits 0 --json forecast obama --max-actions 10
  jq -e '.even.capped and .even.settled == 10 and (.even.reason | contains("--max-actions"))' <<<"$output"
  exits 0 --json forecast obama --faults --seed 4
  jq -e '(.faults | length) == 9 and ([.faults[].settled] | unique == [35])
    and ([.faults[].finish] | . == sort)' <<<"$output"
}

@test "a budget that was off, or shorter, counts what was sent meanwhile once it is on again" {
  start_sim --follows 60 --limits off
  planned 60 0
  exits 6 run obama "${UNBOUND[@]}" --max-actions 25
  start run obama --yes --pace burst --budget unfollow/15m=30/1h --budget unfollow/1d=off
  within 10 sent_at_least 30
  within 10 is_state waiting
  stands '.budgets[0] | .name == "unfollow/15m" and .used == 30'
  kill -INT "$RUN"
  ends 3
  audited '.unfollows_sent == 30'
  exits 0 verify obama --json
  jq -e '.mismatches == 0 and .budgets >= 2' <<<"$output"
}
