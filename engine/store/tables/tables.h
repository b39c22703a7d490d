/* Inside the store only: tables, keys, and records with their version and checksum. */
#ifndef STORE_TABLES_TABLES_H
#define STORE_TABLES_TABLES_H

#include "core/base/bytes.h"
#include "store/engine.h"
#include "store/tables/id_index.h"

/* constant, name in the file. Keys begin with the campaign (u32, big-endian). */
#define TABLES(X)                                                                                  \
    X(META, "meta")           /* "format" -> u32 */                                                \
    X(CAMPAIGNS, "campaigns") /* name -> campaign */                                               \
    X(IDS, "ids")             /* campaign, id -> number */                                         \
    X(FACTS, "facts")         /* campaign, number -> facts that plans read */                      \
    X(TEXTS, "texts")         /* campaign, number -> handle, name, bio */                          \
    X(GONE, "gone")           /* campaign, number, key -> outcome */                               \
    X(KEEP, "keep")           /* campaign, id -> nothing; or handle -> is its id told? */          \
    X(PLANS, "plans")         /* campaign, plan -> head */                                         \
    X(SCHEDULE, "schedule")   /* campaign, plan, chunk -> entries */                               \
    X(DECISIONS, "decisions") /* campaign, plan, chunk -> decisions */                             \
    X(STATES, "states")       /* campaign, plan, chunk -> final outcomes, a byte each */           \
    X(OPEN, "open")           /* campaign, position -> open entry */                               \
    X(JOURNAL, "journal")     /* campaign, sequence -> record */                                   \
    X(PROGRESS, "progress")   /* campaign -> counters */                                           \
    X(NOTES, "notes")         /* campaign, kind, name -> bytes */

enum table {
#define X(id, name) TABLE_##id,
    TABLES(X)
#undef X
        TABLE_COUNT
};

_Static_assert(TABLE_COUNT <= ENGINE_TABLES_MAX, "an engine has room for them");
extern const char *const store_table_names[TABLE_COUNT];

struct store {
    struct engine *engine;
    bool broken; /* a commit failed: only store_close is left */
};

struct store_bulk {
    uint32_t campaign;
    bool ids_in_file; /* the campaign had followees before */
    bool append;      /* its records come last in their tables, */
    bool append_ids;  /* and its ids, sorted, in theirs */
    struct id_index ids;
};

struct store_txn {
    struct store *store;
    const struct engine_kind *kind;
    struct engine_txn *txn;
    uint32_t campaign;             /* whose write it is; STORE_ALL */
    bool held;                     /* and by who holds its lease */
    struct store_bulk *bulk;       /* owned; NULL outside of a bulk */
    const struct facts_ages *ages; /* not owned; NULL: a later batch is newer */
};

/* ---- keys ---- */

struct key {
    size_t size;
    unsigned char bytes[ENGINE_KEY_MAX];
};

void key_begin(struct key *k, uint32_t campaign);
/* The same by value: half a kilobyte is copied, which is too much for what runs for each followee. */
struct key key_of(uint32_t campaign);
void key_add32(struct key *k, uint32_t value);
void key_add64(struct key *k, uint64_t value);
void key_add8(struct key *k, uint8_t value);
/* '@' and the handle in small letters: what stands for somebody without an id. Its size. */
size_t key_handle(struct text handle, char name[FACT_HANDLE_MAX + 2]);
int key_add_text(struct key *k, const char *text, size_t size, struct winnow_error *err);

/* ---- records: version u8, table u8, 2 bytes zero, checksum u32, payload ----
 *
 * To change a table's payload: raise its version in table_version (tables.c), keep a reader for
 * every older version in the codec, raise STORE_FORMAT so that an older winnow does not open the
 * store, say in migrate.c what opening an older store has to do, and describe it in
 * docs/storage-format.md. */

#define RECORD_HEADER 8
#define STORE_FORMAT  4

struct record { /* a payload, checked */
    const unsigned char *at;
    size_t size;
    uint8_t version; /* of the record: at most its table's */
};

/* 1 found and whole, 0 absent, -1 error (WINNOW_DAMAGED when not whole) */
int table_get(struct store_txn *t, enum table table, const struct key *key, struct record *out,
              struct winnow_error *err);
/* A place for `size` bytes of payload; fill it, then table_seal. `append`: the key is the last. */
int table_reserve(struct store_txn *t, enum table table, const struct key *key, size_t size,
                  bool append, unsigned char **payload, struct winnow_error *err);
void table_seal(enum table table, const struct key *key, unsigned char *payload, size_t size);
int table_put(struct store_txn *t, enum table table, const struct key *key, const void *payload,
              size_t size, struct winnow_error *err);
/* The same for a key known to come after all others of the table. */
int table_append(struct store_txn *t, enum table table, const struct key *key, const void *payload,
                 size_t size, struct winnow_error *err);
/* Is the table without a key after `prefix` and what begins with it? */
int table_ends_with(struct store_txn *t, enum table table, const struct key *prefix, bool *ends,
                    struct winnow_error *err);
/* Is it a write that may change that campaign? Else WINNOW_FAILED. */
int store_may_change(const struct store_txn *t, uint32_t campaign, struct winnow_error *err);

/* 1 removed, 0 was absent, -1 error */
int table_remove(struct store_txn *t, enum table table, const struct key *key,
                 struct winnow_error *err);

/* Remove all records whose key begins with `prefix`. */
int table_clear(struct store_txn *t, enum table table, const struct key *prefix,
                struct winnow_error *err);

/* All records whose key begins with `prefix`, in order, from `from` on (NULL: all). */
typedef int table_each(void *context, const unsigned char *key, size_t key_size,
                       struct record record, struct winnow_error *err);
int table_scan(struct store_txn *t, enum table table, const struct key *prefix,
               const struct key *from, table_each *each, void *context, struct winnow_error *err);
/* The same step by step, for who walks through two tables at once. */
struct table_walk {
    enum table table;
    const struct engine_kind *kind; /* NULL: it is not open */
    struct engine_walk *walk;
    struct key prefix;
};
/* `once` is a hint: what is read is not asked for again soon. */
int table_walk(struct store_txn *t, enum table table, const struct key *prefix,
               const struct key *from, bool once, struct table_walk *out, struct winnow_error *err);
/* 1 the next, checked; 0 there is none; -1 error */
int table_next(struct table_walk *w, struct engine_bytes *key, struct record *out,
               struct winnow_error *err);
void table_leave(struct table_walk *w);

/* As store_check_sound, inside a transaction: for who does not find what should be there. */
int store_sound(struct store_txn *t, struct winnow_error *err);

int store_damaged(struct winnow_error *err, enum table table, const char *what);

#ifdef __clang_analyzer__
#define store_damaged(...) (store_damaged(__VA_ARGS__), winnow_failed())
#endif

#endif
