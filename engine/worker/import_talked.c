/* import: posts and messages of an X archive, from single files of it. Happy path: all such files
 * of one call add up; nothing says that they are all there is, so each count is a least one: what
 * is known already stays where it is more. Fails as the store does. */
#include <inttypes.h>
#include <stdio.h>

#include "roster/x_list.h"
#include "worker/importing.h"

/* Leave out what is known better already. */
static int at_least(struct importing *i, struct facts *f, struct winnow_error *err) {
    struct facts known;
    uint32_t number;
    const struct text *id = &f->text[FACT_ID];
    int found = store_followee_find(i->txn, i->campaign->id, id->at, id->size, &number, err);
    if (found <= 0)
        return found;
    if (store_followee_get(i->txn, i->campaign->id, number, STORE_FACTS, &known, err) != 0)
        return -1;
    static const enum fact_id grows[] = {FACT_INTERACTIONS, FACT_LAST_INTERACTION_AT};
    for (size_t k = 0; k < 2; k++)
        if (facts_known(&known, grows[k]) && known.value[grows[k]] >= f->value[grows[k]])
            f->known &= ~FACT_SET(grows[k]);
    return 0;
}

static int take_person(struct importing *i, const struct x_person *one, struct winnow_error *err) {
    char id[X_ID_MAX + 2];
    struct facts f = {0};
    enum store_change change;
    uint32_t number;
    int size = snprintf(id, sizeof id, "%" PRIu64, one->id);
    facts_clear(&f);
    facts_set_text(&f, FACT_ID, id, (size_t)size);
    facts_set_value(&f, FACT_INTERACTIONS, one->count);
    facts_set_value(&f, FACT_LAST_INTERACTION_AT, one->last_ms);
    facts_came_from(&f, i->plain_batch);
    if (at_least(i, &f, err) != 0 ||
        store_followee_merge(i->txn, i->campaign, &f, true, &change, &number, err) != 0)
        return -1;
    i->result->changed += change == STORE_CHANGED;
    return 0;
}

static int note(struct importing *i, enum dataset set, uint64_t count, struct winnow_error *err) {
    struct evidence e = {.state = EVIDENCE_PARTIAL,
                         .as_of_ms = i->now_ms,
                         .count = count,
                         .batch = i->plain_batch,
                         .why = {.reason = REASON_SINGLE_FILES}};
    return count == 0 ? 0 : importing_put_evidence(i, set, &e, err);
}

int import_talked(struct importing *i, struct winnow_error *err) {
    const struct x_talked *t = &i->talked;
    for (uint32_t k = 0; k < t->people.count; k++)
        if (take_person(i, &t->people.all[k], err) != 0)
            return -1;
    return note(i, DATASET_POSTS, t->posts_read, err) == 0
               ? note(i, DATASET_MESSAGES, t->messages_read, err)
               : -1;
}
