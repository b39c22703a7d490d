/* Asking how it stands with several entries: all in one request, and then one by one those whom the
 * answer left out (snac tells of the first alone) or who were refused together (GoToSocial, for one
 * id that it does not know). Who is not told of alone stays unknown.
 *
 * Happy path: relation_begin, then relation_build, the request, relation_read, until relation_read says
 * REPLY_GO_ON. After REPLY_SPLIT the next relation_build is for one of those left; after a wait or a
 * refresh it is the same again. Used by the precheck before sending and by verify's sample. */
#ifndef WORK_SESSION_RELATION_H
#define WORK_SESSION_RELATION_H

#include "platform/platform.h"

struct relation_one { /* copied out of the store: the answer comes later */
    uint32_t number;
    char id[FACT_ID_MAX + 1], key[FACT_HANDLE_MAX + 1];
};

struct relation_asking {
    const struct platform *platform;
    const struct platform_relations *relations; /* NULL: the platform's build_relation */
    const struct platform_ask *profiles; /* asked by this call instead, whose answer tells of the
                                            relation too, as a precheck's; NULL: nothing is bought */
    bool older_names;                    /* the server does not know that call's newer names */
    struct relation_one asked[PLATFORM_RELATIONS_MAX];
    struct platform_relation heard[PLATFORM_RELATIONS_MAX];
    bool settled[PLATFORM_RELATIONS_MAX]; /* told of, or asked alone */
    uint32_t count;
    uint32_t from, size; /* in this request: asked[from .. from + size - 1] */
    /* over all that one asks for */
    bool answered;     /* the server has told of somebody */
    uint32_t refusals; /* in a row, each of one alone */
    bool off;          /* the server does not offer it: not to be asked again */
    uint32_t failures; /* since the last answer: the server is in trouble, or refuses so */
};

/* `relations`: by the call that tells most of those about to be unfollowed, where there is one. */
void relation_open(struct relation_asking *l, const struct platform *platform, bool relations);
/* The caller has filled asked[0..count). */
void relation_begin(struct relation_asking *l, uint32_t count);
/* Is it begun, and some are left to ask about? */
bool relation_under_way(const struct relation_asking *l);
int relation_build(struct relation_asking *l, const struct platform_account *who,
                   struct http_request *out, struct winnow_error *err);
/* As the adapters take it; it lives as long as `one`. */
struct target relation_target(const struct relation_one *one);
/* Fills heard[]. REPLY_GO_ON: all were asked about, or with `not_offered` nobody can be. */
void relation_read(struct relation_asking *l, const struct platform_account *who,
                   const struct http_response *in, struct reply *out);

#endif
