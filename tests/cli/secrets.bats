#!/usr/bin/env bats
# Credentials come by standard input alone, and appear nowhere.

load helper

secret=s3cr3t-t0k3n

silent() {
  [[ "$output$stderr" != *"$secret"* ]] || { echo "the secret is shown: $stderr"; return 1; }
}

@test "a token in the command line is refused, and not repeated" {
  campaign
  refused 2 "--token is refused: every user of this machine can read a command line" login obama --token "$secret"
  silent
  refused 2 "--token is refused" login obama "--token=$secret"
  silent
  refused 2 "--password is refused" login obama "--password=$secret"
  silent
  refused 2 "login takes a campaign's name alone" login obama "$secret"
  silent
  refused 2 "--token-stdin takes no value" login obama "--token-stdin=$secret"
  silent
  refused 2 "unknown option '--tokn'" login obama "--tokn=$secret"
  silent
  [[ "$stderr" != *"did you mean --token?"* ]]
  refused 2 "login takes a campaign's name alone" login obama --token-stdin "$secret"
  silent
}

@test "nothing to ask at" {
  campaign
  refused 2 "standard input is no terminal to ask at; hand the secret over with 'winnow login obama --token-stdin'" login obama
}

@test "the wrong kind of secret" {
  campaign
  refused 2 "x takes an access token; use --token-stdin" login obama --password-stdin
  refused 2 "--token-stdin and --password-stdin exclude each other; for x use --token-stdin" login obama --password-stdin --token-stdin
  "$WINNOW" new sky --platform bluesky --account did:plc:abc 2>/dev/null
  refused 2 "bluesky takes an app password; use --password-stdin" login sky --token-stdin
}

@test "secrets that are none" {
  campaign
  run --separate-stderr bash -c '"$WINNOW" login obama --token-stdin </dev/null'
  [ "$status" -eq 2 ]
  [[ "$stderr" == "winnow: no access token on standard input"* ]]
  run --separate-stderr bash -c 'printf "\n" | "$WINNOW" login obama --token-stdin'
  [ "$status" -eq 2 ]
  run --separate-stderr bash -c 'printf "one\ntwo\n" | "$WINNOW" login obama --token-stdin'
  [ "$status" -eq 2 ]
  [[ "$stderr" == "winnow: the access token holds a line end"* ]]
  run --separate-stderr bash -c 'head -c 9000 /dev/zero | tr "\0" a | "$WINNOW" login obama --token-stdin'
  [ "$status" -eq 2 ]
  [[ "$stderr" == "winnow: the access token is longer than 8192 bytes"* ]]
}

@test "a refused login leaves no trace of the secret" {
  # nobody listens on port 1
  "$WINNOW" new local --platform x --account 1 --server http://127.0.0.1:1 2>/dev/null
  run --separate-stderr bash -c 'printf "%s\n" '"$secret"' | "$WINNOW" --log-level debug login local --token-stdin'
  [ "$status" -ne 0 ]
  silent
  run grep -r "$secret" "$WINNOW_STATE"
  [ "$status" -eq 1 ]
}

@test "typed at a terminal, it is not shown" {
  "$WINNOW" new local --platform x --account 1 --server http://127.0.0.1:1 2>/dev/null
  command -v python3 >/dev/null || skip "python3 is not installed"
  run python3 - "$WINNOW" "$secret" <<'PY'
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], ["winnow", "login", "local"])
seen = b""
while b"(not shown): " not in seen:
    seen += os.read(fd, 1024)
os.write(fd, sys.argv[2].encode() + b"\n")
try:
    while True:
        seen += os.read(fd, 1024)
except OSError:
    pass
os.waitpid(pid, 0)
sys.exit(1 if sys.argv[2].encode() in seen else 0)
PY
  [ "$status" -eq 0 ]
}

@test "Ctrl-C while it is asked leaves the terminal as it was" {
  campaign
  command -v python3 >/dev/null || skip "python3 is not installed"
  run python3 - "$WINNOW" <<'PY'
import os, pty, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], ["winnow", "login", "obama"])
seen = b""
while b"(not shown): " not in seen:
    seen += os.read(fd, 1024)
hidden = not termios.tcgetattr(fd)[3] & termios.ECHO
os.write(fd, b"\x03")
try:
    while True:
        seen += os.read(fd, 1024)
except OSError:
    pass
back = bool(termios.tcgetattr(fd)[3] & termios.ECHO)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(hidden, back, code)
sys.exit(0 if (hidden, back, code) == (True, True, -2) else 1)
PY
  [ "$status" -eq 0 ]
}

@test "no core files" {
  # /proc/PID of a process that must not be dumped belongs to root
  "$WINNOW" new local --platform x --account 1 --server http://127.0.0.1:1 2>/dev/null
  mkfifo pipe
  "$WINNOW" login local --token-stdin <pipe 2>/dev/null &
  local pid=$!
  exec 7>pipe
  for _ in $(seq 1 100); do
    [ -r "/proc/$pid/limits" ] && grep -q '^Max core file size *0 *0' "/proc/$pid/limits" && break
    sleep 0.05
  done
  grep -q '^Max core file size *0 *0' "/proc/$pid/limits"
  exec 7>&-
  wait "$pid" || true
}
