/* Readings: see reading.h. Happy path: a list is served to its end and is whole; who is on it is
 * known to be, and who is not is known not to be, where docs/evidence.md lets that be concluded.
 * Whatever is spoilt or cut short may teach what was on it, and nothing else. The rules stand here
 * a second time, and are the simulation's own. */
#include "reading.h"
#include "sim.h"

#include <stdio.h>
#include <string.h>

/* ---- what is served ---- */

void reading_add(struct reading *r, uint32_t number, uint32_t part, uint32_t form) {
    if (r->count < ROWS_MAX)
        r->rows[r->count++] =
            (struct row){.number = number, .part = (uint8_t)part, .form = (uint8_t)form};
}

static void add_row(struct reading *r, uint32_t number, uint32_t part) {
    reading_add(r, number, part, 1);
}

static void add_person(struct sim *sim, uint32_t i) {
    struct reading *r = &sim->reading;
    const struct truth *is = &sim->people[i].is;
    if (r->set == SET_FOLLOWING && sim->people[i].there != 0)
        add_row(r, i, 1);
    if (is->vanished)
        return;
    if (r->set == SET_FOLLOWERS && is->follows_me)
        add_row(r, i, 1);
    if (r->set == SET_LISTS && is->listed)
        add_row(r, i, 1);
    if (r->set == SET_LISTS && is->on_other)
        add_row(r, i, 2);
    if (r->set == SET_TALK && is->wrote)
        ties_add_rows(sim, i);
}

static void remove_row(struct reading *r, uint32_t at) {
    r->count--;
    memmove(&r->rows[at], &r->rows[at + 1], (r->count - at) * sizeof r->rows[0]);
}

/* At least one of them, where there is any. */
static void leave_out(struct sim *sim) {
    struct reading *r = &sim->reading;
    uint32_t hidden = 0;
    for (uint32_t i = r->count; i-- > 0;)
        if (dice_one_in(&sim->dice, 4) || (i == 0 && hidden == 0)) {
            remove_row(r, i);
            hidden++;
        }
    uint32_t left = r->count;
    for (; r->spoil == SPOIL_REPEATED && left > 0 && hidden > 0; hidden--)
        add_row(r, r->rows[dice_below(&sim->dice, left)].number, 1);
}

static void spoil(struct sim *sim) {
    struct reading *r = &sim->reading;
    if (r->spoil == SPOIL_HIDDEN || r->spoil == SPOIL_REPEATED)
        leave_out(sim);
    else if (r->spoil == SPOIL_CUT && r->count > 0)
        r->count = dice_below(&sim->dice, r->count);
    else if (r->spoil == SPOIL_EMPTY)
        r->count = 0;
    for (uint32_t i = 0; i < r->count && r->spoil == SPOIL_BAD_ROWS; i++) {
        r->rows[i].bad = i == 0 || dice_one_in(&sim->dice, 5);
        r->rows[i].form = r->rows[i].bad ? 1 : r->rows[i].form; /* it would be about somebody */
    }
}

/* What a server may leave out without a trace that anybody could see is not drawn: only followers
 * and followees are counted by somebody else, the profile. */
static enum spoil draw_spoil(struct sim *sim, enum set set) {
    static const enum spoil silent = SPOIL_BAD_ROWS;
    enum spoil drawn = (enum spoil)dice_below(&sim->dice, SPOILS);
    bool counted = set == SET_FOLLOWERS || set == SET_FOLLOWING;
    bool pages = set != SET_FOLLOWERS || sim->s.which == ON_X || sim->s.which == ON_GITHUB;
    bool snac = sim->s.which == ON_MASTODON;
    if (dice_one_in(&sim->dice, 3) || (!counted && drawn < silent) ||
        (drawn == SPOIL_DEAD_TOKEN && !snac) || (pages && drawn >= SPOIL_FIRST_ONLY))
        return SPOIL_NONE;
    return drawn;
}

static int64_t draw_told(struct sim *sim) {
    const struct reading *r = &sim->reading;
    int64_t more = dice_below(&sim->dice, 3);
    if (dice_one_in(&sim->dice, 6))
        return -1;
    if (dice_one_in(&sim->dice, 6))
        return r->count + more;
    if (dice_one_in(&sim->dice, 6) && r->spoil == SPOIL_NONE)
        return r->count > more ? r->count - more : 0;
    return r->count;
}

