#!/usr/bin/env bats
# A person goes through a plan: in words, by filters, in a spreadsheet and back.

load helper

works() {
  winnow "$@"
  [ "$status" -eq 0 ] || { printf 'winnow %s: %s\n%s\n' "$*" "$status" "$stderr"; return 1; }
}

# Nine people, of each of whom something else is true. `declutter` keeps 2 and 3.
people() {
  campaign
  cat >people.jsonl <<'END'
{"id":"1111111111111111111","handle":"loud","name":"=cmd|calc","posts":400000,"created_at":"2020-01-01T00:00:00Z","last_post_at":"2025-12-31T00:00:00Z","follows_me":true,"talked_to":0,"heard_from":0,"interactions":0,"followers":900}
{"id":"1111111111111111112","handle":"friend","name":"Ann; \"the\" friend, really","posts":40,"created_at":"2020-01-01T00:00:00Z","last_post_at":"2025-12-31T00:00:00Z","follows_me":true,"interactions":3,"talked_to":3,"last_talked_at":"2025-05-09T00:00:00Z","heard_from":0,"followers":90}
{"id":"1111111111111111113","handle":"listed","posts":40,"created_at":"2020-01-01T00:00:00Z","last_post_at":"2025-12-31T00:00:00Z","follows_me":false,"talked_to":0,"heard_from":0,"interactions":0,"lists":["press"],"followers":80}
{"id":"1111111111111111114","handle":"silent","posts":40,"created_at":"2010-01-01T00:00:00Z","last_post_at":"2014-05-09T00:00:00Z","follows_me":false,"talked_to":0,"heard_from":0,"interactions":0,"followers":70}
{"id":"1111111111111111115","handle":"empty","posts":0,"created_at":"2010-01-01T00:00:00Z","follows_me":false,"talked_to":0,"heard_from":0,"interactions":0,"followers":60}
{"id":"1111111111111111116","handle":"dead","suspended":true,"talked_to":0,"heard_from":0,"interactions":0,"followers":50}
{"id":"1111111111111111117","handle":"quiet","posts":600,"created_at":"2020-01-01T00:00:00Z","last_post_at":"2025-12-31T00:00:00Z","follows_me":false,"talked_to":0,"heard_from":0,"interactions":0,"followers":40}
{"id":"1111111111111111118","handle":"riddle","posts":7,"followers":30}
{"id":"1111111111111111119","handle":"robot","bot":true,"posts":90000,"created_at":"2020-01-01T00:00:00Z","last_post_at":"2025-12-31T00:00:00Z","follows_me":false,"talked_to":0,"heard_from":0,"interactions":0,"followers":20}
END
  "$WINNOW" import obama people.jsonl >/dev/null 2>&1
  "$WINNOW" plan obama --goal declutter --now 2026-01-01 >plan.txt 2>plan.err
}

# A review with a mark in the row of each HANDLE: marked MARK FILE HANDLE...
marked() {
  local mark=$1 file=$2 handle
  shift 2
  "$WINNOW" export obama review --format csv >"$file"
  for handle in "$@"; do
    sed -i "/\"$handle\"/s/,\"\",\"id:/,\"$mark\",\"id:/" "$file"
  done
}

kept() { # the handles on the keep list, sorted
  "$WINNOW" keep obama --json | jq -r '[.keep[].handle] | sort | join(" ")'
}

@test "plan opens with three sentences, then the kinds with samples in words" {
  people
  run cat plan.txt
  [ "${lines[0]}" = "You follow 9 accounts." ]
  [ "${lines[1]}" = "2 stay: 1 you talked to, 1 on your lists; 1 cannot be judged, so nothing is done about them." ]
  [[ "${lines[2]}" == "6 go, the last in "*", for \$0.06; with them go "*" of the posts." ]]
  [[ "$output" =~ "loud, and follow back"\ +1\ +182 ]]
  [[ "$output" =~ @loud\ +"182 posts a day, never talked; follows back" ]]
  [[ "$output" =~ @silent\ +"silent since May 2014, never talked; does not follow back" ]]
  [[ "$output" =~ @empty\ +"never posted, never talked; does not follow back" ]]
  [[ "$output" =~ @dead\ +"suspended, never talked" ]]
  [[ "$output" =~ @robot\ +"41 posts a day, never talked; does not follow back; a bot" ]]
  [[ "$output" =~ @friend\ +"you talked to them 3 times, last in May 2025" ]]
  [[ "$output" =~ @listed\ +"on your list press" ]]
  [[ "$output" =~ @riddle\ +"not known: whether you talked to them" ]]
  [[ "$output" =~ "whether you talked to them"\ +1 ]]
  [[ "$output" == *"winnow import obama twitter-....zip"* ]]
  run ! grep -E '[0-9]e[+-][0-9]|score' plan.txt
}

