/* Batches: see batch.h. Fails as the store does, and after 65,535 batches of one campaign. */
#include "work/campaign/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void batch_name(uint32_t batch, char name[16]) {
    snprintf(name, 16, "%" PRIu32, batch);
}

int batch_start(struct store_txn *t, struct store_campaign *c, const struct batch_start *start,
                uint16_t *batch, struct winnow_error *err) {
    char name[16];
    char note[96];
    if (c->batches >= UINT16_MAX)
        return winnow_fail(
            err, WINNOW_BAD_INPUT,
            "campaign %s has had %u imports and fetches, the most there can be: make "
            "a new one",
            c->name, c->batches);
    *batch = (uint16_t)++c->batches;
    batch_name(*batch, name);
    int size = snprintf(note, sizeof note, "%s %" PRId64 " %" PRId64, start->kind, start->now_ms,
                        start->as_of_ms);
    return store_note_put(t, c->id, STORE_NOTE_BATCH, name, note, (size_t)size, err);
}

/* "KIND TIME AS_OF"; before there were archives "KIND TIME". */
static bool note_read(const void *bytes, size_t size, struct batch_source *out) {
    char note[96];
    if (size >= sizeof note)
        return false;
    memcpy(note, bytes, size);
    note[size] = '\0';
    char *space = strchr(note, ' ');
    if (space == NULL || (size_t)(space - note) >= sizeof out->kind)
        return false;
    char *end;
    out->as_of_ms = strtoll(space + 1, &end, 10);
    if (end == space + 1)
        return false;
    if (*end == ' ')
        out->as_of_ms = strtoll(end + 1, NULL, 10);
    *space = '\0';
    memcpy(out->kind, note, (size_t)(space - note) + 1);
    return true;
}

int batch_source_get(struct store_txn *t, uint32_t campaign, uint16_t batch,
                     struct batch_source *out, struct winnow_error *err) {
    char name[16];
    const void *bytes;
    size_t size;
    batch_name(batch, name);
    int found = store_note_get(t, campaign, STORE_NOTE_BATCH, name, &bytes, &size, err);
    if (found != 1 || !note_read(bytes, size, out))
        *out = (struct batch_source){"", INT64_MAX};
    return found < 0 ? -1 : 0;
}

int64_t batch_wall_ms(int64_t engine_ms, int64_t wall_offset_ms) {
    return (engine_ms + wall_offset_ms + 500) / 1000 * 1000;
}

/* ---- ages ---- */

int batch_ages_load(struct batch_ages *a, struct store_txn *t, const struct store_campaign *c,
                    struct winnow_error *err) {
    batch_ages_free(a);
    a->as_of_ms = calloc((size_t)c->batches + 1, sizeof *a->as_of_ms);
    if (a->as_of_ms == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (uint32_t batch = 1; batch <= c->batches; batch++) {
        struct batch_source source;
        if (batch_source_get(t, c->id, (uint16_t)batch, &source, err) != 0)
            return -1;
        a->as_of_ms[batch] = source.as_of_ms;
    }
    a->ages = (struct facts_ages){a->as_of_ms, c->batches + 1};
    return 0;
}

void batch_ages_free(struct batch_ages *a) {
    free(a->as_of_ms);
    *a = (struct batch_ages){0};
}

/* ---- who is absent ---- */

/* What the absence of somebody means, in `no`. false: nothing that is not there already. */
static bool absence(const struct facts *f, const struct batch_absent *absent, struct facts *no) {
    facts_clear(no);
    for (int id = 0; id < FACT_COUNT; id++) {
        enum tri is = facts_flag(f, (enum fact_id)id);
        bool told = f->sources[id] == absent->batch && is == TRI_YES;
        if ((absent->none >> id & 1u) != 0 && !told && is != TRI_NO)
            facts_set_flag(no, (enum fact_id)id, false);
    }
    facts_came_from(no, absent->batch);
    return no->known != 0 && facts_known(f, FACT_ID);
}

int batch_mark_absent(struct store_txn *t, struct store_campaign *c,
                      const struct batch_absent *absent, uint64_t *changed,
                      struct winnow_error *err) {
    for (uint32_t number = 0; number < c->followees; number++) {
        struct facts f;
        struct facts no;
        char keep[FACT_ID_MAX];
        if (store_followee_get(t, c->id, number, STORE_FACTS_AND_TEXTS, &f, err) != 0)
            return -1;
        if (!absence(&f, absent, &no))
            continue;
        /* The id is read from the store and written to it: copy it out of the way. */
        uint32_t size = facts_text(&f, FACT_ID).size;
        memcpy(keep, facts_text(&f, FACT_ID).at, size);
        facts_set_text(&no, FACT_ID, keep, size);
        enum store_change change;
        uint32_t same;
        if (store_followee_merge(t, c, &no, true, &change, &same, err) != 0)
            return -1;
        *changed += change == STORE_CHANGED;
    }
    return 0;
}
