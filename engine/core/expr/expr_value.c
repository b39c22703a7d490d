/* Values of the condition language: see expr_value.h. Each derived value has one small function
 * that returns 0 and the value, or the bits of the facts that it lacks.
 *
 * Two rules hold for all of them. A value that is settled by some facts does not wait for others
 * (nobody is noisy who never posts), and learning one more fact never changes a known value. The
 * one exception is evidence that contradicts itself, such as 0 posts and a last post: there the
 * followee gets the benefit, as the livelier of the two readings. Pure; cannot fail. */
#include "core/expr/expr_value.h"

#include <string.h>

#define TYPE_TEXT   VALUE_TEXT
#define TYPE_LIST   VALUE_NUMBER /* how many */
#define TYPE_NUMBER VALUE_NUMBER
#define TYPE_TIME   VALUE_TIME
#define TYPE_FLAG   VALUE_FLAG

#define FACT_NAMED(id, name, kind) {name, TYPE_##kind, FACT_BIT(id), FACT_##id},
#define FACT_HIDDEN(id, name, kind)
#define FACT(number, id, name, kind, most, part, policy) FACT_##policy(id, name, kind)
#define DERIVED(id, name, type, facts)                   {name, type, facts, FACT_COUNT},
const struct value_info value_infos[VALUE_COUNT] = {FACTS(FACT) DERIVED_VALUES(DERIVED)};

int value_find(const char *name, size_t size) {
    for (int id = 0; id < VALUE_COUNT; id++)
        if (strlen(value_infos[id].name) == size && memcmp(value_infos[id].name, name, size) == 0)
            return id;
    return -1;
}

static fact_set lacking(const struct facts *f, fact_set bits) {
    return bits & ~f->known;
}

/* Unknown, or known in part. */
static fact_set inexact(const struct facts *f, fact_set bits) {
    return bits & (~f->known | f->at_least);
}

static double least(double a, double b) {
    return a < b ? a : b;
}

static bool known_zero(const struct facts *f, enum fact_id id) {
    return facts_exact(f, id) && f->value[id] <= 0;
}

/* A count; a negative one, which no platform sends, counts as 0. */
static double count_of(const struct facts *f, enum fact_id id) {
    return f->value[id] > 0 ? least((double)f->value[id], VALUE_NUMBER_MAX) : 0.0;
}

/* Days up to now; a time in the future (clocks differ) counts as now. Milliseconds are subtracted
 * as doubles: exact for every date, and no date can overflow them. */
static double days_since(const struct facts *f, enum fact_id id, int64_t now_ms) {
    double days = ((double)now_ms - (double)f->value[id]) / MS_PER_DAY;
    return days > 0.0 ? least(days, VALUE_DAYS_MAX) : 0.0;
}

static fact_set read_count(const struct facts *f, enum fact_id id, double *out) {
    if (!facts_known(f, id))
        return FACT_SET(id);
    *out = count_of(f, id);
    return 0;
}

static fact_set read_since(const struct facts *f, enum fact_id id, int64_t now_ms, double *out) {
    if (!facts_known(f, id))
        return FACT_SET(id);
    *out = days_since(f, id, now_ms);
    return 0;
}

/* Time since something that may never have happened: `never` is the count that says so at 0. */
static fact_set read_since_or_never(const struct facts *f, enum fact_id id, enum fact_id never,
                                    int64_t now_ms, double *out) {
    if (facts_known(f, id)) {
        *out = days_since(f, id, now_ms);
        return 0;
    }
    if (known_zero(f, never)) {
        *out = VALUE_NEVER;
        return 0;
    }
    return inexact(f, FACT_SET(id) | FACT_SET(never));
}

static fact_set read_days_silent(const struct facts *f, int64_t now_ms, double *out) {
    if (!facts_known(f, FACT_LAST_POST_AT) && known_zero(f, FACT_POSTS))
        return read_since(f, FACT_CREATED_AT, now_ms, out);
    if (facts_known(f, FACT_LAST_POST_AT))
        return read_since(f, FACT_LAST_POST_AT, now_ms, out);
    return lacking(f, FACT_BIT(LAST_POST_AT) | FACT_BIT(POSTS));
}

static fact_set read_ratio(const struct facts *f, double *out) {
    *out = 0.0;
    if (known_zero(f, FACT_FOLLOWING))
        return 0;
    fact_set missing = lacking(f, FACT_BIT(FOLLOWING) | FACT_BIT(FOLLOWERS));
    if (missing != 0)
        return missing;
    double followers = count_of(f, FACT_FOLLOWERS);
    *out = count_of(f, FACT_FOLLOWING) / (followers > 1.0 ? followers : 1.0);
    return 0;
}

