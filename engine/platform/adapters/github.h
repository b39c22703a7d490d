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
/* A page of rows, or one alone (JSON_OBJECT; 404: there is nobody). `settle`: what a refusal means. */
struct github_reader {
    int (*read)(const struct platform_account *who, const json_t *rows, int64_t received_ms,
                struct platform_page *page);
    void (*settle)(struct answer *a);
};
int github_read_page(const struct platform_account *who, const struct http_response *in,
                     json_type rows, const struct github_reader *reader, struct platform_page *page,
                     struct reply *out);

/* A user's or a repository's number. */
bool github_read_id(const json_t *from, char id[BODY_ID_SCRATCH]);
const char *github_read_row(const json_t *from, struct row *row, struct facts *f);

extern const struct platform_list github_stars, github_orgs, github_members, github_events;

#endif
