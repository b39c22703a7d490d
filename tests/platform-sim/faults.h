/* Faults: what goes wrong, and when.
 *
 * A fault is drawn by chance (so many in a thousand, from a seed) or falls on the N-th write.
 * Happy path: faults_permille / faults_at while reading options or from the control endpoint,
 * faults_draw once a request.
 * Failure: an unknown kind or a sum over 1000 gives false. */
#ifndef PLATFORM_SIM_FAULTS_H
#define PLATFORM_SIM_FAULTS_H

#include "base.h"

enum fault {
    FAULT_NONE,
    FAULT_429,
    FAULT_429_BARE,
    FAULT_500,
    FAULT_503,
    FAULT_SLOW,
    FAULT_CUT_BEFORE,
    FAULT_CUT_AFTER,
    FAULT_CUT_BODY,
    FAULT_WRONG_JSON,
    FAULT_LOCKED,
    FAULT_SUSPENDED,
    FAULT_EXPIRED,
    FAULT_GONE,
    FAULT_HUGE_BODY,
    FAULT_REDIRECT,
    FAULT_LIE,
    FAULT_DRIFT,
    FAULTS
};

#define FAULT_BURST 3 /* writes a drawn 429 answers */

struct fault_point {
    uint64_t at; /* the write it falls on */
    enum fault kind;
};

struct faults {
    uint32_t permille[FAULTS];
    struct fault_point *point; /* sorted by `at` */
    size_t points;
    size_t room;
    uint64_t random;
    uint32_t burst; /* 429s still to answer */
    bool on_reads;  /* chance faults fall on reads too */
};

const char *fault_name(enum fault kind); /* "-" for FAULT_NONE */
bool fault_named(const char *name, enum fault *out);
bool faults_permille(struct faults *faults, enum fault kind, uint64_t permille);
bool faults_at(struct faults *faults, enum fault kind, uint64_t at);
bool faults_option(struct faults *faults, const char *text);    /* KIND=PERMILLE */
bool faults_at_option(struct faults *faults, const char *text); /* N=KIND */
void faults_clear(struct faults *faults);
void faults_free(struct faults *faults);
/* The fault for this request. `write` is its number among the writes, 0 for a read. */
enum fault faults_draw(struct faults *faults, uint64_t write);
uint32_t faults_random(struct faults *faults, uint32_t below);

#endif
