/* Exchanges: see ties.h. Happy path: a source is read to its end; what was counted in it is each
 * followee's tie, and everybody who was in the roster as the reading began was looked for. A source
 * that is refused tells what was on its pages before, or nothing, and in it nobody was looked
 * for. */
#include "ties.h"
#include "sim.h"

#include "work/evidence/coverage.h"

#include <string.h>

#define TALKED (1u << FROM_POSTS | 1u << FROM_LIKES | 1u << FROM_SAVED | 1u << FROM_MESSAGES)
#define HEARD  (1u << FROM_REACTIONS | 1u << FROM_MESSAGES)
#define WHOLE  (1u << FROM_POSTS | 1u << FROM_LIKES | 1u << FROM_MESSAGES)

static enum dataset dataset_of(const struct sim *sim, enum from from) {
    static const enum dataset sets[FROM_COUNT] = {
        [FROM_POSTS] = DATASET_POSTS,         [FROM_LIKES] = DATASET_LIKES,
        [FROM_SAVED] = DATASET_BOOKMARKS,     [FROM_MESSAGES] = DATASET_MESSAGES,
        [FROM_REACTIONS] = DATASET_REACTIONS,
    };
    return from == FROM_SAVED && sim->s.which == ON_BLUESKY ? DATASET_BOOSTS : sets[from];
}

bool ties_given(const struct sim *sim, enum from from) {
    return from != FROM_MESSAGES || sim->s.which != ON_BLUESKY;
}

/* ---- what the roster and the archive tell ---- */

void ties_begin(struct sim *sim, uint32_t number) {
    struct person *p = &sim->people[number];
    struct dice *d = &sim->ties_dice;
    p->stated = sim->s.unstated ? TOLD_UNKNOWN : p->facts[JUDGED_WROTE];
    if (!sim->s.archive || p->joined || !p->is.wrote || dice_one_in(d, 3))
        return;
    p->known[FROM_POSTS].talked = dice_below(d, 3);
    p->known[FROM_LIKES].talked = dice_below(d, 2);
    p->known[FROM_MESSAGES].talked = dice_below(d, 2);
    p->known[FROM_MESSAGES].heard = dice_below(d, 3);
    p->known[FROM_MESSAGES].messages =
        p->known[FROM_MESSAGES].talked + p->known[FROM_MESSAGES].heard;
}

void ties_tell(const struct sim *sim, const struct person *p, struct facts *f) {
    for (int from = FROM_POSTS; from < FROM_COUNT; from++) {
        const struct exchanged *x = &p->known[from];
        enum dataset set = dataset_of(sim, (enum from)from);
        if (x->talked + x->heard + x->messages > 0)
            *facts_tie(f, set) = (struct tie){.dataset = (uint8_t)set,
                                              .talked = x->talked,
                                              .heard = x->heard,
                                              .messages = x->messages};
    }
}

/* In these everybody must have been looked for, or nothing can be said of whom the account did not
 * talk to. */
static uint32_t needed(const struct sim *sim) {
    bool on_x = sim->s.which == ON_X;
    bool forgets = sim->s.which == ON_GITHUB; /* what one wrote, after 90 days */
    return (forgets ? 0 : 1u << FROM_POSTS) | (on_x ? 0 : 1u << FROM_LIKES) |
           (sim->s.which == ON_BLUESKY ? 1u << FROM_SAVED : 0);
}

void ties_tell_archive(struct sim *sim, uint16_t batch) {
    struct store_txn *t;
    if (!sim->s.archive)
        return;
    sim_must(sim, store_write(sim->w->store, STORE_ALL, &t, &sim->err));
    for (int from = FROM_POSTS; from < FROM_COUNT; from++) {
        bool whole = !dice_one_in(&sim->ties_dice, 5);
        bool through = whole || dice_one_in(&sim->ties_dice, 2);
        struct evidence e = {.state = whole ? WINNOW_SET_COMPLETE : WINNOW_SET_PARTIAL,
                             .batch = batch,
                             .people = through ? sim->s.people : 0,
                             .why = {.reason = whole     ? REASON_NONE
                                               : through ? REASON_NEVER_WHOLE
                                                         : REASON_SAID}};
        if (((WHOLE | needed(sim)) >> from & 1u) == 0)
            continue;
        sim_must(sim, evidence_put(t, sim->campaign.id, dataset_of(sim, (enum from)from), &e,
                                   &sim->err));
        sim->looked[from] = (struct looked){.people = e.people, .batch = batch, .whole = whole};
    }
    sim_must(sim, store_commit(t, &sim->err));
}

/* ---- what is served ---- */

