/* Which parameters X knows: a name or a value that is not known is refused.
 *
 * Happy path: every name of the query is one that the call has.
 * Failure: 400, whose first message names the parameter. */
#include "x.h"

#include <string.h>

struct judging {
    struct sim *sim;
    const struct request *request;
    struct buf *wrong;
};

static bool value_known(const struct judging *j, const char *name, const char *value) {
    if (strcmp(name, "expansions") != 0) {
        return true;
    }
    const char *post = j->sim->options.old_names ? "most_recent_tweet_id" : "most_recent_post_id";
    return strcmp(value, j->request->op == OP_MENTIONS ? "author_id" : post) == 0;
}

static bool name_known(const struct judging *j, const char *name) {
    static const char *const paged = "max_results,pagination_token,user.fields,expansions,";
    const char *of_posts = j->sim->options.old_names ? "tweet.fields" : "post.fields";
    bool pages =
        j->request->kind == K_LIST || j->request->kind == K_OWNED || j->request->kind == K_MEMBERS;
    if (strcmp(name, of_posts) == 0 || strcmp(name, "user.fields") == 0 ||
        strcmp(name, "expansions") == 0) {
        return true;
    }
    return (pages && x_wants(paged, name)) ||
           (j->request->op == OP_LISTS && x_wants("list.fields", name)) ||
           (j->request->op == OP_USERS && strcmp(name, "ids") == 0) ||
           (j->request->op == OP_USERS_BY && strcmp(name, "usernames") == 0);
}

static enum MHD_Result judge(void *context, enum MHD_ValueKind kind, const char *name,
                             const char *value) {
    struct judging *j = context;
    (void)kind;
    bool known = name_known(j, name);
    if (known && value_known(j, name, value != NULL ? value : "")) {
        return MHD_YES;
    }
    if (known) {
        buf_printf(j->wrong, "The `%.40s` query parameter value [%.60s] is not one of those known",
                   name, value);
    } else {
        buf_printf(j->wrong, "The query parameter [%.60s] is not one of those known", name);
    }
    return MHD_NO;
}

bool x_parameters_known(struct sim *sim, const struct request *request, struct reply *reply) {
    struct buf wrong = {0};
    struct judging j = {sim, request, &wrong};
    if (request->verb == V_GET) {
        (void)MHD_get_connection_values(request->conn, MHD_GET_ARGUMENT_KIND, judge, &j);
    }
    if (wrong.len != 0) {
        x_invalid(reply, wrong.text);
    }
    bool known = wrong.len == 0;
    buf_free(&wrong);
    return known;
}
