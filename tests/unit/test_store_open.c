/* Opening the store, and what it makes of files that are not what it wrote: newer, cut, random,
 * not writable, flipped, swapped; a full disk; readers that died; a map that must grow. */
#include "store_world.h"

#include "store/lmdb/free_pages.h"
#include "store/records/ledger.h"
#include "store/tables/codec.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void data_path(const struct world *w, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%.4000s/data.mdb", w->directory);
}

static off_t data_size(const struct world *w) {
    char path[PATH_MAX];
    struct stat file;
    data_path(w, path);
    assert_int_equal(stat(path, &file), 0);
    return file.st_size;
}

static void data_cut(const struct world *w, off_t size) {
    char path[PATH_MAX];
    data_path(w, path);
    assert_int_equal(truncate(path, size), 0);
}

/* Opening must fail like this; `words` stand in its text. */
static void assert_refused(struct world *w, enum winnow_code code, const char *words) {
    struct store *s = NULL;
    assert_int_equal(store_open(w->directory, &s, &w->err), -1);
    assert_null(s);
    assert_string_equal(winnow_code_name(w->err.code), winnow_code_name(code));
    if (strstr(w->err.text, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, w->err.text);
}

/* ---- a store with at least two records in every table but meta ---- */

#define ENTRIES (PLAN_CHUNK + 4)
#define TOTAL   (LEDGER_STATES_CHUNK + 8)

static void fill_roster(struct world *w, struct store_txn *t, struct store_campaign *c) {
    for (uint32_t i = 0; i < 4; i++) {
        struct facts f;
        char id[16];
        char handle[16];
        enum store_change change;
        uint32_t number;
        snprintf(id, sizeof id, "%u", 100 + i);
        snprintf(handle, sizeof handle, "user%u", i);
        facts_clear(&f);
        facts_came_from(&f, 1);
        facts_set_text(&f, FACT_ID, id, strlen(id));
        facts_set_text(&f, FACT_HANDLE, handle, strlen(handle));
        facts_set_value(&f, FACT_FOLLOWERS, 10 + i);
        world_must(w, store_followee_merge(t, c, &f, false, &change, &number, &w->err));
        assert_int_equal(number, i);
    }
    bool changed;
    world_must(w, store_keep_put(t, c, "100", 3, &changed, &w->err));
    world_must(w, store_keep_put(t, c, "101", 3, &changed, &w->err));
    world_must(w, store_gone_put(t, c->id, 2, 0, OUTCOME_DONE, &w->err));
    world_must(w, store_gone_put(t, c->id, 3, 0, OUTCOME_TARGET_GONE, &w->err));
}

static void fill_plans(struct world *w, struct store_txn *t, struct store_campaign *c) {
    static struct store_entry entries[ENTRIES];
    static struct store_decision decisions[ENTRIES];
    for (uint32_t i = 0; i < ENTRIES; i++) {
        entries[i] = (struct store_entry){.number = i % 4, .score = (float)i};
        decisions[i] = (struct store_decision){.position = i, .verdict = 1};
    }
    for (uint32_t plan = 1; plan <= 2; plan++) {
        char head[16];
        snprintf(head, sizeof head, "head %u", plan);
        world_must(w, store_plan_put(t, c->id, plan, head, strlen(head), &w->err));
        world_must(w, store_schedule_put(t, c->id, plan, 0, entries, ENTRIES, &w->err));
        world_must(w, store_decisions_put(t, c->id, plan, 0, decisions, ENTRIES, &w->err));
    }
    c->plans = 2;
}

static void fill_ledger(struct world *w, struct store_txn *t, const struct store_campaign *c) {
    struct store_progress p;
    world_must(w, store_progress_start(t, c->id, 2, TOTAL, 1000, &w->err));
    assert_int_equal(store_progress_get(t, c->id, &p, &w->err), 1);
    static const uint32_t positions[] = {0, LEDGER_STATES_CHUNK, 5, 7};
    for (uint32_t i = 0; i < 4; i++) {
        struct store_open_entry e = {
            .position = positions[i], .request = i + 1, .in_flight = true, .not_before_ms = 1000};
        struct store_journal_record r = {.plan = 2, .position = positions[i], .time_ms = 1000};
        world_must(w, world_intent(t, c->id, &p, &e, &r, &w->err));
        r.outcome = OUTCOME_REFUSED;
        if (i < 2)
            world_must(w, world_outcome(t, c->id, &p, &e, &r, &w->err));
    }
    world_must(w, ledger_progress_put(t, c->id, &p, &w->err));
    world_must(w, store_note_put(t, c->id, STORE_NOTE_RUN, "", "run", 3, &w->err));
    world_must(w, store_note_put(t, c->id, STORE_NOTE_BUDGET, "b", "budget", 6, &w->err));
}

static const char *const names[] = {"one", "two"};

static void fill_store(struct world *w) {
    for (uint32_t i = 0; i < 2; i++) {
        struct store_campaign c = world_campaign(w, names[i]);
        struct store_txn *t = world_write(w);
        fill_roster(w, t, &c);
        fill_plans(w, t, &c);
        fill_ledger(w, t, &c);
        world_must(w, store_campaign_put(t, &c, &w->err));
        world_commit(w, t);
    }
}

/* ---- reading everything of a table through the store ---- */

static int no_followee(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                       struct winnow_error *err) {
    (void)context;
    (void)number;
    (void)f;
    (void)gone;
    (void)err;
    return 0;
}
static int no_campaign(void *context, const struct store_campaign *c) {
    (void)context;
    (void)c;
    return 0;
}
static int no_kept(void *context, const char *id, size_t size) {
    (void)context;
    (void)id;
    (void)size;
    return 0;
}
static int no_open(void *context, const struct store_open_entry *e) {
    (void)context;
    (void)e;
    return 0;
}
static int no_record(void *context, const struct store_journal_record *r) {
    (void)context;
    (void)r;
    return 0;
}

static int scan(struct store_txn *t, uint32_t c, enum store_detail detail,
                struct winnow_error *err) {
    struct store_scan s = {.detail = detail, .each = no_followee};
    return store_roster_scan(t, c, &s, err);
}

static int read_campaigns(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    (void)c;
    return store_campaign_each(t, no_campaign, NULL, err);
}
static int read_ids(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    for (uint32_t i = 0; i < 4; i++) {
        char id[16];
        uint32_t number;
        snprintf(id, sizeof id, "%u", 100 + i);
        if (store_followee_find(t, c, id, strlen(id), &number, err) < 0)
            return -1;
    }
    return 0;
}
static int read_facts(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    return scan(t, c, STORE_FACTS, err);
}
static int read_texts(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    return scan(t, c, STORE_FACTS_AND_TEXTS, err);
}
static int read_keep(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    return store_keep_each(t, c, no_kept, NULL, err);
}
static int read_plans(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    const void *head;
    size_t size;
    return store_plan_get(t, c, 1, &head, &size, err) != 0 ||
                   store_plan_get(t, c, 2, &head, &size, err) != 0
               ? -1
               : 0;
}
static int read_schedule(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    struct store_entry e;
    for (uint32_t plan = 1; plan <= 2; plan++)
        for (uint32_t i = 0; i < ENTRIES; i++)
            if (store_schedule_get(t, c, plan, i, &e, err) != 0)
                return -1;
    return 0;
}
static int read_decisions(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    struct store_decision d;
    for (uint32_t plan = 1; plan <= 2; plan++)
        for (uint32_t i = 0; i < ENTRIES; i++)
            if (store_decision_get(t, c, plan, i, &d, err) < 0)
                return -1;
    return 0;
}
static int read_states(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    enum outcome o;
    for (uint32_t i = 0; i < TOTAL; i++)
        if (store_state_get(t, c, 2, i, &o, err) < 0)
            return -1;
    return 0;
}
static int read_open(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    return store_open_each(t, c, no_open, NULL, err);
}
static int read_journal(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    return store_journal_each(t, c, 0, no_record, NULL, err);
}
static int read_progress(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    struct store_progress p;
    return store_progress_get(t, c, &p, err) < 0 ? -1 : 0;
}
static int read_notes(struct store_txn *t, uint32_t c, struct winnow_error *err) {
    const void *bytes;
    size_t size;
    return store_note_get(t, c, STORE_NOTE_RUN, "", &bytes, &size, err) < 0 ||
                   store_note_get(t, c, STORE_NOTE_BUDGET, "b", &bytes, &size, err) < 0
               ? -1
               : 0;
}

static const struct {
    enum table table;
    int (*read)(struct store_txn *t, uint32_t campaign, struct winnow_error *err);
} readers[] = {
    {TABLE_CAMPAIGNS, read_campaigns}, {TABLE_IDS, read_ids},
    {TABLE_FACTS, read_facts},         {TABLE_TEXTS, read_texts},
    {TABLE_GONE, read_facts},          {TABLE_KEEP, read_keep},
    {TABLE_PLANS, read_plans},         {TABLE_SCHEDULE, read_schedule},
    {TABLE_DECISIONS, read_decisions}, {TABLE_STATES, read_states},
    {TABLE_OPEN, read_open},           {TABLE_JOURNAL, read_journal},
    {TABLE_PROGRESS, read_progress},   {TABLE_NOTES, read_notes},
};

#define READERS (sizeof readers / sizeof readers[0])
_Static_assert(READERS == TABLE_COUNT - 1, "every table but meta");

static int read_all(struct world *w, struct store_txn *t, size_t reader) {
    for (uint32_t c = 1; c <= 2; c++)
        if (readers[reader].read(t, c, &w->err) != 0)
            return -1;
    return 0;
}

static void assert_damaged(struct world *w, struct store_txn *t, size_t reader, const char *how,
                           size_t at) {
    w->err = (struct winnow_error){0};
    if (read_all(w, t, reader) == 0 || w->err.code != WINNOW_DAMAGED)
        fail_msg("table %d, %s at %zu: not detected (%s)", (int)readers[reader].table, how, at,
                 w->err.text);
}

/* ---- opening ---- */

static void test_new_and_again(void **state) {
    struct world *w = *state;
    struct store_campaign c = world_campaign(w, "one");
    assert_int_equal(c.id, 1);
    world_reopen(w);
    struct store_txn *t = world_read(w);
    struct store_campaign found;
    world_must(w, store_campaign_find(t, "one", &found, &w->err));
    assert_memory_equal(&found.id, &c.id, sizeof c.id);
    assert_string_equal(found.server, c.server);
    assert_int_equal(store_campaign_find(t, "two", &found, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_NOT_FOUND);
    store_abort(t);
    struct store_health health;
    world_must(w, store_health(w->store, &health, &w->err));
    assert_true(health.map_bytes >= UINT64_C(16) << 30);
    assert_true(health.file_bytes >= health.used_bytes);
}

static void test_all_can_be_read(void **state) {
    struct world *w = *state;
    fill_store(w);
    world_reopen(w);
    struct store_txn *t = world_read(w);
    for (size_t i = 0; i < READERS; i++) {
        assert_true(raw_count(t, readers[i].table) >= 2);
        world_must(w, read_all(w, t, i));
    }
    store_abort(t);
}

/* The record of the format, as a later winnow would write it. */
static void put_format(struct world *w, const unsigned char *bytes, size_t size) {
    struct store_txn *t = world_write(w);
    struct key key = {6, "format"};
    unsigned char record[64] = {0};
    memcpy(record + RECORD_HEADER, bytes, size);
    table_seal(TABLE_META, &key, record + RECORD_HEADER, size);
    raw_put(t, TABLE_META, "format", 6, record, RECORD_HEADER + size);
    world_commit(w, t);
    world_close(w);
}

static void test_newer_format(void **state) {
    struct world *w = *state;
    put_format(w, (const unsigned char[]){STORE_FORMAT + 1, 0, 0, 0}, 4);
    char expected[64];
    snprintf(expected, sizeof expected, "format %d and this winnow knows %d: use a newer winnow",
             STORE_FORMAT + 1, STORE_FORMAT);
    assert_refused(w, WINNOW_DAMAGED, expected);
    world_close(w);
}

static uint64_t format_of(struct world *w) {
    struct store_txn *t = world_read(w);
    struct key key = {6, "format"};
    struct record record;
    assert_int_equal(table_get(t, TABLE_META, &key, &record, &w->err), 1);
    uint64_t format = get_le(record.at, 4);
    store_abort(t);
    return format;
}

static size_t past_varint(const unsigned char *bytes, size_t at) {
    while ((bytes[at] & 0x80) != 0)
        at++;
    return at + 1;
}

/* The facts of followee 0 as version 1 wrote them: sets of facts in four bytes, without the list of
 * other sources and without ties. */
static void make_version_1(struct world *w) {
    struct store_txn *t = world_write(w);
    unsigned char bytes[512];
    MDB_val key;
    MDB_val value;
    struct key under;
    struct facts f;
    assert_true(raw_nth(t, TABLE_FACTS, 0, &key, &value));
    under.size = key.mv_size;
    memcpy(under.bytes, key.mv_data, key.mv_size);
    const unsigned char *now = (const unsigned char *)value.mv_data + RECORD_HEADER;
    size_t size = value.mv_size - RECORD_HEADER;
    world_must(w, codec_facts_read((struct record){now, size, 3}, &f, &w->err));
    size_t rest = past_varint(now, past_varint(now, past_varint(now, 0))) + 2;
    assert_int_equal(now[rest], 0);     /* no other source */
    assert_int_equal(now[size - 1], 0); /* no tie */
    unsigned char *to = bytes + RECORD_HEADER;
    to = put_le(to, f.known, 4);
    to = put_le(to, f.flags, 4);
    to = put_le(to, f.source, 2);
    memcpy(to, now + rest + 1, size - rest - 2);
    size = (size_t)(to - bytes) - RECORD_HEADER + size - rest - 2;
    table_seal(TABLE_FACTS, &under, bytes + RECORD_HEADER, size);
    bytes[0] = 1;
    raw_put(t, TABLE_FACTS, under.bytes, under.size, bytes, size + RECORD_HEADER);
    world_commit(w, t);
}

static void read_everything(struct world *w) {
    struct store_txn *t = world_read(w);
    for (size_t i = 0; i < READERS; i++)
        world_must(w, read_all(w, t, i));
    store_abort(t);
}

/* A store of format 1 opens, says 2 from then on, and a copy that says 1 is left. */
static void test_older_format_is_migrated(void **state) {
    struct world *w = *state;
    struct world copy = {.store = NULL};
    char path[PATH_MAX + 32];
    fill_store(w);
    make_version_1(w);
    put_format(w, (const unsigned char[]){1, 0, 0, 0}, 4);
    snprintf(path, sizeof path, "%s/format-1", w->directory);
    assert_int_equal(mkdir(path, 0700), 0); /* what a kill in the middle left */
    snprintf(path, sizeof path, "%s/format-1/data.mdb", w->directory);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    world_open(w);
    assert_int_equal(format_of(w), STORE_FORMAT);
    read_everything(w);
    world_reopen(w);
    assert_int_equal(format_of(w), STORE_FORMAT);

    MDB_env *env; /* not by store_open, which would migrate the copy as well */
    assert_int_equal(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, TABLE_COUNT);
    snprintf(copy.directory, sizeof copy.directory, "%.*s/format-1", 200, w->directory);
    assert_int_equal(mdb_env_open(env, copy.directory, MDB_RDONLY, 0600), 0);
    MDB_txn *txn;
    MDB_dbi meta;
    MDB_val key = {6, (void *)(uintptr_t) "format"};
    MDB_val value;
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_get(txn, meta, &key, &value), 0);
    assert_int_equal(((const unsigned char *)value.mv_data)[RECORD_HEADER], 1);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    world_open(&copy); /* a store like any other */
    read_everything(&copy);
    world_close(&copy);
}

/* Without room for the copy nothing changes, and the error says so. */
static void test_no_room_for_the_copy(void **state) {
    struct world *w = *state;
    struct winnow_error err = {0};
    struct store *s = NULL;
    char path[PATH_MAX + 32];
    fill_store(w);
    put_format(w, (const unsigned char[]){1, 0, 0, 0}, 4);
    snprintf(path, sizeof path, "%s/format-1", w->directory);
    close(open(path, O_CREAT | O_WRONLY, 0600)); /* a file stands where the folder goes */
    assert_int_equal(store_open(w->directory, &s, &err), -1);
    assert_int_equal(err.code, WINNOW_STORAGE);
    assert_non_null(strstr(err.text, "nothing was changed"));
    unlink(path);
    world_open(w);
    assert_int_equal(format_of(w), STORE_FORMAT);
    read_everything(w);
}

static void test_odd_format(void **state) {
    struct world *w = *state;
    put_format(w, (const unsigned char[]){1, 0}, 2);
    assert_refused(w, WINNOW_DAMAGED, "the store");
}

static void test_format_damaged_or_missing(void **state) {
    struct world *w = *state;
    struct store_txn *t = world_write(w);
    MDB_val key = {6, (void *)(uintptr_t) "format"};
    assert_int_equal(mdb_del(raw_txn(t), raw_db(w->store)->tables[TABLE_META], &key, NULL), 0);
    world_commit(w, t);
    world_close(w);
    assert_refused(w, WINNOW_DAMAGED, "no format");
}

/* How an older store takes up a table that a newer winnow has. */
static void test_missing_table_is_made(void **state) {
    struct world *w = *state;
    fill_store(w);
    struct store_txn *t = world_write(w);
    assert_int_equal(mdb_drop(raw_txn(t), raw_db(w->store)->tables[TABLE_NOTES], 1), 0);
    world_commit(w, t);
    world_reopen(w);
    t = world_write(w);
    world_must(w, store_note_put(t, 1, STORE_NOTE_RUN, "", "run", 3, &w->err));
    for (size_t i = 0; i < READERS; i++)
        world_must(w, read_all(w, t, i));
    world_commit(w, t);
}

static void check_backup(struct world *w, unsigned flags) {
    struct world copy = {.store = NULL};
    struct store_campaign c;
    temp_directory_make(copy.directory);
    assert_int_equal(mdb_env_copy2(raw_db(w->store)->env, copy.directory, flags), 0);
    world_open(&copy);
    struct store_txn *t = world_read(&copy);
    for (size_t i = 0; i < READERS; i++)
        world_must(&copy, read_all(&copy, t, i));
    assert_int_equal(store_campaign_find(t, "three", &c, &copy.err), -1);
    store_abort(t);
    world_close(&copy);
    temp_directory_remove(copy.directory);
}

/* What mdb_copy does: one moment. With MDB_CP_COMPACT while a write is open; without, it would wait
 * for its end. */
static void test_backup(void **state) {
    struct world *w = *state;
    struct store_campaign c = {.name = "three"};
    fill_store(w);
    check_backup(w, 0);
    struct store_txn *t = world_write(w);
    world_must(w, store_campaign_add(t, &c, &w->err));
    check_backup(w, MDB_CP_COMPACT);
    world_commit(w, t);
}

/* ---- files ---- */

static void fill_notes(struct world *w, uint32_t count, size_t size) {
    static char bytes[20000];
    struct store_txn *t = world_write(w);
    memset(bytes, 'n', sizeof bytes);
    for (uint32_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u", i);
        world_must(w, store_note_put(t, 1, STORE_NOTE_BATCH, name, bytes, size, &w->err));
    }
    world_commit(w, t);
}

static void test_cut_short(void **state) {
    struct world *w = *state;
    fill_notes(w, 20, 5000);
    world_close(w);
    off_t whole = data_size(w);
    static const off_t less[] = {1, 4096, 4097, 40000};
    for (size_t i = 0; i < sizeof less / sizeof less[0]; i++) {
        data_cut(w, whole - less[i]);
        assert_refused(w, WINNOW_DAMAGED, "restore the state directory from a backup");
    }
    for (off_t left = 100; left < 3 * 4096; left += 1000) {
        data_cut(w, left);
        assert_refused(w, WINNOW_DAMAGED, "damaged");
    }
}

/* What a power cut can leave of a store that was being made: LMDB's two first pages in part. */
static void write_unborn(struct world *w, unsigned char page[2][4096], bool first, bool second,
                         size_t size) {
    static const unsigned char none[4096];
    unsigned char bytes[2 * 4096];
    char path[PATH_MAX];
    data_path(w, path);
    memcpy(bytes, first ? page[0] : none, 4096);
    memcpy(bytes + 4096, second ? page[1] : none, 4096);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void test_interrupted_in_the_making(void **state) {
    struct world *w = *state;
    unsigned char page[2][4096];
    char path[PATH_MAX];
    MDB_env *env;
    world_close(w);
    data_path(w, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_open(env, w->directory, 0, 0600), 0);
    mdb_env_close(env);
    assert_int_equal(data_size(w), sizeof page);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(page, sizeof page[0], 2, file), 2);
    fclose(file);
    for (unsigned pages = 0; pages < 4; pages++)
        for (size_t size = 0; size <= sizeof page; size += 512) {
            write_unborn(w, page, pages & 1, pages & 2, size);
            world_open(w);
            world_campaign(w, "one");
            world_close(w);
        }
    /* One commit, or a byte of something else, and it is not for us to empty. */
    page[1][16 + 128] = 1;
    write_unborn(w, page, false, true, sizeof page);
    assert_refused(w, WINNOW_DAMAGED, "damaged");
    page[1][16 + 128] = 0;
    page[1][4000] = 1;
    write_unborn(w, page, false, true, sizeof page);
    assert_refused(w, WINNOW_DAMAGED, "damaged");
    assert_int_equal(data_size(w), sizeof page);
}

static void test_random_bytes(void **state) {
    struct world *w = *state;
    struct dice dice = {17};
    char path[PATH_MAX];
    world_close(w);
    data_path(w, path);
    for (int round = 0; round < 20; round++) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        for (uint32_t left = 1 + dice_below(&dice, 40000); left > 0; left--)
            fputc((int)dice_below(&dice, 256), file);
        fclose(file);
        assert_refused(w, WINNOW_DAMAGED, "damaged");
    }
}

