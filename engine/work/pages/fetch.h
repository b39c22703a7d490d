/* Inside of fetch: what its steps share. A step reads one thing to its end, page by page, each page
 * one transaction: its facts, the cursor of the next page, and the cost of asking for it, which so
 * is committed before that request leaves. */
#ifndef WORK_PAGES_FETCH_H
#define WORK_PAGES_FETCH_H

#include "work/evidence/evidence.h"
#include "work/pages/fetch_state.h"
#include "work/pages/seen.h"
#include "work/session/reads.h"

struct fetching {
    struct winnow *w;
    struct reads reads;
    struct store_campaign campaign;
    const struct platform *platform;
    const struct winnow_fetch_options *options;
    struct winnow_fetch_result *result;
    struct platform_identity profile; /* what it counts, as the fetch began */
    bool older_names;                 /* the server does not know X's newer parameters */
    uint32_t wanted;                  /* datasets, a bit each */
    struct fetch_state at;            /* of the step in hand */
    struct buffer cursor;             /* of the page that is asked next */
    struct buffer mark;    /* an earlier cursor: seen again, the list goes round in circles */
    struct store_txn *txn; /* of the page that is read */
    struct winnow_error *err;
    struct why refused; /* why the platform does not offer what was asked */
    /* Of the list in hand, by this process: who has been on it, and how it goes on. */
    struct seen seen;
    const struct fetch_step *step;
    struct platform_page page; /* in hand */
    struct buffer next;        /* its */
    bool ranked;               /* rows have told their places in the order of follows */
    uint32_t page_rows;        /* rows of the page in hand so far */
    uint32_t page_new;         /* rows of the page in hand that were on none before */
    uint32_t barren;           /* pages in a row that had rows, and nobody new */
    uint32_t empty;            /* pages in a row without a row */
    struct why stopped;        /* why it is not read to its end; REASON_NONE: it is */
    bool overlong;             /* since it has far more rows than the profile counts */
    const struct platform_source *own_source; /* what it reads, where it is one row of the table */
    void *own;                                /* the step's */
};

enum fetch_refusal {
    FETCH_NOT_OFFERED,
    FETCH_GO_ON, /* f->at was changed, and another request will do */
    FETCH_OVER,  /* it was the last one, and the step ends without it */
};

struct fetch_step {
    const char *name;        /* of its note */
    enum fetch_kind kind;    /* of f->at */
    const char *doing;       /* for the progress line */
    struct reads_price cost; /* of a page: `rows` is the most that one has, where they cost */
    /* Where the pages of one step are of several kinds: the cost of the one that comes next; else
     * NULL. */
    struct reads_price (*cost_now)(const struct fetching *f);
    uint64_t rows; /* there will be, where the step knows; 0: see told */
    /* How many rows there should be, from the profile; NULL: it does not say. */
    int64_t (*told)(const struct platform_identity *profile);
    int (*begin)(struct fetching *f, struct winnow_error *err); /* may be NULL; f->txn is open */
    /* May be NULL. Is the step that was begun the one that is asked for? Else it begins anew. */
    bool (*same)(const struct fetching *f);
    bool (*over)(struct fetching *f); /* may be NULL; gone on with, nothing is left to ask for */
    int (*build)(struct fetching *f, const struct platform_account *who, struct http_request *out,
                 struct winnow_error *err);
    int (*read)(struct fetching *f, const struct platform_account *who,
                const struct http_response *in, struct platform_page *page, struct reply *reply);
    int (*take)(void *fetching, const struct facts *row); /* f->err tells of its errors */
    /* Count a page's rows into f->at in the step's own way; NULL: they are rows of a list. */
    void (*count)(struct fetching *f, const struct platform_page *page);
    /* A page was read, f->at is up to date; may be NULL. */
    int (*page)(struct fetching *f, const struct platform_page *page, struct winnow_error *err);
    /* A list was at its end, or cannot be read to it: f->stopped says why, and nothing follows from
     * who was not on it; cleared, where the list was whole all the same. `more`: go on, f->cursor
     * says where; else the step is over, and its evidence has been put. */
    int (*end)(struct fetching *f, bool *more, struct winnow_error *err);
    /* May be NULL. The platform refused this request: a FETCH_ value, or -1. No transaction is
     * open.
     */
    int (*refused)(struct fetching *f, struct winnow_error *err);
    bool may_lack; /* a refusal is the platform's word that it does not offer this */
    /* No end but the platform's word: such a list is stopped when it brings nobody new. */
    bool by_pages;
};

