/* JSON as it streams by: it takes what jansson takes and refuses what jansson refuses, in pieces of
 * any size; texts longer than its buffer, odd escapes, line numbers. */
#include "cmocka_all.h"

#include "formats/base/json_pull.h"
#include "roster/collect.h"

#include <jansson.h>

struct pieces {
    const char *at;
    size_t left, piece;
};

static int give_piece(void *context, char *to, size_t size, size_t *got, struct winnow_error *err) {
    struct pieces *p = context;
    (void)err;
    *got = p->left < p->piece ? p->left : p->piece;
    if (*got > size)
        *got = size;
    memcpy(to, p->at, *got);
    p->at += *got;
    p->left -= *got;
    return 0;
}

static void nobody(void *context, uint64_t bytes) {
    (void)context;
    (void)bytes;
}

struct open_text {
    struct pieces pieces;
    struct roster_sink sink;
    struct lines lines;
    struct json_pull pull;
    struct winnow_error err;
};

static void open_bytes(struct open_text *o, const char *at, size_t size, size_t piece) {
    memset(o, 0, sizeof *o);
    o->pieces = (struct pieces){at, size, piece};
    o->sink.progress = nobody;
    struct lines_source source = {&o->pieces, give_piece};
    assert_int_equal(lines_open_source(&o->lines, source, &o->sink, &o->err), 0);
    pull_start(&o->pull, &o->lines, &o->err);
}

static void close_text(struct open_text *o) {
    lines_close(&o->lines);
}

/* Walk all of it by values and keys. */
static bool walk(struct json_pull *p) {
    enum pull_kind kind = pull_value(p);
    if (kind == PULL_OBJECT) {
        int more;
        while ((more = pull_key(p)) == 1)
            if (!walk(p))
                return false;
        return more == 0;
    }
    if (kind == PULL_LIST) {
        int more;
        while ((more = pull_item(p)) == 1)
            if (!walk(p))
                return false;
        return more == 0;
    }
    return kind != PULL_FAILED;
}

static bool accepts(const char *at, size_t size, size_t piece, bool skip) {
    struct open_text o;
    open_bytes(&o, at, size, piece);
    bool good = skip ? pull_pass(&o.pull) == 0 : walk(&o.pull);
    good = good && pull_look(&o.pull) == '\0' && o.pull.fault == NULL;
    assert_true(good == (o.pull.fault == NULL && o.pull.at == o.pull.end));
    close_text(&o);
    return good;
}

static const char sample[] =
    "{\"a\":[1,-0.5e+3,0,\"x\\n\\u00e9\\ud83d\\ude00\\\"\",true,false,null],\n\"b\":{\"c\":[[],{}, "
    "[{}]],\"\":\"\xC3\xA9\xF0\x9F\x98\x80 plain text of more than eight bytes\"},\"d\":1e5}";

static const char plain[] =
    "{\"a\":[1,-0.5e+3,0,\"x\\n\\t\\\"\",true,false,null],\n\"b\":{\"c\":[[],{}, [{}]],"
    "\"\":\"\xC3\xA9\xF0\x9F\x98\x80 text of more than eight bytes\"},\"d\":1e5}";

/* jansson refuses what is no object or list, and what a double or a long cannot hold; it takes no
 * half of a surrogate pair and no \u0000. Those are left out of the comparison. */
static bool is_comparable(const char *at, size_t size) {
    int digits = 0;
    bool power = false;
    for (size_t i = 0; i < size; i++) {
        bool digit = at[i] >= '0' && at[i] <= '9';
        if (at[i] == '\\' && i + 1 < size && at[i + 1] == 'u')
            return false;
        if (!digit && strchr("eE+-", at[i]) == NULL)
            power = false;
        power = power || at[i] == 'e' || at[i] == 'E';
        digits = digit ? digits + 1 : 0;
        if (digits > (power ? 2 : 6))
            return false;
    }
    return size > 0 && (at[0] == '{' || at[0] == '[');
}

static void as_jansson(void **state) {
    (void)state;
    uint64_t random = 88172645463325252u;
    static const char alphabet[] = "{}[]\",:\\ntrufalse0123456789.eE+- \n\x01\x80\xC3\xA9";
    unsigned agreed = 0;
    unsigned good = 0;
    assert_true(accepts(plain, sizeof plain - 1, 1 << 16, false));
    for (int i = 0; i < 60000; i++) {
        char text[sizeof plain];
        size_t size = sizeof plain - 1;
        memcpy(text, plain, sizeof text);
        size_t changes = collect_random(&random) % 3;
        for (size_t k = 0; k <= changes; k++) {
            uint64_t draw = collect_random(&random);
            size_t at = draw % size;
            if (draw >> 60 < 4) { /* leave a byte out */
                memmove(text + at, text + at + 1, size - at - 1);
                size--;
            } else {
                text[at] = alphabet[(draw >> 32) % (sizeof alphabet - 1)];
            }
        }
        if (!is_comparable(text, size))
            continue;
        json_t *theirs = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
        bool ours = accepts(text, size, 1 + collect_random(&random) % 40, i % 2 == 0);
        if (ours != (theirs != NULL))
            print_error("%.*s\n", (int)size, text);
        assert_true(ours == (theirs != NULL));
        json_decref(theirs);
        agreed++;
        good += ours;
    }
    assert_true(agreed > 3000);
    assert_true(good > 300 && good < agreed - 300);
}

