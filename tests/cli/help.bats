#!/usr/bin/env bats
# What the program says of itself.

load helper

commands=(new login import fetch policy plan show explain keep run status pause resume forecast verify export doctor)

@test "--version, before and after a command" {
  winnow --version
  [ "$status" -eq 0 ]
  [[ "$output" == "winnow "[0-9]* ]]
  [ -z "$stderr" ]
  local version=$output
  winnow status --version
  [ "$output" = "$version" ]
}

@test "help lists every command, and --help is the same" {
  winnow help
  [ "$status" -eq 0 ]
  local listed=$output name
  for name in "${commands[@]}"; do
    grep -q "^  $name  *[a-z]" <<<"$listed"
  done
  winnow --help
  [ "$output" = "$listed" ]
  winnow -h
  [ "$output" = "$listed" ]
}

@test "every command has its help, by both ways" {
  local name
  for name in "${commands[@]}"; do
    winnow help "$name"
    [ "$status" -eq 0 ]
    [[ "$output" == "usage: winnow $name"* ]]
    local by_help=$output
    winnow "$name" --help
    [ "$status" -eq 0 ]
    [ "$output" = "$by_help" ]
    [ -z "$stderr" ]
  done
}

@test "help needs no state directory and makes none" {
  winnow help run
  winnow run --help
  winnow policy
  [ ! -e "$WINNOW_STATE" ]
}

@test "help fits 80 columns" {
  local name
  for name in "${commands[@]}"; do
    winnow "$name" --help
    # the usage line of a command may be as long as its options
    run awk 'NR > 1 && length($0) > 100 { print; exit 1 }' <<<"$output"
    [ "$status" -eq 0 ]
  done
}

@test "every command and option stands in the manual" {
  local page="$BATS_TEST_DIRNAME/../../docs/man/winnow.1" name option
  for name in "${commands[@]}"; do
    grep -q "^\.SS.*winnow $name" "$page" || { echo "no $name"; return 1; }
    winnow "$name" --help
    for option in $(grep -oE '^  --[a-z-]+' <<<"$output"); do
      grep -q -- "${option//-/\\\\-}" "$page" || { echo "no $option of $name"; return 1; }
    done
  done
}

@test "the help of new and the manual name every platform" {
  winnow new one --platform none --account 1
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"choose one of x, "* ]]
  local name names=${stderr##*choose one of }
  winnow new --help
  for name in ${names//,/}; do
    grep -q "[ |]${name}[ |,]" <<<"$output"
    grep -qw "$name" "$BATS_TEST_DIRNAME/../../docs/man/winnow.1"
  done
}

@test "policy prints JSON" {
  winnow policy
  [ "$status" -eq 0 ]
  jq -e 'has("keep") and has("score")' <<<"$output"
}
