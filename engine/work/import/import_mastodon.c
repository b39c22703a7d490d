/* import: a whole archive of Mastodon. It has no list of followees, so it comes after all other
 * files: what was exchanged is gathered by handle, the roster is looked through once, and whoever
 * is in both has it laid over what is known. Fails as mastodon_archive.h says, with the file's
 * name. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/mastodon/mastodon_archive.h"
#include "platform/handles.h"
#include "work/import/import_people.h"

struct importing_archive {
    struct importing *i;
    struct mastodon_archive *archive;
    struct import_people people;
    int64_t wall_now_ms;
};

static char archive_small(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static struct text in_small(struct text handle, char room[FACT_HANDLE_MAX + 1]) {
    for (uint32_t i = 0; i < handle.size; i++)
        room[i] = archive_small(handle.at[i]);
    return (struct text){room, handle.size};
}

static bool is_host(struct text host, const char *other) {
    return host.size == strlen(other) && memcmp(host.at, other, host.size) == 0;
}

/* Who is on the account's own server has two hosts perhaps: that of addresses, and that of the
 * server, by which the roster names them. */
static struct text own_form(const struct importing_archive *a, struct text handle,
                            char room[FACT_HANDLE_MAX + 1]) {
    const char *at = memchr(handle.at, '@', handle.size);
    if (at == NULL)
        return platform_handle(a->i->platform, a->i->campaign->server, handle, room);
    struct text host = {at + 1, (uint32_t)(handle.at + handle.size - at - 1)};
    const char *own = strchr(mastodon_archive_handle(a->archive), '@') + 1;
    if (is_host(host, own) || is_host(host, mastodon_archive_host(a->archive)))
        handle.size = (uint32_t)(at - handle.at);
    return platform_handle(a->i->platform, a->i->campaign->server, handle, room);
}

static int take_exchange(void *context, struct text handle, const struct exchange *x,
                         struct winnow_error *err) {
    struct importing_archive *a = context;
    char room[FACT_HANDLE_MAX + 1];
    char key[FACT_HANDLE_MAX + 1];
    (void)err;
    handle = own_form(a, handle, room);
    if (handle.size > 0 && handle.size <= FACT_HANDLE_MAX)
        import_people_met(&a->people, in_small(handle, key), mastodon_archive_dataset(x->kind), x,
                          a->wall_now_ms);
    return 0;
}

static void archive_tell_skipped(void *context, const char *file, uint64_t line, const char *why) {
    struct importing_archive *a = context;
    importing_skipped(a->i, "%s:%" PRIu64 ": %s", file, line, why);
}

static void archive_tell_progress(void *context, uint64_t bytes) {
    const struct importing_archive *a = context;
    hooks_progress(&a->i->options->hooks, "importing", bytes, 0);
}

/* ---- who of them is a followee ---- */

/* A handle can have passed from one to another: whoever is still followed is meant. */
static int archive_match(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                         struct winnow_error *err) {
    struct importing_archive *a = context;
    char room[FACT_HANDLE_MAX + 1];
    char key[FACT_HANDLE_MAX + 1];
    (void)err;
    if (!facts_known(f, FACT_HANDLE))
        return 0;
    struct text handle = own_form(a, facts_text(f, FACT_HANDLE), room);
    if (handle.size > FACT_HANDLE_MAX)
        return 0;
    const struct name *one = names_find(&a->people.keys, in_small(handle, key));
    if (one == NULL || names_index(&a->people.keys, one) >= a->people.room)
        return 0;
    struct import_person *person = &a->people.all[names_index(&a->people.keys, one)];
    if (person->number == 0 || store_follows_left(f, gone) != 0)
        person->number = number + 1;
    return 0;
}

static int lay_over(struct importing_archive *a, struct winnow_error *err) {
    struct importing *i = a->i;
    const struct store_scan scan = {
        .detail = STORE_FACTS_AND_TEXTS, .each = archive_match, .context = a};
    if (store_roster_scan(i->txn, i->campaign->id, &scan, err) != 0 ||
        import_people_apply(i, &a->people, true, err) != 0)
        return -1;
    uint64_t others = a->people.keys.count - a->people.matched;
    if (others > 0)
        hooks_warn(&i->options->hooks,
                   "%s: it names %" PRIu32 " people, and %" PRIu64
                   " of them are not in the roster by their handle: nothing is kept of those. An "
                   "archive lists nobody who is followed: if the roster is not whole, fetch it or "
                   "import following_accounts.csv, and import the archive again",
                   i->file, a->people.keys.count, others);
    return 0;
}

/* ---- all of it ---- */

static int put_sets(const struct importing_archive *a, int64_t as_of_ms, struct winnow_error *err) {
    static const enum dataset sets[] = {DATASET_POSTS, DATASET_LIKES, DATASET_BOOKMARKS};
    a->i->result->set_count = 0;
    for (size_t k = 0; k < sizeof sets / sizeof sets[0]; k++) {
        const struct mastodon_archive_set *from = mastodon_archive_set(a->archive, sets[k]);
        bool cut = a->people.full && from->complete;
        const struct import_set set = {
            .dataset = sets[k],
            .there = from->there,
            .complete = from->complete && !cut,
            .read_through = from->read_through && !cut,
            .count = from->count,
            .why = cut ? "it speaks of more people than there is room for" : from->why};
        a->i->result->lines += from->count;
        if (import_put_set(a->i, &set, as_of_ms, err) != 0)
            return -1;
    }
    return 0;
}

/* By the handle that login told, else by what the user gave. */
static int check_account(const struct importing *i, const struct mastodon_archive *archive,
                         struct winnow_error *err) {
    const struct store_campaign *c = i->campaign;
    if (c->handle[0] != '\0' &&
        mastodon_archive_check_account(archive, c->handle, c->server, NULL) == 0)
        return 0;
    return mastodon_archive_check_account(archive, c->account, c->server, err);
}

static int take_archive(struct importing *i, struct mastodon_archive *archive,
                        struct winnow_error *err) {
    struct importing_archive a = {
        .i = i, .archive = archive, .wall_now_ms = i->now_ms + i->wall_offset_ms};
    const struct mastodon_archive_sink sink = {.context = &a,
                                               .exchange = take_exchange,
                                               .skipped = archive_tell_skipped,
                                               .progress = archive_tell_progress};
    int64_t as_of_ms = mastodon_archive_as_of_ms(archive) - i->wall_offset_ms;
    if (mastodon_archive_as_of_ms(archive) == 0 || as_of_ms > i->now_ms)
        as_of_ms = i->now_ms;
    if (check_account(i, archive, err) != 0 || importing_batch(i, "archive", as_of_ms, err) != 0)
        return -1;
    import_people_init(&a.people);
    int result = mastodon_archive_read(archive, &sink, err);
    if (result == 0)
        result = lay_over(&a, err);
    if (result == 0)
        result = put_sets(&a, as_of_ms, err);
    import_people_free(&a.people);
    return result;
}

int import_mastodon(struct importing *i, const char *name, struct winnow_error *err) {
    const struct mastodon_archive_options options = {.limits = PACK_LIMITS};
    struct mastodon_archive *archive;
    i->file = name;
    if (importing_check_archive(i, ARCHIVE_OF_MASTODON, err) != 0)
        return -1;
    if (mastodon_archive_open(name, &options, &archive, err) != 0)
        return winnow_fail_at(err, "%s", name);
    int result = take_archive(i, archive, err);
    mastodon_archive_close(archive);
    return result == 0 ? 0 : winnow_fail_at(err, "%s", name);
}
