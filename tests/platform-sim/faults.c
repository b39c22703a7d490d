/* Faults: the names, the draw, and the list of writes that a fault falls on.
 *
 * Happy path: faults_draw takes the first point that is due, else continues a burst of 429s,
 * else draws by chance. A point that falls due while a limit refuses waits for the next write.
 * Failure: unknown kinds and sums over 1000 are refused by the return value. */
#include "faults.h"

#include <stdlib.h>
#include <string.h>

static const char *const fault_names[FAULTS] = {
    [FAULT_NONE] = "-",
    [FAULT_429] = "429",
    [FAULT_429_BARE] = "429-no-headers",
    [FAULT_500] = "500",
    [FAULT_503] = "503",
    [FAULT_SLOW] = "slow",
    [FAULT_CUT_BEFORE] = "cut-before",
    [FAULT_CUT_AFTER] = "cut-after",
    [FAULT_CUT_BODY] = "cut-body",
    [FAULT_WRONG_JSON] = "wrong-json",
    [FAULT_LOCKED] = "locked",
    [FAULT_SUSPENDED] = "suspended",
    [FAULT_EXPIRED] = "expired",
    [FAULT_GONE] = "gone",
    [FAULT_HUGE_BODY] = "huge-body",
    [FAULT_REDIRECT] = "redirect",
    [FAULT_LIE] = "lie",
    [FAULT_DRIFT] = "drift",
};

const char *fault_name(enum fault kind) {
    return fault_names[kind];
}

bool fault_named(const char *name, enum fault *out) {
    for (int f = FAULT_NONE + 1; f < FAULTS; f++) {
        if (strcmp(fault_names[f], name) == 0) {
            *out = (enum fault)f;
            return true;
        }
    }
    return false;
}

bool faults_permille(struct faults *faults, enum fault kind, uint64_t permille) {
    uint64_t sum = permille;
    for (int f = 0; f < FAULTS; f++) {
        sum += f == (int)kind ? 0 : faults->permille[f];
    }
    if (permille > 1000 || sum > 1000) {
        return false;
    }
    faults->permille[kind] = (uint32_t)permille;
    return true;
}

bool faults_at(struct faults *faults, enum fault kind, uint64_t at) {
    if (at == 0) {
        return false;
    }
    if (faults->points == faults->room) {
        faults->room = faults->room == 0 ? 16 : faults->room * 2;
        faults->point = sim_realloc(faults->point, faults->room, sizeof *faults->point);
    }
    size_t to = faults->points++;
    for (; to > 0 && faults->point[to - 1].at > at; to--) {
        faults->point[to] = faults->point[to - 1];
    }
    faults->point[to] = (struct fault_point){.at = at, .kind = kind};
    return true;
}

static bool split(const char *text, char *left, size_t size, const char **right) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || (size_t)(equals - text) >= size) {
        return false;
    }
    memcpy(left, text, (size_t)(equals - text));
    left[equals - text] = '\0';
    *right = equals + 1;
    return true;
}

bool faults_option(struct faults *faults, const char *text) {
    char name[32];
    const char *number = NULL;
    uint64_t permille = 0;
    enum fault kind = FAULT_NONE;
    return split(text, name, sizeof name, &number) && fault_named(name, &kind) &&
           parse_u64(number, &permille) && faults_permille(faults, kind, permille);
}

bool faults_at_option(struct faults *faults, const char *text) {
    char number[32];
    const char *name = NULL;
    uint64_t at = 0;
    enum fault kind = FAULT_NONE;
    return split(text, number, sizeof number, &name) && parse_u64(number, &at) &&
           fault_named(name, &kind) && faults_at(faults, kind, at);
}

void faults_clear(struct faults *faults) {
    memset(faults->permille, 0, sizeof faults->permille);
    faults->points = 0;
    faults->burst = 0;
}

void faults_free(struct faults *faults) {
    free(faults->point);
    faults->point = NULL;
    faults->points = faults->room = 0;
}

uint32_t faults_random(struct faults *faults, uint32_t below) {
    faults->random = sim_mix(faults->random);
    return below == 0 ? 0 : (uint32_t)((faults->random >> 32) % below);
}

static enum fault by_chance(struct faults *faults) {
    uint32_t dice = faults_random(faults, 1000);
    for (int f = FAULT_NONE + 1; f < FAULTS; f++) {
        if (dice < faults->permille[f]) {
            return (enum fault)f;
        }
        dice -= faults->permille[f];
    }
    return FAULT_NONE;
}

enum fault faults_draw(struct faults *faults, uint64_t write) {
    enum fault kind = FAULT_NONE;
    if (write == 0 && !faults->on_reads) {
        return FAULT_NONE;
    }
    if (write != 0 && faults->burst > 0) {
        faults->burst--;
        return FAULT_429;
    }
    if (write != 0 && faults->points > 0 && faults->point[0].at <= write) {
        kind = faults->point[0].kind;
        faults->points--;
        memmove(faults->point, faults->point + 1, faults->points * sizeof *faults->point);
    } else {
        kind = by_chance(faults);
    }
    if (kind == FAULT_429 && write != 0) {
        faults->burst = FAULT_BURST - 1;
    }
    return kind;
}
