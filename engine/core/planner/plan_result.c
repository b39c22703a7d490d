/* A finished plan: see plan_result.h and planner.h.
 *
 * The happy path: pick who is to go, sort them, cut at max, walk the schedule once for its digest
 * and volume, count. At its peak, in the sort, a plan holds 20 + 24 bytes a followee; finished, 20
 * and 4 for each scheduled one. It can fail only for want of memory. */
#include "core/planner/plan_result.h"

#include "core/expr/expr_value.h"
#include "core/planner/plan_sort.h"

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define VOLUME_STEP 1024 /* entries between two sums of volume */

#define AHEAD 32

/* What the digest is over; a change to it, to the order or to a score is a new version. */
#define DIGEST_TAG "winnow plan 1\n"

_Static_assert(SHA256_DIGEST_SIZE == PLAN_DIGEST_SIZE, "the digest is SHA-256");
_Static_assert(POLICY_RULES_MAX <= 256, "a rank is 9 bits of an order key");

struct plan_result {
    struct plan_followee *followees; /* by number */
    uint32_t *order;                 /* numbers of the scheduled followees, first to go first */
    uint64_t *volume_sums;           /* of the first 0, VOLUME_STEP, 2 * VOLUME_STEP … entries */
    struct plan_summary summary;
    uint8_t digest[PLAN_DIGEST_SIZE];
};

uint64_t plan_order_key(uint16_t first, float score, uint64_t hash) {
    return plan_key(first == PLAN_BY_SCORE ? POLICY_RULES_MAX : first, score, hash);
}

/* ---- order ---- */

static bool is_to_go(uint8_t verdict) {
    return verdict == PLAN_SCHEDULED || verdict == PLAN_SCHEDULED_UNDECIDED;
}

static uint32_t pick(const struct plan_followee *followees, uint32_t count,
                     struct plan_item *items) {
    uint32_t picked = 0;
    for (uint32_t n = 0; n < count; n++) {
        const struct plan_followee *f = &followees[n];
        if (!is_to_go(f->verdict))
            continue;
        uint64_t key = plan_order_key(f->rule, f->score, plan_followee_hash(f));
        items[picked++] = (struct plan_item){(uint32_t)(key >> 32), (uint32_t)key, n};
    }
    return picked;
}

/* Who comes after `max` is not scheduled. Returns how many are. */
static uint32_t cut(struct plan_followee *followees, const struct plan_item *items, uint32_t picked,
                    uint64_t max) {
    uint32_t scheduled = max == 0 || max > picked ? picked : (uint32_t)max;
    for (uint32_t k = scheduled; k < picked; k++)
        followees[items[k].number].verdict = PLAN_BEYOND_MAX;
    return scheduled;
}

static int no_memory(struct winnow_error *err) {
    (void)winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the schedule");
    return -1;
}

static uint32_t count_to_go(const struct plan_followee *followees, uint32_t count) {
    uint32_t to_go = 0;
    for (uint32_t n = 0; n < count; n++)
        to_go += is_to_go(followees[n].verdict);
    return to_go;
}

static int put_in_order(struct plan_result *r, uint32_t count, uint64_t max,
                        struct winnow_error *err) {
    size_t room = count_to_go(r->followees, count) + 1u;
    struct plan_item *items = malloc(2 * room * sizeof *items);
    if (items == NULL)
        return no_memory(err);
    uint32_t picked = pick(r->followees, count, items);
    plan_sort(items, items + room, picked, r->followees);
    r->summary.scheduled = cut(r->followees, items, picked, max);
    r->order = malloc((r->summary.scheduled + 1u) * sizeof *r->order);
    for (uint32_t k = 0; r->order != NULL && k < r->summary.scheduled; k++)
        r->order[k] = items[k].number;
    free(items);
    return r->order == NULL ? no_memory(err) : 0;
}

/* ---- summary ---- */

