/* The roster in the store: merging, handles that get their id later, follow keys, gone marks, the
 * keep list, campaigns side by side, and 50,000 random merges against a naive model. */
#include "store_world.h"

#include "store/roster/roster.h"

#include <stdio.h>

struct merged {
    enum store_change change;
    uint32_t number;
};

static struct merged merge(struct world *w, struct store_txn *t, struct store_campaign *c,
                           const struct facts *f, bool only_known) {
    struct merged m = {STORE_ABSENT, UINT32_MAX};
    world_must(w, store_followee_merge(t, c, f, only_known, &m.change, &m.number, &w->err));
    return m;
}

static void set_text(struct facts *f, enum fact_id id, const char *text) {
    facts_set_text(f, id, text, strlen(text));
}

/* id or handle NULL: not known */
static struct facts person(const char *id, const char *handle, uint16_t source) {
    struct facts f;
    facts_clear(&f);
    facts_came_from(&f, source);
    if (id != NULL)
        set_text(&f, FACT_ID, id);
    if (handle != NULL)
        set_text(&f, FACT_HANDLE, handle);
    return f;
}

static struct facts with_keys(const char *id, const char *keys, uint16_t source) {
    struct facts f = person(id, NULL, source);
    f.follow_keys = (struct text){keys, (uint32_t)strlen(keys)};
    return f;
}

static struct facts get(struct world *w, struct store_txn *t, uint32_t campaign, uint32_t number) {
    struct facts f;
    world_must(w, store_followee_get(t, campaign, number, STORE_FACTS_AND_TEXTS, &f, &w->err));
    return f;
}

static void assert_text(struct text t, const char *expected) {
    assert_int_equal(t.size, strlen(expected));
    assert_memory_equal(t.at, expected, t.size);
}

/* ---- merging ---- */

static void test_newest_wins_and_unknown_leaves(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_txn *t = world_write(w);
    struct facts f = person("7", "ann", 1);
    facts_set_value(&f, FACT_FOLLOWERS, 10);
    facts_set_flag(&f, FACT_FOLLOWS_ME, true);
    assert_int_equal(merge(w, t, &c, &f, false).change, STORE_ADDED);
    assert_int_equal(merge(w, t, &c, &f, false).change, STORE_UNCHANGED);
    f = person("7", NULL, 2);
    facts_set_value(&f, FACT_POSTS, 5);
    assert_int_equal(merge(w, t, &c, &f, false).change, STORE_CHANGED);
    f = person("7", "anna", 3);
    facts_set_flag(&f, FACT_FOLLOWS_ME, false);
    assert_int_equal(merge(w, t, &c, &f, true).change, STORE_CHANGED);
    f = person("7", "anna", 4);
    assert_int_equal(merge(w, t, &c, &f, false).change, STORE_UNCHANGED);
    f = get(w, t, c.id, 0);
    assert_text(facts_text(&f, FACT_ID), "7");
    assert_text(facts_text(&f, FACT_HANDLE), "anna");
    assert_int_equal(f.value[FACT_FOLLOWERS], 10);
    assert_int_equal(f.value[FACT_POSTS], 5);
    assert_int_equal(facts_flag(&f, FACT_FOLLOWS_ME), TRI_NO);
    assert_int_equal(facts_flag(&f, FACT_BOT), TRI_UNKNOWN);
    assert_false(facts_known(&f, FACT_NAME));
    assert_int_equal(f.source, 4); /* seen by it, though nothing changed */
    assert_int_equal(c.followees, 1);
    store_abort(t);
}

static void test_only_known(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_txn *t = world_write(w);
    struct facts f = person("7", "ann", 1);
    uint32_t number;
    assert_int_equal(merge(w, t, &c, &f, true).change, STORE_ABSENT);
    assert_int_equal(c.followees, 0);
    assert_int_equal(store_followee_find(t, c.id, "7", 1, &number, &w->err), 0);
    store_abort(t);
}

