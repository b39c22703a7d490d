#!/usr/bin/env python3
"""Count in an archive of X what `winnow import` counts: archive_count.py ARCHIVE.zip

The straightforward way: each file is read and parsed whole. Prints followees, those of them who
follow back, those with interactions, all interactions with followees, and the latest of them.
"""
import calendar
import json
import sys
import time
import zipfile

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def post_time(text):  # Sat Feb 18 12:33:11 +0000 2023; strptime takes ten times as long
    clock = text[11:19]
    return calendar.timegm(
        (int(text[26:]), MONTHS.index(text[4:7]) + 1, int(text[8:10]), int(clock[:2]), int(clock[3:5]),
         int(clock[6:])))


archive = zipfile.ZipFile(sys.argv[1])


def load(name):
    text = archive.read(name).decode("utf-8")
    return json.loads(text[text.index("=") + 1:])


manifest = load("data/manifest.js")
self_id = manifest["userInfo"]["accountId"]
types = manifest["dataTypes"]


def elements(kind, wrapper):
    for file in types[kind]["files"]:
        found = load(file["fileName"])
        if len(found) != int(file["count"]):
            sys.exit(f"{file['fileName']} has {len(found)} elements")
        for element in found:
            yield element[wrapper]


followees = {e["accountId"] for e in elements("following", "following")}
followers = {e["accountId"] for e in elements("follower", "follower")}
count = {}
last = {}


def met(who, when):
    if who != self_id:
        count[who] = count.get(who, 0) + 1
        last[who] = max(last.get(who, 0), when)


for post in elements("tweets", "tweet"):
    if post["full_text"].startswith("RT @"):
        continue
    people = {m["id_str"] for m in post["entities"]["user_mentions"]}
    if "in_reply_to_user_id_str" in post:
        people.add(post["in_reply_to_user_id_str"])
    if people:
        when = post_time(post["created_at"])
        for who in people:
            met(who, when)
for kind in ("directMessageHeaders", "directMessageGroupHeaders"):
    for conversation in elements(kind, "dmConversation"):
        for message in conversation["messages"]:
            create = message.get("messageCreate")
            if create:
                sender = create["senderId"]
                when = calendar.timegm(time.strptime(create["createdAt"][:19], "%Y-%m-%dT%H:%M:%S"))
                met(create.get("recipientId", self_id) if sender == self_id else sender, when)

talked = [who for who in followees if who in count]
print(len(followees), len(followees & followers), len(talked), sum(count[who] for who in talked),
      max((last[who] for who in talked), default=0))
