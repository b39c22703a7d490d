/* Engine time: see clock.h. Happy path: the boot is the stamp's, and time goes on where it was.
 * Cannot fail: without a boot id it starts as after another boot. */
#include "io/clock.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t machine_boot_ms(void *context) {
    (void)context;
    return read_clock(CLOCK_BOOTTIME);
}

static int64_t machine_wall_ms(void *context) {
    (void)context;
    return read_clock(CLOCK_REALTIME);
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_boot_id(const char *text, size_t size, unsigned char id[CLOCK_BOOT_ID]) {
    size_t digits = 0;
    memset(id, 0, CLOCK_BOOT_ID);
    for (size_t i = 0; i < size && digits < 2 * CLOCK_BOOT_ID; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0)
            continue;
        id[digits / 2] = (unsigned char)(id[digits / 2] << 4 | digit);
        digits++;
    }
    return digits == 2 * CLOCK_BOOT_ID;
}

static bool machine_boot_id(void *context, unsigned char id[CLOCK_BOOT_ID]) {
    char text[64];
    (void)context;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, sizeof text);
    close(fd);
    return size > 0 && parse_boot_id(text, (size_t)size, id);
}

static const struct clock_source machine = {machine_boot_ms, machine_wall_ms, machine_boot_id,
                                            NULL};

void clock_start(struct engine_clock *c, const struct clock_source *source,
                 const struct clock_stamp *last) {
    c->source = source != NULL ? *source : machine;
    c->anchor_boot_ms = c->source.boot_ms(c->source.context);
    c->anchor_engine_ms = c->source.wall_ms(c->source.context);
    bool known = c->source.boot_id(c->source.context, c->boot_id);
    if (!known)
        memset(c->boot_id, 0, sizeof c->boot_id);
    if (last == NULL)
        return;
    bool same_boot = known && memcmp(c->boot_id, last->boot_id, sizeof c->boot_id) == 0 &&
                     c->anchor_boot_ms >= last->boot_ms;
    if (same_boot)
        c->anchor_engine_ms = last->engine_ms + (c->anchor_boot_ms - last->boot_ms);
    else if (c->anchor_engine_ms < last->engine_ms)
        c->anchor_engine_ms = last->engine_ms;
}

int64_t clock_now(const struct engine_clock *c) {
    return c->anchor_engine_ms + (c->source.boot_ms(c->source.context) - c->anchor_boot_ms);
}

struct clock_stamp clock_stamp_now(const struct engine_clock *c) {
    struct clock_stamp stamp;
    memcpy(stamp.boot_id, c->boot_id, sizeof stamp.boot_id);
    stamp.boot_ms = c->source.boot_ms(c->source.context);
    stamp.engine_ms = c->anchor_engine_ms + (stamp.boot_ms - c->anchor_boot_ms);
    return stamp;
}

int64_t clock_wall_offset(const struct engine_clock *c) {
    return c->source.wall_ms(c->source.context) - clock_now(c);
}
