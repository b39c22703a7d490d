#!/usr/bin/env bats
# The made-up people and their judge. A population of eight, made by hand, has answers that can be
# counted on fingers; the generator's own is asked for what it promises.

bats_require_minimum_version 1.5.0

NOW=1793491200 # 2026-11-01
PEOPLE=$BATS_TEST_DIRNAME

setup() {
  DIR=$(mktemp -d)
}

teardown() {
  rm -rf "$DIR"
}

# who ID LABEL KIND JSON: one person more; JSON is what is special about them.
who() {
  jq -nc --arg id "$1" --arg l "$2" --arg kind "$3" --argjson now "$NOW" --argjson more "$4" \
    '{id: $id, ids: {x: $id, github: ("9" + $id)}, label: $l, kind: $kind, now: $now, posts: 100, mutual: false,
      protected: false, suspended: false, deleted: false, moved: false, lists: [], orgs: [], note: "", notify: false,
      endorsed: false, exchanges: [], created_at: ($now - 1001 * 86400), followed_at: ($now - 500 * 86400),
      last_post_at: ($now - 86400)} + $more' >>"$DIR/people.jsonl"
}

ago() { echo $((NOW - $1 * 86400)); }

hand_made() {
  who 1 stay writer "{\"exchanges\":[[\"they\",\"reply\",$(ago 200)]]}"
  who 2 stay friend "{\"mutual\":true,\"exchanges\":[[\"we\",\"message\",$(ago 30)]]}"
  who 3 stay liked "{\"exchanges\":[[\"we\",\"like\",$(ago 20)],[\"we\",\"bookmark\",$(ago 20)]]}"
  who 4 go loud '{"posts":10000}'
  who 5 go quiet '{"posts":1000,"mutual":true}'
  who 6 go asleep "{\"last_post_at\":$(ago 900)}"
  who 7 go gone '{"deleted":true}'
  who 8 open star '{"posts":3000}'
}

# judge ORDER [option...]: ORDER is ids, in order of leaving.
judge() {
  local order=$1
  shift
  tr ' ' '\n' <<<"$order" | jq -Rc 'select(. != "") | {id: .}' >"$DIR/schedule"
  "$PEOPLE/judge" "$DIR" "$DIR/schedule" "$@"
}

# value ORDER FIELDS [option...]
value() {
  local order=$1 fields=$2
  shift 2
  judge "$order" "$@" | jq -c "$fields"
}

@test "counts who was found and who was missed, by kind" {
  hand_made
  [ "$(value '4 6' '[.people, .scheduled, .stay, .go, .go_found, .go_found_share]')" = '[8,2,3,4,2,0.5]' ]
  [ "$(value '4 6' .missed_by_kind)" = '{"gone":1,"quiet":1}' ]
  [ "$(value '8 4 1' '[.open_cut, .stay_cut, .cut_by_kind]')" = '[1,1,{"writer":1}]' ]
  [ "$(value '5 4' .mutual_cut)" = 1 ]
}

@test "knowable is what that evidence tells, and no more" {
  hand_made
  local all='1 2 3'
  [ "$(value "$all" .cut_knowable_by_kind)" = '{"friend":1,"liked":1,"writer":1}' ]
  [ "$(value "$all" .cut_knowable_by_kind --evidence archive)" = '{"friend":1}' ]
  [ "$(value "$all" .cut_knowable_by_kind --evidence archive-bought)" = '{"friend":1,"writer":1}' ]
  # its notifications of 200 days ago are gone; likes, bookmarks and conversations are whole
  [ "$(value "$all" .cut_knowable_by_kind --evidence mastodon)" = '{"friend":1,"liked":1}' ]
  [ "$(value "$all" .cut_knowable_by_kind --evidence bluesky)" = '{"liked":1,"writer":1}' ]
  [ "$(value "$all" .cut_knowable_by_kind --evidence github)" = '{"friend":1,"liked":1}' ]
}

