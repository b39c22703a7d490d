/* Memory runs out: the Nth allocation is refused, for every N, while a policy is compiled and a
 * plan made. Each time the call says so and nothing leaks (a sanitizer sees that). The sources are
 * included here so that their allocations can be refused; jansson's own are not. */
#include "cmocka_all.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static int refuse_at;   /* the allocation to refuse, counted from 1; 0: none */
static int allocations; /* so far */

static bool refused(void) {
    return ++allocations == refuse_at;
}
static void *frugal_malloc(size_t size) {
    return refused() ? NULL : malloc(size);
}
static void *frugal_calloc(size_t count, size_t size) {
    return refused() ? NULL : calloc(count, size);
}
static void *frugal_realloc(void *at, size_t size) {
    return refused() ? NULL : realloc(at, size);
}

#define malloc  frugal_malloc
#define calloc  frugal_calloc
#define realloc frugal_realloc

/* Names that two of them, or one of them and cmocka, use for something of their own. */
#undef fail
#define read_tops policy_read_tops
#include "core/expr/expr_parse.c"
#include "core/policy/policy_parse.c"
#undef read_tops

#define no_memory    top_no_memory
#define set_capacity top_set_capacity
#include "core/planner/plan_top.c"
#undef no_memory
#undef set_capacity
#include "core/planner/plan_result.c"
#include "core/planner/planner.c"

static const char json[] =
    "{\"keep\": [\"bio ~ 'x' and lang in ('a', 'b')\", \"mutual\"], \"first\": [\"bot\"], "
    "\"score\": {\"posts\": 1}, \"keep_top\": [{\"by\": \"lang\", \"n\": 20, \"of\": \"posts\"}, "
    "{\"by\": \"lang\", \"n\": 1, \"of\": \"followers\"}], \"undecided\": \"schedule\"}";

/* 3,000 followees in 40 groups, so that every array grows. */
static int add_all(struct planner *p, struct winnow_error *err) {
    for (uint32_t i = 0; i < 3000; i++) {
        struct facts f;
        char id[16], lang[16];
        facts_clear(&f);
        (void)snprintf(id, sizeof id, "%u", i);
        (void)snprintf(lang, sizeof lang, "l%u", i % 40);
        facts_set_text(&f, FACT_ID, id, strlen(id));
        facts_set_text(&f, FACT_LANG, lang, strlen(lang));
        facts_set_value(&f, FACT_POSTS, i);
        facts_set_value(&f, FACT_FOLLOWERS, i);
        if (planner_add(p, i, &f, false, err) != 0)
            return -1;
    }
    return 0;
}

/* The whole way; 0 when it came to an end. */
static int plan_once(struct winnow_error *err) {
    const struct planner_options options = {.now_ms = 1000};
    struct policy *policy = NULL;
    struct planner *p = NULL;
    struct plan_result *r = NULL;
    int result = policy_compile("policy.json", json, strlen(json), &policy, err);
    if (result == 0)
        result = planner_init(&p, policy, &options, 0, err);
    if (result == 0)
        result = add_all(p, err);
    if (result == 0)
        result = planner_finish(p, &r, err);
    if (result == 0)
        assert_int_equal(plan_summary(r)->scheduled + plan_summary(r)->kept, 3000);
    plan_free(r);
    planner_free(p);
    policy_free(policy);
    return result;
}

static void test_each_allocation_refused(void **state) {
    (void)state;
    struct winnow_error err = {.code = WINNOW_OK};
    refuse_at = 0;
    assert_int_equal(plan_once(&err), 0);
    int all = allocations;
    assert_true(all > 50);
    for (refuse_at = 1; refuse_at <= all; refuse_at++) {
        allocations = 0;
        err = (struct winnow_error){.code = WINNOW_OK};
        assert_int_equal(plan_once(&err), -1);
        assert_int_equal(err.code, WINNOW_NO_MEMORY);
        assert_non_null(strstr(err.text, "out of memory"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