/* Runs in a child, as a user whom permissions hold (root they do not). */
static int open_as_nobody(struct world *w) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    struct store *s = NULL;
    if (store_open(w->directory, &s, &w->err) == 0)
        return 2;
    if (w->err.code != WINNOW_STORAGE)
        return 3;
    return strstr(w->err.text, "cannot be written") != NULL ? 0 : 4;
}

static int in_child(int (*run)(struct world *w), struct world *w) {
    pid_t pid = fork();
    int status = 0;
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(run(w));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static void test_read_only_directory(void **state) {
    struct world *w = *state;
    char path[PATH_MAX];
    world_close(w);
    data_path(w, path);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(w->directory, 0555), 0);
    assert_int_equal(in_child(open_as_nobody, w), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(in_child(open_as_nobody, w), 0); /* none can be made there either */
    assert_int_equal(chmod(w->directory, 0700), 0);
}

/* ---- whole files that look cut ---- */

static void change_notes(struct world *w, struct dice *dice) {
    static char bytes[70000];
    struct store_txn *t = world_write(w);
    for (uint32_t i = dice_below(dice, 20); i > 0; i--) {
        char name[16];
        uint32_t size = dice_below(dice, dice_below(dice, 2) ? 70000 : 2000);
        snprintf(name, sizeof name, "%u", dice_below(dice, 30));
        if (dice_below(dice, 3) > 0)
            world_must(w, store_note_put(t, 1, STORE_NOTE_BATCH, name, bytes, size, &w->err));
        else
            world_must(w, store_note_remove(t, 1, STORE_NOTE_BATCH, name, &w->err));
    }
    world_commit(w, t);
}

/* Takes hundreds of pages and gives them back in one transaction: their list fills pages of its
 * own. */
static void come_and_go(struct world *w) {
    static char bytes[70000];
    struct store_txn *t = world_write(w);
    for (int going = 0; going < 2; going++)
        for (uint32_t i = 0; i < 60; i++) {
            char name[16];
            snprintf(name, sizeof name, "go%u", i);
            world_must(w, going ? store_note_remove(t, 1, STORE_NOTE_BATCH, name, &w->err)
                                : store_note_put(t, 1, STORE_NOTE_BATCH, name, bytes, sizeof bytes,
                                                 &w->err));
        }
    world_commit(w, t);
}

static int check_notes(struct world *w) {
    struct store_txn *t = world_read(w);
    int result = 0;
    for (uint32_t i = 0; i < 30 && result == 0; i++) {
        char name[16];
        const void *bytes;
        size_t size;
        snprintf(name, sizeof name, "%u", i);
        result = store_note_get(t, 1, STORE_NOTE_BATCH, name, &bytes, &size, &w->err) < 0;
    }
    store_abort(t);
    return result;
}

static void start_anew(struct world *w) {
    world_close(w);
    temp_directory_remove(w->directory);
    assert_int_equal(mkdir(w->directory, 0700), 0);
    world_open(w);
}

/* LMDB leaves pages unwritten that a transaction took and freed again: when these are the last,
 * the file is short and whole. */
static void test_whole_is_never_refused(void **state) {
    struct world *w = *state;
    uint32_t looked_cut = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct dice dice = {seed};
        start_anew(w);
        for (int round = 0; round < 20; round++) {
            change_notes(w, &dice);
            struct store_health health;
            world_must(w, store_health(w->store, &health, &w->err));
            looked_cut += health.file_bytes < health.used_bytes;
            world_reopen(w);
        }
    }
    assert_true(looked_cut > 10); /* else this test tests nothing */
}

