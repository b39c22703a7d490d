/* Facts: what is known of one followee, each with its value and its source, or unknown.
 *
 * `struct facts` is a view: its texts point into memory of whoever filled it (a line of a file, a
 * record in the store) and live as long as that does. A fact whose bit in `known` is clear is
 * unknown; its value is then meaningless and must not be read. Unknown is never false. */
#ifndef CORE_FACTS_FACTS_H
#define CORE_FACTS_FACTS_H

#include "core/base/text.h"
#include "core/facts/tie.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Three-valued truth, ordered so that `and` is the least and `or` the greatest (Kleene's strong
 * logic): unknown and no is no, unknown and yes is unknown. */
enum tri { TRI_NO, TRI_UNKNOWN, TRI_YES };

static inline enum tri tri_not(enum tri a) {
    return (enum tri)(TRI_YES - a);
}
static inline enum tri tri_and(enum tri a, enum tri b) {
    return a < b ? a : b;
}
static inline enum tri tri_or(enum tri a, enum tri b) {
    return a > b ? a : b;
}

enum fact_type {
    FACT_TEXT,   /* UTF-8; lists is a text of names, each ended by '\n' */
    FACT_NUMBER, /* a count, 0 or more */
    FACT_TIME,   /* milliseconds since 1970-01-01T00:00:00Z */
    FACT_FLAG,   /* yes or no */
};

/* clang-format off */
/* Every fact is a row, and a new one is a new row at the end. All else that names facts is made of
 * these rows, or a test holds it against them: docs/roster.md, docs/policy.md, policy.schema.json.
 *
 * number    of its bit in stored records: a row keeps it for ever (docs/storage-format.md)
 * constant, and the name that it has in files and policies
 * kind      TEXT, NUMBER, TIME or FLAG; LIST is of lists alone: names, each ended by a line feed
 * bytes     the most of a text from outside; a longer one is cut at a character and counted
 * PARTLY    it may be that only a part was seen: then it is that or more (FACT_SEEN_SUFFIX)
 * NAMED     policies may name it; HIDDEN: another value stands on it (expr_value.h) */
#define FACTS(X)                                                                                                                    \
    X( 0, ID,                  "id",                   TEXT,    128, WHOLE,  NAMED)                                                 \
    X( 1, HANDLE,              "handle",               TEXT,    320, WHOLE,  NAMED)                                                 \
    X( 2, NAME,                "name",                 TEXT,    512, WHOLE,  NAMED)                                                 \
    X( 3, BIO,                 "bio",                  TEXT,   4096, WHOLE,  NAMED)                                                 \
    X( 4, LANG,                "lang",                 TEXT,     35, WHOLE,  NAMED) /* BCP 47, RFC 5646 section 4.4.1 */            \
    X( 5, LISTS,               "lists",                LIST,   4096, WHOLE,  NAMED)                                                 \
    X( 6, FOLLOWERS,           "followers",            NUMBER,    0, WHOLE,  NAMED)                                                 \
    X( 7, FOLLOWING,           "following",            NUMBER,    0, WHOLE,  NAMED)                                                 \
    X( 8, POSTS,               "posts",                NUMBER,    0, WHOLE,  NAMED)                                                 \
    X( 9, INTERACTIONS,        "interactions",         NUMBER,    0, PARTLY, NAMED)                                                 \
    X(10, CREATED_AT,          "created_at",           TIME,      0, WHOLE,  NAMED)                                                 \
    X(11, FOLLOWED_AT,         "followed_at",          TIME,      0, WHOLE,  NAMED)                                                 \
    X(12, LAST_POST_AT,        "last_post_at",         TIME,      0, WHOLE,  NAMED)                                                 \
    X(13, LAST_INTERACTION_AT, "last_interaction_at",  TIME,      0, PARTLY, NAMED)                                                 \
    X(14, FOLLOWS_ME,          "follows_me",           FLAG,      0, WHOLE,  NAMED)                                                 \
    X(15, VERIFIED,            "verified",             FLAG,      0, WHOLE,  NAMED)                                                 \
    X(16, BOT,                 "bot",                  FLAG,      0, WHOLE,  NAMED)                                                 \
    X(17, PROTECTED,           "protected",            FLAG,      0, WHOLE,  NAMED)                                                 \
    X(18, SUSPENDED,           "suspended",            FLAG,      0, WHOLE,  NAMED)                                                 \
    X(19, DELETED,             "deleted",              FLAG,      0, WHOLE,  NAMED)                                                 \
    X(20, MOVED,               "moved",                FLAG,      0, WHOLE,  NAMED)                                                 \
    X(21, DEFAULT_AVATAR,      "default_avatar",       FLAG,      0, WHOLE,  NAMED)                                                 \
    X(22, TALKED_TO,           "talked_to",            NUMBER,    0, PARTLY, NAMED) /* what the account did towards them */         \
    X(23, HEARD_FROM,          "heard_from",           NUMBER,    0, PARTLY, NAMED) /* what they did towards the account */         \
    X(24, MESSAGES,            "messages",             NUMBER,    0, PARTLY, NAMED) /* of both: those in private */                 \
    X(25, LAST_TALKED_AT,      "last_talked_at",       TIME,      0, PARTLY, NAMED)                                                 \
    X(26, LAST_HEARD_AT,       "last_heard_at",        TIME,      0, PARTLY, NAMED)                                                 \
    X(27, FOLLOW_RANK,         "follow_rank",          NUMBER,    0, WHOLE,  NAMED) /* 1: followed last of all */                   \
    X(28, FOLLOWED_AFTER,      "followed_after",       TIME,      0, WHOLE,  HIDDEN) /* the follow is no older than this */         \
    X(29, NOTED,               "noted",                FLAG,      0, WHOLE,  NAMED) /* the account wrote a private note on them */  \
    X(30, NOTIFY,              "notify",               FLAG,      0, WHOLE,  NAMED) /* it has itself told of each post of theirs */ \
    X(31, ENDORSED,            "endorsed",             FLAG,      0, WHOLE,  NAMED) /* it shows them on its own profile */          \
    X(32, REQUESTED,           "requested",            FLAG,      0, WHOLE,  NAMED) /* asked to follow them, not yet accepted */    \
    X(33, BLOCKED,             "blocked",              FLAG,      0, WHOLE,  NAMED) /* by the account */                            \
    X(34, MUTED,               "muted",                FLAG,      0, WHOLE,  NAMED) /* by the account */