/* On Bluesky a new following list may name a followee's records in another order than the plan. */
static enum set draw_set(struct sim *sim) {
    static const enum set of_mastodon[] = {SET_FOLLOWERS, SET_FOLLOWING, SET_LISTS, SET_TALK};
    static const enum set of_bluesky[] = {SET_FOLLOWERS, SET_LISTS, SET_TALK};
    if (sim->s.which == ON_MASTODON)
        return of_mastodon[dice_below(&sim->dice, 4)];
    if (sim->s.which == ON_BLUESKY)
        return of_bluesky[dice_below(&sim->dice, 3)];
    return of_mastodon[dice_below(&sim->dice, 2)];
}

static void begin(struct sim *sim) {
    struct reading *r = &sim->reading;
    *r = (struct reading){.open = true,
                          .set = draw_set(sim),
                          .per_page = 1 + dice_below(&sim->dice, 40),
                          .vip_first = dice_one_in(&sim->dice, 2),
                          .roster = sim->s.people};
    r->spoil = draw_spoil(sim, r->set);
    for (uint32_t i = 0; i < sim->s.people; i++) {
        sim->people[i].served = (struct served){.spoilt = dice_one_in(&sim->dice, 3)};
        uint32_t before = r->count;
        sim->people[i].joined = false;
        add_person(sim, i);
        sim->people[i].served.truly =
            r->count > before && (r->set != SET_LISTS || r->rows[before].part == 1);
    }
    uint32_t strangers = r->set == SET_FOLLOWING ? 0 : dice_below(&sim->dice, 10);
    for (uint32_t i = 0; i < strangers; i++)
        add_row(r, sim->s.people + i, 1 + i % (r->set == SET_FOLLOWERS ? 1 : 2));
    r->told = draw_told(sim);
    spoil(sim);
    ties_draw_refusals(sim);
    sim->met.spoils[r->spoil]++;
    sim_trace(sim, "reading of set %d: %u rows, %u a page, spoil %d, told %lld", r->set, r->count,
              r->per_page, r->spoil, (long long)r->told);
}

static void mark_served(struct sim *sim, const struct row *row) {
    struct reading *r = &sim->reading;
    bool vip = r->set != SET_LISTS || row->part == 1;
    r->bad_served = r->bad_served || row->bad;
    r->parts_bad = (uint8_t)(r->parts_bad | (row->bad ? 1u << row->part : 0));
    if (row->number < sim->s.people && !row->bad)
        r->row_served[row - r->rows] = true;
    if (row->number < sim->s.people && !row->bad && vip)
        sim->people[row->number].served.yes = sim->people[row->number].served.last_yes = true;
}

static uint32_t different_rows(const struct reading *r) {
    uint32_t different = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        bool before = false;
        for (uint32_t k = 0; k < i && !before; k++)
            before = r->rows[k].number == r->rows[i].number;
        different += !before;
    }
    return different;
}

static uint32_t last_page(const struct reading *r, uint32_t part) {
    uint32_t rows = 0;
    for (uint32_t i = 0; i < r->count; i++)
        rows += part == 0 || r->rows[i].part == part;
    return rows == 0 ? 0 : (rows - 1) / r->per_page;
}

static bool goes_on(const struct reading *r) {
    return r->spoil == SPOIL_ENDLESS || r->spoil == SPOIL_NO_ROWS || r->spoil == SPOIL_SELF;
}

/* Behind the end of such a list: as many as the profile counts are its end all the same. */
static void go_on(struct reading *r, uint32_t part, uint32_t page, struct row_page *out) {
    bool counted = r->set == SET_FOLLOWERS || r->set == SET_FOLLOWING;
    if (counted && page >= out->last && r->told_heard && r->told > 0 &&
        different_rows(r) >= (uint64_t)r->told)
        r->ends_served = (uint8_t)(r->ends_served | 1u << part);
    out->more = true;
}

