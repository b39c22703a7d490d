/* The default budgets of each platform, in one table (budgets.c). */
#ifndef PLATFORM_BUDGETS_H
#define PLATFORM_BUDGETS_H

#include "platform/platform.h"

#define BUDGETS_X_COUNT        7
#define BUDGETS_MASTODON_COUNT 2
#define BUDGETS_BLUESKY_COUNT  3
#define BUDGETS_GITHUB_COUNT   3

extern const struct platform_budget budgets_x[BUDGETS_X_COUNT];
extern const struct platform_budget budgets_mastodon[BUDGETS_MASTODON_COUNT];
extern const struct platform_budget budgets_bluesky[BUDGETS_BLUESKY_COUNT];
extern const struct platform_budget budgets_github[BUDGETS_GITHUB_COUNT];

/* Their names, as replies use them. */
#define X_UNFOLLOW_15M    "unfollow/15m"
#define X_UNFOLLOW_1D     "unfollow/1d"
#define X_READ_15M        "read/15m"
#define X_WHOAMI          "whoami/15m"
#define X_LISTS           "lists/15m"
#define X_MEMBERS         "members/15m"
#define X_USERS           "users/15m"
#define MASTODON_REQUESTS "requests/5m"
#define MASTODON_PAGING   "paging/15m"
#define BLUESKY_HOUR      "points/1h"
#define BLUESKY_DAY       "points/1d"
#define BLUESKY_REQUESTS  "requests/5m"
#define GITHUB_REQUESTS   "requests/1h"
#define GITHUB_POINTS     "points/1m"
#define GITHUB_WRITES     "writes/8s"

#endif
