/* Rate limits: the table of defaults, the three kinds of window, and the charging.
 *
 * Happy path: limits_charge rolls each window that counts the request to the present, asks all,
 * and spends. Bluesky spends even when it refuses; the others only when all of them grant.
 * Failure: an unknown name, a zero or an odd period makes limits_set give false. */
#include "limits.h"

#include <stdlib.h>
#include <string.h>

#define KIND_BIT(kind) (UINT32_C(1) << (kind))
#define ANY_KIND       (~KIND_BIT(K_ITEM))
#define WRITES         (KIND_BIT(K_UNFOLLOW) | KIND_BIT(K_FOLLOW) | KIND_BIT(K_BATCH))
#define READS          (KIND_BIT(K_LIST) | KIND_BIT(K_READ))
#define MINUTE_NS      (60 * NS_PER_S)
#define HOUR_NS        (3600 * NS_PER_S)
#define DAY_NS         (86400 * NS_PER_S)

static const struct limit defaults[LIMITS] = {
    [L_X_UNFOLLOW] = {.name = "x/unfollow",
                      .platform = P_X,
                      .kinds = KIND_BIT(K_UNFOLLOW),
                      .window = W_FIRST,
                      .limit = 50,
                      .period_ns = 15 * MINUTE_NS},
    [L_X_UNFOLLOW_DAY] = {.name = "x/unfollow-day",
                          .platform = P_X,
                          .kinds = KIND_BIT(K_UNFOLLOW),
                          .window = W_FIRST,
                          .limit = 500,
                          .period_ns = DAY_NS},
    [L_X_FOLLOW] = {.name = "x/follow",
                    .platform = P_X,
                    .kinds = KIND_BIT(K_FOLLOW),
                    .window = W_FIRST,
                    .limit = 50,
                    .period_ns = 15 * MINUTE_NS},
    [L_X_FOLLOW_DAY] = {.name = "x/follow-day",
                        .platform = P_X,
                        .kinds = KIND_BIT(K_FOLLOW),
                        .window = W_FIRST,
                        .limit = 400,
                        .period_ns = DAY_NS},
    [L_X_READ] = {.name = "x/read",
                  .platform = P_X,
                  .kinds = READS,
                  .window = W_FIRST,
                  .limit = 300,
                  .period_ns = 15 * MINUTE_NS},
    [L_X_ME] = {.name = "x/me",
                .platform = P_X,
                .kinds = KIND_BIT(K_ME),
                .window = W_FIRST,
                .limit = 75,
                .period_ns = 15 * MINUTE_NS},
    [L_X_USERS] = {.name = "x/users",
                   .platform = P_X,
                   .kinds = KIND_BIT(K_USERS),
                   .window = W_FIRST,
                   .limit = 900,
                   .period_ns = 15 * MINUTE_NS},
    [L_X_OWNED] = {.name = "x/lists",
                   .platform = P_X,
                   .kinds = KIND_BIT(K_OWNED),
                   .window = W_FIRST,
                   .limit = 15,
                   .period_ns = 15 * MINUTE_NS},
    [L_X_MEMBERS] = {.name = "x/members",
                     .platform = P_X,
                     .kinds = KIND_BIT(K_MEMBERS),
                     .window = W_FIRST,
                     .limit = 900,
                     .period_ns = 15 * MINUTE_NS},
    [L_M_ALL] = {.name = "mastodon/all",
                 .platform = P_MASTODON,
                 .kinds = ANY_KIND,
                 .window = W_ALIGNED,
                 .limit = 1500,
                 .period_ns = 5 * MINUTE_NS},
    [L_M_TOKEN] = {.name = "mastodon/token",
                   .platform = P_MASTODON,
                   .kinds = ANY_KIND,
                   .window = W_ALIGNED,
                   .limit = 300,
                   .period_ns = 5 * MINUTE_NS},
    [L_M_READ] = {.name = "mastodon/read",
                  .platform = P_MASTODON,
                  .kinds = KIND_BIT(K_LIST),
                  .window = W_ALIGNED,
                  .limit = 300,
                  .period_ns = 15 * MINUTE_NS},
    [L_M_FOLLOW] = {.name = "mastodon/follow",
                    .platform = P_MASTODON,
                    .kinds = KIND_BIT(K_FOLLOW),
                    .window = W_ALIGNED,
                    .limit = 400,
                    .period_ns = DAY_NS},
    [L_M_RELATION] = {.name = "mastodon/relation",
                      .platform = P_MASTODON,
                      .kinds = WRITES,
                      .window = W_FIRST,
                      .limit = 10,
                      .period_ns = 10 * NS_PER_S},
    [L_B_POINTS_HOUR] = {.name = "bluesky/points-hour",
                         .platform = P_BLUESKY,
                         .kinds = WRITES,
                         .points = true,
                         .window = W_FIRST,
                         .limit = 5000,
                         .period_ns = HOUR_NS},
    [L_B_POINTS_DAY] = {.name = "bluesky/points-day",
                        .platform = P_BLUESKY,
                        .kinds = WRITES,
                        .points = true,
                        .window = W_FIRST,
                        .limit = 35000,
                        .period_ns = DAY_NS},
    [L_B_IP] = {.name = "bluesky/ip",
                .platform = P_BLUESKY,
                .kinds = ANY_KIND,
                .even_rejected = true,
                .window = W_FIRST,
                .limit = 3000,
                .period_ns = 5 * MINUTE_NS},
    [L_B_LOGIN] = {.name = "bluesky/login",
                   .platform = P_BLUESKY,
                   .kinds = KIND_BIT(K_LOGIN),
                   .even_rejected = true,
                   .window = W_FIRST,
                   .limit = 30,
                   .period_ns = 5 * MINUTE_NS},
    [L_B_LOGIN_DAY] = {.name = "bluesky/login-day",
                       .platform = P_BLUESKY,
                       .kinds = KIND_BIT(K_LOGIN),
                       .even_rejected = true,
                       .window = W_FIRST,
                       .limit = 300,
                       .period_ns = DAY_NS},
    [L_G_CORE] = {.name = "github/core",
                  .platform = P_GITHUB,
                  .kinds = ANY_KIND,
                  .window = W_FIRST,
                  .limit = 5000,
                  .period_ns = HOUR_NS},
    [L_G_WRITE] = {.name = "github/write",
                   .platform = P_GITHUB,
                   .kinds = WRITES,
                   .window = W_FIRST,
                   .limit = 80,
                   .period_ns = MINUTE_NS},
    [L_G_WRITE_HOUR] = {.name = "github/write-hour",
                        .platform = P_GITHUB,
                        .kinds = WRITES,
                        .window = W_FIRST,
                        .limit = 500,
                        .period_ns = HOUR_NS},
};

