/* See campaign.h. Happy path: make, run until, close, run disturbed, grow, run disturbed. */
#include "campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW       INT64_C(1790000000000)
#define STEPS_MAX 20000

static void must(struct campaign *c, int result) {
    if (result == 0)
        return;
    fprintf(stderr, "campaign %s: %s: %s\n", c->name, winnow_code_name(c->err.code), c->err.text);
    abort();
}

static bool batches(const struct campaign *c) {
    return c->platform->actions[ACTION_UNFOLLOW].batch_max > 1;
}

/* ---- virtual time ---- */

static int64_t virtual_ms(void *context) {
    return ((const struct campaign *)context)->now_ms;
}

static bool no_boot_id(void *context, unsigned char id[CLOCK_BOOT_ID]) {
    (void)context;
    (void)id;
    return false;
}

static int open_state(struct campaign *c) {
    struct clock_source source = {virtual_ms, virtual_ms, no_boot_id, c};
    if (c->w != NULL)
        return 0;
    if (winnow_make(c->directory, &c->w, &c->err) != 0)
        return -1;
    clock_start(&c->w->clock, &source, NULL);
    return 0;
}

void campaign_close(struct campaign *c) {
    winnow_close(c->w);
    c->w = NULL;
}

/* ---- a roster and a plan ---- */

/* X by the files of an import; Bluesky as a fetch does it, since files have no record keys. */
static void import_lines(struct campaign *c, uint32_t from, uint32_t to) {
    char path[PATH_MAX + 16];
    const char *file = path;
    struct winnow_import_options options = {.files = &file, .file_count = 1, .strict = true};
    struct winnow_import_result result;
    snprintf(path, sizeof path, "%s/roster", c->directory);
    FILE *out = fopen(path, "w");
    must(c, out == NULL ? winnow_fail(&c->err, WINNOW_STORAGE, "%s", path) : 0);
    for (uint32_t i = from; i < to; i++)
        fprintf(out, "{\"id\":\"%u\",\"handle\":\"p%u\",\"followers\":%u,\"lists\":[%s]}\n",
                CAMPAIGN_FIRST + i, i, i * 7 % 50, c->vip[i] ? "\"vip\"" : "");
    fclose(out);
    must(c, winnow_import(c->w, c->name, &options, &result, &c->err));
}

static void merge_people(struct campaign *c, uint32_t from, uint32_t to) {
    struct store_campaign campaign;
    struct store_txn *t;
    must(c, store_write(c->w->store, STORE_ALL, &t, &c->err));
    must(c, store_campaign_find(t, c->name, &campaign, &c->err));
    for (uint32_t i = from; i < to; i++) {
        char id[64], key[64];
        struct facts f;
        enum store_change change;
        uint32_t number;
        facts_clear(&f);
        f.source = 1;
        int size = snprintf(id, sizeof id, "did:plc:person%u", CAMPAIGN_FIRST + i);
        facts_set_text(&f, FACT_ID, id, (size_t)size);
        size = snprintf(key, sizeof key, "p%u\n", CAMPAIGN_FIRST + i);
        f.follow_keys = (struct text){key, (uint32_t)size};
        if (c->vip[i])
            facts_set_text(&f, FACT_LISTS, "vip", 3);
        must(c, store_followee_merge(t, &campaign, &f, false, &change, &number, &c->err));
    }
    campaign.batches = 1;
    must(c, store_campaign_put(t, &campaign, &c->err));
    must(c, store_commit(t, &c->err));
}

void campaign_keep(struct campaign *c, uint32_t number) {
    must(c, open_state(c));
    char id[64];
    const char *who = id;
    struct winnow_keep_result result;
    snprintf(id, sizeof id, batches(c) ? "did:plc:person%u" : "%u", CAMPAIGN_FIRST + number);
    must(c, winnow_keep(c->w, c->name, &who, 1, false, &result, &c->err));
    c->kept[number] = true;
}

static void make_plan(struct campaign *c) {
    static const char policy[] =
        "{\"keep\": [\"known(lists) and in_list('vip')\"], \"undecided\": \"schedule\"}";
    static struct winnow_plan plan;
    struct winnow_plan_options options = {
        .policy = policy, .policy_size = sizeof policy - 1, .now_ms = NOW};
    must(c, winnow_plan(c->w, c->name, &options, &plan, &c->err));
}

static void add_people(struct campaign *c, uint32_t to) {
    (batches(c) ? merge_people : import_lines)(c, c->people, to);
    c->people = to;
}

void campaign_make(struct campaign *c, const char *directory, const char *name,
                   const struct platform *platform, uint64_t seed) {
    *c = (struct campaign){.platform = platform, .dice = {seed}, .now_ms = NOW, .ill_one_in = 6};
    snprintf(c->directory, sizeof c->directory, "%s", directory);
    snprintf(c->name, sizeof c->name, "%s", name);
    for (uint32_t i = 0; i < CAMPAIGN_PEOPLE; i++)
        c->vip[i] = i % 9 == 4;
    must(c, open_state(c));
    must(c, winnow_campaign_new(c->w, c->name, platform->name, batches(c) ? "did:plc:me" : "1",
                                NULL, &c->err));
    add_people(c, CAMPAIGN_PEOPLE * 3 / 5);
    for (uint32_t i = 7; i < c->people; i += 13)
        campaign_keep(c, i);
    make_plan(c);
}

