/* Facts in words: see reason.h. Happy path: one piece after the other, each only where what it says
 * is known. Cannot fail. */
#include "work/plan/reason.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text_time.h"
#include "core/expr/expr_value.h"
#include "work/campaign/state.h"

#define MONTH_DAYS 30.44
#define YEAR_DAYS  365.25
#define LISTS_TOLD 3
#define LIST_NAME  60
#define RULE_TOLD  180

const struct kind_words kind_words[KIND_COUNT] = {
#define X(id, name, head, clause) {name, head, clause},
    KINDS(X)
#undef X
};

/* ---- pieces ---- */

struct words {
    char *at;
    size_t used;
};

static struct words words_start(char to[REASON_SIZE]) {
    to[0] = '\0';
    return (struct words){to, 0};
}

/* The whole piece, or nothing of it. `between` goes before it unless it is the first. */
__attribute__((format(printf, 3, 4))) static void words_put(struct words *w, const char *between,
                                                            const char *format, ...) {
    char piece[REASON_SIZE];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    const char *joint = w->used == 0 ? "" : between;
    if (size <= 0 || (size_t)size >= sizeof piece ||
        w->used + strlen(joint) + (size_t)size >= REASON_SIZE)
        return;
    int n = snprintf(w->at + w->used, REASON_SIZE - w->used, "%s%s", joint, piece);
    w->used += n < 0 ? 0 : (size_t)n;
}

struct shown_text {
    char text[32];
};

static const char *month_name(const char *date) {
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    int month = (date[5] - '0') * 10 + date[6] - '0';
    return names[month >= 1 && month <= 12 ? month - 1 : 0];
}

/* "May 2014" */
static struct shown_text month_of(int64_t time_ms) {
    char date[TEXT_TIME_SIZE];
    struct shown_text out;
    text_time_write(time_ms, date);
    snprintf(out.text, sizeof out.text, "%s %.4s", month_name(date), date);
    return out;
}

/* "3 November 2026" */
static struct shown_text day_of(int64_t time_ms) {
    char date[TEXT_TIME_SIZE];
    struct shown_text out;
    text_time_write(time_ms, date);
    snprintf(out.text, sizeof out.text, "%s%c %s %.4s",
             date[8] == '0' ? "" : (char[2]){date[8], '\0'}, date[9], month_name(date), date);
    return out;
}

/* "214k", "1.2m" */
static struct shown_text roughly(int64_t n) {
    struct shown_text out;
    if (n < 10000)
        snprintf(out.text, sizeof out.text, "%" PRId64, n);
    else if (n < 1000000)
        snprintf(out.text, sizeof out.text, "%" PRId64 "k", n / 1000);
    else
        snprintf(out.text, sizeof out.text, "%" PRId64 ".%dm", n / 1000000, (int)(n / 100000 % 10));
    return out;
}

/* "3 times", "at least once" */
static struct shown_text times(const struct facts *f, enum fact_id count) {
    struct shown_text out;
    const char *least = facts_exact(f, count) ? "" : "at least ";
    if (f->value[count] == 1)
        snprintf(out.text, sizeof out.text, "%sonce", least);
    else
        snprintf(out.text, sizeof out.text, "%s%" PRId64 " times", least, f->value[count]);
    return out;
}

/* ---- how much it posts ---- */

static void put_rate(struct words *w, double a_day) {
    static const struct {
        double days;
        const char *name;
    } spans[] = {{1, "day"}, {7, "week"}, {MONTH_DAYS, "month"}, {YEAR_DAYS, "year"}};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        double posts = a_day * spans[i].days;
        if (posts < 0.95)
            continue;
        words_put(w, ", ", "%.0f post%s a %s", posts, posts < 1.5 ? "" : "s", spans[i].name);
        return;
    }
    words_put(w, ", ", "less than a post a year");
}

static bool is(const struct facts *f, enum fact_id flag) {
    return facts_flag(f, flag) == TRI_YES;
}

static bool never_posted(const struct facts *f) {
    return facts_exact(f, FACT_POSTS) && f->value[FACT_POSTS] <= 0 &&
           !facts_known(f, FACT_LAST_POST_AT);
}

/* Days since its last post; -1: not known. */
static double silent_days(const struct facts *f, int64_t now_ms) {
    double days = 0;
    if (!facts_known(f, FACT_LAST_POST_AT) ||
        value_number(VALUE_DAYS_SILENT, f, now_ms, &days) != 0)
        return -1;
    return days;
}