/* Which Mastodon-like server limits what, where it differs from Mastodon. */
static void flavour_defaults(struct limits *limits, enum flavour flavour) {
    struct limit *all = &limits->limit[L_M_ALL];
    limits->limit[L_M_RELATION].on = flavour == F_PLEROMA;
    if (flavour == F_MASTODON) {
        return;
    }
    limits->limit[L_M_TOKEN].on = false;
    limits->limit[L_M_READ].on = false;
    limits->limit[L_M_FOLLOW].on = false;
    all->on = flavour == F_GOTOSOCIAL || flavour == F_PIXELFED;
    all->limit = 300;
    all->even_rejected = flavour == F_GOTOSOCIAL; /* counted by address, before the token */
}

void limits_init(struct limits *limits, enum flavour flavour) {
    for (int i = 0; i < LIMITS; i++) {
        limits->limit[i] = defaults[i];
        limits->limit[i].on = true;
    }
    flavour_defaults(limits, flavour);
}

void limits_free(struct limits *limits) {
    for (int i = 0; i < LIMITS; i++) {
        free(limits->limit[i].spent);
        limits->limit[i].spent = NULL;
    }
}

void limits_off(struct limits *limits) {
    for (int i = 0; i < LIMITS; i++) {
        limits->limit[i].on = false;
    }
}

const char *window_name(enum window window) {
    static const char *const names[] = {"aligned", "first", "sliding"};
    return names[window];
}

static bool parse_limit(struct limit *limit, char *text) {
    char *period = strchr(text, '/');
    if (period == NULL) {
        return false;
    }
    *period++ = '\0';
    char *window = strchr(period, ':');
    if (window != NULL) {
        *window++ = '\0';
        int w = W_ALIGNED;
        while (w <= W_SLIDING && strcmp(window, window_name((enum window)w)) != 0) {
            w++;
        }
        if (w > W_SLIDING) {
            return false;
        }
        limit->window = (enum window)w;
    }
    return parse_u64(text, &limit->limit) && parse_period(period, &limit->period_ns);
}

static void forget(struct limit *limit) {
    limit->start_ns = limit->used = limit->arrived = 0;
    limit->head = limit->held = 0;
}

bool limits_set(struct limits *limits, const char *text) {
    const char *equals = strchr(text, '=');
    char value[64];
    if (equals == NULL || strlen(equals + 1) >= sizeof value) {
        return false;
    }
    memcpy(value, equals + 1, strlen(equals + 1) + 1);
    size_t len = (size_t)(equals - text);
    for (int i = 0; i < LIMITS; i++) {
        struct limit *limit = &limits->limit[i];
        if (strlen(limit->name) != len || strncmp(limit->name, text, len) != 0) {
            continue;
        }
        bool off = strcmp(value, "off") == 0;
        struct limit changed = *limit;
        if (!off && !parse_limit(&changed, value)) {
            return false;
        }
        changed.on = !off;
        *limit = changed;
        forget(limit);
        return true;
    }
    return false;
}

