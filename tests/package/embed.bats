# A program that runs a campaign inside its own loop, built on what is installed, against the simulator.

load ../sim/helper

setup_file() {
  PREFIX=$(mktemp -d)
  export PREFIX
  cmake --install "$(dirname "$WINNOW")" --prefix "$PREFIX" >/dev/null
  LIBRARY=$(dirname "$(find "$PREFIX" -name libwinnow.so)")
  export LIBRARY PKG_CONFIG_PATH=$LIBRARY/pkgconfig
  local source=$BATS_TEST_DIRNAME/../../examples/run_in_loop.c flags
  read -ra flags < <(pkg-config --cflags --libs winnow)
  cc -std=c17 -Wall -Wextra -Werror -pedantic "$source" -o "$PREFIX/run_in_loop" "${flags[@]}" "-Wl,-rpath,$LIBRARY"
  c++ -std=c++17 -Wall -Wextra -Werror -pedantic -x c++ "$source" -o "$PREFIX/run_in_loop_cxx" "${flags[@]}" "-Wl,-rpath,$LIBRARY"
}

teardown_file() { rm -rf "$PREFIX"; }

off=(unfollow/15m=off unfollow/1d=off)

@test "it runs to its end, in C and in C++" {
  start_sim --follows 30 --limits off
  planned 30 0
  run timeout 60 "$PREFIX/run_in_loop" obama "${off[@]}" </dev/null
  equal "$status" 0
  has "$output" " of 30" "done"
  audited '.unfollows_applied == 30'
  run timeout 60 "$PREFIX/run_in_loop_cxx" obama "${off[@]}" </dev/null
  has "$output" "done"
}

@test "it is stopped from its own loop, and goes on later" {
  start_sim --follows 40 --limits off --fault slow=1000 --slow 700ms
  planned 40 0
  mkfifo typed
  "$PREFIX/run_in_loop" obama "${off[@]}" <typed >loop.out 2>&1 &
  RUN=$!
  PIDS+=("$RUN")
  exec 8>typed
  within 10 sent_at_least 1
  echo stop >&8
  local code=0
  wait "$RUN" || code=$?
  exec 8>&-
  equal "$code" 3
  has "$(cat loop.out)" "run the same command to go on"
  control fault '{"clear":true}'
  audited '.unfollows_sent == .unfollows_applied' '.unfollows_sent < 40'
  run timeout 60 "$PREFIX/run_in_loop" obama "${off[@]}" </dev/null
  equal "$status" 0
  audited '.unfollows_applied == 40'
}
