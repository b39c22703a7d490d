/* LMDB refuses: each call of it that a life of a campaign makes is made to fail in turn, with the
 * errors that disks and full maps give. What must be true each time: whoever called hears of it
 * with a sentence, the transaction leaves nothing behind, and the same goes through afterwards.
 *
 * The functions here stand before those of the library of the same name. */
#include "store_world.h"

#include "store/roster/roster.h"

#include <dlfcn.h>
#include <errno.h>

static struct {
    int until; /* calls that still go through; -1: all of them */
    int code;
    bool hit;
} fault = {.until = -1};

static bool refused(void) {
    if (fault.until < 0 || fault.until-- > 0)
        return false;
    fault.hit = true;
    return true;
}

/* Declares the library's function under the name `real` and refuses when it is its turn. */
#define REAL(name)                                                                                 \
    static __typeof__(&name) real;                                                                 \
    if (real == NULL) {                                                                            \
        void *found = dlsym(RTLD_NEXT, #name);                                                     \
        memcpy(&real, &found, sizeof real);                                                        \
    }                                                                                              \
    if (refused())                                                                                 \
        return fault.code;

int mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data) {
    REAL(mdb_get)
    return real(txn, dbi, key, data);
}
int mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags) {
    REAL(mdb_put)
    return real(txn, dbi, key, data, flags);
}
int mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data) {
    REAL(mdb_del)
    return real(txn, dbi, key, data);
}
int mdb_cursor_open(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor) {
    REAL(mdb_cursor_open)
    return real(txn, dbi, cursor);
}
int mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op) {
    REAL(mdb_cursor_get)
    return real(cursor, key, data, op);
}
int mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags) {
    REAL(mdb_cursor_put)
    return real(cursor, key, data, flags);
}
int mdb_cursor_del(MDB_cursor *cursor, unsigned flags) {
    REAL(mdb_cursor_del)
    return real(cursor, flags);
}
int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn) {
    REAL(mdb_txn_begin)
    return real(env, parent, flags, txn);
}

int mdb_txn_commit(MDB_txn *txn) {
    static __typeof__(&mdb_txn_commit) real;
    if (real == NULL) {
        void *found = dlsym(RTLD_NEXT, "mdb_txn_commit");
        memcpy(&real, &found, sizeof real);
    }
    if (!refused())
        return real(txn);
    mdb_txn_abort(txn); /* a commit ends the transaction either way */
    return fault.code;
}
/* mdb_env_info, _stat and _set_maxdbs are left alone: they refuse a NULL, and nothing else. */
int mdb_env_create(MDB_env **env) {
    REAL(mdb_env_create)
    return real(env);
}
int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode) {
    REAL(mdb_env_open)
    return real(env, path, flags, mode);
}
int mdb_env_set_mapsize(MDB_env *env, size_t size) {
    REAL(mdb_env_set_mapsize)
    return real(env, size);
}
int mdb_env_get_fd(MDB_env *env, mdb_filehandle_t *fd) {
    REAL(mdb_env_get_fd)
    return real(env, fd);
}
int mdb_dbi_open(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *dbi) {
    REAL(mdb_dbi_open)
    return real(txn, name, flags, dbi);
}

/* ---- a life of a campaign, in one transaction -------------------------------------------------*/

static struct facts facts_of(const char *id, const char *handle) {
    struct facts f;
    facts_clear(&f);
    if (id[0] != '\0')
        facts_set_text(&f, FACT_ID, id, strlen(id));
    facts_set_text(&f, FACT_HANDLE, handle, strlen(handle));
    facts_set_value(&f, FACT_FOLLOWERS, 7);
    return f;
}

static int merge(struct store_txn *t, struct store_campaign *c, const char *id, const char *handle,
                 struct winnow_error *err) {
    struct facts f = facts_of(id, handle);
    enum store_change change;
    uint32_t number;
    return store_followee_merge(t, c, &f, false, &change, &number, err);
}

static int ignore_row(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                      struct winnow_error *err) {
    (void)context, (void)number, (void)f, (void)gone, (void)err;
    return 0;
}

