/* The store: everything that outlives the process. It speaks of campaigns, followees, plans,
 * intents, outcomes and budgets, and stands on an engine (engine.h): tables of keys and values,
 * which LMDB keeps in one file of a state directory, or which live in memory, for tests.
 *
 * Happy path: store_open; then transactions, each store_read or store_write and ended by
 * store_commit or store_abort. A read sees one moment; a write is there as a whole, on disk, when
 * store_commit says so, or not at all. Texts in what a call returns are borrowed: they live until
 * the transaction ends, in a write until its next change.
 *
 * Fails with WINNOW_STORAGE (disk full, I/O, permissions; a commit says what is there then, and the
 * handle must be closed and reopened), WINNOW_DAMAGED (a record whose checksum or version is wrong,
 * a file cut short, a newer format), WINNOW_NO_MEMORY. docs/storage-format.md has the layout. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "core/facts/facts.h"
#include "core/limiter/limiter.h"
#include "core/reply/outcome.h"

#include <winnow/error.h>

struct store;
struct store_txn;

/* In LMDB's file in `directory`, which exists. Checks version and size of the file, frees slots of
 * dead readers. A store of an older format is brought to ours, and a copy of it is left in
 * `directory`/format-N. */
int store_open(const char *directory, struct store **out, struct winnow_error *err);
void store_close(struct store *s);

/* Is what lies below the records sound? For who is about to rely on it for long. In LMDB's file each
 * page is looked at, since LMDB believes damaged ones: about 0.1 s for the full-size campaign, and
 * nobody writes meanwhile. No transaction of the caller's is open. */
int store_check_sound(struct store *s, struct winnow_error *err);

int store_read(struct store *s, struct store_txn **out, struct winnow_error *err);

/* One writer a campaign is all that callers may rely on: from its begin to its end, nobody else
 * changes what is that campaign's. Others may change theirs meanwhile. A write changes its own
 * campaign, and of what belongs to none (campaign STORE_ALL) the notes: the clock's stamp, and the
 * budgets that campaigns share. Such a note is as it was last committed when a write first looks at
 * it, and nobody else changes it until that write ends. A change of another campaign fails with
 * WINNOW_FAILED. A write of STORE_ALL is the only one there is, and may change everything: the list
 * of campaigns wants that. */
#define STORE_ALL 0
int store_write(struct store *s, uint32_t campaign, struct store_txn **out,
                struct winnow_error *err);
struct store_campaign;
/* The campaign's write, by its name; `c` is what it is now. WINNOW_NOT_FOUND: there is none. */
int store_write_of(struct store *s, const char *name, struct store_campaign *c,
                   struct store_txn **out, struct winnow_error *err);

/* What became of a commit. Whoever is told anything but STORE_THERE stops: the handle takes no more
 * transactions, and only a store that is opened again says what is there. */
enum store_fate {
    STORE_THERE = 0,
    STORE_NOT_THERE = -1, /* nothing of it is */
    STORE_UNKNOWN = -2,   /* all of it, or nothing: the answer was lost */
};
enum store_fate store_commit(struct store_txn *t, struct winnow_error *err); /* ends it anyway */
void store_abort(struct store_txn *t);                                       /* NULL is allowed */

struct store_health {
    uint64_t file_bytes, used_bytes;
    uint64_t map_bytes; /* to which it can grow while it is open */
    int stale_readers;  /* freed just now */
};
int store_health(struct store *s, struct store_health *out, struct winnow_error *err);

/* ---- campaigns ---- */

#define STORE_NAME_MAX   64
#define STORE_SERVER_MAX 256
#define STORE_APP_MAX    256

