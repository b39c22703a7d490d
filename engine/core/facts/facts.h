/* Facts: what is known of one followee, each with its value and its source, or unknown.
 *
 * `struct facts` is a view: its texts point into memory of whoever filled it (a line of a file, a
 * record in the store) and live as long as that does. A fact whose bit in `known` is clear is
 * unknown; its value is then meaningless and must not be read. Unknown is never false. */
#ifndef CORE_FACTS_FACTS_H
#define CORE_FACTS_FACTS_H

#include "core/base/text.h"
#include "core/facts/tie.h"

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

/* constant, name in files and in the policy, type. The order is the order of bits in stored
 * records: append only (docs/storage-format.md). */
#define FACTS(X)                                                                                   \
    X(ID, "id", FACT_TEXT)                                                                         \
    X(HANDLE, "handle", FACT_TEXT)                                                                 \
    X(NAME, "name", FACT_TEXT)                                                                     \
    X(BIO, "bio", FACT_TEXT)                                                                       \
    X(LANG, "lang", FACT_TEXT)                                                                     \
    X(LISTS, "lists", FACT_TEXT)                                                                   \
    X(FOLLOWERS, "followers", FACT_NUMBER)                                                         \
    X(FOLLOWING, "following", FACT_NUMBER)                                                         \
    X(POSTS, "posts", FACT_NUMBER)                                                                 \
    X(INTERACTIONS, "interactions", FACT_NUMBER)                                                   \
    X(CREATED_AT, "created_at", FACT_TIME)                                                         \
    X(FOLLOWED_AT, "followed_at", FACT_TIME)                                                       \
    X(LAST_POST_AT, "last_post_at", FACT_TIME)                                                     \
    X(LAST_INTERACTION_AT, "last_interaction_at", FACT_TIME)                                       \
    X(FOLLOWS_ME, "follows_me", FACT_FLAG)                                                         \
    X(VERIFIED, "verified", FACT_FLAG)                                                             \
    X(BOT, "bot", FACT_FLAG)                                                                       \
    X(PROTECTED, "protected", FACT_FLAG)                                                           \
    X(SUSPENDED, "suspended", FACT_FLAG)                                                           \
    X(DELETED, "deleted", FACT_FLAG)                                                               \
    X(MOVED, "moved", FACT_FLAG)                                                                   \
    X(DEFAULT_AVATAR, "default_avatar", FACT_FLAG)                                                 \
    X(TALKED_TO, "talked_to", FACT_NUMBER)   /* what the account did towards them */               \
    X(HEARD_FROM, "heard_from", FACT_NUMBER) /* what they did towards the account */               \
    X(MESSAGES, "messages", FACT_NUMBER)     /* of both: those in private */                       \
    X(LAST_TALKED_AT, "last_talked_at", FACT_TIME)                                                 \
    X(LAST_HEARD_AT, "last_heard_at", FACT_TIME)                                                   \
    X(FOLLOW_RANK, "follow_rank", FACT_NUMBER)     /* 1: followed last of all */                   \
    X(FOLLOWED_AFTER, "followed_after", FACT_TIME) /* the follow is no older than this */          \
    X(NOTED, "noted", FACT_FLAG)                   /* the account wrote a private note on them */  \
    X(NOTIFY, "notify", FACT_FLAG)                 /* it has itself told of each post of theirs */ \
    X(ENDORSED, "endorsed", FACT_FLAG)             /* it shows them on its own profile */          \
    X(REQUESTED, "requested", FACT_FLAG)           /* asked to follow them, not yet accepted */    \
    X(BLOCKED, "blocked", FACT_FLAG)               /* by the account */                            \
    X(MUTED, "muted", FACT_FLAG)                   /* by the account */

enum fact_id {
#define X(id, name, type) FACT_##id,
    FACTS(X)
#undef X
        FACT_COUNT
};

/* A set of facts: bit FACT_x. */
typedef uint64_t fact_set;
#define FACT_SET(id)   (UINT64_C(1) << (id))
#define FACT_BIT(fact) FACT_SET(FACT_##fact)

/* Caps on text from outside, in bytes; a longer one is cut at a character and counted. */
#define FACT_ID_MAX     128
#define FACT_HANDLE_MAX 320
#define FACT_NAME_MAX   512
#define FACT_BIO_MAX    4096
#define FACT_LANG_MAX   35 /* BCP 47, RFC 5646 section 4.4.1 */
#define FACT_LISTS_MAX  4096

struct facts {
    fact_set known; /* these facts are known */
    fact_set flags; /* of the known FACT_FLAGs, those that are yes */
    /* Of the known: only what was seen, and there may be more. A count is at least so high, a last
     * time at least so late. */
    fact_set at_least;
    uint16_t source;                  /* the batch (one import or fetch) that told of them last */
    uint16_t sources[FACT_COUNT];     /* of each known fact: the batch that it came from */
    int64_t value[FACT_COUNT];        /* FACT_NUMBER and FACT_TIME */
    struct text text[FACT_LISTS + 1]; /* FACT_TEXT: they come first */
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

/* The fact of that name, or -1. */
int fact_find(const char *name, size_t size);

/* In files a fact that is known in part goes by its name and this: "talked_to_seen". These facts
 * can be so. */
#define FACT_SEEN_SUFFIX "_seen"
#define FACTS_SEEN_IN_PART                                                                         \
    (FACT_BIT(INTERACTIONS) | FACT_BIT(LAST_INTERACTION_AT) | FACT_BIT(TALKED_TO) |                \
     FACT_BIT(HEARD_FROM) | FACT_BIT(MESSAGES) | FACT_BIT(LAST_TALKED_AT) |                        \
     FACT_BIT(LAST_HEARD_AT))

static inline bool facts_known(const struct facts *f, enum fact_id id) {
    return (f->known >> id) & 1u;
}
/* FACT_LISTS: names, each ended by '\n'. Those that begin with an empty line are not all of them:
 * there may be others. */
static inline bool facts_lists_open(const struct facts *f) {
    return facts_known(f, FACT_LISTS) && f->text[FACT_LISTS].size > 0 &&
           f->text[FACT_LISTS].at[0] == '\n';
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