static void put_volume(struct words *w, const struct facts *f, int64_t now_ms) {
    double a_day = 0;
    if (is(f, FACT_DELETED))
        words_put(w, ", ", "deleted");
    else if (is(f, FACT_SUSPENDED))
        words_put(w, ", ", "suspended");
    else if (is(f, FACT_MOVED))
        words_put(w, ", ", "moved to a new account");
    else if (never_posted(f))
        words_put(w, ", ", "never posted");
    else if (silent_days(f, now_ms) >= VALUE_SILENT_DAYS)
        words_put(w, ", ", "silent since %s", month_of(f->value[FACT_LAST_POST_AT]).text);
    else if (value_number(VALUE_POSTS_PER_DAY, f, now_ms, &a_day) == 0)
        put_rate(w, a_day);
    else if (facts_known(f, FACT_LAST_POST_AT))
        words_put(w, ", ", "last posted in %s", month_of(f->value[FACT_LAST_POST_AT]).text);
}

static const char volume_unknown[] = "how much it posts is not known";

void reason_volume(const struct facts *f, int64_t now_ms, char to[REASON_SIZE]) {
    struct words w = words_start(to);
    put_volume(&w, f, now_ms);
    if (w.used == 0)
        words_put(&w, "", "%s", volume_unknown);
}

/* ---- what was exchanged ---- */

static void put_last(struct words *w, const struct facts *f, enum fact_id last) {
    if (facts_known(f, last))
        words_put(w, "", ", last in %s", month_of(f->value[last]).text);
}

static bool is_none(const struct facts *f, enum fact_id count) {
    return facts_known(f, count) && f->value[count] <= 0;
}

static bool is_some(const struct facts *f, enum fact_id count) {
    return facts_known(f, count) && f->value[count] > 0;
}

static void put_talked(struct words *w, const struct facts *f) {
    if (is_some(f, FACT_TALKED_TO)) {
        words_put(w, ", ", "you talked to them %s", times(f, FACT_TALKED_TO).text);
        put_last(w, f, FACT_LAST_TALKED_AT);
    } else if (is_none(f, FACT_TALKED_TO)) {
        words_put(w, ", ", "%s",
                  facts_exact(f, FACT_TALKED_TO) ? "you never reacted"
                                                 : "no reaction of yours was seen");
    }
}

static void put_heard(struct words *w, const struct facts *f) {
    if (is_some(f, FACT_HEARD_FROM)) {
        words_put(w, ", ", "you heard from them %s", times(f, FACT_HEARD_FROM).text);
        put_last(w, f, FACT_LAST_HEARD_AT);
    } else if (is_none(f, FACT_HEARD_FROM)) {
        words_put(w, ", ", "%s",
                  facts_exact(f, FACT_HEARD_FROM) ? "they never reacted"
                                                  : "nothing from them was seen");
    }
}

static void put_exchanged(struct words *w, const struct facts *f) {
    if (!is_some(f, FACT_INTERACTIONS))
        return;
    words_put(w, ", ", "exchanged something %s", times(f, FACT_INTERACTIONS).text);
    put_last(w, f, FACT_LAST_INTERACTION_AT);
}

/* Only what is known of both sides at once, or else of each. */
static void put_exchange(struct words *w, const struct facts *f) {
    if (is_none(f, FACT_INTERACTIONS) && facts_exact(f, FACT_INTERACTIONS)) {
        words_put(w, ", ", "never talked");
        return;
    }
    put_talked(w, f);
    if (is_some(f, FACT_HEARD_FROM))
        put_heard(w, f);
    if (!facts_known(f, FACT_TALKED_TO) && !facts_known(f, FACT_HEARD_FROM))
        put_exchanged(w, f);
}

void reason_talked(const struct facts *f, char to[REASON_SIZE]) {
    struct words w = words_start(to);
    put_talked(&w, f);
    if (w.used == 0)
        put_exchanged(&w, f);
}

void reason_heard(const struct facts *f, char to[REASON_SIZE]) {
    struct words w = words_start(to);
    put_heard(&w, f);
}

/* ---- the rest ---- */

static void put_lists(struct words *w, const char *between, const struct facts *f) {
    const char *at = facts_known(f, FACT_LISTS) ? facts_text(f, FACT_LISTS).at : NULL;
    const char *end = at == NULL ? NULL : at + facts_text(f, FACT_LISTS).size;
    unsigned count = 0;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((stop != NULL ? stop : end) - at);
        struct text name = text_cut((struct text){at, (uint32_t)size}, LIST_NAME);
        if (size > 0 && count++ < LISTS_TOLD)
            words_put(w, count == 1 ? between : ", ", "%s%.*s", count == 1 ? "on your list " : "",
                      (int)name.size, name.at);
        at += size + 1;
    }
    if (count > LISTS_TOLD)
        words_put(w, ", ", "and %u more", count - LISTS_TOLD);
}

