/* From files to a plan and back through winnow.h: the same digest however the roster came in, whom
 * a plan keeps, holds and schedules, what a new plan says of the last one, exports that can be
 * imported again, and what status says in each state of a campaign. */
#include "store_world.h"

#include "work/budgets/run_note.h"
#include "work/plan/plan_head.h"

#include <jansson.h>
#include <stdio.h>

#define PLAN_MS INT64_C(1790000000000)

struct dir {
    char path[PATH_MAX];
    struct winnow *w;
    struct winnow_error err;
    uint32_t files;
};

static void must(struct dir *d, int result) {
    if (result != 0)
        fail_msg("%s: %s", winnow_code_name(d->err.code), d->err.text);
}

static struct dir *dir_new(const char *platform) {
    struct dir *d = calloc(1, sizeof *d);
    char state[PATH_MAX];
    assert_non_null(d);
    temp_directory_make(d->path);
    snprintf(state, sizeof state, "%.4000s/state", d->path);
    must(d, winnow_make(state, &d->w, &d->err));
    must(d, winnow_campaign_new(d->w, "c", platform,
                                strcmp(platform, "bluesky") == 0    ? "did:plc:me"
                                : strcmp(platform, "mastodon") == 0 ? "me@a.example"
                                                                    : "1",
                                "https://a.example", &d->err));
    return d;
}

static void dir_free(struct dir *d) {
    winnow_close(d->w);
    temp_directory_remove(d->path);
    free(d);
}

