/* Power cuts. A campaign runs through the production code while every write and barrier of its
 * store is written down; then images of what a power cut could have left are built, from each
 * moment of the campaign and with every liberty a disk has between two barriers: writes lost, torn
 * at sectors of 512 bytes, done in another order, a file longer than its bytes. Each is opened
 * again, in a process of its own, and must
 *   - open, pass store_check, and hold exactly what was committed: all commits that had returned,
 *     and of the one under way all or nothing;
 *   - take writes: a commit on top, and for some the campaign to its end.
 *
 * power [--images N] [--seed N] [--only N] [--nosync | --nometasync]
 * The last two open the store with less than a full sync: then this must fail, and a test says so.
 */
#include "campaign.h"
#include "child.h"
#include "disk_log.h"

#include "store/lmdb/lmdb.h"
#include "store/tables/tables.h"

#include <fcntl.h>
#include <getopt.h>

/* What becomes of an image. */
enum { HELD_LAST, HELD_NEXT, BAD = 9, LOST /* it opens, and what was committed is not there */ };

struct trial {
    uint64_t images, seed, only; /* only: UINT64_MAX, all */
    enum disk_sync sync;
    char work[PATH_MAX], store[PATH_MAX + 16];
    struct campaign campaigns[2];
    size_t *cuts; /* events that a cut can fall on: writes and barriers */
    size_t cut_count;
    struct disk_image image;
    uint64_t failed, lost, opened_old, opened_new, resumed;
    bool resume;
};

/* ---- the campaign ---- */

static void play(struct trial *t) {
    char directory[PATH_MAX];
    char file[PATH_MAX + 32];
    temp_directory_make(directory);
    disk_log_start(t->sync);
    for (int i = 0; i < 2; i++) {
        struct campaign *c = &t->campaigns[i];
        campaign_make(c, directory, i == 0 ? "x" : "bluesky",
                      i == 0 ? &platform_x : &platform_bluesky, t->seed + (uint64_t)i);
        campaign_run_until(c, 7);
        campaign_close(c);
        campaign_run_disturbed(c);
        campaign_grow(c);
        campaign_run_until(c, c->sends + 5);
        campaign_close(c);
        campaign_run_disturbed(c);
        campaign_close(c);
    }
    disk_log_stop();
    snprintf(file, sizeof file, "%s/store/data.mdb", directory);
    if (!disk_log_whole(file)) {
        fprintf(stderr, "FAILED: the log is not what the file is: a call was not seen\n");
        exit(1);
    }
    temp_directory_remove(directory);
}

static void find_cuts(struct trial *t) {
    t->cuts = calloc(disk_event_count() + 1, sizeof *t->cuts);
    if (t->cuts == NULL)
        abort();
    for (size_t i = 0; i < disk_event_count(); i++)
        if (disk_event_at(i)->kind != DISK_BEGIN && disk_event_at(i)->kind != DISK_DONE)
            t->cuts[t->cut_count++] = i;
}

/* ---- an image ---- */

static void write_file(const char *path, const unsigned char *bytes, size_t size) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd) != 0)
        abort();
}

static int say(struct child *c, int result, const char *what, const char *more) {
    snprintf(c->text, sizeof c->text, "%s%s%s", what, more[0] != '\0' ? ": " : "", more);
    return result;
}

/* Which commit's content is this? -1: of none. */
static long commit_of(uint64_t hash) {
    for (size_t i = disk_commit_count(); i > 0; i--)
        if (disk_commit_at(i - 1).hash == hash)
            return (long)i;
    return -1;
}

static int judge_content(struct child *c, const struct trial *t, MDB_txn *txn) {
    struct disk_content has = disk_content_of(txn);
    size_t done = t->image.done;
    /* Before the first commit had returned a new store is made, which is that commit's content. */
    size_t least = done == 0 ? 1 : done;
    for (size_t k = least; k <= t->image.begun || k == least; k++)
        if (disk_commit_at(k - 1).hash == has.hash)
            return k == least ? HELD_LAST : HELD_NEXT;
    snprintf(c->text, sizeof c->text,
             "commit %zu had returned (journal of %llu), the store holds commit %ld (journal of "
             "%llu)%s",
             done, (unsigned long long)disk_commit_at(least - 1).journal, commit_of(has.hash),
             (unsigned long long)has.journal,
             has.journal < disk_commit_at(least - 1).journal ? ": committed records are lost" : "");
    long held = commit_of(has.hash);
    return held > 0 && (size_t)held < done ? LOST : BAD;
}

struct checking {
    struct store_txn *txn;
    struct store_check check;
    struct winnow_error err;
    bool failed;
};

static int check_campaign(void *context, const struct store_campaign *campaign) {
    struct checking *k = context;
    k->failed = store_check(k->txn, campaign->id, &k->check, &k->err) != 0;
    return k->failed || k->check.mismatches != 0;
}

static int judge_store(struct child *c, const struct trial *t, struct store *s) {
    struct checking k = {0};
    if (store_read(s, &k.txn, &k.err) != 0)
        return say(c, BAD, "it cannot be read", k.err.text);
    int result = judge_content(c, t, ((struct lmdb_txn *)k.txn->txn)->txn);
    if (result <= HELD_NEXT && store_campaign_each(k.txn, check_campaign, &k, &k.err) != 0)
        result = say(c, BAD, "store_check", k.err.text[0] != '\0' ? k.err.text : k.check.first);
    store_abort(k.txn);
    return result;
}

