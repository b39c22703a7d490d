/* What the worker keeps in the store as JSON: the head of a plan, the note of the last run. The
 * first byte says which. Each is read from a store in a transaction that is then forgotten. What
 * must be true: what is taken is in range for those who read it (status, forecast, the next run),
 * and written again it reads the same. */
#include "fuzz.h"

#include "../unit/temp_directory.h"
#include "store/store.h"
#include "work/budgets/run_note.h"
#include "work/plan/plan_head.h"

static char directory[PATH_MAX];
static struct store *store;
static struct store_campaign campaign = {.name = "obama", .platform = "x", .account = "813286"};

static void leave(void) {
    store_close(store);
    temp_directory_remove(directory);
}

static void open_store(void) {
    struct store_txn *t = NULL;
    struct winnow_error err;
    temp_directory_make(directory);
    MUST(store_open(directory, &store, &err) == 0 && store_write(store, STORE_ALL, &t, &err) == 0);
    MUST(store_campaign_add(t, &campaign, &err) == 0 && store_commit(t, &err) == 0);
    MUST(atexit(leave) == 0);
}

/* What does not parse is taken for a want of memory: the record's checksum is right. */
static void check_damaged(const struct winnow_error *err) {
    MUST(err->code == WINNOW_DAMAGED || err->code == WINNOW_NO_MEMORY);
    MUST(is_printable(err->text, strlen(err->text)));
}

static void check_run_note(struct store_txn *t, const char *json, size_t size) {
    struct run_note n;
    struct run_note again;
    struct limiter l;
    struct winnow_error err = {0};
    MUST(store_note_put(t, campaign.id, STORE_NOTE_RUN, "", json, size, &err) == 0);
    if (run_note_get(t, campaign.id, &n, &err) != 0) {
        check_damaged(&err);
        return;
    }
    MUST(winnow_run_state_name(n.state) != NULL && winnow_code_name(n.code) != NULL);
    MUST(winnow_code_exit(n.code) >= 0 && winnow_code_exit(n.code) <= 7);
    MUST(n.pace == PACE_EVEN || n.pace == PACE_BURST);
    MUST(strnlen(n.reason, sizeof n.reason) < sizeof n.reason);
    MUST(n.quiet.from_min >= 0 && n.quiet.from_min < 1440);
    MUST(n.quiet.to_min >= 0 && n.quiet.to_min < 1440);
    MUST(n.until_ms >= 0);
    limiter_init(&l, n.pace);
    (void)run_note_limiter(&n, &platform_x, &l, &err);
    limiter_free(&l);
    MUST(run_note_put(t, campaign.id, &n, &err) == 0);
    MUST(run_note_get(t, campaign.id, &again, &err) == 0 && run_note_same(&n, &again));
}

static void check_plan_head(struct store_txn *t, const char *json, size_t size) {
    struct plan_head h;
    struct plan_head again;
    struct policy *p = NULL;
    struct winnow_error err = {0};
    MUST(store_plan_put(t, campaign.id, 1, json, size, &err) == 0);
    if (plan_head_get(t, &campaign, 1, &h, &err) != 0) {
        check_damaged(&err);
        return;
    }
    MUST(h.policy != NULL && h.budget_count <= WINNOW_BUDGETS_MAX);
    if (plan_head_policy(&h, &p, &err) == 0)
        policy_free(p);
    MUST(plan_head_put(t, campaign.id, 1, &h, &err) == 0);
    MUST(plan_head_get(t, &campaign, 1, &again, &err) == 0);
    MUST(again.policy_size == h.policy_size && memcmp(again.policy, h.policy, h.policy_size) == 0);
    MUST(again.seed == h.seed && again.max == h.max && again.budget_count == h.budget_count);
    MUST(strcmp(again.plan.digest, h.plan.digest) == 0);
    MUST(again.plan.scheduled == h.plan.scheduled && again.plan.followees == h.plan.followees);
    plan_head_free(&again);
    plan_head_free(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct store_txn *t = NULL;
    struct winnow_error err;
    if (size == 0)
        return 0;
    if (store == NULL)
        open_store();
    MUST(store_write(store, STORE_ALL, &t, &err) == 0);
    char *json = exact_copy(data + 1, size - 1);
    if (data[0] % 2 == 0)
        check_run_note(t, json, size - 1);
    else
        check_plan_head(t, json, size - 1);
    free(json);
    store_abort(t);
    return 0;
}
