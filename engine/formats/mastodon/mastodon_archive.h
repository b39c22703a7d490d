/* A whole archive of Mastodon, from "Import and export" in its settings: a zip file, before 2023 a
 * .tar.gz, or the folder that it was unpacked to. It has no lists of people: it tells whom the
 * account answers, mentions, quotes and boosts (outbox.json), likes and saves (likes.json,
 * bookmarks.json), and file by file whether that is all of it.
 *
 * Happy path: mastodon_archive_open reads actor.json, which says whose it is;
 * mastodon_archive_read goes through outbox.json twice, first for the addresses of those it
 * mentions (an actor's host can differ from the host of the address), then for what was exchanged;
 * and once through the two others, which are bare addresses of posts. No file is ever held whole.
 * Failures: WINNOW_BAD_INPUT for what pack.h refuses, an archive that does not say whose it is, and
 * another account's. A file that is missing or broken makes its dataset partial, with the reason,
 * and what stands before the break counts. */
#ifndef FORMATS_MASTODON_MASTODON_ARCHIVE_H
#define FORMATS_MASTODON_MASTODON_ARCHIVE_H

#include "core/facts/facts.h"
#include "core/facts/tie.h"
#include "formats/pack/pack.h"

/* People whose addresses mentions tell; beyond, the dataset of posts is partial. */
#define MASTODON_ACTORS_MAX 4194304u
/* People that one post mentions; beyond, the dataset of posts is partial. */
#define MASTODON_MENTIONS_MAX 1024u

struct mastodon_archive_set {
    bool there;        /* the file is in the archive */
    bool complete;     /* read to its end, and every row named somebody or nobody had to be */
    bool read_through; /* read to its end, though some rows may not tell of whom they speak */
    uint64_t count;    /* rows */
    int64_t expected;  /* by its own word, which is often too low; -1: not told */
    uint64_t nameless; /* rows of which somebody's address cannot be told */
    char why[160];     /* there and not complete: what is missing, the file first */
};

struct mastodon_archive_sink {
    void *context;
    /* The account did that towards `handle`, name@host with the host in small letters; lives until
     * the sink returns. A post counts once for each person; never the account itself. Non-zero
     * stops the reading; the sink has filled `err` then. */
    int (*exchange)(void *context, struct text handle, const struct exchange *x,
                    struct winnow_error *err);
    /* A row that is not understood. May be NULL. */
    void (*skipped)(void *context, const char *file, uint64_t line, const char *why);
    /* Told now and then: bytes read so far. May be NULL. */
    void (*progress)(void *context, uint64_t bytes);
};

struct mastodon_archive;

/* Is it a zip, a .tar.gz or a folder that has an outbox.json? */
bool mastodon_archive_is(const char *path);

/* `actors` 0: MASTODON_ACTORS_MAX. */
struct mastodon_archive_options {
    struct pack_limits limits;
    uint32_t actors;
};
int mastodon_archive_open(const char *path, const struct mastodon_archive_options *options,
                          struct mastodon_archive **out, struct winnow_error *err);
void mastodon_archive_close(struct mastodon_archive *a); /* NULL is allowed */

/* name@host, and the host that its posts lie on, which can be another. */
const char *mastodon_archive_handle(const struct mastodon_archive *a);
const char *mastodon_archive_host(const struct mastodon_archive *a);

/* `account` is its address (https://HOST/users/NAME, as actor.json has it), a handle with or
 * without '@', or an id where actor.json tells it. A name alone is on `server`, an origin, which
 * may be NULL: is the archive that account's? */
int mastodon_archive_check_account(const struct mastodon_archive *a, const char *account,
                                   const char *server, struct winnow_error *err);

/* Of when it is: when the file was made, by the archive; 0: not told. */
int64_t mastodon_archive_as_of_ms(const struct mastodon_archive *a);

/* Once. */
int mastodon_archive_read(struct mastodon_archive *a, const struct mastodon_archive_sink *sink,
                          struct winnow_error *err);

/* After mastodon_archive_read: of DATASET_POSTS, DATASET_LIKES, DATASET_BOOKMARKS; NULL of others.
 */
const struct mastodon_archive_set *mastodon_archive_set(const struct mastodon_archive *a,
                                                        enum dataset set);

/* The dataset that an exchange of an archive is of. Pure. */
enum dataset mastodon_archive_dataset(enum exchange_kind kind);

#endif
