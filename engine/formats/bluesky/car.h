/* A file of blocks: CARv1 (ipld.io/specs/transport/car/carv1), as Bluesky gives a repository.
 * Blocks come in any order, and some may be linked by nothing.
 *
 * Happy path: car_open goes through the file once, holds each block against the SHA-256 in its CID,
 * and notes where it lies (44 bytes a block); car_get reads one by its hash.
 * Failures: WINNOW_BAD_INPUT for what is no CARv1, a block whose hash is another (with its offset),
 * and more than the limits below. A file that ends in the middle is no failure: its whole blocks
 * are there, and car_cut_at says where it ends. */
#ifndef FORMATS_BLUESKY_CAR_H
#define FORMATS_BLUESKY_CAR_H

#include "formats/bluesky/dag_cbor.h"

#include <winnow/error.h>

/* The largest repositories known have some 400,000 blocks in 128 MiB. */
#define CAR_BLOCKS_MAX 16777216u
#define CAR_BLOCK_MAX  (5u << 20) /* bytes, as servers take at most */
#define CAR_HEAD_MAX   4096u

struct car_options {
    uint32_t blocks;                                               /* at most; 0: CAR_BLOCKS_MAX */
    void (*progress)(void *context, uint64_t bytes, uint64_t all); /* may be NULL */
    void *context;
};

struct car;

/* The first bytes of one? 16 are enough. */
bool car_is_head(const void *at, size_t size);
/* A plain file that begins so. */
bool car_is(const char *path);

/* The file is the caller's, and stays open while the car is; it must be one that can be read at any
 * place. */
int car_open(int fd, const struct car_options *options, struct car **out, struct winnow_error *err);
void car_close(struct car *c); /* NULL is allowed */

/* The hash of the root, CID_HASH bytes. */
const unsigned char *car_root(const struct car *c);
uint32_t car_blocks(const struct car *c);
uint64_t car_cut_at(const struct car *c); /* 0: it ends where a block does */

bool car_has(const struct car *c, const unsigned char *hash);

/* A block, looked at once more. *bytes is malloc'd, and the caller's. 1 there, 0 not, -1: it has
 * more bytes than `most`, or the file has changed. */
int car_get(const struct car *c, const unsigned char *hash, uint32_t most, unsigned char **bytes,
            size_t *size, struct winnow_error *err);

#endif
