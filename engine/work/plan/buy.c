/* Profiles bought just ahead of the cursor: see buy.h. Happy path: an answer is kept as it came,
 * then merged into the roster with the evidence of it, in the transaction of the next turn. Fails
 * as the store does, and where nobody allowed money for it. */
#include "work/plan/buy.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/expr/expr.h"
#include "platform/handles.h"
#include "platform/platform.h"
#include "work/budgets/money.h"
#include "work/campaign/batch.h"
#include "work/evidence/evidence.h"
#include "work/plan/plan_head.h"

/* A batch says of when its facts are; a run goes on for months. */
#define BATCH_MS INT64_C(86400000)

const fact_set buy_facts = FACT_BIT(FOLLOWERS) | FACT_BIT(FOLLOWING) | FACT_BIT(POSTS) |
                           FACT_BIT(CREATED_AT) | FACT_BIT(LAST_POST_AT) | FACT_BIT(VERIFIED) |
                           FACT_BIT(PROTECTED) | FACT_BIT(NAME) | FACT_BIT(BIO) |
                           FACT_BIT(DEFAULT_AVATAR) | FACT_BIT(FOLLOWS_ME);

bool buy_has_profile(const struct facts *f) {
    return facts_known(f, FACT_FOLLOWERS) && facts_known(f, FACT_POSTS);
}

const struct platform_ask *buy_ask(const struct platform *p) {
    const struct platform_source *s = platform_source(p, DATASET_PROFILES, SOURCE_NEXT);
    return s != NULL && source_price_micro(s) > 0 ? s->ask : NULL;
}

int buy_check(const struct platform *p, const char *campaign, int64_t max_cost_micro,
              struct winnow_error *err) {
    const struct platform_ask *ask = buy_ask(p);
    char each[MONEY_TEXT_MAX];
    char unfollow[MONEY_TEXT_MAX];
    if (ask == NULL)
        return winnow_fail(err, WINNOW_USAGE,
                           "%s gives profiles for nothing: run `winnow fetch %s` and `winnow plan "
                           "%s`, then run without --buy-profiles",
                           p->title, campaign, campaign);
    if (max_cost_micro > 0)
        return 0;
    money_text(ask->price_micro, each);
    money_text(p->actions[ACTION_UNFOLLOW].price_micro, unfollow);
    return winnow_fail(err, WINNOW_USAGE,
                       "profiles cost money on %s, up to %s each besides the %s of an unfollow, "
                       "and nobody agreed to it: say what the campaign may spend in all with "
                       "--max-cost AMOUNT",
                       p->title, each, unfollow);
}

void buy_open(struct buy *b, const struct platform *p) {
    *b = (struct buy){.ask = buy_ask(p)};
    buffer_init(&b->answer, HTTP_RESPONSE_MAX);
}

void buy_close(struct buy *b) {
    if (b->ask != NULL)
        buffer_free(&b->answer);
    b->ask = NULL;
}

/* ---- the policy ---- */

static bool reads_profile(const char *rule) {
    struct expr *e;
    struct expr_error error;
    if (expr_compile(rule, strlen(rule), &e, &error) != 0)
        return false;
    bool reads = (expr_facts(e) & buy_facts) != 0;
    expr_free(e);
    return reads;
}

/* Move what was set aside for want of profiles behind the rules that keep. */
static int take_back(json_t *root, struct winnow_error *err) {
    json_t *keep = json_object_get(root, "keep");
    size_t i;
    json_t *rule;
    json_array_foreach(json_object_get(root, "aside"), i, rule) {
        if (json_is_string(rule) && reads_profile(json_string_value(rule)) &&
            json_array_append(keep, rule) != 0)
            return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    }
    return 0;
}

int buy_policy(const struct plan_head *head, struct policy **out, struct winnow_error *err) {
    if (head->plan.goal[0] == '\0')
        return plan_head_policy(head, out, err);
    json_t *root = json_loadb(head->policy, head->policy_size, 0, NULL);
    char *json = NULL;
    int result = root == NULL ? winnow_fail(err, WINNOW_DAMAGED, "the plan's policy is no JSON")
                              : take_back(root, err);
    if (result == 0 && (json = json_dumps(root, JSON_COMPACT)) == NULL)
        result = winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    json_decref(root);
    if (result == 0)
        result = policy_compile("the plan's policy", json, strlen(json), out, err);
    free(json);
    return result;
}

/* ---- whom to ask for ---- */

int buy_alike(struct store_txn *t, const struct buy_range *range, bool known, uint32_t *alike,
              struct winnow_error *err) {
    for (*alike = 0; *alike < range->count; ++*alike) {
        struct store_entry e;
        struct facts f;
        if (store_schedule_get(t, range->campaign, range->plan, range->from + *alike, &e, err) !=
                0 ||
            store_followee_get(t, range->campaign, e.number, STORE_FACTS, &f, err) != 0)
            return -1;
        if (buy_has_profile(&f) != known)
            return 0;
    }
    return 0;
}