void reading_page(struct sim *sim, uint32_t part, uint32_t page, struct row_page *out) {
    struct reading *r = &sim->reading;
    out->count = 0;
    out->more = false;
    out->last = last_page(r, part);
    bool behind = goes_on(r) && page > out->last;
    uint32_t skip =
        (behind && r->spoil == SPOIL_ENDLESS ? page % (out->last + 1) : page) * r->per_page;
    r->begun = true;
    r->parts_served = (uint8_t)(r->parts_served | 1u << part);
    if (r->spoil == SPOIL_DEAD_TOKEN)
        return;
    for (uint32_t i = 0; i < r->count; i++) {
        if (part != 0 && r->rows[i].part != part)
            continue;
        if (skip > 0) {
            skip--;
        } else if (out->count == r->per_page) {
            out->more = true;
            break;
        } else {
            out->rows[out->count++] = &r->rows[i];
            mark_served(sim, &r->rows[i]);
        }
    }
    if (goes_on(r))
        go_on(r, part, page, out);
    else if (!out->more)
        r->ends_served = (uint8_t)(r->ends_served | 1u << part);
}

/* Some servers refuse at once, others in the middle. */
bool reading_refuses(struct sim *sim, enum from from, uint32_t page) {
    struct reading *r = &sim->reading;
    bool all = r->spoil == SPOIL_REFUSED && (r->refused || dice_one_in(&sim->dice, 3));
    if (!all && (from == FROM_NONE || page < r->refuse_from[from]))
        return false;
    r->refused = r->refused || all;
    r->begun = true;
    r->parts_refused = (uint8_t)(r->parts_refused | 1u << from);
    sim->met.sources_refused += from != FROM_NONE;
    return true;
}

/* ---- what follows from it ---- */

static bool is_list(const struct sim *sim) {
    bool asked = sim->s.which == ON_MASTODON || sim->s.which == ON_BLUESKY;
    return sim->reading.set != SET_TALK && (sim->reading.set != SET_FOLLOWERS || !asked);
}

/* An empty list takes nobody out of a roster that has people. */
static bool nobody_left(const struct sim *sim) {
    for (uint32_t i = 0; i < sim->s.people; i++)
        if (sim->people[i].confirmed == 0)
            return false;
    return true;
}

/* With everybody who was in the roster from its beginning on. */
static bool all_served(const struct sim *sim) {
    const struct reading *r = &sim->reading;
    bool vip_end =
        sim->s.which == ON_MASTODON ? (r->ends_served & 6u) == 6u : (r->ends_served & 1u) != 0;
    bool ours = r->spoil != SPOIL_DEAD_TOKEN && r->spoil != SPOIL_STRANGER;
    if (!is_list(sim) || r->bad_served || r->refused || !ours)
        return false;
    if (r->set == SET_LISTS)
        return vip_end;
    if (r->set == SET_FOLLOWING)
        return (r->ends_served & 1u) != 0 && (r->count > 0 || nobody_left(sim)) &&
               (!r->told_heard || r->told <= 0 || different_rows(r) >= (uint64_t)r->told);
    return (r->ends_served & 1u) != 0 && r->count > 0 && r->told >= 0 && r->told_heard &&
           different_rows(r) >= (uint64_t)r->told;
}

/* May it be concluded that who was not on it is not? */
static bool whole(const struct sim *sim) {
    const struct reading *r = &sim->reading;
    return all_served(sim) && (!r->joined || r->unclear || r->set == SET_FOLLOWING);
}

static bool surely_whole(const struct sim *sim) {
    return whole(sim) && !sim->reading.unclear;
}

/* It may have been at its end when the process died: then the next fetch begins anew, with
 * everybody who has come meanwhile. */
static void note_unclear(struct sim *sim) {
    struct reading *r = &sim->reading;
    r->unclear = r->unclear || (r->joined && all_served(sim));
}

void reading_joined(struct sim *sim) {
    sim->reading.joined = true;
    note_unclear(sim);
}

static enum judged fact_of(enum set set) {
    return set == SET_FOLLOWERS ? JUDGED_FOLLOWS_ME : JUDGED_LISTED;
}

static enum told from_tri(enum tri t) {
    return t == TRI_UNKNOWN ? TOLD_UNKNOWN : t == TRI_YES ? TOLD_YES : TOLD_NO;
}

