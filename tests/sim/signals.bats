#!/usr/bin/env bats
# Whoever sits at the terminal, and whoever sits at another one: signals, pause and resume, the keep
# list, a second worker, a new plan, and the caps of the user's own.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# A request that takes long is in flight, on each of two connections.
in_flight() {
  start_sim --follows 40 --limits off --fault slow=1000 --slow "$1"
  planned 40 0
  start run obama "${UNBOUND[@]}" --connections 2
  within 10 sent_at_least 2
}

gently() {
  in_flight 700ms
  kill "-$1" "$RUN"
  ends 3
  says "$ERR" "run the same command to go on"
  audited '.unfollows_sent == .unfollows_applied' '.unfollows_applied >= 2'
  stands '.state == "stopped"' '.pid == null' \
    ".progress | .unfollowed == $(audit .unfollows_applied) and .retrying == 0 and .in_doubt == 0"
  equal "$(journal 'map(select(.outcome == "in_doubt")) | length')" 0 "in doubt"
  balanced
}

at_once() {
  in_flight 20s
  kill "-$1" "$RUN"
  # It waits for the answers, and sends nothing new.
  within 10 stopping
  kill "-$1" "$RUN"
  ends 3 3
  says "$ERR" "left at once"
  audited '.unfollows_sent == 2'
  stands '.pid == null' '.progress | .unfollowed == 0 and .remaining == 40'
  control fault '{"clear":true}'
  exits 0 run obama "${UNBOUND[@]}"
  has "$stderr" "event=in_doubt campaign=obama entries=2"
  audited '.unfollows_applied == 40'
  balanced
}

