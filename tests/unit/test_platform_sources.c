/* The tables of sources: each row has what its way of reading takes, each platform says of every
 * basic dataset how it is told or why it is not, and no sentence is longer than a note holds. */
#include "cmocka_all.h"
#include "platform/platform.h"

#include <string.h>

static void check_calls(const struct platform_source *s) {
    bool paged = s->way == SOURCE_PAGES || s->way == SOURCE_PARTS ||
                 s->way == SOURCE_PARTS_AT_ONCE || s->way == SOURCE_HIDDEN || s->way == SOURCE_REPO;
    bool parts = s->way == SOURCE_PARTS || s->way == SOURCE_PARTS_AT_ONCE;
    bool asks = s->way == SOURCE_ASKED || s->way == SOURCE_HANDLES || s->way == SOURCE_HIDDEN ||
                s->way == SOURCE_NEXT;
    assert_true((s->list != NULL) == paged);
    assert_true((s->held != NULL) == parts);
    assert_true((s->ask != NULL) == asks);
    if (s->list != NULL)
        assert_true(s->list->price_micro == 0 || s->list->page_max > 0);
    if (s->ask != NULL)
        assert_true(s->ask->max > 0 && s->ask->max <= PLATFORM_RELATIONS_MAX);
}

static void check_said(const struct source_said *said) {
    assert_true((said->reason != REASON_NONE) == (said->say != NULL));
    if (said->say != NULL)
        assert_true(strlen(said->say) < WHY_MAX);
}

static void test_rows(void **state) {
    (void)state;
    for (size_t k = 0; platform_at(k) != NULL; k++) {
        const struct platform *p = platform_at(k);
        for (size_t i = 0; i < p->source_count; i++) {
            const struct platform_source *s = &p->sources[i];
            check_calls(s);
            check_said(&s->bound);
            check_said(&s->why_not);
            assert_true((s->way == SOURCE_NONE) == (s->why_not.say != NULL));
            assert_true(s->bound.reason == REASON_NONE || reason_of_source(s->bound.reason));
            assert_true(s->newest == 0 || s->bound.reason == REASON_NEWEST);
        }
    }
}

static void test_every_platform(void **state) {
    (void)state;
    size_t count = 0;
    for (; platform_at(count) != NULL; count++) {
        const struct platform *p = platform_at(count);
        assert_ptr_equal(platform_find(p->name), p);
        assert_ptr_equal(platform_source(p, DATASET_FOLLOWING, SOURCE_PAGES), &p->sources[0]);
        assert_non_null(platform_following(p));
        assert_non_null(platform_source(p, DATASET_FOLLOWING, SOURCE_HANDLES));
        for (int set = DATASET_FOLLOWING; set <= DATASET_REACTIONS; set++)
            assert_true(platform_first_source(p, (enum dataset)set) != NULL ||
                        platform_why_not(p, (enum dataset)set) != NULL);
    }
    assert_int_equal(count, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_every_platform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
