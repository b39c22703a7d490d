/* One request at a time, asked by the production caller (engine/work/session/caller.c): for fetches
 * and for fresh tokens. The linker puts the simulated loop and HTTP client under it
 * (--wrap=loop_...,
 * --wrap=http_client_...), so that it runs in virtual time. */
#ifndef SIM_ASKED_H
#define SIM_ASKED_H

#include "core/http/http.h"
#include "io/http/http_client.h"

struct sim;

#define ASKED_BODY 65536

struct asked_answer {
    int status;
    char headers[1024];
    char body[ASKED_BODY];
};

struct asked {
    bool may_die; /* a fetch: at any request or commit */
    bool foreign; /* another process asks: counted as another's, and it never dies */
    /* since asked_begin */
    uint32_t faults;  /* that struck its requests */
    bool refused;     /* a refresh was */
    bool answered_ok; /* a refresh was answered with a new pair, and the process heard it */
    /* of the request under way */
    bool waiting;
    bool whoami;      /* and the profile was served */
    bool odd_profile; /* the last time that it was asked for */
    const struct http_request *request;
    char secret[64];
    http_done done;
    void *context;
    uint64_t id;
    struct asked_answer answer;
};

/* The simulation that the wrapped calls belong to from now on. */
void asked_use(struct sim *sim);
/* Before the production code asks for something. */
void asked_begin(struct sim *sim, bool foreign);

#endif