static void every_beginning_in_pieces(void **state) {
    (void)state;
    for (size_t piece = 1; piece < 20; piece += 3)
        for (size_t size = 0; size < sizeof sample; size++) {
            bool whole = size == sizeof sample - 1;
            assert_true(accepts(sample, size, piece, false) == whole);
            assert_true(accepts(sample, size, piece, true) == whole);
        }
}

static void refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "nul",
        "tru",
        "01",
        "-",
        "1.",
        "1e",
        "1e+",
        ".5",
        "+1",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{1:2}",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\x1F\"",
        "\"\xFF\"",
        "\"\xC3\"",
        "[\"\xED\xA0\x80\"]",
        "\"a",
        "\"\\",
        "\"\\u12",
        "nan",
        "'a'",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (size_t piece = 1; piece < 12; piece += 5) {
            assert_false(accepts(bad[i], strlen(bad[i]), piece, false));
            assert_false(accepts(bad[i], strlen(bad[i]), piece, true));
        }
    assert_false(accepts("[1]\0", 4, 8, false));
    assert_false(accepts("[\"\0\"]", 5, 8, false));
}

static void deep(void **state) {
    (void)state;
    char text[2 * JSON_PULL_DEPTH + 2];
    memset(text, '[', JSON_PULL_DEPTH + 1);
    memset(text + JSON_PULL_DEPTH + 1, ']', JSON_PULL_DEPTH + 1);
    assert_false(accepts(text, sizeof text, 7, true));
    assert_true(accepts(text + 1, sizeof text - 2, 7, true));
}

static void assert_text(const char *json, size_t piece, const char *expected, bool cut) {
    struct open_text o;
    open_bytes(&o, json, strlen(json), piece);
    assert_int_equal(pull_value(&o.pull), PULL_TEXT);
    assert_int_equal(o.pull.text.size, strlen(expected));
    assert_memory_equal(o.pull.text.at, expected, strlen(expected));
    assert_int_equal(o.pull.cut, cut);
    close_text(&o);
}

static void texts(void **state) {
    (void)state;
    for (size_t piece = 1; piece < 30; piece += 4) {
        assert_text("\"\"", piece, "", false);
        assert_text(" \"RT @\xC3\xA9\"", piece, "RT @\xC3\xA9", false);
        assert_text("\"\\u0041\\/\\b\\f\\n\\r\\t\\\\\\\"\"", piece, "A/\b\f\n\r\t\\\"", false);
        assert_text("\"\\u00e9\\u20AC\\ud83d\\ude00\"", piece,
                    "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", false);
        assert_text("\"\\ud83dx\\ude00\\ud83d\"", piece, "\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD",
                    false);
        assert_text("\"\\ud83d\\u0041\"", piece,
                    "\xEF\xBF\xBD"
                    "A",
                    false);
    }
    struct open_text o;
    static const char number[] = "[-12.5e3 ,18446744073709551616000]";
    open_bytes(&o, number, sizeof number - 1, 3);
    assert_int_equal(pull_value(&o.pull), PULL_LIST);
    assert_int_equal(pull_item(&o.pull), 1);
    assert_int_equal(pull_value(&o.pull), PULL_NUMBER);
    assert_true(pull_text_is(&o.pull, "-12.5e3"));
    assert_int_equal(pull_item(&o.pull), 1);
    assert_int_equal(pull_value(&o.pull), PULL_NUMBER);
    assert_true(pull_text_is(&o.pull, "18446744073709551616000"));
    close_text(&o);
}

/* Ten megabytes of text, with characters of four bytes at every place of every piece, keep to the
 * one buffer; a fault deep in it is found. */
static void long_texts(void **state) {
    (void)state;
    struct buffer b;
    buffer_init(&b, 64u << 20);
    buffer_add_text(&b, "{\"k\":\"RT @");
    while (b.size < 10u << 20)
        buffer_add_text(&b, "x\xF0\x9F\x98\x80\\n\\u00e9");
    size_t middle = b.size / 2;
    buffer_add_text(&b, "\",\n\"m\":7}");
    for (size_t piece = 4095; piece < 500000; piece = piece * 3 + 1) {
        struct open_text o;
        open_bytes(&o, b.at, b.size, piece);
        assert_int_equal(pull_value(&o.pull), PULL_OBJECT);
        assert_int_equal(pull_key(&o.pull), 1);
        assert_int_equal(pull_value(&o.pull), PULL_TEXT);
        assert_true(o.pull.cut && o.pull.text.size <= JSON_PULL_TEXT_MAX);
        assert_memory_equal(o.pull.text.at, "RT @x", 5);
        assert_int_equal(pull_line(&o.pull), 1);
        assert_int_equal(pull_key(&o.pull), 1);
        assert_int_equal(pull_line(&o.pull), 2);
        assert_true(pull_text_is(&o.pull, "m"));
        assert_int_equal(pull_pass(&o.pull), 0);
        assert_int_equal(pull_key(&o.pull), 0);
        close_text(&o);
    }
    while ((unsigned char)b.at[middle] != 0xF0)
        middle++;
    b.at[middle + 1] = 'x';
    assert_false(accepts(b.at, b.size, 65536, true));
    buffer_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_jansson), cmocka_unit_test(every_beginning_in_pieces),
        cmocka_unit_test(refused),    cmocka_unit_test(deep),
        cmocka_unit_test(texts),      cmocka_unit_test(long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