struct store_campaign {
    uint32_t id; /* given by store_campaign_add; never used again */
    char name[STORE_NAME_MAX + 1];
    char platform[16];
    char account[FACT_HANDLE_MAX + 1]; /* as given until login told the id */
    char handle[FACT_HANDLE_MAX + 1];
    char server[STORE_SERVER_MAX + 1];
    char app[STORE_APP_MAX + 1]; /* the app's client id, of the last login; "" not known */
    int64_t created_ms;
    bool verified;       /* login has asked the platform who the account is */
    uint32_t followees;  /* numbers given so far: 0 .. followees-1 */
    uint32_t unresolved; /* of them, those whose id is not known yet */
    uint32_t keep_count; /* ids on the keep list */
    uint32_t keep_noted; /* and handles on it whose id is not known yet */
    uint32_t batches;    /* imports and fetches so far; a fact's source is one of 1..batches */
    uint32_t plans;      /* made so far; the last is the present one; 0: none */
    uint64_t epoch;      /* of the lease: who may send for it (store_lease_take) */
};

/* In a write of STORE_ALL. */
int store_campaign_add(struct store_txn *t, struct store_campaign *c, struct winnow_error *err);
int store_campaign_find(struct store_txn *t, const char *name, struct store_campaign *out,
                        struct winnow_error *err);
/* `c` was read in this write: another may have changed it before. */
int store_campaign_put(struct store_txn *t, const struct store_campaign *c,
                       struct winnow_error *err);
int store_campaign_each(struct store_txn *t,
                        int (*each)(void *context, const struct store_campaign *c), void *context,
                        struct winnow_error *err);

/* The lease: who took it last may send for the campaign, and nobody else. A process lock can be
 * removed, or not be seen from another container; the lease is in the store, which checks it in
 * every write of a run. Taking it makes `c->epoch` a new one, and puts `c`. */
int store_lease_take(struct store_txn *t, struct store_campaign *c, struct winnow_error *err);
/* The campaign's write, for who holds the lease; `c` is as it was when it was taken. WINNOW_BUSY:
 * another process has taken it since. In this write, or in the one that took the lease, and in no
 * other (WINNOW_FAILED), store_claim and store_settle can be called. */
int store_write_held(struct store *s, const struct store_campaign *c, struct store_txn **out,
                     struct winnow_error *err);

/* ---- the roster ---- */

enum store_change { STORE_ADDED, STORE_CHANGED, STORE_UNCHANGED, STORE_ABSENT };

/* Merge one followee in, known by its id, or by its handle while the id is not known. An id and a
 * handle that stood for two until now are one from here on: what was known by the handle goes to
 * the id's number, which is a new one where the id is new, and the other number is empty and gone.
 * So a number says who was there to be looked for by id. Whose handle is noted on the keep list
 * is on it by id from here on. Updates the campaign's counts in `c`; the caller puts `c` before the
 * commit. With `only_known`, one who is not in the roster is left out (STORE_ABSENT). */
int store_followee_merge(struct store_txn *t, struct store_campaign *c, const struct facts *f,
                         bool only_known, enum store_change *change, uint32_t *number,
                         struct winnow_error *err);

/* Merges in this transaction go by the age of what is told (core/facts/facts.h), not by what comes
 * last. `ages` is the caller's, and lives until the transaction ends. */
void store_merge_by_age(struct store_txn *t, const struct facts_ages *ages);

/* The handles of all who are known by that alone, in small letters, in their order. Non-zero from
 * `each` stops it and is returned. */
int store_unresolved_each(struct store_txn *t, uint32_t campaign,
                          int (*each)(void *context, uint32_t number, struct text handle),
                          void *context, struct winnow_error *err);
/* The number of whoever is known by that handle alone. 1 found, 0 not, -1. */
int store_unresolved_find(struct store_txn *t, uint32_t campaign, const struct facts *f,
                          uint32_t *number, struct winnow_error *err);

/* Hints, which change nothing but the time it takes. Many followees of the campaign are merged in
 * this transaction: its new ids are gathered in memory, about 40 bytes each, and written in their
 * order at the end (an import of 702,586 takes half the time). `c` is as it was found. */
