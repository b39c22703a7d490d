/* What the store asks of its disk, written down: every write to data.mdb, every barrier, and what
 * each commit held. From it disk_image builds what a power cut could leave.
 *
 * The calls reach us by the linker's --wrap (CMakeLists.txt), from the static liblmdb and from
 * winnow alike. That none is missed is checked by disk_log_whole: the log, replayed, is the file.
 */
#ifndef CRASH_DISK_LOG_H
#define CRASH_DISK_LOG_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store_world.h" /* struct dice */

enum disk_kind {
    DISK_WRITE,         /* in the page cache: may be lost, torn, or overtaken by a later one */
    DISK_WRITE_THROUGH, /* by an O_DSYNC descriptor: these bytes are on the disk on return */
    DISK_BARRIER,       /* fdatasync, fsync: everything before is on the disk on return */
    DISK_LENGTH,        /* ftruncate */
    DISK_BEGIN,         /* a commit begins: what it holds is known, nothing of it was written */
    DISK_DONE,          /* it has returned success: a cut from here on may not lose it */
};

struct disk_event {
    enum disk_kind kind;
    uint64_t at, size;
    unsigned char *bytes;
};

/* What a commit holds: all records of all tables, in a hash, and the journal's length. */
struct disk_content {
    uint64_t hash, journal;
};

enum disk_sync { /* how well the store is opened: all but the first are mistakes to be found */
                 DISK_SYNC,
                 DISK_NOMETASYNC,
                 DISK_NOSYNC,
};

void disk_log_start(enum disk_sync sync);
void disk_log_stop(void);
/* Opens without syncs, for tests that are not about them. */
void disk_sync_off(void);

size_t disk_event_count(void);
const struct disk_event *disk_event_at(size_t i);
size_t disk_commit_count(void); /* commits that began */
struct disk_content disk_commit_at(size_t i);

/* Is the file what the log says? Else a call was not seen, and no image means anything. */
bool disk_log_whole(const char *path);

/* Read all records of all tables within a transaction of any kind. */
struct disk_content disk_content_of(MDB_txn *txn);

/* ---- images ---- */

struct disk_image {
    unsigned char *safe, *bytes; /* what is on the disk for sure; with what the cut let through */
    uint64_t safe_size, size;
    size_t next;        /* the event that comes next */
    size_t pending;     /* the first event that may not be on the disk */
    size_t begun, done; /* commits */
};

void disk_image_init(struct disk_image *image);
void disk_image_free(struct disk_image *image);
/* The power fails during event `at`, which is not before the one of the last call. */
void disk_image_cut(struct disk_image *image, size_t at, struct dice *dice);

#endif
