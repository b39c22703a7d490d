/* login, by a token or a password: take it, ask the platform whose it is, and only then write its
 * file. Happy path: the account is the campaign's; its id and handle are stored with the campaign.
 * Fails with WINNOW_CREDENTIAL when the platform refuses it or it is another account's; nothing is
 * written then.
 *
 * On Bluesky an account can move to another server and stays the same DID: then the campaign moves
 * with it, by a login there. What was counted against its budgets goes along. */
#include <string.h>

#include "work/budgets/budgets.h"
#include "work/budgets/money.h"
#include "work/budgets/run_note.h"
#include "work/login/login.h"
#include "work/session/whose.h"

/* ---- the request counts like any other ---- */

static const struct budget_load whoami = {.read = true, .call = CALL_WHOAMI};

/* What it costs to ask whose credential it is: booked before, and given back where the platform's
 * answer was a refusal. Logging in is the user's own wish, and needs the question. */
static int charge_money(struct caller *c, struct store_txn *t, int64_t price_micro, bool answered,
                        struct winnow_error *err) {
    if (!answered)
        return money_book(t, c->campaign->id, MONEY_ACCOUNT, price_micro, 0, err);
    bool refused = c->response.end == HTTP_NOT_SENT || c->response.end == HTTP_REFUSED ||
                   (c->response.end == HTTP_DONE && c->response.status / 100 != 2);
    return !refused ? 0 : money_give_back(t, c->campaign->id, MONEY_ACCOUNT, price_micro, err);
}

/* Write to the stored budgets that the request is about to leave, or (`answered`) that it did;
 * without that, a run right after a login would go over by one. */
static int login_charge(struct caller *c, struct limiter *l, struct store_txn *t,
                        int64_t price_micro, bool answered, struct winnow_error *err) {
    struct run_note note;
    int64_t now_ms = clock_now(&c->winnow->clock);
    budgets_own_beside(l);
    if (answered) {
        limiter_settle(l, whoami, now_ms);
        if (budgets_sync(l, t, c->campaign, now_ms, err) != 0)
            return -1;
    } else if (run_note_get(t, c->campaign->id, &note, err) != 0 ||
               run_note_limiter(&note, c->platform, l, err) != 0 ||
               budgets_load(l, t, c->campaign, now_ms, err) != 0 ||
               limiter_hold(l, whoami, now_ms, err) != 0) {
        return -1;
    }
    if (charge_money(c, t, price_micro, answered, err) != 0)
        return -1;
    return budgets_save(l, t, c->campaign, err) == 0 ? state_stamp(c->winnow, t, err) : -1;
}

static int count_request(struct caller *c, struct limiter *l, int64_t price_micro, bool answered,
                         struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(c->winnow->store, c->campaign->id, &t, err) != 0)
        return -1;
    if (login_charge(c, l, t, price_micro, answered, err) == 0)
        return store_commit(t, err);
    store_abort(t);
    return -1;
}

/* ---- whose credential it is ---- */

static int take_secret(struct credential *to, const char *secret, struct winnow_error *err) {
    size_t size = strlen(secret);
    if (size == 0 || size > PLATFORM_TOKEN_MAX)
        return winnow_fail(err, WINNOW_USAGE, "the token is %s: give it on standard input",
                           size == 0 ? "empty" : "too long");
    for (size_t i = 0; i < size; i++)
        if (secret[i] <= ' ' || secret[i] == 0x7f)
            return winnow_fail(err, WINNOW_USAGE,
                               "the token has a space or control character in it: give it alone, "
                               "on one line");
    memcpy(to->access, secret, size + 1);
    return 0;
}

