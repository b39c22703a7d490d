/* A walk over all followees by number, their texts and gone marks beside them: see store.h. Happy
 * path: three walks that go the same way. Fails as the store does. */
#include "store/roster/gone.h"
#include "store/tables/codec.h"

#include <string.h>

struct scanning {
    const struct store_scan *scan;
    struct table_walk facts, texts;
    struct gone_walk gone;
};

static int scan_texts(struct scanning *s, const unsigned char *key, size_t size, struct facts *f,
                      struct winnow_error *err) {
    struct engine_bytes at;
    struct record record;
    int more = table_next(&s->texts, &at, &record, err);
    if (more < 0)
        return -1;
    if (more == 0 || at.size != size || memcmp(at.at, key, size) != 0)
        return store_damaged(err, TABLE_TEXTS, "a followee that is missing");
    return codec_texts_read(record, f, err);
}

static int scan_followee(struct scanning *s, const unsigned char *key, size_t size,
                         struct record record, struct winnow_error *err) {
    struct facts f;
    if (size != 8)
        return store_damaged(err, TABLE_FACTS, "a key of the wrong size");
    uint32_t number = (uint32_t)get_be(key + 4, 4);
    if (codec_facts_read(record, &f, err) != 0)
        return -1;
    if (s->texts.kind != NULL && scan_texts(s, key, size, &f, err) != 0)
        return -1;
    uint64_t gone = 0;
    if (!s->scan->without_gone && gone_walk_bits(&s->gone, number, &gone, err) != 0)
        return -1;
    return s->scan->each(s->scan->context, number, &f, gone, err);
}

static int open_beside(struct scanning *s, struct store_txn *t, uint32_t campaign,
                       struct winnow_error *err) {
    struct key prefix = key_of(campaign);
    if (!s->scan->without_gone && gone_walk_open(&s->gone, t, campaign, err) != 0)
        return -1;
    return s->scan->detail != STORE_FACTS_AND_TEXTS
               ? 0
               : table_walk(t, TABLE_TEXTS, &prefix, NULL, false, &s->texts, err);
}

int store_roster_scan(struct store_txn *t, uint32_t campaign, const struct store_scan *scan,
                      struct winnow_error *err) {
    struct scanning s = {.scan = scan};
    struct key prefix = key_of(campaign);
    struct engine_bytes key;
    struct record record;
    int result = open_beside(&s, t, campaign, err);
    int more = 0;
    if (result == 0)
        result = table_walk(t, TABLE_FACTS, &prefix, NULL, true, &s.facts, err);
    while (result == 0 && (more = table_next(&s.facts, &key, &record, err)) == 1)
        result = scan_followee(&s, key.at, key.size, record, err);
    gone_walk_close(&s.gone);
    table_leave(&s.texts);
    table_leave(&s.facts);
    return more < 0 ? -1 : result;
}
