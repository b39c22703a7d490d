/* Whom the user means: see who.h. Happy path: an id is found at once, a handle by a walk over the
 * roster. Fails as the store does, and by naming those near, or those who share the handle. */
#include "work/campaign/who.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/expr/expr_words.h"
#include "platform/handles.h"

static bool same_handle(struct text a, struct text b) {
    return a.size == b.size && strncasecmp(a.at, b.at, a.size) == 0;
}

struct text who_handle(const struct store_campaign *c, const char *who,
                       char room[FACT_HANDLE_MAX + 1]) {
    size_t size = strlen(who);
    struct text given = {who, size > UINT32_MAX ? UINT32_MAX : (uint32_t)size};
    return platform_handle(platform_find(c->platform), c->server, given, room);
}

struct looking {
    const struct store_campaign *campaign;
    const struct platform *platform;
    struct text handle;
    struct who now, before; /* before: the follow was taken back */
};

static int who_match(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                     struct winnow_error *err) {
    struct looking *l = context;
    char room[FACT_HANDLE_MAX + 1];
    (void)err;
    if (!facts_known(f, FACT_HANDLE) ||
        !same_handle(
            platform_handle(l->platform, l->campaign->server, facts_text(f, FACT_HANDLE), room),
            l->handle))
        return 0;
    struct who *w = store_follows_left(f, gone) != 0 ? &l->now : &l->before;
    if (!facts_known(f, FACT_ID)) {
        w->nameless = true;
        w->nameless_number = number;
    } else if (w->count++ < WHO_SAME_MAX) {
        w->numbers[w->count - 1] = number;
    }
    return 0;
}

int who_has_handle(struct store_txn *t, const struct store_campaign *c, struct text handle,
                   struct who *out, struct winnow_error *err) {
    struct looking l = {.campaign = c, .platform = platform_find(c->platform), .handle = handle};
    struct store_scan scan = {.detail = STORE_FACTS_AND_TEXTS, .each = who_match, .context = &l};
    *out = (struct who){0};
    if (handle.size == 0)
        return 0;
    if (store_roster_scan(t, c->id, &scan, err) != 0)
        return -1;
    *out = l.now.count > 0 || l.now.nameless ? l.now : l.before;
    return 0;
}

int who_ids(struct store_txn *t, const struct store_campaign *c, const struct who *w, char *to,
            size_t room, struct winnow_error *err) {
    uint32_t told = w->count < WHO_SAME_MAX ? w->count : WHO_SAME_MAX;
    size_t used = 0;
    to[0] = '\0';
    for (uint32_t i = 0; i < told && used < room; i++) {
        struct facts f;
        if (store_followee_get(t, c->id, w->numbers[i], STORE_FACTS, &f, err) != 0)
            return -1;
        int n = snprintf(to + used, room - used, "%s%.*s", i == 0 ? "" : ", ",
                         (int)facts_text(&f, FACT_ID).size, facts_text(&f, FACT_ID).at);
        used += n < 0 ? 0 : (size_t)n;
    }
    if (w->count > told && used < room)
        (void)snprintf(to + used, room - used, " and %u more", w->count - told);
    return 0;
}

int who_is_many(struct store_txn *t, const struct store_campaign *c, struct text handle,
                const struct who *many, struct winnow_error *err) {
    char ids[256];
    if (who_ids(t, c, many, ids, sizeof ids, err) != 0)
        return -1;
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "%u followees of campaign %s have the handle %.*s, and one of them may have "
                       "it no more: say whom you mean by the id: %s",
                       many->count, c->name, (int)handle.size, handle.at, ids);
}

/* ---- near ones ---- */

#define NEAR_TOLD     3
#define NAME_MAX_SIZE 64 /* a longer one is near to nobody */

struct near_one {
    size_t distance;
    char handle[FACT_HANDLE_MAX + 1], id[FACT_ID_MAX + 1];
};

struct near_looking {
    const struct platform *platform;
    char name[NAME_MAX_SIZE + 1];
    struct near_one best[NEAR_TOLD];
    uint32_t count;
};

