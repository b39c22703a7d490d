/* import: posts and messages of an X archive, from single files of it. Happy path: all such files
 * of one call add up; nothing says that they are all there is, so each count is a least one. Fails
 * as the store does. */
#include <inttypes.h>
#include <stdio.h>

#include "formats/x/x_list.h"
#include "work/import/importing.h"

static int take_person(struct importing *i, const struct x_person *one,
                       const struct x_spoken *spoken, struct winnow_error *err) {
    char id[X_ID_MAX + 2];
    struct facts f = {0};
    enum store_change change;
    uint32_t number;
    int size = snprintf(id, sizeof id, "%" PRIu64, one->id);
    facts_clear(&f);
    facts_set_text(&f, FACT_ID, id, (size_t)size);
    if (!tie_is_empty(&spoken->posts))
        *facts_tie(&f, DATASET_POSTS) = spoken->posts;
    if (!tie_is_empty(&spoken->messages))
        *facts_tie(&f, DATASET_MESSAGES) = spoken->messages;
    facts_came_from(&f, i->plain_batch);
    if (store_followee_merge(i->txn, i->campaign, &f, true, &change, &number, err) != 0)
        return -1;
    i->result->changed += change == STORE_CHANGED;
    return 0;
}

static int talked_note(struct importing *i, enum dataset set, uint64_t count,
                       struct winnow_error *err) {
    struct evidence e = {.state = WINNOW_SET_PARTIAL,
                         .as_of_ms = i->now_ms,
                         .count = count,
                         .batch = i->plain_batch,
                         .why = {.reason = REASON_SINGLE_FILES}};
    return count == 0 ? 0 : importing_put_evidence(i, set, &e, err);
}

int import_talked(struct importing *i, struct winnow_error *err) {
    const struct x_talked *t = &i->talked;
    for (uint32_t k = 0; k < t->people.count; k++) {
        const struct x_person *one = &t->people.all[k];
        const struct x_spoken *spoken = x_people_spoken(&t->people, one);
        if (spoken != NULL && take_person(i, one, spoken, err) != 0)
            return -1;
    }
    return talked_note(i, DATASET_POSTS, t->posts_read, err) == 0
               ? talked_note(i, DATASET_MESSAGES, t->messages_read, err)
               : -1;
}
