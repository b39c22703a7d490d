/* The audit: every request, when it came, what it named, what was answered and what it changed.
 *
 * Happy path: audit_add for each request in order of arrival; audit_json at any time.
 * Failure: out of memory ends the process. Times are monotonic ns since the audit began. */
#ifndef PLATFORM_SIM_AUDIT_H
#define PLATFORM_SIM_AUDIT_H

#include "bill.h"
#include "faults.h"
#include "limits.h"

enum verb { V_GET, V_POST, V_PUT, V_DELETE, V_OTHER };

#define ENTRY_APPLIED    1u
#define ENTRY_AUTHORISED 2u
#define ENTRY_PROTECTED  4u
#define ENTRY_STRANGER   8u /* target is a line of the audit's table of strange names */

struct entry {
    uint64_t at_ns;
    uint32_t target; /* a followee, a stranger, or SIM_NONE */
    uint32_t record; /* Bluesky: the record, or SIM_NONE */
    uint16_t status; /* 0: closed without an answer */
    uint16_t points;
    uint8_t platform;
    uint8_t kind;
    uint8_t verb_fault; /* verb in the low 3 bits, fault kind above */
    uint8_t flags;
};

struct counters {
    uint64_t requests;
    uint64_t writes;
    uint64_t unfollows_sent;
    uint64_t unfollows_applied;
    uint64_t follows_applied;
    uint64_t already_gone;
    uint64_t target_gone;
    uint64_t rejected_429;
    uint64_t unauthorised;
    uint64_t protected_touched;
    uint64_t duplicate_sends;
    uint64_t drifted;
    uint64_t faults[FAULTS];
    uint64_t by_platform[PLATFORMS];
};

struct audit {
    uint64_t begin_mono_ns;
    struct entry *entry;
    size_t count;
    size_t room;
    struct names strangers; /* names of no known followee, the first ones kept */
    struct counters is;
};

void audit_add(struct audit *audit, const struct entry *entry);
uint32_t audit_stranger(struct audit *audit, const char *name);
void audit_free(struct audit *audit);

/* The largest sum of costs in any half-open stretch of the limit's period. */
uint64_t audit_most_in_any_window(const struct audit *audit, const struct limit *limit,
                                  uint64_t *counted);
void audit_json(const struct audit *audit, const struct limits *limits,
                const struct follows *follows, const struct bill *bill, struct buf *out);
/* One line: time_ms method platform kind target status applied record fault */
void audit_line(const struct audit *audit, const struct follows *follows, size_t at,
                struct buf *out);

#endif
