#!/usr/bin/env bats
# What winnow books against the bill that X would send. The simulator counts what stands in its answers
# and knows nothing of what was booked.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # set by the helper and by "run", anew in each test
load helper

# Millionths of a dollar, by each side.
billed() { audit .bill.micro; }
booked() { "$WINNOW" --json status obama 2>/dev/null | jq '.campaigns[0].cost.spent * 1000000 | round'; }
agree() { [ "$(booked)" = "$(billed)" ] || { echo "$1: booked $(booked), billed $(billed): $(audit .bill)"; return 1; }; }

@test "X's bill is what was booked, to the cent, after each command" {
  start_sim --follows 1000 --limits off
  campaign x
  agree login
  printf 'handle\nuser3\nuser7\nnobody\n' >some.csv
  exits 0 import obama some.csv
  for set in following followers lists interactions; do
    exits 0 fetch obama --max-cost 100 --only "$set"
    agree "$set"
  done
  exits 0 fetch obama --yes --restart
  agree "the list once more"
  printf '{"keep":[],"undecided":"schedule"}\n' >policy.json
  exits 0 plan obama --policy policy.json
  exits 6 run obama "${UNBOUND[@]}" --precheck always --max-actions 40
  agree run
  exits 0 verify obama --sample 10 --yes
  agree verify
}

@test "what the first login counted under a handle counts under the id that it told" {
  start_sim --follows 5 --limits off
  "$WINNOW" new obama --platform x --account @sim --server "$SERVER" 2>new.err
  login
  stands '.account == "813286"' '.budgets[] | select(.name == "whoami/15m") | .used == 1' '.cost.spent == 0.01'
}
