/* The runner on a real store and a scripted platform, in virtual time: what leaves was committed
 * before, who is kept never leaves, a crash loses nothing and forgets no budget, a store that fails
 * stops the run before the next request, and whatever the platform answers, every entry is settled
 * exactly once. The platform is this file: X one by one, Bluesky in batches. */
#include "store_world.h"

#include "work/run/runner.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define NOW         INT64_C(1790000000000)
#define PEOPLE_MAX  500
#define KEYS_MAX    3
#define ENTRIES_MAX (PEOPLE_MAX * KEYS_MAX)
#define COUNTS_MAX  40000
#define LIMIT       20 /* of the tightest budget */
#define PERIOD_MS   INT64_C(900000)

enum fault { /* what the platform does instead of answering well; DONE: it did what it was asked */
             FAULT_NONE,
             FAULT_BUSY, /* 429 */
             FAULT_BROKEN_DONE,
             FAULT_BROKEN,
             FAULT_CUT_DONE,
             FAULT_CUT,
             FAULT_NOT_SENT,
             FAULT_ODD_DONE, /* a 200 that says nothing known */
             FAULT_TOKEN,    /* it has expired */
             FAULT_FORBIDDEN,
             FAULT_TARGET_GONE, /* X */
             FAULT_DRIFT,       /* somebody else took it back just before */
             FAULTS
};

struct person {
    uint32_t keys;
    bool there[KEYS_MAX]; /* still followed, at the platform */
    bool sent[KEYS_MAX];
    bool kept;
    enum outcome passed[KEYS_MAX]; /* settled so, without a request */
    uint32_t position[KEYS_MAX];
};

struct flying {
    bool used;
    uint32_t flight, first_count, counts; /* of rig.counted */
    int64_t due_ms;
    struct http_response response;
    char headers[256], body[4096];
};

/* Shared with children, so that the platform remembers what a child that died has sent. */
struct rig {
    char directory[PATH_MAX];
    struct winnow *w;
    struct winnow_error err;
    const struct platform *platform;
    struct store_campaign campaign;
    struct runner runner;
    struct dice dice;
    struct person people[PEOPLE_MAX];
    struct store_entry schedule[ENTRIES_MAX];
    uint32_t people_count, total;
    /* options of the run */
    uint32_t in_flight_max, batch_max;
    enum pace pace;
    /* what goes wrong: one in so many, 0 never */
    uint32_t one_in, crash_one_in, keep_one_in, pause_one_in;
    uint32_t faults_left;
    const char *words; /* what a broken server says */
    uint32_t limit_after;
    rlim_t limit_bytes; /* from so many sends on no file may grow past it */
    /* how it goes */
    int64_t now_ms, wake_ms;
    bool open, ended, crashed, refreshing;
    enum winnow_code code;
    char reason[WINNOW_ERROR_TEXT_MAX];
    struct flying flying[DRAIN_IN_FLIGHT_MAX];
    uint32_t sends, in_air, fresh_next, runs;
    int64_t counted[COUNTS_MAX]; /* when the platform counted an unfollow */
    uint32_t counted_count;
};

static void must(struct rig *rig, int result) {
    if (result != 0)
        fail_msg("%s: %s", winnow_code_name(rig->err.code), rig->err.text);
}

/* ---- virtual time ---- */

static int64_t virtual_ms(void *context) {
    return ((const struct rig *)context)->now_ms;
}

static bool no_boot_id(void *context, unsigned char id[CLOCK_BOOT_ID]) {
    (void)context;
    (void)id;
    return false;
}

static void rig_open_state(struct rig *rig) {
    struct clock_source source = {virtual_ms, virtual_ms, no_boot_id, rig};
    must(rig, winnow_make(rig->directory, &rig->w, &rig->err));
    clock_start(&rig->w->clock, &source, NULL);
}

static void rig_close_state(struct rig *rig) {
    winnow_close(rig->w);
    rig->w = NULL;
}

/* ---- a campaign with a plan ---- */

static bool bluesky(const struct rig *rig) {
    return rig->platform == &platform_bluesky;
}

static bool github(const struct rig *rig) {
    return rig->platform == &platform_github;
}

static void add_person(struct rig *rig, struct store_txn *t, uint32_t i) {
    struct person *p = &rig->people[i];
    struct facts f;
    char id[64];
    char keys[64] = "";
    enum store_change change;
    uint32_t number;
    p->keys = bluesky(rig) && dice_below(&rig->dice, 8) == 0 ? 2 + dice_below(&rig->dice, 2) : 1;
    snprintf(id, sizeof id, bluesky(rig) ? "did:plc:person%u" : "%u", 1000 + i);
    for (uint32_t k = 0; k < p->keys; k++) {
        p->there[k] = true;
        if (bluesky(rig))
            snprintf(keys + strlen(keys), sizeof keys - strlen(keys), "p%uk%u\n", i, k);
    }
    facts_clear(&f);
    facts_came_from(&f, 1);
    facts_set_text(&f, FACT_ID, id, strlen(id));
    if (github(rig)) {
        snprintf(keys, sizeof keys, "person%u", i);
        facts_set_text(&f, FACT_HANDLE, keys, strlen(keys));
    }
    f.follow_keys = (struct text){keys, (uint32_t)strlen(keys)};
    must(rig, store_followee_merge(t, &rig->campaign, &f, false, &change, &number, &rig->err));
    assert_int_equal(number, i);
}

static void fill_roster(struct rig *rig) {
    struct store_txn *t;
    must(rig, store_write(rig->w->store, STORE_ALL, &t, &rig->err));
    must(rig, store_campaign_find(t, "c", &rig->campaign, &rig->err));
    for (uint32_t i = 0; i < rig->people_count; i++)
        add_person(rig, t, i);
    rig->campaign.batches = 1;
    must(rig, store_campaign_put(t, &rig->campaign, &rig->err));
    must(rig, store_commit(t, &rig->err));
}

static void read_schedule(struct rig *rig, uint32_t plan) {
    struct store_txn *t;
    must(rig, store_read(rig->w->store, &t, &rig->err));
    for (uint32_t i = 0; i < rig->total; i++) {
        struct store_entry *e = &rig->schedule[i];
        must(rig, store_schedule_get(t, rig->campaign.id, plan, i, e, &rig->err));
        rig->people[e->number].position[e->key] = i;
    }
    store_abort(t);
}

