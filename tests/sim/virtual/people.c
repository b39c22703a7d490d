/* Followees: see people.h. Cannot fail. */
#include "people.h"

#include <stdio.h>

void person_draw(struct person *p, const struct scenario *s, struct dice *d) {
    bool many = s->which == ON_BLUESKY && dice_one_in(d, 8);
    *p = (struct person){.keys = (uint8_t)(many ? 2 + dice_below(d, 2) : 1)};
    p->there = (uint8_t)((1u << p->keys) - 1);
    for (int i = 0; i < JUDGED_PLAIN; i++)
        p->facts[i] = dice_one_in(d, 6) ? TOLD_UNKNOWN : dice_one_in(d, 4) ? TOLD_YES : TOLD_NO;
    for (int i = JUDGED_PLAIN; i < JUDGED_COUNT; i++)
        p->facts[i] = TOLD_UNKNOWN;
}

static bool true_fact(enum told told, struct dice *d) {
    return told == TOLD_UNKNOWN || dice_one_in(d, 6) ? dice_one_in(d, 3) : told == TOLD_YES;
}

void person_draw_truth(struct person *p, struct dice *d) {
    for (int i = JUDGED_PLAIN; i < JUDGED_TIES; i++)
        p->facts[i] = dice_one_in(d, 3) ? TOLD_UNKNOWN : dice_one_in(d, 8) ? TOLD_YES : TOLD_NO;
    p->is.follows_me = true_fact(p->facts[JUDGED_FOLLOWS_ME], d);
    p->is.wrote = true_fact(p->facts[JUDGED_WROTE], d);
    p->is.listed = true_fact(p->facts[JUDGED_LISTED], d);
    p->is.on_other = dice_one_in(d, 4);
}

static enum told negated(enum told t) {
    return t == TOLD_UNKNOWN ? t : t == TOLD_YES ? TOLD_NO : TOLD_YES;
}

static enum told condition_holds(const struct condition *c, const struct person *p) {
    enum told a = c->not_a ? negated(p->facts[c->a]) : p->facts[c->a];
    enum told b = p->facts[c->b];
    if (!c->two)
        return a;
    enum told decides = c->either ? TOLD_YES : TOLD_NO;
    if (a == decides || b == decides)
        return decides;
    return a == TOLD_UNKNOWN || b == TOLD_UNKNOWN ? TOLD_UNKNOWN : negated(decides);
}

bool person_may_go(const struct person *p, const struct scenario *s) {
    bool undecided = false;
    for (uint32_t i = 0; i < s->condition_count; i++) {
        enum told holds = condition_holds(&s->conditions[i], p);
        if (holds == TOLD_YES)
            return false;
        undecided = undecided || holds == TOLD_UNKNOWN;
    }
    return !undecided || s->undecided == UNDECIDED_SCHEDULE;
}

bool person_may_still_go(const struct person *p, const struct scenario *s, uint64_t process) {
    struct person now = *p;
    if (p->heard.process != process || p->heard.follows_me == TOLD_UNKNOWN)
        return true;
    now.facts[JUDGED_FOLLOWS_ME] = p->heard.follows_me;
    return person_may_go(&now, s);
}

void person_id(enum which which, uint32_t number, char to[PERSON_TEXT]) {
    snprintf(to, PERSON_TEXT, which == ON_BLUESKY ? "did:plc:person%u" : "%u", 1000 + number);
}

void person_key(enum which which, uint32_t number, uint32_t key, char to[PERSON_TEXT]) {
    if (which == ON_BLUESKY)
        snprintf(to, PERSON_TEXT, "p%uk%u", number, key);
    else if (which == ON_GITHUB)
        snprintf(to, PERSON_TEXT, "login%u", 1000 + number);
    else
        to[0] = '\0';
}
