#!/usr/bin/env python3
"""Seconds from starting a command to the first bytes of a request on a loopback port.

first_request.py PORT COMMAND...: listens on PORT, starts the command, prints the seconds, and ends
both. The command's own output is thrown away.
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
connection, _ = server.accept()
connection.recv(16)
print(f"{time.monotonic() - start:.4f}")
child.kill()
child.wait()
