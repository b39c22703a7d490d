/* Where a step of a fetch stands, in the store: written with each page, read by the next fetch, so
 * that one that was killed goes on. A step is one way through one list; its note bears its name,
 * and by that the kind of its fields is known. */
#ifndef WORK_PAGES_FETCH_STATE_H
#define WORK_PAGES_FETCH_STATE_H

#include "work/campaign/state.h"

/* What a step's own fields are. In the store each kind has the numbers `part`, `rows`, `full` and
 * `follows`; fetch_state.c says which is which. */
enum fetch_kind {
    FETCH_KIND_FOLLOWING,
    FETCH_KIND_FOLLOWERS,
    FETCH_KIND_ASKED,
    FETCH_KIND_HIDDEN,
    FETCH_KIND_LISTS,
    FETCH_KIND_TALK,
};

struct fetch_state {
    uint16_t batch;
    int64_t begun_ms; /* engine time */
    int64_t told;     /* rows that there should be, by the profile's word; -1: not told */
    uint64_t rows;    /* of the list in hand, read so far; FETCH_KIND_ASKED: people asked for */
    uint64_t skipped; /* not understood */
    uint64_t pages;
    uint64_t roster; /* what was in it when the step began, see fetch_roster */
    enum fetch_kind kind;
    union {
        struct {
            uint64_t with_counts; /* rows that told of a profile's counts */
        } following;
        struct {
            uint64_t known; /* rows of somebody in the roster */
        } followers;
        struct {
            uint32_t next;        /* the roster number to ask for next */
            uint64_t with_counts; /* answers that told of a profile's counts */
            uint64_t with_follow; /* answers that told who follows back */
        } asked;
        struct {
            uint32_t next;  /* 0: still in the list; else one more than the roster number to ask
                               about next */
            uint64_t alone; /* people who were asked about alone */
            uint64_t gone;  /* of them, those who are gone */
        } hidden;
        struct {
            uint32_t part;    /* 0: the lists themselves; else one more than the list's place */
            uint64_t members; /* rows */
        } lists;
        struct {
            uint32_t source;   /* in hand: the key of its row */
            uint64_t datasets; /* that were asked for, a bit each */
            int64_t since_ms;  /* of the source in hand: its oldest row; 0: none has a time */
        } talk;
    };
};

/* 1 found, with the cursor of the next page; 0 not; -1 error. `out->kind` says how it is read. */
int fetch_state_load(struct store_txn *t, uint32_t campaign, const char *step,
                     struct fetch_state *out, struct buffer *cursor, struct winnow_error *err);
/* WINNOW_NETWORK when the server's cursor is longer than HTTP_TARGET_MAX. */
int fetch_state_save(struct store_txn *t, uint32_t campaign, const char *step,
                     const struct fetch_state *s, const struct buffer *cursor,
                     struct winnow_error *err);
int fetch_state_remove(struct store_txn *t, uint32_t campaign, const char *step,
                       struct winnow_error *err);

#endif
