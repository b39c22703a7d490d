#!/usr/bin/env python3
"""Run a command and print its wall seconds, CPU seconds and peak resident KB, as the kernel counted.

The command's own output goes to standard error. Exits with 1 when the command fails with a code
other than those named by --ok.
"""
import os
import sys
import time

ok = {0}
args = sys.argv[1:]
if args[0] == "--ok":
    ok.add(int(args[1]))
    args = args[2:]
start = time.monotonic()
# Not fork: the copy of this interpreter's pages would be counted as the command's time.
pid = os.posix_spawnp(args[0], args, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - start
print(f"{wall:.6f} {usage.ru_utime + usage.ru_stime:.6f} {usage.ru_maxrss}")
sys.exit(0 if os.waitstatus_to_exitcode(status) in ok else 1)
