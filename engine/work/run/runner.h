/* The runner: the one place where a campaign's drain meets the store and an adapter. It knows no
 * socket, signal or clock. Those come through its port, so that the same code runs on a real
 * network (run.c) and in virtual time. Nothing leaves without its intent on disk.
 *
 *      an answer    the deadline    a word by the control socket    a signal
 *          \             |                     |                     /
 *           +------------+----- runner_turn ---+--------------------+
 *                                   |
 *    drain_next: what now?  --WAIT--> wake_at(until)   --END--> ended   --REFRESH--> a new token
 *                                   | SEND, or outcomes are due
 *    +----------------- one transaction ------------------+
 *    | the lease                      store_write_held    |
 *    | again and again while SEND:                        |
 *    |   keep list and shared keys    store_claim         |
 *    |   entry taken                  drain_take          |
 *    |   cost held                    limiter_hold        |
 *    | outcomes that came in, intents, counters           |
 *    |                                store_settle        |
 *    | budgets, note, clock stamp                         |
 *    +-------- commit: beside the loop, which goes on reading answers ------+
 *                                   | failed: nothing leaves, the run ends with the store's error
 *                      send each staged request --> (network) --> runner_answer --> drain_answer
 *                                                                 outcome kept for the next commit
 */
#ifndef WORK_RUN_RUNNER_H
#define WORK_RUN_RUNNER_H

#include "core/drain/drain.h"
#include "core/http/http.h"
#include "work/budgets/run_note.h"
#include "work/campaign/shared_keys.h"
#include "work/run/precheck.h"

struct runner_port {
    void *context;
    int64_t (*now)(void *context); /* engine time */
    /* The user's local time minus engine time, for quiet hours; NULL: none. */
    int64_t (*local_offset_ms)(void *context);
    /* Let a request leave; its answer comes by runner_answer with the same flight. */
    int (*send)(void *context, uint32_t flight, const struct http_request *request,
                struct winnow_error *err);
    /* Call runner_turn at that time, or sooner. INT64_MAX: only when something happens. */
    void (*wake_at)(void *context, int64_t at_ms);
    /* Refresh the access token, whose request's cost is stored, then runner_refreshed. */
    void (*refresh)(void *context);
    /* Cover what is secret in a text to be shown; NULL: there is nothing secret. */
    void (*hide)(void *context, char *text);
    /* The run is over; the runner will do nothing more. */
    void (*ended)(void *context, enum winnow_code code, const char *reason);
};

/* An answer that came while a turn was being written: read, and not yet acted on. */
struct runner_reply {
    uint32_t flight;
    int http_status;
    bool never_left;
    int64_t at_ms;
    int64_t precheck_cost_micro; /* of a precheck: what the platform charges for this answer */
    struct reply reply;
};

/* A request leaves so soon after its commit, or not at all: others who share its budgets count what
 * it holds as answered after BUDGET_HOLD_MS, and then it must have been. */
#define RUNNER_SEND_LATEST_MS (BUDGET_HOLD_MS / 3)

/* Outcomes are written when there are so many, or the first is so old, or something leaves. */
#define RUNNER_OUTCOMES   64
#define RUNNER_OUTCOME_MS 20

struct runner_item { /* of an entry in flight */
    uint32_t number;
    uint8_t key;
};

struct runner_flight {
    struct http_request request;
    uint32_t number;           /* of the request, in this campaign; 0: a question */
    struct relation_one asked; /* about whom, if it is a question */
    struct runner_item *items; /* as many as the drain's flight has entries */
};

struct runner {
    struct winnow *winnow;
    struct store_campaign campaign;
    const struct platform *platform;
    struct winnow_hooks hooks;
    struct runner_port port;
    struct limiter limiter;
    struct drain drain;
    struct store_progress progress; /* as it was last written */
    uint32_t requests;              /* numbers given to requests so far */
    struct run_note note, stored_note;
    struct runner_flight *flights; /* drain.options.in_flight_max */
    struct runner_item *items;     /* memory behind all flights */
    /* What the next store_settle writes: outcomes that came in, and, while a turn is being written,
     * what it takes. Room for all that can be in flight, twice, and a batch. */
    struct store_event *events;
    uint32_t event_count, event_room;
    int64_t first_outcome_ms;
    struct precheck precheck;           /* its request is flight number in_flight_max */
    int64_t precheck_booked_micro;      /* for the precheck in the air */
    int64_t precheck_back_micro;        /* of it, not charged after all: to be written */
    bool precheck_heard;                /* profiles came that are to be stored before they count, */
    struct runner_reply precheck_reply; /* with this answer */
    struct shared_keys shared;          /* keys by which a request could hit two */
    bool over;

    /* a turn under way */
    struct drain_step step;
    int64_t turn_ms;
    struct runner_staged {
        uint32_t flights[DRAIN_IN_FLIGHT_MAX];
        uint32_t count;
        bool precheck;
        bool left; /* they did not leave: too late */
    } staged;
    int write_result;
    struct winnow_error write_error;
    bool writing;                 /* from runner_begin to runner_end, when there is a write */
    struct runner_reply *replies; /* that came meanwhile; in_flight_max of them */
    uint32_t reply_count;
    bool reload_wanted, stop_wanted;
    enum winnow_code stop_code;
    char stop_reason[256];
};

/* Read the campaign's plan and state, settle what a crash left open as in doubt, and be ready.
 * `note` holds the run's options; caps of this run alone are added to `limiter` by the caller
 * between runner_open and the first turn. */
int runner_open(struct runner *r, struct winnow *w, const char *name, const struct run_note *note,
                const struct drain_options *options, const struct runner_port *port,
                const struct winnow_hooks *hooks, struct winnow_error *err);
/* Between runner_open and the first turn: of who is about to be unfollowed and has no profile, it
 * is bought (buy.h). The options' precheck_max and precheck_money are those of buy_ask. */
int runner_buy(struct runner *r, struct winnow_error *err);
void runner_close(struct runner *r);

/* A turn has three steps, so that waiting for the disk does not hold up the network:
 *   runner_begin  says whether there is something to write
 *   runner_write  writes it, on any thread
 *   runner_end    lets the requests leave
 * Begin and end are called on one thread, and so are all other calls below. Those may come between
 * begin and end: what they bring is kept, and the end asks for another turn. Turns never overlap.
 */
bool runner_begin(struct runner *r);
void runner_write(struct runner *r);
void runner_end(struct runner *r);
/* The three in a row. */
void runner_turn(struct runner *r);

void runner_answer(struct runner *r, uint32_t flight, const struct http_response *response);
/* As enum refresh_result says: 0 a fresh token; 1 a failure that may pass, ask again later; 2 a token
 * that another process had got; -1 a failure for good. */
void runner_refreshed(struct runner *r, int result, const struct winnow_error *why);
/* The user may have asked for something: read it from the store. */
void runner_reload(struct runner *r);
/* Finish what is in flight, then end. */
void runner_stop(struct runner *r, enum winnow_code code, const char *reason);

#endif
