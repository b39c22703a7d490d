/* An archive as people have it: a zip file, with Mastodon before 2023 a .tar.gz, or the folder that
 * it was unpacked to. Its entries are
 * read one at a time as streams; nothing is written anywhere, and no entry is ever held whole.
 *
 * Happy path: pack_open finds where data/manifest.js lies, or without one the lists; pack_find goes
 * to an entry by its name as the manifest has it ("data/following.js"); pack_read gives its bytes.
 * Failures: WINNOW_BAD_INPUT for what is no such archive, is encrypted or damaged, has names that
 * are absolute or climb out, or holds more than the limits say. */
#ifndef FORMATS_PACK_PACK_H
#define FORMATS_PACK_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <winnow/error.h>

#define PACK_NAME_MAX 512

/* What stands between a small file and days of inflating. */
struct pack_limits {
    uint64_t entry_bytes; /* of one entry, unpacked */
    uint64_t ratio;       /* of all that is unpacked to the bytes of the file */
    uint32_t entries;
};

/* The largest archives known hold some 50 GB, nearly all of it pictures, which are not read;
 * JSON shrinks to a tenth, at most to a fortieth. */
#define PACK_LIMITS                                                                                \
    (struct pack_limits) {                                                                         \
        .entry_bytes = UINT64_C(32) << 30, .ratio = 200, .entries = 2000000                        \
    }

struct pack;

/* A folder, or a file that begins as a zip file does. */
bool pack_is(const char *path);
/* A file that begins as a .gz file does. */
bool pack_is_gzip(const char *path);

int pack_open(const char *path, struct pack_limits limits, struct pack **out,
              struct winnow_error *err);
/* The same of Mastodon's, which lies where outbox.json lies, and may be a .tar.gz. */
int pack_open_mastodon(const char *path, struct pack_limits limits, struct pack **out,
                       struct winnow_error *err);
void pack_close(struct pack *p); /* NULL is allowed */

/* false: it is known by its lists alone, such as following.js, which lie where they lie. Archives
 * of 2018-19 have no manifest, and zip files that people packed again. */
bool pack_has_manifest(const struct pack *p);

/* No part of a path that leads out of the folder it is taken from. */
bool pack_name_is_safe(const char *name);

/* 1: pack_read gives its bytes from now on; 0: there is no such entry; -1. */
int pack_find(struct pack *p, const char *name, struct winnow_error *err);
/* As a lines_source. */
int pack_read(void *pack, char *to, size_t size, size_t *got, struct winnow_error *err);
/* When the entry at hand was last changed; 0: not told. */
int64_t pack_changed_ms(const struct pack *p);
/* A limit was passed: whatever else is in there, it is not read. */
bool pack_is_bomb(const struct pack *p);

#endif