@test "plan --json has goals, what is set aside, and groups whose counts are all of them" {
  people
  works plan obama --json
  json '.goal == "declutter"' '.goals | length == 5' '[.goals[] | select(.name == "declutter").scheduled] == [6]' \
    '.aside | length > 0' '[.groups[].count] | add == 9' \
    '[.groups[] | select(.side == "go").count] | add == 6' \
    '[.groups[] | select(.kind == "gone").samples[].handle] == ["dead"]' '.bend == null'
}

@test "samples are the same for the same seed, five a group, and other ones for another" {
  campaign
  seq 1 300 | sed 's/.*/{"id":"&","handle":"p&","posts":0,"talked_to":0}/' >many.jsonl
  "$WINNOW" import obama many.jsonl >/dev/null 2>&1
  local names='[.groups[] | select(.side == "go").samples[].handle]'
  works plan obama --json --goal declutter --now 2026-01-01 --seed 3
  local first=$(jq -c "$names" <<<"$output")
  jq -e 'length == 5 and (unique | length) == 5' <<<"$first"
  works plan obama --json --goal declutter --now 2026-01-01 --seed 3
  [ "$(jq -c "$names" <<<"$output")" = "$first" ]
  works plan obama --json --goal declutter --now 2026-01-01 --seed 4
  [ "$(jq -c "$names" <<<"$output")" != "$first" ]
}

@test "plan says where relief flattens, and the command that stops there" {
  campaign
  local loud='"posts":40000,"created_at":"2020-01-01T00:00:00Z","last_post_at":"2025-12-31T00:00:00Z"'
  { seq 1 20 | sed "s/.*/{\"id\":\"&\",\"talked_to\":0,\"interactions\":0,$loud}/"
    seq 21 400 | sed "s/.*/{\"id\":\"&\",\"talked_to\":0,\"interactions\":0,${loud/40000/40}}/"; } >many.jsonl
  "$WINNOW" import obama many.jsonl >/dev/null 2>&1
  works plan obama --goal declutter --now 2026-01-01
  [[ "$output" == *"the first 20 take away 98.2 % of the posts, the next 380 1.8 %"*"winnow plan obama --max 20"* ]]
  works plan obama --goal declutter --now 2026-01-01 --max 20
  [[ "$output" != *"where relief flattens"* ]]
}

@test "explain is a dozen plain lines; the arithmetic comes with --verbose" {
  people
  works explain obama loud
  [ "${#lines[@]}" -le 12 ]
  [[ "$output" == *"https://x.com/i/user/1111111111111111111"* ]]
  [[ "$output" == *"it goes    nothing keeps it: 182 posts a day, never talked; follows back"* ]]
  [[ "$output" == *"winnow keep obama 1111111111111111111"* ]]
  [[ "$output" != *" x "* && "$output" != *"at_least("* ]]
  works explain obama loud --verbose
  [[ "$output" == *"at_least(talked_to) > 0"* && "$output" =~ noise\ .*x ]]
  works explain obama @friend
  [[ "$output" == *"it stays   you talked to them 3 times, last in May 2025"* ]]
  works explain obama @riddle
  [[ "$output" == *"not known  whether you talked to them"* ]]
}

@test "show: conditions, sides, samples, order, columns" {
  people
  works show obama --where 'posts_per_day > 20' --columns handle,followers,talked_to
  [ "${#lines[@]}" -eq 3 ]
  [[ "${lines[1]}" =~ ^@loud\ +900\ +0$ ]]
  [[ "$stderr" == *"2 of 2 that match, of 6"* ]]
  works show obama --where 'follows_me' --json
  json '[.entries[].handle] == ["loud"]' '.entries[0].link == "https://x.com/i/user/1111111111111111111"' \
    '.entries[0].facts.posts_per_day == "182.48"' '.entries[0].verdict == "scheduled"'
  [[ "$stderr" == *"of 1 more it cannot be said"*"whether they follow back"* ]]
  works show obama --kept --sort followers --json
  json '[.entries[].handle] == ["friend", "listed"]' '.entries[0].position == 0' '.entries[1].verdict == "kept"'
  works show obama --kept --sort -followers --json
  json '[.entries[].handle] == ["listed", "friend"]'
  works show obama --undecided --json
  json '[.entries[].handle] == ["riddle"]'
  works show obama --sort followers --offset 1 --head 2 --json
  json '[.entries[].handle] == ["silent", "empty"]'
  works show obama --sample 3 --seed 1 --json
  local first=$output
  json '.entries | length == 3'
  works show obama --sample 3 --seed 1 --json
  [ "$output" = "$first" ]
  works show obama --sample 100 --json
  json '.entries | length == 6'
  works show obama --where 'followers > 1m'
  [ -z "$output" ]
  [[ "$stderr" == *"none of 6 match"* ]]
}

