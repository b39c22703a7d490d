/* Ground floor of the simulator: growing text, bit sets, a table of names, numbers and time.
 *
 * Happy path: a caller owns a struct, fills it, and frees it with the matching call.
 * Failure: memory that runs out ends the process with a message (sim_die); a test server has
 * nothing better to do. Look-ups that find nothing give SIM_NONE. */
#ifndef PLATFORM_SIM_BASE_H
#define PLATFORM_SIM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_NONE UINT32_MAX

enum platform_id { P_X, P_MASTODON, P_BLUESKY, P_GITHUB, P_NONE };
#define PLATFORMS 4

#define ID_MAX 128 /* an id or handle as text, with its zero */

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

#if defined(__GNUC__)
#define SIM_PRINTF(at, from) __attribute__((format(printf, at, from)))
#else
#define SIM_PRINTF(at, from)
#endif

_Noreturn void sim_die(const char *format, ...) SIM_PRINTF(1, 2);
void *sim_realloc(void *memory, size_t count, size_t size);

/* Text that grows; always zero-terminated once something was put into it. */
struct buf {
    char *text;
    size_t len;
    size_t cap;
};

void buf_clear(struct buf *buf);
void buf_free(struct buf *buf);
void buf_put(struct buf *buf, const char *text, size_t len);
void buf_str(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) SIM_PRINTF(2, 3);
void buf_json(struct buf *buf, const char *text); /* a quoted JSON string */

/* A set of indexes below `count`; `set` of them are in it. */
struct bits {
    uint64_t *word;
    uint32_t words;
    uint32_t count;
    uint32_t set;
};

void bits_grow(struct bits *bits, uint32_t count);
void bits_fill(struct bits *bits, uint32_t count); /* grow, and put 0 .. count-1 into the set */
void bits_free(struct bits *bits);
bool bits_has(const struct bits *bits, uint32_t at);
bool bits_add(struct bits *bits, uint32_t at);               /* true if it was not there */
bool bits_drop(struct bits *bits, uint32_t at);              /* true if it was there */
uint32_t bits_next(const struct bits *bits, uint32_t from);  /* smallest member >= from */
uint32_t bits_prev(const struct bits *bits, uint32_t below); /* largest member < below */
uint32_t bits_select(const struct bits *bits, uint32_t nth); /* the nth member, from 0 */

/* Ids with an optional handle each, found by either in O(1). Entries are never removed. */
struct names {
    char *text;
    size_t len;
    size_t cap;
    uint32_t *offset;
    uint32_t count;
    uint32_t room;
    uint32_t *by_id;
    uint32_t *by_handle;
    uint32_t slots;
};

uint32_t names_add(struct names *names, const char *id, size_t id_len, const char *handle,
                   size_t handle_len);
/* Room for that many more in the tables, so that they are not made anew again and again. */
void names_reserve(struct names *names, uint32_t more);
uint32_t names_find(const struct names *names, const char *id);
uint32_t names_find_handle(const struct names *names, const char *handle);
const char *names_id(const struct names *names, uint32_t at);
const char *names_handle(const struct names *names, uint32_t at);
void names_free(struct names *names);
/* One `id[\thandle]` a line; empty lines and lines that begin with # are skipped. */
bool names_load(struct names *names, const char *file);

uint64_t sim_mix(uint64_t value); /* scrambles; the same everywhere */
uint64_t clock_mono_ns(void);
uint64_t clock_real_ns(void);
void time_iso(char *out, size_t size, uint64_t real_ns, bool micros);

bool parse_u64(const char *text, uint64_t *out);
bool parse_period(const char *text, uint64_t *ns); /* 250ms 2s 15m 1h 1d; a bare number: seconds */
void base64url(struct buf *out, const char *data, size_t len);

#endif