/* `posts` spread over the life of the account, which counts as a day at least. */
static double per_day(const struct facts *f, double posts, int64_t now_ms) {
    double age = days_since(f, FACT_CREATED_AT, now_ms);
    return posts / (age > 1.0 ? age : 1.0);
}

static fact_set read_posts_per_day(const struct facts *f, int64_t now_ms, double *out) {
    *out = 0.0;
    if (known_zero(f, FACT_POSTS))
        return 0;
    fact_set missing = lacking(f, FACT_BIT(POSTS) | FACT_BIT(CREATED_AT));
    if (missing == 0)
        *out = per_day(f, count_of(f, FACT_POSTS), now_ms);
    return missing;
}

static bool known_silent(const struct facts *f, int64_t now_ms) {
    return facts_known(f, FACT_LAST_POST_AT) &&
           days_since(f, FACT_LAST_POST_AT, now_ms) >= VALUE_SILENT_DAYS;
}

static fact_set read_noise(const struct facts *f, int64_t now_ms, double *out) {
    const fact_set both = FACT_BIT(POSTS) | FACT_BIT(INTERACTIONS);
    *out = 0.0;
    if (known_zero(f, FACT_POSTS) || known_silent(f, now_ms))
        return 0;
    if (lacking(f, both) == 0 && f->value[FACT_INTERACTIONS] >= f->value[FACT_POSTS])
        return 0;
    fact_set missing = lacking(f, both | FACT_BIT(CREATED_AT));
    if (missing == 0) /* or less, while it is not known whether they are silent now */
        *out = per_day(f, count_of(f, FACT_POSTS) - count_of(f, FACT_INTERACTIONS), now_ms);
    return missing == 0 ? 0 : missing | lacking(f, FACT_BIT(LAST_POST_AT));
}

static enum tri no_interactions(const struct facts *f) {
    if (facts_known(f, FACT_INTERACTIONS) && f->value[FACT_INTERACTIONS] > 0)
        return TRI_NO;
    return facts_exact(f, FACT_INTERACTIONS) ? TRI_YES : TRI_UNKNOWN;
}

enum tri value_flag(enum value_id id, const struct facts *f) {
    switch ((int)id) {
    case VALUE_MUTUAL:
        return facts_flag(f, FACT_FOLLOWS_ME);
    case VALUE_ONE_WAY:
        return tri_not(facts_flag(f, FACT_FOLLOWS_ME));
    case VALUE_COURTESY:
        return tri_and(facts_flag(f, FACT_FOLLOWS_ME), no_interactions(f));
    default:
        return facts_flag(f, value_infos[id].fact);
    }
}

static fact_set read_flag(enum value_id id, const struct facts *f, double *out) {
    enum tri yes = value_flag(id, f);
    *out = yes == TRI_YES ? 1.0 : 0.0;
    return yes == TRI_UNKNOWN ? inexact(f, value_infos[id].facts) : 0;
}

static fact_set read_list_count(const struct facts *f, double *out) {
    if (!facts_known(f, FACT_LISTS))
        return FACT_BIT(LISTS);
    struct text lists = facts_text(f, FACT_LISTS);
    uint32_t count = 0;
    for (uint32_t i = 0; i < lists.size; i++)
        count += lists.at[i] == '\n';
    *out = (double)(count - facts_lists_open(f)); /* open: at least so many */
    return 0;
}

/* Of a follow without a date it may be known what it is later than. */
static fact_set read_followed(const struct facts *f, int64_t now_ms, double *out) {
    if (!facts_known(f, FACT_FOLLOWED_AT) && facts_known(f, FACT_FOLLOWED_AFTER))
        return read_since(f, FACT_FOLLOWED_AFTER, now_ms, out);
    return read_since(f, FACT_FOLLOWED_AT, now_ms, out);
}

static fact_set read_time(enum fact_id id, const struct facts *f, double *out) {
    if (!facts_known(f, id))
        return FACT_SET(id);
    *out = (double)f->value[id];
    return 0;
}

static fact_set read_fact(enum fact_id id, const struct facts *f, double *out) {
    if (id == FACT_LISTS)
        return read_list_count(f, out);
    return fact_types[id] == FACT_TIME ? read_time(id, f, out) : read_count(f, id, out);
}

