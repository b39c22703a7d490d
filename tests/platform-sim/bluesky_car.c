/* The account's repository as one file: com.atproto.sync.getRepo, a CAR of DAG-CBOR blocks.
 *
 * Happy path: the records about people, as listRecords has them, become blocks; a Merkle search
 * tree over their sorted keys leads to them; a commit leads to the tree, and its CID stands in the
 * head. As from a real server, blocks are in no order of the tree, and one belongs to nothing.
 * Failure: {"error","message"} for a repository that is not the account's; what --repo asks to be
 * wrong. The signature is made up: it needs a key that nobody here has. */
#include "bluesky.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CID_LEN 36
#define KEY_MAX 64

struct entry_of_tree {
    char key[KEY_MAX]; /* collection/rkey */
    uint8_t cid[CID_LEN];
    unsigned depth;
};

struct car {
    struct buf blocks; /* of records, then of the tree */
    struct entry_of_tree *entry;
    uint32_t count;
    uint32_t room;
    enum repo wrong;
};

/* ---- DAG-CBOR ---- */

enum major { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG };

static void byte(struct buf *out, unsigned value) {
    char c = (char)(unsigned char)value;
    buf_put(out, &c, 1);
}

static void head(struct buf *out, enum major major, uint64_t value) {
    int len = value < 24 ? 0 : value < 256 ? 1 : value < 65536 ? 2 : value <= UINT32_MAX ? 4 : 8;
    unsigned short_form = len == 0   ? (unsigned)value
                          : len == 1 ? 24
                          : len == 2 ? 25
                          : len == 4 ? 26
                                     : 27;
    byte(out, (unsigned)major << 5 | short_form);
    for (int i = len - 1; i >= 0; i--) {
        byte(out, (unsigned)(value >> (8 * i) & 255));
    }
}

static void put_text(struct buf *out, const char *text) {
    head(out, TEXT, strlen(text));
    buf_put(out, text, strlen(text));
}

static void put_null(struct buf *out) {
    byte(out, 0xf6);
}

static void put_link(struct buf *out, const uint8_t *cid) {
    if (cid == NULL) {
        put_null(out);
        return;
    }
    head(out, TAG, 42);
    head(out, BYTES, CID_LEN + 1);
    byte(out, 0);
    buf_put(out, (const char *)cid, CID_LEN);
}

/* Shorter keys first, then by their bytes. */
static int by_key(const void *a, const void *b) {
    const char *one = *(const char *const *)a;
    const char *two = *(const char *const *)b;
    size_t one_len = strlen(one);
    size_t two_len = strlen(two);
    return one_len != two_len ? (one_len < two_len ? -1 : 1) : strcmp(one, two);
}

static void put_json(struct buf *out, json_t *json);

static void put_object(struct buf *out, json_t *json) {
    const char *key[32];
    size_t count = 0;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(json, name, value) {
        if (count == sizeof key / sizeof key[0]) {
            sim_die("a record with more than 32 keys in an object");
        }
        key[count++] = name;
    }
    qsort(key, count, sizeof key[0], by_key);
    head(out, MAP, count);
    for (size_t i = 0; i < count; i++) {
        put_text(out, key[i]);
        put_json(out, json_object_get(json, key[i]));
    }
}

static void put_json(struct buf *out, json_t *json) {
    size_t i = 0;
    json_t *item = NULL;
    if (json_is_object(json)) {
        put_object(out, json);
    } else if (json_is_array(json)) {
        head(out, ARRAY, json_array_size(json));
        json_array_foreach(json, i, item) {
            put_json(out, item);
        }
    } else if (json_is_string(json)) {
        put_text(out, json_string_value(json));
    } else if (json_is_integer(json) && json_integer_value(json) >= 0) {
        head(out, UNSIGNED, (uint64_t)json_integer_value(json));
    } else if (json_is_boolean(json)) {
        byte(out, json_is_true(json) ? 0xf5 : 0xf4);
    } else {
        put_null(out);
    }
}

/* ---- blocks ---- */

static void sha256(const char *data, size_t len, uint8_t *digest) {
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    sha256_update(&ctx, len, (const uint8_t *)data);
    sha256_digest(&ctx, SHA256_DIGEST_SIZE, digest);
}