void campaign_grow(struct campaign *c) {
    must(c, open_state(c));
    add_people(c, CAMPAIGN_PEOPLE);
    make_plan(c);
}

/* ---- the platform ---- */

static void wrong(struct campaign *c, const char *what, unsigned id) {
    if (c->wrong[0] == '\0')
        snprintf(c->wrong, sizeof c->wrong, "a request for %u, who %s", id, what);
}

/* Behind the last of `mark` before each number. */
static uint32_t targets_of(const struct http_request *q, const char *mark,
                           unsigned out[DRAIN_BATCH_MAX]) {
    static char text[HTTP_BODY_MAX + HTTP_TARGET_MAX];
    uint32_t count = 0;
    snprintf(text, sizeof text, "%.*s %.*s", (int)q->target.size, q->target.at, (int)q->body.size,
             q->body.size > 0 ? q->body.at : "");
    for (const char *at = text; count < DRAIN_BATCH_MAX && (at = strstr(at, mark)) != NULL;) {
        at += strlen(mark);
        out[count++] = (unsigned)strtoul(at, NULL, 10);
    }
    return count;
}

static void judge_target(struct campaign *c, unsigned id) {
    uint32_t number = id - CAMPAIGN_FIRST;
    if (number >= c->people)
        wrong(c, "is not followed", id);
    else if (c->vip[number])
        wrong(c, "is kept by the policy", id);
    else if (c->kept[number])
        wrong(c, "is on the keep list", id);
}

static void answer_well(struct campaign *c, struct flying *f, uint32_t count) {
    f->response.end = HTTP_DONE;
    f->response.status = 200;
    if (!batches(c) || count == 1) {
        snprintf(f->body, sizeof f->body, "%s",
                 batches(c) ? "{\"commit\":{\"rev\":\"3k\"}}" : "{\"data\":{\"following\":false}}");
        return;
    }
    snprintf(f->body, sizeof f->body, "{\"commit\":{\"rev\":\"3k\"},\"results\":[{}");
    for (uint32_t i = 1; i < count; i++)
        strncat(f->body, ",{}", sizeof f->body - strlen(f->body) - 1);
    strncat(f->body, "]}", sizeof f->body - strlen(f->body) - 1);
}

static void answer(struct campaign *c, struct flying *f, uint32_t count) {
    uint32_t draw = c->ill_one_in == 0 ? 9 : dice_below(&c->dice, c->ill_one_in * 3);
    if (draw == 0) {
        f->response.end = HTTP_IN_DOUBT;
    } else if (draw == 1) {
        f->response.end = HTTP_DONE;
        f->response.status = 503;
    } else if (draw == 2) {
        f->response.end = HTTP_NOT_SENT;
    } else {
        answer_well(c, f, count);
    }
}

/* ---- the runner's port ---- */

static int port_send(void *context, uint32_t flight, const struct http_request *request,
                     struct winnow_error *err) {
    struct campaign *c = context;
    struct flying *f = &c->flying[flight];
    unsigned ids[DRAIN_BATCH_MAX];
    (void)err;
    uint32_t count =
        targets_of(request, batches(c) ? "\"rkey\":\"p" : "/2/users/1/following/", ids);
    if (count == 0)
        wrong(c, "cannot be made out", 0);
    *f = (struct flying){.used = true, .due_ms = c->now_ms + 1 + dice_below(&c->dice, 3000)};
    answer(c, f, count);
    for (uint32_t i = 0; i < count; i++) {
        judge_target(c, ids[i]);
        if (f->response.status == 200 && ids[i] - CAMPAIGN_FIRST < c->people)
            c->gone[ids[i] - CAMPAIGN_FIRST] = true;
    }
    c->sends++;
    c->in_air++;
    return 0;
}

static void port_wake_at(void *context, int64_t at_ms) {
    ((struct campaign *)context)->wake_ms = at_ms;
}

static void port_refresh(void *context) {
    ((struct campaign *)context)->refreshing = true;
}

static void port_ended(void *context, enum winnow_code code, const char *reason) {
    struct campaign *c = context;
    c->ended = true;
    c->code = code;
    snprintf(c->reason, sizeof c->reason, "%s", reason);
}

/* ---- a run ---- */

static int start(struct campaign *c) {
    struct runner_port port = {.context = c,
                               .now = virtual_ms,
                               .send = port_send,
                               .wake_at = port_wake_at,
                               .refresh = port_refresh,
                               .ended = port_ended};
    struct winnow_hooks hooks = {0};
    struct drain_options options = drain_defaults;
    struct run_note note = {.pace = PACE_BURST, .budget_count = 1};
    options.batch_max = batches(c) ? 5 : 1;
    options.in_flight_max = 3;
    options.seed = dice_draw(&c->dice);
    snprintf(note.budgets[0], sizeof note.budgets[0], "%s=20/15m",
             batches(c) ? "points/1h" : "unfollow/15m");
    c->ended = c->refreshing = false;
    c->wake_ms = INT64_MAX;
    return runner_open(&c->runner, c->w, c->name, &note, &options, &port, &hooks, &c->err);
}

