/* A repository whose blocks have the hashes that they must have: the input is a row of blocks, each
 * behind a byte of its size, in whose links stands the number of the block that is meant (later
 * blocks link earlier ones). So the fuzzer gets to the tree and to the records. Whatever stands in
 * them, the walk ends; whom it tells of has a DID and is not the account; a set of which a record
 * was skipped is not whole. The first byte says whether all blocks, or all but one, are there. */
#include "fuzz.h"

#include "formats/bluesky/bluesky_record.h"
#include "formats/bluesky/bluesky_repo.h"

#include <nettle/sha2.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCKS   255
#define BLOCK    256
#define FILE_MAX (BLOCKS * (BLOCK + 64))

struct made {
    size_t count;
    unsigned char hashes[BLOCKS][32];
    size_t at[BLOCKS + 1];
    unsigned char file[FILE_MAX];
    size_t size;
};

struct seen {
    uint64_t skipped, follows;
};

static void put(struct made *m, const void *at, size_t size) {
    MUST(size <= FILE_MAX - m->size);
    memcpy(m->file + m->size, at, size);
    m->size += size;
}

/* D8 2A 58 25 00 01 71 12 20 and a byte: a link to the block of that number. */
static const unsigned char mark[] = {0xD8, 0x2A, 0x58, 0x25, 0x00, 0x01, 0x71, 0x12, 0x20};

static size_t spell_out(const struct made *m, const uint8_t *at, size_t size, unsigned char *to) {
    size_t used = 0;
    for (size_t i = 0; i < size && used + 64 < BLOCK; i++) {
        if (size - i > sizeof mark && memcmp(at + i, mark, sizeof mark) == 0 && m->count > 0) {
            memcpy(to + used, mark, sizeof mark);
            memcpy(to + used + sizeof mark, m->hashes[at[i + sizeof mark] % m->count], 32);
            used += sizeof mark + 32;
            i += sizeof mark;
        } else {
            to[used++] = at[i];
        }
    }
    return used;
}

static void add(struct made *m, const uint8_t *at, size_t size) {
    static const unsigned char cid[] = {0x01, 0x71, 0x12, 0x20};
    unsigned char bytes[BLOCK + 64];
    struct sha256_ctx sha;
    size_t used = spell_out(m, at, size, bytes);
    sha256_init(&sha);
    sha256_update(&sha, used, bytes);
    sha256_digest(&sha, 32, m->hashes[m->count]);
    size_t section = used + 36;
    unsigned char varint[2] = {(unsigned char)(section | 0x80), (unsigned char)(section >> 7)};
    m->at[m->count] = m->size;
    put(m, varint, 2);
    put(m, cid, sizeof cid);
    put(m, m->hashes[m->count++], 32);
    put(m, bytes, used);
}

#define HEAD_SIZE 59u

static void make(struct made *m, const uint8_t *data, size_t size) {
    static const unsigned char head[] = {58,   0xA2, 0x65, 'r',  'o', 'o', 't',  's',  0x81,
                                         0xD8, 0x2A, 0x58, 0x25, 0,   1,   0x71, 0x12, 0x20};
    static const unsigned char behind[] = {0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 1};
    m->count = 0;
    m->size = HEAD_SIZE;
    for (size_t at = 0; at < size && m->count < BLOCKS;) {
        size_t left = size - at - 1;
        size_t one = data[at] < left ? data[at] : left;
        add(m, data + at + 1, one);
        at += 1 + one;
    }
    m->at[m->count] = m->size;
    memset(m->file, 0, HEAD_SIZE);
    memcpy(m->file, head, sizeof head);
    if (m->count > 0)
        memcpy(m->file + sizeof head, m->hashes[m->count - 1], 32);
    memcpy(m->file + sizeof head + 32, behind, sizeof behind);
}

static void must_be_did(struct text did) {
    MUST(bluesky_is_did(did) && is_printable(did.at, did.size));
    MUST(did.size != 6 || memcmp(did.at, "did:a:", 6) != 0);
}

static int follow(void *context, struct text did, struct text rkey, int64_t created_ms,
                  struct winnow_error *err) {
    struct seen *s = context;
    (void)err;
    must_be_did(did);
    s->follows++;
    MUST(created_ms >= 0 && rkey.size > 0 && memchr(rkey.at, '\n', rkey.size) == NULL);
    return 0;
}

static int exchange(void *context, struct text did, const struct exchange *x,
                    struct winnow_error *err) {
    (void)context;
    (void)err;
    must_be_did(did);
    MUST(!x->by_them && x->time_ms >= 0);
    return 0;
}

static int listed(void *context, struct text did, struct text name, enum bluesky_purpose purpose,
                  struct winnow_error *err) {
    (void)context;
    (void)err;
    must_be_did(did);
    MUST(purpose <= BLUESKY_MODERATE && name.size > 0 && name.size <= BLUESKY_NAME_MAX);
    MUST(is_utf8(name.at, name.size) && memchr(name.at, '\n', name.size) == NULL);
    return 0;
}

static int block(void *context, struct text did, struct winnow_error *err) {
    (void)context;
    (void)err;
    must_be_did(did);
    return 0;
}

static void skipped(void *context, struct text key, const char *why) {
    struct seen *s = context;
    MUST(key.size <= BLUESKY_KEY_MAX && why[0] != '\0' && is_printable(why, strlen(why)));
    s->skipped++;
}

static const enum dataset sets[] = {DATASET_FOLLOWING, DATASET_POSTS, DATASET_LIKES,
                                    DATASET_BOOSTS,    DATASET_LISTS, DATASET_BLOCKS};

/* How many sets are whole; -1: it was refused. */
static int walk(const struct made *m, struct seen *s) {
    static int fd = -1;
    const struct bluesky_repo_sink sink = {s, follow, exchange, listed, block, skipped};
    const struct car_options options = {0};
    struct winnow_error err = {0};
    struct bluesky_repo *r;
    int whole = 0;
    uint64_t unread = 0;
    *s = (struct seen){0};
    if (fd < 0)
        fd = memfd_create("repo", MFD_CLOEXEC);
    MUST(fd >= 0 && ftruncate(fd, 0) == 0);
    MUST(pwrite(fd, m->file, m->size, 0) == (ssize_t)m->size);
    int result = bluesky_repo_open(fd, &options, &r, &err);
    if (result == 0)
        result = bluesky_repo_read(r, &sink, &err);
    if (result != 0)
        MUST(err.code == WINNOW_BAD_INPUT && is_printable(err.text, strlen(err.text)));
    for (size_t i = 0; i < 6 && result == 0; i++) {
        const struct bluesky_repo_set *set = bluesky_repo_set(r, sets[i]);
        MUST(set->complete == (set->why[0] == '\0') && set->unread <= set->count);
        MUST(!set->complete || set->unread == 0);
        whole += set->complete;
        unread += set->unread;
    }
    MUST(result != 0 || unread == s->skipped);
    bluesky_repo_close(r);
    return result == 0 ? whole : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct made m;
    struct seen whole;
    struct seen less;
    if (size < 2)
        return 0;
    make(&m, data + 1, size - 1);
    int sets_whole = walk(&m, &whole);
    if (m.count == 0 || data[0] == 0)
        return 0;
    size_t out = data[0] % m.count;
    size_t gap = m.at[out + 1] - m.at[out];
    memmove(m.file + m.at[out], m.file + m.at[out + 1], m.size - m.at[out + 1]);
    m.size -= gap;
    int less_whole = walk(&m, &less);
    if (sets_whole >= 0 && less_whole >= 0)
        MUST(less_whole <= sets_whole && less.follows <= whole.follows);
    return 0;
}
