/* A file of blocks: see car.h. Happy path: one buffer goes over the file; the index is sorted by
 * hash once, and searched by halves, so that no choice of hashes makes it slow. */
#include "formats/bluesky/car.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARINT_MAX   9u /* bytes */
#define BUFFER_SIZE  (CAR_BLOCK_MAX + (1u << 20))
#define FIRST_BLOCKS 1024u

struct block { /* 44 bytes */
    unsigned char hash[CID_HASH];
    uint32_t at_high, at_low; /* offset of its bytes */
    uint32_t size;
};

struct car {
    int fd; /* the caller's */
    struct car_options options;
    struct block *blocks; /* owned */
    uint32_t count, room;
    unsigned char root[CID_HASH];
    uint64_t cut_at;

    /* While it is opened. */
    unsigned char *buffer; /* owned */
    uint64_t offset;       /* of what stands at `at` */
    size_t at, end;        /* in the buffer */
    uint64_t bytes_in_file;
    bool at_eof;
};

bool car_is_head(const void *at, size_t size) {
    const unsigned char *b = at;
    size_t varint = size > 0 && b[0] >= 0x80 ? 2 : 1;
    return size >= varint + 10 && b[varint] == 0xA2 &&
           (memcmp(b + varint + 1, "\x65roots", 6) == 0 ||
            memcmp(b + varint + 1, "\x67version", 8) == 0);
}

bool car_is(const char *path) {
    struct stat file;
    char head[16];
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (fd >= 0)
        close(fd);
    return got > 0 && car_is_head(head, (size_t)got);
}

const unsigned char *car_root(const struct car *c) {
    return c->root;
}

uint32_t car_blocks(const struct car *c) {
    return c->count;
}

uint64_t car_cut_at(const struct car *c) {
    return c->cut_at;
}

/* ---- the file ---- */

static int read_at(int fd, void *to, size_t size, uint64_t at, size_t *got,
                   struct winnow_error *err) {
    ssize_t some;
    *got = 0;
    do {
        some = pread(fd, (char *)to + *got, size - *got, (off_t)(at + *got));
        *got += some > 0 ? (size_t)some : 0;
    } while ((some > 0 && *got < size) || (some < 0 && errno == EINTR));
    if (some < 0 && errno == ESPIPE)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "A repository is read at many places, and a pipe cannot be: save it as "
                           "a file first.");
    if (some < 0)
        return winnow_fail(err, WINNOW_STORAGE, "The file cannot be read: %s.", strerror(errno));
    return 0;
}

/* As many bytes as `size` are there, or all up to the end of the file. */
static int want(struct car *c, size_t size, struct winnow_error *err) {
    size_t got = 0;
    if (c->end - c->at >= size || c->at_eof)
        return 0;
    memmove(c->buffer, c->buffer + c->at, c->end - c->at);
    c->end -= c->at;
    c->at = 0;
    if (read_at(c->fd, c->buffer + c->end, BUFFER_SIZE - c->end, c->offset + c->end, &got, err) !=
        0)
        return -1;
    c->at_eof = got < BUFFER_SIZE - c->end;
    c->end += got;
    if (c->options.progress != NULL)
        c->options.progress(c->options.context, c->offset + c->end, c->bytes_in_file);
    return 0;
}

static void pass(struct car *c, size_t size) {
    c->at += size;
    c->offset += size;
}

/* The size of the varint at hand, 0: it is not all there, or no varint. */
static size_t read_varint(const struct car *c, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < VARINT_MAX && c->at + i < c->end; i++) {
        unsigned char byte = c->buffer[c->at + i];
        *value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte < 0x80)
            return i + 1;
    }
    return 0;
}

static bool is_hash_of(const unsigned char *hash, const unsigned char *at, size_t size) {
    struct sha256_ctx sha;
    unsigned char found[CID_HASH];
    sha256_init(&sha);
    sha256_update(&sha, size, at);
    sha256_digest(&sha, sizeof found, found);
    return memcmp(found, hash, sizeof found) == 0;
}