static void assert_fails(struct dir *d, int result, enum winnow_code code, const char *words) {
    assert_int_equal(result, -1);
    assert_string_equal(winnow_code_name(d->err.code), winnow_code_name(code));
    if (strstr(d->err.text, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, d->err.text);
}

/* ---- importing ---- */

static void new_file(struct dir *d, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%.4000s/file%u", d->path, d->files++);
}

static int import_with(struct dir *d, const char *text, size_t size, bool strict, bool complete,
                       struct winnow_import_result *r) {
    char path[PATH_MAX];
    const char *file = path;
    new_file(d, path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    fclose(f);
    struct winnow_import_options o = {
        .files = &file, .file_count = 1, .strict = strict, .followers_complete = complete};
    return winnow_import(d->w, "c", &o, r, &d->err);
}

static struct winnow_import_result import(struct dir *d, const char *text) {
    struct winnow_import_result r;
    must(d, import_with(d, text, strlen(text), false, false, &r));
    if (r.skipped != 0)
        fail_msg("skipped of: %.300s", text);
    return r;
}

#define PEOPLE 1500

/* Lines of a made-up roster, unknown facts included; the same for the same seed. */
static void make_lines(char lines[PEOPLE][200], uint64_t seed) {
    struct dice dice = {seed};
    for (uint32_t i = 0; i < PEOPLE; i++) {
        size_t used =
            (size_t)snprintf(lines[i], 200, "{\"id\":\"%u\",\"handle\":\"u%u\"", 100000 + i * 7, i);
        static const char *const numbers[] = {"followers", "posts", "interactions"};
        for (size_t k = 0; k < 3; k++)
            if (dice_below(&dice, 8) > 0)
                used += (size_t)snprintf(lines[i] + used, 200 - used, ",\"%s\":%u", numbers[k],
                                         dice_below(&dice, 300));
        if (dice_below(&dice, 3) > 0)
            used += (size_t)snprintf(lines[i] + used, 200 - used, ",\"follows_me\":%s",
                                     dice_below(&dice, 2) ? "true" : "false");
        if (dice_below(&dice, 3) > 0)
            used += (size_t)snprintf(lines[i] + used, 200 - used, ",\"lang\":\"%c%c\"",
                                     'a' + (char)dice_below(&dice, 4), 'z');
        snprintf(lines[i] + used, 200 - used, "}\n");
    }
}

static void shuffle(char lines[PEOPLE][200], uint64_t seed) {
    struct dice dice = {seed};
    for (uint32_t i = PEOPLE; i > 1; i--) {
        char kept[200];
        uint32_t k = dice_below(&dice, i);
        memcpy(kept, lines[i - 1], 200);
        memcpy(lines[i - 1], lines[k], 200);
        memcpy(lines[k], kept, 200);
    }
}

/* Lines from..to in one file. */
static void import_lines(struct dir *d, char lines[PEOPLE][200], uint32_t from, uint32_t to) {
    static char text[PEOPLE * 200];
    size_t used = 0;
    for (uint32_t i = from; i < to; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", lines[i]);
    import(d, text);
}

/* ---- plans ---- */

static struct winnow_plan plan_now; /* too large for a stack of many */

static int try_plan(struct dir *d, const char *policy, uint64_t max) {
    struct winnow_plan_options o = {.policy = policy,
                                    .policy_size = policy == NULL ? 0 : strlen(policy),
                                    .max = max,
                                    .now_ms = PLAN_MS};
    return winnow_plan(d->w, "c", &o, &plan_now, &d->err);
}

/* The identity that winnow.h promises holds in every plan. */
static const struct winnow_plan *plan(struct dir *d, const char *policy, uint64_t max) {
    must(d, try_plan(d, policy, max));
    const struct winnow_plan *p = &plan_now;
    assert_int_equal(p->followees + p->duplicates,
                     p->kept + p->undecided + p->beyond_max + p->scheduled);
    return p;
}

struct ids {
    char text[PEOPLE * 32];
    uint64_t count;
};

static int join_ids(void *context, const struct winnow_entry *e) {
    struct ids *ids = context;
    snprintf(ids->text + strlen(ids->text), 32, "%.30s ", e->id);
    assert_int_equal(e->position, ++ids->count);
    return 0;
}

static const char *shown(struct dir *d) {
    static struct ids ids;
    ids.text[0] = '\0';
    ids.count = 0;
    must(d, winnow_show(d->w, "c", 0, 0, join_ids, &ids, &d->err));
    return ids.text;
}

static void test_same_digest_in_any_order(void **state) {
    (void)state;
    static char lines[PEOPLE][200];
    static char order[PEOPLE * 32];
    struct dir *a = dir_new("x");
    struct dir *b = dir_new("x");
    make_lines(lines, 1);
    import_lines(a, lines, 0, PEOPLE);
    shuffle(lines, 2);
    import_lines(b, lines, 0, 400);
    import_lines(b, lines, 300, PEOPLE); /* some of them twice */
    char digest[WINNOW_DIGEST_HEX + 1];
    memcpy(digest, plan(a, NULL, 0)->digest, sizeof digest);
    assert_true(plan_now.kept > 0 && plan_now.undecided > 0 && plan_now.scheduled > 0);
    snprintf(order, sizeof order, "%s", shown(a));
    assert_string_equal(plan(b, NULL, 0)->digest, digest);
    assert_string_equal(shown(b), order);
    assert_string_equal(plan(a, NULL, 0)->digest, digest); /* and again */
    memcpy(digest, plan(b, "{\"keep\": []}", 0)->digest, sizeof digest);
    import(b, "{\"id\":\"5\",\"posts\":1}\n");
    assert_string_not_equal(plan(b, NULL, 0)->digest, digest);
    dir_free(a);
    dir_free(b);
}

static const char five[] = "{\"id\":\"1\",\"handle\":\"ann\",\"followers\":500,\"posts\":10}\n"
                           "{\"id\":\"2\",\"handle\":\"bob\",\"followers\":5,\"posts\":20}\n"
                           "{\"id\":\"3\",\"handle\":\"cid\",\"followers\":5,\"posts\":30}\n"
                           "{\"id\":\"4\",\"handle\":\"dee\",\"posts\":40}\n"
                           "{\"id\":\"5\",\"handle\":\"eve\",\"followers\":5,\"posts\":50}\n";

#define FAMOUS "\"keep\": [\"followers > 100\"], \"score\": {\"posts\": 1}"

static void assert_verdict(struct dir *d, const char *who, const char *verdict,
                           const char *because) {
    struct winnow_explanation e;
    must(d, winnow_explain(d->w, "c", who, &e, &d->err));
    assert_string_equal(winnow_verdict_name(e.verdict), verdict);
    if (strstr(e.because, because) == NULL)
        fail_msg("%s: \"%s\" is not in \"%s\"", who, because, e.because);
    winnow_explanation_free(&e);
}

static void test_undecided(void **state) {
    (void)state;
    static const struct {
        const char *policy;
        uint64_t kept, undecided, scheduled;
        const char *shown, *verdict;
    } rows[] = {
        {"{" FAMOUS ", \"undecided\": \"hold\"}", 1, 1, 3, "5 3 2 ", "undecided"},
        {"{" FAMOUS ", \"undecided\": \"keep\"}", 2, 0, 3, "5 3 2 ", "kept"},
        {"{" FAMOUS ", \"undecided\": \"schedule\"}", 1, 0, 4, "5 4 3 2 ", "scheduled"},
    };
    struct dir *d = dir_new("x");
    import(d, five);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct winnow_plan *p = plan(d, rows[i].policy, 0);
        assert_int_equal(p->kept, rows[i].kept);
        assert_int_equal(p->undecided, rows[i].undecided);
        assert_int_equal(p->scheduled, rows[i].scheduled);
        assert_string_equal(shown(d), rows[i].shown);
        assert_verdict(d, "@dee", rows[i].verdict, "");
        assert_int_equal(p->missing_count, 1);
        assert_string_equal(p->missing[0].name, "followers");
        assert_int_equal(p->missing[0].count, 1);
    }
    dir_free(d);
}

static void test_verdicts(void **state) {
    (void)state;
    struct dir *d = dir_new("x");
    const char *who = "bob";
    struct winnow_keep_result kept;
    import(d, five);
    must(d, winnow_keep(d->w, "c", &who, 1, false, &kept, &d->err));
    const struct winnow_plan *p = plan(d, "{" FAMOUS "}", 1);
    assert_int_equal(p->scheduled, 1);
    assert_int_equal(p->beyond_max, 1);
    assert_verdict(d, "1", "kept", "followers > 100");
    assert_verdict(d, "bob", "kept", "keep list");
    assert_verdict(d, "@EVE", "scheduled", "how much it posts is not known");
    assert_verdict(d, "3", "beyond_max", "--max");
    assert_verdict(d, "dee", "undecided", "not known: how many follow them");
    struct winnow_explanation e;
    assert_fails(d, winnow_explain(d->w, "c", "nobody", &e, &d->err), WINNOW_NOT_FOUND, "nobody");
    import(d, "{\"id\":\"6\"}\n");
    assert_verdict(d, "6", "undecided", "no followee when the plan was made");
    dir_free(d);
}

static void test_keep_list(void **state) {
    (void)state;
    struct dir *d = dir_new("x");
    static const char *const two[] = {"@bob", "3"};
    static const char *const wrong[] = {"eve", "nobody"};
    struct winnow_keep_result r;
    import(d, five);
    char before[WINNOW_DIGEST_HEX + 1];
    memcpy(before, plan(d, "{" FAMOUS "}", 0)->digest, sizeof before);
    must(d, winnow_keep(d->w, "c", two, 2, false, &r, &d->err));
    assert_true(r.changed == 2 && r.unchanged == 0 && r.too_late == 0);
    assert_fails(d, winnow_keep(d->w, "c", wrong, 2, false, &r, &d->err), WINNOW_NOT_FOUND,
                 "nobody"); /* all or none */
    const struct winnow_plan *p = plan(d, NULL, 0);
    assert_string_equal(shown(d), "5 ");
    assert_string_equal(p->kept_by[0].name, "keep list");
    assert_int_equal(p->kept_by[0].count, 2);
    assert_true(p->diff.any && p->diff.no_longer_scheduled == 2 && p->diff.same == 1 &&
                p->diff.newly_scheduled == 0);
    assert_string_equal(p->diff.digest, before);
    must(d, winnow_keep(d->w, "c", two, 2, true, &r, &d->err));
    assert_string_equal(plan(d, NULL, 0)->digest, before);
    assert_int_equal(plan_now.diff.newly_scheduled, 2);
    dir_free(d);
}

static void test_handles_without_an_id(void **state) {
    (void)state;
    struct dir *d = dir_new("mastodon");
    const char *who = "@ann@b.example";
    struct winnow_keep_result r;
    import(d, "Account address,Show boosts,Notify on new posts,Languages\n"
              "ann@b.example,true,false,\nbob@b.example,true,false,\n");
    assert_fails(d, try_plan(d, "{\"keep\": []}", 0), WINNOW_BAD_INPUT, "none of the 2 followees");
    import(d, "{\"id\":\"77\",\"handle\":\"cid@b.example\"}\n");
    const struct winnow_plan *p = plan(d, "{\"keep\": []}", 0);
    assert_true(p->followees == 3 && p->undecided == 2 && p->scheduled == 1);
    assert_string_equal(p->missing[0].name, "id");
    assert_int_equal(p->missing[0].count, 2);
    assert_verdict(d, who, "undecided", "its id is not known");
    must(d, winnow_keep(d->w, "c", &who, 1, 0, &r, &d->err));
    assert_true(r.changed == 1 && r.noted == 1);
    import(d, "{\"id\":\"78\",\"handle\":\"ann@b.example\"}\n");
    assert_int_equal(plan(d, NULL, 0)->scheduled, 1);
    assert_verdict(d, who, "kept", "keep list");
    assert_int_equal(plan_now.undecided, 1);
    assert_int_equal(plan_now.followees, 3);
    dir_free(d);
}

/* ---- Bluesky: several follow records of one followee ---- */

static void add_records(struct dir *d, uint32_t number, const char *keys, int64_t followers) {
    struct store_txn *t;
    struct store_campaign c;
    struct facts f;
    enum store_change change;
    char id[32];
    must(d, store_write(d->w->store, STORE_ALL, &t, &d->err));
    must(d, store_campaign_find(t, "c", &c, &d->err));
    snprintf(id, sizeof id, "did:plc:p%u", number);
    facts_clear(&f);
    facts_came_from(&f, 1);
    facts_set_text(&f, FACT_ID, id, strlen(id));
    if (followers >= 0)
        facts_set_value(&f, FACT_FOLLOWERS, followers);
    facts_set_value(&f, FACT_POSTS, number);
    f.follow_keys = (struct text){keys, (uint32_t)strlen(keys)};
    must(d, store_followee_merge(t, &c, &f, false, &change, &number, &d->err));
    must(d, store_campaign_put(t, &c, &d->err));
    must(d, store_commit(t, &d->err));
}

/* followees, kept, undecided and beyond_max count people; scheduled counts records to take back,
 * and duplicates those beyond one for each who is scheduled. */
static void test_duplicates(void **state) {
    (void)state;
    static const struct {
        const char *keys;
        int64_t followers;
    } people[] = {{"a\n", 5},     {"b\nc\n", 5},       {"d\ne\nf\n", 5}, {"g\nh\n", 500},
                  {"i\nj\n", -1}, {"k\nl\nm\nn\n", 5}, {"", 5}};
    static const struct {
        uint64_t max, scheduled, duplicates, beyond;
    } rows[] = {{0, 10, 6, 0}, {3, 9, 6, 1}, {1, 4, 3, 3}};
    struct dir *d = dir_new("bluesky");
    for (uint32_t i = 0; i < sizeof people / sizeof people[0]; i++)
        add_records(d, i, people[i].keys, people[i].followers);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct winnow_plan *p = plan(d, "{" FAMOUS "}", rows[i].max);
        assert_int_equal(p->followees, 7);
        assert_int_equal(p->kept, 1);
        assert_int_equal(p->undecided, 2); /* one for want of a fact, one of a record */
        assert_int_equal(p->scheduled, rows[i].scheduled);
        assert_int_equal(p->duplicates, rows[i].duplicates);
        assert_int_equal(p->beyond_max, rows[i].beyond);
    }
    plan(d, NULL, 0);
    assert_string_equal(shown(d), "did:plc:p5 did:plc:p5 did:plc:p5 did:plc:p5 did:plc:p2 "
                                  "did:plc:p2 did:plc:p2 did:plc:p1 did:plc:p1 did:plc:p0 ");
    dir_free(d);
}

/* ---- a plan after some were unfollowed ---- */

static void settle(struct dir *d, uint32_t position, enum outcome outcome) {
    struct store_txn *t;
    struct store_campaign c;
    struct store_progress p;
    struct store_entry e;
    must(d, store_write(d->w->store, STORE_ALL, &t, &d->err));
    must(d, store_campaign_find(t, "c", &c, &d->err));
    assert_int_equal(store_progress_get(t, c.id, &p, &d->err), 1);
    must(d, store_schedule_get(t, c.id, p.plan, position, &e, &d->err));
    struct store_open_entry open = {
        .position = position, .request = (uint32_t)++p.requests, .in_flight = true};
    struct store_journal_record r = {.plan = p.plan,
                                     .position = position,
                                     .number = e.number,
                                     .key = e.key,
                                     .request = (uint32_t)p.requests};
    must(d, world_intent(t, c.id, &p, &open, &r, &d->err));
    r.outcome = outcome;
    open.in_flight = false;
    if (outcome != OUTCOME_NONE)
        must(d, world_outcome(t, c.id, &p, &open, &r, &d->err));
    p.cursor = position + 1;
    must(d, ledger_progress_put(t, c.id, &p, &d->err));
    must(d, store_commit(t, &d->err));
}

static void test_new_plan_leaves_out_who_is_gone(void **state) {
    (void)state;
    struct dir *d = dir_new("bluesky");
    for (uint32_t i = 0; i < 7; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%u\n", i);
        add_records(d, i, i == 6 ? "a\nb\n" : key, 5);
    }
    plan(d, "{" FAMOUS "}", 0);
    static const enum outcome outcomes[] = {
        OUTCOME_DONE /* of two */, OUTCOME_RETRY, OUTCOME_ALREADY_SO, OUTCOME_TARGET_GONE,
        OUTCOME_REFUSED,           OUTCOME_DONE,  OUTCOME_PROTECTED,  OUTCOME_NONE /* in flight */};
    for (uint32_t i = 0; i < 8; i++)
        settle(d, i, outcomes[i]);
    const struct winnow_plan *p = plan(d, NULL, 0);
    assert_string_equal(shown(d), "did:plc:p6 did:plc:p3 did:plc:p1 did:plc:p0 ");
    assert_int_equal(p->followees, 4);
    assert_int_equal(p->duplicates, 0);
    assert_true(p->diff.same == 4 && p->diff.no_longer_scheduled == 3);
    struct winnow_verify_result v;
    must(d, winnow_verify(d->w, "c", NULL, &v, &d->err));
    assert_int_equal(v.mismatches, 0);
    dir_free(d);
}

/* ---- who is who ---- */

static bool keeps(struct dir *d, const char *id) {
    struct store_txn *t;
    struct store_campaign c;
    must(d, store_read(d->w->store, &t, &d->err));
    must(d, store_campaign_find(t, "c", &c, &d->err));
    int has = store_keep_has(t, c.id, id, strlen(id), &d->err);
    must(d, store_keep_check(t, &c, &d->err));
    store_abort(t);
    return has == 1;
}

static struct winnow_keep_result keep(struct dir *d, const char *who, unsigned how) {
    struct winnow_keep_result r;
    must(d, winnow_keep(d->w, "c", &who, 1, how, &r, &d->err));
    return r;
}

static uint64_t noted(struct dir *d) {
    static struct winnow_status s;
    must(d, winnow_status(d->w, "c", &s, &d->err));
    return s.keep_noted;
}

#define EVERYBODY "{\"keep\":[],\"undecided\":\"schedule\"}"

/* 101 had the login, 202 has it now: a request by it hits whoever has it. */
static void test_two_of_one_login(void **state) {
    (void)state;
    struct dir *d = dir_new("github");
    import(d, "{\"id\":\"101\",\"handle\":\"alice\"}\n{\"id\":\"202\",\"handle\":\"Alice\"}\n"
              "{\"id\":\"303\",\"handle\":\"bob\"}\n");
    const struct winnow_plan *p = plan(d, EVERYBODY, 0);
    assert_string_equal(shown(d), "303 ");
    assert_int_equal(p->undecided, 2);
    assert_string_equal(p->missing[p->missing_count - 1].name, "a login of its own");
    assert_int_equal(p->missing[p->missing_count - 1].count, 2);
    assert_verdict(d, "101", "undecided", "winnow fetch c");
    keep(d, "202", 0);
    p = plan(d, NULL, 0);
    assert_true(p->kept == 1 && p->undecided == 1 && p->scheduled == 1);
    assert_verdict(d, "202", "kept", "keep list");
    assert_verdict(d, "101", "undecided", "101, 202");
    import(d, "{\"id\":\"101\",\"handle\":\"alice-of-old\"}\n");
    plan(d, NULL, 0);
    assert_verdict(d, "101", "scheduled", "");
    dir_free(d);
}

/* A file's row by the login alone may be of them, and be kept. */
static void test_login_of_a_nameless_one(void **state) {
    (void)state;
    struct dir *d = dir_new("github");
    import(d, "{\"id\":\"101\",\"handle\":\"alice\"}\n{\"id\":\"303\",\"handle\":\"bob\"}\n");
    import(d, "{\"handle\":\"alice\",\"lists\":[\"vip\"]}\n");
    plan(d, EVERYBODY, 0);
    assert_string_equal(shown(d), "303 ");
    assert_verdict(d, "101", "undecided", "one without an id");
    dir_free(d);
}

/* Two follows by one record key: one of them is out of date. */
static void test_two_of_one_record(void **state) {
    (void)state;
    struct dir *d = dir_new("bluesky");
    add_records(d, 0, "a\nb\n", 5);
    add_records(d, 1, "b\n", 5);
    add_records(d, 2, "B\n", 5); /* another key */
    const struct winnow_plan *p = plan(d, EVERYBODY, 0);
    assert_string_equal(shown(d), "did:plc:p2 ");
    assert_string_equal(p->missing[p->missing_count - 1].name, "a follow record of its own");
    dir_free(d);
}

/* One login that can be none holds that followee, not the plan of all. */
static void test_bad_login(void **state) {
    (void)state;
    struct dir *d = dir_new("github");
    import(d, "{\"id\":\"101\",\"handle\":\"no such\"}\n{\"id\":\"303\",\"handle\":\"bob\"}\n");
    const struct winnow_plan *p = plan(d, EVERYBODY, 0);
    assert_string_equal(shown(d), "303 ");
    assert_int_equal(p->undecided, 1);
    assert_verdict(d, "101", "undecided", "login is not known");
    dir_free(d);
}

static void test_keep_of_a_shared_handle(void **state) {
    (void)state;
    static const char *const platforms[] = {"x", "github", "mastodon"};
    for (size_t i = 0; i < 3; i++) {
        struct dir *d = dir_new(platforms[i]);
        const char *who = "@alice";
        struct winnow_keep_result r;
        struct winnow_explanation e;
        import(d, "{\"id\":\"101\",\"handle\":\"alice\"}\n{\"id\":\"202\",\"handle\":\"alice\"}\n");
        assert_fails(d, winnow_keep(d->w, "c", &who, 1, 0, &r, &d->err), WINNOW_BAD_INPUT,
                     "101, 202");
        assert_false(keeps(d, "101") || keeps(d, "202"));
        plan(d, EVERYBODY, 0);
        assert_fails(d, winnow_explain(d->w, "c", who, &e, &d->err), WINNOW_BAD_INPUT, "101, 202");
        dir_free(d);
    }
}

static void test_keep_offers_near_ones(void **state) {
    (void)state;
    struct dir *d = dir_new("mastodon");
    struct winnow_keep_result r;
    static const struct {
        const char *who, *near;
    } rows[] = {{"user458", "@user458@social.example (id 5)"},
                {"@user458@other.example", "@user458@social.example (id 5)"},
                {"usr458", "@user458@social.example (id 5)"},
                {"quite-another", "handle. Is it right"}};
    import(d, "{\"id\":\"5\",\"handle\":\"user458@social.example\"}\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_fails(d, winnow_keep(d->w, "c", &rows[i].who, 1, 0, &r, &d->err), WINNOW_NOT_FOUND,
                     rows[i].near);
        assert_non_null(strstr(d->err.text, "--note"));
    }
    dir_free(d);
}

