/* Engine time: milliseconds since 1970 that never go back, do not jump when somebody sets the
 * clock, and go on during sleep. Everything that winnow waits for is counted in it.
 *
 * Within one boot it is CLOCK_BOOTTIME, anchored once. Across restarts in the same boot (told by
 * the kernel's boot id) the stored stamp continues it exactly. After another boot it starts at the
 * wall clock, but never before the stamp. */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <winnow/error.h>

#define CLOCK_BOOT_ID 16

/* What the store keeps, so that the next process can go on. */
struct clock_stamp {
    unsigned char boot_id[CLOCK_BOOT_ID];
    int64_t boot_ms; /* CLOCK_BOOTTIME */
    int64_t engine_ms;
};

/* Where time comes from; tests give their own. */
struct clock_source {
    int64_t (*boot_ms)(void *context);
    int64_t (*wall_ms)(void *context);
    bool (*boot_id)(void *context, unsigned char id[CLOCK_BOOT_ID]); /* false: not known */
    void *context;
};

struct engine_clock {
    struct clock_source source;
    unsigned char boot_id[CLOCK_BOOT_ID];
    int64_t anchor_engine_ms, anchor_boot_ms;
};

/* source NULL: the machine's. last NULL: there is no stamp. */
void clock_start(struct engine_clock *c, const struct clock_source *source,
                 const struct clock_stamp *last);
int64_t clock_now(const struct engine_clock *c);
struct clock_stamp clock_stamp_now(const struct engine_clock *c);
/* Wall clock minus engine time, for showing times to people. */
int64_t clock_wall_offset(const struct engine_clock *c);
/* Local time of day (TZ, summer time as it is now) minus engine time. */
int64_t clock_local_offset(const struct engine_clock *c);

#endif