static void make_plan(struct rig *rig) {
    static const char policy[] = "{\"keep\": [], \"undecided\": \"schedule\"}";
    static struct winnow_plan plan;
    struct winnow_plan_options o = {
        .policy = policy, .policy_size = sizeof policy - 1, .now_ms = NOW};
    must(rig, winnow_plan(rig->w, "c", &o, &plan, &rig->err));
    rig->total = (uint32_t)plan.scheduled;
    rig->campaign.plans++;
    read_schedule(rig, rig->campaign.plans);
    rig->fresh_next = 0;
}

static struct rig *rig_new(const struct platform *platform, uint32_t people, uint64_t seed) {
    struct rig *rig =
        mmap(NULL, sizeof *rig, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(rig != MAP_FAILED);
    rig->platform = platform;
    rig->people_count = people;
    rig->dice.state = seed;
    rig->now_ms = NOW;
    rig->in_flight_max = 2;
    rig->batch_max = platform->actions[ACTION_UNFOLLOW].batch_max;
    rig->limit_after = UINT32_MAX;
    rig->faults_left = 300;
    temp_directory_make(rig->directory);
    rig_open_state(rig);
    must(rig, winnow_campaign_new(rig->w, "c", platform->name, bluesky(rig) ? "did:plc:me" : "1",
                                  NULL, &rig->err));
    fill_roster(rig);
    make_plan(rig);
    return rig;
}

static void rig_free(struct rig *rig) {
    rig_close_state(rig);
    temp_directory_remove(rig->directory);
    munmap(rig, sizeof *rig);
}

/* ---- what every request that leaves must be ---- */

struct on_server {
    uint32_t number;
    uint8_t key;
};

static void add_rkey(const struct rig *rig, const json_t *record, struct on_server *to) {
    unsigned number;
    unsigned key;
    const char *rkey = json_string_value(json_object_get(record, "rkey"));
    assert_non_null(rkey);
    assert_int_equal(sscanf(rkey, "p%uk%u", &number, &key), 2);
    assert_true(number < rig->people_count && key < rig->people[number].keys);
    *to = (struct on_server){number, (uint8_t)key};
}

static uint32_t targets_of(struct rig *rig, const struct http_request *q,
                           struct on_server out[DRAIN_BATCH_MAX]) {
    if (github(rig)) {
        unsigned number;
        char target[128];
        snprintf(target, sizeof target, "%.*s", (int)q->target.size, q->target.at);
        assert_int_equal(q->method, HTTP_DELETE);
        assert_int_equal(sscanf(target, "/user/following/person%u", &number), 1);
        assert_in_range(number, 0, rig->people_count - 1);
        out[0] = (struct on_server){number, 0};
        return 1;
    }
    if (!bluesky(rig)) {
        unsigned id;
        char target[128];
        snprintf(target, sizeof target, "%.*s", (int)q->target.size, q->target.at);
        assert_int_equal(q->method, HTTP_DELETE);
        assert_int_equal(sscanf(target, "/2/users/1/following/%u", &id), 1);
        assert_in_range(id, 1000, 1000 + rig->people_count - 1);
        out[0] = (struct on_server){id - 1000, 0};
        return 1;
    }
    json_t *body = json_loadb(q->body.at, q->body.size, 0, NULL);
    json_t *writes = json_object_get(body, "writes");
    uint32_t count = writes == NULL ? 1 : (uint32_t)json_array_size(writes);
    assert_in_range(count, 1, rig->batch_max);
    for (uint32_t i = 0; i < count; i++)
        add_rkey(rig, writes == NULL ? body : json_array_get(writes, i), &out[i]);
    json_decref(body);
    return count;
}

/* Invariants 1, 3 and 7, at the moment of leaving: what the store has committed says so. */
static void check_leaving(struct rig *rig, struct store_txn *t, const struct on_server *one) {
    struct person *p = &rig->people[one->number];
    uint32_t position = p->position[one->key];
    struct store_open_entry open;
    enum outcome settled;
    struct facts f;
    if (store_open_get(t, rig->campaign.id, position, &open, &rig->err) != 1 || !open.in_flight)
        fail_msg("entry %u leaves without an intent", position);
    must(rig,
         store_state_get(t, rig->campaign.id, rig->campaign.plans, position, &settled, &rig->err));
    assert_int_equal(settled, OUTCOME_NONE);
    must(rig, store_followee_get(t, rig->campaign.id, one->number, STORE_FACTS, &f, &rig->err));
    assert_int_equal(store_keep_has(t, rig->campaign.id, facts_text(&f, FACT_ID).at,
                                    facts_text(&f, FACT_ID).size, &rig->err),
                     0);
    assert_false(p->kept);
    assert_int_equal(p->passed[one->key], OUTCOME_NONE);
}

/* Invariant 5: what leaves for the first time leaves in order; only kept ones are passed over. */
static void check_order(struct rig *rig, const struct on_server *one) {
    uint32_t position = rig->people[one->number].position[one->key];
    for (uint32_t i = rig->fresh_next; i < position; i++)
        assert_true(rig->people[rig->schedule[i].number].kept ||
                    rig->people[rig->schedule[i].number].passed[rig->schedule[i].key] !=
                        OUTCOME_NONE);
    if (position >= rig->fresh_next)
        rig->fresh_next = position + 1;
}

static void check_request(struct rig *rig, const struct on_server *targets, uint32_t count) {
    struct store_txn *t;
    struct store_progress p;
    must(rig, store_read(rig->w->store, &t, &rig->err));
    for (uint32_t i = 0; i < count; i++)
        check_leaving(rig, t, &targets[i]);
    assert_int_equal(store_progress_get(t, rig->campaign.id, &p, &rig->err), 1);
    assert_true(p.cursor >= rig->fresh_next);
    assert_true(p.requests > 0 && p.journal_next >= p.requests);
    store_abort(t);
}

/* ---- the platform ---- */

static void answer(struct flying *f, int status, const char *headers, const char *body) {
    f->response.end = HTTP_DONE;
    f->response.status = status;
    snprintf(f->headers, sizeof f->headers, "%s", headers);
    snprintf(f->body, sizeof f->body, "%s", body);
}

static bool take_back(struct rig *rig, const struct on_server *targets, uint32_t count) {
    bool all = true;
    for (uint32_t i = 0; i < count; i++)
        all = all && rig->people[targets[i].number].there[targets[i].key];
    for (uint32_t i = 0; i < count && (all || !bluesky(rig)); i++)
        rig->people[targets[i].number].there[targets[i].key] = false;
    return all;
}

static void answer_well(struct rig *rig, struct flying *f, const struct on_server *targets,
                        uint32_t count) {
    bool all = take_back(rig, targets, count);
    if (github(rig)) {
        answer(f, 204, "", "");
    } else if (!bluesky(rig)) {
        answer(f, 200, "", "{\"data\":{\"following\":false}}");
    } else if (count == 1) {
        answer(f, 200, "", all ? "{\"commit\":{\"rev\":\"3k\"}}" : "{}");
    } else if (!all) {
        answer(f, 500, "", "{\"error\":\"InternalServerError\",\"message\":\"no\"}");
    } else {
        answer(f, 200, "", "{\"commit\":{\"rev\":\"3k\"},\"results\":[");
        for (uint32_t i = 0; i < count; i++)
            strncat(f->body, i == 0 ? "{}" : ",{}", sizeof f->body - strlen(f->body) - 1);
        strncat(f->body, "]}", sizeof f->body - strlen(f->body) - 1);
    }
}

static void answer_busy(struct rig *rig, struct flying *f) {
    char headers[256];
    long long reset_s = (rig->now_ms + 60000 + dice_below(&rig->dice, 900000)) / 1000;
    if (bluesky(rig))
        snprintf(headers, sizeof headers,
                 "RateLimit-Limit: %d\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: %lld\r\n"
                 "RateLimit-Policy: %d;w=3600\r\n",
                 LIMIT, reset_s, LIMIT);
    else
        snprintf(headers, sizeof headers,
                 "x-rate-limit-limit: %d\r\nx-rate-limit-remaining: 0\r\nx-rate-limit-reset: "
                 "%lld\r\n",
                 LIMIT, reset_s);
    answer(f, 429, headers, "{\"error\":\"RateLimitExceeded\"}");
}

static void answer_ill(struct rig *rig, struct flying *f, enum fault fault,
                       const struct on_server *targets, uint32_t count) {
    if (fault == FAULT_BROKEN_DONE || fault == FAULT_CUT_DONE || fault == FAULT_ODD_DONE)
        take_back(rig, targets, count);
    switch (fault) {
    case FAULT_BUSY:
        answer_busy(rig, f);
        break;
    case FAULT_BROKEN:
    case FAULT_BROKEN_DONE:
        answer(f, 503, "", rig->words != NULL ? rig->words : "<html>no</html>");
        break;
    case FAULT_CUT:
    case FAULT_CUT_DONE:
        f->response.end = HTTP_IN_DOUBT;
        break;
    case FAULT_NOT_SENT:
        f->response.end = HTTP_NOT_SENT;
        break;
    case FAULT_ODD_DONE:
        answer(f, 200, "", bluesky(rig) ? "{\"fine\":1}" : "{\"data\":{\"following\":\"no\"}}");
        break;
    case FAULT_TOKEN:
        answer(f, bluesky(rig) ? 400 : 401, "", "{\"error\":\"ExpiredToken\"}");
        break;
    case FAULT_FORBIDDEN:
        answer(f, 403, "", "{\"title\":\"Forbidden\"}");
        break;
    case FAULT_TARGET_GONE:
        answer(f, 404, "", "{\"type\":\"https://api.x.com/2/problems/resource-not-found\"}");
        break;
    case FAULT_DRIFT:
        rig->people[targets[0].number].there[targets[0].key] = false;
        answer_well(rig, f, targets, count);
        break;
    case FAULT_NONE:
    case FAULTS:
        break;
    }
}

static enum fault draw_fault(struct rig *rig) {
    if (rig->faults_left == 0 || rig->one_in == 0 || dice_below(&rig->dice, rig->one_in) != 0)
        return FAULT_NONE;
    rig->faults_left--;
    enum fault fault = (enum fault)(1 + dice_below(&rig->dice, FAULTS - 1));
    if (rig->words != NULL)
        return FAULT_BROKEN;
    return bluesky(rig) && fault == FAULT_TARGET_GONE ? FAULT_DRIFT : fault;
}

/* The platform counts a request at some time between its leaving and its answer. */
static void count_request(struct rig *rig, struct flying *f, uint32_t count) {
    uint32_t took = (uint32_t)(f->due_ms - rig->now_ms);
    int64_t at_ms = rig->now_ms + dice_below(&rig->dice, took + 1);
    f->first_count = rig->counted_count;
    f->counts = f->response.end == HTTP_NOT_SENT ? 0 : count;
    for (uint32_t i = 0; i < f->counts; i++) {
        assert_true(rig->counted_count < COUNTS_MAX);
        rig->counted[rig->counted_count++] = at_ms;
    }
}

/* ---- the runner's port ---- */

static int port_send(void *context, uint32_t flight, const struct http_request *request,
                     struct winnow_error *err) {
    struct rig *rig = context;
    struct on_server targets[DRAIN_BATCH_MAX];
    (void)err;
    uint32_t count = targets_of(rig, request, targets);
    for (uint32_t i = 0; i < count; i++)
        check_order(rig, &targets[i]);
    if (rig->crashed)
        return 0; /* its intent is there, and it never left */
    assert_true(rig->open && !rig->ended && flight < rig->in_flight_max);
    struct flying *f = &rig->flying[flight];
    assert_false(f->used);
    check_request(rig, targets, count);
    *f = (struct flying){.used = true, .flight = flight};
    f->due_ms = rig->now_ms + 1 + dice_below(&rig->dice, 3000);
    enum fault fault = draw_fault(rig);
    if (fault == FAULT_NONE)
        answer_well(rig, f, targets, count);
    else
        answer_ill(rig, f, fault, targets, count);
    count_request(rig, f, count);
    rig->sends++;
    rig->in_air++;
    for (uint32_t i = 0; i < count; i++)
        rig->people[targets[i].number].sent[targets[i].key] = true;
    if (rig->sends == rig->limit_after) {
        struct rlimit limit = {rig->limit_bytes, rig->limit_bytes};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    if (rig->crash_one_in != 0 && dice_below(&rig->dice, rig->crash_one_in) == 0)
        rig->crashed = true;
    return 0;
}

static void port_wake_at(void *context, int64_t at_ms) {
    ((struct rig *)context)->wake_ms = at_ms;
}

static void port_refresh(void *context) {
    struct rig *rig = context;
    assert_int_equal(rig->in_air, 0);
    rig->refreshing = true;
}

static void port_ended(void *context, enum winnow_code code, const char *reason) {
    struct rig *rig = context;
    assert_false(rig->ended);
    rig->ended = true;
    rig->code = code;
    snprintf(rig->reason, sizeof rig->reason, "%s", reason);
}

/* ---- a run ---- */

static void runner_start(struct rig *rig) {
    struct runner_port port = {.context = rig,
                               .now = virtual_ms,
                               .send = port_send,
                               .wake_at = port_wake_at,
                               .refresh = port_refresh,
                               .ended = port_ended};
    struct winnow_hooks hooks = {0};
    struct drain_options options = drain_defaults;
    struct run_note note = {.pace = rig->pace, .budget_count = 1};
    options.in_flight_max = rig->in_flight_max;
    options.batch_max = rig->batch_max;
    options.seed = dice_draw(&rig->dice);
    snprintf(note.budgets[0], sizeof note.budgets[0], "%s=%d/15m",
             bluesky(rig)  ? "points/1h"
             : github(rig) ? "writes/8s"
                           : "unfollow/15m",
             LIMIT);
    rig->ended = rig->crashed = rig->refreshing = false;
    rig->wake_ms = INT64_MAX;
    must(rig, runner_open(&rig->runner, rig->w, "c", &note, &options, &port, &hooks, &rig->err));
    rig->open = true;
    rig->runs++;
}

/* The end of a run, or of the process: what is in the air is never heard of. */
static void runner_finish(struct rig *rig) {
    for (uint32_t i = 0; i < DRAIN_IN_FLIGHT_MAX; i++) {
        struct flying *f = &rig->flying[i];
        for (uint32_t k = 0; f->used && k < f->counts; k++)
            if (rig->counted[f->first_count + k] > rig->now_ms)
                rig->counted[f->first_count + k] = rig->now_ms;
        f->used = false;
    }
    rig->in_air = 0;
    rig->open = false;
    runner_close(&rig->runner); /* frees memory; writes nothing */
}

static int64_t next_answer(const struct rig *rig) {
    int64_t at_ms = INT64_MAX;
    for (uint32_t i = 0; i < DRAIN_IN_FLIGHT_MAX; i++)
        if (rig->flying[i].used && rig->flying[i].due_ms < at_ms)
            at_ms = rig->flying[i].due_ms;
    return at_ms;
}

static int64_t next_event(const struct rig *rig) {
    int64_t answer_ms = next_answer(rig);
    return answer_ms < rig->wake_ms ? answer_ms : rig->wake_ms;
}

static void deliver_due(struct rig *rig) {
    for (uint32_t i = 0; i < DRAIN_IN_FLIGHT_MAX; i++) {
        struct flying *f = &rig->flying[i];
        if (!f->used || f->due_ms > rig->now_ms)
            continue;
        f->response.headers = (struct text){f->headers, (uint32_t)strlen(f->headers)};
        f->response.body = (struct text){f->body, (uint32_t)strlen(f->body)};
        f->response.received_ms = rig->now_ms;
        f->used = false;
        rig->in_air--;
        runner_answer(&rig->runner, f->flight, &f->response);
    }
}

static void keep_person(struct rig *rig, uint32_t number) {
    char id[64];
    const char *who = id;
    struct winnow_keep_result result;
    snprintf(id, sizeof id, bluesky(rig) ? "did:plc:person%u" : "%u", 1000 + number);
    must(rig, winnow_keep(rig->w, "c", &who, 1, false, &result, &rig->err));
    rig->people[number].kept = true;
}

static bool is_paused(struct rig *rig) {
    struct store_txn *t;
    bool paused;
    must(rig, store_read(rig->w->store, &t, &rig->err));
    must(rig, run_paused_get(t, rig->campaign.id, &paused, &rig->err));
    store_abort(t);
    return paused;
}

static void set_paused(struct rig *rig, bool paused) {
    must(rig, (paused ? winnow_pause : winnow_resume)(rig->w, "c", &rig->err));
    if (dice_below(&rig->dice, 2) == 0)
        runner_reload(&rig->runner); /* the worker heard of it at once, or not */
}

static void disturb(struct rig *rig) {
    if (rig->keep_one_in != 0 && dice_below(&rig->dice, rig->keep_one_in) == 0)
        keep_person(rig, dice_below(&rig->dice, rig->people_count));
    if (rig->pause_one_in != 0 && dice_below(&rig->dice, rig->pause_one_in) == 0)
        set_paused(rig, !is_paused(rig));
    if (rig->crash_one_in != 0 && dice_below(&rig->dice, rig->crash_one_in) == 0)
        rig->crashed = true;
}

/* Every other commit takes so long that answers and orders come meanwhile. */
static void turn(struct rig *rig) {
    bool heard = false;
    if (runner_begin(&rig->runner)) {
        runner_write(&rig->runner);
        uint32_t in_air = rig->in_air;
        int64_t due_ms = next_answer(rig);
        if (due_ms != INT64_MAX && dice_below(&rig->dice, 2) == 0) {
            rig->now_ms = due_ms > rig->now_ms ? due_ms : rig->now_ms;
            deliver_due(rig);
        }
        if (dice_below(&rig->dice, 8) == 0)
            runner_reload(&rig->runner);
        heard = rig->in_air != in_air;
    }
    runner_end(&rig->runner);
    if (heard && !rig->ended)
        rig->wake_ms = rig->now_ms;
}

static void step(struct rig *rig) {
    uint32_t sends = rig->sends;
    bool paused = is_paused(rig);
    turn(rig);
    if (paused)
        assert_int_equal(rig->sends, sends);
    if (rig->refreshing) {
        rig->refreshing = false;
        runner_refreshed(&rig->runner, 0, NULL);
        return;
    }
    int64_t at_ms = next_event(rig);
    if (rig->ended || rig->crashed)
        return;
    if (at_ms == INT64_MAX && is_paused(rig)) {
        rig->now_ms += 5000;
        must(rig, winnow_resume(rig->w, "c", &rig->err));
        runner_reload(&rig->runner);
        return;
    }
    if (at_ms == INT64_MAX)
        fail_msg("the run stalls after %u requests", rig->sends);
    if (at_ms > rig->now_ms)
        rig->now_ms = at_ms;
    deliver_due(rig);
    disturb(rig);
}

/* One run until it ends or crashes. */
static void run_once(struct rig *rig) {
    runner_start(rig);
    for (uint32_t steps = 0; !rig->ended && !rig->crashed; steps++) {
        assert_true(steps < 200000);
        step(rig);
    }
    if (rig->ended)
        assert_int_equal(rig->in_air, 0);
    runner_finish(rig);
}

static void expect_verified(struct rig *rig) {
    struct winnow_verify_result v;
    must(rig, winnow_verify(rig->w, "c", NULL, &v, &rig->err));
    if (v.mismatches != 0)
        fail_msg("%s", v.first);
    assert_int_equal(v.entries, rig->total);
}

static void run_to_the_end(struct rig *rig) {
    for (rig->runs = 0; rig->runs < 400;) {
        run_once(rig);
        expect_verified(rig);
        if (rig->ended && rig->code == WINNOW_OK)
            return;
        if (rig->ended && rig->code != WINNOW_SAFETY && rig->code != WINNOW_CREDENTIAL)
            fail_msg("ended: %s: %s", winnow_code_name(rig->code), rig->reason);
        rig->now_ms += dice_below(&rig->dice, 2) == 0 ? 0 : dice_below(&rig->dice, 1000000);
        rig_close_state(rig); /* the next process reads all from the disk */
        rig_open_state(rig);
    }
    fail_msg("not at the end after %u runs", rig->runs);
}

/* ---- what must hold at the end ---- */

static int by_time(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Invariant 2: in no window more than the limit, as the platform counts. */
static void check_windows(struct rig *rig) {
    qsort(rig->counted, rig->counted_count, sizeof rig->counted[0], by_time);
    for (uint32_t i = 0; i + LIMIT < rig->counted_count; i++)
        if (rig->counted[i + LIMIT] - rig->counted[i] < PERIOD_MS)
            fail_msg("%d in %lld ms, from the %u-th on", LIMIT + 1,
                     (long long)(rig->counted[i + LIMIT] - rig->counted[i]), i);
}

static void check_entry(struct rig *rig, struct store_txn *t, uint32_t position,
                        uint64_t settled[OUTCOME_COUNT]) {
    const struct store_entry *e = &rig->schedule[position];
    const struct person *p = &rig->people[e->number];
    enum outcome o;
    must(rig, store_state_get(t, rig->campaign.id, rig->campaign.plans, position, &o, &rig->err));
    assert_true(outcome_final(o));
    settled[o]++;
    if (o == OUTCOME_DONE || o == OUTCOME_ALREADY_SO) /* invariant 4 */
        assert_false(p->there[e->key]);
    if (p->passed[e->key] != OUTCOME_NONE) {
        assert_false(p->sent[e->key]);
        assert_int_equal(o, p->passed[e->key]);
        return;
    }
    if (o == OUTCOME_PROTECTED)
        assert_true(p->kept);
    if (p->kept && !p->sent[e->key])
        assert_int_equal(o, OUTCOME_PROTECTED);
}

static void check_end(struct rig *rig) {
    struct store_txn *t;
    struct store_progress p;
    static struct winnow_status s;
    uint64_t settled[OUTCOME_COUNT] = {0};
    must(rig, store_read(rig->w->store, &t, &rig->err));
    for (uint32_t i = 0; i < rig->total; i++)
        check_entry(rig, t, i, settled);
    assert_int_equal(store_progress_get(t, rig->campaign.id, &p, &rig->err), 1);
    for (int o = OUTCOME_DONE; o <= OUTCOME_REFUSED; o++)
        assert_int_equal(p.settled[o], settled[o]);
    assert_true(p.open == 0 && p.in_doubt == 0 && p.cursor == rig->total);
    store_abort(t);
    must(rig, winnow_status(rig->w, "c", &s, &rig->err));
    assert_string_equal(winnow_run_state_name(s.state), "done");
    assert_int_equal(s.progress.remaining, 0);
    expect_verified(rig);
    check_windows(rig);
}

static void run_and_check(struct rig *rig) {
    run_to_the_end(rig);
    check_end(rig);
    rig_free(rig);
}

/* ---- tests ---- */

static void test_plain_runs(void **state) {
    (void)state;
    run_and_check(rig_new(&platform_x, 60, 1));
    run_and_check(rig_new(&platform_bluesky, 300, 2));
}

/* Kept between two turns: from the next request on it never leaves, also one that waits for another
 * try, also one of a batch. */
static void test_keep_between_turns(void **state) {
    (void)state;
    const struct platform *const platforms[] = {&platform_x, &platform_bluesky};
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct rig *rig = rig_new(platforms[seed % 2], 80, seed);
        rig->keep_one_in = 4;
        rig->one_in = seed % 3 == 0 ? 3 : 0;
        run_and_check(rig);
    }
}

static void test_all_kept_sends_nothing(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_bluesky, 50, 3);
    for (uint32_t i = 0; i < 50; i++)
        keep_person(rig, i);
    run_to_the_end(rig);
    check_end(rig);
    assert_int_equal(rig->sends, 0);
    rig_free(rig);
}

static void test_pause_and_resume(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct rig *rig = rig_new(seed % 2 ? &platform_x : &platform_bluesky, 80, seed);
        rig->pause_one_in = 5;
        run_and_check(rig);
    }
}

