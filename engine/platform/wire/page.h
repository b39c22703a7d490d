/* Pages of a following list: from an array of JSON rows to calls of `each`. */
#ifndef PLATFORM_WIRE_PAGE_H
#define PLATFORM_WIRE_PAGE_H

#include "platform/platform.h"
#include "platform/wire/json.h"

/* Memory for the facts of one row that are not in the document as they are. */
struct row {
    const struct platform_account *who;
    int64_t received_ms;
    char id[FACT_ID_MAX + 1];
    char handle[FACT_HANDLE_MAX + 1];
    char bio[FACT_BIO_MAX];
    char keys[FOLLOW_KEYS_MAX];
    struct text said;         /* as in struct platform_page; empty before each row */
    struct exchange exchange; /* the same */
    bool newest_first;        /* the same; false before each row */
    int64_t less_micro;       /* the same; 0 before each row */
};

/* Read one row into cleared facts. NULL when it is good, else why it is not: a row that is not
 * understood is left out and counted, never half-read. */
typedef const char *row_reader(const json_t *from, struct row *row, struct facts *facts);

/* Hand over all rows, an array, or one alone; returns what `each` returned when that was not 0. */
int page_read(struct platform_page *page, const json_t *rows, row_reader *read,
              const struct platform_account *who, int64_t received_ms);

/* Start a page: nothing read, the end. */
void page_begin(struct platform_page *page);
/* Leave out row `index`, and say why. */
void page_skip(struct platform_page *page, size_t index, const char *why);
/* There is a next page. */
void page_next(struct platform_page *page, struct text cursor);

/* The member as a fact, when it is of the fact's type; texts are cut at `max` bytes. */
void row_text(struct facts *f, enum fact_id id, const json_t *from, const char *key, size_t max);
void row_count(struct facts *f, enum fact_id id, const json_t *from, const char *key);
void row_flag(struct facts *f, enum fact_id id, const json_t *from, const char *key);
void row_time(struct facts *f, enum fact_id id, const json_t *from, const char *key);

/* When something happened; 0 when that is not told, or is of the future. */
int64_t page_moment(const json_t *from, const char *key, int64_t received_ms);

/* People of one row, each once, without the account itself. Who comes first keeps his exchange. */
#define PAGE_PEOPLE_MAX 64 /* the others are left out: no post names as many */
struct page_people {
    int64_t time_ms;                                /* of the row; 0: not told */
    char scratch[PAGE_PEOPLE_MAX][BODY_ID_SCRATCH]; /* for ids in digits */
    struct text ids[PAGE_PEOPLE_MAX];
    struct exchange exchanges[PAGE_PEOPLE_MAX];
    size_t count;
};
void page_people_add(struct page_people *p, const struct platform_account *who, struct text id,
                     const struct exchange *exchange);
/* Hand them over, under the names that the page has; a row about nobody as well, as nobody's, so
 * that it is known to be new. Returns what `each` returned when that was not 0. */
int page_people_tell(struct platform_page *page, const struct page_people *p);

#endif