#define PAGES_MAX 4096

/* The free pages as LMDB's own cursor tells them; returns the number of all pages. */
static uint64_t free_by_lmdb(struct world *w, bool is_free[PAGES_MAX]) {
    MDB_envinfo info;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    struct store_txn *t = world_read(w);
    memset(is_free, 0, PAGES_MAX * sizeof is_free[0]);
    assert_int_equal(mdb_env_info(raw_db(w->store)->env, &info), 0);
    assert_int_equal(mdb_cursor_open(raw_txn(t), 0, &cursor), 0);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        const uint64_t *list = value.mv_data;
        for (uint64_t i = 1; i <= list[0]; i++)
            is_free[list[i]] = true;
    }
    mdb_cursor_close(cursor);
    store_abort(t);
    assert_true(info.me_last_pgno + 1 < PAGES_MAX);
    return info.me_last_pgno + 1;
}

/* Were the file to end before a page: whole exactly when all from there on are free. */
static void test_free_pages_as_lmdb_has_them(void **state) {
    struct world *w = *state;
    struct dice dice = {8};
    uint32_t held = 0;
    uint64_t longest = 0;
    for (int round = 0; round < 100; round++) {
        static bool is_free[PAGES_MAX];
        mdb_filehandle_t fd;
        (round % 10 == 9 ? come_and_go(w) : change_notes(w, &dice));
        world_reopen(w);
        uint64_t end = free_by_lmdb(w, is_free);
        bool all = true;
        assert_int_equal(mdb_env_get_fd(raw_db(w->store)->env, &fd), 0);
        for (uint64_t first = end - 1; first > 2; first--) {
            all = all && is_free[first];
            bool holds = free_pages_hold(fd, 4096, first, end);
            held += holds;
            if (holds && end - first > longest)
                longest = end - first;
            if (holds && !all)
                fail_msg("round %d: %" PRIu64 " of %" PRIu64, round, first, end);
        }
    }
    assert_true(held > 20 && longest > 512);
}