static void put_marks(struct words *w, const char *between, const struct facts *f) {
    if (is(f, FACT_NOTED))
        words_put(w, between, "you wrote a note on them");
    if (is(f, FACT_NOTIFY))
        words_put(w, between, "you asked to be told of each post");
    if (is(f, FACT_ENDORSED))
        words_put(w, between, "you show them on your profile");
}

static void put_relation(struct words *w, const struct facts *f) {
    enum tri back = facts_flag(f, FACT_FOLLOWS_ME);
    if (back != TRI_UNKNOWN)
        words_put(w, "; ", "%s", back == TRI_YES ? "follows back" : "does not follow back");
    put_lists(w, "; ", f);
    put_marks(w, "; ", f);
    if (is(f, FACT_BOT))
        words_put(w, "; ", "a bot");
    if (is(f, FACT_REQUESTED))
        words_put(w, "; ", "has not accepted your request");
    if (is(f, FACT_BLOCKED) || is(f, FACT_MUTED))
        words_put(w, "; ", "%s by you", is(f, FACT_BLOCKED) ? "blocked" : "muted");
}

void reason_relation(const struct facts *f, char to[REASON_SIZE]) {
    struct words w = words_start(to);
    put_relation(&w, f);
}

void reason_words(const struct facts *f, int64_t now_ms, char to[REASON_SIZE]) {
    struct words w = words_start(to);
    put_volume(&w, f, now_ms);
    put_exchange(&w, f);
    put_relation(&w, f);
    if (w.used == 0)
        words_put(&w, "", "%s", volume_unknown);
}

/* ---- what is missing ---- */

static const char *const missing_words[FACT_COUNT] = {
    [FACT_FOLLOWERS] = "how many follow them",
    [FACT_POSTS] = "how much they post",
    [FACT_CREATED_AT] = "since when they are there",
    [FACT_FOLLOWED_AT] = "when you followed them",
    [FACT_FOLLOWED_AFTER] = "when you followed them",
    [FACT_LAST_POST_AT] = "when they posted last",
    [FACT_INTERACTIONS] = "whether you talked",
    [FACT_LAST_INTERACTION_AT] = "when you talked last",
    [FACT_FOLLOWS_ME] = "whether they follow back",
    [FACT_LISTS] = "whether they are on a list of yours",
    [FACT_TALKED_TO] = "whether you talked to them",
    [FACT_HEARD_FROM] = "whether you heard from them",
    [FACT_MESSAGES] = "whether you wrote each other in private",
    [FACT_LAST_TALKED_AT] = "when you talked to them last",
    [FACT_LAST_HEARD_AT] = "when you heard from them last",
};

void reason_missing(fact_set missing, char to[REASON_SIZE]) {
    struct words w = words_start(to);
    if ((missing & FACT_BIT(TALKED_TO)) != 0) /* which is part of it, and says more */
        missing &= ~FACT_BIT(INTERACTIONS);
    for (int id = 0; id < FACT_COUNT; id++) {
        if ((missing & FACT_SET(id)) == 0)
            continue;
        if (missing_words[id] == NULL)
            words_put(&w, ", ", "%s", fact_names[id]);
        else if (strstr(to, missing_words[id]) == NULL)
            words_put(&w, ", ", "%s", missing_words[id]);
    }
}

/* ---- kinds ---- */

/* By whether they follow back: the kind, or one of the two after it. */
static enum reason_kind by_relation(enum reason_kind one_way, const struct facts *f) {
    enum tri back = facts_flag(f, FACT_FOLLOWS_ME);
    return (enum reason_kind)(one_way + (back == TRI_NO ? 0 : back == TRI_YES ? 1 : 2));
}

enum reason_kind kind_to_go(const struct facts *f, int64_t now_ms) {
    double a_day = 0;
    if (is(f, FACT_DELETED) || is(f, FACT_SUSPENDED) || is(f, FACT_MOVED))
        return KIND_GONE;
    if (never_posted(f))
        return KIND_NEVER;
    if (silent_days(f, now_ms) >= KIND_SILENT_DAYS)
        return KIND_SILENT;
    if (is(f, FACT_BOT))
        return KIND_BOT;
    if (silent_days(f, now_ms) >= VALUE_SILENT_DAYS)
        return by_relation(KIND_QUIET, f);
    if (value_number(VALUE_POSTS_PER_DAY, f, now_ms, &a_day) != 0)
        return by_relation(KIND_UNKNOWN, f);
    return by_relation(a_day >= KIND_LOUD_A_DAY ? KIND_LOUD : KIND_QUIET, f);
}