/* By the question that a policy asks. */
static enum told written_down(struct sim *sim, struct store_txn *t, uint32_t number) {
    struct facts f;
    sim_must(sim, store_followee_get(t, sim->campaign.id, number, STORE_FACTS, &f, &sim->err));
    if (sim->reading.set == SET_FOLLOWERS)
        return from_tri(facts_flag(&f, FACT_FOLLOWS_ME));
    char lists[FACT_LISTS_MAX + 1] = "";
    if (facts_known(&f, FACT_LISTS))
        text_copy(lists, sizeof lists, facts_text(&f, FACT_LISTS));
    return !facts_known(&f, FACT_LISTS)     ? TOLD_UNKNOWN
           : strstr(lists, "vip\n") != NULL ? TOLD_YES
           : lists[0] == '\n'               ? TOLD_UNKNOWN /* there may be others */
                                            : TOLD_NO;
}

/* Invariant 8: unknown is not false. */
static void learn_one(struct sim *sim, uint32_t number, enum told now, bool finished) {
    struct person *p = &sim->people[number];
    enum told *told = &p->facts[fact_of(sim->reading.set)];
    bool may_be_no = p->served.no || (whole(sim) && !p->served.yes);
    if (now == TOLD_NO && *told != TOLD_NO && is_list(sim) && p->served.truly)
        sim_violated(sim, 8, "followee %u is known not to, and did as the fetch began", number);
    if (now == TOLD_YES && *told != TOLD_YES && !p->served.yes)
        sim_violated(sim, 8, "followee %u is known to, and nothing that was served says so",
                     number);
    if (now == TOLD_UNKNOWN && *told != TOLD_UNKNOWN)
        sim_violated(sim, 8, "a fetch takes away what was known of followee %u", number);
    if (now == TOLD_NO && *told != TOLD_NO && !may_be_no)
        sim_violated(sim, 8, "followee %u is known not to, by evidence that is not whole", number);
    bool asked_for = is_list(sim) || p->confirmed == 0;
    if (finished && p->served.last_yes && asked_for && now != TOLD_YES)
        sim_violated(sim, 8, "followee %u was on the list, and that is not known", number);
    if (finished && surely_whole(sim) && !p->served.yes && *told == TOLD_UNKNOWN && now != TOLD_NO)
        sim_violated(sim, 6, "the list was whole without followee %u, and that is not known",
                     number);
    *told = now;
}

struct learning {
    struct sim *sim;
    bool finished;
};

/* Who was not on a whole following list is not followed any more; who was is. */
static int learn_gone(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                      struct winnow_error *err) {
    const struct learning *l = context;
    struct sim *sim = l->sim;
    struct person *p = &sim->people[number];
    bool is_gone = (gone & 1) != 0;
    bool unseen = whole(sim) && !p->served.yes && (!p->joined || sim->reading.unclear);
    (void)f;
    (void)err;
    if (is_gone && p->confirmed == 0 && !unseen)
        sim_violated(sim, 8, "followee %u is taken for gone by a list that is not whole", number);
    if (!is_gone && p->confirmed != 0 && !p->served.yes)
        sim_violated(sim, 3, "followee %u is gone, and comes back without having been seen",
                     number);
    if (l->finished && (is_gone ? p->served.last_yes : unseen && !sim->reading.unclear))
        sim_violated(sim, 6, "followee %u is %s the list, and that is not known", number,
                     is_gone ? "on" : "not on");
    p->confirmed = is_gone;
    return 0;
}

static void learn(struct sim *sim, bool finished) {
    struct store_txn *t;
    struct learning l = {sim, finished};
    struct store_scan scan = {.detail = STORE_FACTS, .each = learn_gone, .context = &l};
    sim_must(sim, store_read(sim->w->store, &t, &sim->err));
    if (sim->reading.set == SET_FOLLOWING)
        sim_must(sim, store_roster_scan(t, sim->campaign.id, &scan, &sim->err));
    else if (sim->reading.set == SET_TALK)
        ties_learn(sim, t, finished);
    else
        for (uint32_t i = 0; i < sim->s.people; i++)
            learn_one(sim, i, written_down(sim, t, i), finished);
    store_abort(t);
}

void reading_learn(struct sim *sim) {
    learn(sim, false);
}

