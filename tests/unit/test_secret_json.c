/* Secrets as JSON in their files: what is written, read and refused, and that nothing of it stays
 * in memory. */
#include "cmocka_all.h"
#include "io_folder.h"

#include "work/session/secret_json.h"

static void test_round_trip(void **state) {
    static const char hard[] = "a\"b\\c\n\x01\x7f\xc3\xa9";
    struct folder_path path = in_folder(state, "secrets/one");
    struct winnow_error err = {0};
    struct secret_json file;
    char text[256], room[sizeof hard];
    size_t size;
    secret_json_begin(&file);
    secret_json_text(&file, "access", hard);
    secret_json_text(&file, "refresh", "");
    secret_json_number(&file, "renew_ms", -5);
    assert_int_equal(secret_json_write(&file, path.text, &err), 0);
    for (size_t i = 0; i < sizeof file; i++)
        assert_int_equal(((const char *)&file)[i], 0);
    assert_int_equal(secret_file_read(path.text, text, sizeof text, &size, &err), 0);
    assert_string_equal(text,
                        "{\"access\":\"a\\\"b\\\\c\\u000a\\u0001\x7f\xc3\xa9\",\"refresh\":\"\","
                        "\"renew_ms\":-5}");
    json_t *root = secret_json_read(path.text, &err);
    assert_true(secret_json_copy(root, "access", room, sizeof room));
    assert_string_equal(room, hard);
    assert_false(secret_json_copy(root, "access", room, sizeof room - 1)); /* no room for it */
    assert_true(secret_json_copy(root, "refresh", room, 1));
    assert_false(secret_json_copy(root, "renew_ms", room, sizeof room)); /* no text */
    assert_false(secret_json_copy(root, "none", room, sizeof room));
    json_decref(root);
}

static void test_what_cannot_be_written(void **state) {
    struct folder_path path = in_folder(state, "secrets/one");
    struct winnow_error err = {0};
    struct secret_json file;
    static char large[SECRET_FILE_MAX];
    memset(large, 'x', sizeof large - 1);
    const char *const values[] = {"\xff", large};
    for (size_t i = 0; i < 2; i++) {
        secret_json_begin(&file);
        secret_json_text(&file, "access", values[i]);
        assert_int_equal(secret_json_write(&file, path.text, &err), -1);
        assert_int_equal(err.code, WINNOW_BAD_INPUT);
        assert_int_equal(file.text[1], 0);
        assert_null(secret_json_read(path.text, NULL)); /* nothing is there */
    }
}

static void test_no_json_is_an_empty_object(void **state) {
    struct folder_path path = in_folder(state, "secrets/one");
    struct winnow_error err = {0};
    char room[8];
    assert_int_equal(secret_file_write(path.text, "{\"a\":", 5, &err), 0);
    json_t *root = secret_json_read(path.text, &err);
    assert_non_null(root);
    assert_false(secret_json_copy(root, "a", room, sizeof room));
    json_decref(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_written, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(test_no_json_is_an_empty_object, folder_make,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