static void test_handle_gets_its_id_later(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    for (int bulk = 0; bulk < 2; bulk++) {
        struct store_txn *t = world_write(w);
        if (bulk)
            world_must(w, store_hint_many(t, &c, &w->err));
        struct store_campaign now = c;
        struct facts f = person(NULL, "ann@a.example", 1);
        struct facts other = person(NULL, "bob@a.example", 1);
        uint32_t number;
        assert_int_equal(merge(w, t, &now, &f, false).change, STORE_ADDED);
        assert_int_equal(merge(w, t, &now, &f, false).change, STORE_UNCHANGED);
        assert_int_equal(merge(w, t, &now, &other, false).number, 1);
        assert_int_equal(now.unresolved, 2);
        f = person("7", "ann@a.example", 2);
        struct merged m = merge(w, t, &now, &f, false);
        assert_int_equal(m.change, STORE_CHANGED);
        assert_int_equal(m.number, 2); /* its own from here on: nobody has looked for that id yet */
        assert_int_equal(now.unresolved, 1);
        f = person(NULL, "cid@a.example", 2);
        assert_int_equal(merge(w, t, &now, &f, false).number, 3);
        f = person("8", "cid@a.example", 2);
        assert_int_equal(merge(w, t, &now, &f, false).number, 4);
        f = person(NULL, "cid@a.example", 2); /* nobody is known by that alone any more */
        m = merge(w, t, &now, &f, false);
        assert_true(m.change == STORE_ADDED && m.number == 5);
        if (bulk)
            world_must(w, roster_write_gathered(t, &w->err));
        assert_int_equal(store_followee_find(t, c.id, "7", 1, &number, &w->err), 1);
        assert_int_equal(number, 2);
        assert_int_equal(store_followee_find(t, c.id, "@ann@a.example", 14, &number, &w->err), 0);
        f = person("7", NULL, 3);
        assert_int_equal(merge(w, t, &now, &f, false).change, STORE_UNCHANGED);
        store_abort(t);
    }
}

/* The handle is another person's now: the one with an id keeps its own record. */
static void test_handle_that_changed_hands(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_txn *t = world_write(w);
    struct facts f = person("7", "ann", 1);
    assert_int_equal(merge(w, t, &c, &f, false).number, 0);
    f = person("8", "ann", 2);
    struct merged m = merge(w, t, &c, &f, false);
    assert_int_equal(m.change, STORE_ADDED);
    assert_int_equal(m.number, 1);
    store_abort(t);
}

