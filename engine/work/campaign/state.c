/* Opening a state directory, and what the calls share: see state.h. Happy path: the directory is
 * there or is made (0700), the store opens, engine time continues. Fails as the store does. */
#include "work/campaign/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "platform/handles.h"

/* A name that is new is on the disk only when the directory it stands in is. */
static int sync_parent(const char *path) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    snprintf(parent, sizeof parent, "%.*s", (int)size, path);
    int fd = open(slash == NULL ? "."
                  : size == 0   ? "/"
                                : parent,
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int result = fsync(fd);
    int why = errno;
    close(fd);
    errno = why;
    return result;
}

static int make_directory(const char *path, struct winnow_error *err) {
    if (mkdir(path, 0700) == 0 ? sync_parent(path) == 0 : errno == EEXIST)
        return 0;
    return winnow_fail(err, WINNOW_STORAGE, "%s cannot be made: %s", path, strerror(errno));
}

/* Like mkdir -p, each new folder for the user alone. */
static int make_directories(const char *path, struct winnow_error *err) {
    char part[PATH_MAX];
    size_t size = strlen(path);
    memcpy(part, path, size + 1);
    for (size_t i = 1; i < size; i++) {
        if (part[i] != '/')
            continue;
        part[i] = '\0';
        if (make_directory(part, err) != 0)
            return -1;
        part[i] = '/';
    }
    return make_directory(part, err);
}

static int choose_directory(const char *given, char out[PATH_MAX], struct winnow_error *err) {
    const char *set = given != NULL ? given : getenv("WINNOW_STATE");
    const char *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int size = -1;
    if (set != NULL && set[0] != '\0')
        size = snprintf(out, PATH_MAX, "%s", set);
    else if (xdg != NULL && xdg[0] == '/')
        size = snprintf(out, PATH_MAX, "%s/winnow", xdg);
    else if (home != NULL && home[0] == '/')
        size = snprintf(out, PATH_MAX, "%s/.local/state/winnow", home);
    else
        return winnow_fail(err, WINNOW_USAGE, "no state directory: give --state DIR");
    if (size < 0 || size >= PATH_MAX - 128)
        return winnow_fail(err, WINNOW_USAGE, "the state directory's path is too long");
    return 0;
}

static int read_stamp(struct winnow *w, struct clock_stamp *stamp, bool *there,
                      struct winnow_error *err) {
    struct store_txn *t;
    const void *bytes;
    size_t size;
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int found = store_note_get(t, 0, STORE_NOTE_CLOCK, "", &bytes, &size, err);
    *there = found == 1 && size == CLOCK_BOOT_ID + 16;
    if (*there) {
        const unsigned char *at = bytes;
        memcpy(stamp->boot_id, at, CLOCK_BOOT_ID);
        stamp->boot_ms = (int64_t)get_le(at + CLOCK_BOOT_ID, 8);
        stamp->engine_ms = (int64_t)get_le(at + CLOCK_BOOT_ID + 8, 8);
    }
    store_abort(t);
    return found < 0 ? -1 : 0;
}

int state_stamp(struct winnow *w, struct store_txn *t, struct winnow_error *err) {
    struct clock_stamp stamp = clock_stamp_now(&w->clock);
    unsigned char bytes[CLOCK_BOOT_ID + 16];
    memcpy(bytes, stamp.boot_id, CLOCK_BOOT_ID);
    put_le(bytes + CLOCK_BOOT_ID, (uint64_t)stamp.boot_ms, 8);
    put_le(bytes + CLOCK_BOOT_ID + 8, (uint64_t)stamp.engine_ms, 8);
    return store_note_put(t, 0, STORE_NOTE_CLOCK, "", bytes, sizeof bytes, err);
}

static int make_folders(struct winnow *w, struct winnow_error *err) {
    static const char *const folders[] = {"store", "credentials", "run"};
    char path[PATH_MAX];
    if (make_directories(w->directory, err) != 0)
        return -1;
    for (size_t i = 0; i < 3; i++)
        if (state_path(w, folders[i], "", "", path, err) != 0 || make_directory(path, err) != 0)
            return -1;
    return 0;
}

/* Who only looks makes nothing: a wrong --state would look like a right one from then on. */
static int expect_store(struct winnow *w, struct winnow_error *err) {
    char path[PATH_MAX];
    struct stat file;
    if (state_path(w, "store", "data.mdb", "", path, err) != 0)
        return -1;
    if (stat(path, &file) == 0)
        return 0;
    if (errno != ENOENT && errno != ENOTDIR)
        return winnow_fail(err, WINNOW_STORAGE, "%s cannot be looked at: %s", path,
                           strerror(errno));
    return winnow_fail(err, WINNOW_NOT_FOUND,
                       "there is no campaign in %s yet: `winnow new` makes the first; if they are "
                       "elsewhere, say where with --state DIR or WINNOW_STATE",
                       w->directory);
}

static int open_state(struct winnow *w, const char *directory, bool make,
                      struct winnow_error *err) {
    char path[PATH_MAX];
    struct clock_stamp stamp;
    bool there = false;
    if (interrupt_open(&w->interrupt, err) != 0 ||
        choose_directory(directory, w->directory, err) != 0 ||
        (make ? make_folders : expect_store)(w, err) != 0 ||
        state_path(w, "store", "", "", path, err) != 0 || store_open(path, &w->store, err) != 0 ||
        read_stamp(w, &stamp, &there, err) != 0)
        return -1;
    clock_start(&w->clock, NULL, there ? &stamp : NULL);
    return 0;
}