/* ---- the head ---- */

static int read_roots(struct car *c, struct dag *d, bool *has_root) {
    enum dag_kind kind = dag_value(d);
    if (kind != DAG_LIST)
        return dag_skip(d, kind);
    for (uint64_t n = d->count; n > 0; n--) {
        kind = dag_value(d);
        if (kind == DAG_LINK && d->hash != NULL && !*has_root) {
            memcpy(c->root, d->hash, CID_HASH);
            *has_root = true;
        }
        if (dag_skip(d, kind) != 0)
            return -1;
    }
    return 0;
}

static int read_head(struct car *c, struct dag *d, int64_t *version, bool *has_root) {
    if (dag_value(d) != DAG_MAP)
        return -1;
    for (uint64_t n = d->count; n > 0; n--) {
        if (dag_key(d) != 0)
            return -1;
        if (dag_text_is(d, "roots")) {
            if (read_roots(c, d, has_root) != 0)
                return -1;
            continue;
        }
        bool is_version = dag_text_is(d, "version");
        enum dag_kind kind = dag_value(d);
        if (is_version && kind == DAG_NUMBER)
            *version = d->number;
        if (dag_skip(d, kind) != 0)
            return -1;
    }
    return dag_ended(d) ? 0 : -1;
}

static int take_head(struct car *c, struct winnow_error *err) {
    uint64_t size;
    struct dag d;
    int64_t version = 0;
    bool has_root = false;
    if (want(c, VARINT_MAX + CAR_HEAD_MAX, err) != 0)
        return -1;
    size_t varint = read_varint(c, &size);
    if (varint == 0 || size > CAR_HEAD_MAX || size > c->end - c->at - varint)
        return winnow_fail(err, WINNOW_BAD_INPUT, "It is no repository of Bluesky (CAR).");
    pass(c, varint);
    dag_start(&d, c->buffer + c->at, (size_t)size);
    int result = read_head(c, &d, &version, &has_root);
    pass(c, (size_t)size);
    if (version == 2)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "It is of CAR's version 2; Bluesky gives version 1, which is read.");
    if (result != 0 || version != 1)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "It begins as a CAR file, and its head is damaged; get it again.");
    if (!has_root)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file names no root, so nothing says what is in it; get it again.");
    return 0;
}

/* ---- the blocks ---- */

static int note_block(struct car *c, const unsigned char *hash, uint32_t size,
                      struct winnow_error *err) {
    uint32_t most = c->options.blocks != 0 ? c->options.blocks : CAR_BLOCKS_MAX;
    if (c->count >= most)
        return winnow_fail(err, WINNOW_BAD_INPUT, "The file has more than %" PRIu32 " blocks.",
                           most);
    if (c->count == c->room) {
        uint32_t room = c->room == 0 ? FIRST_BLOCKS : c->room * 2;
        struct block *blocks = realloc(c->blocks, room * sizeof *blocks);
        if (blocks == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for %" PRIu32 " blocks.",
                               room);
        c->blocks = blocks;
        c->room = room;
    }
    struct block *b = &c->blocks[c->count++];
    memcpy(b->hash, hash, CID_HASH);
    b->at_high = (uint32_t)(c->offset >> 32);
    b->at_low = (uint32_t)c->offset;
    b->size = size;
    return 0;
}

/* `varint` 0: its size is not all there, unless it is longer than any. */
static int check_size(const struct car *c, size_t varint, uint64_t size, struct winnow_error *err) {
    bool too_long = varint == 0 && c->end - c->at >= VARINT_MAX;
    if (!too_long && (varint == 0 || (size >= CID_SIZE && size - CID_SIZE <= CAR_BLOCK_MAX)))
        return 0;
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "The block at byte %" PRIu64 " says that it has %" PRIu64
                       " bytes, which no block has; get the file again.",
                       c->offset, size);
}