/* A stop, an order to look and an answer, all while a commit waits for the disk. */
static void test_what_comes_during_a_write_is_kept(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_x, 30, 5);
    rig->in_flight_max = 2;
    rig->pace = PACE_BURST;
    runner_start(rig);
    runner_turn(&rig->runner); /* two leave */
    assert_int_equal(rig->in_air, 2);
    rig->now_ms = next_answer(rig);
    deliver_due(rig);
    assert_int_equal(rig->in_air, 1);
    assert_true(runner_begin(&rig->runner)); /* the outcome, and a third */
    runner_write(&rig->runner);
    rig->now_ms = next_answer(rig);
    deliver_due(rig);
    runner_stop(&rig->runner, WINNOW_STOPPED, "asked to");
    assert_int_equal(rig->runner.event_count, 0);
    assert_int_equal(rig->runner.drain.run.phase, DRAIN_RUNNING);
    runner_end(&rig->runner);
    assert_int_equal(rig->sends, 3); /* its intent was there before the stop */
    assert_int_equal(rig->runner.event_count, 1);
    assert_int_equal(rig->runner.drain.run.phase, DRAIN_STOPPING);
    while (!rig->ended)
        step(rig);
    assert_int_equal(rig->sends, 3);
    assert_int_equal(rig->code, WINNOW_STOPPED);
    runner_finish(rig);
    expect_verified(rig);
    rig_free(rig);
}