/* ---- what came ---- */

static int count_only(void *context, const struct facts *row) {
    (void)context, (void)row;
    return 0;
}

static int64_t price_of(const struct buy *b, const struct platform_account *who,
                        const struct http_response *in) {
    struct buffer next;
    struct reply ignored = {0};
    buffer_init(&next, HTTP_TARGET_MAX);
    struct platform_page page = {.each = count_only, .next = &next};
    (void)b->ask->read(who, in, &page, &ignored);
    buffer_free(&next);
    return (int64_t)(page.count + page.skipped) * b->ask->price_micro - page.less_micro;
}

int64_t buy_hear(struct buy *b, const struct platform_account *who,
                 const struct http_response *in) {
    buffer_clear(&b->answer);
    buffer_add(&b->answer, in->body.at, in->body.size);
    b->received_ms = in->received_ms;
    return price_of(b, who, in);
}

bool buy_is_heard(const struct buy *b) {
    return b->ask != NULL && (b->answer.size > 0 || b->answer.failed);
}

struct taking {
    struct store_txn *txn;
    struct store_campaign campaign;
    const struct platform *platform;
    const struct relation_asking *look;
    uint16_t batch;
    uint32_t told;
    struct winnow_error *err;
};

static bool was_asked_for(const struct relation_asking *l, struct text id) {
    for (uint32_t i = 0; i < l->count; i++)
        if (strlen(l->asked[i].id) == id.size && memcmp(l->asked[i].id, id.at, id.size) == 0)
            return true;
    return false;
}

static int buy_take(void *context, const struct facts *row) {
    struct taking *k = context;
    struct facts facts = *row;
    char handle[FACT_HANDLE_MAX + 1];
    enum store_change change;
    uint32_t number;
    if (!facts_known(row, FACT_ID) || !was_asked_for(k->look, facts_text(row, FACT_ID)))
        return 0;
    k->told += buy_has_profile(row);
    facts_came_from(&facts, k->batch);
    platform_handle_of(k->platform, k->campaign.server, &facts, handle);
    return store_followee_merge(k->txn, &k->campaign, &facts, true, &change, &number, k->err);
}

static int buy_read_rows(const struct buy *b, struct taking *k) {
    struct platform_account who = {k->campaign.account, k->campaign.handle, 0, false};
    struct http_response in = {.end = HTTP_DONE,
                               .status = 200,
                               .body = {buffer_text(&b->answer), (uint32_t)b->answer.size},
                               .received_ms = b->received_ms};
    struct buffer next;
    struct reply ignored = {0};
    buffer_init(&next, HTTP_TARGET_MAX);
    struct platform_page page = {.each = buy_take, .context = k, .next = &next};
    int result = b->ask->read(&who, &in, &page, &ignored);
    buffer_free(&next);
    return result;
}

static int begin_batch(struct buy *b, struct taking *k, int64_t now_ms) {
    const struct batch_start start = {"fetch", now_ms, now_ms};
    if (b->batch == 0 || now_ms - b->batch_ms >= BATCH_MS) {
        if (batch_start(k->txn, &k->campaign, &start, &b->batch, k->err) != 0)
            return -1;
        b->batch_ms = now_ms;
    }
    k->batch = b->batch;
    return 0;
}

/* They are some of the roster, unless all of it was known before. */
static int put_evidence(const struct taking *k, int64_t now_ms) {
    struct evidence e;
    if (evidence_get(k->txn, k->campaign.id, DATASET_PROFILES, &e, k->err) != 0)
        return -1;
    if (e.state == WINNOW_SET_COMPLETE || k->told == 0)
        return 0;
    uint64_t known = k->told + (e.state == WINNOW_SET_PARTIAL ? e.count : 0);
    e = (struct evidence){
        .state = WINNOW_SET_PARTIAL,
        .as_of_ms = now_ms,
        .count = known,
        .expected = k->campaign.followees,
        .batch = k->batch,
        .people = k->campaign.followees,
        .why = why_counts(REASON_NOT_BOUGHT, known, k->campaign.followees),
    };
    return evidence_put(k->txn, k->campaign.id, DATASET_PROFILES, &e, k->err);
}

int buy_store(struct buy *b, struct store_txn *t, const struct store_campaign *campaign,
              const struct relation_asking *look, int64_t now_ms, uint32_t *told,
              struct winnow_error *err) {
    struct taking k = {.txn = t, .platform = look->platform, .look = look, .err = err};
    if (b->answer.failed)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the profiles that came");
    if (store_campaign_find(t, campaign->name, &k.campaign, err) != 0 ||
        begin_batch(b, &k, now_ms) != 0 || buy_read_rows(b, &k) != 0 ||
        put_evidence(&k, now_ms) != 0 || store_campaign_put(t, &k.campaign, err) != 0)
        return -1;
    *told = k.told;
    buffer_clear(&b->answer);
    return 0;
}