/* 1: a block; 0: the end, or the file is cut here. */
static int take_block(struct car *c, struct winnow_error *err) {
    uint64_t size;
    bool is_dag;
    uint64_t start = c->offset;
    if (want(c, VARINT_MAX, err) != 0)
        return -1;
    if (c->at == c->end)
        return 0;
    size_t varint = read_varint(c, &size);
    if (check_size(c, varint, size, err) != 0)
        return -1;
    if (want(c, varint + (size_t)size, err) != 0)
        return -1;
    if (varint == 0 || c->end - c->at < varint + size) {
        c->cut_at = c->offset + (c->end - c->at);
        return 0;
    }
    pass(c, varint);
    const unsigned char *hash = cid_hash(c->buffer + c->at, &is_dag);
    if (hash == NULL)
        return winnow_fail(
            err, WINNOW_BAD_INPUT,
            "The block at byte %" PRIu64 " has a CID of another kind than Bluesky's.", start);
    pass(c, CID_SIZE);
    size_t left = (size_t)size - CID_SIZE;
    if (!is_hash_of(hash, c->buffer + c->at, left))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The block at byte %" PRIu64
                           " is damaged: its SHA-256 is not the one that its CID has; get the file "
                           "again.",
                           start);
    if (note_block(c, hash, (uint32_t)left, err) != 0)
        return -1;
    pass(c, left);
    return 1;
}

static int by_hash(const void *a, const void *b) {
    return memcmp(a, b, CID_HASH); /* the hash comes first in both */
}

static int take_all(struct car *c, struct winnow_error *err) {
    int more;
    if (take_head(c, err) != 0)
        return -1;
    while ((more = take_block(c, err)) == 1)
        ;
    if (more == 0 && c->count > 1)
        qsort(c->blocks, c->count, sizeof *c->blocks, by_hash);
    return more;
}

int car_open(int fd, const struct car_options *options, struct car **out,
             struct winnow_error *err) {
    struct stat file;
    struct car *c = calloc(1, sizeof *c);
    *out = c;
    if (c != NULL)
        c->buffer = malloc(BUFFER_SIZE);
    if (c == NULL || c->buffer == NULL) {
        car_close(c);
        *out = NULL;
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a repository.");
    }
    c->fd = fd;
    c->options = *options;
    c->bytes_in_file = fstat(fd, &file) == 0 && file.st_size > 0 ? (uint64_t)file.st_size : 0;
    int result = take_all(c, err);
    free(c->buffer);
    c->buffer = NULL;
    if (result == 0)
        return 0;
    car_close(c);
    *out = NULL;
    return -1;
}

void car_close(struct car *c) {
    if (c == NULL)
        return;
    free(c->blocks);
    free(c->buffer);
    free(c);
}

static const struct block *find(const struct car *c, const unsigned char *hash) {
    return c->count == 0 ? NULL : bsearch(hash, c->blocks, c->count, sizeof *c->blocks, by_hash);
}

bool car_has(const struct car *c, const unsigned char *hash) {
    return find(c, hash) != NULL;
}

int car_get(const struct car *c, const unsigned char *hash, uint32_t most, unsigned char **bytes,
            size_t *size, struct winnow_error *err) {
    const struct block *b = find(c, hash);
    *bytes = NULL;
    *size = 0;
    if (b == NULL)
        return 0;
    uint64_t at = (uint64_t)b->at_high << 32 | b->at_low;
    if (b->size > most)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The block at byte %" PRIu64 " has %" PRIu32 " bytes, and %" PRIu32
                           " is the most.",
                           at, b->size, most);
    unsigned char *to = malloc(b->size + 1u);
    if (to == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for a block.");
    if (read_at(c->fd, to, b->size, at, size, err) != 0) {
        free(to);
        return -1;
    }
    if (*size != b->size || !is_hash_of(hash, to, *size)) {
        free(to);
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The block at byte %" PRIu64 " has changed while it was read.", at);
    }
    *bytes = to;
    return 1;
}
