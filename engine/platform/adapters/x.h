/* What the two halves of the X adapter share: follows and people (x.c) and the evidence
 * (x_evidence.c). */
#ifndef PLATFORM_ADAPTERS_X_H
#define PLATFORM_ADAPTERS_X_H

#include "platform/wire/answer.h"
#include "platform/wire/page.h"

extern const struct answer_form x_form;
void x_settle(struct answer *a, const json_t *root, const char *own_id, const char *budget);

/* Is this a page? `next` is empty at the end. */
typedef bool x_page_judge(const json_t *root, struct text *next);
/* A page has data, or says that it has no results; a next_token that is odd spoils it. */
bool x_page_whole(const json_t *root, struct text *next);
/* The same, and errors alone with a next_token are a page without rows: for lists that somebody
 * else counts, since who stood there is left out. */
bool x_page_shape(const json_t *root, struct text *next);

/* The rows under "data" of an answer that `is_page`. */
int x_read_page(const struct platform_account *who, const struct http_response *in,
                x_page_judge *is_page, row_reader *read, struct platform_page *page,
                struct reply *out);
const char *x_read_row(const json_t *from, struct row *row, struct facts *f);

extern const struct platform_list x_lists, x_members, x_mentions;

#endif
