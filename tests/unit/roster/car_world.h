/* For the tests of repositories: a tiny writer of DAG-CBOR and CAR files, and a repository put
 * together from records by their keys. */
#ifndef ROSTER_CAR_WORLD_H
#define ROSTER_CAR_WORLD_H

#include "core/base/buffer.h"
#include "temp_directory.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <string.h>

#define CAR_SELF  "did:plc:self"
#define CAR_MANY  256
#define CAR_ROOM  (8u << 20)
#define LINK_SIZE 32

struct made_block {
    unsigned char hash[LINK_SIZE];
    struct buffer bytes;
};

struct car_file {
    struct made_block blocks[CAR_MANY];
    size_t count;
};

/* ---- DAG-CBOR ---- */

static inline void put_head(struct buffer *b, unsigned major, uint64_t n) {
    unsigned char head[9];
    int size = n < 24 ? 0 : n < 256 ? 1 : n < 65536 ? 2 : n <= UINT32_MAX ? 4 : 8;
    static const unsigned char codes[] = {0, 24, 25, 0, 26, 0, 0, 0, 27};
    head[0] = (unsigned char)(major << 5 | (size == 0 ? n : codes[size]));
    for (int i = 0; i < size; i++)
        head[1 + i] = (unsigned char)(n >> (8 * (size - 1 - i)));
    buffer_add(b, (const char *)head, (size_t)size + 1);
}
static inline void put_text(struct buffer *b, const char *text) {
    put_head(b, 3, strlen(text));
    buffer_add_text(b, text);
}
static inline void put_map(struct buffer *b, uint64_t members) {
    put_head(b, 5, members);
}
static inline void put_list(struct buffer *b, uint64_t values) {
    put_head(b, 4, values);
}
static inline void put_null(struct buffer *b) {
    buffer_add(b, "\xF6", 1);
}
static inline void put_pair(struct buffer *b, const char *key, const char *text) {
    put_text(b, key);
    put_text(b, text);
}
static inline void put_cid(struct buffer *b, const unsigned char *hash) {
    buffer_add(b, "\x01\x71\x12\x20", 4);
    buffer_add(b, (const char *)hash, LINK_SIZE);
}
static inline void put_link(struct buffer *b, const unsigned char *hash) {
    put_head(b, 6, 42);
    put_head(b, 2, 37);
    buffer_add(b, "", 1);
    put_cid(b, hash);
}

/* ---- blocks ---- */

/* The block takes the bytes over. Returns its hash. */
static inline const unsigned char *add_block(struct car_file *f, struct buffer bytes) {
    assert_true(f->count < CAR_MANY && !bytes.failed);
    struct made_block *block = &f->blocks[f->count++];
    struct sha256_ctx sha;
    block->bytes = bytes;
    sha256_init(&sha);
    sha256_update(&sha, bytes.size, (const uint8_t *)bytes.at);
    sha256_digest(&sha, LINK_SIZE, block->hash);
    return block->hash;
}

static inline struct buffer new_bytes(void) {
    struct buffer b;
    buffer_init(&b, CAR_ROOM);
    return b;
}

static inline void free_blocks(struct car_file *f) {
    for (size_t i = 0; i < f->count; i++)
        buffer_free(&f->blocks[i].bytes);
    f->count = 0;
}

static inline void put_varint(struct buffer *b, uint64_t n) {
    for (; n >= 0x80; n >>= 7)
        buffer_add(b, (const char[]){(char)(n | 0x80)}, 1);
    buffer_add(b, (const char[]){(char)n}, 1);
}

static inline void write_head(struct buffer *to, const unsigned char *root, uint64_t version) {
    struct buffer head = new_bytes();
    put_map(&head, 2);
    put_text(&head, "roots");
    put_list(&head, root != NULL);
    if (root != NULL)
        put_link(&head, root);
    put_text(&head, "version");
    put_head(&head, 0, version);
    put_varint(to, head.size);
    buffer_add(to, head.at, head.size);
    buffer_free(&head);
}

static inline void write_block(struct buffer *to, const struct made_block *b) {
    put_varint(to, b->bytes.size + 36);
    put_cid(to, b->hash);
    buffer_add(to, b->bytes.at, b->bytes.size);
}

/* The newest, which is the root, first, as servers do; `backwards`: the root comes last. */
static inline void write_car(const struct car_file *f, struct buffer *to, bool backwards) {
    buffer_init(to, CAR_ROOM * 4);
    write_head(to, f->blocks[f->count - 1].hash, 1);
    for (size_t i = 0; i < f->count; i++)
        write_block(to, &f->blocks[backwards ? i : f->count - 1 - i]);
    assert_false(to->failed);
}

/* ---- a repository ---- */

struct made_entry {
    const char *key;
    const unsigned char *record, *tree; /* tree NULL: none */
};

