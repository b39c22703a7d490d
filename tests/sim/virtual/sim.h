/* One simulated campaign: the world that a seed makes. Who does what:
 *
 *   scenario   what is drawn before it begins
 *   people     followees, and who may go
 *   ties       exchanges with them
 *   server     the platform
 *   meter      its windows, and the audit
 *   machine    clocks and disk
 *   campaign   the state directory, plans, the keep list
 *   rivals     other campaigns on the same budgets, and who takes the lease
 *   network    requests under way
 *   drive      the runner and its port, event by event
 *   book       the journal read again
 *   life       runs, crashes, restarts, the end */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "asked.h"
#include "machine.h"
#include "reading.h"
#include "server.h"
#include "work/run/runner.h"
#include "work/session/credential.h"

#include <limits.h>

/* ---- book: what the journal says, derived again ---- */

struct book_entry {
    uint32_t number;
    uint8_t key;
    uint8_t outcome; /* the last that was written; OUTCOME_NONE: none */
    bool taken, in_flight, by_precheck;
    uint8_t intents; /* so many, 255 at most */
};

struct book_request {
    uint8_t said; /* enum said, of the answer that the runner heard */
    bool dead;    /* the process died before its outcome was written */
    bool unsure;  /* it proves nothing of whom it was about */
    bool written; /* an outcome was */
};

struct book {
    uint32_t plan, total;
    struct book_entry *entries; /* total */
    struct book_request *requests;
    uint32_t request_room;
    uint64_t next_sequence, commits_seen;
    /* counters, as winnow must have them */
    uint32_t taken, highest, open, in_doubt;
    uint64_t settled[OUTCOME_COUNT];
    uint32_t last_request;
    int64_t spent_micro;
    char digest[WINNOW_DIGEST_HEX + 1];
    uint32_t fresh_next; /* invariant 5 */
};

/* ---- network: requests under way ---- */

struct air {
    uint32_t flight, request, plan;
    uint64_t process; /* that sent it */
    int64_t sent_ms;
    int64_t arrives_ms, again_ms; /* INT64_MAX: never */
    int64_t answers_ms;           /* when the process hears, INT64_MAX: it has */
    enum mishap mishap;
    bool second_answer; /* of MISHAP_REPEATED: the other one is heard */
    bool precheck;      /* or a question */
    enum question question;
    uint32_t token; /* the pair of its access token; 0: it has none */
    uint32_t count;
    struct on_server targets[DRAIN_BATCH_MAX];
    struct answer answer;
};

#define AIR_MAX 128
_Static_assert(AIR_MAX >= 2 * DRAIN_IN_FLIGHT_MAX, "those of a dead process are on the wire yet");

/* ---- use.c: how much of the tightest budget was used ---- */

struct use {
    bool measured;
    bool begun;
    int64_t first_ms, last_ms; /* of what left */
    int64_t asked_until_ms;    /* the platform asked to wait */
    double blocked_ms;         /* a fault stood in the way, and the budget had room */
    uint64_t left;             /* cost of what left */
};

/* What a campaign met: so that nobody believes in a fault that is never drawn. */
struct met {
    uint64_t mishaps[MISHAPS];
    uint64_t crashes, failed_commits, full_disks, boots, sleeps, clocks_set, outages, foreign_uses;
    uint64_t keeps, pauses, plans, signals, looks, drifts;
    uint64_t rotations, rotations_elsewhere, sessions_lost, logins, ask_faults, fetches,
        fetch_crashes, joined, sources_refused, astray, questions, gone_by_question;
    uint64_t rival_sends, leases_lost, stalls;
    uint64_t spoils[SPOILS];
    uint64_t rotation_crashes[ROTATION_STEPS];
};

/* ---- rivals: other campaigns on the same budgets ---- */

#define RIVALS_MAX    2
#define RIVAL_FLIGHTS 8

struct rival {
    struct store_campaign campaign;
    struct limiter limiter;
    bool open;
    uint32_t in_flight;
    int64_t answers_ms[RIVAL_FLIGHTS];
};

struct sim {
    uint64_t seed;
    bool trace;
    bool in_memory; /* the store */
    struct dice dice;
    struct dice ties_dice; /* of exchanges, so that the rest of a campaign stays what it was */
    struct scenario s;
    struct machine machine;
    struct server server;
    struct book book;
    struct person *people; /* s.people, and room for JOINERS_MAX */
    uint32_t joined;
    /* campaign */
    char directory[PATH_MAX];
    const struct platform *platform;
    struct winnow *w;
    struct store_campaign campaign;
    struct winnow_error err;
    struct runner runner;
    struct credential credential; /* as the run holds it */
    struct asked asked;
    struct rival rivals[RIVALS_MAX];
    uint64_t lease_lost_at; /* after so many commits; 0: it is ours */
    struct reading reading;
    struct looked looked[FROM_COUNT]; /* source by source */
    bool runner_open;
    uint64_t process, writer; /* the one that is there; the last that ran */
    /* network */
    struct air *air; /* AIR_MAX */
    uint32_t air_count;
    bool connection_broken;
    int64_t outage_until_ms;
    /* the present run */
    int64_t wake_ms, asleep_until_ms, told_until_ms;
    int64_t until_ms;      /* engine time: the user's end; INT64_MAX: none */
    uint32_t told_request; /* by the answer to it, or */
    uint64_t
        told_precheck; /* to a precheck, after so many turns were written + 1; 0: to a request */
    bool ended, crashed, refreshing, disk_full;
    enum winnow_code code;
    char reason[WINNOW_ERROR_TEXT_MAX];
    bool paused;                      /* as committed */
    bool danger;                      /* heard of in this run: nothing may leave any more */
    bool may_end[WINNOW_DAMAGED + 1]; /* by that code */
    uint32_t streak, run_sends, token_refusals;
    struct on_server streak_of[DRAIN_STREAK_MAX];
    bool stop_asked;
    /* As the present turn began: what comes later concerns the next. */
    struct turn {
        int64_t now_ms, told_ms, wall_offset_ms;
        bool danger, paused;
        bool late;       /* what was staged is too old to leave */
        bool another;    /* turn is wanted behind it */
        uint64_t commit; /* of its intents */
    } turn;
    /* over all runs */
    uint64_t sends, runs, events, writes;
    struct met met;
    struct use use;
};