/* Whatever opens must be all there. */
static void test_cut_is_refused_or_harmless(void **state) {
    struct world *w = *state;
    uint32_t refused = 0;
    struct dice dice = {4};
    for (int round = 0; round < 150; round++) {
        fill_notes(w, 30, 5000);
        change_notes(w, &dice);
        world_close(w);
        off_t pages = dice_below(&dice, 3) == 0 ? 1 + (off_t)dice_below(&dice, 30) : 1;
        data_cut(w, data_size(w) - 4096 * pages);
        struct store *s = NULL;
        if (store_open(w->directory, &s, &w->err) == 0) {
            w->store = s;
            world_must(w, check_notes(w));
            continue;
        }
        assert_int_equal(w->err.code, WINNOW_DAMAGED);
        refused++;
        start_anew(w);
    }
    assert_true(refused > 50);
}

/* ---- records ---- */

static void test_each_flipped_byte(void **state) {
    struct world *w = *state;
    fill_store(w);
    for (size_t i = 0; i < READERS; i++) {
        size_t size = 1;
        for (size_t at = 0; at < size; at += at < 64 ? 1 : 61) {
            struct store_txn *t = world_write(w);
            MDB_val key;
            MDB_val value;
            static unsigned char bytes[8192];
            assert_true(raw_nth(t, readers[i].table, 1, &key, &value));
            size = value.mv_size;
            assert_true(size <= sizeof bytes);
            memcpy(bytes, value.mv_data, size);
            bytes[at] ^= 0x20;
            raw_put(t, readers[i].table, key.mv_data, key.mv_size, bytes, size);
            assert_damaged(w, t, i, "a flipped byte", at);
            store_abort(t);
        }
    }
}

