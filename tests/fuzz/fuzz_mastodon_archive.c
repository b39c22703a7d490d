/* A whole archive of Mastodon: outbox.json, a zero, likes.json. Whatever stands in them, a handle
 * is an address in its one form and not the account's own; a set with a row that named nobody, and
 * one whose file was cut before its last bracket, is never whole. */
#include "fuzz.h"

#include "formats/mastodon/mastodon_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void forget(void) {
    static const char *const names[] = {"actor.json", "outbox.json", "likes.json"};
    char path[128];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void put(const char *name, const void *at, size_t size) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0 && write(fd, at, size) == (ssize_t)size);
    close(fd);
}

static void make_folder(void) {
    static const char actor[] =
        "{\"id\":\"https://w.example/users/me\",\"preferredUsername\":\"me\","
        "\"webfinger\":\"me@h.example\"}";
    if (folder[0] != '\0')
        return;
    snprintf(folder, sizeof folder, "/dev/shm/winnow-fuzz-XXXXXX");
    MUST(mkdtemp(folder) != NULL);
    atexit(forget);
    put("actor.json", actor, sizeof actor - 1);
}

struct seen {
    uint64_t exchanges;
    struct mastodon_archive_set posts, likes;
};

static int take(void *context, struct text handle, const struct exchange *x,
                struct winnow_error *err) {
    struct seen *s = context;
    (void)err;
    s->exchanges++;
    MUST(handle.size >= 3 && handle.size <= FACT_HANDLE_MAX &&
         is_printable(handle.at, handle.size));
    const char *at = memchr(handle.at, '@', handle.size);
    MUST(at != NULL && at > handle.at && at + 1 < handle.at + handle.size);
    for (const char *p = at + 1; p < handle.at + handle.size; p++)
        MUST(*p != '@' && !(*p >= 'A' && *p <= 'Z'));
    MUST(handle.size != 12 || memcmp(handle.at, "me@h.example", 12) != 0);
    MUST(!x->by_them &&
         (x->kind == EXCHANGE_LIKE) == (mastodon_archive_dataset(x->kind) == DATASET_LIKES));
    return 0;
}

static void one(struct seen *s, const uint8_t *at, size_t size) {
    const struct mastodon_archive_options options = {.limits = PACK_LIMITS, .actors = 8};
    const struct mastodon_archive_sink sink = {.context = s, .exchange = take};
    struct mastodon_archive *a;
    struct winnow_error err = {0};
    const uint8_t *zero = memchr(at, 0, size);
    size_t outbox = zero != NULL ? (size_t)(zero - at) : size;
    put("outbox.json", at, outbox);
    put("likes.json", zero != NULL ? zero + 1 : at, zero != NULL ? size - outbox - 1 : 0);
    *s = (struct seen){0};
    MUST(mastodon_archive_open(folder, &options, &a, &err) == 0);
    MUST(mastodon_archive_read(a, &sink, &err) == 0);
    s->posts = *mastodon_archive_set(a, DATASET_POSTS);
    s->likes = *mastodon_archive_set(a, DATASET_LIKES);
    mastodon_archive_close(a);
    for (int i = 0; i < 2; i++) {
        const struct mastodon_archive_set *set = i == 0 ? &s->posts : &s->likes;
        MUST(set->there && set->complete == (set->why[0] == '\0'));
        MUST(!set->complete || set->nameless == 0);
        MUST(is_printable(set->why, strlen(set->why)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct seen whole;
    struct seen cut;
    make_folder();
    one(&whole, data, size);
    const uint8_t *zero = memchr(data, 0, size);
    size_t outbox = zero != NULL ? (size_t)(zero - data) : size;
    const uint8_t *close = memrchr(data, '}', outbox);
    if (!whole.posts.complete || close == NULL)
        return 0;
    uint64_t seed = seed_of(data, size);
    one(&cut, data, (size_t)(draw(&seed) % (size_t)(close - data + 1)));
    MUST(!cut.posts.complete && cut.posts.count <= whole.posts.count);
    return 0;
}
