/* The account's repository, as far as it is about people: posts, likes, reposts, lists and their
 * items, blocks (none). Messages and bookmarks are in no repository.
 *
 * Happy path: every record has a key made of its time, and a page is those behind the cursor.
 * Failure: a collection that the repository does not have gives false. */
#include "bluesky.h"

#include <stdio.h>
#include <string.h>

#define POST   "app.bsky.feed.post"
#define LIKE   "app.bsky.feed.like"
#define REPOST "app.bsky.feed.repost"
#define LIST   "app.bsky.graph.list"
#define ITEM   "app.bsky.graph.listitem"
#define BLOCK  "app.bsky.graph.block"

#define TEXT         "quite so"
#define HOUR_US      UINT64_C(3600000000)
#define DAY_US       UINT64_C(86400000000)
#define LISTS_S      UINT64_C(1700000000) /* when the lists were made */
#define PER_ITEM_MAX GROUPS

/* One of the collections: its records are numbers 0 .. count-1, oldest first. */
struct shelf {
    uint32_t count;
    bool (*has)(const struct sim *sim, const char *collection, uint32_t number);
    uint64_t (*micros)(const struct sim *sim, uint32_t number);
    void (*value)(struct sim *sim, uint32_t number, struct buf *out);
};

static void when_json(uint64_t micros, struct buf *out) {
    char when[40];
    time_iso(when, sizeof when, micros * 1000, false);
    buf_printf(out, "\"createdAt\":\"%.19s.%03uZ\"", when, (unsigned)(micros / 1000 % 1000));
}

/* A post of somebody's, of an hour before. */
static void strong_ref(const char *did, uint64_t micros, struct buf *out) {
    char rkey[16];
    char cid[64];
    tid_make(micros - HOUR_US, 7, rkey);
    cid_text(micros, cid);
    buf_printf(out, "{\"uri\":\"at://%s/" POST "/%s\",\"cid\":\"%s\"}", did, rkey, cid);
}

/* ---- posts, likes, reposts ---- */

static bool happened(const struct sim *sim, const char *collection, uint32_t number) {
    const struct happening *one = &sim->people.happening[number];
    bool post = one->what == E_REPLY || one->what == E_MENTION || one->what == E_QUOTE ||
                one->what == E_ALONE;
    return one->ours && (strcmp(collection, POST) == 0   ? post
                         : strcmp(collection, LIKE) == 0 ? one->what == E_LIKE
                                                         : one->what == E_BOOST);
}

static uint64_t happening_micros(const struct sim *sim, uint32_t number) {
    return sim->people.happening[number].ms * 1000;
}

static void mention_json(const char *did, const char *handle, struct buf *out) {
    buf_printf(out,
               ",\"text\":\"@%s has built this\",\"facets\":[{\"index\":{\"byteStart\":0,"
               "\"byteEnd\":%zu},\"features\":[{\"$type\":\"app.bsky.richtext.facet#mention\","
               "\"did\":\"%s\"}]}]",
               handle, strlen(handle) + 1, did);
}

/* Every other quote has a picture as well, which puts the record one deeper. */
static void quote_json(const char *did, uint64_t micros, struct buf *out) {
    bool media = micros / 1000000 % 2 == 0;
    buf_str(out, ",\"text\":\"worth reading\",\"embed\":");
    if (media) {
        buf_str(out, "{\"$type\":\"app.bsky.embed.recordWithMedia\",\"media\":{\"$type\":"
                     "\"app.bsky.embed.images\",\"images\":[]},\"record\":");
    }
    buf_str(out, "{\"$type\":\"app.bsky.embed.record\",\"record\":");
    strong_ref(did, micros, out);
    buf_str(out, media ? "}}" : "}");
}

static void post_json(struct sim *sim, const struct happening *one, struct buf *out) {
    uint64_t micros = one->ms * 1000;
    bool thread = one->what == E_ALONE && one->ms / 1000 % 3 == 0;
    char did[ID_MAX];
    char handle[ID_MAX] = "";
    (void)snprintf(did, sizeof did, "%.99s", account_id(sim, P_BLUESKY));
    if (one->who != SIM_NONE) {
        follows_id(&sim->follows, P_BLUESKY, one->who, did);
        follows_handle(&sim->follows, P_BLUESKY, one->who, handle);
    }
    if (one->what == E_MENTION) {
        mention_json(did, handle, out);
    } else if (one->what == E_QUOTE) {
        quote_json(did, micros, out);
    } else if (one->what == E_REPLY || thread) {
        buf_str(out, ",\"text\":\"" TEXT "\",\"reply\":{\"root\":");
        strong_ref(did, micros, out);
        buf_str(out, ",\"parent\":");
        strong_ref(did, micros, out);
        buf_str(out, "}");
    } else {
        buf_str(out, ",\"text\":\"low tide at noon\"");
    }
    buf_str(out, ",\"langs\":[\"en\"]");
}

static void happening_value(struct sim *sim, uint32_t number, struct buf *out) {
    const struct happening *one = &sim->people.happening[number];
    char did[ID_MAX];
    if (one->what != E_LIKE && one->what != E_BOOST) {
        post_json(sim, one, out);
        return;
    }
    follows_id(&sim->follows, P_BLUESKY, one->who, did);
    buf_str(out, ",\"subject\":");
    strong_ref(did, one->ms * 1000, out);
}

/* ---- lists and who is in them ---- */

static bool any(const struct sim *sim, const char *collection, uint32_t number) {
    (void)sim;
    (void)collection;
    (void)number;
    return true;
}