/* Two records change places: each is whole, under the other's key. */
static void test_swapped_records(void **state) {
    struct world *w = *state;
    fill_store(w);
    for (size_t i = 0; i < READERS; i++) {
        struct store_txn *t = world_write(w);
        MDB_val key[2];
        MDB_val value[2];
        unsigned char keys[2][ENGINE_KEY_MAX];
        static unsigned char bytes[2][8192];
        for (size_t k = 0; k < 2; k++) {
            assert_true(raw_nth(t, readers[i].table, k, &key[k], &value[k]));
            memcpy(keys[k], key[k].mv_data, key[k].mv_size);
            memcpy(bytes[k], value[k].mv_data, value[k].mv_size);
        }
        for (size_t k = 0; k < 2; k++)
            raw_put(t, readers[i].table, keys[k], key[k].mv_size, bytes[1 - k],
                    value[1 - k].mv_size);
        assert_damaged(w, t, i, "swapped", 0);
        store_abort(t);
    }
}

static void test_record_cut_or_of_another_table(void **state) {
    struct world *w = *state;
    fill_store(w);
    for (size_t i = 0; i < READERS; i++) {
        struct store_txn *t = world_write(w);
        MDB_val key;
        MDB_val value;
        assert_true(raw_nth(t, readers[i].table, 0, &key, &value));
        static unsigned char bytes[8192];
        memcpy(bytes, value.mv_data, value.mv_size);
        raw_put(t, readers[i].table, key.mv_data, key.mv_size, bytes, RECORD_HEADER - 1);
        assert_damaged(w, t, i, "cut", RECORD_HEADER - 1);
        store_abort(t);
    }
}