int store_hint_many(struct store_txn *t, const struct store_campaign *c, struct winnow_error *err);
/* This one is merged soon, with some ten others before it. */
void store_hint_soon(struct store_txn *t, const struct facts *f);

enum store_detail { STORE_FACTS, STORE_FACTS_AND_TEXTS };

int store_followee_get(struct store_txn *t, uint32_t campaign, uint32_t number,
                       enum store_detail detail, struct facts *out, struct winnow_error *err);
/* 1 found, 0 not, -1 error. `key` is an id, or "@" and a handle for one without an id. */
int store_followee_find(struct store_txn *t, uint32_t campaign, const char *key, size_t size,
                        uint32_t *number, struct winnow_error *err);

/* All followees by number. `gone` has bit k set when follow key k (0 where there are none) was
 * taken back. Non-zero from `each` stops and is returned. */
struct store_scan {
    enum store_detail detail;
    bool without_gone; /* nobody asks what is gone: `gone` is 0 */
    int (*each)(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                struct winnow_error *err);
    void *context;
};
int store_roster_scan(struct store_txn *t, uint32_t campaign, const struct store_scan *scan,
                      struct winnow_error *err);

/* The follow with that key was taken back, or is there again. */
int store_gone_put(struct store_txn *t, uint32_t campaign, uint32_t number, uint8_t key,
                   enum outcome why, struct winnow_error *err);
int store_gone_clear(struct store_txn *t, uint32_t campaign, uint32_t number,
                     struct winnow_error *err);
/* Has a whole list, or an earlier plan, shown that this follow is taken back? 1 yes, 0 no, -1. What
 * the present plan has settled itself is in its states, and perhaps not here yet. */
int store_gone_has(struct store_txn *t, uint32_t campaign, uint32_t number, uint8_t key,
                   struct winnow_error *err);
/* Which of a followee's follow keys are left: a bit each, bit 0 where it has none. */
uint64_t store_follows_left(const struct facts *f, uint64_t gone);
/* After a fetch of the whole list: who was not seen in `batch` or since is not followed any more,
 * by none of its keys. */
int store_gone_unseen(struct store_txn *t, const struct store_campaign *c, uint16_t batch,
                      uint64_t *count, struct winnow_error *err);

/* ---- the keep list ---- */

int store_keep_put(struct store_txn *t, struct store_campaign *c, const char *id, size_t size,
                   bool *changed, struct winnow_error *err);
int store_keep_remove(struct store_txn *t, struct store_campaign *c, const char *id, size_t size,
                      bool *changed, struct winnow_error *err);
/* 1 on it, 0 not, -1 error */
int store_keep_has(struct store_txn *t, uint32_t campaign, const char *id, size_t size,
                   struct winnow_error *err);
int store_keep_each(struct store_txn *t, uint32_t campaign,
                    int (*each)(void *context, const char *id, size_t size), void *context,
                    struct winnow_error *err);

/* Somebody to keep whose id is not known: noted by the handle (in its one form, ASCII case
 * ignored), until a merge tells the id of whoever has it. Then the id is on the list, and the note
 * waits for store_keep_notes_end, since a second one of that handle is kept too. */
int store_keep_note(struct store_txn *t, struct store_campaign *c, struct text handle,
                    bool *changed, struct winnow_error *err);
int store_keep_unnote(struct store_txn *t, struct store_campaign *c, struct text handle,
                      bool *changed, struct winnow_error *err);
/* 1 noted, 0 not, -1 error */
int store_keep_noted(struct store_txn *t, uint32_t campaign, struct text handle,
                     struct winnow_error *err);
/* Those that keep nobody yet, in small letters. */
int store_keep_noted_each(struct store_txn *t, uint32_t campaign,
                          int (*each)(void *context, const char *handle, size_t size),
                          void *context, struct winnow_error *err);
/* An import or a fetch is over: notes whose id it told have done their work. */
int store_keep_notes_end(struct store_txn *t, struct store_campaign *c, struct winnow_error *err);