/* A node; keys share what they can with the one before. */
static inline const unsigned char *add_node(struct car_file *f, const unsigned char *left,
                                            const struct made_entry *entries, size_t count) {
    struct buffer b = new_bytes();
    const char *before = "";
    put_map(&b, 2);
    put_text(&b, "e");
    put_list(&b, count);
    for (size_t i = 0; i < count; i++) {
        size_t shared = 0;
        while (before[shared] != '\0' && before[shared] == entries[i].key[shared])
            shared++;
        put_map(&b, 4);
        put_text(&b, "k");
        put_head(&b, 2, strlen(entries[i].key) - shared);
        buffer_add_text(&b, entries[i].key + shared);
        put_text(&b, "p");
        put_head(&b, 0, shared);
        put_text(&b, "t");
        if (entries[i].tree != NULL)
            put_link(&b, entries[i].tree);
        else
            put_null(&b);
        put_text(&b, "v");
        put_link(&b, entries[i].record);
        before = entries[i].key;
    }
    put_text(&b, "l");
    if (left != NULL)
        put_link(&b, left);
    else
        put_null(&b);
    return add_block(f, b);
}

static inline const unsigned char *add_commit(struct car_file *f, const unsigned char *data,
                                              unsigned version) {
    struct buffer b = new_bytes();
    put_map(&b, 6);
    put_pair(&b, "did", CAR_SELF);
    put_pair(&b, "rev", "3kdgwqoo3222a"); /* 2023-11-05 */
    put_text(&b, "sig");
    put_head(&b, 2, 4);
    buffer_add(&b, "SIGN", 4);
    put_text(&b, "data");
    put_link(&b, data);
    put_text(&b, "prev");
    put_null(&b);
    put_text(&b, "version");
    put_head(&b, 0, version);
    return add_block(f, b);
}

#define CAR_TIME "2024-01-02T03:04:05.000Z"

static inline struct buffer begin_record(const char *type, unsigned members) {
    struct buffer b = new_bytes();
    put_map(&b, members + 2);
    put_pair(&b, "$type", type);
    put_pair(&b, "createdAt", CAR_TIME);
    return b;
}

/* A follow, a block. */
static inline const unsigned char *add_subject(struct car_file *f, const char *type,
                                               const char *did) {
    struct buffer b = begin_record(type, 1);
    put_pair(&b, "subject", did);
    return add_block(f, b);
}

/* A like, a repost. */
static inline const unsigned char *add_reaction(struct car_file *f, const char *type,
                                                const char *uri) {
    struct buffer b = begin_record(type, 1);
    put_text(&b, "subject");
    put_map(&b, 2);
    put_pair(&b, "cid", "bafy");
    put_pair(&b, "uri", uri);
    return add_block(f, b);
}

/* Each NULL: it does not have it. */
struct made_post {
    const char *parent, *root, *quote, *media_quote, *mention, *other_mention;
};

static inline void put_uri(struct buffer *b, const char *key, const char *uri) {
    put_text(b, key);
    put_map(b, 2);
    put_pair(b, "cid", "bafy");
    put_pair(b, "uri", uri);
}

static inline void put_facet(struct buffer *b, const char *did) {
    put_map(b, 2);
    put_text(b, "index");
    put_map(b, 2);
    put_text(b, "byteEnd");
    put_head(b, 0, 7);
    put_text(b, "byteStart");
    put_head(b, 0, 0);
    put_text(b, "features");
    put_list(b, 2);
    put_map(b, 2);
    put_pair(b, "$type", "app.bsky.richtext.facet#link");
    put_pair(b, "uri", "https://a.example");
    put_map(b, 2);
    put_pair(b, "did", did);
    put_pair(b, "$type", "app.bsky.richtext.facet#mention");
}

static inline void put_embed(struct buffer *b, const struct made_post *p) {
    put_text(b, "embed");
    put_map(b, 2);
    put_pair(b, "$type", "app.bsky.embed.whatever");
    if (p->quote != NULL) {
        put_uri(b, "record", p->quote);
        return;
    }
    put_text(b, "record");
    put_map(b, 2);
    put_pair(b, "$type", "app.bsky.embed.record");
    put_uri(b, "record", p->media_quote);
}

static inline const unsigned char *add_post(struct car_file *f, struct made_post p) {
    bool embeds = p.quote != NULL || p.media_quote != NULL;
    unsigned mentions = (unsigned)(p.mention != NULL) + (unsigned)(p.other_mention != NULL);
    struct buffer b = begin_record("app.bsky.feed.post",
                                   1u + (unsigned)embeds + (mentions > 0) + (p.parent != NULL));
    put_pair(&b, "text", "hello");
    if (embeds)
        put_embed(&b, &p);
    if (p.parent != NULL) {
        put_text(&b, "reply");
        put_map(&b, 2);
        put_uri(&b, "root", p.root != NULL ? p.root : p.parent);
        put_uri(&b, "parent", p.parent);
    }
    if (mentions > 0) {
        put_text(&b, "facets");
        put_list(&b, mentions);
        if (p.mention != NULL)
            put_facet(&b, p.mention);
        if (p.other_mention != NULL)
            put_facet(&b, p.other_mention);
    }
    return add_block(f, b);
}

static inline const unsigned char *add_list(struct car_file *f, const char *name,
                                            const char *purpose) {
    struct buffer b = begin_record("app.bsky.graph.list", 2);
    put_pair(&b, "name", name);
    put_pair(&b, "purpose", purpose);
    return add_block(f, b);
}

static inline const unsigned char *add_item(struct car_file *f, const char *did, const char *list) {
    struct buffer b = begin_record("app.bsky.graph.listitem", 2);
    put_pair(&b, "list", list);
    put_pair(&b, "subject", did);
    return add_block(f, b);
}

#endif
