/* Where a step of a fetch stands: see fetch_state.h. Little-endian numbers, then the cursor: the
 * same layout for all kinds, with places that each kind uses for its own. Fails as the store does,
 * and with WINNOW_DAMAGED when what is stored is too short. */
#include "work/pages/fetch_state.h"

#include <string.h>

#define HEAD_SIZE ((size_t)2 + 4 + (size_t)8 * 8)

static unsigned char *state_put(unsigned char *at, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)(value >> (8 * i) & 0xff);
    return at + size;
}

static uint64_t state_get(const unsigned char **at, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)(*at)[i] << (8 * i);
    *at += size;
    return value;
}

/* The places of a note that are a kind's own. */
struct places {
    uint32_t part;
    uint64_t full, follows;
};

static struct places places_of(const struct fetch_state *s) {
    switch (s->kind) {
    case FETCH_KIND_FOLLOWING:
        return (struct places){.full = s->following.with_counts};
    case FETCH_KIND_FOLLOWERS:
        return (struct places){.full = s->followers.known};
    case FETCH_KIND_ASKED:
        return (struct places){s->asked.next, s->asked.with_counts, s->asked.with_follow};
    case FETCH_KIND_HIDDEN:
        return (struct places){s->hidden.next, s->hidden.alone, s->hidden.gone};
    case FETCH_KIND_LISTS:
        return (struct places){.part = s->lists.part, .full = s->lists.members};
    case FETCH_KIND_TALK:
        return (struct places){.part = s->talk.source,
                               .full = s->talk.datasets,
                               .follows = (uint64_t)s->talk.since_ms};
    }
    return (struct places){0};
}

static void take_places(struct fetch_state *s, struct places p) {
    switch (s->kind) {
    case FETCH_KIND_FOLLOWING:
        s->following.with_counts = p.full;
        break;
    case FETCH_KIND_FOLLOWERS:
        s->followers.known = p.full;
        break;
    case FETCH_KIND_ASKED:
        s->asked.next = p.part;
        s->asked.with_counts = p.full;
        s->asked.with_follow = p.follows;
        break;
    case FETCH_KIND_HIDDEN:
        s->hidden.next = p.part;
        s->hidden.alone = p.full;
        s->hidden.gone = p.follows;
        break;
    case FETCH_KIND_LISTS:
        s->lists.part = p.part;
        s->lists.members = p.full;
        break;
    case FETCH_KIND_TALK:
        s->talk.source = p.part;
        s->talk.datasets = p.full;
        s->talk.since_ms = (int64_t)p.follows;
        break;
    }
}

int fetch_state_load(struct store_txn *t, uint32_t campaign, const char *step,
                     struct fetch_state *out, struct buffer *cursor, struct winnow_error *err) {
    const void *bytes;
    size_t size;
    buffer_clear(cursor);
    int found = store_note_get(t, campaign, STORE_NOTE_FETCH, step, &bytes, &size, err);
    if (found <= 0)
        return found;
    const unsigned char *at = bytes;
    if (size < HEAD_SIZE)
        return winnow_fail(err, WINNOW_DAMAGED,
                           "where the fetch of %s stands cannot be read: begin anew with "
                           "--restart",
                           step);
    out->batch = (uint16_t)state_get(&at, 2);
    struct places p = {.part = (uint32_t)state_get(&at, 4)};
    out->begun_ms = (int64_t)state_get(&at, 8);
    out->told = (int64_t)state_get(&at, 8);
    out->rows = state_get(&at, 8);
    p.full = state_get(&at, 8);
    p.follows = state_get(&at, 8);
    out->skipped = state_get(&at, 8);
    out->pages = state_get(&at, 8);
    out->roster = state_get(&at, 8);
    take_places(out, p);
    buffer_add(cursor, at, size - HEAD_SIZE);
    return 1;
}

int fetch_state_save(struct store_txn *t, uint32_t campaign, const char *step,
                     const struct fetch_state *s, const struct buffer *cursor,
                     struct winnow_error *err) {
    unsigned char bytes[HEAD_SIZE + HTTP_TARGET_MAX];
    struct places p = places_of(s);
    if (cursor->size > HTTP_TARGET_MAX)
        return winnow_fail(err, WINNOW_NETWORK, "the server's page cursor is too long");
    unsigned char *at = state_put(bytes, s->batch, 2);
    at = state_put(at, p.part, 4);
    at = state_put(at, (uint64_t)s->begun_ms, 8);
    at = state_put(at, (uint64_t)s->told, 8);
    at = state_put(at, s->rows, 8);
    at = state_put(at, p.full, 8);
    at = state_put(at, p.follows, 8);
    at = state_put(at, s->skipped, 8);
    at = state_put(at, s->pages, 8);
    at = state_put(at, s->roster, 8);
    if (cursor->size > 0)
        memcpy(at, cursor->at, cursor->size);
    return store_note_put(t, campaign, STORE_NOTE_FETCH, step, bytes, HEAD_SIZE + cursor->size,
                          err);
}

int fetch_state_remove(struct store_txn *t, uint32_t campaign, const char *step,
                       struct winnow_error *err) {
    return store_note_remove(t, campaign, STORE_NOTE_FETCH, step, err);
}