static int ignore_id(void *context, const char *id, size_t size) {
    (void)context, (void)id, (void)size;
    return 0;
}

static int ignore_record(void *context, const struct store_journal_record *r) {
    (void)context, (void)r;
    return 0;
}

static int ignore_open(void *context, const struct store_open_entry *e) {
    (void)context, (void)e;
    return 0;
}

static int ignore_campaign(void *context, const struct store_campaign *c) {
    (void)context, (void)c;
    return 0;
}

static int roster(struct store_txn *t, struct store_campaign *c, struct winnow_error *err) {
    uint32_t number;
    struct facts f;
    if (merge(t, c, "1", "ada", err) != 0 || merge(t, c, "", "ben", err) != 0 ||
        merge(t, c, "2", "ben", err) != 0 || merge(t, c, "1", "ada_l", err) != 0)
        return -1;
    if (store_hint_many(t, c, err) != 0 || merge(t, c, "5", "eve", err) != 0 ||
        merge(t, c, "4", "dan", err) != 0 || merge(t, c, "1", "ada", err) != 0 ||
        roster_write_gathered(t, err) != 0)
        return -1;
    if (store_followee_find(t, c->id, "1", 1, &number, err) != 1 ||
        store_followee_get(t, c->id, number, STORE_FACTS_AND_TEXTS, &f, err) != 0)
        return -1;
    struct store_scan scan = {.detail = STORE_FACTS_AND_TEXTS, .each = ignore_row};
    uint64_t unseen = 0;
    if (store_gone_put(t, c->id, 0, 0, OUTCOME_DONE, err) != 0 ||
        store_roster_scan(t, c->id, &scan, err) != 0 || store_gone_clear(t, c->id, 0, err) != 0 ||
        store_gone_unseen(t, c, 2, &unseen, err) != 0)
        return -1;
    return 0;
}

static int keep_list(struct store_txn *t, struct store_campaign *c, struct winnow_error *err) {
    bool changed;
    if (store_keep_put(t, c, "1", 1, &changed, err) != 0 ||
        store_keep_put(t, c, "2", 1, &changed, err) != 0 ||
        store_keep_has(t, c->id, "1", 1, err) != 1 ||
        store_keep_each(t, c->id, ignore_id, NULL, err) != 0)
        return -1;
    return store_keep_remove(t, c, "2", 1, &changed, err);
}

