#!/usr/bin/env bats
# SIGKILL at moments drawn by chance, many times over one campaign, while the simulator goes on
# running. KILLS says how often (`scripts/kills` says 300); KILLS_SEED draws the same moments again,
# as far as a machine repeats itself.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# A moment of 0 to 0.4 s, more often early than late: a life begins with what a restart has to mend.
moment() {
  local ms=$((RANDOM % 400 * (RANDOM % 400) / 400))
  read -r -t "0.$(printf %03d "$ms")" <> <(:) || true
}

@test "killed at any moment, again and again: journal and server agree" {
  local kills=${KILLS:-25} seed=${KILLS_SEED:-$RANDOM} kill kept=()
  RANDOM=$seed
  echo "# KILLS=$kills KILLS_SEED=$seed" >&3
  local total=$((kills * 20 + 200))
  x_ids "$total" $((total + 49)) >protected
  start_sim --follows $((total + 50)) --protected protected --limit x/unfollow=50/250ms:sliding \
    --limit x/unfollow-day=off --fault slow=20 --slow 100ms --fault 503=5 --fault cut-after=5
  planned $((total + 50)) 50
  local run=(run obama --yes --pace burst --budget unfollow/15m=50/250ms --budget unfollow/1d=off)
  for ((kill = 1; kill <= kills; kill++)); do
    start "${run[@]}"
    moment
    killed
    exits 0 verify obama --json
    [ "$(jq .mismatches <<<"$output")" -eq 0 ]
    if [ $((kill % 10)) -eq 0 ]; then # the last entry that is still to come: kept from now on
      local id
      id=$("$WINNOW" --json show obama --offset $((total - kill)) --head 1 | jq -r '.entries[0].id')
      exits 0 keep obama "$id"
      kept+=("$id")
    fi
  done
  audited ".unfollows_sent > 0"
  control fault "{\"clear\":true}"
  exits 0 "${run[@]}"
  stands '.state == "done"' ".progress.protected <= ${#kept[@]}"
  # Nobody who was kept before their turn came is gone, and nobody else is left.
  { cat protected; printf '%s\n' "${kept[@]}"; } | LC_ALL=C sort >stay
  following >left
  diff stay left
  local doubts
  doubts=$(journal 'map(select(.outcome == "in_doubt")) | length')
  echo "# $kills kills, $(audit .unfollows_sent) requests, $doubts in doubt" >&3
  audited ".unfollows_applied == $((total - ${#kept[@]}))" '.protected_touched == 0' \
    '.rejected_429 == 0' "$limits_kept" ".duplicate_sends <= $doubts"
  balanced
}