static void varint(struct buf *out, uint64_t value) {
    for (; value >= 128; value >>= 7) {
        byte(out, (unsigned)(value & 127) | 128);
    }
    byte(out, (unsigned)value);
}

/* Version 1, DAG-CBOR, SHA-256. */
static void put_block(struct buf *out, const struct buf *block, uint8_t *cid) {
    static const uint8_t kind[4] = {0x01, 0x71, 0x12, 0x20};
    memcpy(cid, kind, sizeof kind);
    sha256(block->text, block->len, cid + sizeof kind);
    varint(out, CID_LEN + block->len);
    buf_put(out, (const char *)cid, CID_LEN);
    buf_put(out, block->text, block->len);
}

/* ---- the tree ---- */

/* Pairs of zero bits that the key's hash begins with. */
static unsigned depth_of(const char *key) {
    uint8_t digest[SHA256_DIGEST_SIZE];
    unsigned pairs = 0;
    sha256(key, strlen(key), digest);
    while (pairs < 128 && (digest[pairs / 4] >> (6 - 2 * (pairs % 4)) & 3) == 0) {
        pairs++;
    }
    return pairs;
}

static int by_entry(const void *a, const void *b) {
    return strcmp(((const struct entry_of_tree *)a)->key, ((const struct entry_of_tree *)b)->key);
}

static uint32_t next_at(const struct car *car, uint32_t from, uint32_t to, unsigned depth) {
    while (from < to && car->entry[from].depth != depth) {
        from++;
    }
    return from;
}

/* Writes the node over the entries [from, to) and all below it; its CID is none if there are none.
 * Every layer has its node, even one that holds nothing but the way down. */
static bool put_node(struct car *car, uint32_t from, uint32_t to, unsigned depth, uint8_t *cid) {
    struct buf entries = {0};
    struct buf node = {0};
    uint8_t left[CID_LEN];
    uint8_t below[CID_LEN];
    uint32_t at = next_at(car, from, to, depth);
    uint32_t count = 0;
    const char *before = "";
    if (from == to) {
        return false;
    }
    bool has_left = at > from && put_node(car, from, at, depth - 1, left);
    while (at < to) {
        const struct entry_of_tree *entry = &car->entry[at];
        uint32_t next = next_at(car, at + 1, to, depth);
        bool has_below = next > at + 1 && put_node(car, at + 1, next, depth - 1, below);
        size_t same = 0;
        while (before[same] != '\0' && before[same] == entry->key[same]) {
            same++;
        }
        head(&entries, MAP, 4);
        put_text(&entries, "k");
        head(&entries, BYTES, strlen(entry->key + same));
        buf_str(&entries, entry->key + same);
        put_text(&entries, "p");
        head(&entries, UNSIGNED, same);
        put_text(&entries, "t");
        put_link(&entries, has_below ? below : NULL);
        put_text(&entries, "v");
        put_link(&entries, entry->cid);
        before = entry->key;
        count++;
        at = next;
    }
    head(&node, MAP, 2);
    put_text(&node, "e");
    head(&node, ARRAY, count);
    buf_put(&node, entries.text, entries.len);
    put_text(&node, "l");
    put_link(&node, has_left ? left : NULL);
    put_block(&car->blocks, &node, cid);
    buf_free(&entries);
    buf_free(&node);
    return true;
}

static void put_tree(struct car *car, uint8_t *cid) {
    unsigned depth = 0;
    qsort(car->entry, car->count, sizeof *car->entry, by_entry);
    for (uint32_t i = 0; i < car->count; i++) {
        depth = car->entry[i].depth > depth ? car->entry[i].depth : depth;
    }
    if (!put_node(car, 0, car->count, depth, cid)) {
        struct buf empty = {0};
        head(&empty, MAP, 2);
        put_text(&empty, "e");
        head(&empty, ARRAY, 0);
        put_text(&empty, "l");
        put_null(&empty);
        put_block(&car->blocks, &empty, cid);
        buf_free(&empty);
    }
}

/* ---- the file ---- */

