/* The keep list: put on, take off, list. Happy path: everyone named is known; one transaction.
 * Fails on the first who is not known, by name, and nobody is changed then. */
#include <stdio.h>
#include <string.h>

#include "worker/state.h"

struct keeping {
    struct store_txn *txn;
    struct store_campaign campaign;
    bool remove;
    struct winnow_keep_result *result;
};

/* Was this entry taken back, is it on its way at this moment, or may its last try have worked? */
static int entry_late(struct keeping *k, const struct store_progress *p, uint32_t position,
                      bool *late, struct winnow_error *err) {
    struct store_open_entry open = {0};
    enum outcome settled = OUTCOME_NONE;
    if (store_state_get(k->txn, k->campaign.id, p->plan, position, &settled, err) < 0 ||
        store_open_get(k->txn, k->campaign.id, position, &open, err) < 0)
        return -1;
    *late = *late || open.in_flight || open.in_doubt || settled == OUTCOME_UNFOLLOWED ||
            settled == OUTCOME_ALREADY_GONE || settled == OUTCOME_TARGET_GONE;
    return 0;
}

/* The same for all entries of a followee, which stand one after the other. */
static int too_late(struct keeping *k, uint32_t number, bool *late, struct winnow_error *err) {
    struct store_decision d = {.position = STORE_NO_POSITION};
    struct store_progress p;
    *late = false;
    if (k->campaign.plans == 0)
        return 0;
    if (store_decision_get(k->txn, k->campaign.id, k->campaign.plans, number, &d, err) < 0 ||
        store_progress_get(k->txn, k->campaign.id, &p, err) < 0)
        return -1;
    if (d.position == STORE_NO_POSITION)
        return 0;
    for (uint32_t at = d.position; at < p.cursor; at++) {
        struct store_entry e;
        if (store_schedule_get(k->txn, k->campaign.id, p.plan, at, &e, err) != 0)
            return -1;
        if (e.number != number)
            break;
        if (entry_late(k, &p, at, late, err) != 0)
            return -1;
    }
    return 0;
}

static int keep_one(struct keeping *k, const char *who, struct winnow_error *err) {
    struct facts f;
    uint32_t number;
    char id[FACT_ID_MAX + 1];
    bool changed = false;
    bool late = false;
    if (state_find_followee(k->txn, &k->campaign, who, &number, &f, err) != 0)
        return -1;
    if (!facts_known(&f, FACT_ID))
        return winnow_fail(err, WINNOW_NOT_FOUND,
                           "the id of %.64s is not known yet: run `winnow fetch %s` first", who,
                           k->campaign.name);
    text_copy(id, sizeof id, f.text[FACT_ID]);
    int result = k->remove ? store_keep_remove(k->txn, &k->campaign, id, strlen(id), &changed, err)
                           : store_keep_put(k->txn, &k->campaign, id, strlen(id), &changed, err);
    if (result != 0 || (!k->remove && too_late(k, number, &late, err) != 0))
        return -1;
    k->result->changed += changed;
    k->result->unchanged += !changed;
    k->result->too_late += late;
    return 0;
}

static int keep_all(struct winnow *w, struct keeping *k, const char *name, const char *const *who,
                    size_t count, struct winnow_error *err) {
    if (store_campaign_find(k->txn, name, &k->campaign, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (keep_one(k, who[i], err) != 0)
            return -1;
    if (store_campaign_put(k->txn, &k->campaign, err) != 0)
        return -1;
    return state_stamp(w, k->txn, err);
}

int winnow_keep(struct winnow *w, const char *name, const char *const *who, size_t count,
                bool remove, struct winnow_keep_result *out, struct winnow_error *err) {
    struct keeping k = {.remove = remove, .result = out};
    *out = (struct winnow_keep_result){0};
    if (store_write(w->store, &k.txn, err) != 0)
        return -1;
    if (keep_all(w, &k, name, who, count, err) != 0) {
        store_abort(k.txn);
        return -1;
    }
    return store_commit(k.txn, err);
}

struct listing {
    struct store_txn *txn;
    uint32_t campaign;
    int (*each)(void *context, const char *id, const char *handle);
    void *context;
    struct winnow_error *err;
};

static int list_one(void *context, const char *at, size_t size) {
    struct listing *l = context;
    char id[FACT_ID_MAX + 1];
    char handle[FACT_HANDLE_MAX + 1] = "";
    uint32_t number;
    struct facts f;
    text_copy(id, sizeof id, (struct text){at, (uint32_t)size});
    int found = store_followee_find(l->txn, l->campaign, at, size, &number, l->err);
    if (found < 0 || (found == 1 && store_followee_get(l->txn, l->campaign, number,
                                                       STORE_FACTS_AND_TEXTS, &f, l->err) != 0))
        return -1;
    if (found == 1 && facts_known(&f, FACT_HANDLE))
        text_copy(handle, sizeof handle, f.text[FACT_HANDLE]);
    return l->each(l->context, id, handle);
}

int winnow_keep_list(struct winnow *w, const char *name,
                     int (*each)(void *context, const char *id, const char *handle), void *context,
                     struct winnow_error *err) {
    struct store_campaign c;
    struct store_txn *t;
    if (store_read(w->store, &t, err) != 0)
        return -1;
    struct listing l = {t, 0, each, context, err};
    int result = store_campaign_find(t, name, &c, err);
    if (result == 0) {
        l.campaign = c.id;
        result = store_keep_each(t, c.id, list_one, &l, err);
    }
    store_abort(t);
    return result;
}
