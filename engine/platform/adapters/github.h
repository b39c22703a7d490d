/* What the parts of the GitHub adapter share: follows (github.c), and the evidence
 * (github_evidence.c). */
#ifndef PLATFORM_ADAPTERS_GITHUB_H
#define PLATFORM_ADAPTERS_GITHUB_H

#include "platform/wire/answer.h"
#include "platform/wire/page.h"

#define GITHUB_ACCEPT "application/vnd.github+json"

bool id_login(struct text t); /* managed users' have an underscore */

extern const struct answer_form github_form;
void github_settle(struct answer *a);
void github_observe(const struct answer *a);

/* The first page by `first`, and each other by the target that the page before named. */
int github_build_page(const char *first, struct text cursor, const char *accept,
                      struct http_request *out, struct winnow_error *err);
/* Where the next page is; false: there is none. */
bool github_next_page(const struct http_response *in, struct text *target);

/* A user's or a repository's number. */
bool github_read_id(const json_t *from, char id[BODY_ID_SCRATCH]);
const char *github_read_row(const json_t *from, struct row *row, struct facts *f);

extern const struct platform_list github_stars, github_orgs, github_members, github_events;

#endif