/* Noted before the id is known, by any way to write it; resolved by whichever import tells it. */
static void test_noted_handles(void **state) {
    (void)state;
    struct dir *d = dir_new("mastodon");
    import(d, "{\"id\":\"5\",\"handle\":\"user5@social.example\"}\n");
    assert_int_equal(keep(d, "@Friend@B\303\234CHER.example", WINNOW_KEEP_NOTE).noted, 1);
    assert_int_equal(keep(d, "me", WINNOW_KEEP_NOTE).noted, 1);
    assert_int_equal(keep(d, "@ME", WINNOW_KEEP_NOTE).unchanged, 1);
    assert_int_equal(noted(d), 2);
    assert_int_equal(keep(d, "me", WINNOW_KEEP_REMOVE).changed, 1);
    assert_int_equal(noted(d), 1);
    import(d, "{\"id\":\"6\",\"handle\":\"somebody@social.example\"}\n");
    assert_int_equal(noted(d), 1);
    import(d, "{\"id\":\"7\",\"handle\":\"friend@xn--bcher-kva.example\"}\n"
              "{\"id\":\"8\",\"handle\":\"friend@b\\u00fccher.example\"}\n");
    assert_int_equal(noted(d), 0);
    assert_true(keeps(d, "7") && keeps(d, "8") && !keeps(d, "6"));
    import(d, "{\"id\":\"9\",\"handle\":\"friend@xn--bcher-kva.example\"}\n");
    assert_false(keeps(d, "9")); /* the note has done its work: the handle has changed hands */
    dir_free(d);
}

