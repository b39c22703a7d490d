/* Inside the worker: an open state directory, and what its calls share.
 *
 *   DIR/store/            the LMDB environment
 *   DIR/credentials/NAME  a campaign's credential, mode 0600
 *   DIR/run/NAME.lock     held by the campaign's worker
 *   DIR/run/NAME.sock     its control socket */
#ifndef WORK_CAMPAIGN_STATE_H
#define WORK_CAMPAIGN_STATE_H

#include "io/clock.h"
#include "io/files/process_lock.h"
#include "io/interrupt.h"
#include "platform/platform.h"
#include "store/store.h"

#include <limits.h>
#include <winnow/winnow.h>

struct winnow {
    char directory[PATH_MAX];
    struct store *store;
    struct engine_clock clock;
    struct interrupt interrupt;       /* winnow_stop, winnow_ask */
    char running[STORE_NAME_MAX + 1]; /* the campaign that this process runs; "" none */
};

/* Where a campaign's file lies: "run/NAME.lock" and the like. Fails when the path is too long. */
int state_path(const struct winnow *w, const char *folder, const char *name, const char *suffix,
               char path[PATH_MAX], struct winnow_error *err);

/* A call that winnow_stop reaches is over: what was said was for it, and not for the next. */
void state_call_ended(struct winnow *w);

/* A campaign and its platform, read in a transaction of its own. */
int state_campaign(struct winnow *w, const char *name, struct store_campaign *campaign,
                   const struct platform **platform, struct winnow_error *err);

/* A server as a person gives it, as an origin: scheme, host, perhaps a port; no path, user or
 * query. WINNOW_USAGE for all else, and for one that would send a credential in the clear. */
int campaign_server(const char *server, char out[STORE_SERVER_MAX + 1], struct winnow_error *err);

/* WINNOW_BAD_INPUT when another campaign is logged in to the account of `c`, whose identity `who`
 * is NULL until the platform has told it. Two campaigns of one account would have two keep lists
 * and two policies over one following list: nobody would be protected. */
int campaign_alone(struct winnow *w, struct store_txn *t, const struct store_campaign *c,
                   const struct platform_identity *who, struct winnow_error *err);

/* Is the handle that the user gave the one that the campaign's server told of the account? `me` is
 * `@Me@social.example` there, also where the server's address is another host. */
bool state_same_handle(const struct store_campaign *c, const char *given, const char *told);

/* The engine clock's stamp goes with a write, so that the next process continues it. */
int state_stamp(struct winnow *w, struct store_txn *t, struct winnow_error *err);

/* The campaign's worker, which may be this process. */
int state_worker(struct winnow *w, const char *name, struct process_holder *worker,
                 struct winnow_error *err);

/* Nobody else may change what a running worker stands on: WINNOW_BUSY while one runs. */
int state_refuse_running(struct winnow *w, const char *name, struct winnow_error *err);

/* At most so many bytes of it, and no half of a character. */
struct text text_cut(struct text t, size_t most);
void text_copy(char *to, size_t room, struct text from);

void hooks_warn(const struct winnow_hooks *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void hooks_log(const struct winnow_hooks *h, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hooks_progress(const struct winnow_hooks *h, const char *what, uint64_t done, uint64_t total);

#endif