int login_whoami(struct caller *c, struct platform_identity *who, const struct winnow_hooks *hooks,
                 struct winnow_error *err) {
    struct http_request request;
    const struct http_response *response;
    struct reply reply = {0};
    const char *note = NULL;
    http_request_init(&request);
    int result = c->platform->build_whoami(&request, err);
    if (result == 0)
        result = caller_ask(c, &request, &response, err);
    http_request_free(&request);
    if (result != 0)
        return -1;
    c->platform->read_whoami(response, who, &reply);
    if (reply.action == REPLY_GO_ON && c->platform->read_scopes != NULL)
        c->platform->read_scopes(response, &reply, &note);
    credential_hide(&c->credential, reply.reason);
    if (reply.action == REPLY_REFRESH)
        return winnow_fail(err, WINNOW_CREDENTIAL, "%s: get a new one, then log in again",
                           reply.reason);
    if (reply.action == REPLY_GO_ON && note != NULL)
        hooks_warn(hooks, "%s", note);
    return reply.action == REPLY_GO_ON ? whose_server(c->campaign, who, err)
                                       : reply_fail(&reply, err);
}

static int ask_session(struct caller *c, const char *password, struct platform_identity *who,
                       struct winnow_error *err) {
    struct http_request request;
    const struct http_response *response;
    struct reply reply = {0};
    struct platform_session session = {0};
    http_request_init(&request);
    int result = c->platform->build_session(c->campaign->account, password, &request, err);
    if (result == 0)
        result = caller_ask(c, &request, &response, err);
    if (request.body.at != NULL)
        explicit_bzero(request.body.at, request.body.size);
    http_request_free(&request);
    if (result != 0)
        return -1;
    c->platform->read_session(response, &session, &reply);
    if (reply.action == REPLY_GO_ON) {
        memcpy(c->credential.access, session.access, sizeof session.access);
        memcpy(c->credential.refresh, session.refresh, sizeof session.refresh);
        *who = session.who;
    }
    explicit_bzero(&session, sizeof session);
    credential_hide_text(password, reply.reason);
    return reply.action == REPLY_GO_ON ? whose_server(c->campaign, who, err)
                                       : reply_fail(&reply, err);
}

static bool same_account(const struct store_campaign *c, const struct platform_identity *who) {
    if (c->verified)
        return strcmp(c->account, who->id) == 0;
    return strcmp(c->account, who->id) == 0 || state_same_handle(c, c->account, who->handle);
}

/* What was counted under the names before counts under those of now: another server, or the id and
 * the app that the first login tells. */
static int carry_budgets(struct winnow *w, struct store_txn *t, const struct store_campaign *from,
                         const struct store_campaign *to, struct winnow_error *err) {
    const struct platform *p = platform_find(to->platform);
    int64_t now_ms = clock_now(&w->clock);
    struct run_note note;
    struct limiter here;
    struct limiter there;
    limiter_init(&here, PACE_BURST);
    limiter_init(&there, PACE_BURST);
    budgets_own_beside(&there);
    bool done =
        run_note_get(t, to->id, &note, err) == 0 && run_note_limiter(&note, p, &here, err) == 0 &&
        run_note_limiter(&note, p, &there, err) == 0 &&
        budgets_load(&here, t, from, now_ms, err) == 0 &&
        budgets_load(&there, t, to, now_ms, err) == 0 &&
        budgets_adopt(&there, &here, now_ms, err) == 0 && budgets_save(&there, t, to, err) == 0;
    limiter_free(&here);
    limiter_free(&there);
    return done ? 0 : -1;
}

/* Under the write lock: the campaign may have changed since it was read. `c` has the server that
 * answered, which is another than the stored one where the account has moved. */
static int take_stored(struct winnow *w, struct store_txn *t, struct store_campaign *c,
                       struct winnow_error *err) {
    const struct store_campaign asked = *c;
    if (store_campaign_find(t, asked.name, c, err) != 0)
        return -1;
    if (strcmp(c->server, asked.server) == 0)
        return 0;
    const struct store_campaign before = *c;
    memcpy(c->server, asked.server, sizeof c->server);
    return carry_budgets(w, t, &before, c, err);
}

static int note_account(struct winnow *w, struct store_campaign *c,
                        const struct platform_identity *who, const char *app,
                        struct winnow_error *err) {
    struct store_txn *t;
    if (store_write(w->store, c->id, &t, err) != 0)
        return -1;
    if (take_stored(w, t, c, err) != 0) {
        store_abort(t);
        return -1;
    }
    const struct store_campaign before = *c;
    memcpy(c->account, who->id, sizeof who->id);
    memcpy(c->handle, who->handle, sizeof c->handle);
    snprintf(c->app, sizeof c->app, "%s", app);
    c->verified = true;
    bool renamed = strcmp(before.account, c->account) != 0 || strcmp(before.app, c->app) != 0;
    if ((renamed && carry_budgets(w, t, &before, c, err) != 0) ||
        store_campaign_put(t, c, err) != 0 || state_stamp(w, t, err) != 0) {
        store_abort(t);
        return -1;
    }
    return store_commit(t, err);
}