static void test_caps(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    static char longest[FOLLOW_KEYS_MAX];
    static const struct {
        enum fact_id id;
        size_t most;
    } rows[] = {{FACT_ID, FACT_ID_MAX},     {FACT_HANDLE, FACT_HANDLE_MAX},
                {FACT_NAME, FACT_NAME_MAX}, {FACT_BIO, FACT_BIO_MAX},
                {FACT_LANG, FACT_LANG_MAX}, {FACT_LISTS, FACT_LISTS_MAX}};
    struct store_txn *t = world_write(w);
    struct facts f = person(NULL, NULL, UINT16_MAX);
    memset(longest, '\n', sizeof longest);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        facts_set_text(&f, rows[i].id, longest, rows[i].most);
    for (int id = FACT_FOLLOWERS; id < FACT_FOLLOWS_ME; id++)
        facts_set_value(&f, (enum fact_id)id, INT64_MIN + id);
    f.follow_keys = (struct text){longest, FOLLOW_KEYS_MAX};
    assert_int_equal(merge(w, t, &c, &f, false).change, STORE_ADDED);
    struct facts back = get(w, t, c.id, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(facts_text(&back, rows[i].id).size, rows[i].most);
    for (int id = FACT_FOLLOWERS; id < FACT_FOLLOWS_ME; id++)
        assert_int_equal(back.value[id], INT64_MIN + id);
    assert_int_equal(back.follow_keys.size, FOLLOW_KEYS_MAX);
    assert_int_equal(back.source, UINT16_MAX);
    uint32_t number;
    static char key[ENGINE_KEY_MAX];
    assert_int_equal(store_followee_find(t, c.id, key, ENGINE_KEY_MAX - 3, &number, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_BAD_INPUT);
    c.followees = 16777216;
    f = person("next", NULL, 1);
    assert_int_equal(
        store_followee_merge(t, &c, &f, false, &(enum store_change){0}, &number, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_BAD_INPUT);
    store_abort(t);
}

/* ---- follow keys ---- */

static void test_follow_keys(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_txn *t = world_write(w);
    static const struct {
        const char *keys;
        uint16_t source;
        const char *then;
    } rows[] = {
        {"a\n", 1, "a\n"},       {"b\n", 1, "a\nb\n"}, {"a\n", 1, "a\nb\n"},
        {"b\n", 1, "a\nb\n"},    {"", 2, "a\nb\n"}, /* an import that has no keys */
        {"c\n", 3, "c\n"},       {"d\n", 3, "c\nd\n"}, {"login", 3, "login"},
        {"login2", 3, "login2"}, /* no list: two of one batch are not run together */
        {"login2", 4, "login2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct facts f = with_keys("7", rows[i].keys, rows[i].source);
        (void)merge(w, t, &c, &f, false);
        f = get(w, t, c.id, 0);
        assert_text(f.follow_keys, rows[i].then);
    }
    store_abort(t);
}

static void test_more_keys_than_fit(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_txn *t = world_write(w);
    for (int i = 0; i < 400; i++) {
        char key[32];
        snprintf(key, sizeof key, "3kabcdefgh%03d\n", i);
        struct facts f = with_keys("7", key, 1);
        (void)merge(w, t, &c, &f, false);
    }
    struct facts f = get(w, t, c.id, 0);
    assert_int_equal(f.follow_keys.size, FOLLOW_KEYS_MAX / 14 * 14);
    assert_memory_equal(f.follow_keys.at, "3kabcdefgh000\n3kabcdefgh001\n", 28);
    store_abort(t);
}

/* ---- the scan and gone marks ---- */

#define SEEN_MAX 1000

struct seen {
    uint32_t count;
    uint32_t numbers[SEEN_MAX];
    uint64_t gone[SEEN_MAX];
    char handles[SEEN_MAX][24];
    uint32_t stop_after;
};

static int see(void *context, uint32_t number, const struct facts *f, uint64_t gone,
               struct winnow_error *err) {
    struct seen *s = context;
    (void)err;
    s->numbers[s->count] = number;
    s->gone[s->count] = gone;
    if (facts_known(f, FACT_HANDLE))
        snprintf(s->handles[s->count], 24, "%.*s", (int)facts_text(f, FACT_HANDLE).size,
                 facts_text(f, FACT_HANDLE).at);
    return ++s->count == s->stop_after ? 42 : 0;
}

static int scan(struct world *w, struct store_txn *t, uint32_t campaign, enum store_detail detail,
                struct seen *seen) {
    struct store_scan s = {.detail = detail, .each = see, .context = seen};
    uint32_t stop_after = seen->stop_after;
    *seen = (struct seen){.stop_after = stop_after};
    return store_roster_scan(t, campaign, &s, &w->err);
}

static uint64_t gone_of(struct world *w, struct store_txn *t, uint32_t campaign, uint32_t number) {
    static struct seen seen;
    seen.stop_after = 0;
    world_must(w, scan(w, t, campaign, STORE_FACTS, &seen));
    assert_true(number < seen.count);
    return seen.gone[number];
}

static void add_people(struct world *w, struct store_campaign *c, uint32_t count) {
    struct store_txn *t = world_write(w);
    for (uint32_t i = 0; i < count; i++) {
        char id[16];
        char handle[24];
        snprintf(id, sizeof id, "%u", 1000 + i);
        snprintf(handle, sizeof handle, "%.8s-%u", c->name, i);
        struct facts f = person(id, handle, 1);
        assert_int_equal(merge(w, t, c, &f, false).number, i);
    }
    world_must(w, store_campaign_put(t, c, &w->err));
    world_commit(w, t);
}

static void test_gone_marks(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    add_people(w, &c, 4);
    struct store_txn *t = world_write(w);
    static const uint8_t keys[] = {0, 1, 5, 62, 63};
    for (size_t i = 0; i < sizeof keys; i++)
        world_must(w, store_gone_put(t, c.id, 2, keys[i], OUTCOME_DONE, &w->err));
    world_must(w, store_gone_put(t, c.id, 3, 4, OUTCOME_TARGET_GONE, &w->err));
    uint64_t all = UINT64_C(3) << 62 | 1u << 5 | 3;
    assert_true(gone_of(w, t, c.id, 2) == all);
    assert_int_equal(gone_of(w, t, c.id, 1), 0);
    assert_int_equal(gone_of(w, t, c.id, 3), 1 << 4);
    world_must(w, store_gone_clear(t, c.id, 2, &w->err));
    assert_int_equal(gone_of(w, t, c.id, 2), 0);
    assert_int_equal(gone_of(w, t, c.id, 3), 1 << 4);
    world_must(w, store_gone_clear(t, c.id, 3, &w->err)); /* not only from key 0 on */
    assert_int_equal(gone_of(w, t, c.id, 3), 0);
    world_must(w, store_gone_clear(t, c.id, 3, &w->err));
    store_abort(t);
}

static void test_follows_left(void **state) {
    (void)state;
    static char many[128];
    static char sixty_four[128];
    memset(many, '\n', sizeof many);
    memset(sixty_four, '\n', sizeof sixty_four);
    struct facts f = with_keys("1", "", 1);
    assert_true(store_follows_left(&f, 0) == 1 && store_follows_left(&f, 1) == 0);
    f = with_keys("1", "login", 1);
    assert_true(store_follows_left(&f, 0) == 1 && store_follows_left(&f, 1) == 0);
    f = with_keys("1", "a\nb\nc\n", 1);
    assert_true(store_follows_left(&f, 0) == 7 && store_follows_left(&f, 1) == 6);
    f.follow_keys = (struct text){sixty_four, 64};
    assert_true(store_follows_left(&f, 0) == UINT64_MAX);
    f.follow_keys = (struct text){many, 65};
    assert_true(store_follows_left(&f, UINT64_MAX - 1) == 1);
}

/* A fetch, batch 2, has seen some; batch 3 was an import while the fetch was interrupted. */
static void test_unseen_after_a_fetch(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_txn *t = world_write(w);
    static const struct {
        const char *id;
        const char *keys;
        uint16_t source;
        uint8_t gone_before; /* key + 1 */
        uint64_t gone_then;
    } rows[] = {
        {"10", "", 1, 0, 1},          {"11", "", 2, 0, 0},       {"12", "", 3, 0, 0},
        {"13", "", 1, 1, 1},          {"14", "a\nb\n", 1, 0, 3}, {"15", "a\nb\n", 2, 1, 1},
        {"16", "a\nb\nc\n", 1, 1, 7}, {"17", "a\nb\n", 1, 2, 3},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct facts f = with_keys(rows[i].id, rows[i].keys, rows[i].source);
        assert_int_equal(merge(w, t, &c, &f, false).number, i);
        if (rows[i].gone_before > 0)
            world_must(w, store_gone_put(t, c.id, i, (uint8_t)(rows[i].gone_before - 1),
                                         OUTCOME_DONE, &w->err));
    }
    uint64_t count;
    world_must(w, store_gone_unseen(t, &c, 2, &count, &w->err));
    assert_int_equal(count, 4);
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(gone_of(w, t, c.id, i) == rows[i].gone_then);
    world_must(w, store_gone_unseen(t, &c, 2, &count, &w->err));
    assert_int_equal(count, 0);
    store_abort(t);
}

static void test_scan_stops_when_asked(void **state) {
    struct world *w = *state;
    static struct seen seen;
    struct store_campaign c = world_campaign(w, "one");
    add_people(w, &c, 20);
    seen.stop_after = 5;
    struct store_txn *t = world_read(w);
    assert_int_equal(scan(w, t, c.id, STORE_FACTS_AND_TEXTS, &seen), 42);
    assert_int_equal(seen.count, 5);
    store_abort(t);
}

/* ---- several campaigns ---- */

static void check_people(struct world *w, struct store_txn *t, const struct store_campaign *c,
                         uint32_t count, uint32_t gone_number) {
    static struct seen seen;
    for (int detail = STORE_FACTS; detail <= STORE_FACTS_AND_TEXTS; detail++) {
        seen.stop_after = 0;
        world_must(w, scan(w, t, c->id, (enum store_detail)detail, &seen));
        assert_int_equal(seen.count, count);
        for (uint32_t i = 0; i < count; i++) {
            char handle[24];
            snprintf(handle, sizeof handle, "%.8s-%u", c->name, i);
            assert_int_equal(seen.numbers[i], i);
            assert_int_equal(seen.gone[i], i == gone_number);
            if (detail == STORE_FACTS_AND_TEXTS)
                assert_string_equal(seen.handles[i], handle);
        }
    }
}

static void test_campaigns_do_not_bleed(void **state) {
    struct world *w = *state;
    static const uint32_t counts[] = {50, 0, 30, 0, 70};
    struct store_campaign c[5];
    for (uint32_t i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", 9 - i); /* names in another order than ids */
        c[i] = world_campaign(w, name);
    }
    for (uint32_t i = 5; i-- > 0;)
        add_people(w, &c[i], counts[i]);
    struct store_txn *t = world_write(w);
    for (uint32_t i = 0; i < 5; i++)
        world_must(w, store_gone_put(t, c[i].id, 2 * i, 0, OUTCOME_DONE, &w->err));
    bool changed;
    world_must(w, store_keep_put(t, &c[2], "1001", 4, &changed, &w->err));
    world_commit(w, t);
    t = world_read(w);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t number;
        check_people(w, t, &c[i], counts[i], 2 * i);
        assert_int_equal(store_keep_has(t, c[i].id, "1001", 4, &w->err), i == 2);
        assert_int_equal(store_followee_find(t, c[i].id, "1060", 4, &number, &w->err),
                         counts[i] > 60);
    }
    store_abort(t);
}

static void test_campaign_records(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_campaign second = world_campaign(w, "two");
    struct store_txn *t = world_write(w);
    assert_int_equal(second.id, 2);
    struct store_campaign again = c;
    assert_int_equal(store_campaign_add(t, &again, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_BAD_INPUT);
    c.verified = true;
    c.created_ms = -5;
    c.plans = UINT32_MAX;
    memset(c.server, 's', STORE_SERVER_MAX);
    memset(c.account, 'a', FACT_HANDLE_MAX);
    world_must(w, store_campaign_put(t, &c, &w->err));
    world_must(w, store_campaign_find(t, "one", &again, &w->err));
    assert_memory_equal(again.server, c.server, sizeof c.server);
    assert_memory_equal(again.account, c.account, sizeof c.account);
    assert_true(again.verified && again.created_ms == -5 && again.plans == UINT32_MAX);
    store_abort(t);
}

/* ---- the keep list ---- */

static int join_kept(void *context, const char *id, size_t size) {
    char *to = context;
    snprintf(to + strlen(to), 64, "%.*s,", (int)size, id);
    return 0;
}

static void test_keep_list(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    static const struct {
        char what;
        const char *id;
        bool changed;
        const char *then;
        uint32_t count;
    } rows[] = {
        {'+', "5", true, "5,", 1},        {'+', "5", false, "5,", 1},
        {'+', "12", true, "12,5,", 2},    {'-', "7", false, "12,5,", 2},
        {'-', "5", true, "12,", 1},       {'-', "5", false, "12,", 1},
        {'+', "123", true, "12,123,", 2}, {'-', "12", true, "123,", 1},
    };
    struct store_txn *t = world_write(w);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool changed;
        char list[256] = "";
        size_t size = strlen(rows[i].id);
        world_must(w, (rows[i].what == '+' ? store_keep_put : store_keep_remove)(
                          t, &c, rows[i].id, size, &changed, &w->err));
        assert_int_equal(changed, rows[i].changed);
        world_must(w, store_keep_each(t, c.id, join_kept, list, &w->err));
        assert_string_equal(list, rows[i].then);
        assert_int_equal(c.keep_count, rows[i].count);
        assert_int_equal(store_keep_has(t, c.id, rows[i].id, size, &w->err), rows[i].what == '+');
    }
    store_abort(t);
}

/* ---- handles on the keep list ---- */

static bool note_of(struct world *w, struct store_txn *t, struct store_campaign *c,
                    const char *handle, bool remove) {
    bool changed;
    world_must(w, (remove ? store_keep_unnote : store_keep_note)(
                      t, c, (struct text){handle, (uint32_t)strlen(handle)}, &changed, &w->err));
    world_must(w, store_keep_check(t, c, &w->err));
    return changed;
}

static void tell_who(struct world *w, struct store_txn *t, struct store_campaign *c, const char *id,
                     const char *handle, bool only_known) {
    struct facts f;
    enum store_change change;
    uint32_t number;
    facts_clear(&f);
    if (id != NULL)
        facts_set_text(&f, FACT_ID, id, strlen(id));
    if (handle != NULL)
        facts_set_text(&f, FACT_HANDLE, handle, strlen(handle));
    world_must(w, store_followee_merge(t, c, &f, only_known, &change, &number, &w->err));
    world_must(w, store_keep_check(t, c, &w->err));
}

static const char *listed(struct world *w, struct store_txn *t, const struct store_campaign *c) {
    static char list[256];
    list[0] = '\0';
    world_must(w, store_keep_each(t, c->id, join_kept, list, &w->err));
    strncat(list, "|", 2);
    world_must(w, store_keep_noted_each(t, c->id, join_kept, list, &w->err));
    return list;
}

/* Whichever way the id of a noted handle becomes known, it is on the list by it from then on. */
static void test_noted_handles(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_txn *t = world_write(w);
    tell_who(w, t, &c, "5", NULL, false);        /* the handle comes later */
    tell_who(w, t, &c, NULL, "nameless", false); /* the id comes later */
    tell_who(w, t, &c, "8", NULL, false);
    tell_who(w, t, &c, NULL, "joined", false); /* and is 8's */
    static const char *const handles[] = {"Late", "nameless", "new", "JOINED", "never", "stranger"};
    for (size_t i = 0; i < 6; i++)
        assert_true(note_of(w, t, &c, handles[i], false));
    assert_false(note_of(w, t, &c, "lATE", false));
    assert_int_equal(c.keep_noted, 6);
    assert_string_equal(listed(w, t, &c), "|joined,late,nameless,never,new,stranger,");
    tell_who(w, t, &c, "5", "late", false);
    tell_who(w, t, &c, "6", "Nameless", false);
    tell_who(w, t, &c, "7", "NEW", false);
    tell_who(w, t, &c, "8", "joined", false);
    tell_who(w, t, &c, "9", "stranger", true); /* a follower, whom nobody follows */
    assert_string_equal(listed(w, t, &c), "5,6,7,8,|never,stranger,");
    tell_who(w, t, &c, "71", "new", false); /* in the same file: which of the two is meant? */
    assert_string_equal(listed(w, t, &c), "5,6,7,71,8,|never,stranger,");
    world_must(w, store_keep_notes_end(t, &c, &w->err));
    assert_int_equal(c.keep_noted, 2);
    world_must(w, store_keep_check(t, &c, &w->err));
    tell_who(w, t, &c, "72", "new", false); /* later: somebody else */
    assert_string_equal(listed(w, t, &c), "5,6,7,71,8,|never,stranger,");
    assert_true(note_of(w, t, &c, "NEVER", true));
    assert_false(note_of(w, t, &c, "never", true));
    store_abort(t);
}

/* A record that is hidden, of an id or of a handle, protects nobody: so it is missed. */
static void test_hidden_notes_are_missed(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    struct store_txn *t = world_write(w);
    bool changed;
    world_must(w, store_keep_put(t, &c, "5", 1, &changed, &w->err));
    note_of(w, t, &c, "bob", false);
    struct store_campaign more = c;
    more.keep_noted++;
    assert_int_equal(store_keep_check(t, &more, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_DAMAGED);
    more = c;
    more.keep_count++; /* a note is no id */
    more.keep_noted--;
    assert_int_equal(store_keep_check(t, &more, &w->err), -1);
    store_abort(t);
}

/* ---- 50,000 random merges against a naive model ---- */

#define MODEL_MAX 8192

struct model_one {
    bool known[FACT_COUNT];
    int64_t value[FACT_COUNT]; /* flags too */
    char text[FACT_COUNT][24];
    char keys[512];
    uint16_t source, sources[FACT_COUNT];
    bool unresolved, empty; /* empty: it was somebody else all along */
};

struct model {
    struct model_one ones[MODEL_MAX];
    uint32_t count;
};

/* What a merge is made of; turned into facts for the store. */
static struct model_one draw_one(struct dice *d, uint16_t source) {
    struct model_one m = {.source = source};
    bool by_id = dice_below(d, 5) > 0;
    for (int id = 0; id < FACT_COUNT; id++) {
        m.sources[id] = source;
        m.known[id] = dice_below(d, 4) == 0;
        m.value[id] =
            fact_types[id] == FACT_FLAG ? dice_below(d, 2) : (int64_t)dice_below(d, 5) - 2;
        if (fact_types[id] == FACT_TEXT)
            snprintf(m.text[id], 24, "t%u", dice_below(d, 3));
    }
    m.known[FACT_ID] = by_id;
    m.known[FACT_HANDLE] = !by_id || dice_below(d, 2) == 0;
    snprintf(m.text[FACT_ID], 24, "id%u", dice_below(d, 300));
    snprintf(m.text[FACT_HANDLE], 24, "h%u", dice_below(d, 200));
    if (dice_below(d, 3) == 0)
        snprintf(m.keys, sizeof m.keys, "k%u\n", dice_below(d, 6));
    return m;
}

static struct facts facts_of(const struct model_one *m) {
    struct facts f;
    facts_clear(&f);
    facts_came_from(&f, m->source);
    for (int id = 0; id < FACT_COUNT; id++) {
        if (!m->known[id])
            continue;
        if (fact_types[id] == FACT_TEXT)
            set_text(&f, (enum fact_id)id, m->text[id]);
        else if (fact_types[id] == FACT_FLAG)
            facts_set_flag(&f, (enum fact_id)id, m->value[id] != 0);
        else
            facts_set_value(&f, (enum fact_id)id, m->value[id]);
    }
    f.follow_keys = (struct text){m->keys, (uint32_t)strlen(m->keys)};
    return f;
}

static void model_set(struct model_one *to, const struct model_one *from, int id) {
    to->known[id] = true;
    to->value[id] = from->value[id];
    to->sources[id] = from->sources[id];
    if (fact_types[id] == FACT_TEXT)
        memcpy(to->text[id], from->text[id], 24);
}

/* By id; else by the handle that one without an id was first known by. Handles of those with an id
 * are never looked at. */
static struct model_one *model_by_id(struct model *m, const struct model_one *f) {
    for (uint32_t i = 0; i < m->count && f->known[FACT_ID]; i++)
        if (!m->ones[i].unresolved && !m->ones[i].empty &&
            strcmp(m->ones[i].text[FACT_ID], f->text[FACT_ID]) == 0)
            return &m->ones[i];
    return NULL;
}

static struct model_one *model_by_handle(struct model *m, const struct model_one *f) {
    for (uint32_t i = 0; i < m->count && f->known[FACT_HANDLE]; i++)
        if (m->ones[i].unresolved &&
            strcmp(m->ones[i].text[FACT_HANDLE], f->text[FACT_HANDLE]) == 0)
            return &m->ones[i];
    return NULL;
}

/* Whose id comes with a handle that somebody without an id is known by: they are one. */
static struct model_one *model_find(struct model *m, const struct model_one *f) {
    struct model_one *by_id = model_by_id(m, f);
    struct model_one *by_handle = model_by_handle(m, f);
    if (by_id == NULL || by_handle == NULL)
        return by_id != NULL ? by_id : by_handle;
    for (int id = 0; id < FACT_COUNT; id++)
        if (by_handle->known[id] &&
            (!by_id->known[id] || by_handle->sources[id] > by_id->sources[id]))
            model_set(by_id, by_handle, id);
    if (by_id->keys[0] == '\0')
        snprintf(by_id->keys, sizeof by_id->keys, "%.500s", by_handle->keys);
    *by_handle = (struct model_one){.empty = true};
    return by_id;
}

static bool model_same(const struct model_one *a, const struct model_one *b, int id) {
    return fact_types[id] == FACT_TEXT ? strcmp(a->text[id], b->text[id]) == 0
                                       : a->value[id] == b->value[id];
}

static void model_keys(struct model_one *old, const struct model_one *f) {
    if (f->keys[0] == '\0')
        return;
    if (old->source != f->source || old->keys[0] == '\0')
        snprintf(old->keys, sizeof old->keys, "%.500s", f->keys);
    else if (strstr(old->keys, f->keys) == NULL)
        strncat(old->keys, f->keys, sizeof old->keys - strlen(old->keys) - 1);
}

static enum store_change model_merge(struct model *m, const struct model_one *f, bool only_known,
                                     uint32_t *number) {
    struct model_one *old = model_find(m, f);
    if (old == NULL && only_known)
        return STORE_ABSENT;
    if (old == NULL) {
        assert_true(m->count < MODEL_MAX);
        *number = m->count;
        m->ones[m->count] = *f;
        m->ones[m->count++].unresolved = !f->known[FACT_ID];
        return STORE_ADDED;
    }
    if (old->unresolved && f->known[FACT_ID]) { /* with an id comes a number of its own */
        assert_true(m->count < MODEL_MAX);
        m->ones[m->count] = *old;
        *old = (struct model_one){.empty = true};
        old = &m->ones[m->count++];
    }
    bool changed = false;
    model_keys(old, f);
    for (int id = 0; id < FACT_COUNT; id++) {
        if (!f->known[id])
            continue;
        bool by_order = id == FACT_FOLLOW_RANK || id == FACT_FOLLOWED_AFTER;
        changed = changed || (!by_order && (!old->known[id] || !model_same(old, f, id)));
        model_set(old, f, id);
    }
    old->unresolved = old->unresolved && !f->known[FACT_ID];
    old->source = f->source;
    *number = (uint32_t)(old - m->ones);
    return changed ? STORE_CHANGED : STORE_UNCHANGED;
}

static int compare_one(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                       struct winnow_error *err) {
    const struct model_one *m = &((const struct model *)context)->ones[number];
    (void)err;
    assert_int_equal(gone != 0, m->empty);
    assert_int_equal(f->source, m->source);
    assert_text(f->follow_keys, m->keys);
    for (int id = 0; id < FACT_COUNT; id++) {
        assert_int_equal(facts_known(f, (enum fact_id)id), m->known[id]);
        if (!m->known[id])
            continue;
        assert_int_equal(f->sources[id], m->sources[id]);
        if (fact_types[id] == FACT_TEXT)
            assert_text(facts_text(f, (enum fact_id)id), m->text[id]);
        else if (fact_types[id] == FACT_FLAG)
            assert_int_equal(facts_flag(f, (enum fact_id)id), m->value[id] ? TRI_YES : TRI_NO);
        else
            assert_int_equal(f->value[id], m->value[id]);
    }
    return 0;
}

static void compare_all(struct world *w, struct model *m, const struct store_campaign *c) {
    struct store_scan scan = {.detail = STORE_FACTS_AND_TEXTS, .each = compare_one, .context = m};
    struct store_txn *t = world_read(w);
    uint32_t unresolved = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct model_one *one = &m->ones[i];
        char name[32];
        uint32_t number = UINT32_MAX;
        if (one->empty)
            continue;
        unresolved += one->unresolved;
        int size = snprintf(name, sizeof name, "%s%s", one->unresolved ? "@" : "",
                            one->text[one->unresolved ? FACT_HANDLE : FACT_ID]);
        assert_int_equal(store_followee_find(t, c->id, name, (size_t)size, &number, &w->err), 1);
        assert_int_equal(number, i);
    }
    assert_int_equal(c->followees, m->count);
    assert_int_equal(c->unresolved, unresolved);
    world_must(w, store_roster_scan(t, c->id, &scan, &w->err));
    store_abort(t);
}

#define BATCHES 100
#define EACH    500

static void one_batch(struct world *w, struct model *m, struct store_campaign *c, struct dice *d) {
    struct store_txn *t = world_write(w);
    bool bulk = dice_below(d, 2) == 0;
    c->batches++;
    if (bulk)
        world_must(w, store_hint_many(t, c, &w->err));
    for (int i = 0; i < EACH; i++) {
        struct model_one one = draw_one(d, (uint16_t)c->batches);
        struct facts f = facts_of(&one);
        bool only_known = dice_below(d, 3) == 0;
        uint32_t expected = UINT32_MAX;
        enum store_change change = model_merge(m, &one, only_known, &expected);
        struct merged got = merge(w, t, c, &f, only_known);
        assert_int_equal(got.change, change);
        if (change != STORE_ABSENT)
            assert_int_equal(got.number, expected);
    }
    if (bulk)
        world_must(w, roster_write_gathered(t, &w->err));
    world_must(w, store_campaign_put(t, c, &w->err));
    world_commit(w, t);
}

static void test_random_merges(void **state) {
    struct world *w = *state;
    struct store_campaign before = world_campaign(w, "before");
    struct store_campaign c = world_campaign(w, "one");
    struct store_campaign after = world_campaign(w, "after");
    struct model *m = calloc(1, sizeof *m);
    struct dice d = {2026};
    assert_non_null(m);
    add_people(w, &before, 5);
    for (int batch = 0; batch < BATCHES; batch++) {
        one_batch(w, m, &c, &d);
        if (batch == 20) /* from now on its records are not the last of their tables */
            add_people(w, &after, 5);
        if (batch % 10 == 9)
            compare_all(w, m, &c);
    }
    assert_true(m->count > 300);
    free(m);
}

int main(void) {
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, world_make, world_remove)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_newest_wins_and_unknown_leaves),
        WITH_STORE(test_only_known),
        WITH_STORE(test_handle_gets_its_id_later),
        WITH_STORE(test_handle_that_changed_hands),
        WITH_STORE(test_caps),
        WITH_STORE(test_follow_keys),
        WITH_STORE(test_more_keys_than_fit),
        WITH_STORE(test_gone_marks),
        cmocka_unit_test(test_follows_left),
        WITH_STORE(test_unseen_after_a_fetch),
        WITH_STORE(test_scan_stops_when_asked),
        WITH_STORE(test_campaigns_do_not_bleed),
        WITH_STORE(test_campaign_records),
        WITH_STORE(test_keep_list),
        WITH_STORE(test_noted_handles),
        WITH_STORE(test_hidden_notes_are_missed),
        WITH_STORE(test_random_merges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