/* 0 the step is over; 1 the platform does not offer it, as f->refused says; -1 error. */
int fetch_step_run(struct fetching *f, const struct fetch_step *step, struct winnow_error *err);

/* A step's build and read where they are those of f->own_source's list. */
int fetch_list_build(struct fetching *f, const struct platform_account *who,
                     struct http_request *out, struct winnow_error *err);
int fetch_list_read(struct fetching *f, const struct platform_account *who,
                    const struct http_response *in, struct platform_page *page,
                    struct reply *reply);

/* Was it stopped behind as many as the profile counts? Then that was its end, and it is not taken
 * for stopped any more. */
void fetch_stopped_at_end(struct fetching *f, uint64_t count);

/* Put a set's evidence from f->at: REASON_NONE is complete, else partial. `expected` 0: not told.
 */
int fetch_put(struct fetching *f, enum dataset set, uint64_t count, uint64_t expected,
              const struct why *why, struct winnow_error *err);
/* It cannot be had: noted where nothing else is known of the set. In a transaction of its own. */
int fetch_put_absent(struct fetching *f, enum dataset set, const struct why *why,
                     struct winnow_error *err);

/* Say that f->refused leaves the source out, and which scope a login may lack. */
void fetch_warn_refused(const struct fetching *f, const struct platform_source *source);

/* Merge a row into somebody of the roster. 1 merged, 0 not in it, -1 error. */
int fetch_merge_known(struct fetching *f, const struct facts *row, struct winnow_error *err);

/* A mark of the roster as it is now: how many followees it has, and how many of them without an id.
 * If it changes while a list is read, somebody came who was not looked for on the pages before, and
 * their absence from those proves nothing. */
uint64_t fetch_roster(const struct fetching *f);

/* The ways to read a source. Each returns 0, or -1; `source` is the first row of the platform's
 * table that is wanted and read so. */
/* All of the repository's datasets at once; what it brought is wanted no more. */
int fetch_repo(struct fetching *f, const struct platform_source *source, struct winnow_error *err);
int fetch_following(struct fetching *f, const struct platform_source *source,
                    struct winnow_error *err);
/* The follows' dates by their order, behind the last page of the list. */
int fetch_date_by_rank(struct fetching *f, struct winnow_error *err);
int fetch_followers(struct fetching *f, const struct platform_source *source,
                    struct winnow_error *err);
/* Of the roster, in chunks: all rows that are told by the same call. */
int fetch_asked(struct fetching *f, const struct platform_source *source, struct winnow_error *err);
/* Who is gone. */
int fetch_hidden(struct fetching *f, const struct platform_source *source,
                 struct winnow_error *err);
int fetch_lists(struct fetching *f, const struct platform_source *source, struct winnow_error *err);
/* Whom the account blocks. */
int fetch_marked(struct fetching *f, const struct platform_source *source,
                 struct winnow_error *err);
/* All that is wanted and tells of exchanges. */
int fetch_interactions(struct fetching *f, const struct platform_source *source,
                       struct winnow_error *err);
/* Profiles of the plan's next entries alone. */
int fetch_next(struct fetching *f, struct winnow_error *err);
/* No set: whose id is not known gets one. */
int fetch_handles(struct fetching *f, struct winnow_error *err);

#endif
