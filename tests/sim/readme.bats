#!/usr/bin/env bats
# The README's transcripts are what winnow says: each is run again and compared.
# After a change of words: tests/sim/readme-update makes them anew.

# shellcheck disable=SC2030,SC2031,SC2154 # set by the helper and by "run", anew in each test
load helper

README=$BATS_TEST_DIRNAME/../../README.md

check() {
  command -v python3 >/dev/null || skip "python3 is not installed"
  run --separate-stderr "$BATS_TEST_DIRNAME/readme-update" --check --only "$@"
}

same() {
  check "$1" "$README"
  [ "$status" -eq 0 ] || { echo "$stderr"; return 1; }
}

@test "the README's journey with an X archive" { same x; }
@test "the README's journey on Mastodon" { same mastodon; }
@test "the README's journey on Bluesky" { same bluesky; }

@test "a transcript that says otherwise is told, and how; ports, digests and times are not looked at" {
  sed -E 's/127\.0\.0\.1:[0-9]+/127.0.0.1:9/; s/20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{5} UTC/2031-01-02 03:04 UTC/' "$README" >other.md
  run -1 cmp -s "$README" other.md
  check mastodon other.md
  [ "$status" -eq 0 ] || { echo "$stderr"; return 1; }
  sed -E 's/^(You follow )[0-9,]+/\14/' "$README" >wrong.md
  check mastodon wrong.md
  [ "$status" -eq 1 ]
  has "$stderr" "-You follow 4 accounts." "+You follow 585 accounts." "readme-update makes it anew"
  sed '/^masto: /d' "$README" >short.md
  check mastodon short.md
  [ "$status" -eq 1 ]
  grep -v 'transcript mastodon' "$README" >none.md
  check mastodon none.md
  [ "$status" -eq 1 ]
  has "$stderr" "has no block <!-- transcript mastodon -->"
}
