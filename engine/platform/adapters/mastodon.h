/* What the two halves of the Mastodon adapter share: the following list (mastodon.c) and the
 * evidence (mastodon_evidence.c). */
#ifndef PLATFORM_ADAPTERS_MASTODON_H
#define PLATFORM_ADAPTERS_MASTODON_H

#include "platform/wire/answer.h"
#include "platform/wire/page.h"

#define MASTODON_LOOK_MAX 20 /* Pixelfed cuts to 20, Mastodon takes 40 */
/* For evidence: a server that answers for the first of them alone is asked for the rest again. Ids
 * have 64 bytes at most, so that the query is no longer than three kilobytes. */
#define MASTODON_RELATIONSHIPS_MAX 40

/* Digits on Mastodon, ULIDs on GoToSocial, MD5 on snac. */
bool id_mastodon(struct text t);
bool handle_mastodon(struct text t); /* name, or name@host */

extern const struct answer_form mastodon_form;
void mastodon_settle(const struct answer *a);
void mastodon_observe(const struct answer *a);
bool mastodon_next_page(const struct http_response *in, const char *prefix, struct text *target);
/* Rows, or one alone (JSON_OBJECT; 404 and 410: there is nobody), by their Link headers under
 * `prefix`; NULL: there are no pages. */
int mastodon_read_rows(const struct platform_account *who, const struct http_response *in,
                       json_type rows, const char *prefix, row_reader *read,
                       struct platform_page *page, struct reply *out);
const char *mastodon_read_row(const json_t *from, struct row *row, struct facts *f);
int mastodon_build_relation(const struct platform_account *who, const struct target *entries,
                            size_t count, struct http_request *out, struct winnow_error *err);

extern const struct platform_list mastodon_lists, mastodon_members, mastodon_statuses,
    mastodon_favourites, mastodon_bookmarks, mastodon_conversations, mastodon_notifications;
extern const struct platform_ask mastodon_relationships, mastodon_lookup;

#endif
