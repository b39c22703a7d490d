/* A walk over all followees by number, their texts and gone marks beside them: see store.h. Happy
 * path: three cursors that go the same way. Fails as the store does. */
#include "store/records/codec.h"
#include "store/records/gone.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct scanning {
    const struct store_scan *scan;
    struct store_txn *txn;
    MDB_cursor *texts;
    struct gone_walk gone;
    bool texts_begun;
    uint32_t campaign, since_forgot;
    const unsigned char *lowest, *highest; /* addresses in the map that were read */
};

static int scan_texts(struct scanning *s, const unsigned char *key, size_t size, struct facts *f,
                      struct winnow_error *err) {
    MDB_val value;
    MDB_val k;
    struct record record;
    int code = mdb_cursor_get(s->texts, &k, &value, s->texts_begun ? MDB_NEXT : MDB_GET_CURRENT);
    s->texts_begun = true;
    if (code != 0 && code != MDB_NOTFOUND)
        return store_fail(err, code, "reading the store");
    if (code != 0 || k.mv_size != size || memcmp(k.mv_data, key, size) != 0)
        return store_damaged(err, TABLE_TEXTS, "a followee that is missing");
    if (record_check(TABLE_TEXTS, &k, &value, &record, err) != 0)
        return -1;
    return codec_texts_read(record, f, err);
}

/* Only in a read: there every address lies in the map of the file, so that dropping the pages
 * loses nothing. (A write's changed pages are memory of their own.) */
static void forget(struct scanning *s, const unsigned char *at) {
    if (s->lowest == NULL || at < s->lowest)
        s->lowest = at;
    if (at > s->highest)
        s->highest = at;
    if (s->scan->forget_every == 0 || ++s->since_forgot < s->scan->forget_every || s->txn->writes)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = (uintptr_t)s->lowest / page * page;
    uintptr_t to = (uintptr_t)s->highest / page * page;
    if (to > from)
        madvise((void *)from, to - from, MADV_DONTNEED);
    s->since_forgot = 0;
    s->lowest = NULL;
    s->highest = NULL;
}

static int scan_followee(void *context, const unsigned char *key, size_t size, struct record record,
                         struct winnow_error *err) {
    struct scanning *s = context;
    struct facts f;
    if (size != 8)
        return store_damaged(err, TABLE_FACTS, "a key of the wrong size");
    uint32_t number = (uint32_t)get_be(key + 4, 4);
    if (codec_facts_read(record, &f, err) != 0)
        return -1;
    if (s->texts != NULL && scan_texts(s, key, size, &f, err) != 0)
        return -1;
    uint64_t gone = 0;
    if (!s->scan->without_gone && gone_walk_bits(&s->gone, number, &gone, err) != 0)
        return -1;
    int result = s->scan->each(s->scan->context, number, &f, gone, err);
    forget(s, record.at);
    return result;
}

static int open_beside(struct scanning *s, struct winnow_error *err) {
    struct store *store = s->txn->store;
    struct key from = key_of(s->campaign);
    MDB_val key = {from.size, from.bytes};
    MDB_val value;
    if (!s->scan->without_gone && gone_walk_open(&s->gone, s->txn, s->campaign, err) != 0)
        return -1;
    if (s->scan->detail != STORE_FACTS_AND_TEXTS)
        return 0;
    int code = mdb_cursor_open(s->txn->txn, store->tables[TABLE_TEXTS], &s->texts);
    if (code == 0)
        code = mdb_cursor_get(s->texts, &key, &value, MDB_SET_RANGE);
    /* an empty campaign has none, and its scan asks for none */
    return code == 0 || code == MDB_NOTFOUND ? 0 : store_fail(err, code, "reading the store");
}

int store_roster_scan(struct store_txn *t, uint32_t campaign, const struct store_scan *scan,
                      struct winnow_error *err) {
    struct scanning s = {.scan = scan, .txn = t, .campaign = campaign};
    struct key prefix = key_of(campaign);
    int result = open_beside(&s, err);
    if (result == 0)
        result = table_scan(t, TABLE_FACTS, &prefix, NULL, scan_followee, &s, err);
    gone_walk_close(&s.gone);
    if (s.texts != NULL)
        mdb_cursor_close(s.texts);
    return result;
}
