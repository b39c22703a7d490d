/* Sessions at the platform: access tokens that expire, and refresh tokens that are good once. One
 * that is presented a second time is a theft to the platform, and ends the session. */
#ifndef SIM_TOKENS_H
#define SIM_TOKENS_H

#include "core/http/http.h"

#include <winnow/error.h>

struct asked_answer;
struct sim;

struct token_pair {
    int64_t born_ms, access_until_ms;
    uint32_t session;
    uint32_t successor; /* 0: not traded */
};

/* Pairs are known by their number, 1 the first: "access-1" and "refresh-1". */
struct tokens {
    bool on;
    struct token_pair *pairs; /* by number */
    uint32_t count, room;
    uint32_t session; /* the one that is open; 0: none is */
    uint32_t on_disk; /* the pair in the file, as last looked at */
};

#define TOKEN_YOUNG_MS INT64_C(600000)

/* The number in "access-1"; 0: none. */
uint32_t token_number(const char *text);
bool tokens_accept(const struct tokens *t, uint32_t pair, int64_t now_ms);
void tokens_expire(struct tokens *t, uint32_t pair, int64_t now_ms);
/* Was it given so shortly ago that an engine may take its refusal for good? */
bool tokens_young(const struct tokens *t, uint32_t pair, int64_t now_ms);
void tokens_free(struct tokens *t);

/* The user logs in: a new session, and its pair in the file. */
void tokens_login(struct sim *sim);
/* The process reads the file, as a run does when it begins. */
void tokens_read(struct sim *sim);
/* Look again which pair is in the file. */
void tokens_look(struct sim *sim);
/* A request for a fresh token arrives. */
void tokens_answer(struct sim *sim, uint32_t pair, struct asked_answer *a);
/* The run wants a fresh token: the production rotation, and what must hold of it. Returns what the
 * runner is to be told; nothing where the process died. */
int tokens_rotate(struct sim *sim, struct winnow_error *why);
/* Another process does the same, whatever the run is doing. */
void tokens_rotate_elsewhere(struct sim *sim);

#endif