@test "show and keep: what is wrong with a condition, an order, a column" {
  people
  refused 2 "--where, column 14: unknown name 'folowers' (did you mean 'followers'?)" show obama --where 'not bot and (folowers > 1)'
  refused 2 "--where, column 1: unknown name 'folowers' (did you mean" keep obama --where 'folowers > 1'
  refused 2 "--where, column 11: " show obama --where 'followers '
  refused 2 "--sort: unknown name 'folowers'" show obama --sort folowers
  refused 2 "--sort: 'handle' is a text" show obama --sort handle
  refused 2 "--columns: unknown name 'nam' (did you mean 'name'?)" show obama --columns handle,nam
  refused 2 "--columns: a name is missing" show obama --columns handle,,name
  refused 2 "--kept and --undecided are two sides" show obama --kept --undecided
  refused 2 "say whom in one way at a time" keep obama friend --where bot
  refused 2 "a schedule has only who goes" export obama schedule --kept
  refused 2 "the journal is exported whole" export obama journal --where bot
  refused 2 "--columns are of a review" export obama roster --columns id
}

@test "export: the same filters; the roster still comes back" {
  people
  works export obama roster --where 'followers > 60' --sort followers
  [ "$(jq -rs '[.[].handle] | join(" ")' <<<"$output")" = "loud friend listed silent" ]
  works export obama schedule --where 'bot'
  [ "$(jq -r '.handle' <<<"$output")" = robot ]
  works export obama review --kept
  [ "$(jq -rs '[.[].handle] | join(" ")' <<<"$output")" = "friend listed" ]
}

@test "a review: what a spreadsheet would take for a formula or round is neither" {
  people
  works export obama review --format csv
  [ "${lines[0]}" = $'position,link,handle,name,reason,posts_per_day,last_post_at,follows_me,talked_to,heard_from,followers,lists,keep,id,plan\r' ]
  [ "${#lines[@]}" -eq 7 ]
  [[ "$output" == *"\"'=cmd|calc\""* ]]
  [[ "$output" == *'"id:1111111111111111111","plan:'* ]]
  run ! grep -E '(^|,)"?[=+@-]' <<<"$output"
  works export obama review --format csv --kept
  [[ "$output" == *'"Ann; ""the"" friend, really"'* ]]
}

@test "a review comes back: sorted, cut, with semicolons or tabs, a byte order mark, any mark" {
  people
  marked x review.csv loud dead
  works keep obama --from review.csv
  [ "$output" = "2 put on the keep list, 0 as before" ]
  [[ "$stderr" == *"6 rows, 2 marked"* ]]
  [ "$(kept)" = "dead loud" ]
  works keep obama --from review.csv
  [ "$output" = "0 put on the keep list, 2 as before" ]

  # reordered and cut, with a blank line
  marked Yes review.csv silent empty
  { head -n 1 review.csv; tail -n +2 review.csv | tac | head -n 5; printf ',,,,,,,,,,,,,,\r\n'; } >cut.csv
  works keep obama --from cut.csv
  [ "$(kept)" = "dead empty loud silent" ]

  # as a spreadsheet in another country saves it
  local mark
  for mark in 1 KEEP x ja ✓; do
    works keep obama --remove loud dead silent empty
    marked "$mark" review.csv quiet
    { printf '\357\273\277'; sed -E 's/,("|keep|id|plan|link|handle|name|reason|posts_per_day|last_post_at|follows_me|talked_to|heard_from|followers|lists)/;\1/g' review.csv; } >other.csv
    works keep obama --from other.csv
    [ "$(kept)" = quiet ] || { echo "$mark: $(kept)"; return 1; }
    works keep obama --remove quiet
    tr ';' '\t' <other.csv >tabs.csv
    works keep obama --from - <tabs.csv
    [ "$(kept)" = quiet ]
    works keep obama --remove quiet
  done

  # no mark
  for mark in no N 0 false FALSE - ' '; do
    marked "$mark" review.csv quiet
    works keep obama --from review.csv
    [ "$(kept)" = "" ]
  done
}

