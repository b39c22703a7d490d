#!/usr/bin/env python3
"""Seconds from starting a command to the first bytes of an unfollow at a loopback port.

first_request.py PORT COMMAND...: listens on PORT, starts the command, prints the seconds, and ends
the command by SIGKILL, its requests unanswered. The command's own output is thrown away. Exits with
1 when anything but a DELETE arrives, or nothing within 20 s.
"""
import socket
import subprocess
import sys
import time

server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
server.settimeout(20)
start = time.monotonic()
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
try:
    connection, _ = server.accept()
    connection.settimeout(20)
    first = connection.recv(16)
    seconds = time.monotonic() - start
finally:
    child.kill()
    child.wait()
if not first.startswith(b"DELETE "):
    sys.exit(f"first_request.py: not an unfollow: {first!r}")
print(f"{seconds:.4f}")