/* Without the host, which is what people leave out or get wrong. */
static bool name_part(const struct platform *p, struct text handle, char to[NAME_MAX_SIZE + 1]) {
    static const char ends[] = {
        [HANDLE_NAME] = '\0', [HANDLE_AT_HOST] = '@', [HANDLE_IS_HOST] = '.'};
    const char *end = memchr(handle.at, ends[p->handle_form], handle.size);
    size_t size = end != NULL ? (size_t)(end - handle.at) : handle.size;
    if (size == 0 || size > NAME_MAX_SIZE)
        return false;
    memcpy(to, handle.at, size);
    to[size] = '\0';
    return true;
}

static void note_near(struct near_looking *l, const struct facts *f, size_t distance) {
    uint32_t at = l->count;
    while (at > 0 && l->best[at - 1].distance > distance)
        at--;
    if (at == NEAR_TOLD)
        return;
    uint32_t last = l->count < NEAR_TOLD ? l->count++ : NEAR_TOLD - 1;
    memmove(&l->best[at + 1], &l->best[at], (last - at) * sizeof l->best[0]);
    l->best[at].distance = distance;
    text_copy(l->best[at].handle, sizeof l->best[at].handle, facts_text(f, FACT_HANDLE));
    text_copy(l->best[at].id, sizeof l->best[at].id,
              facts_known(f, FACT_ID) ? facts_text(f, FACT_ID) : (struct text){"", 0});
}

static int compare_near(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                        struct winnow_error *err) {
    struct near_looking *l = context;
    char name[NAME_MAX_SIZE + 1];
    (void)number;
    (void)err;
    if (!facts_known(f, FACT_HANDLE) || store_follows_left(f, gone) == 0 ||
        !name_part(l->platform, facts_text(f, FACT_HANDLE), name))
        return 0;
    struct near_search near = near_start(l->name, strlen(l->name));
    near_offer(&near, name);
    if (near.best != NULL || strcasecmp(l->name, name) == 0)
        note_near(l, f, near.best != NULL ? near.distance : 0);
    return 0;
}

static void write_near(const struct near_looking *l, char *to, size_t room) {
    size_t used = 0;
    to[0] = '\0';
    for (uint32_t i = 0; i < l->count && used < room; i++) {
        const struct near_one *one = &l->best[i];
        int n = snprintf(to + used, room - used, "%s@%s%s%s%s", i == 0 ? "; near it: " : ", ",
                         one->handle, one->id[0] != '\0' ? " (id " : "", one->id,
                         one->id[0] != '\0' ? ")" : "");
        used += n < 0 ? 0 : (size_t)n;
    }
}

int who_is_nobody(struct store_txn *t, const struct store_campaign *c, const char *who,
                  const char *hint, struct winnow_error *err) {
    struct near_looking l = {.platform = platform_find(c->platform)};
    struct store_scan scan = {.detail = STORE_FACTS_AND_TEXTS, .each = compare_near, .context = &l};
    char room[FACT_HANDLE_MAX + 1];
    char near[600];
    if (name_part(l.platform, who_handle(c, who, room), l.name) &&
        store_roster_scan(t, c->id, &scan, err) != 0)
        return -1;
    write_near(&l, near, sizeof near);
    return winnow_fail(err, WINNOW_NOT_FOUND,
                       "%.64s is not in the roster of campaign %s, neither as an id nor as a "
                       "handle%s%s",
                       who, c->name, near, hint);
}

/* ---- exactly one ---- */

int who_is(struct store_txn *t, const struct store_campaign *c, const char *who, uint32_t *number,
           struct facts *out, struct winnow_error *err) {
    size_t size = strlen(who);
    char room[FACT_HANDLE_MAX + 1];
    struct who all = {0};
    int found = size == 0 || size > FACT_ID_MAX || who[0] == '@'
                    ? 0
                    : store_followee_find(t, c->id, who, size, number, err);
    if (found < 0)
        return -1;
    if (found == 0) {
        struct text handle = who_handle(c, who, room);
        if (who_has_handle(t, c, handle, &all, err) != 0)
            return -1;
        if (all.count > 1)
            return who_is_many(t, c, handle, &all, err);
        if (all.count == 0 && !all.nameless)
            return who_is_nobody(t, c, who, "", err);
        *number = all.count == 1 ? all.numbers[0] : all.nameless_number;
    }
    return store_followee_get(t, c->id, *number, STORE_FACTS_AND_TEXTS, out, err);
}
