/* The list of followers, where a platform gives one: who is on it follows back. Happy path: page
 * after page, each follower's mark in a note beside the page; at the end, if the list was whole,
 * those followees who were not on it are known not to follow.
 *
 * That "not" is what unfollows people, so it is never taken from less than a whole list: its end
 * was reached, no row was left out, and there were as many followers, each counted once, as the
 * profile counts. A list whose pages move while it is read can have one follower twice and lack
 * another: so rows are not enough. An empty list is never whole: snac gives one to everybody. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/campaign/batch.h"
#include "work/pages/fetch.h"

#define MARKS_MAX  16777216u /* as many followers are compared; 128 MB */
#define PAGE_MARKS 4096u     /* of a page: no platform's are longer than 1,000 rows */

struct marks {
    uint64_t page[PAGE_MARKS];
    size_t count;
    bool too_many;
};

static int64_t followers_told(const struct platform_identity *profile) {
    return profile->followers;
}

static void marks_name(uint64_t page, char name[32]) {
    snprintf(name, 32, "followers.%" PRIu64, page);
}

static int followers_build(struct fetching *f, const struct platform_account *who,
                           struct http_request *out, struct winnow_error *err) {
    struct marks *m = f->own;
    m->count = 0;
    return fetch_list_build(f, who, out, err);
}

static int followers_take(void *context, const struct facts *row) {
    struct fetching *f = context;
    struct marks *m = f->own;
    struct facts facts = *row;
    if (m->count == PAGE_MARKS)
        m->too_many = true;
    else
        m->page[m->count++] = seen_mark('f', facts_text(row, FACT_ID), (struct text){"", 0});
    facts_set_flag(&facts, FACT_FOLLOWS_ME, true);
    int merged = fetch_merge_known(f, &facts, f->err);
    f->at.followers.known += merged == 1;
    return merged < 0 ? -1 : 0;
}

static int followers_page(struct fetching *f, const struct platform_page *page,
                          struct winnow_error *err) {
    struct marks *m = f->own;
    char name[32];
    (void)page;
    marks_name(f->at.pages, name);
    return store_note_put(f->txn, f->campaign.id, STORE_NOTE_FETCH, name, m->page,
                          m->count * sizeof m->page[0], err);
}

/* Forget what an earlier fetch left behind. */
static int forget_marks(struct fetching *f, struct winnow_error *err) {
    for (uint64_t page = 1;; page++) {
        char name[32];
        const void *bytes;
        size_t size;
        marks_name(page, name);
        int found =
            store_note_get(f->txn, f->campaign.id, STORE_NOTE_FETCH, name, &bytes, &size, err);
        if (found <= 0)
            return found;
        if (store_note_remove(f->txn, f->campaign.id, STORE_NOTE_FETCH, name, err) != 0)
            return -1;
    }
}

static int compare_marks(const void *a, const void *b) {
    uint64_t x;
    uint64_t y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

/* Gather the notes of all pages, and take them away. */
static int followers_gather(struct fetching *f, uint64_t *all, size_t *count,
                            struct winnow_error *err) {
    for (uint64_t page = 1; page <= f->at.pages; page++) {
        char name[32];
        const void *bytes;
        size_t size;
        marks_name(page, name);
        int found =
            store_note_get(f->txn, f->campaign.id, STORE_NOTE_FETCH, name, &bytes, &size, err);
        if (found < 0)
            return -1;
        if (found == 0)
            continue;
        if (*count + size / sizeof *all <= f->at.rows)
            memcpy(all + *count, bytes, size);
        *count += size / sizeof *all;
        if (store_note_remove(f->txn, f->campaign.id, STORE_NOTE_FETCH, name, err) != 0)
            return -1;
    }
    return 0;
}

/* How many followers, each once. */
static int count_followers(struct fetching *f, uint64_t *distinct, struct winnow_error *err) {
    size_t count = 0;
    *distinct = 0;
    uint64_t *all = malloc((size_t)(f->at.rows + 1) * sizeof *all);
    if (all == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result = followers_gather(f, all, &count, err);
    if (result == 0 && count <= f->at.rows) {
        qsort(all, count, sizeof *all, compare_marks);
        for (size_t i = 0; i < count; i++)
            *distinct += i == 0 || all[i] != all[i - 1];
    }
    free(all);
    return result;
}

/* Why the list is not whole; REASON_NONE when it is. */
static struct why followers_judge(struct fetching *f, uint64_t count) {
    const struct marks *m = f->own;
    uint64_t told_count = f->at.told > 0 ? (uint64_t)f->at.told : 0;
    fetch_stopped_at_end(f, count);
    if (f->at.skipped > 0)
        return why_counts(REASON_ROWS_NOT_UNDERSTOOD, f->at.skipped, 0);
    if (f->stopped.reason != REASON_NONE)
        return f->stopped;
    if (f->at.roster != fetch_roster(f))
        return why_counts(REASON_ROSTER_CHANGED, 0, 0);
    if (m->too_many || f->at.rows > MARKS_MAX)
        return why_counts(REASON_TOO_LONG_TO_COMPARE, 0, 0);
    if (count == 0)
        return why_counts(REASON_EMPTY_TO_EVERYBODY, 0, 0);
    if (f->at.told < 0)
        return why_counts(REASON_PROFILE_SILENT, 0, 0);
    if (told_count > count)
        return why_counts(REASON_PROFILE_COUNTS, told_count, told_count - count);
    return (struct why){0};
}

static int followers_end(struct fetching *f, bool *more, struct winnow_error *err) {
    uint64_t count = 0;
    uint64_t changed = 0;
    *more = false;
    if (f->at.rows <= MARKS_MAX && count_followers(f, &count, err) != 0)
        return -1;
    struct why why = followers_judge(f, count);
    struct batch_absent absent = {.batch = f->at.batch, .none = FACT_BIT(FOLLOWS_ME)};
    if (why.reason == REASON_NONE &&
        batch_mark_absent(f->txn, &f->campaign, &absent, &changed, err) != 0)
        return -1;
    return fetch_put(f, DATASET_FOLLOWERS, count, f->at.told > 0 ? (uint64_t)f->at.told : 0, &why,
                     err);
}

int fetch_followers(struct fetching *f, const struct platform_source *source,
                    struct winnow_error *err) {
    struct marks *marks = calloc(1, sizeof *marks);
    if (marks == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    const struct fetch_step step = {
        .name = "followers",
        .doing = "reading the followers",
        .kind = FETCH_KIND_FOLLOWERS,
        .cost = {MONEY_PEOPLE, source->list->price_micro, source->list->page_max},
        .told = followers_told,
        .begin = forget_marks,
        .build = followers_build,
        .read = fetch_list_read,
        .take = followers_take,
        .page = followers_page,
        .end = followers_end,
        .may_lack = true,
        .by_pages = true,
    };
    f->own_source = source;
    f->own = marks;
    int result = fetch_step_run(f, &step, err);
    f->own = NULL;
    free(marks);
    return result == 1 ? fetch_put_absent(f, DATASET_FOLLOWERS, &f->refused, err) : result;
}
