/* A damaged store. A campaign is stopped in the middle, its file damaged at a random place in a
 * random way, and the campaign run to its end, each in a process of its own. Whatever the damage:
 * nobody leaves who is kept, by the policy or by hand, and nobody who was not scheduled. And the
 * damage is detected (an error of the contract), or harmless (verify finds the books balanced, and
 * everybody who was scheduled is gone).
 *
 * What ends the process is counted apart: LMDB's own pages have no checksum, and it dies of some
 * (docs/storage-format.md). Dying sends nothing.
 *
 * damage [--tries N] [--seed N] [--only N] */
#include "campaign.h"
#include "child.h"
#include "disk_log.h"

#include <getopt.h>

#define CODES 16

struct damage {
    uint64_t tries, seed, only;
    char work[PATH_MAX], file[PATH_MAX + 32];
    struct campaign campaigns[2], now;
    unsigned char *whole[2], *bytes;
    size_t size[2], keep_page[2];
    uint64_t harmless, killed, wrong, silent, by_code[CODES];
    char how[128]; /* it is damaged now */
};

enum { HARMLESS = 100, SILENT, WRONG }; /* below: an error's code */

static unsigned char *read_file(const char *path, size_t *size) {
    struct stat st;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &st) != 0)
        abort();
    unsigned char *bytes = malloc((size_t)st.st_size);
    if (bytes == NULL || fread(bytes, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
        abort();
    fclose(file);
    *size = (size_t)st.st_size;
    return bytes;
}

static void write_file(const char *path, const unsigned char *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
}

/* The page that the keep list lies on: it is short, and has one. */
static size_t find_keep_page(const char *directory) {
    struct winnow *w;
    struct store_txn *t;
    MDB_val key, value;
    uint64_t page;
    if (winnow_open(directory, &w, NULL) != 0 || store_read(w->store, &t, NULL) != 0 ||
        !raw_nth(t, TABLE_KEEP, 0, &key, &value))
        abort();
    memcpy(&page, (const void *)((uintptr_t)value.mv_data / 4096 * 4096), sizeof page);
    store_abort(t);
    winnow_close(w);
    return (size_t)page;
}

/* Stopped with requests in the air, people on the keep list, some settled, some to be tried again;
 * `seed` has it stop elsewhere. */
static void make(struct damage *d, int i, uint64_t seed) {
    char directory[PATH_MAX], file[PATH_MAX + 32];
    struct campaign *c = &d->campaigns[i];
    temp_directory_make(directory);
    campaign_make(c, directory, i == 0 ? "x" : "bluesky", i == 0 ? &platform_x : &platform_bluesky,
                  seed);
    campaign_run_until(c, i == 0 ? 25 : 6);
    for (uint32_t k = 3; k < c->people; k += 6) /* after the plan: the list alone protects them */
        campaign_keep(c, k);
    campaign_close(c);
    snprintf(file, sizeof file, "%s/store/data.mdb", directory);
    d->whole[i] = read_file(file, &d->size[i]);
    d->keep_page[i] = find_keep_page(directory);
    temp_directory_remove(directory);
}

/* ---- ways to damage ---- */

#define PAGE       4096
#define SECTOR     512
#define KEEP_BYTES 64

static void overwrite(struct damage *d, size_t at, size_t count, struct dice *dice) {
    for (size_t i = 0; i < count; i++)
        d->bytes[at + i] = (unsigned char)dice_below(dice, 256);
    snprintf(d->how, sizeof d->how, "%zu random bytes at %zu", count, at);
}

/* Of any place: a write that went astray, or an old one that came through in place of a new one. */
static void copy_sector(struct damage *d, size_t size, struct dice *dice) {
    uint32_t sectors = (uint32_t)(size / SECTOR);
    size_t from = (size_t)dice_below(dice, sectors) * SECTOR;
    size_t to = (size_t)dice_below(dice, sectors) * SECTOR;
    memmove(d->bytes + to, d->bytes + from, SECTOR);
    snprintf(d->how, sizeof d->how, "the sector of %zu at %zu", from, to);
}

/* Each way to damage in both stores. */
static int store_of(uint64_t number) {
    return (int)(number / 8 % 2);
}

static size_t damage_bytes(struct damage *d, size_t size, uint64_t number, struct dice *dice) {
    uint32_t room = (uint32_t)size - 64;
    size_t at = dice_below(dice, room);
    switch (number % 8) {
    case 0:
        d->bytes[at] ^= (unsigned char)(1u << dice_below(dice, 8));
        snprintf(d->how, sizeof d->how, "a bit at %zu", at);
        break;
    case 1: /* in the head of a page, where LMDB trusts most */
        overwrite(d, at / PAGE * PAGE + dice_below(dice, 16), 1, dice);
        break;
    case 2: /* in its list of nodes */
        overwrite(d, at / PAGE * PAGE + 16 + dice_below(dice, 64), 2, dice);
        break;
    case 3: /* each bit in turn of the head of the keep list's page: a lost record would hurt most
             */
        at = d->keep_page[store_of(number)] * PAGE + number / 16 % KEEP_BYTES;
        d->bytes[at] ^= (unsigned char)(1u << number / 16 / KEEP_BYTES % 8);
        snprintf(d->how, sizeof d->how, "a bit at %zu, of the keep list's page", at);
        break;
    case 4:
        overwrite(d, at, 1 + dice_below(dice, 64), dice);
        break;
    case 5:
        memset(d->bytes + at / SECTOR * SECTOR, 0, SECTOR);
        snprintf(d->how, sizeof d->how, "a sector of zeros at %zu", at / SECTOR * SECTOR);
        break;
    case 6:
        copy_sector(d, size, dice);
        break;
    default:
        for (uint32_t n = 1 + dice_below(dice, 8); n > 0; n--)
            overwrite(d, dice_below(dice, room), 1, dice);
        break;
    }
    if (dice_below(dice, 50) == 0)
        size = dice_below(dice, (uint32_t)size);
    return size;
}

/* ---- what becomes of it ---- */

static int say(struct child *c, int result, const char *text) {
    snprintf(c->text, sizeof c->text, "%s", text);
    return result;
}

/* Everybody who was to go has gone. */
static bool all_gone(const struct campaign *k) {
    for (uint32_t i = 0; i < k->people; i++)
        if (!k->gone[i] && !k->kept[i] && !k->vip[i])
            return false;
    return true;
}

static int judge(struct child *c, void *context) {
    struct campaign *k = &((struct damage *)context)->now;
    if (campaign_resume(k) != 0)
        return say(c, WRONG, k->wrong);
    if (k->code != WINNOW_OK)
        return say(c, (int)k->code, k->reason);
    if (campaign_look(k) != 0)
        return say(c, (int)k->err.code, k->err.text);
    return all_gone(k) ? say(c, HARMLESS, "") : say(c, SILENT, "somebody was passed over");
}

static void count(struct damage *d, const struct child *c, uint64_t number) {
    bool killed = c->signal != 0 && c->signal != SIGALRM;
    bool empty = c->signal == 0 && c->result < HARMLESS && c->text[0] == '\0';
    d->killed += killed;
    d->harmless += c->result == HARMLESS;
    d->silent += c->result == SILENT;
    d->wrong += c->result == WRONG || c->signal == SIGALRM || empty;
    if (c->result >= 0 && c->result < CODES)
        d->by_code[c->result]++;
    if ((d->only != UINT64_MAX) || c->result >= SILENT || c->signal == SIGALRM || empty)
        printf("%s try %llu (%s): %s%s\n  again: scripts/crash --damage --seed %llu --only %llu\n",
               c->result == SILENT ? "passed over:" : "FAILED", (unsigned long long)number, d->how,
               c->signal != 0 ? strsignal(c->signal) : "", empty ? "no reason given" : c->text,
               (unsigned long long)d->seed, (unsigned long long)number);
}

static void try_one(struct damage *d, struct child *c, uint64_t number) {
    struct dice dice = {d->seed * UINT64_C(1000003) + number};
    int i = store_of(number);
    memcpy(d->bytes, d->whole[i], d->size[i]);
    size_t size = damage_bytes(d, d->size[i], number, &dice);
    write_file(d->file, d->bytes, size);
    d->now = d->campaigns[i];
    d->now.ill_one_in = 0;
    snprintf(d->now.directory, sizeof d->now.directory, "%s", d->work);
    child_run(c, judge, d);
    count(d, c, number);
}

static int read_options(struct damage *d, int argc, char **argv) {
    static const struct option options[] = {
        {"tries", 1, NULL, 't'}, {"seed", 1, NULL, 's'}, {"only", 1, NULL, 'o'}, {0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == '?')
            return -1;
        uint64_t value = strtoull(optarg, NULL, 10);
        *(o == 't' ? &d->tries : o == 's' ? &d->seed : &d->only) = value;
    }
    return 0;
}

static void report(const struct damage *d) {
    printf("damage: seed %llu, %llu tries: %llu harmless", (unsigned long long)d->seed,
           (unsigned long long)d->tries, (unsigned long long)d->harmless);
    for (int code = 0; code < CODES; code++)
        if (d->by_code[code] > 0)
            printf(", %llu %s", (unsigned long long)d->by_code[code],
                   winnow_code_name((enum winnow_code)code));
    printf(", %llu ended the process, %llu passed over; %llu FAILED\n",
           (unsigned long long)d->killed, (unsigned long long)d->silent,
           (unsigned long long)d->wrong);
}

int main(int argc, char **argv) {
    static struct damage d = {.tries = 500, .seed = 1, .only = UINT64_MAX};
    struct child *c = child_new();
    char store[PATH_MAX + 16];
    if (read_options(&d, argc, argv) != 0)
        return 2;
    disk_sync_off();
    make(&d, 0, d.seed);
    make(&d, 1, d.seed);
    d.bytes = malloc(d.size[0] + d.size[1]);
    temp_directory_make(d.work);
    snprintf(store, sizeof store, "%s/store", d.work);
    snprintf(d.file, sizeof d.file, "%s/data.mdb", store);
    if (d.bytes == NULL || mkdir(store, 0700) != 0 || freopen("/dev/null", "w", stderr) == NULL)
        return 1;
    for (uint64_t i = 0; i < d.tries; i++)
        if (d.only == UINT64_MAX || d.only == i)
            try_one(&d, c, i);
    temp_directory_remove(d.work);
    report(&d);
    free(d.bytes);
    free(d.whole[0]);
    free(d.whole[1]);
    return d.wrong == 0 ? 0 : 1;
}
