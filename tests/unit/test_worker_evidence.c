/* Notes of evidence and of a fetch's steps: what is put is read again, what an older winnow wrote
 * is read as well, and what a newer one wrote keeps its sentence. */
#include "store_world.h"
#include "work/evidence/evidence.h"
#include "work/pages/fetch_state.h"

#define CAMPAIGN 7

static void put_text(struct world *w, struct store_txn *t, const char *text) {
    world_must(w, store_note_put(t, CAMPAIGN, STORE_NOTE_EVIDENCE, "reactions", text, strlen(text),
                                 &w->err));
}

static struct evidence got(struct world *w, struct store_txn *t) {
    struct evidence e;
    world_must(w, evidence_get(t, CAMPAIGN, DATASET_REACTIONS, &e, &w->err));
    return e;
}

static void test_evidence(void **state) {
    struct world *w = *state;
    struct store_txn *t = world_write(w);
    char words[WHY_MAX];
    struct evidence e = {.state = WINNOW_SET_PARTIAL,
                         .as_of_ms = 5,
                         .count = 6,
                         .expected = 7,
                         .batch = 8,
                         .why = why_counts(REASON_PROFILE_COUNTS, 162, 14)};
    assert_int_equal(got(w, t).state, WINNOW_SET_ABSENT);
    world_must(w, evidence_put(t, CAMPAIGN, DATASET_REACTIONS, &e, &w->err));
    struct evidence back = got(w, t);
    assert_int_equal(back.why.reason, REASON_PROFILE_COUNTS);
    why_sentence(&back.why, words);
    assert_string_equal(words, "the profile counts 162, 14 more than the list has");
    assert_int_equal(back.expected, 7);
    store_abort(t);
}

static void test_older_and_newer_evidence(void **state) {
    struct world *w = *state;
    struct store_txn *t = world_write(w);
    char words[WHY_MAX];
    put_text(w, t,
             "{\"state\":1,\"as_of_ms\":5,\"count\":6,\"expected\":0,\"batch\":2,"
             "\"why\":\"3 rows were not understood\"}");
    struct evidence old = got(w, t);
    assert_int_equal(old.state, WINNOW_SET_PARTIAL);
    assert_int_equal(old.why.reason, REASON_SAID);
    why_sentence(&old.why, words);
    assert_string_equal(words, "3 rows were not understood");
    put_text(w, t,
             "{\"state\":2,\"as_of_ms\":5,\"count\":6,\"expected\":0,\"batch\":2,\"why\":\"\"}");
    assert_int_equal(got(w, t).why.reason, REASON_NONE);
    put_text(w, t,
             "{\"state\":1,\"as_of_ms\":5,\"count\":6,\"expected\":0,\"batch\":2,"
             "\"reason\":9999,\"n\":1,\"m\":2,\"why\":\"words of tomorrow\"}");
    struct evidence newer = got(w, t);
    why_sentence(&newer.why, words);
    assert_string_equal(words, "words of tomorrow");
    store_abort(t);
}

/* The layout of a step's note, which is older than the names of its fields. */
static void test_state_layout(void **state) {
    struct world *w = *state;
    struct store_txn *t = world_write(w);
    unsigned char bytes[2 + 4 + 8 * 8 + 3] = {2, 0, 3};
    for (size_t i = 0; i < 8; i++)
        bytes[6 + 8 * i] = (unsigned char)(10 + i);
    memcpy(bytes + sizeof bytes - 3, "abc", 3);
    world_must(w,
               store_note_put(t, CAMPAIGN, STORE_NOTE_FETCH, "step", bytes, sizeof bytes, &w->err));
    static const enum fetch_kind kinds[] = {FETCH_KIND_FOLLOWING, FETCH_KIND_FOLLOWERS,
                                            FETCH_KIND_ASKED,     FETCH_KIND_HIDDEN,
                                            FETCH_KIND_LISTS,     FETCH_KIND_TALK};
    struct fetch_state all[6];
    struct buffer cursor;
    buffer_init(&cursor, HTTP_TARGET_MAX);
    for (size_t i = 0; i < 6; i++) {
        all[i] = (struct fetch_state){.kind = kinds[i]};
        assert_int_equal(fetch_state_load(t, CAMPAIGN, "step", &all[i], &cursor, &w->err), 1);
        assert_int_equal(all[i].batch, 2);
        assert_int_equal(all[i].begun_ms, 10);
        assert_int_equal(all[i].told, 11);
        assert_int_equal(all[i].rows, 12);
        assert_int_equal(all[i].skipped, 15);
        assert_int_equal(all[i].pages, 16);
        assert_int_equal(all[i].roster, 17);
        assert_string_equal(buffer_text(&cursor), "abc");
    }
    assert_int_equal(all[0].following.with_counts, 13);
    assert_int_equal(all[1].followers.known, 13);
    assert_int_equal(all[2].asked.next, 3);
    assert_int_equal(all[2].asked.with_counts, 13);
    assert_int_equal(all[2].asked.with_follow, 14);
    assert_int_equal(all[3].hidden.next, 3);
    assert_int_equal(all[3].hidden.alone, 13);
    assert_int_equal(all[3].hidden.gone, 14);
    assert_int_equal(all[4].lists.part, 3);
    assert_int_equal(all[4].lists.members, 13);
    assert_int_equal(all[5].talk.source, 3);
    assert_int_equal(all[5].talk.datasets, 13);
    for (size_t i = 2; i < 4; i++) { /* the kinds that use every place */
        const void *note;
        size_t size;
        world_must(w, fetch_state_save(t, CAMPAIGN, "again", &all[i], &cursor, &w->err));
        assert_int_equal(
            store_note_get(t, CAMPAIGN, STORE_NOTE_FETCH, "again", &note, &size, &w->err), 1);
        assert_int_equal(size, sizeof bytes);
        assert_memory_equal(note, bytes, size);
    }
    bytes[0] = 0;
    world_must(w, store_note_put(t, CAMPAIGN, STORE_NOTE_FETCH, "step", bytes, 9, &w->err));
    assert_int_equal(fetch_state_load(t, CAMPAIGN, "step", &all[0], &cursor, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_DAMAGED);
    buffer_free(&cursor);
    store_abort(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_evidence, world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_older_and_newer_evidence, world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_state_layout, world_make, world_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
