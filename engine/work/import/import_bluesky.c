/* import: a Bluesky account's repository (repo.car). Happy path: it is the campaign's account's;
 * each follow record is merged with its key as of the day of the last write; what was exchanged is
 * gathered and laid over those followees at the end. One that the server has just given to a fetch
 * is read by the same calls, as of now. Fails as bluesky_repo.h says, with the file's name. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/foreign.h"
#include "formats/bluesky/bluesky_repo.h"
#include "work/import/import_people.h"

#define DAY_MS INT64_C(86400000)

struct importing_repo {
    struct importing *i;
    struct import_people people;
    int64_t wall_now_ms;
    uint64_t followees; /* of a served one: each once */
};

/* What is known of them; 1 found, 0 not, -1. */
static int repo_find(const struct importing *i, struct text did, struct facts *known,
                     struct winnow_error *err) {
    uint32_t number;
    int found = store_followee_find(i->txn, i->campaign->id, did.at, did.size, &number, err);
    if (found <= 0)
        return found;
    return store_followee_get(i->txn, i->campaign->id, number, STORE_FACTS, known, err) == 0 ? 1
                                                                                             : -1;
}

/* A record that is known may be one that was taken back since the file was saved: then what the
 * roster has of it, and that it is gone, stays. One that is new is of a follow that came later. A
 * served one is there. The records of an older state may be gone: the keys of the newer list stay.
 */
static bool is_new_record(const struct importing *i, const struct facts *known, struct text rkey) {
    return i->served || (!i->only_known && !import_has_line(known->follow_keys, rkey));
}

/* Of several records the oldest tells since when they are followed, as the lists tell it too. */
static bool is_first(const struct importing *i, const struct facts *known, int64_t created_ms) {
    return !facts_known(known, FACT_FOLLOWED_AT) || known->sources[FACT_FOLLOWED_AT] != i->batch ||
           known->value[FACT_FOLLOWED_AT] > created_ms;
}

static int take_follow(void *context, struct text did, struct text rkey, int64_t created_ms,
                       struct winnow_error *err) {
    struct importing_repo *r = context;
    struct importing *i = r->i;
    struct facts f = {0};
    struct facts known;
    char key[BLUESKY_KEY_MAX + 1];
    enum store_change change;
    uint32_t number;
    facts_clear(&f);
    facts_clear(&known);
    if (repo_find(i, did, &known, err) < 0)
        return -1;
    facts_set_text(&f, FACT_ID, did.at, did.size);
    if (created_ms > 0 && created_ms <= r->wall_now_ms + DAY_MS && is_first(i, &known, created_ms))
        facts_set_value(&f, FACT_FOLLOWED_AT, created_ms);
    bool is_new = is_new_record(i, &known, rkey);
    if (is_new) {
        memcpy(key, rkey.at, rkey.size);
        key[rkey.size] = '\n';
        f.follow_keys = (struct text){key, rkey.size + 1};
    }
    facts_came_from(&f, i->batch);
    if (store_followee_merge(i->txn, i->campaign, &f, i->only_known, &change, &number, err) != 0)
        return -1;
    i->result->lines++;
    i->result->added += change == STORE_ADDED;
    i->result->changed += change == STORE_CHANGED;
    i->result->unchanged += change == STORE_UNCHANGED;
    return is_new ? store_gone_clear(i->txn, i->campaign->id, number, err) : 0;
}

static int take_exchange(void *context, struct text did, const struct exchange *x,
                         struct winnow_error *err) {
    struct importing_repo *r = context;
    (void)err;
    import_people_met(&r->people, did, bluesky_repo_dataset(x->kind), x, r->wall_now_ms);
    return 0;
}

/* On a list for moderation stands who is blocked or muted by it: no tie, and not the list's name
 * for those whom the account reads. */
static int take_listed(void *context, struct text did, struct text name,
                       enum bluesky_purpose purpose, struct winnow_error *err) {
    struct importing_repo *r = context;
    (void)err;
    if (purpose != BLUESKY_MODERATE)
        import_people_listed(&r->people, did, name);
    return 0;
}

static int take_block(void *context, struct text did, struct winnow_error *err) {
    struct importing_repo *r = context;
    (void)err;
    struct import_person *one = import_people_add(&r->people, did);
    if (one != NULL)
        one->blocked = true;
    return 0;
}

static void repo_tell_skipped(void *context, struct text key, const char *why) {
    struct importing_repo *r = context;
    char shown[FOREIGN_SHOWN_MAX * 4 + 1];
    size_t size = foreign_show(key, shown, sizeof shown - 1);
    importing_skipped(r->i, "%.*s: %s", (int)size, shown, why);
}

static void repo_tell_progress(void *context, uint64_t bytes, uint64_t all) {
    const struct importing_repo *r = context;
    hooks_progress(&r->i->options->hooks, r->i->served ? "reading the repository" : "importing",
                   bytes, all);
}

/* ---- all of it ---- */

static int check_account(const struct importing *i, const char *did, struct winnow_error *err) {
    const char *account = i->campaign->account;
    if (strcmp(account, did) == 0)
        return 0;
    if (strncmp(account, "did:", 4) != 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The repository is of %s, and whose DID that is the campaign does not "
                           "know: it has the handle %s alone. Run winnow login %s first.",
                           did, account, i->campaign->name);
    return winnow_fail(err, WINNOW_BAD_INPUT, "The repository is of %s, and the campaign of %s.",
                       did, account);
}

