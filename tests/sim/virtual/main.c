/* winnow-sim: whole campaigns in virtual time, drawn from seeds. Happy path: every invariant holds
 * in every campaign, and a line of figures at the end. Fails with one line that names the seed, the
 * invariant, what was seen, and the command that shows it again. */
#include "sim.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct sim sim;

/* By --store; else most seeds are run in memory, which takes half the time, and some on LMDB. By its
 * number, so that a seed is replayed on the store it was found on. */
static enum { STORE_BY_SEED, STORE_LMDB, STORE_MEMORY } store_chosen;
#define ON_LMDB_ONE_IN 8

static bool in_memory(uint64_t seed) {
    return store_chosen == STORE_MEMORY ||
           (store_chosen == STORE_BY_SEED && seed % ON_LMDB_ONE_IN != 0);
}

/* ---- failing ---- */

void sim_violated(struct sim *s, int invariant, const char *format, ...) {
    char what[600];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    machine_limit_files(UINT64_MAX);
    fflush(stdout);
    printf("seed %" PRIu64 ": invariant %d: %s (replay: scripts/sim --seed %" PRIu64 ")\n", s->seed,
           invariant, what, s->seed);
    fflush(stdout);
    if (s->w != NULL)
        campaign_end(s);
    exit(1);
}

void sim_must(struct sim *s, int result) {
    if (result != 0)
        sim_violated(s, 0, "%s: %s", winnow_code_name(s->err.code), s->err.text);
}

void sim_trace(const struct sim *s, const char *format, ...) {
    va_list args;
    if (!s->trace)
        return;
    printf("%14.3f  ", (double)(s->machine.now_ms - SIM_START_MS) / 1000);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

static char crash_line[160]; /* a handler may write it, but not make it */

/* An assertion of the engine's, or worse. */
static void on_crash(int signal_) {
    (void)!write(STDOUT_FILENO, crash_line, strlen(crash_line));
    signal(signal_, SIG_DFL);
    raise(signal_);
}

static void name_crash(uint64_t seed) {
    snprintf(crash_line, sizeof crash_line,
             "seed %" PRIu64 ": it crashed (replay: scripts/sim --seed %" PRIu64 ")\n", seed, seed);
}

/* ---- running ---- */

struct totals {
    uint64_t campaigns, requests, runs, events, settled;
    struct met met;
};

static void add_met(struct met *to, const struct met *m) {
    uint64_t *sum = (uint64_t *)to;
    const uint64_t *one = (const uint64_t *)m;
    for (size_t i = 0; i < sizeof *m / sizeof *one; i++)
        sum[i] += one[i];
}

/* In the order of struct met. */
static const char *const met_names[] = {
    "nothing",
    "not sent",
    "lost request",
    "lost reply",
    "cut",
    "too large",
    "repeated",
    "reply twice",
    "429",
    "429 untold",
    "5xx",
    "5xx done",
    "odd",
    "odd done",
    "token expired",
    "forbidden",
    "refused",
    "target gone",
    "drift",
    "still there",
    "redirect",
    "locked",
    "crashes",
    "failed commits",
    "full disks",
    "boots",
    "sleeps",
    "clocks set",
    "outages",
    "foreign uses",
    "keep edits",
    "pauses",
    "plans",
    "signals",
    "looks",
    "drifts",
    "rotations",
    "rotations elsewhere",
    "sessions lost",
    "logins",
    "faults when asked",
    "fetches",
    "deaths in a fetch",
    "came into the roster",
    "sources refused",
    "times astray",
    "questions",
    "gone by a question",
    "requests of others on the same budgets",
    "leases lost",
    "stalls",
    "whole lists",
    "cut",
    "with people left out",
    "with others twice",
    "empty",
    "with bad rows",
    "in circles",
    "refused",
    "the same rows without end",
    "empty pages without end",
    "a last page that leads to itself",
    "with a dead token",
    "with a stranger's token",
    "for the first alone",
    "unfilled",
    "contradicting",
    "deaths in a rotation: at the old pair's file",
    "its flush",
    "its rename",
    "its directory",
    "at the request",
    "its arrival",
    "its answer",
    "at the new pair's file",
    "its flush",
    "its rename",
    "its directory",
};
_Static_assert(sizeof met_names / sizeof met_names[0] == sizeof(struct met) / sizeof(uint64_t),
               "each has a name");

static void print_met(const struct met *m) {
    const uint64_t *one = (const uint64_t *)m;
    printf("met: ");
    for (size_t i = 1; i < sizeof met_names / sizeof met_names[0]; i++)
        printf("%s%" PRIu64 " %s", i == 1 ? "" : ", ", one[i], met_names[i]);
    putchar('\n');
}

static void run_seed(uint64_t seed, bool trace, struct totals *t) {
    sim = (struct sim){.trace = trace, .in_memory = in_memory(seed)};
    name_crash(seed);
    life_begin(&sim, seed);
    life_run(&sim);
    t->campaigns++;
    t->requests += sim.sends;
    t->runs += sim.runs;
    t->events += sim.events;
    t->settled += sim.book.total;
    add_met(&t->met, &sim.met);
    life_end(&sim);
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run_seeds(uint64_t from, uint64_t count, bool trace) {
    struct totals t = {0};
    double began = seconds_now();
    for (uint64_t seed = from; seed < from + count; seed++)
        run_seed(seed, trace, &t);
    printf("%" PRIu64 " campaigns from seed %" PRIu64 " on, no violation: %" PRIu64
           " runs, %" PRIu64 " requests, %" PRIu64 " events, %" PRIu64 " entries settled, %.1f s\n",
           t.campaigns, from, t.runs, t.requests, t.events, t.settled, seconds_now() - began);
    if (count > 1)
        print_met(&t.met);
}

#define FULL_PEOPLE     702586
#define MEASURED_PEOPLE 20000

/* One long campaign; returns its use. */
static double run_measured(uint64_t seed, uint32_t people, bool burst, bool faults) {
    double began = seconds_now();
    sim = (struct sim){.in_memory = store_chosen == STORE_MEMORY};
    life_begin_measured(&sim, seed, people, burst, faults);
    life_run(&sim);
    double days = (double)(sim.use.last_ms - sim.use.first_ms) / 86400000;
    double share = use_share(&sim);
    printf("%" PRIu32 " entries at %s pace, 50 in 15 minutes, %s faults: %.2f days, %" PRIu64
           " requests, %" PRIu64 " runs, %.3f %% of the budget%s used, %.1f s\n",
           people, burst ? "burst" : "even", faults ? "with" : "without", days, sim.sends, sim.runs,
           100 * share, faults ? " that the faults left" : "", seconds_now() - began);
    life_end(&sim);
    return share;
}

static void expect_use(double share, double least) {
    if (share < least)
        sim_violated(&sim, 6, "%.3f %% is under %.1f %%", 100 * share, 100 * least);
}

/* What faults leave differs from seed to seed by half a per cent: the mean of some is looked at. */
#define MEASURED_SEEDS 3

static void run_all_measured(uint64_t seed) {
    for (int burst = 0; burst < 2; burst++) {
        double sum = 0;
        expect_use(run_measured(seed, MEASURED_PEOPLE, burst, false), 0.999);
        for (uint64_t i = 0; i < MEASURED_SEEDS; i++)
            sum += run_measured(seed + i, MEASURED_PEOPLE, burst, true);
        expect_use(sum / MEASURED_SEEDS, 0.99);
    }
}

/* Seeds that found something once: a number a line, then what it was. */
static void run_list(const char *path) {
    char line[256];
    struct totals t = {0};
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "winnow-sim: %s cannot be read\n", path);
        exit(2);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        char *end;
        uint64_t seed = strtoull(line, &end, 10);
        if (end != line)
            run_seed(seed, false, &t);
    }
    fclose(file);
    printf("%" PRIu64 " campaigns from %s, no violation\n", t.campaigns, path);
    if (t.campaigns == 0)
        exit(1);
}

