/* Clocks and disk: see machine.h. LMDB's full sync is off: the state of a simulated campaign lies in
 * memory, and a process that dies loses nothing that it wrote. What a power cut leaves is another
 * test's. Happy path: time is true time, commits commit. */
#include "machine.h"

#include <errno.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/clock.h"
#include "store/memory/memory.h"
#include "store/tables/tables.h"

static struct machine *machine;

void machine_use(struct machine *m) {
    machine = m;
    m->file_limit = UINT64_MAX;
    signal(SIGXFSZ, SIG_IGN);
}

void machine_in_memory(struct machine *m) {
    m->memory = memory_new(UINT64_MAX);
    if (m->memory == NULL)
        abort();
}

void machine_free(struct machine *m) {
    memory_free(m->memory);
    m->memory = NULL;
}

void machine_boot(struct machine *m, struct dice *d) {
    m->booted_ms = m->now_ms - dice_between(d, 0, 20000);
    for (size_t i = 0; i < sizeof m->boot_id; i++)
        m->boot_id[i] = (unsigned char)dice_draw(d);
}

void machine_limit_files(uint64_t bytes) {
    struct rlimit limit;
    if (machine != NULL)
        machine->file_limit = bytes;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        abort();
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        abort();
}

bool machine_step(struct machine *m) {
    if (m->steps_left < 0)
        return m->dead;
    m->dead = m->dead || m->steps_left == 0;
    m->steps_left--;
    return m->dead;
}

/* ---- clocks ---- */

static int64_t boot_clock(void *context) {
    const struct machine *m = context;
    return m->now_ms - m->booted_ms;
}

static int64_t wall_clock(void *context) {
    const struct machine *m = context;
    return m->now_ms + m->wall_offset_ms;
}

static bool boot_id(void *context, unsigned char id[CLOCK_BOOT_ID]) {
    const struct machine *m = context;
    memcpy(id, m->boot_id, CLOCK_BOOT_ID);
    return m->boot_id_known;
}

void __real_clock_start(struct engine_clock *c, const struct clock_source *source,
                        const struct clock_stamp *last);
void __wrap_clock_start(struct engine_clock *c, const struct clock_source *source,
                        const struct clock_stamp *last);

void __wrap_clock_start(struct engine_clock *c, const struct clock_source *source,
                        const struct clock_stamp *last) {
    struct clock_source simulated = {boot_clock, wall_clock, boot_id, machine};
    __real_clock_start(c, source == NULL ? &simulated : source, last);
}

/* ---- disk ---- */

int __real_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode) {
    unsigned more = MDB_NOSYNC | (machine->map_writes ? MDB_WRITEMAP : 0);
    return __real_mdb_env_open(env, path, flags | more, mode);
}

/* What becomes of a commit: it may reach the disk (`there`), and what is told is a code of errno(3);
 * 0: what the disk says. */
static int strike(bool *there) {
    enum disk_fault fault = machine->next_fault;
    *there = !machine->dead;
    if (machine->dead)
        return EIO;
    machine->commits++;
    machine->next_fault = DISK_WELL;
    machine->struck = fault == DISK_WELL ? machine->struck : fault;
    machine->dead = fault == DISK_CRASH_BEFORE || fault == DISK_CRASH_AFTER;
    *there = fault != DISK_REFUSES && fault != DISK_CRASH_BEFORE;
    return fault == DISK_WELL ? 0 : fault == DISK_REFUSES ? ENOSPC : EIO;
}

int __wrap_mdb_txn_commit(MDB_txn *txn) {
    bool there;
    int told = strike(&there);
    if (!there) {
        mdb_txn_abort(txn);
        return told;
    }
    int code = __real_mdb_txn_commit(txn);
    return code == 0 ? told : code;
}

/* ---- the store in memory ---- */

/* LMDB's file is some times as large as what is in it. */
#define FILE_PER_BYTE 4

static const struct engine_kind *memory_kind;

static enum store_fate refuse(struct engine_txn *t, enum store_fate fate, const char *why,
                              struct winnow_error *err) {
    memory_kind->abort(t);
    winnow_fail(err, WINNOW_STORAGE, "committing to the store: %s", why);
    return fate;
}

static enum store_fate commit_in_memory(struct engine_txn *t, struct winnow_error *err) {
    bool there;
    int told = strike(&there);
    if (!there)
        return refuse(t, told == ENOSPC ? STORE_NOT_THERE : STORE_UNKNOWN, strerror(told), err);
    if (memory_bytes(machine->memory) * FILE_PER_BYTE > machine->file_limit)
        return refuse(t, STORE_NOT_THERE, strerror(EFBIG), err);
    enum store_fate fate = memory_kind->commit(t, err);
    if (fate != STORE_THERE || told == 0)
        return fate;
    winnow_fail(err, WINNOW_STORAGE, "committing to the store: %s", strerror(told));
    return STORE_UNKNOWN;
}

int __real_store_open(const char *directory, struct store **out, struct winnow_error *err);
int __wrap_store_open(const char *directory, struct store **out, struct winnow_error *err);

int __wrap_store_open(const char *directory, struct store **out, struct winnow_error *err) {
    static struct engine_kind kind;
    struct engine *engine;
    if (machine->memory == NULL)
        return __real_store_open(directory, out, err);
    if (memory_open(machine->memory, TABLE_COUNT, &engine, err) != 0)
        return -1;
    memory_kind = engine->kind;
    kind = *memory_kind;
    kind.commit = commit_in_memory;
    engine->kind = &kind;
    return store_open_on(engine, out, err);
}

/* ---- files ---- */

int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

/* A process that died writes no files; its directory is in memory, so there is nothing to flush. */
static bool died(void) {
    if (machine == NULL || !machine_step(machine))
        return false;
    errno = EIO;
    return true;
}

int __wrap_fsync(int fd) {
    (void)fd;
    return died() ? -1 : 0;
}

int __wrap_rename(const char *from, const char *to) {
    return died() ? -1 : __real_rename(from, to);
}

int __wrap_unlink(const char *path) {
    return died() ? -1 : __real_unlink(path);
}