enum by ties_by(enum from from, uint32_t form) {
    if (from == FROM_MESSAGES)
        return (enum by)(form % 3);
    if (from == FROM_REACTIONS)
        return form % 8 == 0 ? BY_NOBODY : BY_FOLLOWEE; /* of a kind that was not asked for */
    return BY_ACCOUNT;
}

/* A message to the account is told of as well, when a conversation ends with it. */
static void add_twin(struct sim *sim, uint32_t number) {
    struct reading *r = &sim->reading;
    uint32_t message = r->count; /* the last row, from 1 on */
    if (ties_by(FROM_MESSAGES, r->rows[message - 1].form) != BY_FOLLOWEE ||
        dice_one_in(&sim->ties_dice, 2))
        return;
    reading_add(r, number, FROM_REACTIONS, 4);
    r->rows[r->count - 1].twin = (uint16_t)(r->count > message ? message : 0);
}

static void ties_add_row(struct sim *sim, uint32_t number, enum from from) {
    reading_add(&sim->reading, number, from, 1 + dice_below(&sim->ties_dice, 24));
    if (from == FROM_MESSAGES)
        add_twin(sim, number);
}

void ties_add_rows(struct sim *sim, uint32_t number) {
    struct dice *d = &sim->ties_dice;
    bool any = false;
    for (uint32_t from = FROM_POSTS; from < FROM_COUNT; from++) {
        uint32_t rows = dice_one_in(d, 2) ? 1 + dice_below(d, 2) : 0;
        rows = from == FROM_REACTIONS && !any && rows == 0 ? 1 : rows;
        any = any || rows > 0;
        for (; rows > 0 && ties_given(sim, (enum from)from); rows--)
            ties_add_row(sim, number, (enum from)from);
    }
}

void ties_draw_refusals(struct sim *sim) {
    for (int from = FROM_POSTS; from < FROM_COUNT; from++) {
        bool refused = dice_one_in(&sim->ties_dice, sim->s.source_refused_one_in);
        sim->reading.refuse_from[from] =
            refused ? (uint8_t)dice_below(&sim->ties_dice, 3) : UINT8_MAX;
    }
}

/* ---- what was learned ---- */