static int open_or_make(const char *directory, bool make, struct winnow **out,
                        struct winnow_error *err) {
    struct winnow *w = calloc(1, sizeof *w);
    if (w == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    w->interrupt.fd = -1;
    if (open_state(w, directory, make, err) != 0) {
        winnow_close(w);
        return -1;
    }
    *out = w;
    return 0;
}

int winnow_open(const char *directory, struct winnow **out, struct winnow_error *err) {
    return open_or_make(directory, false, out, err);
}

int winnow_make(const char *directory, struct winnow **out, struct winnow_error *err) {
    return open_or_make(directory, true, out, err);
}

void winnow_close(struct winnow *w) {
    if (w == NULL)
        return;
    store_close(w->store);
    interrupt_close(&w->interrupt);
    free(w);
}

void winnow_stop(struct winnow *w) {
    interrupt_stop(&w->interrupt);
}

void winnow_ask(struct winnow *w) {
    interrupt_ask(&w->interrupt);
}

void state_call_ended(struct winnow *w) {
    (void)interrupt_take(&w->interrupt);
}

const char *winnow_directory(const struct winnow *w) {
    return w->directory;
}

int state_path(const struct winnow *w, const char *folder, const char *name, const char *suffix,
               char path[PATH_MAX], struct winnow_error *err) {
    int size = snprintf(path, PATH_MAX, "%s/%s%s%s%s", w->directory, folder,
                        name[0] != '\0' ? "/" : "", name, suffix);
    if (size < 0 || size >= PATH_MAX)
        return winnow_fail(err, WINNOW_USAGE, "the state directory's path is too long");
    return 0;
}

int state_campaign(struct winnow *w, const char *name, struct store_campaign *campaign,
                   const struct platform **platform, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, name, campaign, err);
    store_abort(t);
    if (result != 0)
        return -1;
    const struct platform *found = platform_find(campaign->platform);
    if (found == NULL)
        return winnow_fail(err, WINNOW_DAMAGED, "campaign %s has the unknown platform %s", name,
                           campaign->platform);
    if (platform != NULL)
        *platform = found;
    return 0;
}

int state_worker(struct winnow *w, const char *name, struct process_holder *worker,
                 struct winnow_error *err) {
    char path[PATH_MAX];
    /* Asking the kernel would open and close the file, and so give our own lock away. */
    if (strcmp(w->running, name) == 0) {
        *worker = (struct process_holder){true, getpid()};
        return 0;
    }
    if (state_path(w, "run", name, ".lock", path, err) != 0)
        return -1;
    return process_lock_holder(path, worker, err);
}

int state_refuse_running(struct winnow *w, const char *name, struct winnow_error *err) {
    struct process_holder worker;
    char who[PROCESS_NAME_MAX];
    if (state_worker(w, name, &worker, err) != 0)
        return -1;
    if (!worker.held)
        return 0;
    process_holder_name(worker, who);
    return winnow_fail(err, WINNOW_BUSY,
                       "campaign %s is being run by %s: end that first (SIGINT lets it finish what "
                       "is in flight)",
                       name, who);
}

static bool state_same_text(struct text a, struct text b) {
    return a.size > 0 && a.size == b.size && strncasecmp(a.at, b.at, a.size) == 0;
}

static struct text before_host(struct text handle) {
    const char *at = memchr(handle.at, '@', handle.size);
    return (struct text){handle.at, at != NULL ? (uint32_t)(at - handle.at) : handle.size};
}

bool state_same_handle(const struct store_campaign *c, const char *given, const char *told) {
    const struct platform *p = platform_find(c->platform);
    char rooms[3][FACT_HANDLE_MAX + 1];
    struct text whole[2] = {{given, (uint32_t)strlen(given)}, {told, (uint32_t)strlen(told)}};
    whole[0] = platform_handle(p, c->server, whole[0], rooms[0]);
    whole[1] = platform_handle(p, c->server, whole[1], rooms[1]);
    if (state_same_text(whole[0], whole[1]))
        return true;
    /* A server may go by another host in its handles than in its address. */
    struct text name = before_host(whole[0]);
    return p->handle_form == HANDLE_AT_HOST && state_same_text(name, before_host(whole[1])) &&
           state_same_text(whole[0], platform_handle(p, c->server, name, rooms[2]));
}

struct text text_cut(struct text t, size_t most) {
    size_t size = t.size < most ? t.size : most;
    while (size < t.size && size > 0 && ((unsigned char)t.at[size] & 0xc0) == 0x80)
        size--;
    return (struct text){t.at, (uint32_t)size};
}

void text_copy(char *to, size_t room, struct text from) {
    struct text fits = text_cut(from, room - 1);
    memcpy(to, fits.at, fits.size);
    to[fits.size] = '\0';
}

void hooks_warn(const struct winnow_hooks *h, const char *format, ...) {
    char text[WINNOW_ERROR_TEXT_MAX];
    va_list args;
    if (h->warn == NULL)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    h->warn(h->context, text);
}

void hooks_log(const struct winnow_hooks *h, int level, const char *format, ...) {
    char text[WINNOW_ERROR_TEXT_MAX];
    va_list args;
    if (h->log == NULL || level > h->log_level)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    h->log(h->context, level, text);
}

void hooks_progress(const struct winnow_hooks *h, const char *what, uint64_t done, uint64_t total) {
    if (h->progress != NULL)
        h->progress(h->context, what, done, total);
}