static void count_verdict(struct plan_summary *s, enum plan_verdict verdict, uint16_t rule) {
    switch (verdict) {
    case PLAN_NONE:
    case PLAN_SCHEDULED: /* counted by cut() */
        return;
    case PLAN_SCHEDULED_UNDECIDED:
        s->scheduled_undecided++;
        return;
    case PLAN_UNDECIDED:
        s->undecided++;
        return;
    case PLAN_BEYOND_MAX:
        s->beyond_max++;
        return;
    case PLAN_HELD:
        s->held++;
        return;
    case PLAN_KEPT_LIST:
        s->kept_list++;
        break;
    case PLAN_KEPT_RULE:
        s->kept_rule[rule]++;
        break;
    case PLAN_KEPT_TOP:
        s->kept_top[rule]++;
        break;
    case PLAN_KEPT_UNDECIDED:
        s->kept_undecided++;
        break;
    }
    s->kept++;
}

static void summarise(struct plan_result *r, uint32_t count) {
    struct plan_summary *s = &r->summary;
    s->followed = count;
    for (uint32_t n = 0; n < count; n++) {
        const struct plan_followee *f = &r->followees[n];
        count_verdict(s, (enum plan_verdict)f->verdict, f->rule);
        if (f->volume == VALUE_VOLUME_UNKNOWN)
            s->volume_unknown++;
        else
            s->volume_total += f->volume;
    }
}

/* ---- volume ---- */

static uint64_t entry_volume(const struct plan_result *r, uint32_t k) {
    uint32_t volume = r->followees[r->order[k]].volume;
    return volume == VALUE_VOLUME_UNKNOWN ? 0 : volume;
}

uint32_t plan_volume(const struct plan_result *r, uint32_t number) {
    return r->followees[number].volume;
}

double plan_volume_share(const struct plan_result *r, uint64_t k) {
    if (r->summary.volume_total == 0)
        return 0.0;
    uint32_t end = k < r->summary.scheduled ? (uint32_t)k : r->summary.scheduled;
    uint64_t sum = r->volume_sums[end / VOLUME_STEP];
    for (uint32_t i = end - end % VOLUME_STEP; i < end; i++)
        sum += entry_volume(r, i);
    return (double)sum / (double)r->summary.volume_total;
}

#define BEND_SHARE 0.85 /* of the relief, for a part of the requests */
#define BEND_PART  3    /* which is this part of them at most */
#define BEND_LEAST 100  /* in a shorter schedule nothing is to be saved */

uint64_t plan_volume_bend(const struct plan_result *r) {
    static const uint64_t steps[] = {10, 15, 20, 30, 40, 50, 70};
    uint64_t scheduled = r->summary.scheduled;
    double enough = plan_volume_share(r, scheduled) * BEND_SHARE;
    if (scheduled < BEND_LEAST || enough <= 0)
        return 0;
    for (uint64_t ten = 1; ten <= scheduled; ten *= 10)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            if (plan_volume_share(r, ten * steps[i]) >= enough)
                return ten * steps[i] <= scheduled / BEND_PART ? ten * steps[i] : 0;
    return 0;
}

/* ---- digest ---- */

/* Bytes on their way into the hash, little-endian on every machine. */
struct digest {
    struct sha256_ctx sha;
    uint8_t buffer[4096];
    size_t used;
};

static void digest_flush(struct digest *d) {
    sha256_update(&d->sha, d->used, d->buffer);
    d->used = 0;
}

static void digest_number(struct digest *d, uint64_t value, size_t bytes) {
    if (d->used + bytes > sizeof d->buffer)
        digest_flush(d);
    for (size_t i = 0; i < bytes; i++)
        d->buffer[d->used++] = (uint8_t)(value >> (8 * i));
}

static void digest_text(struct digest *d, struct text text) {
    digest_number(d, text.size, 8);
    digest_flush(d);
    sha256_update(&d->sha, text.size, (const uint8_t *)text.at);
}

static void digest_start(struct digest *d, const struct plan_result *r, const struct policy *policy,
                         const struct planner_options *options) {
    d->used = 0;
    sha256_init(&d->sha);
    sha256_update(&d->sha, strlen(DIGEST_TAG), (const uint8_t *)DIGEST_TAG);
    digest_text(d, policy_canonical(policy));
    digest_number(d, (uint64_t)options->now_ms, 8);
    digest_number(d, options->seed, 8);
    digest_number(d, options->max, 8);
    digest_number(d, r->summary.scheduled, 8);
}

static void digest_entry(struct digest *d, const struct plan_followee *f) {
    digest_number(d, plan_followee_hash(f), 8);
    digest_number(d, f->verdict, 1);
    digest_number(d, f->rule, 2);
}