static struct winnow_verify_result verified(struct rig *rig) {
    struct winnow_verify_result v;
    must(rig, winnow_verify(rig->w, "c", NULL, &v, &rig->err));
    return v;
}

/* A store that has forgotten what a budget holds is found by verify, and mended by the next run. */
static void test_forgotten_budget(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_x, 60, 9);
    rig->pace = PACE_BURST;
    runner_start(rig);
    while (rig->sends < 15)
        step(rig);
    runner_stop(&rig->runner, WINNOW_STOPPED, "asked to");
    while (!rig->ended)
        step(rig);
    runner_finish(rig);
    assert_int_equal(verified(rig).mismatches, 0);
    struct store_txn *t;
    must(rig, store_write(rig->w->store, STORE_ALL, &t, &rig->err));
    must(rig, store_note_remove(t, 0, STORE_NOTE_BUDGET,
                                "account x https://api.x.com 1 unfollow/15m", &rig->err));
    must(rig, store_commit(t, &rig->err));
    struct winnow_verify_result v = verified(rig);
    assert_int_equal(v.mismatches, 1);
    assert_int_equal(v.budgets, 7);
    char expected[128];
    snprintf(expected, sizeof expected, "budget unfollow/15m is counted as 0, the journal has %u",
             rig->sends);
    assert_string_equal(v.first, expected);
    run_and_check(rig); /* each window as the platform counts */
}

