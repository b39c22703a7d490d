/* What the readers of all formats share: the input, the sink, the counts and the record at hand. */
#ifndef ROSTER_READING_H
#define ROSTER_READING_H

#include "roster/lines.h"
#include "roster/reader.h"
#include "roster/record.h"

struct reading {
    struct lines lines;
    const struct roster_sink *sink;
    struct roster_counts *counts;
    uint32_t keys;     /* bit (1u << FACT_x): of these facts, each record has one at least */
    uint64_t elements; /* of an X archive's file: those that were whole */
    struct record record;
};

/* Hand the record over when it is good, else tell why it is skipped. -1: the sink stops it. */
int reading_deliver(struct reading *r, enum roster_relation relation, uint64_t line,
                    struct winnow_error *err);

/* Count and tell a record that is skipped without a look at its facts. */
void reading_skip(struct reading *r, uint64_t line, const char *why);

/* One a format. The input stands at its first byte, behind a byte order mark. */
int jsonl_read(struct reading *r, struct winnow_error *err);
int csv_read(struct reading *r, struct winnow_error *err);
int mastodon_csv_read(struct reading *r, struct winnow_error *err);
int x_js_read(struct reading *r, struct winnow_error *err);

/* The lists of accounts in an X archive. X_ANY: following or follower, as the file says. Of
 * block and mute the relation is ROSTER_OTHER. */
enum x_accounts { X_ANY, X_FOLLOWING, X_FOLLOWER, X_BLOCK, X_MUTE };
int x_accounts_read(struct reading *r, enum x_accounts wanted, struct winnow_error *err);

/* Whom the account talks to: into `people`, by the account's own posts (whom it answers, whom it
 * mentions; a post counts once for each), and by the headers of its direct messages. */
struct x_people;
int x_posts_read(struct reading *r, struct x_people *people, uint64_t self,
                 struct winnow_error *err);
int x_messages_read(struct reading *r, struct x_people *people, uint64_t self, bool group,
                    struct winnow_error *err);

#endif
