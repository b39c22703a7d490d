/* Values of the condition language: see expr_value.h. Each derived value has one small function
 * that returns 0 and the value, or the bits of the facts that it lacks.
 *
 * Two rules hold for all of them. A value that is settled by some facts does not wait for others
 * (nobody is noisy who never posts), and learning one more fact never changes a known value. The
 * one exception is evidence that contradicts itself, such as 0 posts and a last post: there the
 * followee gets the benefit, as the livelier of the two readings. Pure; cannot fail. */
#include "core/expr_value.h"

#include <string.h>

const struct value_info value_infos[VALUE_COUNT] = {
#define X(id, name, type, facts) {name, type, facts},
    VALUES(X)
#undef X
};

int value_find(const char *name, size_t size) {
    for (int id = 0; id < VALUE_COUNT; id++)
        if (strlen(value_infos[id].name) == size && memcmp(value_infos[id].name, name, size) == 0)
            return id;
    return -1;
}

static uint32_t lacking(const struct facts *f, uint32_t bits) {
    return bits & ~f->known;
}

static double least(double a, double b) {
    return a < b ? a : b;
}

static bool known_zero(const struct facts *f, enum fact_id id) {
    return facts_known(f, id) && f->value[id] <= 0;
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

static uint32_t read_count(const struct facts *f, enum fact_id id, double *out) {
    if (!facts_known(f, id))
        return 1u << id;
    *out = count_of(f, id);
    return 0;
}

static uint32_t read_since(const struct facts *f, enum fact_id id, int64_t now_ms, double *out) {
    if (!facts_known(f, id))
        return 1u << id;
    *out = days_since(f, id, now_ms);
    return 0;
}

/* Time since something that may never have happened: `never` is the count that says so at 0. */
static uint32_t read_since_or_never(const struct facts *f, enum fact_id id, enum fact_id never,
                                    int64_t now_ms, double *out) {
    if (facts_known(f, id)) {
        *out = days_since(f, id, now_ms);
        return 0;
    }
    if (known_zero(f, never)) {
        *out = VALUE_NEVER;
        return 0;
    }
    return lacking(f, 1u << id | 1u << never);
}

static uint32_t read_days_silent(const struct facts *f, int64_t now_ms, double *out) {
    if (!facts_known(f, FACT_LAST_POST_AT) && known_zero(f, FACT_POSTS))
        return read_since(f, FACT_CREATED_AT, now_ms, out);
    if (facts_known(f, FACT_LAST_POST_AT))
        return read_since(f, FACT_LAST_POST_AT, now_ms, out);
    return lacking(f, FACT_BIT(LAST_POST_AT) | FACT_BIT(POSTS));
}

static uint32_t read_ratio(const struct facts *f, double *out) {
    *out = 0.0;
    if (known_zero(f, FACT_FOLLOWING))
        return 0;
    uint32_t missing = lacking(f, FACT_BIT(FOLLOWING) | FACT_BIT(FOLLOWERS));
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

static uint32_t read_posts_per_day(const struct facts *f, int64_t now_ms, double *out) {
    *out = 0.0;
    if (known_zero(f, FACT_POSTS))
        return 0;
    uint32_t missing = lacking(f, FACT_BIT(POSTS) | FACT_BIT(CREATED_AT));
    if (missing == 0)
        *out = per_day(f, count_of(f, FACT_POSTS), now_ms);
    return missing;
}

static bool known_silent(const struct facts *f, int64_t now_ms) {
    return facts_known(f, FACT_LAST_POST_AT) &&
           days_since(f, FACT_LAST_POST_AT, now_ms) >= VALUE_SILENT_DAYS;
}

static uint32_t read_noise(const struct facts *f, int64_t now_ms, double *out) {
    const uint32_t both = FACT_BIT(POSTS) | FACT_BIT(INTERACTIONS);
    *out = 0.0;
    if (known_zero(f, FACT_POSTS) || known_silent(f, now_ms))
        return 0;
    if (lacking(f, both) == 0 && f->value[FACT_INTERACTIONS] >= f->value[FACT_POSTS])
        return 0;
    uint32_t missing = lacking(f, both | FACT_BIT(CREATED_AT) | FACT_BIT(LAST_POST_AT));
    if (missing == 0)
        *out = per_day(f, count_of(f, FACT_POSTS) - count_of(f, FACT_INTERACTIONS), now_ms);
    return missing;
}

static enum tri no_interactions(const struct facts *f) {
    if (!facts_known(f, FACT_INTERACTIONS))
        return TRI_UNKNOWN;
    return f->value[FACT_INTERACTIONS] <= 0 ? TRI_YES : TRI_NO;
}

static enum fact_id flag_fact(enum value_id id) {
    static const uint8_t facts[VALUE_COUNT] = {
        [VALUE_FOLLOWS_ME] = FACT_FOLLOWS_ME,
        [VALUE_MUTUAL] = FACT_FOLLOWS_ME,
        [VALUE_VERIFIED] = FACT_VERIFIED,
        [VALUE_BOT] = FACT_BOT,
        [VALUE_PROTECTED] = FACT_PROTECTED,
        [VALUE_SUSPENDED] = FACT_SUSPENDED,
        [VALUE_DELETED] = FACT_DELETED,
        [VALUE_MOVED] = FACT_MOVED,
        [VALUE_DEFAULT_AVATAR] = FACT_DEFAULT_AVATAR,
    };
    return (enum fact_id)facts[id];
}

enum tri value_flag(enum value_id id, const struct facts *f) {
    if (id == VALUE_COURTESY)
        return tri_and(facts_flag(f, FACT_FOLLOWS_ME), no_interactions(f));
    return facts_flag(f, flag_fact(id));
}

static uint32_t read_flag(enum value_id id, const struct facts *f, double *out) {
    enum tri yes = value_flag(id, f);
    *out = yes == TRI_YES ? 1.0 : 0.0;
    return yes == TRI_UNKNOWN ? lacking(f, value_infos[id].facts) : 0;
}

static uint32_t read_list_count(const struct facts *f, double *out) {
    if (!facts_known(f, FACT_LISTS))
        return FACT_BIT(LISTS);
    struct text lists = f->text[FACT_LISTS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < lists.size; i++)
        count += lists.at[i] == '\n';
    *out = (double)(count - facts_lists_open(f)); /* open: at least so many */
    return 0;
}

static uint32_t read_time(enum fact_id id, const struct facts *f, double *out) {
    if (!facts_known(f, id))
        return 1u << id;
    *out = (double)f->value[id];
    return 0;
}

uint32_t value_number(enum value_id id, const struct facts *f, int64_t now_ms, double *out) {
    switch ((int)id) {
    case VALUE_FOLLOWERS:
    case VALUE_REACH:
        return read_count(f, FACT_FOLLOWERS, out);
    case VALUE_FOLLOWING:
        return read_count(f, FACT_FOLLOWING, out);
    case VALUE_POSTS:
        return read_count(f, FACT_POSTS, out);
    case VALUE_INTERACTIONS:
        return read_count(f, FACT_INTERACTIONS, out);
    case VALUE_LISTS:
        return read_list_count(f, out);
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
        return read_since(f, FACT_FOLLOWED_AT, now_ms, out);
    case VALUE_LAST_POST:
        return read_since_or_never(f, FACT_LAST_POST_AT, FACT_POSTS, now_ms, out);
    case VALUE_LAST_INTERACTION:
        return read_since_or_never(f, FACT_LAST_INTERACTION_AT, FACT_INTERACTIONS, now_ms, out);
    case VALUE_CREATED_AT:
        return read_time(FACT_CREATED_AT, f, out);
    case VALUE_FOLLOWED_AT:
        return read_time(FACT_FOLLOWED_AT, f, out);
    case VALUE_LAST_POST_AT:
        return read_time(FACT_LAST_POST_AT, f, out);
    case VALUE_LAST_INTERACTION_AT:
        return read_time(FACT_LAST_INTERACTION_AT, f, out);
    default:
        return read_flag(id, f, out);
    }
}

enum fact_id value_text_fact(enum value_id id) {
    switch ((int)id) {
    case VALUE_HANDLE:
        return FACT_HANDLE;
    case VALUE_NAME:
        return FACT_NAME;
    case VALUE_BIO:
        return FACT_BIO;
    case VALUE_LANG:
        return FACT_LANG;
    default:
        return FACT_ID;
    }
}

uint32_t value_missing(enum value_id id, const struct facts *f, int64_t now_ms) {
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