/* An invariant (1..15), or 0: something that must work does not. Prints one line and ends. */
_Noreturn void sim_violated(struct sim *sim, int invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sim_must(struct sim *sim, int result);
void sim_trace(const struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* campaign.c */
void campaign_begin(struct sim *sim);
void campaign_plan(struct sim *sim);
/* Somebody comes into the roster, as by an import. */
void campaign_join(struct sim *sim, struct dice *d);
#define JOINERS_MAX 8
void campaign_keep(struct sim *sim, uint32_t number, bool remove);
void campaign_pause(struct sim *sim, bool paused);
void campaign_open(struct sim *sim);
void campaign_close(struct sim *sim);
/* Invariant 10: the plan is the one that was shown. */
void campaign_check_plan(struct sim *sim);
void campaign_verify(struct sim *sim);
void campaign_end(struct sim *sim);

/* book.c */
/* A new plan's book; the caller frees the one before. */
void book_begin(struct sim *sim, uint32_t plan, uint32_t total);
void book_check(struct sim *sim);
void book_check_end(struct sim *sim);
void book_free(struct book *b);
struct book_request *book_request(struct sim *sim, uint32_t request);
/* A request leaves: invariants 1, 3, 5, 7, 8, 10. Returns its number. */
uint32_t book_check_leaving(struct sim *sim, const struct on_server *targets, uint32_t count);

/* network.c */
uint32_t network_read(struct sim *sim, const struct http_request *q,
                      struct on_server targets[DRAIN_BATCH_MAX]);
/* Of `what`: flight, request, look, token and the count of targets. */
void network_send(struct sim *sim, const struct air *what, const struct on_server *targets);
/* Invariant 2, in every window that ends now. */
void network_audit(struct sim *sim);
/* When the next thing happens on the wire; `hear`: with what the process would hear. */
int64_t network_next(const struct sim *sim, bool hear);
void network_arrivals(struct sim *sim);
/* The index of an answer that is due; AIR_MAX: none. */
uint32_t network_due(const struct sim *sim);
void network_drop(struct sim *sim, uint32_t i);
/* The process died: what is in the air has arrived before `restart_ms`, or never does. */
void network_orphan(struct sim *sim, int64_t restart_ms);

/* lists.c: what the platform answers to one that asks */
bool asks_for_profile(const char *target);
void asked_route(struct sim *sim, const struct http_request *q, const char *secret,
                 struct asked_answer *a);

/* look.c */
uint32_t look_targets(struct sim *sim, const struct http_request *q,
                      struct on_server targets[DRAIN_BATCH_MAX]);
enum question question_read(struct sim *sim, const struct http_request *q,
                            struct on_server *target);
void precheck_heard(struct sim *sim, const struct air *a);
void look_check_leaving(struct sim *sim, uint32_t position, const struct on_server *target);
void look_drift(struct sim *sim);

/* use.c */
void use_sent(struct sim *sim, uint32_t count);
void use_never_left(struct sim *sim, uint32_t count);
/* From now until `until_ms` a fault stands in the way. */
void use_blocked(struct sim *sim, int64_t until_ms);
/* The share of what the tightest budget allowed in the time that the faults left. */
double use_share(const struct sim *sim);

/* rivals.c */
void rivals_begin(struct sim *sim);
void rivals_act(struct sim *sim);
/* With what they had in flight: the machine boots, or the simulation ends. */
void rivals_die(struct sim *sim);
void rivals_take_lease(struct sim *sim);

/* drive.c: one run, until it ends or the process dies */
void drive_run(struct sim *sim);
/* The budgets of this campaign, as the user set them. */
void drive_overrides(const struct sim *sim, struct run_note *note);
/* True time goes on to `until_ms`; what arrives meanwhile arrives. */
void drive_pass(struct sim *sim, int64_t until_ms);

/* life.c: from the first run to the last entry */
void life_begin(struct sim *sim, uint64_t seed);
/* A long campaign on X at 50 in 15 minutes, whose use is measured, with faults or without. */
void life_begin_measured(struct sim *sim, uint64_t seed, uint32_t people, bool burst, bool faults);
void life_run(struct sim *sim);
void life_end(struct sim *sim);

#endif
