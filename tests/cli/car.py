#!/usr/bin/env python3
"""car.py FILE [--drop KEY] [--flip]: a Bluesky repository as a CAR file, from JSON on standard input:
{"did": "did:plc:me", "rev": "3k...", "records": {"app.bsky.graph.follow/3k...": {...}}}.

--drop leaves the block of that record out, --flip changes one bit of the last block."""

import hashlib
import json
import sys


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for size, code in ((1, 24), (2, 25), (4, 26)):
        if n < 1 << (8 * size):
            return bytes([major << 5 | code]) + n.to_bytes(size, "big")
    raise ValueError(n)


def encode(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, Link):
        return b"\xd8\x2a" + head(2, 37) + b"\x00" + value.cid
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
    return head(5, len(value)) + b"".join(encode(k) + encode(value[k]) for k in keys)


class Link:
    def __init__(self, block):
        self.cid = b"\x01\x71\x12\x20" + hashlib.sha256(block).digest()


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def main():
    drop = sys.argv[sys.argv.index("--drop") + 1] if "--drop" in sys.argv else None
    given = json.load(sys.stdin)
    blocks, entries, before = [], [], b""
    for key in sorted(given["records"], key=str.encode):
        block = encode(given["records"][key])
        if key != drop:
            blocks.append(block)
        name = key.encode()
        shared = 0
        while shared < min(len(name), len(before)) and name[shared] == before[shared]:
            shared += 1
        entries.append({"p": shared, "k": name[shared:], "v": Link(block), "t": None})
        before = name
    node = encode({"l": None, "e": entries})
    commit = encode({"did": given["did"], "version": 3, "data": Link(node), "prev": None,
                     "rev": given.get("rev", "3kdgwqoo3222a"), "sig": b"none"})
    blocks += [node, commit]
    header = encode({"roots": [Link(commit)], "version": 1})
    out = varint(len(header)) + header
    for block in reversed(blocks):
        out += varint(36 + len(block)) + Link(block).cid + block
    if "--flip" in sys.argv:
        out = out[:-1] + bytes([out[-1] ^ 1])
    with open(sys.argv[1], "wb") as file:
        file.write(out)


main()