static void test_record_of_newer_version(void **state) {
    struct world *w = *state;
    fill_store(w);
    for (size_t i = 0; i < READERS; i++) {
        struct store_txn *t = world_write(w);
        MDB_val key;
        MDB_val value;
        static unsigned char bytes[8192];
        assert_true(raw_nth(t, readers[i].table, 0, &key, &value));
        memcpy(bytes, value.mv_data, value.mv_size);
        bytes[0] = 99; /* newer than any */
        raw_put(t, readers[i].table, key.mv_data, key.mv_size, bytes, value.mv_size);
        assert_damaged(w, t, i, "version 99", 0);
        assert_non_null(strstr(w->err.text, "version 99 and this winnow knows"));
        store_abort(t);
    }
}

/* ---- a full disk ---- */

#define NOTE_SIZE 20000

static void note_bytes(uint32_t n, unsigned char bytes[NOTE_SIZE]) {
    struct dice dice = {n};
    for (size_t i = 0; i < NOTE_SIZE; i++)
        bytes[i] = (unsigned char)dice_draw(&dice);
}

static int put_note(struct store *s, uint32_t n, struct winnow_error *err) {
    static unsigned char bytes[NOTE_SIZE];
    struct store_txn *t;
    char name[16];
    note_bytes(n, bytes);
    snprintf(name, sizeof name, "%u", n);
    if (store_write(s, STORE_ALL, &t, err) != 0)
        return -1;
    if (store_note_put(t, 1, STORE_NOTE_BATCH, name, bytes, sizeof bytes, err) != 0) {
        store_abort(t);
        return -1;
    }
    return store_commit(t, err);
}