/* clang-format on */

#define FACT_ROW_ID(number, id, ...) FACT_##id,
enum fact_id { FACTS(FACT_ROW_ID) FACT_COUNT };

/* A set of facts: bit FACT_x. */
typedef uint64_t fact_set;
#define FACT_SET(id)   (UINT64_C(1) << (id))
#define FACT_BIT(fact) FACT_SET(FACT_##fact)
#define FACT_SET_MAX   64
#define FACT_SET_ALL   (UINT64_MAX >> (FACT_SET_MAX - FACT_COUNT))

/* What stands in the brackets, for a row of that kind that is a text; else nothing. */
#define FACT_WHEN_TEXT(...) __VA_ARGS__
#define FACT_WHEN_LIST(...) __VA_ARGS__
#define FACT_WHEN_NUMBER(...)
#define FACT_WHEN_TIME(...)
#define FACT_WHEN_FLAG(...)

/* FACT_HANDLE_MAX and its kin: the most bytes of each text. FACT_TEXTS_MAX: of all together. */
#define FACT_ROW_MOST(number, id, name, kind, most, ...)                                           \
    FACT_WHEN_##kind(FACT_##id##_MAX = (most), )
enum fact_most { FACTS(FACT_ROW_MOST) };
#define FACT_ROW_ADD(number, id, name, kind, most, ...) +(most)
#define FACT_TEXTS_MAX                                  (0 FACTS(FACT_ROW_ADD))

/* Where in `struct facts` each text stands: texts are numbered apart, so that a new one may come
 * after facts that are none. fact_texts are the facts in these slots. */
#define FACT_ROW_SLOT(number, id, name, kind, ...) FACT_WHEN_##kind(FACT_SLOT_##id, )
enum fact_slot { FACTS(FACT_ROW_SLOT) FACT_TEXT_COUNT };
#define FACT_ROW_SLOT_OF(number, id, name, kind, ...)                                              \
    FACT_WHEN_##kind([FACT_##id] = FACT_SLOT_##id, )
static const uint8_t fact_slots[FACT_COUNT] = {FACTS(FACT_ROW_SLOT_OF)};
#define FACT_ROW_TEXT(number, id, name, kind, ...) FACT_WHEN_##kind(FACT_##id, )
static const uint8_t fact_texts[FACT_TEXT_COUNT] = {FACTS(FACT_ROW_TEXT)};

struct facts {
    fact_set known; /* these facts are known */
    fact_set flags; /* of the known FACT_FLAGs, those that are yes */
    /* Of the known: only what was seen, and there may be more. A count is at least so high, a last
     * time at least so late. */
    fact_set at_least;
    uint16_t source;                    /* the batch (one import or fetch) that told of them last */
    uint16_t sources[FACT_COUNT];       /* of each known fact: the batch that it came from */
    int64_t value[FACT_COUNT];          /* FACT_NUMBER and FACT_TIME */
    struct text texts[FACT_TEXT_COUNT]; /* FACT_TEXT, by fact_slots: facts_text */
    /* What the platform itself needs to take the follow back, where that is not the id: on GitHub
     * the login, on Bluesky the record keys (each ended by '\n'). Empty where the id is enough. */
    struct text follow_keys;
    /* What each dataset tells of exchanges with them. What follows from all of them together is in
     * FACT_TALKED_TO and the like only once facts_count_ties has put it there. */
    struct tie ties[TIES_MAX];
    uint8_t tie_count;
};

