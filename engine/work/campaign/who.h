/* Whom the user means by an id or a handle. Handles are brought into their one form first, so that
 * `me` is `me` at the campaign's server; they are compared without regard to ASCII capitals, which
 * no platform tells apart. */
#ifndef WORK_CAMPAIGN_WHO_H
#define WORK_CAMPAIGN_WHO_H

#include "work/campaign/state.h"

#define WHO_SAME_MAX 8 /* of one handle that are told by number; more are counted */

struct who {
    uint32_t count; /* with an id; those who are still followed, else those who were */
    uint32_t numbers[WHO_SAME_MAX];
    bool nameless; /* and one whose id is not known */
    uint32_t nameless_number;
};

/* The handle of `who` in its one form, as it is stored. A part of `who`, or in `room`. */
struct text who_handle(const struct store_campaign *c, const char *who,
                       char room[FACT_HANDLE_MAX + 1]);

/* Everybody of that handle. Looks the roster through, about a tenth of a second at 700,000: handles
 * change hands and are asked for rarely, so they have no index. */
int who_has_handle(struct store_txn *t, const struct store_campaign *c, struct text handle,
                   struct who *out, struct winnow_error *err);

/* Exactly one followee, by id, or by handle with or without '@'. WINNOW_NOT_FOUND for nobody,
 * WINNOW_BAD_INPUT for several, naming their ids. */
int who_is(struct store_txn *t, const struct store_campaign *c, const char *who, uint32_t *number,
           struct facts *out, struct winnow_error *err);

/* The errors of who_is. `hint` follows; "" none. */
int who_is_many(struct store_txn *t, const struct store_campaign *c, struct text handle,
                const struct who *many, struct winnow_error *err);
int who_is_nobody(struct store_txn *t, const struct store_campaign *c, const char *who,
                  const char *hint, struct winnow_error *err);

/* Their ids: "101, 202 and 3 more". */
int who_ids(struct store_txn *t, const struct store_campaign *c, const struct who *w, char *to,
            size_t room, struct winnow_error *err);

#endif
