/* The goals' rules: see goal.h. Happy path: each rule of the goal is compiled, and goes to "keep"
 * or to "aside" by whether it can keep anybody. Fails for want of memory alone: a unit test
 * compiles every rule. */
#include "core/policy/goal.h"

#include "core/expr/expr.h"
#include "core/expr/expr_value.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const goal_names[GOAL_COUNT] = {"declutter", "careful", "one-way", "inactive", "dead"};

const char *const goal_meanings[GOAL_COUNT] = {
    "who is no tie of yours goes, the loudest first",
    "as declutter, and everybody who follows back stays",
    "who does not follow back goes",
    "who has been silent for a year goes",
    "who is gone, was suspended, moved away or never began goes",
};

int goal_find(const char *name) {
    for (int goal = 0; goal < GOAL_COUNT; goal++)
        if (strcmp(goal_names[goal], name) == 0)
            return goal;
    return -1;
}

enum goal goal_default(uint32_t followees) {
    return followees < GOAL_CAREFUL_BELOW ? GOAL_CAREFUL : GOAL_DECLUTTER;
}

/* ---- the rules ---- */

#define IN(goal) (1u << GOAL_##goal)
#define ALL      ((1u << GOAL_COUNT) - 1)
#define RULE_MAX 320

struct goal_rule {
    unsigned goals;
    unsigned needed;  /* of these it is never set aside */
    const char *text; /* %u: see rule_text */
};

/* Ties first: they say best why somebody stays. Research behind them, in docs/policy.md: what is
 * recent and what was in private counts more than how often it was; being acknowledged holds a tie
 * though one never answers.
 *
 * Only talked_to is needed by every goal: where nothing is known of whom the account talks to, not
 * even "none seen", nobody can be told from a stranger. */
static const struct goal_rule rules[] = {
    {ALL, ALL & ~IN(DEAD), "at_least(talked_to) > 0"},
    {ALL, 0, "known(messages) and at_least(messages) > 0"},
    {ALL, 0, "known(heard_from) and at_least(heard_from) > 0 and at_least(last_heard) < 1y"},
    {ALL, 0, "interactions > 0 and not known(talked_to)"},
    {ALL, 0, "known(lists) and at_least(lists) > 0"},
    {ALL, 0, "known(noted) and noted or known(notify) and notify or known(endorsed) and endorsed"},
    /* They let the account in, and follow it: people, unless it is known to be no voice of one. */
    {ALL, 0,
     "known(protected) and protected and known(mutual) and mutual and "
     "not (known(days_silent) and days_silent > 2y) and "
     "not (known(posts_per_day) and posts_per_day > 8)"},
    {ALL, 0, "known(followed) and at_least(followed) < 30d"},
    /* Where follows have no dates, their order still tells which are new. */
    {ALL & ~IN(DEAD), 0, "known(follow_rank) and follow_rank <= %u and not known(followed_at)"},
    /* Where nobody can tell what they did towards the account, following back is all there is. */
    {ALL, 0, "known(mutual) and mutual and not known(heard_from)"},
    {ALL & ~IN(DEAD), 0,
     "known(followers) and followers >= 100k and (not known(verified) or verified) and "
     "not (known(bot) and bot)"},
    /* Of who is gone nobody tells whether they follow, and they do not. */
    {IN(CAREFUL) | IN(ONE_WAY), IN(CAREFUL) | IN(ONE_WAY),
     "mutual and (known(mutual) or "
     "not (known(deleted) and deleted or known(suspended) and suspended))"},
    {IN(INACTIVE), IN(INACTIVE), "days_silent < %ud"},
    {IN(DEAD), IN(DEAD),
     "not (known(suspended) and suspended or known(deleted) and deleted or "
     "known(moved) and moved or known(posts) and posts == 0 and known(created) and created > 90d)"},
};
#define RULES (sizeof rules / sizeof rules[0])

/* The newest hundredth of the follows, and a handful in a small roster. */
static uint32_t newest(uint32_t followees) {
    uint32_t share = followees / 100;
    return followees == 0 ? 100 : share < 5 ? 5 : share;
}

static void rule_text(const struct goal_rule *r, const struct goal_terms *terms,
                      char text[RULE_MAX]) {
    uint32_t since = terms->since_days != 0 ? terms->since_days : GOAL_SINCE_DAYS;
    uint32_t number = strstr(r->text, "follow_rank") != NULL ? newest(terms->followees) : since;
    const char *at = strstr(r->text, "%u");
    if (at == NULL)
        snprintf(text, RULE_MAX, "%s", r->text);
    else
        snprintf(text, RULE_MAX, "%.*s%" PRIu32 "%s", (int)(at - r->text), r->text, number, at + 2);
}

static int compile(const struct goal_rule *r, const struct goal_terms *terms, struct expr **out,
                   struct winnow_error *err) {
    char text[RULE_MAX];
    struct expr_error error;
    rule_text(r, terms, text);
    return expr_compile(text, strlen(text), out, &error) == 0
               ? 0
               : winnow_fail(err, WINNOW_FAILED, "a rule of winnow's own, \"%s\": %s", text,
                             error.text);
}

/* The goals that use the rule: it can keep somebody, or the goal is about it. */
static unsigned used_by(const struct goal_rule *r, const struct expr *e, fact_set known) {
    return expr_can_be_yes(e, known) ? r->goals : r->needed;
}

