/* Rate limits: named windows that count requests and refuse what is over.
 *
 * Three kinds of window: aligned to the epoch, opened by the first request after the last one
 * ended, and sliding (the last PERIOD up to now).
 * Happy path: limits_init with the real numbers, limits_set for each option, limits_charge for
 * each request, limit_view for the headers.
 * Failure: limits_set gives false for a name or number it does not understand. */
#ifndef PLATFORM_SIM_LIMITS_H
#define PLATFORM_SIM_LIMITS_H

#include "follows.h"

/* X limits its calls one by one: the last four are its own, each a read or a list as the log has
 * them. */
enum kind {
    K_UNFOLLOW,
    K_FOLLOW,
    K_BATCH,
    K_ITEM,
    K_LIST,
    K_READ,
    K_LOGIN,
    K_REFRESH,
    K_OTHER,
    K_ME,
    K_USERS,
    K_OWNED,
    K_MEMBERS,
};
#define KINDS 13

enum flavour { F_MASTODON, F_GOTOSOCIAL, F_PLEROMA, F_PIXELFED, F_SNAC };
#define FLAVOURS 5

enum window { W_ALIGNED, W_FIRST, W_SLIDING };

enum limit_id {
    L_X_UNFOLLOW,
    L_X_UNFOLLOW_DAY,
    L_X_FOLLOW,
    L_X_FOLLOW_DAY,
    L_X_READ,
    L_X_ME,
    L_X_USERS,
    L_X_OWNED,
    L_X_MEMBERS,
    L_M_ALL,
    L_M_TOKEN,
    L_M_READ,
    L_M_FOLLOW,
    L_M_RELATION,
    L_B_POINTS_HOUR,
    L_B_POINTS_DAY,
    L_B_IP,
    L_B_LOGIN,
    L_B_LOGIN_DAY,
    L_G_CORE,
    L_G_WRITE,
    L_G_WRITE_HOUR,
    LIMITS
};

struct spend {
    uint64_t real_ns;
    uint32_t cost;
};

struct limit {
    const char *name;
    enum platform_id platform;
    uint32_t kinds;     /* bit set of enum kind */
    bool points;        /* counts points, not requests */
    bool even_rejected; /* counts requests without a valid credential too */
    bool on;
    enum window window;
    uint64_t limit;
    uint64_t period_ns;
    uint64_t start_ns; /* of the present window; 0: none is open */
    uint64_t used;     /* in the present window; may pass the limit where refusals are charged */
    uint64_t arrived;  /* in the present window, refused or not */
    uint64_t most_arrived;
    struct spend *spent; /* sliding: ring of what was granted in the last period */
    size_t head;
    size_t held;
    size_t room;
};

struct limits {
    struct limit limit[LIMITS];
};

/* One request as the limits see it. */
struct charge {
    enum platform_id platform;
    enum kind kind;
    uint32_t points;
    bool authorised;
};

struct view {
    uint64_t limit;
    uint64_t remaining;
    uint64_t used;
    uint64_t reset_ns; /* real time */
};

void limits_init(struct limits *limits, enum flavour flavour);
void limits_free(struct limits *limits);
bool limits_set(struct limits *limits, const char *text); /* NAME=LIMIT/PERIOD[:window], NAME=off */
void limits_off(struct limits *limits);

/* Charges every limit that counts the request; the one that refuses it, or NULL. */
const struct limit *limits_charge(struct limits *limits, const struct charge *charge,
                                  uint64_t real_ns);
uint32_t limit_cost(const struct limit *limit, const struct charge *charge);
struct view limit_view(struct limit *limit, uint64_t real_ns);
/* The limit with the least left of those that count the request, or NULL. */
struct limit *limits_tightest(struct limits *limits, const struct charge *charge, uint64_t real_ns);
const char *window_name(enum window window);

#endif
