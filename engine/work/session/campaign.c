/* Campaigns through the API: new, get, list; what a platform's rules say. Happy path: the names and
 * the server are checked, then the record is written. Fails with what is expected of each. */
#include "work/session/credential.h"

#include <string.h>

#include "core/http/url.h"

static int check_name(const char *name, struct winnow_error *err) {
    size_t size = strlen(name);
    bool ok =
        size >= 1 && size <= WINNOW_NAME_MAX && name[0] != '.' && name[0] != '-' && name[0] != '_';
    for (size_t i = 0; i < size && ok; i++)
        ok = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') ||
             name[i] == '.' || name[i] == '_' || name[i] == '-';
    if (ok)
        return 0;
    return winnow_fail(err, WINNOW_USAGE,
                       "%.80s is no campaign name: use up to %d of a-z, 0-9, '.', '_' and '-', "
                       "beginning with a letter or digit",
                       name, WINNOW_NAME_MAX);
}

int campaign_server(const char *server, char out[STORE_SERVER_MAX + 1], struct winnow_error *err) {
    struct buffer origin;
    buffer_init(&origin, STORE_SERVER_MAX);
    int result = url_server(server, &origin, NULL, err);
    if (result == 0)
        memcpy(out, buffer_text(&origin), origin.size + 1);
    buffer_free(&origin);
    return result;
}

const char *winnow_platform_name(size_t number) {
    const struct platform *p = platform_at(number);
    return p != NULL ? p->name : NULL;
}

/* "x, mastodon, bluesky or github" */
static const char *platform_names(char out[128]) {
    const char *name;
    size_t used = 0;
    for (size_t i = 0; used < 128 && (name = winnow_platform_name(i)) != NULL; i++) {
        const char *between = i == 0 ? "" : winnow_platform_name(i + 1) == NULL ? " or " : ", ";
        int put = snprintf(out + used, 128 - used, "%s%s", between, name);
        used += put < 0 ? 128 : (size_t)put;
    }
    return out;
}

static int campaign_fill(struct store_campaign *c, const char *name, const char *platform,
                         const char *account, const char *server, struct winnow_error *err) {
    const struct platform *p = platform_find(platform);
    char names[128];
    if (check_name(name, err) != 0)
        return -1;
    if (p == NULL)
        return winnow_fail(err, WINNOW_USAGE, "%.32s is no platform: choose %s", platform,
                           platform_names(names));
    if (server == NULL && p->default_server == NULL)
        return winnow_fail(err, WINNOW_USAGE,
                           "%s is many servers: name yours with --server https://HOST", p->title);
    if (account[0] == '@')
        account++;
    if (platform_check_account(p, account, strlen(account), err) != 0 ||
        campaign_server(server != NULL ? server : p->default_server, c->server, err) != 0)
        return -1;
    text_copy(c->name, sizeof c->name, (struct text){name, (uint32_t)strlen(name)});
    text_copy(c->platform, sizeof c->platform, (struct text){p->name, (uint32_t)strlen(p->name)});
    text_copy(c->account, sizeof c->account, (struct text){account, (uint32_t)strlen(account)});
    c->created_ms = winnow_now_ms();
    return 0;
}

/* ---- one account, one campaign ---- */

struct rivals {
    struct winnow *w;
    const struct store_campaign *campaign;
    const struct platform_identity *who; /* NULL: not known yet */
    char name[STORE_NAME_MAX + 1];       /* of the first found */
};

static bool is_account(const struct rivals *r, const struct store_campaign *other) {
    const char *named = r->campaign->account;
    if (r->who != NULL)
        return strcmp(other->account, r->who->id) == 0;
    return strcmp(other->account, named) == 0 ||
           (other->handle[0] != '\0' && state_same_handle(r->campaign, named, other->handle));
}

static int find_rival(void *context, const struct store_campaign *other) {
    struct rivals *r = context;
    bool rival = strcmp(other->name, r->campaign->name) != 0 && other->verified &&
                 strcmp(other->platform, r->campaign->platform) == 0 &&
                 strcmp(other->server, r->campaign->server) == 0 && is_account(r, other) &&
                 credential_exists(r->w, other);
    if (rival)
        memcpy(r->name, other->name, sizeof r->name);
    return rival;
}

int campaign_alone(struct winnow *w, struct store_txn *t, const struct store_campaign *c,
                   const struct platform_identity *who, struct winnow_error *err) {
    struct rivals r = {.w = w, .campaign = c, .who = who};
    int found = store_campaign_each(t, find_rival, &r, err);
    if (found <= 0)
        return found;
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "campaign %s is logged in to this account already, and what one campaign "
                       "keeps another would unfollow: go on with that one (`winnow status %s`), or "
                       "log it out first (`winnow logout %s`)",
                       r.name, r.name, r.name);
}

int winnow_campaign_new(struct winnow *w, const char *name, const char *platform,
                        const char *account, const char *server, struct winnow_error *err) {
    struct store_campaign c = {0};
    struct store_txn *t;
    if (campaign_fill(&c, name, platform, account, server, err) != 0 ||
        store_write(w->store, STORE_ALL, &t, err) != 0)
        return -1;
    if (campaign_alone(w, t, &c, NULL, err) != 0 || store_campaign_add(t, &c, err) != 0 ||
        state_stamp(w, t, err) != 0) {
        store_abort(t);
        return -1;
    }
    return store_commit(t, err);
}

static void publish(const struct store_campaign *from, struct winnow_campaign *to) {
    *to = (struct winnow_campaign){.created_ms = from->created_ms};
    memcpy(to->name, from->name, sizeof to->name);
    memcpy(to->platform, from->platform, sizeof to->platform);
    memcpy(to->account, from->account, sizeof to->account);
    memcpy(to->handle, from->handle, sizeof to->handle);
    memcpy(to->server, from->server, sizeof to->server);
}

int winnow_campaign_get(struct winnow *w, const char *name, struct winnow_campaign *out,
                        struct winnow_error *err) {
    struct store_campaign c;
    if (state_campaign(w, name, &c, NULL, err) != 0)
        return -1;
    publish(&c, out);
    return 0;
}

struct listing {
    int (*each)(void *context, const struct winnow_campaign *campaign);
    void *context;
};

static int list(void *context, const struct store_campaign *c) {
    const struct listing *l = context;
    struct winnow_campaign campaign;
    publish(c, &campaign);
    return l->each(l->context, &campaign);
}

int winnow_campaigns(struct winnow *w,
                     int (*each)(void *context, const struct winnow_campaign *campaign),
                     void *context, struct winnow_error *err) {
    struct listing l = {each, context};
    struct store_txn *t;
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_each(t, list, &l, err);
    store_abort(t);
    return result;
}

void winnow_platform_notice(const char *platform, const char **text, const char **source) {
    const struct platform *p = platform_find(platform);
    *text = p != NULL ? p->notice : NULL;
    *source = p != NULL ? p->notice_source : NULL;
}

bool winnow_platform_wants_password(const char *platform) {
    const struct platform *p = platform_find(platform);
    return p != NULL && p->sessions;
}
