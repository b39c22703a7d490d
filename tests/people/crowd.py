"""A crowd beside the varied people of `generate`: none has a tie, all should go, and there can be a million.

Happy path: Crowd(profiles, ...) draws them; they share the profiles of a few thousand, and have ids, handles and days of
their own. lines() has a line of people.jsonl for each, with what the platform simulator and the archive need and no more.
Failure: none. Formatted by hand, since json.dumps of so many takes a minute.
"""
import json

DAY = 86400
KINDS = ("follow-back marketer", "loud brand", "automated feed", "abandoned", "empty", "link poster", "quiet courtesy")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
PAIRS = [a + b for a in DIGITS for b in DIGITS]  # of a handle's end: 1,679,616 are different
DID = "abcdefghijklmnopqrstuvwxyz234567"
DID_PAIRS = [a + b for a in DID for b in DID]
FIRST_MASTODON = 70000000000000000  # before Mastodon, and so before whatever `generate` gives out
FIRST_GITHUB = 300000000  # behind its last
FLAGS = ("verified", "bot", "protected", "default_avatar")


class Profile:
    """What many of the crowd have in common: a person whom `generate` drew."""

    def __init__(self, p, r):
        text = {key: p[key] for key in ("name", "bio", "lang", "note", "kind", "label", "followers", "following", "posts", "last_post_at", "mutual", "now")}
        text.update((flag, True) for flag in FLAGS if p[flag])
        self.tail = json.dumps(text, ensure_ascii=False)[1:]
        self.name = p["name"].replace(" ", "")[:8].lower()
        self.did = "did:plc:" + "".join(r.choices(DID, k=19))
        self.host = p["handles"]["mastodon"].split("@")[1]
        self.created = p["created_at"]
        self.mutual, self.kind, self.label = p["mutual"], p["kind"], p["label"]


class Crowd:
    """Ids are nobody else's: `x_id` gives one by time and number, and `taken` has those that were given out before."""

    def __init__(self, people, count, r, x_id, taken, now):
        profiles = [Profile(p, r) for p in people]
        self.following = []  # (followed_at, id)
        self.followers = []  # id
        self.rows = []
        for index in range(count):
            profile = profiles[int(r.random() * len(profiles))]
            created = profile.created - index % 50000
            number = x_id(created, index)
            while number in taken:
                number += 1
            taken.add(number)
            followed = int(now - (30 + r.random() * max(10, (now - created) / DAY - 35)) * DAY)
            self.following.append((followed, number))
            if profile.mutual:
                self.followers.append(number)
            self.rows.append((profile, number, created, followed))

    def lines(self):
        """In the ids' order; a handle's ninth character is a digit, which none of `generate` with more behind it has."""
        for index, (profile, number, created, followed) in enumerate(self.rows):
            handle = f"{profile.name}0{PAIRS[index // 1296]}{PAIRS[index % 1296]}"
            did = f"{profile.did}{DID_PAIRS[index >> 10]}{DID_PAIRS[index & 1023]}b"
            yield (f'{{"crowd": true, "id": "{number}", "handle": "{handle}", "ids": {{"x": "{number}", "mastodon": "{FIRST_MASTODON + index * 4099}", '
                   f'"bluesky": "{did}", "github": "{FIRST_GITHUB + index}"}}, "handles": {{"x": "{handle}", "mastodon": "{handle}@{profile.host}", '
                   f'"bluesky": "{handle}.sky.example", "github": "{handle}-dev"}}, "created_at": {created}, "followed_at": {followed}, {profile.tail}\n')