/* How the rules of core/policy/goal.c begin; a unit test sees that each has its kind. */
enum reason_kind kind_of_rule(struct text rule) {
    static const struct {
        const char *begin;
        enum reason_kind kind;
    } rules[] = {
        {"at_least(talked_to)", KIND_TALKED},
        {"known(messages)", KIND_MESSAGES},
        {"known(heard_from)", KIND_HEARD},
        {"interactions > 0", KIND_EXCHANGED},
        {"known(lists)", KIND_ON_LIST},
        {"known(noted)", KIND_NOTED},
        {"known(protected)", KIND_PRIVATE},
        {"known(followed)", KIND_RECENT},
        {"known(follow_rank)", KIND_NEWEST},
        {"known(mutual)", KIND_MUTUAL},
        {"mutual", KIND_MUTUAL},
        {"known(followers)", KIND_VOICE},
        {"days_silent < ", KIND_ACTIVE},
        {"not (known(suspended)", KIND_ALIVE},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        size_t size = strlen(rules[i].begin);
        if (rule.size >= size && memcmp(rule.at, rules[i].begin, size) == 0)
            return rules[i].kind;
    }
    return KIND_RULE;
}

/* ---- why they stay ---- */

static void put_followed(struct words *w, const struct facts *f) {
    if (facts_known(f, FACT_FOLLOWED_AT))
        words_put(w, "", "you followed them on %s", day_of(f->value[FACT_FOLLOWED_AT]).text);
    else if (facts_known(f, FACT_FOLLOWED_AFTER))
        words_put(w, "", "you followed them after %s", day_of(f->value[FACT_FOLLOWED_AFTER]).text);
}

static void put_voice(struct words *w, const struct facts *f) {
    words_put(w, "", "%s followers", roughly(f->value[FACT_FOLLOWERS]).text);
    if (is(f, FACT_VERIFIED))
        words_put(w, ", ", "verified");
}

static void put_messages(struct words *w, const struct facts *f) {
    words_put(w, "", "you wrote each other in private %s", times(f, FACT_MESSAGES).text);
}

static void put_rank(struct words *w, const struct facts *f) {
    words_put(w, "", "among your newest follows, at place %" PRId64, f->value[FACT_FOLLOW_RANK]);
}

static void put_rule(struct words *w, struct text rule) {
    struct text told = text_cut(rule, RULE_TOLD);
    words_put(w, "", "your rule \"%.*s%s\"", (int)told.size, told.at,
              told.size < rule.size ? "..." : "");
}

/* True of the followee as it is now; "" where its facts have changed since. */
static void put_kept(struct words *w, enum reason_kind kind, const struct facts *f,
                     int64_t now_ms) {
    if (kind == KIND_TALKED && is_some(f, FACT_TALKED_TO))
        put_talked(w, f);
    else if (kind == KIND_HEARD && is_some(f, FACT_HEARD_FROM))
        put_heard(w, f);
    else if (kind == KIND_MESSAGES && is_some(f, FACT_MESSAGES))
        put_messages(w, f);
    else if (kind == KIND_EXCHANGED)
        put_exchanged(w, f);
    else if (kind == KIND_ON_LIST)
        put_lists(w, "", f);
    else if (kind == KIND_NOTED)
        put_marks(w, ", ", f);
    else if (kind == KIND_RECENT)
        put_followed(w, f);
    else if (kind == KIND_NEWEST && facts_known(f, FACT_FOLLOW_RANK))
        put_rank(w, f);
    else if (kind == KIND_VOICE && facts_known(f, FACT_FOLLOWERS))
        put_voice(w, f);
    else if (kind == KIND_PRIVATE)
        words_put(w, "", "a private account that follows back");
    else if (kind == KIND_MUTUAL)
        words_put(w, "", "follows back");
    else if (kind == KIND_ACTIVE || kind == KIND_ALIVE)
        put_volume(w, f, now_ms);
}

void reason_kept(enum reason_kind kind, struct text rule, const struct facts *f, int64_t now_ms,
                 char to[REASON_SIZE]) {
    struct words w = words_start(to);
    if (kind == KIND_RULE)
        put_rule(&w, rule);
    else
        put_kept(&w, kind, f, now_ms);
    if (w.used == 0)
        words_put(&w, "", "%s", kind_words[kind].head);
}