static int plan(struct store_txn *t, uint32_t campaign, uint32_t plan, struct winnow_error *err) {
    struct store_entry entries[4] = {{.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
    struct store_decision decisions[4] = {{.position = 0}, {.position = 1}};
    struct store_decision decision;
    const void *head;
    size_t size;
    if (store_plan_put(t, campaign, plan, "head", 4, err) != 0 ||
        store_schedule_put(t, campaign, plan, 0, entries, 4, err) != 0 ||
        store_decisions_put(t, campaign, plan, 0, decisions, 4, err) != 0 ||
        store_progress_start(t, campaign, plan, 4, 1000, err) != 0 ||
        store_plan_get(t, campaign, plan, &head, &size, err) != 0 ||
        store_schedule_get(t, campaign, plan, 1, entries, err) != 0)
        return -1;
    return store_decision_get(t, campaign, plan, 0, &decision, err) == 1 ? 0 : -1;
}

static int record(struct store_txn *t, uint32_t campaign, uint32_t position, enum outcome outcome,
                  struct winnow_error *err) {
    struct store_progress p;
    bool intent = outcome == OUTCOME_NONE;
    struct store_open_entry entry = {
        .position = position, .request = 1, .attempts = 1, .in_flight = intent};
    struct store_journal_record r = {
        .kind = intent ? STORE_JOURNAL_INTENT : STORE_JOURNAL_OUTCOME,
        .outcome = outcome,
        .plan = 1,
        .position = position,
        .number = position,
        .request = 1,
        .attempts = 1,
        .time_ms = 2000,
    };
    if (store_progress_get(t, campaign, &p, err) != 1 ||
        (intent ? world_intent(t, campaign, &p, &entry, &r, err)
                : world_outcome(t, campaign, &p, &entry, &r, err)) != 0)
        return -1;
    return ledger_progress_put(t, campaign, &p, err);
}

static int ledger(struct store_txn *t, uint32_t campaign, struct winnow_error *err) {
    enum outcome outcome;
    struct store_check check;
    uint64_t sequence;
    if (record(t, campaign, 0, OUTCOME_NONE, err) != 0 ||
        record(t, campaign, 0, OUTCOME_RETRY, err) != 0 ||
        record(t, campaign, 0, OUTCOME_NONE, err) != 0 ||
        record(t, campaign, 0, OUTCOME_DONE, err) != 0 ||
        record(t, campaign, 1, OUTCOME_NONE, err) != 0)
        return -1;
    if (store_state_get(t, campaign, 1, 0, &outcome, err) != 0 ||
        store_open_each(t, campaign, ignore_open, NULL, err) != 0 ||
        store_journal_each(t, campaign, 0, ignore_record, NULL, err) != 0 ||
        store_journal_since(t, campaign, 1500, &sequence, err) != 0 ||
        store_check(t, campaign, &check, err) != 0)
        return -1;
    return 0;
}

static int notes(struct store_txn *t, uint32_t campaign, struct winnow_error *err) {
    const void *bytes;
    size_t size;
    if (store_note_put(t, campaign, STORE_NOTE_RUN, "", "note", 4, err) != 0 ||
        store_note_get(t, campaign, STORE_NOTE_RUN, "", &bytes, &size, err) != 1)
        return -1;
    return store_note_remove(t, campaign, STORE_NOTE_RUN, "", err) < 0 ? -1 : 0;
}

/* Everything that writes or reads, then nothing of it. */
static int life(struct store *s, struct winnow_error *err) {
    struct store_campaign c = {.name = "b", .platform = "x", .account = "1"};
    struct store_campaign found;
    struct store_txn *t = NULL;
    int result = -1;
    if (store_write(s, STORE_ALL, &t, err) != 0)
        return -1;
    if (store_campaign_add(t, &c, err) == 0 && roster(t, &c, err) == 0 &&
        keep_list(t, &c, err) == 0 && store_campaign_put(t, &c, err) == 0 &&
        store_campaign_find(t, "b", &found, err) == 0 &&
        store_campaign_each(t, ignore_campaign, NULL, err) == 0 && plan(t, c.id, 1, err) == 0 &&
        ledger(t, c.id, err) == 0 && plan(t, c.id, 2, err) == 0 &&
        store_plan_drop(t, c.id, 1, err) == 0 && notes(t, c.id, err) == 0)
        result = 0;
    store_abort(t);
    return result;
}

static void must_be_alone(struct world *w) {
    struct store_txn *t = world_read(w);
    struct store_campaign c;
    assert_int_equal(store_campaign_find(t, "b", &c, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_NOT_FOUND);
    world_must(w, store_campaign_find(t, "a", &c, &w->err));
    for (int table = TABLE_IDS; table < TABLE_COUNT; table++)
        assert_int_equal(raw_count(t, (enum table)table), 0);
    store_abort(t);
}

/* Every call in turn, with one error. Returns how many there are. */
static int refuse_each(struct world *w, int code, enum winnow_code expected) {
    for (int n = 0;; n++) {
        struct winnow_error err = {0};
        fault.until = n;
        fault.code = code;
        fault.hit = false;
        int result = life(w->store, &err);
        fault.until = -1;
        if (!fault.hit) {
            world_must(w, result);
            return n;
        }
        if (result == 0 || err.code != expected || strlen(err.text) < 20)
            fail_msg("call %d refused with %d: result %d, %s: %s", n, code, result,
                     winnow_code_name(err.code), err.text);
        must_be_alone(w);
        world_must(w, life(w->store, &w->err)); /* it goes through afterwards */
    }
}

static void test_every_call_refused(void **state) {
    struct world *w = *state;
    static const struct {
        int code;
        enum winnow_code expected;
    } rows[] = {
        {ENOSPC, WINNOW_STORAGE},           {EIO, WINNOW_STORAGE},
        {MDB_MAP_FULL, WINNOW_STORAGE},     {ENOMEM, WINNOW_NO_MEMORY},
        {MDB_CORRUPTED, WINNOW_DAMAGED},    {MDB_PAGE_NOTFOUND, WINNOW_DAMAGED},
        {MDB_READERS_FULL, WINNOW_STORAGE},
    };
    world_campaign(w, "a");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(refuse_each(w, rows[i].code, rows[i].expected) > 100);
}

/* Want of room comes before the page that makes it all be there; an error of the disk may come with
 * it. Either way nobody goes on by that handle. */
static void test_what_a_commit_says(void **state) {
    struct world *w = *state;
    static const struct {
        int code;
        enum store_fate fate;
    } rows[] = {{ENOSPC, STORE_NOT_THERE},
                {MDB_MAP_FULL, STORE_NOT_THERE},
                {ENOMEM, STORE_NOT_THERE},
                {EIO, STORE_UNKNOWN}};
    struct store_campaign c = world_campaign(w, "a");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store_txn *t = world_write(w);
        world_must(w, store_campaign_put(t, &c, &w->err));
        fault.until = 0;
        fault.code = rows[i].code;
        enum store_fate fate = store_commit(t, &w->err);
        fault.until = -1;
        assert_int_equal(fate, rows[i].fate);
        assert_int_equal(store_read(w->store, &t, &w->err), -1);
        world_reopen(w);
    }
}

/* ---- opening
 * -----------------------------------------------------------------------------------*/

/* Open, write one campaign, look at the health, close. */
static int open_and_use(const char *directory, struct winnow_error *err) {
    struct store *s = NULL;
    struct store_txn *t = NULL;
    struct store_campaign c = {.name = "a", .platform = "x", .account = "1"};
    struct store_health health;
    if (store_open(directory, &s, err) != 0)
        return -1;
    int result = store_health(s, &health, err);
    if (result == 0)
        result = store_write(s, STORE_ALL, &t, err);
    if (result == 0 && store_campaign_find(t, "a", &c, err) != 0)
        result = err->code == WINNOW_NOT_FOUND ? store_campaign_add(t, &c, err) : -1;
    if (result == 0)
        result = store_commit(t, err);
    else
        store_abort(t);
    store_close(s);
    return result;
}

/* A store that is made, and one that is there: each call refused once, then all goes through. */
static void test_opening_refused(void **state) {
    struct world *w = *state;
    world_close(w);
    for (int made = 0; made < 2; made++) {
        for (int n = 0;; n++) {
            char directory[PATH_MAX];
            struct winnow_error err = {0};
            temp_directory_make(directory);
            if (made)
                world_must(w, open_and_use(directory, &w->err));
            fault.until = n;
            fault.code = EIO;
            fault.hit = false;
            int result = open_and_use(directory, &err);
            fault.until = -1;
            if (fault.hit && (result == 0 || err.code == WINNOW_OK || strlen(err.text) < 20))
                fail_msg("call %d refused (%d): result %d, %s: %s", n, made, result,
                         winnow_code_name(err.code), err.text);
            world_must(w, open_and_use(directory, &w->err));
            temp_directory_remove(directory);
            if (!fault.hit) {
                assert_true(n > 20);
                break;
            }
        }
    }
}

static void test_a_directory_with_too_long_a_path(void **state) {
    struct world *w = *state;
    struct store *s = NULL;
    char path[5000];
    memset(path, 'd', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(store_open(path, &s, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_STORAGE);
    assert_non_null(strstr(w->err.text, "path"));
    assert_null(s);
}

static void test_no_transaction_is_let_go(void **state) {
    (void)state;
    store_abort(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_call_refused, world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_what_a_commit_says, world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_opening_refused, world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_a_directory_with_too_long_a_path, world_make,
                                        world_remove),
        cmocka_unit_test(test_no_transaction_is_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