/* An id may be noted as well, and protects whoever comes with it. */
static void test_noted_ids(void **state) {
    (void)state;
    struct dir *d = dir_new("x");
    assert_int_equal(keep(d, "12345", WINNOW_KEEP_NOTE).noted, 0);
    assert_int_equal(keep(d, "@67890", WINNOW_KEEP_NOTE).noted, 1);
    assert_true(keeps(d, "12345") && !keeps(d, "67890"));
    import(d, "{\"id\":\"12345\"}\n{\"id\":\"67890\"}\n{\"id\":\"3\",\"handle\":\"67890\"}\n");
    plan(d, EVERYBODY, 0);
    assert_string_equal(shown(d), "67890 ");
    assert_int_equal(keep(d, "12345", WINNOW_KEEP_REMOVE).changed, 1);
    dir_free(d);
}

/* The plan is frozen, the keep list is not: explain and show tell of now. */
static void test_kept_since_the_plan(void **state) {
    (void)state;
    struct dir *d = dir_new("x");
    import(d, five);
    plan(d, "{" FAMOUS "}", 0);
    assert_verdict(d, "@bob", "scheduled", "");
    keep(d, "@bob", 0);
    assert_verdict(d, "@bob", "kept", "keep list");
    struct winnow_explanation e;
    must(d, winnow_explain(d->w, "c", "bob", &e, &d->err));
    assert_string_equal(winnow_entry_state_name(e.entry.state), "kept");
    assert_string_equal(e.entry.reason, "kept by the keep list");
    assert_int_equal(e.entry.due_ms, 0);
    winnow_explanation_free(&e);
    plan(d, NULL, 0);
    keep(d, "@bob", WINNOW_KEEP_REMOVE);
    assert_verdict(d, "@bob", "kept", "not any more");
    dir_free(d);
}