void plan_digest_keys(struct plan_result *r, const struct plan_keys *keys, size_t count) {
    struct digest d = {.used = 0};
    if (count == 0)
        return;
    sha256_init(&d.sha);
    sha256_update(&d.sha, sizeof r->digest, r->digest);
    for (size_t i = 0; i < count; i++) {
        digest_number(&d, keys[i].k, 4);
        digest_number(&d, keys[i].left, 8);
    }
    digest_flush(&d);
    sha256_digest(&d.sha, PLAN_DIGEST_SIZE, r->digest);
}

/* ---- the whole ---- */

/* One walk over the schedule for both, since the walk is what costs: it reads followees at random.
 * Asking for each AHEAD entries early, here and where the schedule is written, takes 8 % off a plan
 * of 702,586. */
static int walk(struct plan_result *r, const struct policy *policy,
                const struct planner_options *options, struct winnow_error *err) {
    uint32_t scheduled = r->summary.scheduled;
    struct digest d;
    uint64_t sum = 0;
    r->volume_sums = malloc((scheduled / VOLUME_STEP + 1u) * sizeof *r->volume_sums);
    if (r->volume_sums == NULL)
        return no_memory(err);
    digest_start(&d, r, policy, options);
    for (uint32_t k = 0; k < scheduled; k++) {
        if (k % VOLUME_STEP == 0)
            r->volume_sums[k / VOLUME_STEP] = sum;
        if (k + AHEAD < scheduled) /* in the loop itself: gcc drops a call that only does this */
            __builtin_prefetch(&r->followees[r->order[k + AHEAD]]);
        sum += entry_volume(r, k);
        digest_entry(&d, &r->followees[r->order[k]]);
    }
    if (scheduled % VOLUME_STEP == 0)
        r->volume_sums[scheduled / VOLUME_STEP] = sum;
    r->summary.volume_scheduled = sum;
    digest_flush(&d);
    sha256_digest(&d.sha, PLAN_DIGEST_SIZE, r->digest);
    return 0;
}

int plan_result_make(struct plan_result **out, const struct policy *policy,
                     const struct planner_options *options, struct plan_followee *followees,
                     uint32_t count, const struct plan_summary *counted, struct winnow_error *err) {
    struct plan_result *r = calloc(1, sizeof *r);
    if (r == NULL) {
        free(followees);
        return no_memory(err);
    }
    r->summary = *counted;
    r->followees = followees;
    if (put_in_order(r, count, options->max, err) != 0 || walk(r, policy, options, err) != 0) {
        plan_free(r);
        return -1;
    }
    summarise(r, count);
    *out = r;
    return 0;
}

void plan_free(struct plan_result *r) {
    if (r == NULL)
        return;
    free(r->followees);
    free(r->order);
    free(r->volume_sums);
    free(r);
}

const struct plan_summary *plan_summary(const struct plan_result *r) {
    return &r->summary;
}

const uint8_t *plan_digest(const struct plan_result *r) {
    return r->digest;
}

struct plan_reason plan_reason(const struct plan_result *r, uint32_t number) {
    return (struct plan_reason){(enum plan_verdict)r->followees[number].verdict,
                                r->followees[number].rule};
}

struct plan_entry plan_entry(const struct plan_result *r, uint32_t k) {
    uint32_t number = r->order[k];
    return (struct plan_entry){number, plan_reason(r, number), r->followees[number].score};
}

uint32_t plan_expect(const struct plan_result *r, uint32_t k) {
    uint32_t number = r->order[k];
    __builtin_prefetch(&r->followees[number]);
    return number;
}

const char *plan_verdict_name(enum plan_verdict v) {
    static const char *const names[PLAN_VERDICT_COUNT] = {
        [PLAN_NONE] = "none",
        [PLAN_KEPT_LIST] = "kept_list",
        [PLAN_KEPT_RULE] = "kept_rule",
        [PLAN_KEPT_TOP] = "kept_top",
        [PLAN_KEPT_UNDECIDED] = "kept_undecided",
        [PLAN_UNDECIDED] = "undecided",
        [PLAN_SCHEDULED] = "scheduled",
        [PLAN_SCHEDULED_UNDECIDED] = "scheduled_undecided",
        [PLAN_BEYOND_MAX] = "beyond_max",
        [PLAN_HELD] = "held",
    };
    return names[v];
}