static void test_stop_finishes_what_is_in_flight(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_x, 30, 5);
    rig->in_flight_max = 4;
    rig->pace = PACE_BURST;
    runner_start(rig);
    while (rig->sends < 10 && !rig->ended)
        step(rig);
    runner_stop(&rig->runner, WINNOW_STOPPED, "asked to");
    uint32_t sends = rig->sends;
    while (!rig->ended)
        step(rig);
    assert_int_equal(rig->sends, sends);
    assert_int_equal(rig->in_air, 0);
    assert_int_equal(rig->code, WINNOW_STOPPED);
    runner_finish(rig);
    struct store_txn *t;
    struct store_progress p;
    must(rig, store_read(rig->w->store, &t, &rig->err));
    assert_int_equal(store_progress_get(t, rig->campaign.id, &p, &rig->err), 1);
    assert_true(p.open == 0 && p.settled[OUTCOME_DONE] == sends);
    store_abort(t);
    run_and_check(rig);
}

struct left_open {
    uint32_t count, in_flight, in_doubt;
};

static int count_open(void *context, const struct store_open_entry *e) {
    struct left_open *left = context;
    left->count++;
    left->in_flight += e->in_flight;
    left->in_doubt += e->in_doubt;
    return 0;
}

static struct left_open open_now(struct rig *rig) {
    struct left_open left = {0, 0, 0};
    struct store_txn *t;
    must(rig, store_read(rig->w->store, &t, &rig->err));
    must(rig, store_open_each(t, rig->campaign.id, count_open, &left, &rig->err));
    store_abort(t);
    return left;
}