/* Every record of the list is whole, found by its id, and none is absent; else WINNOW_DAMAGED.
 * Whoever is about to rely on the list for long asks this first: an absent record protects nobody,
 * and nothing else would tell. */
int store_keep_check(struct store_txn *t, const struct store_campaign *c, struct winnow_error *err);

/* ---- plans ---- */

struct store_entry { /* of a schedule */
    uint32_t number;
    float score;
    uint8_t key;   /* which of the followee's follow keys */
    uint8_t first; /* index of the first rule that put it ahead; STORE_NO_RULE */
};
#define STORE_NO_RULE 255

struct store_decision { /* of a plan, on one followee */
    uint32_t position;  /* of its first entry; STORE_NO_POSITION: not scheduled */
    uint8_t verdict;    /* the planner's enum */
    uint8_t rule;
};
#define STORE_NO_POSITION UINT32_MAX

/* A plan's head: the worker's own image of summary, policy and options, stored as it is given. */
int store_plan_put(struct store_txn *t, uint32_t campaign, uint32_t plan, const void *head,
                   size_t size, struct winnow_error *err);
int store_plan_get(struct store_txn *t, uint32_t campaign, uint32_t plan, const void **head,
                   size_t *size, struct winnow_error *err);

/* Forget a plan: head, schedule, decisions and states. Its journal stays. */
int store_plan_drop(struct store_txn *t, uint32_t campaign, uint32_t plan,
                    struct winnow_error *err);

/* Written in order, from position or number 0 on, any number at a time; many are faster. */
int store_schedule_put(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t position,
                       const struct store_entry *entries, uint32_t count, struct winnow_error *err);
int store_decisions_put(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t number,
                        const struct store_decision *decisions, uint32_t count,
                        struct winnow_error *err);
int store_schedule_get(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t position,
                       struct store_entry *out, struct winnow_error *err);
/* 1 there, 0 the followee came after the plan, -1 error */
int store_decision_get(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t number,
                       struct store_decision *out, struct winnow_error *err);

/* ---- the ledger: intents, outcomes, counters ---- */

struct store_progress {
    uint32_t plan, total;
    uint32_t cursor;                 /* entries below it have been taken */
    uint32_t open;                   /* in flight, or waiting for another try */
    uint32_t in_doubt;               /* of open: the last try may have happened */
    uint64_t settled[OUTCOME_COUNT]; /* final outcomes */
    uint64_t requests;               /* that left, or may have */
    uint64_t journal_next; /* sequence number of the next journal record, over all plans */
    int64_t spent_micro;   /* over all plans */
    int64_t first_sent_ms, last_outcome_ms;
};

/* Start the ledger of a new plan: entries left open by the one before are journalled as in doubt
 * and let go. */
int store_progress_start(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t total,
                         int64_t now_ms, struct winnow_error *err);
/* 1 there, 0 no plan yet, -1 error */
int store_progress_get(struct store_txn *t, uint32_t campaign, struct store_progress *out,
                       struct winnow_error *err);

struct store_open_entry {
    uint32_t position;
    enum action action;
    uint32_t request;  /* of the last try */
    uint16_t attempts; /* failed tries so far */
    uint8_t together;  /* at most so many in a request; 0: no bound */
    bool in_flight, in_doubt;
    int64_t not_before_ms; /* in_flight: when it was committed */
};

enum store_journal_kind { STORE_JOURNAL_INTENT = 1, STORE_JOURNAL_OUTCOME = 2 };

struct store_journal_record {
    uint64_t sequence;
    enum store_journal_kind kind;
    enum action action;
    enum outcome outcome;
    uint32_t plan, position, number, request;
    uint16_t attempts, http_status;
    uint8_t key;
    bool exhausted; /* refused since the tries ran out */
    int64_t time_ms, cost_micro;
};