@test "a quote is in one's own posts, but names nobody in an archive; a follow has its day on Bluesky" {
  who 1 stay quoted "{\"exchanges\":[[\"we\",\"quote\",$(ago 20)]]}"
  who 2 stay new "{\"followed_at\":$(ago 3)}"
  who 3 stay listed '{"lists":["choir"]}'
  who 4 stay belled '{"notify":true}'
  who 5 stay locked '{"protected":true,"mutual":true}'
  local all='1 2 3 4 5'
  [ "$(value "$all" '.cut_knowable_by_kind | keys' --evidence archive)" = '[]' ]
  [ "$(value "$all" '.cut_knowable_by_kind | keys' --evidence archive-bought)" = '["listed"]' ]
  [ "$(value "$all" '.cut_knowable_by_kind | keys' --evidence mastodon)" = '["belled","listed","locked","quoted"]' ]
  [ "$(value "$all" '.cut_knowable_by_kind | keys' --evidence bluesky)" = '["listed","new","quoted"]' ]
}

@test "of the mentions that money buys there are 800" {
  local i
  who 1 stay early "{\"exchanges\":[[\"they\",\"mention\",$(ago 300)]]}"
  for i in $(seq 2 9); do
    who "$i" open busy "{\"exchanges\":$(jq -nc --argjson t "$(ago 100)" '[range(100) | ["they", "mention", $t + .]]')}"
  done
  [ "$(value 1 .stay_cut_knowable --evidence archive-bought)" = 0 ]
  sed -i '$d' "$DIR/people.jsonl"
  [ "$(value 1 .stay_cut_knowable --evidence archive-bought)" = 1 ]
}

@test "relief is of the posts of a day that the best tenth would take" {
  hand_made
  [ "$(value '4 5' .relief)" = 1 ]
  [ "$(value '5 4' .relief)" = 0.1 ] # 1 a day instead of 10
  [ "$(value '6 4' .relief)" = 0 ]   # whoever sleeps takes nothing away
  [ "$(value '8 4' .relief)" = 0 ]   # the star is none who should go
}

@test "another goal, other people who should go" {
  hand_made
  [ "$(value '4 5 6 7' '[.go, .go_found, .mutual_cut]' --goal careful)" = '[3,3,1]' ]
  [ "$(value '4 6 7 8' '[.go, .go_found]' --goal one-way)" = '[4,4]' ]
  [ "$(value '6' '[.go, .go_found]' --goal inactive)" = '[1,1]' ]
  [ "$(value '7' '[.go, .go_found]' --goal dead)" = '[1,1]' ]
}

@test "whom the platform takes off the list itself is not to be found there" {
  hand_made
  [ "$(value '94 95 96' '[.people, .go, .go_found]' --evidence github)" = '[7,3,3]' ]
}

@test "a schedule that names nobody, somebody twice, or is no JSON is refused with its line" {
  hand_made
  run -1 judge '4 77'
  [[ "$output" == *"schedule:2: 77 is nobody"* ]]
  run -1 judge '4 94'
  [[ "$output" == *"schedule:2: 94 stands in the schedule twice"* ]]
  echo '{"id"' >"$DIR/schedule"
  run -1 "$PEOPLE/judge" "$DIR" "$DIR/schedule"
  [[ "$output" == *"schedule:1: the line is not JSON"* ]]
  run -2 judge 4 --evidence dreams
}

@test "the same seed makes the same people, another one does not" {
  "$PEOPLE/generate" 400 "$DIR/a" --seed 7
  "$PEOPLE/generate" 400 "$DIR/b" --seed 7
  "$PEOPLE/generate" 400 "$DIR/c" --seed 8
  diff -r "$DIR/a" "$DIR/b"
  run -1 cmp -s "$DIR/a/people.jsonl" "$DIR/c/people.jsonl"
  [ "$(wc -l <"$DIR/a/truth.csv")" = 401 ]
}

