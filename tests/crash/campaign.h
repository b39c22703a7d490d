/* A campaign in virtual time, through the production code: new, import, keep list, plan, runs with
 * a scripted platform, a process that ends in the middle, edits while it runs. And what must never
 * happen in it: a request for somebody who is kept, was not scheduled, or has no intent. */
#ifndef CRASH_CAMPAIGN_H
#define CRASH_CAMPAIGN_H

#include "store_world.h"

#include "work/run/runner.h"

#define CAMPAIGN_PEOPLE 100
#define CAMPAIGN_FIRST  1000 /* person i has the id 1000 + i, or did:plc:person1000+i */

struct campaign {
    char directory[PATH_MAX];
    char name[16];
    const struct platform *platform;
    struct winnow *w;
    struct winnow_error err;
    struct runner runner;
    struct dice dice;
    int64_t now_ms, wake_ms;
    uint32_t people;
    uint32_t ill_one_in;           /* so many answers go wrong; 0: none */
    bool vip[CAMPAIGN_PEOPLE];     /* kept by the policy */
    bool kept[CAMPAIGN_PEOPLE];    /* on the keep list */
    bool gone[CAMPAIGN_PEOPLE];    /* the platform took it back */
    bool ended, refreshing, quiet; /* quiet: the process has ended, nothing is heard */
    enum winnow_code code;
    char reason[WINNOW_ERROR_TEXT_MAX];
    uint32_t sends, steps, in_air;
    struct flying {
        bool used;
        int64_t due_ms;
        struct http_response response;
        char body[1024];
    } flying[DRAIN_IN_FLIGHT_MAX];
    char wrong[256]; /* the first request that should not have left; "": none */
};

/* A new campaign, as far as a plan. Aborts the test when it fails, as all here but the last two. */
void campaign_make(struct campaign *c, const char *directory, const char *name,
                   const struct platform *platform, uint64_t seed);
/* On the keep list, by hand: at once, whatever the plan says. */
void campaign_keep(struct campaign *c, uint32_t number);
/* Run until `sends` requests have left in all, and then as if the process had ended. */
void campaign_run_until(struct campaign *c, uint32_t sends);
/* Run to the end, with edits of the keep list and pauses in between. */
void campaign_run_disturbed(struct campaign *c);
/* More people, and a new plan. */
void campaign_grow(struct campaign *c);
void campaign_close(struct campaign *c); /* the state directory, as at the end of a process */

/* Open what is in c->directory and run it to its end. 0: it came there, or was refused in order
 * (c->code and c->reason say which). -1: it hangs, or c->wrong is filled. */
int campaign_resume(struct campaign *c);

/* status, verify and a look at the schedule; -1 with c->err. */
int campaign_look(struct campaign *c);

#endif