/* An intent, or what became of one: record.kind. Entries are taken in the order of the schedule;
 * the store gives record.sequence. */
struct store_event {
    struct store_open_entry entry; /* as it is from here on, unless the outcome is final */
    struct store_journal_record record;
};

/* ---- a run: two calls, each of them one round trip to the store ---- */

/* An entry, whom it is about, and what may speak against sending it. The texts live as long as all
 * that a transaction gives. */
struct store_target {
    struct store_entry entry;
    struct text id,
        key;   /* the followee's id, and the follow's key ("": its records have changed) */
    bool kept; /* it is on the keep list by its id, or by the handle that is its key */
    bool gone; /* store_gone_has */
};

struct store_claim {
    uint32_t plan;
    const uint32_t *positions;
    uint32_t count;
    bool handle_is_key; /* a key is a handle, by which somebody may be noted on the keep list */
};
/* What stands behind these entries, in their order, into `out`. */
int store_claim(struct store_txn *t, const struct store_claim *claim, struct store_target *out,
                struct winnow_error *err);

/* Write `events` in their order: journal, open entries, final states and counters change together.
 * `progress` is how it stands then. WINNOW_DAMAGED: one of them contradicts what is there. */
int store_settle(struct store_txn *t, const struct store_event *events, uint32_t count,
                 struct store_progress *progress, struct winnow_error *err);

int store_open_each(struct store_txn *t, uint32_t campaign,
                    int (*each)(void *context, const struct store_open_entry *entry), void *context,
                    struct winnow_error *err);
/* 1 open, 0 not, -1 error */
int store_open_get(struct store_txn *t, uint32_t campaign, uint32_t position,
                   struct store_open_entry *out, struct winnow_error *err);
/* OUTCOME_NONE while not settled */
int store_state_get(struct store_txn *t, uint32_t campaign, uint32_t plan, uint32_t position,
                    enum outcome *out, struct winnow_error *err);
int store_journal_each(struct store_txn *t, uint32_t campaign, uint64_t from,
                       int (*each)(void *context, const struct store_journal_record *record),
                       void *context, struct winnow_error *err);

/* The sequence number of the first record of that time or later; journal_next when there is none.
 * Times in a journal do not fall. */
int store_journal_since(struct store_txn *t, uint32_t campaign, int64_t time_ms, uint64_t *sequence,
                        struct winnow_error *err);

struct store_check {
    uint64_t journal_records, entries, mismatches;
    char first[512];
};
/* Derive counters, states and open entries of the present plan from the journal and compare. */
int store_check(struct store_txn *t, uint32_t campaign, struct store_check *out,
                struct winnow_error *err);

/* ---- small records, stored as they are given ---- */

enum store_note {
    STORE_NOTE_BUDGET = 1, /* name: the budget's */
    STORE_NOTE_RUN,        /* name "": the run's state */
    STORE_NOTE_FETCH,      /* name "": the fetch's cursor */
    STORE_NOTE_BATCH,      /* name: the batch's number in decimal */
    STORE_NOTE_CONTROL,    /* name "": what the user asked of the run */
    STORE_NOTE_CLOCK,      /* campaign 0, name "": the engine clock's stamp */
    STORE_NOTE_EVIDENCE,   /* name: the evidence set's */
    STORE_NOTE_GONE,       /* name "": how far the gone marks have caught up with the journal */
    STORE_NOTE_MONEY,      /* name "": what reads and looks have cost */
};

int store_note_put(struct store_txn *t, uint32_t campaign, enum store_note kind, const char *name,
                   const void *bytes, size_t size, struct winnow_error *err);
/* 1 there, 0 not, -1 error */
int store_note_get(struct store_txn *t, uint32_t campaign, enum store_note kind, const char *name,
                   const void **bytes, size_t *size, struct winnow_error *err);
int store_note_remove(struct store_txn *t, uint32_t campaign, enum store_note kind,
                      const char *name, struct winnow_error *err);

#endif