# The first signal was taken: the mask in /proc of those that are pending is empty.
stopping() { grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$RUN/status"; }

@test "the first SIGINT finishes what is in flight" {
  gently INT
}

@test "the first SIGTERM finishes what is in flight" {
  gently TERM
}

@test "the first SIGHUP finishes what is in flight: the terminal was closed" {
  gently HUP
}

@test "nohup keeps a worker going after its terminal" {
  start_sim --follows 30 --limits off
  planned 30 0
  ERR=nohup.err
  nohup "$WINNOW" run obama --yes --budget unfollow/15m=10/1s --budget unfollow/1d=off \
    </dev/null >nohup.out 2>"$ERR" 3>&- &
  RUN=$!
  PIDS+=("$RUN")
  within 10 sent_at_least 5
  kill -HUP "$RUN"
  ends 0
}

@test "the second SIGINT leaves at once" {
  at_once INT
}

@test "the second SIGTERM leaves at once" {
  at_once TERM
}

@test "SIGUSR1 prints where it stands, and the run goes on" {
  start_sim --follows 60 --limits off
  planned 60 0
  start run obama --yes --budget unfollow/15m=20/1s --budget unfollow/1d=off
  within 10 sent_at_least 5
  kill -USR1 "$RUN"
  within 5 says "$ERR" '^winnow: obama'
  local line
  line=$(grep '^winnow: obama' "$ERR")
  has "$line" " of 60"
  ends 0
  equal "$(grep -c '^winnow: obama' "$ERR")" 1 "status lines"
  audited '.unfollows_applied == 60'
}

@test "pause and resume from another terminal" {
  start_sim --follows 80 --limits off
  planned 80 0
  start run obama --yes --budget unfollow/15m=40/1s --budget unfollow/1d=off
  within 10 sent_at_least 10
  exits 0 pause obama
  within 5 is_state paused
  local sent poll
  sent=$(audit .unfollows_sent)
  # Twenty looks take far longer than the twenty-fifth of a second between two requests.
  for poll in {1..20}; do
    stands '.state == "paused"' ".pid == $RUN" '.progress | .remaining > 0 and .retrying == 0'
    equal "$(audit .unfollows_sent)" "$sent" "sent while paused, at look $poll"
  done
  exits 0 resume obama
  has "$stderr" "process $RUN"
  ends 0
  stands '.state == "done"' '.progress.unfollowed == 80'
  audited '.unfollows_applied == 80' '.duplicate_sends == 0'
}

@test "paused before the start: the worker waits, and goes on at resume" {
  start_sim --follows 20 --limits off
  planned 20 0
  exits 0 pause obama
  stands '.state == "paused"' '.pid == null'
  start run obama "${UNBOUND[@]}"
  works() { stands '.state == "paused"' ".pid == $RUN" >/dev/null; }
  within 10 works
  within 10 says "$ERR" event=start
  audited '.unfollows_sent == 0'
  # A signal ends a paused worker; the pause stays.
  kill -INT "$RUN"
  ends 3
  stands '.state == "paused"' '.pid == null'
  start run obama "${UNBOUND[@]}"
  within 10 works
  exits 0 resume obama
  ends 0
  audited '.unfollows_applied == 20'
}

@test "a second worker is refused, naming the first; so are plan and fetch" {
  start_sim --follows 100 --limits off
  planned 100 0
  local digest
  digest=$(field plan.digest)
  start run obama --yes --budget unfollow/15m=20/1s --budget unfollow/1d=off
  within 10 sent_at_least 3
  exits 1 run obama "${UNBOUND[@]}"
  has "$stderr" "obama" "$RUN"
  exits 1 plan obama --max 5
  has "$stderr" "$RUN"
  exits 1 fetch obama --only following --yes
  has "$stderr" "$RUN"
  kill -INT "$RUN"
  ends 3
  stands ".plan.digest == \"$digest\"" '.plan.scheduled == 100'
  audited '.duplicate_sends == 0' '.unfollows_sent < 100'
  balanced
}

@test "put on the keep list while it runs: never sent, settled as protected" {
  start_sim --follows 60 --limits off
  planned 60 0
  start run obama --yes --budget unfollow/15m=40/1s --budget unfollow/1d=off
  within 10 sent_at_least 5
  # the last ten of the schedule, by id and by handle
  "$WINNOW" export obama schedule | jq -r .id | tail -n 10 | LC_ALL=C sort >kept
  exits 0 keep obama --file kept
  has "$output" "10 put on the keep list"
  ends 0
  stands '.state == "done"' '.progress | .unfollowed == 50 and .protected == 10' '.keep_list == 10'
  following | diff kept -
  requests | awk '$4 == "unfollow" { print $5 }' >sent
  equal "$(grep -cxF -f kept sent)" 0 "of those kept were sent"
  equal "$(wc -l <sent)" 50 "sent"
  balanced
}

@test "kept while its try waits: not sent again, settled as protected" {
  start_sim --follows 3 --limits off --fault-at 1=503
  planned 3 0
  start run obama "${UNBOUND[@]}" --connections 1
  doubts() { stands '.progress.in_doubt == 1' >/dev/null; }
  within 10 doubts
  local who
  who=$(requests | awk '$4 == "unfollow" { print $5 }')
  exits 0 keep obama "$who"
  ends 0
  stands '.progress | .unfollowed == 2 and .protected == 1'
  equal "$(following)" "$who"
  equal "$(requests | grep -c "$who")" 1 "requests for who is kept"
}

@test "--max-actions: exit 6, exactly so many, in each run" {
  start_sim --follows 30 --limits off
  planned 30 0
  exits 6 run obama "${UNBOUND[@]}" --max-actions 7
  audited '.unfollows_sent == 7' '.unfollows_applied == 7'
  stands '.state == "stopped"' '.reason | test("--max-actions")' '.progress | .unfollowed == 7 and .remaining == 23'
  exits 6 run obama "${UNBOUND[@]}" --max-actions 13
  audited '.unfollows_applied == 20'
  exits 0 run obama "${UNBOUND[@]}" --max-actions 10
  audited '.unfollows_applied == 30'
  balanced
}

@test "--max-actions counts every request, batches by their entries" {
  start_sim --follows 300 --limits off
  campaign bluesky
  exits 0 fetch obama --only following --yes
  exits 0 plan obama --policy policy.json
  exits 6 run obama --yes --pace burst --max-actions 250
  audited '.unfollows_applied == 250'
  stands '.progress | .unfollowed == 250 and .remaining == 50'
}

@test "--max-cost: exit 6 before more is spent, over all runs" {
  start_sim --follows 30 --limits off
  planned 30 0
  exits 6 run obama "${UNBOUND[@]}" --max-cost 0.115
  audited '.unfollows_sent == 10'
  # The login's cent is part of it.
  stands '.cost.spent == 0.11 and .cost.spent_on.unfollows == 0.1' '.progress.unfollowed == 10'
  # The money is the campaign's: another run may not spend it again.
  exits 6 run obama "${UNBOUND[@]}" --max-cost 0.115
  audited '.unfollows_sent == 10'
  exits 6 run obama "${UNBOUND[@]}" --max-cost 0.13
  audited '.unfollows_sent == 12'
  balanced
}

@test "--max-cost holds over a kill: what was in flight counts as spent" {
  start_sim --follows 30 --limits off --fault slow=1000 --slow 3s
  planned 30 0
  start run obama "${UNBOUND[@]}" --max-cost 0.11
  within 10 sent_at_least 2
  killed
  control fault '{"clear":true}'
  exits 6 run obama "${UNBOUND[@]}" --max-cost 0.11
  audited '.unfollows_sent == 10'
  stands '.cost.spent == 0.11'
}

@test "--until: exit 6 when the time has come, with nothing in flight" {
  start_sim --follows 200 --limits off
  planned 200 0
  exits 6 run obama --yes --budget unfollow/15m=20/1s --budget unfollow/1d=off --until 1s
  has "$stderr" "--until"
  stands '.state == "stopped"' '.progress | .retrying == 0 and .in_doubt == 0 and .remaining > 150' \
    ".progress.unfollowed == $(audit .unfollows_applied)"
  audited '.unfollows_sent >= 5' '.unfollows_sent <= 25'
  balanced
}

@test "--per-day: no more than that, not by another run, not after a kill" {
  start_sim --follows 30 --limits off
  planned 30 0
  start run obama "${UNBOUND[@]}" --per-day 8
  within 10 is_state waiting
  audited '.unfollows_sent == 8'
  stands '.waiting.reason == "user/1d is full"' '(.waiting.until | fromdateiso8601) - now | . > 86000' \
    '.progress.unfollowed == 8'
  killed
  start run obama "${UNBOUND[@]}" --per-day 8
  within 10 says "$ERR" event=start
  within 10 is_state waiting
  kill -INT "$RUN"
  ends 3
  audited '.unfollows_sent == 8'
}

@test "the plan changed while the number was typed: refused, nothing sent" {
  command -v script >/dev/null || skip "script is not installed"
  start_sim --follows 20 --limits off
  planned 20 0
  mkfifo keys
  script -qefc "'$WINNOW' run obama --pace burst --budget unfollow/1d=off" typescript \
    <keys >terminal 2>&1 3>&- &
  local terminal=$!
  PIDS+=("$terminal")
  exec 7>keys
  within 10 says terminal "Type the number"
  exits 0 plan obama --now 2026-01-01 --seed 5 --max 20
  exits 0 plan obama --max 19
  exits 0 plan obama --max 20 --seed 9
  printf '20\n' >&7
  within 20 gone "$terminal"
  exec 7>&-
  local code=0
  wait "$terminal" || code=$?
  equal "$code" 2 "exit code"
  says terminal "which you agreed to"
  audited '.unfollows_sent == 0'
}

@test "the number typed right: it begins; typed wrong: nothing is sent" {
  command -v script >/dev/null || skip "script is not installed"
  start_sim --follows 20 --limits off
  planned 20 0
  local answer code
  for answer in 19 20; do
    mkfifo "keys$answer"
    script -qefc "'$WINNOW' run obama --pace burst" typescript \
      <"keys$answer" >"terminal$answer" 2>&1 3>&- &
    local terminal=$!
    PIDS+=("$terminal")
    exec 7>"keys$answer"
    within 10 says "terminal$answer" "Type the number"
    printf '%s\n' "$answer" >&7
    within 20 gone "$terminal"
    exec 7>&-
    code=0
    wait "$terminal" || code=$?
    if [ "$answer" = 19 ]; then
      equal "$code" 2 "exit code"
      audited '.unfollows_sent == 0'
    else
      equal "$code" 0 "exit code"
      audited '.unfollows_applied == 20'
    fi
  done
}