/* What a crash leaves in flight is in doubt from the next start on, once, and is asked again. */
static void test_crash_leaves_doubt(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_bluesky, 100, 6);
    rig->pace = PACE_BURST;
    rig->batch_max = 5;
    runner_start(rig);
    while (rig->in_air < 1 && !rig->ended)
        step(rig);
    runner_finish(rig);
    assert_true(open_now(rig).in_flight > 0);
    rig_close_state(rig);
    rig_open_state(rig);
    uint32_t left = open_now(rig).in_flight;
    for (int again = 0; again < 3; again++) { /* and crashes before the first turn */
        runner_start(rig);
        runner_finish(rig);
        struct left_open now = open_now(rig);
        assert_true(now.in_flight == 0 && now.in_doubt == left && now.count == left);
        expect_verified(rig);
    }
    run_and_check(rig);
}

static void test_crashes(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct rig *rig = rig_new(seed % 2 ? &platform_x : &platform_bluesky, 60, seed);
        rig->crash_one_in = 3 + dice_below(&rig->dice, 20);
        rig->pace = seed % 3 == 0 ? PACE_EVEN : PACE_BURST;
        rig->in_flight_max = 1 + dice_below(&rig->dice, 6);
        run_and_check(rig);
    }
}

/* A fetch between plan and run may show other follow records (Bluesky). */
static void test_follow_records_changed_since_the_plan(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_bluesky, 40, 9);
    uint32_t number = 0;
    while (rig->people[number].keys < 2)
        number++;
    struct store_txn *t;
    struct facts f;
    char id[64];
    char key[64];
    must(rig, store_write(rig->w->store, STORE_ALL, &t, &rig->err));
    facts_clear(&f);
    facts_came_from(&f, 2);
    int size = snprintf(id, sizeof id, "did:plc:person%u", 1000 + number);
    facts_set_text(&f, FACT_ID, id, (size_t)size);
    size = snprintf(key, sizeof key, "p%uk0\n", number);
    f.follow_keys = (struct text){key, (uint32_t)size};
    enum store_change change;
    must(rig, store_followee_merge(t, &rig->campaign, &f, false, &change, &number, &rig->err));
    must(rig, store_campaign_put(t, &rig->campaign, &rig->err));
    must(rig, store_commit(t, &rig->err));
    for (uint32_t k = 1; k < rig->people[number].keys; k++)
        rig->people[number].passed[k] = OUTCOME_PROTECTED;
    run_and_check(rig); /* the rest goes on */
}