@test "whoever must stay has a reason, and who should go has none" {
  "$PEOPLE/generate" 3000 "$DIR"
  # every person of the label stay is tied in a way that some evidence tells
  jq -r .id "$DIR/people.jsonl" | jq -Rc '{id: .}' >"$DIR/schedule"
  local evidence
  for evidence in complete mastodon; do
    "$PEOPLE/judge" "$DIR" "$DIR/schedule" --evidence $evidence | jq -c '.cut_knowable_by_kind | keys[]' >>"$DIR/told"
  done
  jq -c 'select(.label == "stay") | .kind' "$DIR/people.jsonl" | sort -u | diff - <(sort -u "$DIR/told")
  jq -e -n '[inputs | select(.label == "go" and .kind != "spam ring") | select((.exchanges + .lists + .orgs) != [] or .notify or .endorsed or .note != "")] == []' "$DIR/people.jsonl"
  # nothing is later than its day, nobody was followed before there was an account
  jq -e -n '[inputs | select(.followed_at < .created_at or .created_at > .now or (.last_post_at // 0) > .now or any(.exchanges[]; .[2] > $now))] == []' \
    --argjson now "$NOW" "$DIR/people.jsonl"
}

@test "ids are of each platform, and nobody's twice" {
  "$PEOPLE/generate" 3000 "$DIR"
  local platform
  for platform in x mastodon bluesky github; do
    [ "$(jq -r ".ids.$platform" "$DIR/people.jsonl" | sort -u | wc -l)" = 3000 ]
    [ "$(jq -r ".handles.$platform" "$DIR/people.jsonl" | sort -u | wc -l)" = 3000 ]
  done
  run -1 grep -qvE '^did:plc:[a-z2-7]{24}$' <(jq -r .ids.bluesky "$DIR/people.jsonl")
  run -1 grep -qvE '^[a-z0-9]{1,15}$' <(jq -r .handle "$DIR/people.jsonl")
  # the time in a large id is that of the account
  python3 - "$DIR/people.jsonl" <<'PYTHON'
import json, sys
large = [p for p in map(json.loads, open(sys.argv[1])) if int(p["id"]) > 1 << 33]
assert len(large) > 500 and all(((int(p["id"]) >> 22) + 1288834974657) // 1000 == p["created_at"] for p in large)
PYTHON
}

@test "a crowd has ids and handles of its own, no tie, and stands in the archive by the days of the follows" {
  [ -x "${WINNOW:-}" ] || { echo "WINNOW must name the binary" >&2; return 1; }
  "$PEOPLE/generate" 400 "$DIR" --crowd 20000 --now "$(date -u -d yesterday +%F)"
  local platform
  for platform in x mastodon bluesky github; do
    [ "$(jq -r ".ids.$platform" "$DIR/people.jsonl" | sort -u | wc -l)" = 20400 ]
    [ "$(jq -r ".handles.$platform" "$DIR/people.jsonl" | sort -u | wc -l)" = 20400 ]
  done
  run -1 grep -qvE '^did:plc:[a-z2-7]{24}$' <(jq -r .ids.bluesky "$DIR/people.jsonl")
  run -1 grep -qvE '^[a-z0-9]{1,15}$' <(jq -r .handle "$DIR/people.jsonl")
  jq -e -n '[inputs | select(.crowd)] | length == 20000 and all(.label == "go" and .exchanges == null and .lists == null)
    and all(.created_at <= .followed_at and .followed_at < .now and (.last_post_at // 0) <= .now)' "$DIR/people.jsonl"
  [ "$(wc -l <"$DIR/truth.csv")" = 20401 ]
  # newest follow first, the varied and the crowd among each other; who follows back stands in the other file
  sed -n 's/.*"accountId": "\([0-9]*\)".*/\1/p' "$DIR/archive/data/following.js" >"$DIR/is"
  jq -r '[.followed_at, .id] | @tsv' "$DIR/people.jsonl" | sort -k1,1nr -k2,2nr | cut -f2 | diff - "$DIR/is"
  sed -n 's/.*"accountId": "\([0-9]*\)".*/\1/p' "$DIR/archive/data/follower.js" | sort | diff - <(jq -r 'select(.mutual).id' "$DIR/people.jsonl" | sort)
  # zipped it is the same
  "$PEOPLE/generate" 400 "$DIR/z" --crowd 20000 --zip --now "$(date -u -d yesterday +%F)"
  export WINNOW_STATE=$DIR/state
  for platform in archive z/archive.zip; do
    "$WINNOW" new "${platform%%[/]*}" --platform x --account 813286
    "$WINNOW" import "${platform%%[/]*}" "$DIR/$platform" --json >"$DIR/sets"
    jq -e '[.sets[].state] | length == 4 and all(. == "complete")' "$DIR/sets" || { cat "$DIR/sets"; return 1; }
    "$WINNOW" export "${platform%%[/]*}" roster | sort >"$DIR/${platform%%[/]*}.rows"
  done
  [ "$(wc -l <"$DIR/z.rows")" = 20400 ]
  cmp "$DIR/archive.rows" "$DIR/z.rows"
  # the judge knows them: all should go, and none can be wrong
  jq -Rc '{id: .}' "$DIR/is" >"$DIR/schedule"
  [ "$("$PEOPLE/judge" "$DIR" "$DIR/schedule" | jq '.people, .go_found_share' | xargs)" = "20400 1" ]
}

@test "knowable are just those whom a schedule of everybody would cut against the evidence" {
  "$PEOPLE/generate" 3000 "$DIR" --crowd 100
  jq -c '{id}' "$DIR/people.jsonl" >"$DIR/schedule"
  local evidence
  for evidence in archive archive-bought complete; do
    "$PEOPLE/judge" "$DIR" --knowable --evidence $evidence >"$DIR/ids"
    [ "$(sort -u "$DIR/ids" | wc -l)" = "$("$PEOPLE/judge" "$DIR" "$DIR/schedule" --evidence $evidence | jq .stay_cut_knowable)" ]
    run -1 grep -vFxf <(jq -r 'select(.label == "stay").id' "$DIR/people.jsonl") "$DIR/ids"
  done
  run -2 "$PEOPLE/judge" "$DIR" "$DIR/schedule" --knowable
}

@test "the archive is one that winnow takes whole, and the roster too" {
  [ -x "${WINNOW:-}" ] || { echo "WINNOW must name the binary" >&2; return 1; }
  "$PEOPLE/generate" 500 "$DIR" --now "$(date -u -d yesterday +%F)"
  export WINNOW_STATE=$DIR/state
  "$WINNOW" new archived --platform x --account 813286
  "$WINNOW" new told --platform x --account 813286
  "$WINNOW" import archived "$DIR/archive" --json >"$DIR/sets"
  jq -e '[.sets[].state] | length == 4 and all(. == "complete")' "$DIR/sets" || { cat "$DIR/sets"; return 1; }
  "$WINNOW" import told "$DIR/roster.jsonl"
  [ "$("$WINNOW" export archived roster | wc -l)" = 500 ]
  [ "$("$WINNOW" export told roster | wc -l)" = 500 ]
}

@test "scripts/judge has a row for each evidence, and says whom it should have kept" {
  : "${WINNOW:?must name the binary}" "${PLATFORM_SIM:?must name the simulator}"
  run --separate-stderr "$PEOPLE/../../scripts/judge" 3000
  [ "$(awk 'NR > 1 { print $1 }' <<<"$output" | xargs)" = "complete archive archive-bought archive-bought+next mastodon bluesky github" ] ||
    { printf '%s\n' "$output" "$stderr"; return 1; }
  # nobody is cut to whom the evidence shows a tie, and below 5,000 nobody who follows back
  [ "$status" = 0 ]
  [ "$(awk 'NR > 1 { n += $6 } END { print n }' <<<"$output")" = 0 ]
}

@test "with any evidence nearly all are found who should go, the loudest first, and no tie is cut" {
  : "${WINNOW:?must name the binary}" "${PLATFORM_SIM:?must name the simulator}"
  run --separate-stderr "$PEOPLE/../../scripts/judge" 3000 --goal declutter
  [ "$status" = 0 ] || { printf '%s\n' "$output" "$stderr"; return 1; }
  # name people stay knowable cut cut-knowable go found open-cut relief: GitHub knows no other tie than following back
  awk 'NR > 1 && $1 != "github" && ($6 != 0 || $8 < 0.95 * $7) { print; bad = 1 }
    ($1 == "complete" || $1 == "mastodon") && $10 < 0.95 { print; bad = 1 }
    $1 == "bluesky" && $10 < 0.9 { print; bad = 1 }
    END { exit bad }' <<<"$output"
}
