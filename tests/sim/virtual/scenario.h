/* What a seed means: everything that is drawn before the campaign begins. What happens while it
 * runs is drawn from the same dice, by the odds that stand here. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "core/limiter/limiter.h"
#include "dice.h"
#include "meter.h"

#include <stddef.h>

#define SIM_START_MS INT64_C(1790000000000)
#define SIM_BUDGETS  3

enum which { ON_X, ON_MASTODON, ON_BLUESKY, ON_GITHUB };

/* What goes wrong with one request. */
enum mishap {
    MISHAP_NONE,
    MISHAP_NOT_SENT,      /* no connection */
    MISHAP_LOST_REQUEST,  /* it leaves and never arrives */
    MISHAP_LOST_REPLY,    /* it is carried out, and no answer comes */
    MISHAP_CUT,           /* the same, with half an answer */
    MISHAP_TOO_LARGE,     /* the same, with an answer over the caps */
    MISHAP_REPEATED,      /* somebody between sends it twice; one of both answers is heard */
    MISHAP_REPLY_TWICE,   /* the answer comes twice, which breaks the connection for the next */
    MISHAP_BUSY,          /* 429, whatever the windows say */
    MISHAP_BUSY_UNTOLD,   /* 429 without a word on when */
    MISHAP_BROKEN,        /* 5xx, not carried out */
    MISHAP_BROKEN_DONE,   /* 5xx, carried out */
    MISHAP_ODD,           /* 200 and JSON that says something else */
    MISHAP_ODD_DONE,      /* the same, carried out */
    MISHAP_TOKEN,         /* the access token has expired */
    MISHAP_FORBIDDEN,     /* refused without a reason */
    MISHAP_REFUSED,       /* refused for good */
    MISHAP_TARGET_GONE,   /* no such account */
    MISHAP_DRIFT,         /* somebody else took it back just before */
    MISHAP_STILL_FOLLOWS, /* a well-formed answer that says it did not work */
    MISHAP_REDIRECT,
    MISHAP_LOCKED, /* the account is locked from now on */
    MISHAPS
};

enum undecided { UNDECIDED_HOLD, UNDECIDED_KEEP, UNDECIDED_SCHEDULE };

/* One condition of the policy: `not a and b`, the second left out when there is none. */
enum judged {
    JUDGED_FOLLOWS_ME,
    JUDGED_VERIFIED,
    JUDGED_BOT,
    JUDGED_FOLLOWERS,
    JUDGED_PLAIN,
    JUDGED_LISTED = JUDGED_PLAIN, /* this and the next only where facts drift */
    JUDGED_WROTE,
    JUDGED_TIES, /* and from here on only where ties are drawn */
    JUDGED_TALKED = JUDGED_TIES,
    JUDGED_SEEN_TALKED,
    JUDGED_TALKED_LITTLE,
    JUDGED_HEARD_LITTLE,
    JUDGED_UNHEARD,
    JUDGED_COUNT
};
struct condition {
    enum judged a, b;
    bool not_a, two, either; /* either: `or` in place of `and` */
};
#define CONDITIONS_MAX 3

struct budget_drawn {
    const char *name;
    bool off;
    enum meter_kind counts; /* how the platform counts */
    uint64_t limit, server_limit;
    int64_t period_s;
    uint32_t per_entry, per_write, per_read;
};

struct scenario {
    enum which which;
    uint32_t people, in_flight_max, batch_max;
    bool burst;
    struct budget_drawn budgets[SIM_BUDGETS];
    uint32_t budget_count;
    uint32_t per_day, max_actions; /* the user's; 0: none */
    uint32_t until_one_in;         /* of runs: ended at a time that the user gave */
    uint32_t latency_ms;
    uint32_t commit_ms;                   /* what a commit takes, when it takes any time */
    int32_t quiet_from_min, quiet_to_min; /* of the user's day; equal: none */
    /* policy */
    struct condition conditions[CONDITIONS_MAX];
    uint32_t condition_count;
    enum undecided undecided;
    /* clocks */
    int64_t skew_ms, ppm; /* of the platform's clock */
    bool boot_id_known;
    /* what goes wrong: one in so many, 0 never */
    uint32_t mishap_one_in, mishaps_left;
    uint32_t mishap_mix; /* bit of each mishap that happens in this campaign */
    uint32_t crash_one_in, disk_one_in, stop_one_in, suspend_one_in, clock_one_in, reboot_one_in;
    uint32_t keep_one_in, pause_one_in, replan_one_in, foreign_one_in, outage_one_in;
    bool headers, dates, refusals_count;
    uint32_t lie_one_in; /* of headers */
    /* what else there is: nothing of it in a plain campaign */
    bool drifts;           /* facts are looked at that change while it drains */
    bool bare;             /* a PDS without an AppView */
    uint32_t precheck_max; /* entries in a precheck before they leave; 0: they leave as planned */
    uint32_t drift_one_in;
    bool tokens; /* access tokens expire, refresh tokens are good once */
    int64_t token_life_ms;
    bool token_life_told, old_access_dies; /* dies: when its pair is traded */
    uint32_t rotation_crash_one_in, rotate_elsewhere_one_in;
    uint32_t astray_one_in;    /* it knows nobody for a time */
    bool picky;                /* a precheck for one who is not there is refused as a whole */
    uint32_t fetch_one_in;     /* of evidence, before a run */
    uint32_t ask_fault_one_in; /* of requests asked one at a time */
    /* others in the same state directory */
    uint32_t rivals, rival_one_in, rival_acts_left;
    enum budget_scope rival_scope[2]; /* what each shares with this campaign */
    uint32_t lease_one_in;            /* somebody takes the campaign over */
    uint32_t stall_one_in;            /* the process stands still within a turn */
    /* exchanges */
    bool archive;  /* the account's was read before, and is whole for the most part */
    bool unstated; /* the roster says nothing of interactions */
    uint32_t source_refused_one_in; /* of sources in a reading */
    uint32_t join_one_in;           /* of runs: somebody comes into the roster before it */
};

void scenario_draw(struct scenario *s, struct dice *d);
/* What else there is, from dice of its own: a plain campaign stays what it was. */
void scenario_draw_more(struct scenario *s, struct dice *d);
/* And what it may get wrong about people, from its own again. */
void scenario_draw_lies(struct scenario *s, struct dice *d);
/* Who else is in the state directory. */
void scenario_draw_others(struct scenario *s, struct dice *d);
/* What there is of exchanges, and what the policy asks of them. */
void scenario_draw_ties(struct scenario *s, struct dice *d);
/* The same without anything that goes wrong. */
void scenario_calm(struct scenario *s);
/* As --budget has it: "unfollow/15m=50/900s". */
void scenario_override(const struct budget_drawn *b, char *to, size_t room);
/* `followers >= 500 and not bot` as the policy has it; what it means: people.h. */
void condition_text(const struct condition *c, char *to, size_t room);

#endif