static uint32_t more(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static struct exchanged merged(const struct exchanged *a, const struct exchanged *b) {
    return (struct exchanged){more(a->talked, b->talked), more(a->heard, b->heard),
                              more(a->messages, b->messages)};
}

static bool same(const struct exchanged *a, const struct exchanged *b) {
    return a->talked == b->talked && a->heard == b->heard && a->messages == b->messages;
}

static bool has(uint8_t set, enum from from) {
    return ((unsigned)set >> from & 1u) != 0;
}

/* It was counted in the conversation that ends with it, unless that was refused before it came. */
static bool counted_before(const struct reading *r, const struct row *row) {
    return row->twin != 0 && r->row_served[row->twin - 1] && !has(r->parts_refused, FROM_MESSAGES);
}

/* What the rows that were served add up to: each counts once, however often it came. */
static void count_served(struct sim *sim) {
    const struct reading *r = &sim->reading;
    for (uint32_t i = 0; i < sim->s.people; i++)
        memset(sim->people[i].now, 0, sizeof sim->people[i].now);
    for (uint32_t i = 0; i < r->count; i++) {
        const struct row *row = &r->rows[i];
        if (!r->row_served[i] || row->number >= sim->s.people || counted_before(r, row))
            continue;
        struct exchanged *now = &sim->people[row->number].now[row->part];
        enum by by = ties_by((enum from)row->part, row->form);
        now->talked += by == BY_ACCOUNT;
        now->heard += by == BY_FOLLOWEE;
        now->messages += row->part == FROM_MESSAGES || row->twin != 0;
    }
}

static void check_note(struct sim *sim, enum from from, const struct evidence *e) {
    const struct reading *r = &sim->reading;
    bool bounded = from == FROM_MESSAGES || from == FROM_REACTIONS;
    bool whole = has(r->ends_served, from) && !has(r->parts_bad, from) &&
                 !has(r->parts_refused, from) && !bounded;
    if (!has(r->parts_served, from))
        sim_violated(sim, 8, "source %d is said to have been read, and was not", from);
    bool bad = has(r->parts_bad, from), many = r->count >= 100; /* so that a few bad ones may be */
    bool through = has(r->ends_served, from) && !has(r->parts_refused, from) && !bad;
    bool anew = r->anew_from != 0 && e->people >= r->anew_from && e->people <= r->anew_to;
    if (e->people != 0 && !through && !(bad && many))
        sim_violated(sim, 8, "source %d is said to have been read to its end, and was not", from);
    if (e->people == 0 && through)
        sim_violated(sim, 6, "source %d was read to its end, and nobody looked for in it", from);
    if (e->people != 0 && e->people != r->roster && !anew)
        sim_violated(sim, 8, "in source %d %u are said to have been looked for, of %u", from,
                     e->people, r->roster);
    if (e->state == WINNOW_SET_COMPLETE && !whole)
        sim_violated(sim, 14, "source %d is said to be complete, and is not", from);
    if (e->state != WINNOW_SET_COMPLETE && whole)
        sim_violated(sim, 6, "source %d is whole, and not said to be", from);
}

static void learn_note(struct sim *sim, struct store_txn *t, enum from from, bool finished) {
    struct reading *r = &sim->reading;
    struct looked *l = &sim->looked[from];
    struct evidence e;
    sim_must(sim, evidence_get(t, sim->campaign.id, dataset_of(sim, from), &e, &sim->err));
    if (e.people != l->people || e.batch != l->batch) {
        check_note(sim, from, &e);
        r->parts_learned = (uint8_t)(r->parts_learned | 1u << from);
    }
    bool not_offered = e.state == WINNOW_SET_ABSENT && e.why.reason == REASON_NOT_OFFERED;
    bool refused = l->refused || has(r->parts_refused, from);
    if (not_offered && (!refused || sim->s.which != ON_BLUESKY))
        sim_violated(sim, 8, "source %d is said not to be offered, and is", from);
    *l = (struct looked){e.people, e.batch, e.state == WINNOW_SET_COMPLETE, refused, not_offered};
    if (finished && !has(r->parts_refused, from) && !has(r->parts_learned, from))
        sim_violated(sim, 6, "source %d was read, and that is not known", from);
}

static struct exchanged stored_tie(const struct facts *f, enum dataset set) {
    for (uint8_t i = 0; i < f->tie_count; i++)
        if (f->ties[i].dataset == set)
            return (struct exchanged){f->ties[i].talked, f->ties[i].heard, f->ties[i].messages};
    return (struct exchanged){0};
}

/* Of a source that was read all that was served, of one that was refused behind an answer that was
 * lost perhaps less. */
static void learn_tie(struct sim *sim, const struct facts *f, uint32_t number, enum from from,
                      bool finished) {
    const struct reading *r = &sim->reading;
    struct exchanged *known = &sim->people[number].known[from];
    struct exchanged all = merged(known, &sim->people[number].now[from]);
    struct exchanged is = stored_tie(f, dataset_of(sim, from));
    struct exchanged within = merged(&all, &is);
    struct exchanged kept = merged(known, &is);
    bool read = has(r->parts_learned, from);
    bool less = has(r->parts_refused, from) ||
                (from == FROM_REACTIONS && has(r->parts_refused, FROM_MESSAGES));
    bool exact = read && !less && (finished || r->anew_from == 0);
    if (!same(known, &is) && (!read || !same(&within, &all) || !same(&kept, &is)))
        sim_violated(sim, 8, "of followee %u source %d is said to tell what it did not", number,
                     from);
    if (exact && !same(&is, &all))
        sim_violated(sim, 6, "what source %d told of followee %u is not known", from, number);
    *known = is;
}

/* ---- what follows ---- */

struct count {
    uint32_t least;
    bool told, exact; /* at least so many; exactly */
};

static bool needed_looked_for(const struct sim *sim) {
    for (uint32_t from = FROM_POSTS; from < FROM_COUNT; from++) {
        const struct looked *l = &sim->looked[from];
        bool missed = from == FROM_POSTS || !l->not_offered;
        if ((needed(sim) >> from & 1u) != 0 && l->people == 0 && missed)
            return false;
    }
    return true;
}

/* In every source that tells of it, as far as any was read. */
static bool looked_for(const struct sim *sim, uint32_t number, uint32_t sources) {
    bool any = false;
    for (uint32_t from = FROM_POSTS; from < FROM_COUNT; from++) {
        if ((sources >> from & 1u) == 0 || sim->looked[from].people == 0)
            continue;
        if (number >= sim->looked[from].people)
            return false;
        any = true;
    }
    return any;
}

/* What it saved, or boosts, is asked for on these two alone. */
static bool all_whole(const struct sim *sim) {
    bool saves = sim->s.which == ON_MASTODON || sim->s.which == ON_BLUESKY;
    return sim->looked[FROM_POSTS].whole && sim->looked[FROM_LIKES].whole &&
           (!saves || sim->looked[FROM_SAVED].whole) && sim->looked[FROM_MESSAGES].whole;
}

struct counts {
    struct count talked, heard, both;
};

/* Of what others did no source keeps all. A roster that says "none" says it of both directions; one
 * that says of more than was seen does not say of which. */
static struct counts counts_of(const struct sim *sim, uint32_t number) {
    const struct person *p = &sim->people[number];
    struct counts c = {0};
    bool tied = false;
    for (int from = FROM_POSTS; from < FROM_COUNT; from++) {
        c.talked.least += p->known[from].talked;
        c.heard.least += p->known[from].heard;
        tied = tied || p->known[from].messages > 0;
    }
    uint32_t sum = c.talked.least + c.heard.least;
    bool none = p->stated == TOLD_NO && sum == 0 && !tied;
    bool others = p->stated == TOLD_YES && sum < STATED_INTERACTIONS;
    bool talked = needed_looked_for(sim) && looked_for(sim, number, TALKED);
    c.talked.told = c.talked.least > 0 || (!others && (none || talked));
    c.heard.told = c.heard.least > 0 || (!others && (none || looked_for(sim, number, HEARD)));
    c.talked.exact = c.talked.told && (none || (talked && all_whole(sim)));
    c.heard.exact = none;
    c.both.least = others ? STATED_INTERACTIONS : sum;
    c.both.told = p->stated != TOLD_UNKNOWN || c.talked.told || c.heard.told;
    c.both.exact = others || none || (p->stated == TOLD_NO && sum == 0) ||
                   (p->stated == TOLD_YES && sum == STATED_INTERACTIONS);
    return c;
}

static enum told more_than_none(const struct count *c) {
    return c->least > 0 ? TOLD_YES : c->exact ? TOLD_NO : TOLD_UNKNOWN;
}

static enum told fewer_than_two(const struct count *c) {
    return c->least >= 2 ? TOLD_NO : c->exact ? TOLD_YES : TOLD_UNKNOWN;
}

static enum told yes_if(bool told, bool yes) {
    return !told ? TOLD_UNKNOWN : yes ? TOLD_YES : TOLD_NO;
}

void ties_judge(struct sim *sim) {
    for (uint32_t i = 0; i < sim->s.people && sim->s.drifts; i++) {
        struct counts c = counts_of(sim, i);
        enum told *facts = sim->people[i].facts;
        facts[JUDGED_WROTE] = more_than_none(&c.both);
        facts[JUDGED_TALKED] = more_than_none(&c.talked);
        facts[JUDGED_SEEN_TALKED] = yes_if(c.talked.told, c.talked.least > 0);
        facts[JUDGED_TALKED_LITTLE] = fewer_than_two(&c.talked);
        facts[JUDGED_HEARD_LITTLE] = fewer_than_two(&c.heard);
        facts[JUDGED_UNHEARD] = yes_if(c.heard.told, c.heard.least == 0);
    }
}

static void check_fact(struct sim *sim, const struct facts *f, uint32_t number, enum fact_id id,
                       const struct count *c) {
    bool known = facts_known(f, id);
    bool exact = known && (f->at_least >> id & 1u) == 0;
    if (known && !c->told)
        sim_violated(sim, 8, "%s of followee %u is known, and nothing tells of it", fact_names[id],
                     number);
    if (!known && c->told)
        sim_violated(sim, 6, "%s of followee %u is told, and not known", fact_names[id], number);
    if (known && f->value[id] != c->least)
        sim_violated(sim, 8, "%s of followee %u is %lld, and %u were seen", fact_names[id], number,
                     (long long)f->value[id], c->least);
    if (known && exact != c->exact)
        sim_violated(sim, 14, "%s of followee %u is %s %u, wrongly", fact_names[id], number,
                     exact ? "exactly" : "at least", c->least);
}

static void check_counts(struct sim *sim, struct facts *f, const struct coverages *coverages,
                         uint32_t number) {
    struct counts c = counts_of(sim, number);
    coverages_count(coverages, number, f);
    check_fact(sim, f, number, FACT_TALKED_TO, &c.talked);
    check_fact(sim, f, number, FACT_HEARD_FROM, &c.heard);
    check_fact(sim, f, number, FACT_INTERACTIONS, &c.both);
}

void ties_learn(struct sim *sim, struct store_txn *t, bool finished) {
    struct coverages coverages;
    count_served(sim);
    for (int from = FROM_POSTS; from < FROM_COUNT; from++)
        if (ties_given(sim, (enum from)from))
            learn_note(sim, t, (enum from)from, finished);
    sim_must(sim, coverages_load(&coverages, t, &sim->campaign, &sim->err));
    for (uint32_t i = 0; i < sim->s.people; i++) {
        struct facts f;
        sim_must(sim, store_followee_get(t, sim->campaign.id, i, STORE_FACTS, &f, &sim->err));
        for (int from = FROM_POSTS; from < FROM_COUNT; from++)
            learn_tie(sim, &f, i, (enum from)from, finished);
        check_counts(sim, &f, &coverages, i);
    }
    ties_judge(sim);
}