static void test_handles_at_home(void **state) {
    (void)state;
    struct dir *d = dir_new("mastodon");
    import(d, "{\"id\":\"5\",\"handle\":\"me\"}\n{\"id\":\"6\",\"handle\":\"you@far.example\"}\n");
    plan(d, EVERYBODY, 0);
    assert_verdict(d, "@Me", "scheduled", "");
    assert_verdict(d, "me", "scheduled", "");
    assert_verdict(d, "You@FAR.example", "scheduled", "");
    keep(d, "me", 0);
    assert_true(keeps(d, "5"));
    dir_free(d);
}

/* ---- exports ---- */

static char *export_text(struct dir *d, enum winnow_export_what what, bool csv) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    must(d, winnow_export(d->w, "c", what, csv, out, &d->err));
    fclose(out);
    return text;
}

static void test_exported_roster_comes_back(void **state) {
    (void)state;
    static char lines[PEOPLE][200];
    struct dir *a = dir_new("x");
    make_lines(lines, 3);
    import_lines(a, lines, 0, PEOPLE);
    import(a, "{\"id\":\"9\",\"name\":\"O'B \\\"x\\\" \\\\ \\u00e9\\n\\u0007\",\"bio\":\"a,b;c\","
              "\"lists\":[\"one\",\"two three\"],\"created_at\":\"1969-12-31T23:59:59Z\","
              "\"last_post_at\":\"2026-01-02T03:04:05Z\",\"followers\":9007199254740992,"
              "\"verified\":true,\"bot\":false}\n");
    char digest[WINNOW_DIGEST_HEX + 1];
    memcpy(digest, plan(a, NULL, 0)->digest, sizeof digest);
    char *whole = export_text(a, WINNOW_EXPORT_ROSTER, false);
    for (int csv = 0; csv < 2; csv++) {
        struct dir *b = dir_new("x");
        char *text = export_text(a, WINNOW_EXPORT_ROSTER, csv != 0);
        struct winnow_import_result r = import(b, text);
        assert_int_equal(r.added, PEOPLE + 1);
        char *again = export_text(b, WINNOW_EXPORT_ROSTER, false);
        assert_string_equal(plan(b, NULL, 0)->digest, digest);
        assert_string_equal(again, whole);
        free(again);
        free(text);
        dir_free(b);
    }
    free(whole);
    dir_free(a);
}

