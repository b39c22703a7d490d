/* What the parts of the made-up Bluesky share: bluesky.c routes and writes, bluesky_records.c lists
 * the account's repository, bluesky_people.c has the records that are about people, appview.c
 * (sim.h) answers as the AppView.
 *
 * Happy path: each call fills the reply in hand. Failure: told in the reply. */
#ifndef PLATFORM_SIM_BLUESKY_H
#define PLATFORM_SIM_BLUESKY_H

#include "sim.h"

#define COLLECTION "app.bsky.graph.follow"

/* bluesky.c */
void bluesky_error(struct reply *reply, unsigned status, const char *name, const char *message);
void bluesky_error_500(struct sim *sim, struct reply *reply);
bool bluesky_repo_mine(struct sim *sim, const char *repo, struct reply *reply);
void bluesky_uri_json(struct sim *sim, uint32_t record, struct buf *out);

/* bluesky_records.c */
void bluesky_list_records(struct sim *sim, const struct request *request, struct reply *reply);
void bluesky_get_record(struct sim *sim, const struct request *request, struct reply *reply);

void bluesky_follow_json(struct sim *sim, uint32_t record, struct buf *out);

/* bluesky_car.c: the whole repository as a file; with people alone */
void bluesky_get_repo(struct sim *sim, const struct request *request, struct reply *reply);

/* A page of a list of records. */
struct page {
    const char *collection;
    const char *cursor; /* NULL: the first */
    uint32_t limit;
    bool up; /* oldest first */
};

/* bluesky_people.c: records about people; false if the repository has no such collection */
bool bluesky_people_records(struct sim *sim, const struct page *page, struct reply *reply);
/* Every record of the repository, as JSON with `uri` and `value`. */
void bluesky_all_records(struct sim *sim, void (*take)(void *cls, const char *json), void *cls);

#endif
