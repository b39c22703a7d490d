/* Commands that bring what is missing: see getting.h. Cannot fail: each part has a size that fits. */
#include "cli/parts/getting.h"

#include <inttypes.h>

/* --max-cost is in whole units of the currency: up, so that it is enough. */
static struct getting_text fetch_text(const struct winnow_getting *g, const char *campaign) {
    struct getting_text out;
    char next[40] = "";
    char cost[40] = "";
    if (g->next != 0)
        snprintf(next, sizeof next, " --next %" PRIu64, g->next);
    if (g->max_cost_micro != 0)
        snprintf(cost, sizeof cost, " --max-cost %" PRId64, (g->max_cost_micro + 999999) / 1000000);
    snprintf(out.text, sizeof out.text, "winnow fetch %s --only %s%s%s", campaign, g->what, next,
             cost);
    return out;
}

struct getting_text getting(const struct winnow_getting *g, const char *campaign) {
    struct getting_text out = {""};
    switch (g->by) {
    case WINNOW_BY_NOTHING:
        break;
    case WINNOW_BY_IMPORT:
        snprintf(out.text, sizeof out.text, "winnow import %s %s", campaign, g->what);
        break;
    case WINNOW_BY_FETCH:
        return fetch_text(g, campaign);
    }
    return out;
}