/* No field of a CSV export begins with what a spreadsheet takes for a formula. */
static void test_csv_formula_guard(void **state) {
    (void)state;
    static const enum winnow_export_what whats[] = {WINNOW_EXPORT_ROSTER, WINNOW_EXPORT_SCHEDULE};
    static const char *const starts[] = {"=", "+", "-", "@", "\\t"};
    struct dir *d = dir_new("x");
    for (uint32_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        char line[300];
        snprintf(line, sizeof line,
                 "{\"id\":\"%u\",\"handle\":\"%sh\",\"name\":\"%sn\",\"bio\":\"%sb\","
                 "\"lang\":\"%sl\",\"lists\":[\"%sone\",\"%stwo\"]}\n",
                 i + 1, i < 4 ? starts[i] : "", starts[i], starts[i], starts[i], starts[i],
                 starts[i]);
        import(d, line);
    }
    plan(d, "{\"keep\": [], \"first\": [\"name ~ 'n'\"], \"undecided\": \"schedule\"}", 0);
    for (size_t i = 0; i < 2; i++) {
        char *text = export_text(d, whats[i], true);
        uint32_t guarded = 0;
        for (const char *at = text; (at = strpbrk(at, ",\n")) != NULL;) {
            at += at[1] == '"' ? 2 : 1;
            if (*at != '\0' && strchr("=+-@\t", *at) != NULL)
                fail_msg("a field begins %.10s", at);
            guarded += *at == '\'';
        }
        assert_int_equal(guarded, i == 0 ? 23 : 3); /* of a handle, '@' is left out */
        free(text);
    }
    dir_free(d);
}

static void test_export_of_partly_gone(void **state) {
    (void)state;
    struct dir *d = dir_new("bluesky");
    add_records(d, 1, "a\n", 5);
    add_records(d, 2, "b\nc\n", 5);
    plan(d, "{\"keep\": [], \"score\": {\"posts\": 1}}", 0);
    settle(d, 0, OUTCOME_DONE); /* b */
    char *text = export_text(d, WINNOW_EXPORT_ROSTER, false);
    assert_non_null(strstr(text, "p1"));
    assert_non_null(strstr(text, "p2"));
    free(text);
    settle(d, 1, OUTCOME_DONE); /* c */
    text = export_text(d, WINNOW_EXPORT_ROSTER, false);
    assert_null(strstr(text, "p2"));
    free(text);
    text = export_text(d, WINNOW_EXPORT_JOURNAL, true);
    assert_non_null(strstr(text, "unfollowed"));
    free(text);
    dir_free(d);
}

/* ---- texts that are cut ---- */

static void assert_utf8(const char *text) {
    json_t *string = json_string(text);
    if (string == NULL)
        fail_msg("not UTF-8: %s", text);
    json_decref(string);
}

/* A rule in letters of several bytes, cut where it may be, stays text for everybody. */
static void test_long_rules_are_cut_at_letters(void **state) {
    (void)state;
    struct dir *d = dir_new("x");
    import(d, "{\"id\":\"1\",\"bio\":\"ab\"}\n{\"id\":\"2\",\"bio\":\"b\"}\n");
    for (int before = 0; before < 4; before++) {
        char policy[4000];
        char letters[1000] = "";
        for (int i = 0; i < 220; i++)
            strcat(letters, "\u20ac");
        snprintf(policy, sizeof policy,
                 "{\"keep\": [\"bio ~ 'a' or bio ~ '%.*s%s'\"],"
                 " \"first\": [\"bio ~ 'b' or bio ~ '%.*s%s'\"]}",
                 before, "xxx", letters, before, "xxx", letters);
        const struct winnow_plan *p = plan(d, policy, 0);
        assert_int_equal(p->kept_by_count, 1);
        assert_utf8(p->kept_by[0].text);
        assert_utf8(p->head[0].reason);
        struct winnow_explanation e;
        for (int who = 0; who < 2; who++) {
            must(d, winnow_explain(d->w, "c", who == 0 ? "1" : "2", &e, &d->err));
            assert_utf8(e.because);
            assert_utf8(e.entry.reason);
            assert_utf8(e.rules[0].text);
            winnow_explanation_free(&e);
        }
        struct store_txn *t;
        struct store_campaign c;
        struct plan_head head;
        must(d, store_read(d->w->store, &t, &d->err));
        must(d, store_campaign_find(t, "c", &c, &d->err));
        must(d, plan_head_get(t, &c, c.plans, &head, &d->err));
        assert_int_equal(head.plan.kept_by[0].count, 1);
        assert_string_equal(head.plan.kept_by[0].text, p->kept_by[0].text);
        plan_head_free(&head);
        store_abort(t);
    }
    dir_free(d);
}

/* ---- what fails changes nothing ---- */