/* Runs in a child: commits until the file may not grow; exits with how many went well. */
static int fill_disk(struct world *w) {
    struct store *s;
    struct store_txn *t;
    struct rlimit limit = {300000, 300000};
    signal(SIGXFSZ, SIG_IGN);
    if (store_open(w->directory, &s, &w->err) != 0 || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 90;
    int n = 0;
    while (n < 80 && put_note(s, (uint32_t)n, &w->err) == 0)
        n++;
    if (n == 80 || w->err.code != WINNOW_STORAGE)
        return 91;
    if (store_write(s, STORE_ALL, &t, &w->err) == 0 || store_read(s, &t, &w->err) == 0)
        return 92; /* a failed commit is never gone on from */
    store_close(s);
    return n;
}

static void test_disk_full(void **state) {
    struct world *w = *state;
    world_close(w);
    int good = in_child(fill_disk, w);
    assert_in_range(good, 3, 79);
    world_open(w);
    struct store_txn *t = world_read(w);
    for (int n = 0; n <= good; n++) {
        static unsigned char expected[NOTE_SIZE];
        const void *bytes;
        size_t size;
        char name[16];
        snprintf(name, sizeof name, "%d", n);
        int found = store_note_get(t, 1, STORE_NOTE_BATCH, name, &bytes, &size, &w->err);
        assert_int_equal(found, n < good);
        if (found != 1)
            continue;
        note_bytes((uint32_t)n, expected);
        assert_int_equal(size, NOTE_SIZE);
        assert_memory_equal(bytes, expected, NOTE_SIZE);
    }
    store_abort(t);
    world_must(w, put_note(w->store, 80, &w->err)); /* with room again it goes on */
}

/* ---- readers that died ---- */

/* A child that has the store open, and reads if it is to, until it is killed; returns once it has
 * begun. */
static pid_t start_reader(struct world *w, bool reads) {
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct store *s;
        struct store_txn *t;
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
        if (store_open(w->directory, &s, &w->err) != 0 ||
            (reads && store_read(s, &t, &w->err) != 0) || write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void kill_reader(pid_t pid) {
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_stale_reader_is_freed(void **state) {
    struct world *w = *state;
    struct store_health health;
    world_close(w);
    pid_t pid = start_reader(w, true);
    world_open(w);
    world_must(w, store_health(w->store, &health, &w->err));
    assert_int_equal(health.stale_readers, 0); /* it lives */
    kill_reader(pid);
    world_must(w, store_health(w->store, &health, &w->err));
    assert_int_equal(health.stale_readers, 1);
    world_must(w, store_health(w->store, &health, &w->err));
    assert_int_equal(health.stale_readers, 0);
}

static off_t grow_by(struct world *w, uint32_t commits) {
    off_t before = data_size(w);
    for (uint32_t i = 0; i < commits; i++)
        world_must(w, put_note(w->store, 1, &w->err));
    return data_size(w) - before;
}

/* What a dead reader would cost: none of the pages freed since could be used again. (Were nobody
 * else there, LMDB would begin a new table of readers by itself.) */
static void test_opening_frees_stale_readers(void **state) {
    struct world *w = *state;
    grow_by(w, 10);
    world_close(w);
    pid_t other = start_reader(w, false);
    pid_t pid = start_reader(w, true);
    world_open(w);
    assert_true(grow_by(w, 50) > 50 * NOTE_SIZE / 2);
    world_close(w);
    kill_reader(pid);
    world_open(w);
    assert_true(grow_by(w, 50) < 5 * NOTE_SIZE);
    kill_reader(other);
}

/* ---- the map ---- */

/* The map is sized by the length of the file, so a sparse tail stands for a store that large. */
static void test_map_grows_with_the_file(void **state) {
    struct world *w = *state;
    static const struct {
        uint64_t file_gib, map_gib;
    } rows[] = {{1, 16}, {4, 16}, {5, 20}, {40, 160}};
    world_must(w, put_note(w->store, 1, &w->err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_close(w);
        data_cut(w, (off_t)(rows[i].file_gib << 30));
        world_open(w);
        struct store_health health;
        world_must(w, store_health(w->store, &health, &w->err));
        assert_int_equal(health.map_bytes, rows[i].map_gib << 30);
        world_must(w, put_note(w->store, 2, &w->err));
        assert_int_equal(check_notes(w), 0);
    }
}

/* Another process made the store outgrow the map that we opened it with. */
static void test_map_grown_by_another_is_adopted(void **state) {
    struct world *w = *state;
    world_close(w);
    world_open(w);
    assert_int_equal(mdb_env_set_mapsize(raw_db(w->store)->env, 1 << 20),
                     0); /* a small map of ours */
    pid_t pid = fork();
    int status;
    assert_true(pid >= 0);
    if (pid == 0) {
        struct store *s;
        int failed = store_open(w->directory, &s, &w->err) != 0;
        for (uint32_t n = 0; n < 100 && !failed; n++)
            failed = put_note(s, n, &w->err) != 0;
        _exit(failed);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(check_notes(w), 0);
    world_must(w, put_note(w->store, 101, &w->err));
}

int main(void) {
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, world_make, world_remove)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_new_and_again),
        WITH_STORE(test_all_can_be_read),
        WITH_STORE(test_newer_format),
        WITH_STORE(test_older_format_is_migrated),
        WITH_STORE(test_no_room_for_the_copy),
        WITH_STORE(test_odd_format),
        WITH_STORE(test_format_damaged_or_missing),
        WITH_STORE(test_missing_table_is_made),
        WITH_STORE(test_backup),
        WITH_STORE(test_cut_short),
        WITH_STORE(test_interrupted_in_the_making),
        WITH_STORE(test_random_bytes),
        WITH_STORE(test_read_only_directory),
        WITH_STORE(test_whole_is_never_refused),
        WITH_STORE(test_free_pages_as_lmdb_has_them),
        WITH_STORE(test_cut_is_refused_or_harmless),
        WITH_STORE(test_each_flipped_byte),
        WITH_STORE(test_swapped_records),
        WITH_STORE(test_record_cut_or_of_another_table),
        WITH_STORE(test_record_of_newer_version),
        WITH_STORE(test_disk_full),
        WITH_STORE(test_stale_reader_is_freed),
        WITH_STORE(test_opening_frees_stale_readers),
        WITH_STORE(test_map_grows_with_the_file),
        WITH_STORE(test_map_grown_by_another_is_adopted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
