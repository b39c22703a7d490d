/* The set of what a fetch has seen: each mark is new once, through every growth, and forgotten. */
#include "cmocka_all.h"

#include "core/base/mix.h"
#include "work/pages/seen.h"

#include <string.h>

static struct text text_of(const char *z) {
    return (struct text){z, (uint32_t)strlen(z)};
}

static void each_is_new_once(void **state) {
    (void)state;
    struct seen s = {0};
    bool is_new;
    assert_false(seen_has(&s, 7));
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 1; i <= 50000; i++) {
            assert_int_equal(seen_add(&s, mix64_nth(3, i) | 1, &is_new, NULL), 0);
            assert_true(is_new == (round == 0));
        }
    assert_int_equal(s.count, 50000);
    assert_true(seen_has(&s, mix64_nth(3, 50000) | 1));
    assert_false(seen_has(&s, mix64_nth(3, 50001) | 1));
    seen_free(&s);
    assert_int_equal(s.count, 0);
    assert_int_equal(seen_add(&s, mix64_nth(3, 1) | 1, &is_new, NULL), 0);
    assert_true(is_new);
    seen_free(&s);
}

/* A person and a thing; neither the border between the two nor the kind is lost. */
static void marks_differ(void **state) {
    (void)state;
    uint64_t mark = seen_mark('s', text_of("12"), text_of("3"));
    assert_true(mark != 0 && mark == seen_mark('s', text_of("12"), text_of("3")));
    assert_true(mark != seen_mark('s', text_of("1"), text_of("23")));
    assert_true(mark != seen_mark('c', text_of("12"), text_of("3")));
    assert_true(mark != seen_mark('s', text_of("12"), text_of("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_new_once),
        cmocka_unit_test(marks_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
