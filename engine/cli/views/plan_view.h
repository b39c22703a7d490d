/* A plan as a person reads it, and as JSON. */
#ifndef CLI_VIEWS_PLAN_VIEW_H
#define CLI_VIEWS_PLAN_VIEW_H

#include "cli/base/cli.h"
#include "cli/parts/json.h"

struct plan_view {
    const char *name;     /* of the campaign */
    const char *platform; /* for the notice */
    bool logged_in;       /* decides the next command */
    const struct winnow_plan *plan;
    const struct winnow_group *groups; /* plan->group_count of them */
    int64_t now_ms;
};

void plan_view_print(struct output *out, const struct plan_view *view);
json_t *plan_view_json(const struct plan_view *view);

/* The first part of the print: three sentences, then the groups of who goes, who stays, and who
 * cannot be judged. */
void plan_words_print(struct output *out, const struct plan_view *view);

#endif