struct options {
    const char *list;
    uint64_t seed, runs;
    bool trace, full, use;
};

static uint64_t number(const char *text) {
    char *end;
    uint64_t value = strtoull(text == NULL ? "" : text, &end, 10);
    if (text == NULL || *text == '\0' || *end != '\0') {
        fprintf(stderr, "winnow-sim: %s is not a number\n", text == NULL ? "nothing" : text);
        exit(2);
    }
    return value;
}

static void choose_store(const char *store) {
    if (store != NULL && strcmp(store, "memory") == 0) {
        store_chosen = STORE_MEMORY;
    } else if (store != NULL && strcmp(store, "lmdb") == 0) {
        store_chosen = STORE_LMDB;
    } else {
        fprintf(stderr, "winnow-sim: --store memory, or --store lmdb\n");
        exit(2);
    }
}

static struct options read_options(int argc, char **argv) {
    struct options o = {.seed = 1, .runs = 0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seed") == 0)
            o.seed = number(argv[++i]);
        else if (strcmp(argv[i], "--runs") == 0)
            o.runs = number(argv[++i]);
        else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
            o.list = argv[++i];
        else if (strcmp(argv[i], "--store") == 0)
            choose_store(argv[++i]);
        else if (strcmp(argv[i], "--trace") == 0)
            o.trace = true;
        else if (strcmp(argv[i], "--full") == 0)
            o.full = true;
        else if (strcmp(argv[i], "--use") == 0)
            o.use = true;
        else {
            fprintf(stderr,
                    "usage: winnow-sim [--seed N] [--runs N] [--trace] [--seeds FILE] [--use] "
                    "[--full] [--store memory|lmdb]\n");
            exit(2);
        }
    }
    if (o.runs == 0 && !o.full && !o.use && o.list == NULL)
        o.runs = 1;
    return o;
}

int main(int argc, char **argv) {
    struct options o = read_options(argc, argv);
    signal(SIGABRT, on_crash);
    signal(SIGSEGV, on_crash);
    if (o.runs > 0)
        run_seeds(o.seed, o.runs, o.trace);
    if (o.list != NULL)
        run_list(o.list);
    if (o.use)
        run_all_measured(o.seed);
    if (o.full)
        expect_use(run_measured(o.seed, FULL_PEOPLE, false, false), 0.999);
    return 0;
}
