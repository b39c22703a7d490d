/* The default budgets: what a platform grants, and who says so. All are sliding windows, which
 * are right however the platform aligns its own; each says whose limit it is. `--budget
 * NAME=LIMIT/PERIOD` overrides one. */
#include "platform/budgets.h"

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define READS  (CALL_BIT(CALL_OTHER) | CALL_BIT(CALL_FOLLOWING) | CALL_BIT(CALL_FOLLOWERS))

/* costs: of an unfollow, of a writing request, of a reading one */
#define BUDGET(called, whose, most, period, unfollow_, write_, read_, said_by)                     \
    BUDGET_CALLS(called, whose, most, period, unfollow_, write_, read_, 0, said_by)
/* The same, of some reads alone. */
#define BUDGET_CALLS(called, whose, most, period, unfollow_, write_, read_, calls_, said_by)       \
    {                                                                                              \
        .spec = {.name = called,                                                                   \
                 .kind = BUDGET_SLIDING,                                                           \
                 .limit = (most),                                                                  \
                 .period_ms = (period),                                                            \
                 .scope = SCOPE_##whose,                                                           \
                 .costs = {.unfollow = (unfollow_),                                                \
                           .write = (write_),                                                      \
                           .read = (read_),                                                        \
                           .calls = (calls_)}},                                                    \
        .source = (said_by)                                                                        \
    }

/* clang-format off */
/*         name               whose   limit  period   unf wr rd  source */
const struct platform_budget budgets_x[BUDGETS_X_COUNT] = {
    BUDGET(X_UNFOLLOW_15M,    ACCOUNT,   50, 15 * MINUTE, 1, 0, 0, "docs.x.com/x-api/fundamentals/rate-limits, per user"),
    BUDGET(X_UNFOLLOW_1D,     APP,      500, DAY,         1, 0, 0, "docs.x.com, follows migration page: 500 a day per app"),
    BUDGET_CALLS(X_READ_15M,  ACCOUNT,  300, 15 * MINUTE, 0, 0, 1, READS, "docs.x.com/x-api/fundamentals/rate-limits, per user: following and followers, each"),
    BUDGET_CALLS(X_WHOAMI,    ACCOUNT,   75, 15 * MINUTE, 0, 0, 1, CALL_BIT(CALL_WHOAMI), "the same page: GET /2/users/me"),
    BUDGET_CALLS(X_LISTS,     ACCOUNT,   15, 15 * MINUTE, 0, 0, 1, CALL_BIT(CALL_LISTS), "the same page: GET /2/users/:id/owned_lists"),
    BUDGET_CALLS(X_MEMBERS,   ACCOUNT,  900, 15 * MINUTE, 0, 0, 1, CALL_BIT(CALL_MEMBERS), "the same page: GET /2/lists/:id/members"),
    BUDGET_CALLS(X_USERS,     ACCOUNT,  900, 15 * MINUTE, 0, 0, 1, CALL_BIT(CALL_USERS), "the same page: GET /2/users, /2/users/by"),
};
const struct platform_budget budgets_mastodon[BUDGETS_MASTODON_COUNT] = {
    BUDGET(MASTODON_REQUESTS, ACCOUNT,  300, 5 * MINUTE, 0, 1, 1, "mastodon/mastodon config/initializers/rack_attack.rb, per token"),
    BUDGET(MASTODON_PAGING,   ACCOUNT,  300, 15 * MINUTE, 0, 0, 1, "mastodon/mastodon config/initializers/rack_attack.rb, paging"),
};
const struct platform_budget budgets_bluesky[BUDGETS_BLUESKY_COUNT] = {
    BUDGET(BLUESKY_HOUR,      ACCOUNT, 5000, HOUR,        1, 0, 0, "docs.bsky.app/docs/advanced-guides/rate-limits: a delete is 1 point"),
    BUDGET(BLUESKY_DAY,       ACCOUNT, 35000, DAY,        1, 0, 0, "docs.bsky.app/docs/advanced-guides/rate-limits, per DID"),
    BUDGET(BLUESKY_REQUESTS,  ADDRESS, 3000, 5 * MINUTE, 0, 1, 1, "docs.bsky.app/docs/advanced-guides/rate-limits, per address"),
};
const struct platform_budget budgets_github[BUDGETS_GITHUB_COUNT] = {
    BUDGET(GITHUB_REQUESTS,   ACCOUNT, 5000, HOUR,        0, 1, 1, "docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"),
    BUDGET(GITHUB_POINTS,     ACCOUNT,  900, MINUTE,      0, 5, 1, "docs.github.com, rate limits for the REST API, secondary: 900 points a minute, a DELETE is 5"),
    BUDGET(GITHUB_WRITES,     ACCOUNT,    1, 8000,      0, 1, 0, "winnow's choice under the secondary limits (80/min, 500/h): 450/h"),
};
/* clang-format on */