@test "a review with a newline in a name, columns in another order, and marks by hand" {
  people
  printf 'keep;id;name\r\nx;"id:1111111111111111111";"two\r\nlines; and more"\r\n;id:1111111111111111114;b\r\nX ;1111111111111111115;c\r\n"x";"=""1111111111111111117""";d\r\n' >own.csv
  works keep obama --from own.csv
  [ "$(kept)" = "empty loud quiet" ]
  printf 'sep=;\r\nid;keep\r\nid:1111111111111111114;x\r\n' >sep.csv
  works keep obama --from sep.csv
  [ "$(kept)" = "empty loud quiet silent" ]
  works keep obama --remove --from sep.csv
  [ "$(kept)" = "empty loud quiet" ]
}

@test "a review of another plan is taken by id, and it is said" {
  people
  marked x review.csv loud
  "$WINNOW" plan obama --goal declutter --now 2026-02-02 --seed 9 >/dev/null 2>&1
  works keep obama --from review.csv
  [ "$(kept)" = loud ]
  [[ "$stderr" == *"6 of its 6 rows are of another plan ("*"taken by their ids all the same"* ]]
}

@test "rows that cannot be taken are told with their line, all others are taken, and it is exit code 2" {
  people
  cat >bad.csv <<'END'
id,keep,name
id:1111111111111111111,x,ok
id:999,x,stranger
1.11111E+18,x,rounded
,x,nobody
id:1111111111111111114,x,too,many
id:1111111111111111115,,not marked
"id:1111111111111111116"oops,x,quotes
id:1111111111111111117,x,ok too
END
  winnow keep obama --from bad.csv
  [ "$status" -eq 2 ]
  [ "$output" = "2 put on the keep list, 0 as before" ]
  [[ "$stderr" == *"bad.csv:3: the id 999 is not in the roster"* ]]
  [[ "$stderr" == *"bad.csv:4: a spreadsheet has rounded the id to 1.11111E+18"* ]]
  [[ "$stderr" == *"bad.csv:5: it is marked, but its id is empty"* ]]
  [[ "$stderr" == *"bad.csv:6: this row cannot be read"*"more columns"* ]]
  [[ "$stderr" == *"bad.csv:8: this row cannot be read"* ]]
  [[ "$stderr" == *"5 rows not taken"* ]]
  [ "$(kept)" = "loud quiet" ]
}

@test "a review that is none changes nothing" {
  people
  printf 'id,name\n1,a\n' >nokeep.csv
  refused 2 'nokeep.csv has no column "keep"' keep obama --from nokeep.csv
  printf 'keep,name\nx,a\n' >noid.csv
  refused 2 'noid.csv has no column "id"' keep obama --from noid.csv
  : >none.csv
  refused 2 "none.csv: the file is empty" keep obama --from none.csv
  refused 2 "missing.csv: No such file" keep obama --from missing.csv
  head -c 100000 /dev/urandom >noise.csv
  winnow keep obama --from noise.csv
  [ "$status" -eq 2 ]
  [ "$(kept)" = "" ]
}

@test "keep --where and --list, before and after a plan; next to everybody needs --yes" {
  people
  works keep obama --where 'followers >= 70 and followers < 900'
  [ "$(kept)" = "friend listed silent" ]
  [[ "$stderr" == *"true of 3 of 9"* ]]
  works keep obama --remove --where 'followers > 0'
  [ "$(kept)" = "" ]
  refused 2 "that is true of 9 of the 9 whom obama follows" keep obama --where 'followers > 0'
  [ "$(kept)" = "" ]
  works keep obama --where 'followers > 0' --yes
  [ "$output" = "9 put on the keep list, 0 as before" ]
  works keep obama --remove --where 'followers > 0'
  works keep obama --list PRESS
  [ "$(kept)" = listed ]
  refused 2 'nobody in the roster of campaign obama is on a list "pres"; there are: press' keep obama --list pres
  refused 2 "--list: no condition can be written" keep obama --list "a'b\"c"
  works keep obama --where mutual
  [ "$(kept)" = "friend listed loud" ]
  [[ "$stderr" == *"of 2 more it cannot be said"* ]]
  works show obama --json
  json '[.entries[] | select(.handle == "loud").state] == ["kept"]'
}

@test "keep --where works before there is a plan" {
  campaign
  roster roster.jsonl
  "$WINNOW" import obama roster.jsonl >/dev/null 2>&1
  works keep obama --where 'followers > 390'
  [ "$(kept)" = user40 ]
  works export obama roster --where 'followers > 390'
  [ "${#lines[@]}" -eq 1 ]
}
