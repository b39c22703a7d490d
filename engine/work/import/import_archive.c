/* import: a whole archive of X. Happy path: it is the campaign's account's; its facts are merged as
 * of the day it was made, so that they do not overwrite what was learned since; each set of
 * evidence is noted with how whole it is. Fails as x_archive.h says, with the file's name. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/x/x_archive.h"
#include "work/evidence/evidence.h"
#include "work/import/import_reader.h"
#include "work/import/importing.h"

static const enum dataset evidence_of[X_SET_COUNT] = {
    [X_SET_FOLLOWING] = DATASET_FOLLOWING,
    [X_SET_FOLLOWERS] = DATASET_FOLLOWERS,
    [X_SET_POSTS] = DATASET_POSTS,
    [X_SET_MESSAGES] = DATASET_MESSAGES,
};

static int read_archive(void *context, const struct roster_sink *sink, struct roster_counts *counts,
                        struct winnow_error *err) {
    return x_archive_read(context, sink, counts, err);
}

int importing_older_list(struct importing *i, int64_t as_of_ms, bool dated,
                         struct winnow_error *err) {
    struct evidence following;
    if (evidence_get(i->txn, i->campaign->id, DATASET_FOLLOWING, &following, err) != 0)
        return -1;
    /* the time of a file says when it was unpacked, perhaps */
    i->only_known =
        following.state == WINNOW_SET_COMPLETE && (following.as_of_ms > as_of_ms || !dated);
    if (i->only_known)
        hooks_warn(
            &i->options->hooks,
            "%s %s the list of followees that is there already: whom only it has is left out",
            i->file, dated ? "is older than" : "has no date, and may be older than");
    return 0;
}

/* Each process measures for itself how far the wall clock is from the engine's: the same date
 * differs by a little. */
#define SAME_DATE_MS 1000

int importing_put_evidence(struct importing *i, enum dataset set, const struct evidence *e,
                           struct winnow_error *err) {
    struct evidence before;
    if (evidence_get(i->txn, i->campaign->id, set, &before, err) != 0)
        return -1;
    bool better = e->state != before.state ? e->state > before.state
                  : (e->people > 0) != (before.people > 0)
                      ? e->people > 0
                      : e->as_of_ms + SAME_DATE_MS >= before.as_of_ms;
    return better || i->served ? evidence_put(i->txn, i->campaign->id, set, e, err) : 0;
}

static void tell_set(struct importing *i, const char *name, const struct evidence *e) {
    struct winnow_import_result *r = i->result;
    char why[WHY_MAX];
    why_sentence(&e->why, why);
    if (e->state == WINNOW_SET_PARTIAL)
        hooks_warn(&i->options->hooks,
                   "%s: its %s are known in part, %" PRIu64 " of %" PRIu64
                   " (%s): what is not in them stays unknown",
                   i->file, name, e->count, e->expected, why);
    if (r->set_count == WINNOW_IMPORT_SETS)
        return;
    struct winnow_import_set *to = &r->sets[r->set_count++];
    snprintf(to->name, sizeof to->name, "%s", name);
    to->state = e->state;
    snprintf(to->why, sizeof to->why, "%s", why);
    to->as_of_ms = batch_wall_ms(e->as_of_ms, i->wall_offset_ms);
    to->count = e->count;
    to->expected = e->expected;
}

static int keep_evidence(struct importing *i, const struct x_archive *a, int64_t as_of_ms,
                         struct winnow_error *err) {
    i->result->set_count = 0;
    for (int set = 0; set < X_SET_COUNT; set++) {
        const struct x_archive_set *from = x_archive_set(a, (enum x_set)set);
        struct evidence e = {.state = from->complete ? WINNOW_SET_COMPLETE
                                      : from->listed ? WINNOW_SET_PARTIAL
                                                     : WINNOW_SET_ABSENT,
                             .as_of_ms = as_of_ms,
                             .count = from->count,
                             .expected = from->expected,
                             .batch = i->batch};
        if (e.state != WINNOW_SET_ABSENT && from->read_through)
            e.people = i->campaign->followees;
        if (e.state == WINNOW_SET_PARTIAL)
            e.why = why_said(from->read_through ? REASON_NEVER_WHOLE : REASON_SAID, from->why);
        tell_set(i, dataset_names[evidence_of[set]], &e);
        if (e.state != WINNOW_SET_ABSENT &&
            importing_put_evidence(i, evidence_of[set], &e, err) != 0)
            return -1;
    }
    i->absent[i->absent_count++] = (struct batch_absent){
        .batch = i->batch,
        .none = x_archive_set(a, X_SET_FOLLOWERS)->complete ? FACT_BIT(FOLLOWS_ME) : 0,
    };
    return 0;
}

static int take_archive(struct importing *i, struct x_archive *a, struct winnow_error *err) {
    struct roster_counts counts;
    struct roster_sink sink = importing_sink(i);
    int64_t as_of_ms = x_archive_as_of_ms(a) - i->wall_offset_ms;
    if (as_of_ms > i->now_ms)
        as_of_ms = i->now_ms;
    if (x_archive_check_account(a, i->campaign->account, err) != 0 ||
        importing_batch(i, "archive", as_of_ms, err) != 0 ||
        importing_older_list(i, as_of_ms, x_archive_has_manifest(a), err) != 0 ||
        import_read((struct import_source){a, read_archive}, &sink, importing_expect, &counts,
                    err) != 0)
        return -1;
    importing_add_counts(i, &counts);
    i->result->blocked += x_archive_blocked(a);
    i->result->muted += x_archive_muted(a);
    return keep_evidence(i, a, as_of_ms, err);
}

int import_archive(struct importing *i, const char *name, struct winnow_error *err) {
    const struct x_archive_options options = {.limits = PACK_LIMITS};
    struct x_archive *a;
    i->file = name;
    i->file_bytes = 0; /* not known before it is unpacked */
    i->had_facts = i->campaign->followees > 0;
    if (importing_check_archive(i, ARCHIVE_OF_X, err) != 0)
        return -1;
    if (x_archive_open(name, &options, &a, err) != 0)
        return winnow_fail_at(err, "%s", name);
    int result = take_archive(i, a, err);
    x_archive_close(a);
    i->inner[0] = '\0';
    i->only_known = false;
    return result == 0 ? 0 : winnow_fail_at(err, "%s", name);
}
