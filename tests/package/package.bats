# What is installed can be used by other programs: by pkg-config and by CMake, shared and static, from
# C and from C++. The example is built each way and run on a real store.
bats_require_minimum_version 1.5.0


setup_file() {
  PREFIX=$(mktemp -d)
  export PREFIX
  cmake --install "$(dirname "$WINNOW")" --prefix "$PREFIX" >/dev/null
  LIBRARY=$(dirname "$(find "$PREFIX" -name libwinnow.so)")
  export LIBRARY PKG_CONFIG_PATH=$LIBRARY/pkgconfig WINNOW_STATE=$PREFIX/state
  EXAMPLE=$BATS_TEST_DIRNAME/../../examples/standing.c
  export EXAMPLE
  "$WINNOW" new obama --platform x --account 813286 2>/dev/null
}

teardown_file() {
  rm -rf "$PREFIX"
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  warnings=(-Wall -Wextra -Werror -pedantic)
}

stands() { # PROGRAM: the example's output is right
  local out
  out=$("$@")
  [ "$out" = $'libwinnow 0.1.0\nobama: idle, 0 unfollowed, 0 to go' ] || {
    echo "not expected: $out"
    return 1
  }
}

@test "pkg-config, shared, C" {
  read -ra flags < <(pkg-config --cflags --libs winnow)
  cc -std=c17 "${warnings[@]}" "$EXAMPLE" -o standing "${flags[@]}" "-Wl,-rpath,$LIBRARY"
  stands ./standing
  ldd standing | grep "libwinnow.so.0.1 => $LIBRARY"
}

@test "pkg-config, shared, C++" {
  read -ra flags < <(pkg-config --cflags --libs winnow)
  c++ -std=c++17 "${warnings[@]}" -x c++ "$EXAMPLE" -o standing "${flags[@]}" "-Wl,-rpath,$LIBRARY"
  stands ./standing
}

@test "pkg-config, static" {
  read -ra flags < <(pkg-config --static --cflags --libs winnow)
  cc -std=c17 "${warnings[@]}" "$EXAMPLE" -o standing "${flags[@]/#-lwinnow/-l:libwinnow.a}"
  stands ./standing
  ! ldd standing | grep libwinnow
}

@test "CMake" {
  cat >CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.25)
project(standing LANGUAGES C CXX)
find_package(winnow 0.1 REQUIRED)
configure_file(${EXAMPLE} standing.cpp COPYONLY)
add_executable(standing ${EXAMPLE})
add_executable(standing-cxx ${CMAKE_BINARY_DIR}/standing.cpp)
target_link_libraries(standing winnow::winnow)
target_link_libraries(standing-cxx winnow::winnow)
C
  cmake -B build "-DCMAKE_PREFIX_PATH=$PREFIX" "-DEXAMPLE=$EXAMPLE"
  cmake --build build
  stands build/standing
  stands build/standing-cxx
}

@test "another minor version is not taken" {
  cat >CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.25)
project(standing LANGUAGES C)
find_package(winnow 0.2 REQUIRED)
C
  run cmake -B build "-DCMAKE_PREFIX_PATH=$PREFIX"
  [ "$status" -ne 0 ]
}

@test "the shared library shows the calls of the headers, and nothing else" {
  nm -D --defined-only "$LIBRARY/libwinnow.so" | awk '{ print $3 }' | sort -u >shown
  run ! grep -v "^winnow_" shown
  cc -E -P -I"$PREFIX/include" -include winnow/job.h -x c /dev/null | grep -oE '\bwinnow_[a-z_]+\(' | tr -d '(' | sort -u >declared
  comm -23 shown declared >unknown
  [ ! -s unknown ] || { cat unknown; false; }
  comm -13 shown declared >missing
  [ ! -s missing ] || { cat missing; false; }
}