static int write_on_top(struct child *c, struct store *s) {
    struct winnow_error err = {0};
    struct store_txn *t;
    if (store_write(s, STORE_ALL, &t, &err) != 0 ||
        store_note_put(t, 0, STORE_NOTE_CLOCK, "on top", "x", 1, &err) != 0 ||
        store_commit(t, &err) != 0)
        return say(c, BAD, "it takes no writes", err.text);
    return 0;
}

/* The same command goes on: to the end of whatever plan the image has, and the books balance. */
static int go_on(struct child *c, const struct trial *t) {
    for (int i = 0; i < 2; i++) {
        static struct campaign k;
        k = t->campaigns[i];
        snprintf(k.directory, sizeof k.directory, "%s", t->work);
        memset(k.kept, 0, sizeof k.kept); /* not yet, at the time of the image */
        memset(k.gone, 0, sizeof k.gone);
        disk_sync_off();
        if (campaign_resume(&k) != 0)
            return say(c, BAD, "going on", k.wrong);
        if (k.code == WINNOW_NOT_FOUND)
            continue; /* no campaign, or no plan, at that time */
        if (k.code != WINNOW_OK)
            return say(c, BAD, "going on", k.reason);
        if (campaign_look(&k) != 0)
            return say(c, BAD, "after going on", k.err.text);
    }
    return 0;
}

static int judge(struct child *c, void *context) {
    const struct trial *t = context;
    struct winnow_error err = {0};
    struct store *s;
    if (store_open(t->store, &s, &err) != 0)
        return say(c, BAD, "it does not open", err.text);
    int result = judge_store(c, t, s);
    int after = result <= HELD_NEXT ? write_on_top(c, s) : 0;
    store_close(s);
    if (result <= HELD_NEXT && after == 0 && t->resume)
        after = go_on(c, t);
    return after != 0 ? after : result;
}

static void try_image(struct trial *t, struct child *c, uint64_t number) {
    char file[PATH_MAX + 32];
    size_t cut = t->cuts[number * t->cut_count / t->images];
    struct dice dice = {t->seed * UINT64_C(1000003) + number};
    disk_image_cut(&t->image, cut, &dice);
    if (t->only != UINT64_MAX && t->only != number)
        return;
    snprintf(file, sizeof file, "%s/data.mdb", t->store);
    write_file(file, t->image.bytes, t->image.size);
    t->resume = number % 16 == 0;
    child_run(c, judge, t);
    if (c->signal != 0)
        say(c, BAD, "it kills the process that opens it: signal", strsignal(c->signal));
    t->opened_old += c->signal == 0 && c->result == HELD_LAST;
    t->opened_new += c->signal == 0 && c->result == HELD_NEXT;
    t->resumed += t->resume;
    t->lost += c->signal == 0 && c->result == LOST;
    if (c->signal == 0 && c->result >= 0 && c->result <= HELD_NEXT)
        return;
    if (t->failed++ < 5)
        printf("FAILED image %llu (cut during event %zu): %s\n"
               "  again: scripts/crash --power --images %llu --seed %llu --only %llu\n",
               (unsigned long long)number, cut, c->text, (unsigned long long)t->images,
               (unsigned long long)t->seed, (unsigned long long)number);
}

/* ---- the program ---- */

static void read_options(struct trial *t, int argc, char **argv) {
    static const struct option options[] = {{"images", 1, NULL, 'i'},     {"seed", 1, NULL, 's'},
                                            {"only", 1, NULL, 'o'},       {"nosync", 0, NULL, 'n'},
                                            {"nometasync", 0, NULL, 'm'}, {0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        uint64_t value = optarg == NULL ? 0 : strtoull(optarg, NULL, 10);
        if (o == 'i' && value > 0)
            t->images = value;
        else if (o == 's')
            t->seed = value;
        else if (o == 'o')
            t->only = value;
        else if (o == 'n' || o == 'm')
            t->sync = o == 'n' ? DISK_NOSYNC : DISK_NOMETASYNC;
        else
            exit(2);
    }
}

int main(int argc, char **argv) {
    static struct trial t = {.images = 400, .seed = 1, .only = UINT64_MAX};
    struct child *c = child_new();
    read_options(&t, argc, argv);
    play(&t);
    find_cuts(&t);
    temp_directory_make(t.work);
    snprintf(t.store, sizeof t.store, "%s/store", t.work);
    if (mkdir(t.store, 0700) != 0)
        abort();
    disk_image_init(&t.image);
    for (uint64_t i = 0; i < t.images; i++)
        try_image(&t, c, i);
    temp_directory_remove(t.work);
    printf(
        "power cuts: seed %llu, %zu commits, %zu writes and barriers; %llu images: %llu held the "
        "last commit, %llu the one under way, %llu went on to the end; %llu FAILED, %llu of them "
        "without what was committed\n",
        (unsigned long long)t.seed, disk_commit_count(), t.cut_count, (unsigned long long)t.images,
        (unsigned long long)t.opened_old, (unsigned long long)t.opened_new,
        (unsigned long long)t.resumed, (unsigned long long)t.failed, (unsigned long long)t.lost);
    disk_image_free(&t.image);
    free(t.cuts);
    return t.failed == 0 ? 0 : 1;
}
