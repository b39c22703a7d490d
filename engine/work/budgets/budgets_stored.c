/* The stored state of budgets: see budgets.h. One image for all campaigns that share a budget, in a
 * note of campaign 0 named by whose budget it is; the user's own caps are notes of their campaign.
 *
 * Happy path: load, then sync and save in each transaction. Fails as the store does, with
 * WINNOW_DAMAGED for an image that cannot be, and by memory. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "work/budgets/budgets.h"

#define NAME_MAX_BYTES 500 /* of a note: the store's keys have 511 */

void budgets_own(struct limiter *l, const struct store_campaign *c) {
    l->owner = (uint64_t)c->id << 1;
}

/* An owner beside a worker is odd: its pid, and in 31 bits the PID namespace that it is of, so that
 * others of that namespace can see whether it is alive. */
#define NAMESPACE_BITS UINT64_C(0x7fffffff)

static uint64_t pid_namespace(void) {
    struct stat file;
    return stat("/proc/self/ns/pid", &file) == 0 ? (uint64_t)file.st_ino & NAMESPACE_BITS : 0;
}

void budgets_own_beside(struct limiter *l) {
    l->owner = (uint64_t)getpid() << 32 | pid_namespace() << 1 | 1;
}

static bool is_dead(uint64_t owner) {
    bool told = (owner & 1) != 0 && (owner >> 1 & NAMESPACE_BITS) == pid_namespace() &&
                pid_namespace() != 0;
    return told && kill((pid_t)(owner >> 32), 0) != 0 && errno == ESRCH;
}

static const char *scope_name(enum budget_scope scope) {
    static const char *const names[] = {"account", "app", "address", "campaign"};
    return names[scope];
}

/* Who has it, within a platform's server. A token that was handed over tells no app: then its limit
 * is taken to be the account's alone. */
static const char *who_has(const struct store_campaign *c, enum budget_scope *scope) {
    if (*scope == SCOPE_APP && c->app[0] == '\0')
        *scope = SCOPE_ACCOUNT;
    return *scope == SCOPE_APP ? c->app : *scope == SCOPE_ACCOUNT ? c->account : "";
}

bool budgets_shared(const struct store_campaign *a, const struct store_campaign *b,
                    enum budget_scope scope) {
    enum budget_scope scope_a = scope;
    enum budget_scope scope_b = scope;
    const char *who_a = who_has(a, &scope_a);
    const char *who_b = who_has(b, &scope_b);
    if (scope == SCOPE_CAMPAIGN)
        return a->id == b->id;
    return scope_a == scope_b && strcmp(who_a, who_b) == 0 &&
           strcmp(a->platform, b->platform) == 0 && strcmp(a->server, b->server) == 0;
}

/* The note that holds it: its campaign, 0 for shared ones, and its name. */
static int note_of(const struct budget_spec *spec, const struct store_campaign *c,
                   uint32_t *campaign, char name[NAME_MAX_BYTES], struct winnow_error *err) {
    enum budget_scope scope = spec->scope;
    const char *who = who_has(c, &scope);
    *campaign = scope == SCOPE_CAMPAIGN ? c->id : 0;
    int size = scope == SCOPE_CAMPAIGN
                   ? snprintf(name, NAME_MAX_BYTES, "%s", spec->name)
                   : snprintf(name, NAME_MAX_BYTES, "%s %s %s %s %s", scope_name(scope),
                              c->platform, c->server, who, spec->name);
    if (size > 0 && size < NAME_MAX_BYTES)
        return 0;
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "the server's address and the account's name are too long together: %s, %s",
                       c->server, who);
}

/* Where nothing is stored for all, a store of before budgets were shared may have the campaign's
 * own. */
static int load_old(struct limiter *l, struct budget *b, struct store_txn *t,
                    const struct store_campaign *c, int64_t now_ms, struct winnow_error *err) {
    const void *bytes;
    size_t size;
    int found = store_note_get(t, c->id, STORE_NOTE_BUDGET, b->spec.name, &bytes, &size, err);
    return found == 1 ? budget_read(b, l->owner, bytes, size, now_ms, err) : found;
}

static int load_one(struct limiter *l, struct budget *b, struct store_txn *t,
                    const struct store_campaign *c, bool sync, int64_t now_ms,
                    struct winnow_error *err) {
    const void *bytes;
    size_t size;
    uint32_t campaign;
    char name[NAME_MAX_BYTES];
    if (note_of(&b->spec, c, &campaign, name, err) != 0)
        return -1;
    int found = store_note_get(t, campaign, STORE_NOTE_BUDGET, name, &bytes, &size, err);
    if (found < 0)
        return -1;
    if (found == 1 &&
        (sync ? budget_merge : budget_read)(b, l->owner, bytes, size, now_ms, err) != 0)
        return -1;
    if (found == 0 && !sync && load_old(l, b, t, c, now_ms, err) != 0)
        return -1;
    return budget_let_go(b, is_dead, now_ms, err);
}

static int load_all(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                    bool sync, int64_t now_ms, struct winnow_error *err) {
    for (size_t i = 0; i < l->count; i++)
        if (l->budgets[i].spec.kind != BUDGET_TOTAL &&
            load_one(l, &l->budgets[i], t, c, sync, now_ms, err) != 0)
            return -1;
    return 0;
}

int budgets_load(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                 int64_t now_ms, struct winnow_error *err) {
    return load_all(l, t, c, false, now_ms, err);
}

int budgets_sync(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                 int64_t now_ms, struct winnow_error *err) {
    return load_all(l, t, c, true, now_ms, err);
}

/* Is it in the store as it stands? */
static int is_stored(struct store_txn *t, uint32_t campaign, const char *name, const void *image,
                     size_t size, struct winnow_error *err) {
    const void *bytes;
    size_t stored;
    int found = store_note_get(t, campaign, STORE_NOTE_BUDGET, name, &bytes, &stored, err);
    return found != 1 ? found : stored == size && memcmp(bytes, image, size) == 0;
}

static int save_one(const struct limiter *l, struct budget *b, struct store_txn *t,
                    const struct store_campaign *c, struct winnow_error *err) {
    unsigned char image[BUDGET_IMAGE_MAX];
    char name[NAME_MAX_BYTES];
    uint32_t campaign;
    if (note_of(&b->spec, c, &campaign, name, err) != 0)
        return -1;
    budget_write(b, l->owner, image);
    int stored = is_stored(t, campaign, name, image, budget_image_size(b), err);
    if (stored != 0)
        return stored < 0 ? -1 : 0;
    b->generation++; /* so that others see that there is something new */
    budget_write(b, l->owner, image);
    if (store_note_put(t, campaign, STORE_NOTE_BUDGET, name, image, budget_image_size(b), err) != 0)
        return -1;
    budget_saved(b);
    return 0;
}

int budgets_save(struct limiter *l, struct store_txn *t, const struct store_campaign *c,
                 struct winnow_error *err) {
    for (size_t i = 0; i < l->count; i++)
        if (l->budgets[i].spec.kind != BUDGET_TOTAL && save_one(l, &l->budgets[i], t, c, err) != 0)
            return -1;
    return 0;
}
