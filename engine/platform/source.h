/* The sources of a platform: what it tells, dataset by dataset, and how each is read. Fetching, the
 * evidence, its hints and the help are loops over this table: a new source is a row of it, and what
 * the row's calls read. Several rows may tell of one dataset, and one call may stand in several
 * rows: it is made once. */
#ifndef PLATFORM_SOURCE_H
#define PLATFORM_SOURCE_H

#include "core/base/buffer.h"
#include "core/facts/dataset.h"
#include "core/facts/facts.h"
#include "core/facts/reason.h"
#include "core/http/http.h"
#include "core/reply/reply.h"

#include <winnow/error.h>

struct platform;
struct platform_account;
struct platform_page;
struct target;

/* A paged call. Its rows are facts with an id; what else they tell depends on the dataset. */
struct platform_list {
    /* `part`: which one, where there are several; else empty */
    int (*build)(const struct platform_account *who, struct text part, struct text cursor,
                 struct http_request *out, struct winnow_error *err);
    /* Returns 0 and REPLY_GO_ON when the page was read; else `reply` says what to do. -1 when
     * `each` stopped it. A row may be handed over several times, once for each person in it. */
    int (*read)(const struct platform_account *who, const struct http_response *in,
                struct platform_page *page, struct reply *out);
    int64_t price_micro; /* a row */
    uint32_t page_max;   /* rows; 0 where rows are free */
};

/* A call about some accounts, asked by their ids or by their handles (as `id` of the entries); who
 * is not answered for stays unknown. */
struct platform_ask {
    uint32_t max;        /* in one request */
    int64_t price_micro; /* a row; 0: free */
    int (*build)(const struct platform_account *who, const struct target *entries, size_t count,
                 struct http_request *out, struct winnow_error *err);
    int (*read)(const struct platform_account *who, const struct http_response *in,
                struct platform_page *page, struct reply *out);
};

/* How a source is read, and which of a row's calls that takes. */
enum source_way {
    SOURCE_NONE,  /* it is not: `why_not` says why */
    SOURCE_PAGES, /* `list`, page by page */
    SOURCE_PARTS, /* `list` of parts (rows: the part's key as the id, its name as the name); then
                     `held` of each, asked with its key */
    SOURCE_PARTS_AT_ONCE, /* the same; `held` is one list, whose rows have the key as their lists */
    SOURCE_ROWS,          /* it comes with the rows of the following list */
    SOURCE_ASKED,         /* `ask`, of the roster's people, by their ids */
    SOURCE_HANDLES, /* `ask`, of those without an id, by handle. Rows: id, and handle where more
                       than one can be asked for */
    SOURCE_HIDDEN,  /* `list` of the followees as they are shown to the account, then `ask` of each
                       who is not on it: why? A row without an id is of the one asked */
    SOURCE_NEXT,    /* `ask`, of the next entries of the plan, by their ids, since each costs */
    SOURCE_ARCHIVE, /* by an import of the platform's archive, for nothing */
    SOURCE_REPO, /* `list`, whose one page is a Bluesky repository with the records of all datasets
                    that have such a row: instead of their lists, where all of them are wanted */
    SOURCE_WAYS
};

extern const char *const source_ways[SOURCE_WAYS]; /* in words: "a list" */

/* What is said of a source, with the kind of reason that it is. */
struct source_said {
    enum reason reason;
    const char *say; /* for a person */
};

struct platform_source {
    enum dataset dataset; /* what it tells */
    enum source_way way;
    const struct platform_list *list, *held;
    const struct platform_ask *ask;
    struct source_said
        bound;         /* why it is never whole, though read to its end; REASON_NONE: it is */
    uint32_t newest;   /* of REASON_NEWEST: so many; 0: not told */
    const char *scope; /* a token needs it, besides what unfollowing needs; NULL: none */
    struct source_said why_not; /* of SOURCE_NONE */
};

/* The first source of a dataset that is read in that way, or NULL. */
const struct platform_source *platform_source(const struct platform *p, enum dataset dataset,
                                              enum source_way way);
/* The first that is read in any way: the best to name. NULL: there is none. */
const struct platform_source *platform_first_source(const struct platform *p, enum dataset dataset);
/* A row's word on why the dataset is not fetched, or NULL. */
const struct source_said *platform_why_not(const struct platform *p, enum dataset dataset);
/* Does the table speak of the dataset? */
bool platform_has_rows(const struct platform *p, enum dataset dataset);
bool platform_has_archive(const struct platform *p);
/* The list of followees, which each platform has in its first row. */
const struct platform_list *platform_following(const struct platform *p);

/* A request for it, or for its rows, can be made by a fetch. */
bool source_is_fetched(const struct platform_source *s);
/* The most that one of its rows costs. */
int64_t source_price_micro(const struct platform_source *s);

#endif
