/* Values: every name a policy may read, its type, the facts it stands on, and how it is computed.
 *
 * A name is a fact (`followers`), a fact under another name (`mutual`), or derived from facts
 * (`noise`). A value is unknown when a fact it needs is unknown; the functions here then say which.
 * docs/policy.md tells users the same table. Pure: no allocation, cannot fail. */
#ifndef CORE_EXPR_EXPR_VALUE_H
#define CORE_EXPR_EXPR_VALUE_H

#include "core/facts/facts.h"

#include <stddef.h>
#include <stdint.h>

enum value_type {
    VALUE_TEXT,
    VALUE_FLAG,     /* yes or no */
    VALUE_NUMBER,   /* a count or a ratio */
    VALUE_DAYS,     /* a number of days, which may also be compared with a duration */
    VALUE_DURATION, /* time since something; its value here is in days */
    VALUE_TIME,     /* a moment, in milliseconds since 1970 */
};

/* Each fact that policies may name is a value of that name (facts.h, NAMED); these are the others:
 * constant, name, type, bits of the facts it can read. */
/* clang-format off */
#define DERIVED_VALUES(X)                                                                                                    \
    X(MUTUAL,           "mutual",           VALUE_FLAG,     FACT_BIT(FOLLOWS_ME))                                            \
    X(ONE_WAY,          "one_way",          VALUE_FLAG,     FACT_BIT(FOLLOWS_ME))                                            \
    X(COURTESY,         "courtesy",         VALUE_FLAG,     FACT_BIT(FOLLOWS_ME) | FACT_BIT(INTERACTIONS))                   \
    X(REACH,            "reach",            VALUE_NUMBER,   FACT_BIT(FOLLOWERS))                                             \
    X(RATIO,            "ratio",            VALUE_NUMBER,   FACT_BIT(FOLLOWING) | FACT_BIT(FOLLOWERS))                       \
    X(POSTS_PER_DAY,    "posts_per_day",    VALUE_NUMBER,   FACT_BIT(POSTS) | FACT_BIT(CREATED_AT))                          \
    X(NOISE,            "noise",            VALUE_NUMBER,   FACT_BIT(POSTS) | FACT_BIT(CREATED_AT) |                         \
                                                            FACT_BIT(INTERACTIONS) | FACT_BIT(LAST_POST_AT))                 \
    X(AGE_DAYS,         "age_days",         VALUE_DAYS,     FACT_BIT(CREATED_AT))                                            \
    X(DAYS_SILENT,      "days_silent",      VALUE_DAYS,     FACT_BIT(LAST_POST_AT) | FACT_BIT(POSTS) | FACT_BIT(CREATED_AT)) \
    X(CREATED,          "created",          VALUE_DURATION, FACT_BIT(CREATED_AT))                                            \
    X(FOLLOWED,         "followed",         VALUE_DURATION, FACT_BIT(FOLLOWED_AT) | FACT_BIT(FOLLOWED_AFTER))                \
    X(LAST_POST,        "last_post",        VALUE_DURATION, FACT_BIT(LAST_POST_AT) | FACT_BIT(POSTS))                        \
    X(LAST_INTERACTION, "last_interaction", VALUE_DURATION, FACT_BIT(LAST_INTERACTION_AT) | FACT_BIT(INTERACTIONS))          \
    X(LAST_TALKED,      "last_talked",      VALUE_DURATION, FACT_BIT(LAST_TALKED_AT) | FACT_BIT(TALKED_TO))                  \
    X(LAST_HEARD,       "last_heard",       VALUE_DURATION, FACT_BIT(LAST_HEARD_AT) | FACT_BIT(HEARD_FROM))
/* clang-format on */

#define VALUE_FACT_NAMED(id) VALUE_##id,
#define VALUE_FACT_HIDDEN(id)
#define VALUE_FACT(number, id, name, kind, most, part, policy) VALUE_FACT_##policy(id)
#define VALUE_DERIVED(id, ...)                                 VALUE_##id,
enum value_id { FACTS(VALUE_FACT) DERIVED_VALUES(VALUE_DERIVED) VALUE_COUNT };

struct value_info {
    const char *name;
    enum value_type type;
    fact_set facts;    /* bits of the facts it can read */
    enum fact_id fact; /* the one that it is, or FACT_COUNT: derived */
};

extern const struct value_info value_infos[VALUE_COUNT];

#define MS_PER_DAY 86400000.0

/* Every number is cut to this, and every duration to one day under VALUE_NEVER, so that no sum of
 * weighted values can leave the range of a double. "Never" is longer than any duration. */
#define VALUE_NUMBER_MAX  1e15
#define VALUE_NEVER       1e6 /* days */
#define VALUE_DAYS_MAX    (VALUE_NEVER - 1.0)
#define VALUE_SILENT_DAYS 30.0 /* silent for so long: nothing of it is in the feed now */

/* The value of that name, or -1. */
int value_find(const char *name, size_t size);

/* A number, a duration or days (in days), or a time. Returns 0 and sets *out, or returns the bits
 * of the unknown facts that could decide it. A flag counts 1 or 0. Not for texts. */
fact_set value_number(enum value_id id, const struct facts *f, int64_t now_ms, double *out);

/* What is shown of a value whose facts are only what was seen (struct facts, at_least). */
enum bound {
    BOUND_EXACT, /* it is that */
    BOUND_LOWER, /* it is that or more */
    BOUND_UPPER, /* it is that or less */
};
/* Of a value that value_number knows, and shows as `shown`. */
enum bound value_bound(enum value_id id, const struct facts *f, double shown);

/* As value_number, but going by what was seen: nothing seen of what was looked for is none, and
 * its time is "never". Unknown where nobody looked. */
fact_set value_seen(enum value_id id, const struct facts *f, int64_t now_ms, double *out);

/* A flag. TRI_UNKNOWN: value_missing tells the facts that are missing. */
enum tri value_flag(enum value_id id, const struct facts *f);

/* Bits of the unknown facts that keep this value unknown; 0 when it is known. Any type. */
fact_set value_missing(enum value_id id, const struct facts *f, int64_t now_ms);

/* Posts a day that this followee adds to the feed now, in thousandths, for the forecast: the
 * average over its life, but 0 when it is known to be suspended, deleted or silent for
 * VALUE_SILENT_DAYS. VALUE_VOLUME_UNKNOWN when that cannot be said. */
#define VALUE_VOLUME_UNKNOWN UINT32_MAX
uint32_t value_volume(const struct facts *f, int64_t now_ms);

#endif