static void test_failures_change_nothing(void **state) {
    (void)state;
    struct dir *d = dir_new("x");
    struct winnow_status s;
    struct winnow_import_result r;
    assert_fails(d, try_plan(d, NULL, 0), WINNOW_BAD_INPUT, "nobody to plan for");
    assert_fails(d, winnow_show(d->w, "c", 0, 0, join_ids, NULL, &d->err), WINNOW_NOT_FOUND,
                 "no plan yet");
    import(d, five);
    char digest[WINNOW_DIGEST_HEX + 1];
    memcpy(digest, plan(d, "{" FAMOUS "}", 0)->digest, sizeof digest);
    assert_fails(d, try_plan(d, "{\"keep\": [\"folowers > 1\"]}", 0), WINNOW_BAD_INPUT,
                 "followers");
    snprintf(d->w->running, sizeof d->w->running, "c");
    assert_fails(d, try_plan(d, NULL, 0), WINNOW_BUSY, "is being run");
    d->w->running[0] = '\0';
    static const char bad[] = "{\"id\":\"8\"}\n{\"id\":\n";
    assert_fails(d, import_with(d, bad, sizeof bad - 1, true, false, &r), WINNOW_BAD_INPUT,
                 "nothing was imported");
    must(d, winnow_status(d->w, "c", &s, &d->err));
    assert_string_equal(s.plan.digest, digest);
    assert_int_equal(s.followees, 5);
    must(d, import_with(d, bad, sizeof bad - 1, false, false, &r));
    assert_true(r.skipped == 1 && r.added == 1 && r.followees == 6);
    dir_free(d);
}

/* Followers from an archive: who is not among them does not follow back, if the list is whole. */
static void test_followers_of_an_archive(void **state) {
    (void)state;
    static const char followers[] = "window.YTD.follower.part0 = ["
                                    "{\"follower\":{\"accountId\":\"1\"}},"
                                    "{\"follower\":{\"accountId\":\"99\"}}]";
    for (int complete = 0; complete < 2; complete++) {
        struct dir *d = dir_new("x");
        struct winnow_import_result r;
        import(d, five);
        must(d, import_with(d, followers, sizeof followers - 1, false, complete, &r));
        assert_int_equal(r.not_followed, 1);
        assert_int_equal(r.changed, complete ? 5 : 1);
        const struct winnow_plan *p = plan(d, "{\"keep\": [\"mutual\"]}", 0);
        assert_int_equal(p->kept, 1);
        assert_int_equal(p->undecided, complete ? 0 : 4);
        dir_free(d);
    }
}

/* ---- status ---- */

static void put_note_of(struct dir *d, int64_t pid, enum winnow_run_state run_state, bool paused) {
    struct store_txn *t;
    struct store_campaign c;
    struct run_note note = {.state = run_state,
                            .pid = pid,
                            .code = run_state == WINNOW_RUN_STOPPED ? WINNOW_SAFETY : WINNOW_OK,
                            .reason = "the words of the run",
                            .until_ms =
                                run_state == WINNOW_RUN_WAITING ? clock_now(&d->w->clock) : 0};
    must(d, store_write(d->w->store, STORE_ALL, &t, &d->err));
    must(d, store_campaign_find(t, "c", &c, &d->err));
    must(d, run_note_put(t, c.id, &note, &d->err));
    must(d, run_paused_put(t, c.id, paused, &d->err));
    must(d, store_commit(t, &d->err));
}

static void put_note(struct dir *d, enum winnow_run_state run_state, bool paused) {
    put_note_of(d, getpid(), run_state, paused);
}

static struct winnow_status status_of(struct dir *d, bool worker) {
    struct winnow_status s;
    snprintf(d->w->running, sizeof d->w->running, "%s", worker ? "c" : "");
    must(d, winnow_status(d->w, "c", &s, &d->err));
    d->w->running[0] = '\0';
    assert_int_equal(s.pid != 0, worker);
    return s;
}

/* A note that no run has written: its numbers would be indexes and hours of the day to others. */
static void test_a_note_that_cannot_be(void **state) {
    static const struct {
        int state, code, pace, from_min, to_min;
        bool good;
    } rows[] = {
        {2, 0, 0, 1380, 420, true},   {6, 0, 0, 1380, 420, false},  {-1, 0, 0, 1380, 420, false},
        {2, 14, 0, 1380, 420, false}, {2, -1, 0, 1380, 420, false}, {2, 0, 2, 1380, 420, false},
        {2, 0, 0, 1440, 420, false},  {2, 0, 0, 1380, -1, false},
    };
    (void)state;
    struct dir *d = dir_new("x");
    import(d, five);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char json[256];
        struct store_txn *t;
        struct store_campaign c;
        struct run_note note;
        snprintf(json, sizeof json,
                 "{\"state\":%d,\"code\":%d,\"pace\":%d,\"quiet\":[%d,%d],\"reason\":\"\",\"until_"
                 "ms\":0,"
                 "\"per_day\":0,\"budgets\":[]}",
                 rows[i].state, rows[i].code, rows[i].pace, rows[i].from_min, rows[i].to_min);
        must(d, store_write(d->w->store, STORE_ALL, &t, &d->err));
        must(d, store_campaign_find(t, "c", &c, &d->err));
        must(d, store_note_put(t, c.id, STORE_NOTE_RUN, "", json, strlen(json), &d->err));
        assert_int_equal(run_note_get(t, c.id, &note, &d->err), rows[i].good ? 0 : -1);
        if (!rows[i].good)
            assert_int_equal(d->err.code, WINNOW_DAMAGED);
        store_abort(t);
    }
    dir_free(d);
}

/* Earlier versions stored a kind of window behind the period, which nothing read. */
static void test_a_note_with_a_kind_of_window(void **state) {
    static const char json[] = "{\"state\":2,\"code\":0,\"pace\":0,\"quiet\":[0,0],\"reason\":\"\","
                               "\"until_ms\":0,\"per_day\":0,\"budgets\":["
                               "\"unfollow/15m=7/15m:aligned\",\"unfollow/1d=9/1d:first\","
                               "\"read/15m=5/15m:sliding\",\"whoami/15m=off\"]}";
    static const char *const now[] = {"unfollow/15m=7/15m", "unfollow/1d=9/1d", "read/15m=5/15m",
                                      "whoami/15m=off"};
    (void)state;
    struct dir *d = dir_new("x");
    struct store_txn *t;
    struct store_campaign c;
    struct run_note note;
    struct limiter l;
    must(d, store_write(d->w->store, STORE_ALL, &t, &d->err));
    must(d, store_campaign_find(t, "c", &c, &d->err));
    must(d, store_note_put(t, c.id, STORE_NOTE_RUN, "", json, sizeof json - 1, &d->err));
    must(d, run_note_get(t, c.id, &note, &d->err));
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(note.budgets[i], now[i]);
    limiter_init(&l, PACE_EVEN);
    must(d, run_note_limiter(&note, platform_find("x"), &l, &d->err));
    assert_int_equal(l.budgets[0].spec.limit, 7);
    limiter_free(&l);
    store_abort(t);
    dir_free(d);
}

