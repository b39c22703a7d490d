/* Whose the credential is: see whose.h. Happy path: one request, and the answer is the campaign's
 * account. Waits for a server in trouble as any read does. */
#include "work/session/whose.h"

#include <string.h>
#include <strings.h>

#include "core/http/url.h"

/* ---- where the account lives ---- */

static bool whose_same_text(struct text a, struct text b) {
    return a.size == b.size && strncasecmp(a.at, b.at, a.size) == 0;
}

static bool ends_with(struct text t, const char *end) {
    size_t size = strlen(end);
    return t.size > size && strncasecmp(t.at + t.size - size, end, size) == 0;
}

static struct url whose_url(const char *origin) {
    struct url u;
    (void)url_read((struct text){origin, (uint32_t)strlen(origin)}, &u);
    return u;
}

/* bsky.social is the door to many servers, whose names end so (docs.bsky.app, "Entryway"). */
static bool same_server(const char *campaign, const char *document) {
    struct url a = whose_url(campaign);
    struct url b = whose_url(document);
    bool door = whose_same_text(a.host, (struct text){"bsky.social", 11}) &&
                ends_with(b.host, ".host.bsky.network");
    bool host = whose_same_text(a.host, b.host) || (url_is_local(&a) && url_is_local(&b));
    return door || (host && a.https == b.https && a.port == b.port);
}

int whose_server(const struct store_campaign *c, const struct platform_identity *who,
                 struct winnow_error *err) {
    if (who->server[0] == '\0' || same_server(c->server, who->server))
        return 0;
    return winnow_fail(err, WINNOW_SAFETY,
                       "the account lives on %s now, by its own DID document, and not on "
                       "%s any more: run `winnow login %s --server %s`; journal and keep "
                       "list go along",
                       who->server, c->server, c->name, who->server);
}

/* ---- asking ---- */

static int whose_take(struct reads *r, const struct platform_identity *who,
                      struct winnow_error *err) {
    char command[CREDENTIAL_COMMAND_MAX];
    if (strcmp(who->id, r->campaign->account) == 0)
        return whose_server(r->campaign, who, err);
    credential_command(r->w, r->campaign, command, sizeof command);
    return winnow_fail(err, WINNOW_CREDENTIAL,
                       "the platform says that the credential is of another account (%.128s) than "
                       "the campaign's (%.128s): run `%s` as that account",
                       who->id, r->campaign->account, command);
}

/* 0 it is ours; 1 ask again; -1 error */
static int ask_once(struct reads *r, struct platform_identity *who, struct winnow_error *err) {
    struct reads_price price = {MONEY_ACCOUNT, r->platform->price_whoami_micro, 1};
    const struct http_response *response;
    struct http_request request;
    struct reply reply = {0};
    http_request_init(&request);
    int result = r->platform->build_whoami(&request, err);
    if (result == 0)
        result = reads_ask(r, &request, price, &response, err);
    http_request_free(&request);
    if (result != 0)
        return -1;
    r->rows = 1;
    r->platform->read_whoami(response, who, &reply);
    if (reads_settle_alone(r, &reply, err) != 0)
        return -1;
    if (reply.action == REPLY_GO_ON)
        return whose_take(r, who, err);
    return reads_after_trouble(r, &reply, err) == 0 ? 1 : -1;
}

int whose_ask(struct reads *r, struct platform_identity *who, struct winnow_error *err) {
    int result = 1;
    if (reads_agree(r, "asking whose the credential is", r->platform->price_whoami_micro, err) != 0)
        return -1;
    while (result == 1)
        result = ask_once(r, who, err);
    return result;
}