static int put_sets(struct importing *i, const struct importing_repo *r,
                    const struct bluesky_repo *repo, int64_t as_of_ms, struct winnow_error *err) {
    static const enum dataset sets[] = {DATASET_FOLLOWING, DATASET_POSTS, DATASET_LIKES,
                                        DATASET_BOOSTS,    DATASET_LISTS, DATASET_BLOCKS};
    i->result->set_count = 0;
    for (size_t k = 0; k < sizeof sets / sizeof sets[0]; k++) {
        const struct bluesky_repo_set *from = bluesky_repo_set(repo, sets[k]);
        bool cut = r->people.full && sets[k] != DATASET_FOLLOWING && from->complete;
        const struct import_set set = {
            .dataset = sets[k],
            .there = true,
            .complete = from->complete && !cut,
            .read_through = from->read_through && !cut,
            .count = i->served && sets[k] == DATASET_FOLLOWING ? r->followees : from->count,
            .why = cut ? "it speaks of more people than there is room for" : from->why};
        if (import_put_set(i, &set, as_of_ms, err) != 0)
            return -1;
    }
    return 0;
}

struct followed {
    uint16_t batch;
    uint64_t here,
        others; /* with a record in it; without, and still followed by all that is known */
};

static int count_followed(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                          struct winnow_error *err) {
    struct followed *c = context;
    bool here = f->source == c->batch;
    (void)number;
    (void)err;
    c->here += here;
    c->others += !here && store_follows_left(f, gone) != 0;
    return 0;
}

/* Before what was exchanged is laid over the roster, and makes those whom the account once talked
 * to look like some that it follows. An empty list is what a server gives that does not know the
 * account: the lists are asked, which say so. */
static int end_follows(struct importing_repo *r, const struct bluesky_repo *repo,
                       struct winnow_error *err) {
    struct importing *i = r->i;
    struct followed c = {.batch = i->batch};
    const struct store_scan scan = {.detail = STORE_FACTS, .each = count_followed, .context = &c};
    uint64_t unseen;
    if (bluesky_repo_missing(repo) > 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "%" PRIu64 " parts of it are missing",
                           bluesky_repo_missing(repo));
    if (store_roster_scan(i->txn, i->campaign->id, &scan, err) != 0)
        return -1;
    if (c.here == 0 && c.others > 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "nobody is followed in it");
    r->followees = c.here;
    return bluesky_repo_set(repo, DATASET_FOLLOWING)->complete
               ? store_gone_unseen(i->txn, i->campaign, i->batch, &unseen, err)
               : 0;
}

/* All blocks are there: whom none is of is not blocked. */
static int mark_unblocked(struct importing *i, struct winnow_error *err) {
    const struct batch_absent absent = {.batch = i->batch, .none = FACT_BIT(BLOCKED)};
    uint64_t changed = 0;
    return batch_mark_absent(i->txn, i->campaign, &absent, &changed, err);
}

/* The batch of its facts, and of when they are. */
static int begin_batch(struct importing *i, const struct bluesky_repo *repo, int64_t *as_of_ms,
                       struct winnow_error *err) {
    bool dated = bluesky_repo_as_of_ms(repo) != 0;
    *as_of_ms = bluesky_repo_as_of_ms(repo) - i->wall_offset_ms;
    if (i->served || !dated || *as_of_ms > i->now_ms)
        *as_of_ms = i->now_ms;
    if (i->served)
        return importing_batch(i, "fetch", *as_of_ms, err);
    return importing_batch(i, "archive", *as_of_ms, err) == 0
               ? importing_older_list(i, *as_of_ms, dated, err)
               : -1;
}

static int take_repo(struct importing *i, struct bluesky_repo *repo, struct winnow_error *err) {
    struct importing_repo r = {.i = i, .wall_now_ms = i->now_ms + i->wall_offset_ms};
    const struct bluesky_repo_sink sink = {.context = &r,
                                           .follow = take_follow,
                                           .exchange = take_exchange,
                                           .listed = take_listed,
                                           .block = take_block,
                                           .skipped = repo_tell_skipped};
    int64_t as_of_ms;
    if (check_account(i, bluesky_repo_did(repo), err) != 0 ||
        begin_batch(i, repo, &as_of_ms, err) != 0)
        return -1;
    import_people_init(&r.people);
    int result = bluesky_repo_read(repo, &sink, err);
    if (result == 0 && i->served)
        result = end_follows(&r, repo, err);
    if (result == 0)
        result = import_people_apply(i, &r.people, false, err);
    if (result == 0 && bluesky_repo_set(repo, DATASET_LISTS)->complete && !r.people.full)
        result = import_people_close_lists(i, err);
    if (result == 0 && bluesky_repo_set(repo, DATASET_BLOCKS)->complete && !r.people.full)
        result = mark_unblocked(i, err);
    if (result == 0)
        result = put_sets(i, &r, repo, as_of_ms, err);
    import_people_free(&r.people);
    return result;
}

static int open_repo(struct importing *i, int fd, struct winnow_error *err) {
    struct importing_repo r = {.i = i};
    const struct car_options options = {.progress = repo_tell_progress, .context = &r};
    struct bluesky_repo *repo;
    if (bluesky_repo_open(fd, &options, &repo, err) != 0)
        return -1;
    int result = take_repo(i, repo, err);
    bluesky_repo_close(repo);
    return result;
}

int import_bluesky(struct importing *i, const char *name, struct winnow_error *err) {
    i->file = strcmp(name, "-") == 0 ? "standard input" : name;
    if (importing_check_archive(i, ARCHIVE_OF_BLUESKY, err) != 0)
        return -1;
    int fd = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s: %s", i->file, strerror(errno));
    int result = open_repo(i, fd, err);
    close(fd);
    i->only_known = false;
    return result == 0 ? 0 : winnow_fail_at(err, "%s", i->file);
}

int import_bluesky_served(struct importing *i, int fd, struct winnow_error *err) {
    i->served = true;
    i->file = "the repository";
    return open_repo(i, fd, err);
}
