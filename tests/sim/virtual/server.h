/* The platform: it counts by its own windows, takes follows back, and answers in the words of X,
 * Mastodon, Bluesky or GitHub. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "core/drain/drain.h"
#include "core/http/http.h"
#include "people.h"
#include "platform/platform.h"
#include "tokens.h"

/* What an answer tells whoever reads it right. */
enum said {
    SAID_NOTHING,    /* none came, or one that does not tell whether it happened */
    SAID_YES,        /* it is not followed any more */
    SAID_GONE,       /* the followee is no more */
    SAID_REFUSED,    /* for good */
    SAID_NO,         /* it did not happen */
    SAID_NEVER_LEFT, /* nothing of the request can have left */
};

struct answer {
    enum http_end end;
    int status;
    enum said said;
    bool danger;     /* the account is locked */
    bool credential; /* the token is not taken, and there is no refresh */
    bool expired;    /* the token has to be refreshed */
    bool young;      /* and was given so shortly ago that it may be taken for good */
    bool ambiguous;  /* a refusal that counts towards three in a row */
    bool doubtful;   /* a "not found" that is of nobody, or not told of whom */
    bool redirected;
    int64_t told_ms; /* 429: not before this (true time); 0: not told */
    char headers[768];
    char body[8192];
    struct relation { /* of a precheck: what it tells of each */
        enum told there, follows_me;
        bool row; /* the answer has one for them */
    } relations[PLATFORM_RELATIONS_MAX];
};

struct on_server {
    uint32_t number;
    uint8_t key;
};

/* What is asked after a "not found". */
enum question { QUESTION_NONE, QUESTION_RELATION, QUESTION_PROFILE, QUESTION_OWN };

struct server {
    const struct scenario *s;
    struct dice *dice;
    struct person *people;
    struct meter meters[SIM_BUDGETS + 1]; /* the last: the user's daily cap */
    uint32_t meter_count;                 /* of the platform */
    uint32_t audit_count;                 /* with the user's */
    bool token_expired, locked;
    struct tokens tokens;
    uint32_t presented; /* the pair of the access token of the request at hand; 0: it has none */
    enum question question;  /* that the request at hand asks */
    int64_t astray_until_ms; /* it knows nobody: the unfollows, or all calls, are answered 404 */
    bool astray_wholly;
    bool repeated;      /* the request at hand is a copy that somebody between has made */
    uint64_t unfollows; /* carried out */
};

void server_init(struct server *v, const struct scenario *s, struct dice *d, struct person *people);
void server_free(struct server *v);
/* The platform's clock. */
int64_t server_clock(const struct server *v, int64_t now_ms);

/* Others use the same limits. */
void server_foreign_use(struct server *v, int64_t now_ms);
/* Count a request that arrives; what the audit finds is left in the meters. */
void server_count(struct server *v, int64_t now_ms, uint32_t entries);
/* The same for one that only asks: a token's refresh. */
void server_count_read(struct server *v, int64_t now_ms);
/* Judge and carry out a request, and answer it. `mishap` is what happens here. */
void server_take(struct server *v, int64_t now_ms, enum mishap mishap,
                 const struct on_server *targets, uint32_t count, struct answer *a);
/* The same for a precheck, which carries nothing out. */
void server_look(struct server *v, int64_t now_ms, enum mishap mishap,
                 const struct on_server *targets, uint32_t count, struct answer *a);
/* It answers 404 to everybody, of this kind of call. */
bool server_astray(const struct server *v, int64_t now_ms, bool asks);
/* look.c */
void question_answer(struct server *v, int64_t now_ms, const struct on_server *target,
                     struct answer *a);
void look_answer(struct server *v, const struct on_server *targets, uint32_t count,
                 struct answer *a);

/* ---- words.c: how each platform says it ---- */
void say_done(enum which which, uint32_t count, bool was_there, struct answer *a);
void say_stays(enum which which, struct answer *a);
void say_busy(enum which which, struct answer *a);
void say_expired(enum which which, struct answer *a);
void say_forbidden(enum which which, uint32_t count, struct answer *a);
void say_refused(enum which which, struct answer *a);
void say_target_gone(enum which which, struct answer *a);
/* A 404 that says nothing of anybody. */
void say_astray(enum which which, uint32_t drawn, struct answer *a);
void say_locked(enum which which, struct answer *a);
void say_odd(enum which which, uint32_t count, uint32_t drawn, struct answer *a);
void say_broken(enum which which, uint32_t count, uint32_t drawn, struct answer *a);
void say_redirect(struct answer *a);

struct told_quota {
    const char *budget;
    uint64_t limit, left;
    int64_t reset_ms; /* on the platform's clock */
    int64_t period_s;
};
void say_quota(enum which which, const struct told_quota *q, struct answer *a);
void say_retry_after(int64_t at_ms, bool as_date, int64_t clock_ms, struct answer *a);
void say_date(int64_t clock_ms, struct answer *a);

#endif