/* ---- who is who, on GitHub, where a request names a login ---- */

/* What an import tells while the plan is frozen, or while it runs. */
static void tell(struct rig *rig, const char *id, const char *login) {
    struct store_txn *t;
    struct facts f;
    enum store_change change;
    uint32_t number;
    must(rig, store_write(rig->w->store, STORE_ALL, &t, &rig->err));
    must(rig, store_campaign_find(t, "c", &rig->campaign, &rig->err));
    facts_clear(&f);
    facts_came_from(&f, (uint16_t)++rig->campaign.batches);
    facts_set_text(&f, FACT_ID, id, strlen(id));
    facts_set_text(&f, FACT_HANDLE, login, strlen(login));
    f.follow_keys = facts_text(&f, FACT_HANDLE);
    must(rig, store_followee_merge(t, &rig->campaign, &f, false, &change, &number, &rig->err));
    must(rig, store_campaign_put(t, &rig->campaign, &rig->err));
    must(rig, store_commit(t, &rig->err));
}

/* The first whose turn has not come yet. */
static uint32_t one_to_come(const struct rig *rig) {
    for (uint32_t i = rig->total; i-- > 0;)
        if (!rig->people[rig->schedule[i].number].sent[0])
            return rig->schedule[i].number;
    fail();
    return 0;
}

/* 101 has a login that 202 has now, as a file tells after the plan: neither is sent, before the run
 * or in the middle of it, whether 202 is on the keep list or not. */
static void test_login_of_two_since_the_plan(void **state) {
    (void)state;
    for (uint32_t sent_before = 0; sent_before <= 4; sent_before += 4) {
        struct rig *rig = rig_new(&platform_github, 12, 3);
        runner_start(rig);
        while (rig->sends < sent_before)
            step(rig);
        char login[32];
        uint32_t number = one_to_come(rig);
        snprintf(login, sizeof login, "PERSON%u", number);
        tell(rig, "202", login);
        rig->people[number].passed[0] = OUTCOME_PROTECTED;
        while (!rig->ended)
            step(rig);
        runner_finish(rig);
        check_end(rig);
        rig_free(rig);
    }
}

/* A handle that is noted on the keep list is a login that is not sent. */
static void test_noted_login(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_github, 12, 4);
    struct store_txn *t;
    bool changed;
    must(rig, store_write(rig->w->store, STORE_ALL, &t, &rig->err));
    must(rig, store_campaign_find(t, "c", &rig->campaign, &rig->err));
    must(rig, store_keep_note(t, &rig->campaign, (struct text){"Person7", 7}, &changed, &rig->err));
    must(rig, store_campaign_put(t, &rig->campaign, &rig->err));
    must(rig, store_commit(t, &rig->err));
    rig->people[7].passed[0] = OUTCOME_PROTECTED;
    run_and_check(rig);
}

/* A login that can be none holds that followee, not the run. */
static void test_bad_login_since_the_plan(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_github, 12, 5);
    tell(rig, "1003", "no such");
    rig->people[3].passed[0] = OUTCOME_PROTECTED;
    run_and_check(rig);
}

/* A login that changed since the plan is sent as it is now. */
static void test_new_login_since_the_plan(void **state) {
    (void)state;
    struct rig *rig = rig_new(&platform_github, 12, 6);
    tell(rig, "1003", "person3-of-late");
    tell(rig, "202", "person33");
    run_and_check(rig);
}

/* Whom a whole fetch has shown gone since the plan is not sent where a request names a login, which
 * another may have by now. An id is asked for all the same: the answer proves more than a list. */
static void test_gone_since_the_plan(void **state) {
    (void)state;
    const struct platform *const platforms[] = {&platform_x, &platform_github, &platform_bluesky};
    for (size_t i = 0; i < 3; i++) {
        struct rig *rig = rig_new(platforms[i], 30, 7);
        struct store_txn *t;
        must(rig, store_write(rig->w->store, STORE_ALL, &t, &rig->err));
        for (uint32_t n = 4; n < 9; n++) {
            must(rig, store_gone_put(t, rig->campaign.id, n, 0, OUTCOME_ALREADY_SO, &rig->err));
            rig->people[n].there[0] = false;
            if (github(rig))
                rig->people[n].passed[0] = OUTCOME_PROTECTED;
        }
        must(rig, store_commit(t, &rig->err));
        run_and_check(rig);
    }
}

/* A plan made in the middle leaves out who is unfollowed, and asks again who is in doubt. */
static void test_new_plan_in_the_middle(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct rig *rig = rig_new(seed % 2 ? &platform_x : &platform_bluesky, 60, seed);
        rig->batch_max = rig->batch_max > 7 ? 7 : rig->batch_max;
        rig->one_in = 4;
        rig->faults_left = 10;
        runner_start(rig);
        while (rig->sends < 15 && !rig->ended)
            step(rig);
        runner_finish(rig);
        struct store_txn *t;
        struct store_progress p;
        must(rig, store_read(rig->w->store, &t, &rig->err));
        assert_int_equal(store_progress_get(t, rig->campaign.id, &p, &rig->err), 1);
        store_abort(t);
        uint64_t gone = p.settled[OUTCOME_DONE] + p.settled[OUTCOME_ALREADY_SO] +
                        p.settled[OUTCOME_TARGET_GONE];
        uint32_t before = rig->total;
        assert_true(gone > 0);
        make_plan(rig);
        assert_int_equal(rig->total, before - gone);
        expect_verified(rig);
        run_and_check(rig);
    }
}

/* Another process that the lock does not show (another container, a lock's file that was removed)
 * makes a plan, or runs the campaign: the first run sends nothing more, and leaves what is said of
 * the campaign to the other. */
