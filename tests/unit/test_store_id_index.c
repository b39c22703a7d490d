/* Ids gathered in memory: found by their bytes, and sorted as LMDB sorts keys, whatever they share.
 */
#include "store_world.h"

#include "store/tables/id_index.h"

#include <stdio.h>

#define COUNT 20000

/* Many share their first eight bytes, some are the beginning of others, some have zero bytes. */
static size_t make_id(struct dice *dice, uint32_t i, char id[40]) {
    static const char *const heads[] = {"", "12345678", "123456789012", "did:plc:", "z"};
    size_t size = (size_t)snprintf(id, 40, "%s%u", heads[dice_below(dice, 5)], i);
    if (dice_below(dice, 10) == 0)
        id[size++] = '\0';
    return size;
}

static int by_bytes(const struct id_index *x, const struct id_entry *a, const struct id_entry *b) {
    uint32_t least = a->size < b->size ? a->size : b->size;
    int order = memcmp(x->bytes + a->at, x->bytes + b->at, least);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static void fill(struct id_index *x, uint64_t seed) {
    struct dice dice = {seed};
    char id[40];
    for (uint32_t i = 0; i < COUNT; i++) {
        size_t size = make_id(&dice, i, id);
        assert_null(id_index_find(x, id, size));
        assert_true(id_index_add(x, id, size, i));
    }
}

static void test_found_by_their_bytes(void **state) {
    (void)state;
    struct id_index x = {0};
    struct dice dice = {7};
    char id[40];
    id_index_expect(&x, "nobody", 6); /* an empty index has no place to fetch */
    fill(&x, 7);
    for (uint32_t i = 0; i < COUNT; i++) {
        size_t size = make_id(&dice, i, id);
        id_index_expect(&x, id, size);
        const struct id_entry *e = id_index_find(&x, id, size);
        assert_non_null(e);
        assert_int_equal(e->number, i);
    }
    assert_null(id_index_find(&x, "12345678", 8)); /* the beginning of many */
    id_index_free(&x);
}

static void test_sorted_by_their_bytes(void **state) {
    (void)state;
    struct id_index x = {0};
    bool seen[COUNT] = {false};
    fill(&x, 8);
    assert_true(id_index_sort(&x));
    assert_int_equal(x.count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        if (i > 0)
            assert_true(by_bytes(&x, &x.entries[i - 1], &x.entries[i]) < 0);
        assert_false(seen[x.entries[i].number]);
        seen[x.entries[i].number] = true;
    }
    id_index_free(&x);
}

static void test_nothing_sorts(void **state) {
    (void)state;
    struct id_index x = {0};
    assert_true(id_index_sort(&x));
    assert_true(id_index_add(&x, "1", 1, 0));
    assert_true(id_index_sort(&x));
    assert_int_equal(x.entries[0].number, 0);
    id_index_free(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_by_their_bytes),
        cmocka_unit_test(test_sorted_by_their_bytes),
        cmocka_unit_test(test_nothing_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
