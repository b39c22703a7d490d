/* What the targets of the roster readers share: bytes as a file, and what must be true of every
 * record whatever the format is. */
#ifndef FUZZ_ROSTER_H
#define FUZZ_ROSTER_H

#include "fuzz.h"

#include "formats/lists/reader.h"

#include <sys/mman.h>
#include <unistd.h>

struct roster_seen {
    enum roster_format format;
    uint64_t followees, followers, skipped, last_line;
    uint64_t digest; /* over all followees, so that two readings can be compared */
    struct roster_counts counts;
    struct winnow_error err;
    int result;
};

static inline void mix(struct roster_seen *s, const void *at, size_t size) {
    s->digest = s->digest * 31 + seed_of(at, size);
}

static inline void seen_text(struct roster_seen *s, const struct facts *f, enum fact_id id) {
    struct text t = facts_text(f, id);
    MUST(t.size <= fact_most[id] && is_utf8(t.at, t.size));
    MUST(memchr(t.at, '\0', t.size) == NULL);
    MUST(id != FACT_LISTS || t.size == 0 || t.at[t.size - 1] == '\n');
    mix(s, t.at, t.size);
}

static inline int seen_followee(void *context, enum roster_relation relation, const struct facts *f,
                                struct winnow_error *err) {
    struct roster_seen *s = context;
    (void)err;
    bool by_handle = s->format != ROSTER_X_JS && !facts_known(f, FACT_ID);
    enum fact_id key = by_handle ? FACT_HANDLE : FACT_ID;
    MUST(facts_known(f, key) && facts_text(f, key).size > 0);
    MUST(relation != ROSTER_FOLLOWER || facts_flag(f, FACT_FOLLOWS_ME) == TRI_YES);
    MUST((f->known >> FACT_COUNT) == 0);
    s->followees += relation == ROSTER_FOLLOWEE;
    s->followers += relation == ROSTER_FOLLOWER;
    mix(s, &f->known, sizeof f->known);
    for (int i = 0; i < FACT_COUNT; i++) {
        enum fact_id id = (enum fact_id)i;
        if (!facts_known(f, id))
            continue;
        if (fact_types[i] == FACT_TEXT)
            seen_text(s, f, id);
        else if (fact_types[i] == FACT_FLAG)
            mix(s, facts_flag(f, id) == TRI_YES ? "y" : "n", 1);
        else
            mix(s, &f->value[i], sizeof f->value[i]);
        MUST(fact_types[i] != FACT_NUMBER || f->value[i] >= 0);
    }
    return 0;
}

static inline void seen_skipped(void *context, uint64_t line, const char *why) {
    struct roster_seen *s = context;
    MUST(line >= s->last_line && line >= 1);
    MUST(why[0] != '\0' && is_printable(why, strlen(why)));
    s->last_line = line;
    s->skipped++;
}

static inline void roster_seen(struct roster_seen *s, enum roster_format format, const void *at,
                               size_t size) {
    static int fd = -1;
    *s = (struct roster_seen){.format = format};
    struct roster_sink sink = {.context = s, .followee = seen_followee, .skipped = seen_skipped};
    if (fd < 0)
        fd = memfd_create("roster", MFD_CLOEXEC);
    MUST(fd >= 0 && ftruncate(fd, 0) == 0);
    MUST(pwrite(fd, at, size, 0) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    struct roster_options options = {.format = format, .name = "following.csv"};
    s->result = roster_read(fd, &options, &sink, &s->counts, &s->err);
    MUST(s->counts.followees == s->followees && s->counts.followers == s->followers);
    MUST(s->counts.skipped == s->skipped);
    MUST(s->counts.lines == s->followees + s->followers + s->skipped);
    if (s->result != 0)
        MUST(s->err.text[0] != '\0' && is_printable(s->err.text, strlen(s->err.text)));
}

#endif