/* A record as listRecords has it. */
static void take_record(void *cls, const char *text) {
    struct car *car = cls;
    json_t *json = json_loads(text, 0, NULL);
    const char *uri = json_string_value(json_object_get(json, "uri"));
    const char *key = uri != NULL && strlen(uri) > 5 ? strchr(uri + 5, '/') : NULL;
    struct buf block = {0};
    if (key == NULL) {
        sim_die("a record that is none: %s", text);
    }
    if (car->wrong == REPO_EMPTY && strncmp(key + 1, COLLECTION, strlen(COLLECTION)) == 0) {
        json_decref(json);
        return;
    }
    if (car->count == car->room) {
        car->room = car->room == 0 ? 1024 : car->room * 2;
        car->entry = sim_realloc(car->entry, car->room, sizeof *car->entry);
    }
    struct entry_of_tree *entry = &car->entry[car->count++];
    (void)snprintf(entry->key, sizeof entry->key, "%s", key + 1);
    entry->depth = depth_of(entry->key);
    put_json(&block, json_object_get(json, "value"));
    size_t before = car->blocks.len;
    put_block(&car->blocks, &block, entry->cid);
    if (car->wrong == REPO_HOLE && car->count == 1) {
        car->blocks.len = before;
    }
    buf_free(&block);
    json_decref(json);
}

static void commit_block(struct sim *sim, const uint8_t *data, struct buf *out) {
    char rev[16];
    static const char signature[64] = "made up";
    tid_make(sim->people.now_s * 1000000 + sim->audit.is.requests, 0, rev);
    head(out, MAP, 6);
    put_text(out, "did");
    put_text(out, sim->options.repo == REPO_OTHER ? "did:plc:another22222222222222222"
                                                  : account_id(sim, P_BLUESKY));
    put_text(out, "rev");
    put_text(out, rev);
    put_text(out, "sig");
    head(out, BYTES, sizeof signature);
    buf_put(out, signature, sizeof signature);
    put_text(out, "data");
    put_link(out, data);
    put_text(out, "prev");
    put_null(out);
    put_text(out, "version");
    head(out, UNSIGNED, 3);
}

static void put_head(struct buf *out, const uint8_t *root) {
    struct buf header = {0};
    head(&header, MAP, 2);
    put_text(&header, "roots");
    head(&header, ARRAY, 1);
    put_link(&header, root);
    put_text(&header, "version");
    head(&header, UNSIGNED, 1);
    varint(out, header.len);
    buf_put(out, header.text, header.len);
    buf_free(&header);
}

/* What is wrong with it on its way. */
static void spoil(enum repo wrong, struct reply *reply) {
    if (wrong == REPO_CUT) {
        reply->delivery = SEND_HALF;
    } else if (wrong == REPO_SLOW) {
        reply->delivery = SEND_SLOW;
    } else if (wrong == REPO_SHORT) {
        reply->body->len /= 2;
    } else if (wrong == REPO_HASH) {
        reply->body->text[reply->body->len - 1] ^= 1;
    }
}

void bluesky_get_repo(struct sim *sim, const struct request *request, struct reply *reply) {
    struct car car = {.wrong = sim->options.repo};
    struct buf commit = {0};
    struct buf last = {0};
    uint8_t cid[CID_LEN];
    const char *did = query(request, "did");
    if (did == NULL || strcmp(did, account_id(sim, P_BLUESKY)) != 0) {
        bluesky_error(reply, 400, "RepoNotFound", "Could not find repo for DID");
        return;
    }
    if (car.wrong == REPO_NONE) {
        bluesky_error(reply, 501, "MethodNotImplemented", "Method Not Implemented");
        return;
    }
    head(&commit, MAP, 0); /* the one that belongs to nothing */
    put_block(&car.blocks, &commit, cid);
    buf_clear(&commit);
    bluesky_all_records(sim, take_record, &car);
    put_tree(&car, cid);
    commit_block(sim, cid, &commit);
    put_block(&last, &commit, cid);
    reply_text(reply, 200, "");
    reply->type = "application/vnd.ipld.car";
    put_head(reply->body, cid);
    buf_put(reply->body, last.text, last.len);
    buf_put(reply->body, car.blocks.text, car.blocks.len);
    spoil(car.wrong, reply);
    buf_free(&last);
    buf_free(&commit);
    buf_free(&car.blocks);
    free(car.entry);
}