#define FOLLOW_KEYS_MAX 4096

/* What that dataset tells of them: found, or added empty. NULL for one that tells of no exchanges
 * (dataset_has_ties). */
struct tie *facts_tie(struct facts *f, enum dataset set);

/* How whole that is what a campaign knows of exchanges: told at all, and all that there were. */
struct coverage {
    bool talked_told, talked_whole;
    bool heard_told, heard_whole;
    bool messages_told, messages_whole;
};

/* Put the sums of the ties where facts are: talked_to, heard_from, messages, interactions and their
 * last times, each exact where what it rests on is whole, else at least so many. What a file stated
 * of them stays where it is more, and of which direction that was is then not known. Where a
 * direction was not told of, nothing is known of it, but that no interactions are none of either.
 */
void facts_count_ties(struct facts *f, const struct coverage *c);

/* Follow key number `index`: each is ended by '\n', or is the whole text. */
struct text facts_follow_key(const struct facts *f, uint8_t index);

extern const char *const fact_names[FACT_COUNT];
extern const enum fact_type fact_types[FACT_COUNT];
extern const uint16_t fact_most[FACT_COUNT]; /* bytes of a text; 0 for what is none */

/* The fact of that name, or -1. */
int fact_find(const char *name, size_t size);

/* In files a fact that is known in part goes by its name and this: "talked_to_seen". These facts
 * can be so. */
#define FACT_SEEN_SUFFIX "_seen"
#define FACT_PART_WHOLE(id)
#define FACT_PART_PARTLY(id)                                   | FACT_BIT(id)
#define FACT_ROW_PART(number, id, name, kind, most, part, ...) FACT_PART_##part(id)
#define FACTS_SEEN_IN_PART                                     (UINT64_C(0) FACTS(FACT_ROW_PART))

static inline bool facts_known(const struct facts *f, enum fact_id id) {
    return (f->known >> id) & 1u;
}
/* Of a FACT_TEXT. */
static inline struct text facts_text(const struct facts *f, enum fact_id id) {
    assert(fact_types[id] == FACT_TEXT);
    return f->texts[fact_slots[id]];
}
/* FACT_LISTS: names, each ended by '\n'. Those that begin with an empty line are not all of them:
 * there may be others. */
static inline bool facts_lists_open(const struct facts *f) {
    return facts_known(f, FACT_LISTS) && facts_text(f, FACT_LISTS).size > 0 &&
           facts_text(f, FACT_LISTS).at[0] == '\n';
}
/* What is known of it is all there is. */
static inline bool facts_exact(const struct facts *f, enum fact_id id) {
    return ((f->known & ~f->at_least) >> id) & 1u;
}
static inline enum tri facts_flag(const struct facts *f, enum fact_id id) {
    if (!facts_known(f, id))
        return TRI_UNKNOWN;
    return (f->flags >> id) & 1u ? TRI_YES : TRI_NO;
}

static inline void facts_forget(struct facts *f, enum fact_id id) {
    f->known &= ~FACT_SET(id);
    f->at_least &= ~FACT_SET(id);
}

void facts_clear(struct facts *f);
void facts_set_flag(struct facts *f, enum fact_id id, bool yes);
void facts_set_value(struct facts *f, enum fact_id id, int64_t value);
void facts_set_text(struct facts *f, enum fact_id id, const char *at, size_t size);

/* All of its facts are that batch's. */
void facts_came_from(struct facts *f, uint16_t batch);

/* Of when each batch's facts are: as_of_ms[batch]; of batches beyond `count`, and where there are
 * no ages at all, a later batch is newer. Batch 0 is older than all. */
struct facts_ages {
    const int64_t *as_of_ms;
    uint32_t count;
};

/* Lay `newer` over `older`: a known fact of `newer` wins, an unknown one leaves the older value,
 * each with its source. Where `ages` (which may be NULL) say that the fact in `older` is of a later
 * time all the same, it stays. follow_keys are taken from `newer` when it has any. Returns the
 * facts whose value changed or became known, FACT_INTERACTIONS for more in the ties, which are
 * merged by dataset. The result is a view into both. */
fact_set facts_merge(struct facts *older, const struct facts *newer, const struct facts_ages *ages);

/* Two records turn out to be of one followee: of each fact, `f` has the one of later time, and its
 * own where they are of the same; without ages, a later batch is of later time. Its source and its
 * follow_keys stay. */
void facts_join(struct facts *f, const struct facts *other, const struct facts_ages *ages);

#endif
