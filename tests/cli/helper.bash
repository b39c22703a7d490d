# What every test of the command line stands on: the binary in $WINNOW, a state directory of the
# test's own, one time zone, and rosters made here.

bats_require_minimum_version 1.5.0

setup() {
  : "${WINNOW:=$BATS_TEST_DIRNAME/../../build/dev/winnow}"
  export WINNOW
  export WINNOW_STATE="$BATS_TEST_TMPDIR/state" TZ=UTC TERM=xterm
  unset NO_COLOR XDG_STATE_HOME
  cd "$BATS_TEST_TMPDIR" || return 1
}

# winnow ARGS...: sets $status, $output (stdout) and $stderr
winnow() {
  run --separate-stderr "$WINNOW" "$@"
}

# refused CODE BEGIN ARGS...: exit code CODE, nothing on stdout, and one line on stderr that
# begins with "winnow: BEGIN"
refused() {
  local code=$1 begin="winnow: $2"
  shift 2
  winnow "$@" </dev/null
  if [ "$status" -ne "$code" ] || [ -n "$output" ] || [ "${stderr:0:${#begin}}" != "$begin" ] ||
    [ "${#stderr_lines[@]}" -ne 1 ]; then
    printf 'winnow %s\n' "$*"
    printf 'expected: exit %s, stderr: %s...\n' "$code" "$begin"
    printf 'got:      exit %s, stderr: %s\n' "$status" "$stderr"
    printf 'stdout:   %s\n' "$output"
    return 1
  fi
}

# A campaign on a server that is never asked.
campaign() {
  "$WINNOW" new obama --platform x --account 813286 2>/dev/null
}

# roster FILE: 40 followees. Ids 1 to 10 follow back and talk, 11 to 40 do not; id 12 is dead.
roster() {
  local i
  for i in $(seq 1 40); do
    local talks=false count=0 dead=false
    [ "$i" -le 10 ] && talks=true count=3
    [ "$i" -eq 12 ] && dead=true
    printf '{"id":"%d","handle":"user%d","name":"User %d","bio":"about %d","lang":"en",' \
      "$i" "$i" "$i" "$i"
    printf '"followers":%d,"following":20,"posts":%d,"created_at":"2010-01-01T00:00:00Z",' \
      "$((i * 10))" "$((i * 100))"
    printf '"followed_at":"2015-01-01T00:00:00Z","last_post_at":"2020-01-01T00:00:00Z",'
    printf '"follows_me":%s,"verified":false,"bot":false,"protected":false,"suspended":%s,' \
      "$talks" "$dead"
    printf '"deleted":false,"moved":false,"default_avatar":false,"lists":[],"interactions":%d,' \
      "$count"
    printf '"last_interaction_at":"2019-01-01T00:00:00Z"}\n'
  done >"$1"
}

# A policy that every followee of `roster` can be judged by.
policy() {
  printf '%s\n' '{"keep":["follows_me and interactions > 0"],"first":["suspended"],' \
    '"score":{"days_silent":1.0,"interactions":-5.0},"undecided":"hold"}' >"$1"
}

# A campaign with a roster and a plan.
planned() {
  campaign
  roster roster.jsonl
  policy policy.json
  "$WINNOW" import obama roster.jsonl >/dev/null 2>&1
  "$WINNOW" plan obama --policy policy.json --now 2026-01-01 >/dev/null 2>&1
}

# json FILTER...: $output is a document of version 1 and FILTER (jq) is true of it
json() {
  jq -e '.version == 1' <<<"$output" >/dev/null || { printf 'no document: %s\n' "$output"; return 1; }
  [ "${output:0:12}" = '{"version":1' ] || { printf 'begins wrong: %s\n' "$output"; return 1; }
  local filter
  for filter in "$@"; do
    jq -e "$filter" <<<"$output" >/dev/null || { printf 'not so: %s\n%s\n' "$filter" "$output"; return 1; }
  done
}

# in_terminal COMMAND: run a shell command with a terminal of 80 columns; sets $status, $output
in_terminal() {
  run script -qec "stty cols 80; $1" /dev/null
}