int login_counted(struct caller *c,
                  int (*ask)(struct caller *c, void *context, struct winnow_error *err),
                  void *context, int64_t price_micro, struct winnow_error *err) {
    struct limiter limiter;
    limiter_init(&limiter, PACE_BURST);
    int result = count_request(c, &limiter, price_micro, false, err);
    if (result == 0) {
        result = ask(c, context, err);
        /* The books must not hide why the platform refused. */
        struct winnow_error *books_err = result == 0 ? err : NULL;
        if (limiter.count > 0 && count_request(c, &limiter, price_micro, true, books_err) != 0)
            result = -1;
    }
    limiter_free(&limiter);
    return result;
}

int login_check(const struct store_campaign *campaign, const struct platform_identity *who,
                struct winnow_error *err) {
    if (same_account(campaign, who))
        return 0;
    return winnow_fail(err, WINNOW_CREDENTIAL,
                       "this credential belongs to %.128s (%.64s), but campaign %s is for "
                       "%.128s: log in as that account, or make another campaign",
                       who->handle, who->id, campaign->name, campaign->account);
}

int login_keep(struct caller *c, struct store_campaign *campaign,
               const struct platform_identity *who, struct winnow_error *err) {
    struct store_txn *t;
    if (store_read(c->winnow->store, &t, err) != 0)
        return -1;
    int alone = campaign_alone(c->winnow, t, campaign, who, err);
    store_abort(t);
    if (alone != 0 || credential_write(c->winnow, campaign, &c->credential, err) != 0)
        return -1;
    return note_account(c->winnow, campaign, who, c->credential.client.id, err);
}

/* ---- a token or a password that was handed over ---- */

struct handed {
    const char *secret;
    const struct winnow_hooks *hooks;
    struct platform_identity who;
};

static int identify(struct caller *c, void *context, struct winnow_error *err) {
    struct handed *handed = context;
    return c->platform->sessions ? ask_session(c, handed->secret, &handed->who, err)
                                 : login_whoami(c, &handed->who, handed->hooks, err);
}

static int login(struct caller *c, struct store_campaign *campaign, struct handed *handed,
                 struct winnow_error *err) {
    if (!c->platform->sessions && take_secret(&c->credential, handed->secret, err) != 0)
        return -1;
    if (login_counted(c, identify, handed, c->platform->price_whoami_micro, err) != 0 ||
        login_check(campaign, &handed->who, err) != 0)
        return -1;
    return login_keep(c, campaign, &handed->who, err);
}

/* Ids of the other platforms are one server's, or there is no other. */
static int move(struct winnow *w, struct store_campaign *c, const struct platform *platform,
                const char *server, struct winnow_error *err) {
    if (!platform->sessions)
        return winnow_fail(err, WINNOW_USAGE,
                           "a campaign on %s cannot move to another server, since its ids are good "
                           "on %s alone: make a new campaign there with `winnow new`",
                           platform->title, c->server);
    return state_refuse_running(w, c->name, err) == 0 ? campaign_server(server, c->server, err)
                                                      : -1;
}

int winnow_login(struct winnow *w, const char *name, const char *secret, const char *server,
                 const struct winnow_hooks *hooks, struct winnow_error *err) {
    struct store_campaign campaign;
    const struct platform *platform;
    struct caller c;
    struct handed handed = {.secret = secret, .hooks = hooks};
    if (state_campaign(w, name, &campaign, &platform, err) != 0 ||
        (server != NULL && move(w, &campaign, platform, server, err) != 0) ||
        caller_open(&c, w, &campaign, platform, err) != 0)
        return -1;
    int result = login(&c, &campaign, &handed, err);
    caller_close(&c);
    state_call_ended(w);
    return result;
}