static int add_rules(enum goal goal, const struct goal_terms *terms, json_t *keep, json_t *aside,
                     struct winnow_error *err) {
    for (size_t i = 0; i < RULES; i++) {
        struct expr *e;
        if ((rules[i].goals >> goal & 1u) == 0)
            continue;
        if (compile(&rules[i], terms, &e, err) != 0)
            return -1;
        bool used = (used_by(&rules[i], e, terms->known) >> goal & 1u) != 0;
        struct text source = expr_source(e);
        json_t *text = json_stringn(source.at, source.size);
        expr_free(e);
        if (json_array_append_new(used ? keep : aside, text) != 0)
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    }
    return 0;
}

/* ---- the order ---- */

/* Posts that nobody here reacts to count most: each request takes away so many. Of those who post
 * nothing, first who gives nothing back at all. */
static json_t *loudest_first(void) {
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:f}", "noise", 100, "bot", 2, "one_way", 1,
                     "suspended", 1, "deleted", 1, "moved", 1, "days_silent", 0.0001);
}

static json_t *score_of(enum goal goal) {
    switch (goal) {
    case GOAL_INACTIVE:
        return json_pack("{s:i, s:i}", "days_silent", 1, "one_way", 30);
    case GOAL_DEAD:
        return json_pack("{s:i, s:i}", "days_silent", 1, "noise", 1000);
    case GOAL_DECLUTTER:
    case GOAL_CAREFUL:
    case GOAL_ONE_WAY:
    case GOAL_COUNT:
        break;
    }
    return loudest_first();
}

static json_t *first_of(enum goal goal) {
    if (goal != GOAL_DEAD)
        return json_array();
    return json_pack("[s, s]", "suspended or deleted", "moved");
}

/* ---- the whole ---- */

static json_t *make(enum goal goal, json_t *keep, json_t *aside) {
    char comment[160];
    snprintf(comment, sizeof comment, "%s: %s; docs/policy.md explains each rule", goal_names[goal],
             goal_meanings[goal]);
    return json_pack("{s:s, s:s, s:O, s:O, s:o, s:o, s:s}", "comment", comment, "goal",
                     goal_names[goal], "keep", keep, "aside", aside, "first", first_of(goal),
                     "score", score_of(goal), "undecided", "hold");
}

int goal_policy(enum goal goal, const struct goal_terms *terms, char **json, size_t *size,
                struct winnow_error *err) {
    json_t *keep = json_array();
    json_t *aside = json_array();
    json_t *root = NULL;
    int result = keep == NULL || aside == NULL ? winnow_fail(err, WINNOW_NO_MEMORY, "out of memory")
                                               : add_rules(goal, terms, keep, aside, err);
    if (result == 0)
        root = make(goal, keep, aside);
    *json = root == NULL ? NULL : json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    json_decref(keep);
    json_decref(aside);
    if (result == 0 && *json == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    *size = *json == NULL ? 0 : strlen(*json);
    return result;
}

/* ---- side by side ---- */

/* Most rules are in all goals, so each is judged once, and only while a goal still asks. */
struct goal_tally {
    struct expr *rules[RULES]; /* owned */
    unsigned used[RULES];      /* by which goals */
    int64_t now_ms;
    struct goal_count of[GOAL_COUNT];
};

int goal_tally_init(struct goal_tally **out, const struct goal_terms *terms, int64_t now_ms,
                    struct winnow_error *err) {
    struct goal_tally *t = calloc(1, sizeof *t);
    *out = t;
    if (t == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    t->now_ms = now_ms;
    for (size_t i = 0; i < RULES; i++) {
        if (compile(&rules[i], terms, &t->rules[i], err) != 0) {
            goal_tally_free(t);
            *out = NULL;
            return -1;
        }
        t->used[i] = used_by(&rules[i], t->rules[i], terms->known);
    }
    return 0;
}

void goal_tally_add(struct goal_tally *t, const struct facts *f, bool kept, bool held) {
    unsigned keep = kept ? ALL : 0;
    unsigned unknown = held ? ALL : 0;
    for (size_t i = 0; i < RULES && keep != ALL; i++) {
        unsigned asking = t->used[i] & ~keep;
        enum tri is = asking == 0 ? TRI_NO : expr_eval(t->rules[i], f, t->now_ms);
        keep |= is == TRI_YES ? asking : 0;
        unknown |= is == TRI_UNKNOWN ? asking : 0;
    }
    uint32_t volume = value_volume(f, t->now_ms);
    for (int goal = 0; goal < GOAL_COUNT; goal++) {
        struct goal_count *c = &t->of[goal];
        bool stays = (keep >> goal & 1u) != 0;
        bool undecided = !stays && (unknown >> goal & 1u) != 0;
        c->kept += stays;
        c->undecided += undecided;
        c->scheduled += !stays && !undecided;
        c->volume += !stays && !undecided && volume != VALUE_VOLUME_UNKNOWN ? volume : 0;
    }
}

const struct goal_count *goal_tally_of(const struct goal_tally *t, enum goal goal) {
    return &t->of[goal];
}

void goal_tally_free(struct goal_tally *t) {
    for (size_t i = 0; t != NULL && i < RULES; i++)
        expr_free(t->rules[i]);
    free(t);
}