static void test_status_in_each_state(void **state) {
    (void)state;
    static const struct {
        enum winnow_run_state note;
        bool worker, paused;
        const char *state, *reason, *waiting;
    } rows[] = {
        {WINNOW_RUN_IDLE, false, false, "idle", "", ""},
        {WINNOW_RUN_RUNNING, true, false, "running", "", ""},
        {WINNOW_RUN_WAITING, true, false, "waiting", "", "the words"},
        {WINNOW_RUN_PAUSED, true, true, "paused", "", ""},
        {WINNOW_RUN_RUNNING, false, false, "idle", "ended without a word", ""},
        {WINNOW_RUN_WAITING, false, false, "idle", "ended without a word", ""},
        {WINNOW_RUN_STOPPED, false, false, "stopped", "the words", ""},
        {WINNOW_RUN_STOPPED, false, true, "paused", "the words", ""},
        {WINNOW_RUN_IDLE, false, true, "paused", "", ""},
        {WINNOW_RUN_DONE, false, false, "idle", "", ""}, /* a new plan since */
    };
    static const enum winnow_run_state lasts[] = {WINNOW_RUN_WAITING, WINNOW_RUN_PAUSED,
                                                  WINNOW_RUN_STOPPED, WINNOW_RUN_DONE};
    struct dir *d = dir_new("x");
    struct winnow_status s = status_of(d, false);
    assert_string_equal(winnow_run_state_name(s.state), "idle");
    assert_false(s.planned);
    import(d, five);
    plan(d, "{" FAMOUS "}", 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_note(d, rows[i].note, rows[i].paused);
        s = status_of(d, rows[i].worker);
        assert_string_equal(winnow_run_state_name(s.state), rows[i].state);
        assert_non_null(strstr(s.reason, rows[i].reason));
        assert_non_null(strstr(s.waiting_reason, rows[i].waiting));
        assert_int_equal(s.waiting_reason[0] != '\0', rows[i].waiting[0] != '\0');
        assert_int_equal(s.waiting_until_ms != 0, rows[i].waiting[0] != '\0');
    }
    /* Whatever the last worker said, the one that runs now has not said yet. */
    for (size_t i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
        put_note_of(d, getpid() + 1, lasts[i], false);
        s = status_of(d, true);
        assert_string_equal(winnow_run_state_name(s.state), "running");
        assert_string_equal(s.reason, "");
        assert_string_equal(s.waiting_reason, "");
        put_note_of(d, getpid() + 1, lasts[i], true);
        assert_string_equal(winnow_run_state_name(status_of(d, true).state), "paused");
    }
    dir_free(d);
}

static void test_status_counts(void **state) {
    (void)state;
    struct dir *d = dir_new("x");
    import(d, five);
    plan(d, "{" FAMOUS "}", 0);
    settle(d, 0, OUTCOME_DONE);
    settle(d, 1, OUTCOME_IN_DOUBT);
    struct winnow_status s = status_of(d, false);
    assert_true(s.progress.unfollowed == 1 && s.progress.remaining == 2 &&
                s.progress.retrying == 1 && s.progress.requests == 2);
    assert_true(s.plan.kept == 1 && s.plan.undecided == 1 && s.plan.scheduled == 3);
    assert_int_equal(s.total_micro, 20000); /* what remains; nothing was charged */
    assert_true(s.eta_quota_ms > 0);
    settle(d, 2, OUTCOME_REFUSED);
    put_note(d, WINNOW_RUN_DONE, false);
    assert_string_equal(winnow_run_state_name(status_of(d, false).state), "idle");
    dir_free(d);
    d = dir_new("x");
    import(d, "{\"id\":\"1\"}\n");
    plan(d, "{\"keep\": []}", 0);
    settle(d, 0, OUTCOME_DONE);
    put_note(d, WINNOW_RUN_DONE, false);
    s = status_of(d, false);
    assert_string_equal(winnow_run_state_name(s.state), "done");
    assert_string_equal(s.reason, "");
    dir_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_digest_in_any_order),
        cmocka_unit_test(test_undecided),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_keep_list),
        cmocka_unit_test(test_handles_without_an_id),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_new_plan_leaves_out_who_is_gone),
        cmocka_unit_test(test_two_of_one_login),
        cmocka_unit_test(test_login_of_a_nameless_one),
        cmocka_unit_test(test_two_of_one_record),
        cmocka_unit_test(test_bad_login),
        cmocka_unit_test(test_keep_of_a_shared_handle),
        cmocka_unit_test(test_keep_offers_near_ones),
        cmocka_unit_test(test_noted_handles),
        cmocka_unit_test(test_noted_ids),
        cmocka_unit_test(test_kept_since_the_plan),
        cmocka_unit_test(test_handles_at_home),
        cmocka_unit_test(test_exported_roster_comes_back),
        cmocka_unit_test(test_csv_formula_guard),
        cmocka_unit_test(test_export_of_partly_gone),
        cmocka_unit_test(test_long_rules_are_cut_at_letters),
        cmocka_unit_test(test_failures_change_nothing),
        cmocka_unit_test(test_followers_of_an_archive),
        cmocka_unit_test(test_a_note_that_cannot_be),
        cmocka_unit_test(test_a_note_with_a_kind_of_window),
        cmocka_unit_test(test_status_in_each_state),
        cmocka_unit_test(test_status_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
