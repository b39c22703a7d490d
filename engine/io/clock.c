/* Engine time: see clock.h. Happy path: the stamp of the last process is of this boot, and time
 * goes on from it by what CLOCK_BOOTTIME has gained. Cannot fail: without a stamp, a boot id or a
 * sane stamp it starts at the wall clock, and never before the stamp. */
#include "io/clock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int64_t milliseconds(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now); /* cannot fail for these clocks */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t machine_boot_ms(void *context) {
    (void)context;
    return milliseconds(CLOCK_BOOTTIME);
}

static int64_t machine_wall_ms(void *context) {
    (void)context;
    return milliseconds(CLOCK_REALTIME);
}

static int digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "9d5a8a06-3b2f-..." to 16 bytes. */
static bool read_uuid(const char *at, unsigned char id[CLOCK_BOOT_ID]) {
    for (size_t i = 0; i < CLOCK_BOOT_ID; i++) {
        while (*at == '-')
            at++;
        int high = digit(at[0]);
        int low = high < 0 ? -1 : digit(at[1]);
        if (low < 0)
            return false;
        id[i] = (unsigned char)(high << 4 | low);
        at += 2;
    }
    return true;
}

/* The first time namespace has this inode: linux/proc_ns.h, PROC_TIME_INIT_INO. */
#define FIRST_TIME_NAMESPACE UINT64_C(0xEFFFFFFA)

/* CLOCK_BOOTTIME has another zero in each time namespace (time_namespaces(7)), under one boot id:
 * each counts as a boot of its own, so that no budget is free early by the difference. */
static void mark_namespace(unsigned char id[CLOCK_BOOT_ID]) {
    struct stat namespace;
    if (stat("/proc/self/ns/time", &namespace) != 0 || namespace.st_ino == FIRST_TIME_NAMESPACE)
        return;
    for (size_t i = 0; i < sizeof(uint64_t); i++)
        id[i] ^= (unsigned char)((uint64_t) namespace.st_ino >> 8 * i);
}

static bool machine_boot_id(void *context, unsigned char id[CLOCK_BOOT_ID]) {
    char text[64] = {0};
    (void)context;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0 || !read_uuid(text, id))
        return false;
    mark_namespace(id);
    return true;
}

static bool same_boot(const struct engine_clock *c, const struct clock_stamp *last, bool known) {
    return known && memcmp(c->boot_id, last->boot_id, CLOCK_BOOT_ID) == 0 &&
           last->boot_ms <= c->anchor_boot_ms;
}

void clock_start(struct engine_clock *c, const struct clock_source *source,
                 const struct clock_stamp *last) {
    static const struct clock_source machine = {machine_boot_ms, machine_wall_ms, machine_boot_id,
                                                NULL};
    *c = (struct engine_clock){.source = source == NULL ? machine : *source};
    bool known = c->source.boot_id(c->source.context, c->boot_id);
    if (!known)
        memset(c->boot_id, 0, CLOCK_BOOT_ID);
    c->anchor_boot_ms = c->source.boot_ms(c->source.context);
    if (last != NULL && same_boot(c, last, known)) {
        c->anchor_engine_ms = last->engine_ms + (c->anchor_boot_ms - last->boot_ms);
        return;
    }
    c->anchor_engine_ms = c->source.wall_ms(c->source.context);
    if (last != NULL && last->engine_ms > c->anchor_engine_ms)
        c->anchor_engine_ms = last->engine_ms;
}

int64_t clock_now(const struct engine_clock *c) {
    int64_t passed_ms = c->source.boot_ms(c->source.context) - c->anchor_boot_ms;
    return c->anchor_engine_ms + (passed_ms > 0 ? passed_ms : 0);
}

struct clock_stamp clock_stamp_now(const struct engine_clock *c) {
    struct clock_stamp stamp = {.boot_ms = c->source.boot_ms(c->source.context)};
    int64_t passed_ms = stamp.boot_ms - c->anchor_boot_ms;
    memcpy(stamp.boot_id, c->boot_id, CLOCK_BOOT_ID);
    stamp.engine_ms = c->anchor_engine_ms + (passed_ms > 0 ? passed_ms : 0);
    return stamp;
}

int64_t clock_wall_offset(const struct engine_clock *c) {
    return c->source.wall_ms(c->source.context) - clock_now(c);
}

int64_t clock_local_offset(const struct engine_clock *c) {
    int64_t wall_ms = c->source.wall_ms(c->source.context);
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm local;
    int64_t zone_ms = localtime_r(&seconds, &local) != NULL ? (int64_t)local.tm_gmtoff * 1000 : 0;
    return wall_ms + zone_ms - clock_now(c);
}