fact_set value_number(enum value_id id, const struct facts *f, int64_t now_ms, double *out) {
    if (value_infos[id].type == VALUE_FLAG)
        return read_flag(id, f, out);
    switch ((int)id) {
    case VALUE_REACH:
        return read_count(f, FACT_FOLLOWERS, out);
    case VALUE_RATIO:
        return read_ratio(f, out);
    case VALUE_POSTS_PER_DAY:
        return read_posts_per_day(f, now_ms, out);
    case VALUE_NOISE:
        return read_noise(f, now_ms, out);
    case VALUE_DAYS_SILENT:
        return read_days_silent(f, now_ms, out);
    case VALUE_AGE_DAYS:
    case VALUE_CREATED:
        return read_since(f, FACT_CREATED_AT, now_ms, out);
    case VALUE_FOLLOWED:
        return read_followed(f, now_ms, out);
    case VALUE_LAST_POST:
        return read_since_or_never(f, FACT_LAST_POST_AT, FACT_POSTS, now_ms, out);
    case VALUE_LAST_INTERACTION:
        return read_since_or_never(f, FACT_LAST_INTERACTION_AT, FACT_INTERACTIONS, now_ms, out);
    case VALUE_LAST_TALKED:
        return read_since_or_never(f, FACT_LAST_TALKED_AT, FACT_TALKED_TO, now_ms, out);
    case VALUE_LAST_HEARD:
        return read_since_or_never(f, FACT_LAST_HEARD_AT, FACT_HEARD_FROM, now_ms, out);
    default:
        return read_fact(value_infos[id].fact, f, out);
    }
}

/* ---- what was only seen ---- */

/* How a value moves with what there may be beside what was seen: the fact, and whether more of it
 * makes the value greater or less. */
struct seen_value {
    enum fact_id fact, count; /* FACT_COUNT: none; `count`: at 0 the fact's time is "never" */
    enum bound bound;
};

static struct seen_value seen_value(enum value_id id) {
    enum fact_id fact = value_infos[id].fact;
    if (fact != FACT_COUNT && (FACTS_SEEN_IN_PART & FACT_SET(fact)) != 0)
        return (struct seen_value){fact, FACT_COUNT, BOUND_LOWER};
    switch ((int)id) {
    case VALUE_NOISE:
        return (struct seen_value){FACT_INTERACTIONS, FACT_COUNT, BOUND_UPPER};
    case VALUE_LAST_INTERACTION:
        return (struct seen_value){FACT_LAST_INTERACTION_AT, FACT_INTERACTIONS, BOUND_UPPER};
    case VALUE_LAST_TALKED:
        return (struct seen_value){FACT_LAST_TALKED_AT, FACT_TALKED_TO, BOUND_UPPER};
    case VALUE_LAST_HEARD:
        return (struct seen_value){FACT_LAST_HEARD_AT, FACT_HEARD_FROM, BOUND_UPPER};
    default:
        return (struct seen_value){FACT_COUNT, FACT_COUNT, BOUND_EXACT};
    }
}

enum bound value_bound(enum value_id id, const struct facts *f, double shown) {
    if (id == VALUE_LISTS)
        return facts_lists_open(f) ? BOUND_LOWER : BOUND_EXACT;
    if (id == VALUE_FOLLOWED)
        return facts_known(f, FACT_FOLLOWED_AT) ? BOUND_EXACT : BOUND_UPPER;
    struct seen_value v = seen_value(id);
    if (id == VALUE_NOISE && shown > 0.0 && !facts_known(f, FACT_LAST_POST_AT))
        return BOUND_UPPER;
    if (v.fact == FACT_COUNT || ((f->at_least >> v.fact) & 1u) == 0)
        return BOUND_EXACT;
    return id == VALUE_NOISE && shown <= 0.0 ? BOUND_EXACT : v.bound;
}

fact_set value_seen(enum value_id id, const struct facts *f, int64_t now_ms, double *out) {
    fact_set missing = value_number(id, f, now_ms, out);
    struct seen_value v = seen_value(id);
    if (missing == 0 || v.count == FACT_COUNT || !facts_known(f, v.count) || f->value[v.count] > 0)
        return missing;
    *out = VALUE_NEVER;
    return 0;
}

fact_set value_missing(enum value_id id, const struct facts *f, int64_t now_ms) {
    double ignored;
    if (value_infos[id].type == VALUE_TEXT)
        return lacking(f, value_infos[id].facts);
    return value_number(id, f, now_ms, &ignored);
}

uint32_t value_volume(const struct facts *f, int64_t now_ms) {
    double posts;
    if (facts_flag(f, FACT_SUSPENDED) == TRI_YES || facts_flag(f, FACT_DELETED) == TRI_YES ||
        known_silent(f, now_ms))
        return 0;
    if (read_posts_per_day(f, now_ms, &posts) != 0)
        return VALUE_VOLUME_UNKNOWN;
    /* Whole thousandths, so that sums do not depend on the order of adding; cut far above what
     * anybody posts. */
    return (uint32_t)least(posts * 1000.0 + 0.5, (double)(VALUE_VOLUME_UNKNOWN - 1));
}
