/* doctor: looks the machine and the state directory over and says what could end a long run badly.
 * Happy path: every line is good. Each check tells what to do when it is not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "work/campaign/state.h"
#include "work/session/credential.h"

struct looking {
    struct winnow *w;
    void (*each)(void *context, int level, const char *what, const char *detail);
    void *context;
};

__attribute__((format(printf, 4, 5))) static void
doctor_say(const struct looking *l, int level, const char *what, const char *format, ...) {
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    l->each(l->context, level, what, detail);
}

static void look_at_directory(const struct looking *l) {
    struct stat s;
    const char *path = l->w->directory;
    if (stat(path, &s) != 0)
        doctor_say(l, 2, "state directory", "%s: %s", path, strerror(errno));
    else if ((s.st_mode & 077) != 0)
        doctor_say(l, 1, "state directory", "%s can be read by others: chmod 700 it", path);
    else
        doctor_say(l, 0, "state directory", "%s, for you alone", path);
}

/* Names of file systems on which LMDB's locks or memory maps do not hold (statfs(2)). */
static void look_at_file_system(const struct looking *l) {
    static const struct {
        unsigned long magic;
        const char *name;
    } networks[] = {{0x6969, "NFS"},     {0xff534d42, "CIFS"}, {0x517b, "SMB"},
                    {0x01021997, "9p"},  {0x65735546, "FUSE"}, {0x5346414f, "AFS"},
                    {0x00c36400, "Ceph"}};
    struct statfs s;
    if (statfs(l->w->directory, &s) != 0)
        return;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        if ((unsigned long)s.f_type == networks[i].magic) {
            doctor_say(l, 2, "file system",
                       "the state directory is on %s: put it on a local disk with --state",
                       networks[i].name);
            return;
        }
    }
    doctor_say(l, 0, "file system", "local");
}

#define ROOM_WANTED (UINT64_C(1) << 30)

static void look_at_room(const struct looking *l) {
    struct statvfs s;
    if (statvfs(l->w->directory, &s) != 0)
        return;
    uint64_t free_bytes = (uint64_t)s.f_bavail * s.f_frsize;
    if ((s.f_flag & ST_RDONLY) != 0) {
        doctor_say(l, 1, "disk",
                   "mounted read-only: a campaign can be looked at here, and not go on");
        return;
    }
    doctor_say(l, free_bytes < ROOM_WANTED ? 1 : 0, "disk", "%llu MB free%s",
               (unsigned long long)(free_bytes >> 20),
               free_bytes < ROOM_WANTED ? ": a large campaign needs about 1 GB" : "");
}

static int look_at_store(const struct looking *l, struct winnow_error *err) {
    struct store_health h;
    if (store_health(l->w->store, &h, err) != 0)
        return -1;
    doctor_say(l, 0, "store", "%llu MB in use, file of %llu MB, map of %llu GB",
               (unsigned long long)(h.used_bytes >> 20), (unsigned long long)(h.file_bytes >> 20),
               (unsigned long long)(h.map_bytes >> 30));
    if (h.stale_readers > 0)
        doctor_say(l, 1, "store", "%d reader%s had died and %s cleared", h.stale_readers,
                   h.stale_readers == 1 ? "" : "s", h.stale_readers == 1 ? "was" : "were");
    return 0;
}

static void look_at_clock(const struct looking *l) {
    int64_t offset_ms = clock_wall_offset(&l->w->clock);
    if (offset_ms > 60000 || offset_ms < -60000)
        doctor_say(l, 1, "clock",
                   "the wall clock differs from engine time by %lld s: dates shown follow "
                   "the wall clock, limits follow engine time",
                   (long long)(offset_ms / 1000));
    else
        doctor_say(l, 0, "clock", "in step");
}

/* What the platform tells, and what a token needs for it besides the right to unfollow. */
static void look_at_sources(const struct looking *l, const struct store_campaign *c) {
    const struct platform *p = platform_find(c->platform);
    char what[STORE_NAME_MAX + 16];
    char list[400] = "";
    size_t used = 0;
    snprintf(what, sizeof what, "sources of %s", c->name);
    for (int set = 0; set < DATASET_COUNT; set++) {
        const struct platform_source *s = platform_first_source(p, (enum dataset)set);
        if (s == NULL || used >= sizeof list)
            continue;
        bool asks = s->scope != NULL;
        int size = snprintf(list + used, sizeof list - used, "%s%s%s%s%s", used == 0 ? "" : ", ",
                            dataset_names[set], asks ? " (the token needs " : "",
                            asks ? s->scope : "", asks ? ")" : "");
        used += size > 0 ? (size_t)size : 0;
    }
    doctor_say(l, 0, what, "%s", list);
}

static int look_at_campaign(void *context, const struct store_campaign *c) {
    const struct looking *l = context;
    struct process_holder worker = {0};
    char who[PROCESS_NAME_MAX];
    char what[STORE_NAME_MAX + 16];
    struct credential credential = {0};
    struct winnow_error why = {0};
    snprintf(what, sizeof what, "campaign %s", c->name);
    (void)state_worker(l->w, c->name, &worker, NULL);
    process_holder_name(worker, who);
    if (!credential_exists(l->w, c))
        doctor_say(l, 1, what, "nobody is logged in: `winnow login %s`", c->name);
    else if (credential_read(l->w, c, &credential, &why) != 0)
        doctor_say(l, 2, what, "%s", why.text);
    else if (worker.held)
        doctor_say(l, 0, what, "run by %s", who);
    else
        doctor_say(l, 0, what, "%u followee%s, %u plan%s, no worker", c->followees,
                   c->followees == 1 ? "" : "s", c->plans, c->plans == 1 ? "" : "s");
    credential_wipe(&credential);
    look_at_sources(l, c);
    return 0;
}

int winnow_doctor(struct winnow *w,
                  void (*each)(void *context, int level, const char *what, const char *detail),
                  void *context, struct winnow_error *err) {
    struct looking l = {w, each, context};
    struct store_txn *t;
    look_at_directory(&l);
    look_at_file_system(&l);
    look_at_room(&l);
    look_at_clock(&l);
    if (look_at_store(&l, err) != 0 || store_read(w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_each(t, look_at_campaign, &l, err);
    store_abort(t);
    return result;
}
