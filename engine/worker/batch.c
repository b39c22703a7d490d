/* Batches: see batch.h. Fails as the store does, and after 65,535 batches of one campaign. */
#include "worker/batch.h"

#include <stdio.h>
#include <string.h>

int batch_start(struct store_txn *t, struct store_campaign *c, const char *kind, int64_t now_ms,
                uint16_t *batch, struct winnow_error *err) {
    char name[16];
    char note[64];
    if (c->batches >= UINT16_MAX)
        return winnow_fail(
            err, WINNOW_BAD_INPUT,
            "campaign %s has had %u imports and fetches, the most there can be: make "
            "a new one",
            c->name, c->batches);
    *batch = (uint16_t)++c->batches;
    snprintf(name, sizeof name, "%u", *batch);
    int size = snprintf(note, sizeof note, "%s %lld", kind, (long long)now_ms);
    return store_note_put(t, c->id, STORE_NOTE_BATCH, name, note, (size_t)size, err);
}

int batch_mark_not_following(struct store_txn *t, struct store_campaign *c, uint16_t batch,
                             uint64_t *changed, struct winnow_error *err) {
    for (uint32_t number = 0; number < c->followees; number++) {
        struct facts f;
        struct facts no;
        char keep[FACT_ID_MAX + FACT_HANDLE_MAX];
        if (store_followee_get(t, c->id, number, STORE_FACTS_AND_TEXTS, &f, err) != 0)
            return -1;
        bool told =
            f.sources[FACT_FOLLOWS_ME] == batch && facts_flag(&f, FACT_FOLLOWS_ME) == TRI_YES;
        if (told || facts_flag(&f, FACT_FOLLOWS_ME) == TRI_NO || !facts_known(&f, FACT_ID))
            continue;
        /* The id is read from the store and written to it: copy it out of the way. */
        uint32_t size = f.text[FACT_ID].size;
        memcpy(keep, f.text[FACT_ID].at, size);
        facts_clear(&no);
        facts_came_from(&no, batch);
        facts_set_text(&no, FACT_ID, keep, size);
        facts_set_flag(&no, FACT_FOLLOWS_ME, false);
        enum store_change change;
        uint32_t same;
        if (store_followee_merge(t, c, &no, true, &change, &same, err) != 0)
            return -1;
        ++*changed;
    }
    return 0;
}