/* What winnow itself says of the set. */
static void check_evidence(struct sim *sim, const struct winnow_fetch_result *result) {
    enum winnow_set_state state =
        result->evidence_count > 0 ? result->evidence[0].state : WINNOW_SET_ABSENT;
    bool complete = state == WINNOW_SET_COMPLETE;
    bool counted = is_list(sim) && sim->reading.set != SET_LISTS;
    if (counted && !sim->reading.told_heard && !sim->asked.odd_profile)
        sim_violated(sim, 6, "a list was read without the profile's count, which could be had");
    if (sim->reading.refused) /* what was known before stays */
        return;
    if (complete && is_list(sim) && !whole(sim))
        sim_violated(sim, 8, "the set is said to be complete, and is not");
    if (!complete && is_list(sim) && surely_whole(sim))
        sim_violated(sim, 6, "the set is whole, and said to be %s: %s",
                     winnow_set_state_name(state),
                     result->evidence_count > 0 ? result->evidence[0].why : "");
}

/* ---- the fetch ---- */

static void fill_options(struct sim *sim, char texts[SIM_BUDGETS][64],
                         const char *budgets[SIM_BUDGETS], struct winnow_fetch_options *o) {
    static const uint32_t bits[SETS] = {WINNOW_FETCH_FOLLOWERS, WINNOW_FETCH_FOLLOWING,
                                        WINNOW_FETCH_LISTS, WINNOW_FETCH_INTERACTIONS};
    for (uint32_t i = 0; i < sim->s.budget_count; i++) {
        scenario_override(&sim->s.budgets[i], texts[i], sizeof texts[i]);
        budgets[i] = texts[i];
    }
    *o = (struct winnow_fetch_options){.sets = bits[sim->reading.set],
                                       .max_cost_micro = INT64_C(1000000000000),
                                       .budgets = budgets,
                                       .budget_count = sim->s.budget_count};
}

static bool may_fail(const struct sim *sim) {
    const struct reading *r = &sim->reading;
    return sim->asked.faults > 0 || sim->asked.refused || sim->disk_full ||
           r->spoil == SPOIL_REPEATED || /* short pages of it may bring nobody new */
           (r->spoil >= SPOIL_CIRCLE && r->spoil < SPOIL_FIRST_ONLY);
}

static bool fetch_failed(struct sim *sim) {
    return sim->machine.dead || sim->machine.struck != DISK_WELL;
}

static void may_begin_anew(struct sim *sim) {
    struct reading *r = &sim->reading;
    r->anew_from = r->anew_from != 0 ? r->anew_from : sim->s.people;
    r->anew_to = sim->s.people;
}

bool reading_fetch(struct sim *sim) {
    char texts[SIM_BUDGETS][64];
    const char *budgets[SIM_BUDGETS];
    struct winnow_fetch_options options;
    static struct winnow_fetch_result result;
    if (!sim->reading.open || dice_one_in(&sim->dice, 4))
        begin(sim);
    else if (((sim->reading.parts_served | sim->reading.parts_refused) >> FROM_REACTIONS & 1) != 0)
        may_begin_anew(sim);
    note_unclear(sim);
    fill_options(sim, texts, budgets, &options);
    options.restart = !sim->reading.begun;
    asked_begin(sim, false);
    sim->asked.may_die = true;
    sim->machine.struck = DISK_WELL;
    bool done = winnow_fetch(sim->w, "c", &options, &result, &sim->err) == 0;
    sim->asked.may_die = false;
    sim->machine.steps_left = -1;
    sim->machine.next_fault = DISK_WELL;
    sim->met.fetches++;
    sim_trace(sim, "fetch: %s", done ? "done" : sim->err.text);
    tokens_look(sim);
    if (fetch_failed(sim))
        return false;
    if (done && (sim->reading.spoil == SPOIL_DEAD_TOKEN || sim->reading.spoil == SPOIL_STRANGER))
        sim_violated(sim, 14, "a list was read with a credential that is not the account's");
    if (!done && !may_fail(sim))
        sim_violated(sim, 6, "the fetch fails without a cause: %s", sim->err.text);
    learn(sim, done && (!sim->reading.refused || sim->reading.set == SET_TALK));
    if (done)
        check_evidence(sim, &result);
    sim->reading.open = !done;
    return true;
}
