#!/usr/bin/env bats
# What contributors rely on: areas name rooms and tests that are there, docs name files that are there.

bats_require_minimum_version 1.5.0

setup() { cd "$BATS_TEST_DIRNAME/../.." || exit; }

rows() { grep -Ev '^ *(#|$)' tests/areas; }

# Rooms are the folders of engine/ with a file of their own.
rooms() { git ls-files 'engine/*.[ch]' | sed 's|^engine/||; s|/[^/]*$||' | sort -u; }

@test "every room is an area, and every area a room" {
  diff <(rooms) <(rows | cut -d ' ' -f 1 | sort)
}

@test "every test that an area names is there" {
  local known pattern missing=()
  known=$(ctest --test-dir "$(dirname "$WINNOW")" -N | sed -n 's/^ *Test *#[0-9]*: //p')
  while read -r pattern; do
    grep -qE -- "^($pattern)\$" <<<"$known" || missing+=("$pattern")
  done < <(rows | sed 's/^[^ ]* *//' | tr ' ' '\n')
  [ ${#missing[@]} -eq 0 ] || { printf 'no such test: %s\n' "${missing[@]}"; false; }
}

@test "the links of the documents lead to files" {
  local file to missing=()
  while IFS= read -r file; do
    while IFS= read -r to; do
      [ -e "$(dirname "$file")/$to" ] || missing+=("$file: $to")
    done < <(grep -oE '\]\([^)#]+' "$file" | cut -c 3- | grep -v '^https\?:')
  done < <(git ls-files '*.md')
  [ ${#missing[@]} -eq 0 ] || { printf 'leads nowhere: %s\n' "${missing[@]}"; false; }
}

# Paths in backquotes whose folder is one of the project's own.
@test "the files that CONTRIBUTING and ARCHITECTURE name are there" {
  local name missing=()
  while IFS= read -r name; do
    compgen -G "$name" >/dev/null || compgen -G "engine/$name" >/dev/null || compgen -G "include/$name" >/dev/null || missing+=("$name")
  done < <(grep -ohE '`[a-z-]+/[a-zA-Z0-9_./*-]+`' CONTRIBUTING.md docs/ARCHITECTURE.md | tr -d '`' | grep -v NAME | sort -u)
  [ ${#missing[@]} -eq 0 ] || { printf 'named, and not there: %s\n' "${missing[@]}"; false; }
}