uint32_t limit_cost(const struct limit *limit, const struct charge *charge) {
    if (!limit->on || limit->platform != charge->platform ||
        (limit->kinds & KIND_BIT(charge->kind)) == 0 ||
        (!charge->authorised && !limit->even_rejected)) {
        return 0;
    }
    return limit->points ? charge->points : 1;
}

static void slide(struct limit *limit, uint64_t now) {
    while (limit->held > 0 && limit->spent[limit->head].real_ns + limit->period_ns <= now) {
        limit->used -= limit->spent[limit->head].cost;
        limit->head = (limit->head + 1) % limit->room;
        limit->held--;
    }
}

static void roll(struct limit *limit, uint64_t now) {
    if (limit->window == W_SLIDING) {
        slide(limit, now);
        return;
    }
    if (limit->start_ns != 0 && now < limit->start_ns + limit->period_ns) {
        return;
    }
    limit->start_ns = 0;
    limit->used = limit->arrived = 0;
}

static void remember(struct limit *limit, uint64_t now, uint32_t cost) {
    if (limit->held == limit->room) {
        size_t room = limit->room == 0 ? 64 : limit->room * 2;
        struct spend *spent = sim_realloc(NULL, room, sizeof *spent);
        for (size_t i = 0; i < limit->held; i++) {
            spent[i] = limit->spent[(limit->head + i) % limit->room];
        }
        free(limit->spent);
        limit->spent = spent;
        limit->head = 0;
        limit->room = room;
    }
    limit->spent[(limit->head + limit->held++) % limit->room] =
        (struct spend){.real_ns = now, .cost = cost};
}

static void spend(struct limit *limit, uint64_t now, uint32_t cost, bool granted) {
    if (limit->window != W_SLIDING && limit->start_ns == 0) {
        limit->start_ns = limit->window == W_ALIGNED ? now - now % limit->period_ns : now;
    }
    limit->arrived += cost;
    if (limit->arrived > limit->most_arrived) {
        limit->most_arrived = limit->arrived;
    }
    if (!granted) {
        return;
    }
    limit->used += cost;
    if (limit->window == W_SLIDING) {
        remember(limit, now, cost);
    }
}

const struct limit *limits_charge(struct limits *limits, const struct charge *charge,
                                  uint64_t real_ns) {
    const struct limit *refused = NULL;
    for (int i = 0; i < LIMITS; i++) {
        struct limit *limit = &limits->limit[i];
        uint32_t cost = limit_cost(limit, charge);
        if (cost == 0) {
            continue;
        }
        roll(limit, real_ns);
        if (refused == NULL && limit->used + cost > limit->limit) {
            refused = limit;
        }
    }
    bool burns = charge->platform == P_BLUESKY;
    for (int i = 0; i < LIMITS; i++) {
        struct limit *limit = &limits->limit[i];
        uint32_t cost = limit_cost(limit, charge);
        if (cost != 0) {
            bool sliding_full = limit->window == W_SLIDING && limit->used + cost > limit->limit;
            spend(limit, real_ns, cost, refused == NULL || (burns && !sliding_full));
        }
    }
    return refused;
}

struct view limit_view(struct limit *limit, uint64_t real_ns) {
    roll(limit, real_ns);
    struct view view = {.limit = limit->limit, .used = limit->used};
    view.remaining = limit->used < limit->limit ? limit->limit - limit->used : 0;
    if (limit->window == W_SLIDING) {
        uint64_t oldest = limit->held > 0 ? limit->spent[limit->head].real_ns : real_ns;
        view.reset_ns = oldest + limit->period_ns;
    } else if (limit->start_ns != 0) {
        view.reset_ns = limit->start_ns + limit->period_ns;
    } else if (limit->window == W_ALIGNED) {
        view.reset_ns = real_ns - real_ns % limit->period_ns + limit->period_ns;
    } else {
        view.reset_ns = real_ns + limit->period_ns;
    }
    return view;
}

struct limit *limits_tightest(struct limits *limits, const struct charge *charge,
                              uint64_t real_ns) {
    struct limit *tightest = NULL;
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < LIMITS; i++) {
        struct limit *limit = &limits->limit[i];
        if (limit_cost(limit, charge) == 0) {
            continue;
        }
        struct view view = limit_view(limit, real_ns);
        if (view.remaining < least) {
            least = view.remaining;
            tightest = limit;
        }
    }
    return tightest;
}