static uint64_t list_micros(const struct sim *sim, uint32_t number) {
    (void)sim;
    return (LISTS_S + number) * 1000000;
}

static void list_value(struct sim *sim, uint32_t number, struct buf *out) {
    buf_str(out, ",\"purpose\":\"app.bsky.graph.defs#curatelist\",\"name\":");
    buf_json(out, people_text(&sim->people, sim->people.lists.name[number]));
}

/* A person is on as many items as lists: number = person * most lists + list. */
static bool is_item(const struct sim *sim, const char *collection, uint32_t number) {
    (void)collection;
    return (sim->people.person[number / PER_ITEM_MAX].lists >> number % PER_ITEM_MAX & 1) != 0;
}

/* People are in order of their follows, so these are too. */
static uint64_t item_micros(const struct sim *sim, uint32_t number) {
    return record_micros(&sim->follows, number / PER_ITEM_MAX) + DAY_US;
}

static void item_value(struct sim *sim, uint32_t number, struct buf *out) {
    char did[ID_MAX];
    char rkey[16];
    follows_id(&sim->follows, P_BLUESKY, number / PER_ITEM_MAX, did);
    tid_make(list_micros(sim, number % PER_ITEM_MAX), number % PER_ITEM_MAX, rkey);
    buf_printf(out, ",\"subject\":\"%s\",\"list\":\"at://%.99s/" LIST "/%s\"", did,
               account_id(sim, P_BLUESKY), rkey);
}

/* ---- pages ---- */

static bool shelf_of(const struct sim *sim, const char *collection, struct shelf *shelf) {
    const struct people *people = &sim->people;
    if (strcmp(collection, POST) == 0 || strcmp(collection, LIKE) == 0 ||
        strcmp(collection, REPOST) == 0) {
        *shelf = (struct shelf){people->happenings, happened, happening_micros, happening_value};
    } else if (strcmp(collection, LIST) == 0) {
        *shelf = (struct shelf){people->lists.count, any, list_micros, list_value};
    } else if (strcmp(collection, ITEM) == 0) {
        *shelf = (struct shelf){people->count * PER_ITEM_MAX, is_item, item_micros, item_value};
    } else if (strcmp(collection, BLOCK) == 0) {
        *shelf = (struct shelf){0, any, list_micros, list_value};
    } else {
        return false;
    }
    return true;
}

static void key_of(const struct sim *sim, const struct shelf *shelf, uint32_t number, char *rkey) {
    tid_make(shelf->micros(sim, number), number, rkey);
}

static void record_json(struct sim *sim, const struct shelf *shelf, const char *collection,
                        uint32_t number, struct buf *out) {
    char rkey[16];
    char cid[64];
    uint64_t micros = shelf->micros(sim, number);
    key_of(sim, shelf, number, rkey);
    cid_text(micros + number, cid);
    buf_printf(out, "{\"uri\":\"at://%.99s/%s/%s\",\"cid\":\"%s\",\"value\":{\"$type\":\"%s\",",
               account_id(sim, P_BLUESKY), collection, rkey, cid, collection);
    when_json(micros, out);
    shelf->value(sim, number, out);
    buf_str(out, "}}");
}

/* Whether the record is behind the cursor, in the page's direction. */
static bool behind(const struct page *page, const char *rkey) {
    if (page->cursor == NULL) {
        return true;
    }
    int order = strcmp(rkey, page->cursor);
    return page->up ? order > 0 : order < 0;
}

bool bluesky_people_records(struct sim *sim, const struct page *page, struct reply *reply) {
    struct shelf shelf = {0};
    char rkey[16] = "";
    uint32_t count = 0;
    if (!shelf_of(sim, page->collection, &shelf)) {
        return false;
    }
    reply_text(reply, 200, "{\"records\":[");
    for (uint32_t i = 0; i < shelf.count && count < page->limit; i++) {
        uint32_t number = page->up ? i : shelf.count - 1 - i;
        if (!shelf.has(sim, page->collection, number)) {
            continue;
        }
        char key[16];
        key_of(sim, &shelf, number, key);
        if (behind(page, key)) {
            buf_str(reply->body, count++ == 0 ? "" : ",");
            record_json(sim, &shelf, page->collection, number, reply->body);
            memcpy(rkey, key, sizeof rkey);
        }
    }
    buf_str(reply->body, "]");
    if (count > 0) {
        buf_printf(reply->body, ",\"cursor\":\"%s\"", rkey);
    }
    buf_str(reply->body, "}");
    return true;
}

void bluesky_all_records(struct sim *sim, void (*take)(void *cls, const char *json), void *cls) {
    static const char *const collections[] = {POST, LIKE, REPOST, LIST, ITEM};
    const struct bits *records = &sim->follows.records;
    struct buf json = {0};
    for (uint32_t at = bits_prev(records, SIM_NONE); at != SIM_NONE; at = bits_prev(records, at)) {
        buf_clear(&json);
        bluesky_follow_json(sim, at, &json);
        take(cls, json.text);
    }
    for (size_t i = 0; i < sizeof collections / sizeof collections[0]; i++) {
        struct shelf shelf = {0};
        (void)shelf_of(sim, collections[i], &shelf);
        for (uint32_t number = shelf.count; number-- > 0;) {
            if (shelf.has(sim, collections[i], number)) {
                buf_clear(&json);
                record_json(sim, &shelf, collections[i], number, &json);
                take(cls, json.text);
            }
        }
    }
    buf_free(&json);
}
