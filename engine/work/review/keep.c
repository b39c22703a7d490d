/* The keep list: put on, take off, list. Happy path: everyone named is known; one transaction. Who
 * is in the roster by the handle alone is noted by that, and who is not in it, when the user says
 * so. Fails on the first who is not known, or whose handle several have; nobody is changed then. */
#include <stdio.h>
#include <string.h>

#include "work/campaign/who.h"
#include "work/review/keeping.h"

/* Was this entry taken back, is it on its way at this moment, or may its last try have worked? */
static int entry_late(struct keeping *k, const struct store_progress *p, uint32_t position,
                      bool *late, struct winnow_error *err) {
    struct store_open_entry open = {0};
    enum outcome settled = OUTCOME_NONE;
    if (store_state_get(k->txn, k->campaign.id, p->plan, position, &settled, err) < 0 ||
        store_open_get(k->txn, k->campaign.id, position, &open, err) < 0)
        return -1;
    *late = *late || open.in_flight || open.in_doubt || settled == OUTCOME_DONE ||
            settled == OUTCOME_ALREADY_SO || settled == OUTCOME_TARGET_GONE;
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

/* By id, which need not be in the roster. */
static int keep_id(struct keeping *k, struct text id, bool *changed, struct winnow_error *err) {
    bool now = false;
    int result = k->remove ? store_keep_remove(k->txn, &k->campaign, id.at, id.size, &now, err)
                           : store_keep_put(k->txn, &k->campaign, id.at, id.size, &now, err);
    *changed = *changed || now;
    return result;
}

static int keep_followee(struct keeping *k, uint32_t number, bool *changed,
                         struct winnow_error *err) {
    struct facts f;
    char id[FACT_ID_MAX + 1];
    bool late = false;
    if (store_followee_get(k->txn, k->campaign.id, number, STORE_FACTS, &f, err) != 0)
        return -1;
    text_copy(id, sizeof id, facts_text(&f, FACT_ID));
    if (keep_id(k, (struct text){id, (uint32_t)strlen(id)}, changed, err) != 0 ||
        (!k->remove && too_late(k, number, &late, err) != 0))
        return -1;
    k->result->too_late += late;
    return 0;
}

static int keep_note(struct keeping *k, struct text handle, bool *changed,
                     struct winnow_error *err) {
    bool now = false;
    if (store_keep_note(k->txn, &k->campaign, handle, &now, err) != 0)
        return -1;
    k->result->noted += now;
    *changed = *changed || now;
    return 0;
}

static bool all_of(struct text t, const char *letters) {
    for (uint32_t i = 0; i < t.size; i++)
        if (strchr(letters, t.at[i]) == NULL)
            return false;
    return true;
}

/* Without an '@' before it, and of a form that no handle has: digits (see --help), a DID, or what
 * servers with Mastodon's API have, a ULID (GoToSocial) or 32 hex digits. A name can be longer. */
static bool is_id(const struct keeping *k, struct text who) {
    bool form = all_of(who, "0123456789") || (who.size > 4 && memcmp(who.at, "did:", 4) == 0) ||
                (who.size == 26 && all_of(who, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")) ||
                (who.size == 32 && all_of(who, "0123456789abcdef"));
    return form && platform_check_id(k->platform, who.at, who.size, NULL) == 0;
}

/* Nobody in the roster has it. */
static int keep_stranger(struct keeping *k, struct text who, struct text handle, bool *changed,
                         struct winnow_error *err) {
    char hint[256];
    if (!k->note) {
        snprintf(hint, sizeof hint,
                 ". Is it right all the same? `winnow keep %s --note WHO` keeps them as soon as an "
                 "import or a fetch tells who they are",
                 k->campaign.name);
        return who_is_nobody(k->txn, &k->campaign, who.at, k->remove ? "" : hint, err);
    }
    if (is_id(k, who))
        return keep_id(k, who, changed, err);
    if (platform_check_account(k->platform, handle.at, handle.size, err) != 0)
        return -1;
    return keep_note(k, handle, changed, err);
}

static int keep_handle(struct keeping *k, struct text who, bool *changed,
                       struct winnow_error *err) {
    char room[FACT_HANDLE_MAX + 1];
    struct who all;
    bool unnoted = false;
    struct text handle = who_handle(&k->campaign, who.at, room);
    if (who_has_handle(k->txn, &k->campaign, handle, &all, err) != 0 ||
        (k->remove && store_keep_unnote(k->txn, &k->campaign, handle, &unnoted, err) != 0))
        return -1;
    *changed = *changed || unnoted;
    if (all.count > 1)
        return who_is_many(k->txn, &k->campaign, handle, &all, err);
    if (all.count == 1 && keep_followee(k, all.numbers[0], changed, err) != 0)
        return -1;
    if (all.nameless)
        return k->remove ? 0 : keep_note(k, handle, changed, err);
    return all.count == 1 || unnoted ? 0 : keep_stranger(k, who, handle, changed, err);
}

static int keep_one(struct keeping *k, const char *name, struct winnow_error *err) {
    struct text who = {name, (uint32_t)strlen(name)};
    bool changed = false;
    uint32_t number;
    bool may_be_id = who.size > 0 && who.size <= FACT_ID_MAX && name[0] != '@';
    int found =
        !may_be_id ? 0 : store_followee_find(k->txn, k->campaign.id, name, who.size, &number, err);
    int listed =
        !may_be_id || found != 0 ? 0 : store_keep_has(k->txn, k->campaign.id, name, who.size, err);
    int result = found < 0 || listed < 0 ? -1
                 : found == 1            ? keep_followee(k, number, &changed, err)
                 : listed == 1           ? keep_id(k, who, &changed, err)
                                         : keep_handle(k, who, &changed, err);
    k->result->changed += changed;
    k->result->unchanged += !changed;
    return result;
}

/* ---- one write ---- */

int keeping_begin(struct keeping *k, struct winnow *w, const char *name, unsigned how,
                  struct winnow_keep_result *result, struct winnow_error *err) {
    *k = (struct keeping){.w = w,
                          .remove = (how & WINNOW_KEEP_REMOVE) != 0,
                          .note = (how & WINNOW_KEEP_NOTE) != 0,
                          .result = result};
    *result = (struct winnow_keep_result){0};
    if (store_write_of(w->store, name, &k->campaign, &k->txn, err) != 0)
        return -1;
    k->platform = platform_find(k->campaign.platform);
    return 0;
}

int keeping_end(struct keeping *k, int result, struct winnow_error *err) {
    if (result != 0 || store_campaign_put(k->txn, &k->campaign, err) != 0 ||
        state_stamp(k->w, k->txn, err) != 0) {
        store_abort(k->txn);
        return -1;
    }
    return store_commit(k->txn, err);
}

/* Known by the handle alone. */
static int keep_nameless(struct keeping *k, const struct facts *f, bool *changed,
                         struct winnow_error *err) {
    char handle[FACT_HANDLE_MAX + 1];
    bool now = false;
    text_copy(handle, sizeof handle, facts_text(f, FACT_HANDLE));
    struct text text = {handle, (uint32_t)strlen(handle)};
    if (!k->remove)
        return keep_note(k, text, changed, err);
    int result = store_keep_unnote(k->txn, &k->campaign, text, &now, err);
    *changed = *changed || now;
    return result;
}

int keeping_number(struct keeping *k, uint32_t number, struct winnow_error *err) {
    struct facts f;
    bool changed = false;
    if (store_followee_get(k->txn, k->campaign.id, number, STORE_FACTS_AND_TEXTS, &f, err) != 0)
        return -1;
    if ((facts_known(&f, FACT_ID) ? keep_followee(k, number, &changed, err)
                                  : keep_nameless(k, &f, &changed, err)) != 0)
        return -1;
    k->result->changed += changed;
    k->result->unchanged += !changed;
    return 0;
}

int winnow_keep(struct winnow *w, const char *name, const char *const *who, size_t count,
                unsigned how, struct winnow_keep_result *out, struct winnow_error *err) {
    struct keeping k;
    int result = 0;
    if (keeping_begin(&k, w, name, how, out, err) != 0)
        return -1;
    for (size_t i = 0; i < count && result == 0; i++)
        result = keep_one(&k, who[i], err);
    return keeping_end(&k, result, err);
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
        text_copy(handle, sizeof handle, facts_text(&f, FACT_HANDLE));
    return l->each(l->context, id, handle);
}

static int list_noted(void *context, const char *at, size_t size) {
    const struct listing *l = context;
    char handle[FACT_HANDLE_MAX + 1];
    text_copy(handle, sizeof handle, (struct text){at, (uint32_t)size});
    return l->each(l->context, "", handle);
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
        if (result == 0)
            result = store_keep_noted_each(t, c.id, list_noted, &l, err);
    }
    store_abort(t);
    return result;
}