static void test_lease_lost(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        bool plans = seed % 2;
        struct rig *rig = rig_new(seed % 3 ? &platform_x : &platform_bluesky, 60, seed);
        rig->pace = PACE_BURST;
        rig->batch_max = rig->batch_max > 7 ? 7 : rig->batch_max;
        runner_start(rig);
        while (rig->sends < 5 + seed % 4)
            step(rig);
        struct runner second;
        struct runner first = rig->runner;
        if (plans) {
            make_plan(rig);
        } else {
            runner_start(rig);
            second = rig->runner;
            rig->runner = first;
        }
        uint32_t sends = rig->sends;
        while (!rig->ended)
            step(rig);
        assert_int_equal(rig->sends, sends);
        assert_int_equal(rig->code, WINNOW_BUSY);
        assert_non_null(strstr(rig->reason, "taken over campaign c"));
        struct winnow_status status;
        must(rig, winnow_status(rig->w, "c", &status, &rig->err));
        assert_null(strstr(status.reason, "taken over"));
        runner_finish(rig);
        if (!plans)
            runner_close(&second);
        expect_verified(rig);
        run_and_check(rig);
    }
}

/* Everything at once, drawn from the seed. */
static void random_run(uint64_t seed) {
    struct dice d = {seed};
    bool batches = dice_below(&d, 2) == 0;
    struct rig *rig = rig_new(batches ? &platform_bluesky : &platform_x,
                              50 + dice_below(&d, batches ? 400 : 80), seed);
    rig->one_in = 1 + dice_below(&d, 12);
    rig->crash_one_in = dice_below(&d, 2) * (8 + dice_below(&d, 80));
    rig->keep_one_in = dice_below(&d, 2) * (10 + dice_below(&d, 100));
    rig->pause_one_in = dice_below(&d, 2) * (10 + dice_below(&d, 100));
    rig->in_flight_max = 1 + dice_below(&d, 8);
    rig->batch_max = batches ? 1 + dice_below(&d, 200) : 1;
    rig->pace = dice_below(&d, 2) == 0 ? PACE_EVEN : PACE_BURST;
    rig->faults_left = dice_below(&d, 400);
    run_and_check(rig);
}

static void test_random_runs(void **state) {
    (void)state;
    const char *only = getenv("WINNOW_TEST_SEED");
    uint64_t from = only != NULL ? strtoull(only, NULL, 10) : 1;
    uint64_t count = only != NULL ? 1 : 300;
    for (uint64_t seed = from; seed < from + count; seed++) {
        print_message("seed %" PRIu64 "\r", seed);
        random_run(seed);
    }
}

/* ---- a server's words ---- */

/* Words of any length in letters of several bytes, cut where they may be: the run's note takes
 * them all. */
static void test_foreign_words_of_any_length(void **state) {
    (void)state;
    static const char *const letters[] = {"\u00e9", "\u20ac", "\U0001f600"};
    for (uint32_t length = 0; length < 130; length++) {
        struct rig *rig = rig_new(length % 2 ? &platform_x : &platform_bluesky, 3, length);
        static char said[800];
        static char words[2000];
        size_t used = (size_t)snprintf(said, sizeof said, "%.*s", (int)(length % 5), "abcd");
        for (uint32_t i = 0; i < length; i++)
            used += (size_t)snprintf(said + used, sizeof said - used, "%s", letters[length % 3]);
        snprintf(words, sizeof words, "{\"title\":\"%s\",\"message\":\"%s\"}", said, said);
        rig->words = words;
        rig->one_in = 1;
        rig->faults_left = 4;
        run_and_check(rig);
    }
}

/* ---- a store that fails ---- */

/* Runs in a child: until the store fails. */
static int run_until_full(struct rig *rig) {
    signal(SIGXFSZ, SIG_IGN);
    rig_open_state(rig);
    runner_start(rig);
    for (uint32_t steps = 0; !rig->ended && steps < 100000; steps++)
        step(rig);
    if (!rig->ended || rig->code != WINNOW_STORAGE)
        return 1;
    uint32_t sends = rig->sends;
    for (int i = 0; i < 3; i++) { /* nothing more leaves, whatever comes */
        rig->now_ms += 60000;
        deliver_due(rig);
        runner_turn(&rig->runner);
    }
    return rig->sends == sends && rig->sends >= rig->limit_after ? 0 : 2;
}

/* As if the disk were full at the meta pages, early in the file, or at its end. */
static void test_failing_store_stops_the_run(void **state) {
    (void)state;
    static const rlim_t limits[] = {0, 1, 4096, 8192, 8193, 20000, 60000};
    static const uint32_t after[] = {1, 2, 7};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0] * 3; i++) {
        struct rig *rig = rig_new(i % 2 ? &platform_x : &platform_bluesky, 60, i);
        int status;
        rig->limit_after = after[i % 3];
        rig->limit_bytes = limits[i / 3];
        rig->batch_max = i % 2 ? 1 : 3;
        rig_close_state(rig);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(run_until_full(rig));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        for (uint32_t k = 0; k < DRAIN_IN_FLIGHT_MAX; k++)
            rig->flying[k].used = false;
        rig->in_air = 0;
        rig->limit_after = UINT32_MAX;
        rig_open_state(rig);
        expect_verified(rig);
        run_and_check(rig);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_runs),
        cmocka_unit_test(test_keep_between_turns),
        cmocka_unit_test(test_all_kept_sends_nothing),
        cmocka_unit_test(test_pause_and_resume),
        cmocka_unit_test(test_what_comes_during_a_write_is_kept),
        cmocka_unit_test(test_forgotten_budget),
        cmocka_unit_test(test_stop_finishes_what_is_in_flight),
        cmocka_unit_test(test_crash_leaves_doubt),
        cmocka_unit_test(test_crashes),
        cmocka_unit_test(test_follow_records_changed_since_the_plan),
        cmocka_unit_test(test_login_of_two_since_the_plan),
        cmocka_unit_test(test_noted_login),
        cmocka_unit_test(test_bad_login_since_the_plan),
        cmocka_unit_test(test_new_login_since_the_plan),
        cmocka_unit_test(test_gone_since_the_plan),
        cmocka_unit_test(test_new_plan_in_the_middle),
        cmocka_unit_test(test_lease_lost),
        cmocka_unit_test(test_random_runs),
        cmocka_unit_test(test_foreign_words_of_any_length),
        cmocka_unit_test(test_failing_store_stops_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