/* What is in the air is never heard of. */
static void finish(struct campaign *c) {
    for (uint32_t i = 0; i < DRAIN_IN_FLIGHT_MAX; i++)
        c->flying[i].used = false;
    c->in_air = 0;
    runner_close(&c->runner);
}

static void deliver_due(struct campaign *c) {
    for (uint32_t i = 0; i < DRAIN_IN_FLIGHT_MAX; i++) {
        struct flying *f = &c->flying[i];
        if (!f->used || f->due_ms > c->now_ms)
            continue;
        f->response.body = (struct text){f->body, (uint32_t)strlen(f->body)};
        f->response.received_ms = c->now_ms;
        f->used = false;
        c->in_air--;
        runner_answer(&c->runner, i, &f->response);
    }
}

/* One turn, and to the next event. False: it stands still. */
static bool step(struct campaign *c) {
    runner_turn(&c->runner);
    if (c->ended)
        return true;
    if (c->refreshing) {
        c->refreshing = false;
        runner_refreshed(&c->runner, 0, NULL);
        return true;
    }
    int64_t at_ms = c->wake_ms;
    for (uint32_t i = 0; i < DRAIN_IN_FLIGHT_MAX; i++)
        if (c->flying[i].used && c->flying[i].due_ms < at_ms)
            at_ms = c->flying[i].due_ms;
    if (at_ms == INT64_MAX)
        return false;
    c->now_ms = at_ms > c->now_ms ? at_ms : c->now_ms;
    deliver_due(c);
    return true;
}

void campaign_run_until(struct campaign *c, uint32_t sends) {
    must(c, open_state(c));
    must(c, start(c));
    for (uint32_t steps = 0; c->sends < sends && !c->ended; steps++)
        if (!step(c) || steps == STEPS_MAX)
            must(c, winnow_fail(&c->err, WINNOW_FAILED, "it stands still"));
    finish(c);
}

/* Somebody is kept, or the run is paused and goes on; the worker hears of it or not. */
static void disturb(struct campaign *c) {
    if (dice_below(&c->dice, 20) == 0)
        campaign_keep(c, dice_below(&c->dice, c->people));
    if (dice_below(&c->dice, 15) != 0)
        return;
    must(c, winnow_pause(c->w, c->name, &c->err));
    if (dice_below(&c->dice, 2) == 0)
        runner_reload(&c->runner);
    (void)step(c);
    must(c, winnow_resume(c->w, c->name, &c->err));
    runner_reload(&c->runner);
}

void campaign_run_disturbed(struct campaign *c) {
    must(c, open_state(c));
    must(c, start(c));
    for (uint32_t steps = 0; !c->ended; steps++) {
        if (!step(c) || steps == STEPS_MAX)
            must(c, winnow_fail(&c->err, WINNOW_FAILED, "it stands still"));
        if (!c->ended)
            disturb(c);
    }
    finish(c);
    if (c->code != WINNOW_OK || c->wrong[0] != '\0')
        must(c, winnow_fail(&c->err, c->code, "%s %s", c->reason, c->wrong));
}

/* ---- over a store that went through something ---- */

static void refused(struct campaign *c) {
    c->code = c->err.code;
    snprintf(c->reason, sizeof c->reason, "%s", c->err.text);
}

int campaign_resume(struct campaign *c) {
    bool still = false;
    if (open_state(c) != 0 || winnow_resume(c->w, c->name, &c->err) != 0 || start(c) != 0) {
        refused(c);
        campaign_close(c);
        return 0;
    }
    for (c->steps = 0; !c->ended && !still && c->steps < STEPS_MAX; c->steps++)
        still = !step(c);
    finish(c);
    campaign_close(c);
    if (c->wrong[0] == '\0' && !c->ended)
        snprintf(c->wrong, sizeof c->wrong, "it %s", still ? "stands still" : "does not end");
    return c->wrong[0] == '\0' ? 0 : -1;
}

static int look_entry(void *context, const struct winnow_entry *entry) {
    (void)context;
    (void)entry;
    return 0;
}

int campaign_look(struct campaign *c) {
    static struct winnow_status status;
    struct winnow_verify_result v;
    if (open_state(c) != 0)
        return -1;
    int result = winnow_status(c->w, c->name, &status, &c->err);
    if (result == 0)
        result = winnow_show(c->w, c->name, 0, 0, look_entry, c, &c->err);
    if (result == 0)
        result = winnow_verify(c->w, c->name, NULL, &v, &c->err);
    if (result == 0 && v.mismatches != 0)
        result = winnow_fail(&c->err, WINNOW_DAMAGED, "%s", v.first);
    campaign_close(c);
    return result;
}
