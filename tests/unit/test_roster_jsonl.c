/* Roster JSONL: every fact, every kind of bad line, and input that means harm. */
#include "cmocka_all.h"

#include "roster/collect.h"

static void every_fact(void **state) {
    (void)state;
    assert_told(
        ROSTER_JSONL,
        "{\"id\":\"123\",\"handle\":\"alice\",\"name\":\"Alice\",\"bio\":\"hi\",\"lang\":\"en\","
        "\"followers\":10,\"following\":20,\"posts\":300,\"created_at\":\"1970-01-01T00:00:01Z\","
        "\"followed_at\":\"1970-01-02\",\"last_post_at\":\"1970-01-01T01:00:00.5+01:00\","
        "\"follows_me\":true,\"verified\":false,\"bot\":true,\"protected\":false,"
        "\"suspended\":true,\"deleted\":false,\"moved\":true,\"default_avatar\":false,"
        "\"lists\":[\"vip\",\"press\"],\"interactions\":3,"
        "\"last_interaction_at\":\"1969-12-31T23:59:59Z\"}\n",
        "followee id=123 handle=alice name=Alice bio=hi lang=en lists=vip|press| followers=10 "
        "following=20 posts=300 interactions=3 created_at=1000 followed_at=86400000 "
        "last_post_at=500 last_interaction_at=-1000 follows_me=yes verified=no bot=yes "
        "protected=no suspended=yes deleted=no moved=yes default_avatar=no\n");
}

static void good_values(void **state) {
    (void)state;
    static const struct {
        const char *line, *told;
    } table[] = {
        {"{\"id\":1900000000000000000}", "followee id=1900000000000000000\n"},
        {"{\"id\":12345678901234567890123}", "followee id=12345678901234567890123\n"},
        {"{\"id\":\"did:plc:abc\"}", "followee id=did:plc:abc\n"},
        {"{\"id\":\"\\u0041\\n\"}", "1: \"id\" holds a control character.\n"},
        {"{\"id\":\"\\u0041b\"}", "followee id=Ab\n"},
        {"{\"id\":\"1\",\"bot\":null,\"posts\":null,\"lists\":null,\"handle\":null,"
         "\"created_at\":null}",
         "followee id=1\n"},
        {"{\"id\":\"1\",\"handle\":\"@bob\"}", "followee id=1 handle=bob\n"},
        {"{\"id\":\"1\",\"handle\":\"\",\"lang\":\"\"}", "followee id=1\n"},
        {"{\"id\":\"1\",\"name\":\"\",\"bio\":\"\"}", "followee id=1 name= bio=\n"},
        {"{\"id\":\"1\",\"name\":\"\\ud83d\\ude00\"}", "followee id=1 name=\xF0\x9F\x98\x80\n"},
        {"{\"id\":\"1\",\"name\":\"a\\\"b\\\\c\",\"bio\":\"\\t\",\"handle\":\"\\u0063\"}",
         "followee id=1 handle=c name=a\"b\\c bio=\t\n"},
        {"{\"id\":\"1\",\"lists\":[]}", "followee id=1 lists=\n"},
        {"{\"id\":\"1\",\"lists\":[\"\",\"\\u0061\",\"b c\"]}", "followee id=1 lists=a|b c|\n"},
        {"{\"id\":\"1\",\"posts\":9007199254740992}", "followee id=1 posts=9007199254740992\n"},
        {"{\"id\": \"1\", \"lists\": [\"a\", \"b\"], \"x\": null}", "followee id=1 lists=a|b|\n"},
        {"{\"id\":\"1\",\"lists\":[ \"a\" , \"b\" ] , \"bot\" : true }",
         "followee id=1 lists=a|b| bot=yes\n"},
        {"{\"id\":\"12345678\",\"name\":\"1234567\",\"bio\":\"123456789\"}",
         "followee id=12345678 name=1234567 bio=123456789\n"},
        {"{\"id\":\"1\",\"last_interXXXion_at\":1,\"followinG\":1,\"\":1,\"a\":1,\"ab\":1,\"bot2\":"
         "1}",
         "followee id=1\n"},
        {"{\"id\":\"1\",\"posts\":0}", "followee id=1 posts=0\n"},
        {"  {  \"id\" : \"1\" }  ", "followee id=1\n"},
        {"{\"\\u0069d\":\"1\"}", "followee id=1\n"},
        {"{\"x\":{\"id\":[1,{\"a\":null}]},\"id\":\"1\",\"y\":[true,1.5,\"z\"]}",
         "followee id=1\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char spaced[512];
        snprintf(spaced, sizeof spaced, " %s", table[i].line); /* past the fast reader */
        assert_told(ROSTER_JSONL, table[i].line, table[i].told);
        assert_told(ROSTER_JSONL, spaced, table[i].told);
    }
}

static void bad_lines(void **state) {
    (void)state;
    static const struct {
        const char *line, *why;
    } table[] = {
        {"{}", "There is no \"id\" and no \"handle\"."},
        {"{\"id\":null}", "There is no \"id\" and no \"handle\"."},
        {"{\"id\":\"\"}", "\"id\" is empty."},
        {"{\"id\":1.0}", "\"id\" is the number 1.0; expected an id as text or as a whole number."},
        {"{\"id\":1e3}", "\"id\" is the number 1e3; expected an id as text or as a whole number."},
        {"{\"id\":-1}", "\"id\" is the number -1; expected an id as text or as a whole number."},
        {"{\"id\":true}", "\"id\" is true; expected an id as text or as a whole number."},
        {"{\"id\":[]}", "\"id\" is a list; expected an id as text or as a whole number."},
        {"{\"id\":{}}", "\"id\" is an object; expected an id as text or as a whole number."},
        {"{\"id\":\"a\\u0000\"}", "\"id\" holds a NUL character."},
        {"{\"id\":\"a\\u007f\"}", "\"id\" holds a control character."},
        {"{\"id\":\"a\\u0085\"}", "\"id\" holds a control character."},
        {"{\"id\":\"1\",\"id\":\"2\"}", "\"id\" stands there twice."},
        {"{\"id\":\"1\",\"bot\":null,\"bot\":true}", "\"bot\" stands there twice."},
        {"{\"id\":\"1\",\"bot\":1}", "\"bot\" is the number 1; expected true or false."},
        {"{\"id\":\"1\",\"bot\":\"yes\"}", "\"bot\" is the text \"yes\"; expected true or false."},
        {"{\"id\":\"1\",\"posts\":-1}",
         "\"posts\" is the number -1; expected a whole number from 0 to 9007199254740992."},
        {"{\"id\":\"1\",\"posts\":1.5}",
         "\"posts\" is the number 1.5; expected a whole number from 0 to 9007199254740992."},
        {"{\"id\":\"1\",\"posts\":9007199254740993}",
         "\"posts\" is the number 9007199254740993; expected a whole number from 0 to "
         "9007199254740992."},
        {"{\"id\":\"1\",\"posts\":99999999999999999999999999999999999999999999999999}",
         "\"posts\" is the number 9999999999999999999999999999999999999999...; expected a whole "
         "number from 0 to 9007199254740992."},
        {"{\"id\":\"1\",\"posts\":\"12\"}",
         "\"posts\" is the text \"12\"; expected a whole number from 0 to 9007199254740992."},
        {"{\"id\":\"1\",\"posts\":false}",
         "\"posts\" is false; expected a whole number from 0 to 9007199254740992."},
        {"{\"id\":\"1\",\"name\":7}", "\"name\" is the number 7; expected text."},
        {"{\"id\":\"1\",\"name\":[\"a\"]}", "\"name\" is a list; expected text."},
        {"{\"id\":\"1\",\"name\":\"\\udc00\"}", "The line holds half of a surrogate pair."},
        {"{\"id\":\"1\",\"bio\":\"a\\u0000b\"}", "\"bio\" holds a NUL character."},
        {"{\"id\":\"1\",\"handle\":\"a\\nb\"}", "\"handle\" holds a control character."},
        {"{\"id\":\"1\",\"created_at\":1}",
         "\"created_at\" is the number 1; expected a time such as \"2026-11-24T03:00:00Z\"."},
        {"{\"id\":\"1\",\"created_at\":\"yesterday\"}",
         "\"created_at\" is \"yesterday\"; expected a time such as \"2026-11-24T03:00:00Z\"."},
        {"{\"id\":\"1\",\"created_at\":\"2026-02-30\"}",
         "\"created_at\" is \"2026-02-30\"; expected a time such as \"2026-11-24T03:00:00Z\"."},
        {"{\"id\":\"1\",\"created_at\":\"\\u001b[31m\"}",
         "\"created_at\" is text with control characters; expected a time such as "
         "\"2026-11-24T03:00:00Z\"."},
        {"{\"id\":\"1\",\"lists\":\"vip\"}",
         "\"lists\" is the text \"vip\"; expected a list of names."},
        {"{\"id\":\"1\",\"lists\":[1]}", "\"lists\" holds the number 1; expected a list of names."},
        {"{\"id\":\"1\",\"lists\":[null]}", "\"lists\" holds null; expected a list of names."},
        {"{\"id\":\"1\",\"lists\":[true]}", "\"lists\" holds true; expected a list of names."},
        {"{\"id\":\"1\",\"lists\":[[]]}", "\"lists\" holds a list; expected a list of names."},
        {"{\"id\":\"1\",\"lists\":[{}]}", "\"lists\" holds an object; expected a list of names."},
        {"{\"id\":\"1\",\"lists\":[\"a\\nb\"]}", "\"lists\" has a name with a newline in it."},
        {"[{\"id\":\"1\"}]", "The line is a list; expected one object."},
        {"12", "The line is the number 12; expected one object."},
        {"null", "The line is null; expected one object."},
        {"true", "The line is true; expected one object."},
        {"\"a\"", "The line is the text \"a\"; expected one object."},
        {"{\"id\":\"1\"}{\"id\":\"2\"}", "The line holds more than one object."},
        {"{\"id\":\"1\"} 5", "The line is the number 5; expected one object."},
        {"{\"id\":\"1\"", "The line ends in the middle of its object."},
        {"{\"id\":", "The line ends in the middle of its object."},
        {"{\"id\":\"1\",\"x\":[1,2", "The line ends in the middle of its object."},
        {"{\"id\":\"1", "The line ends in the middle of its object."},
        {"{\"id\":\"1\"},",
         "The line is not JSON at byte 11: there is no value where one must be."},
        {"{'id':1}", "The line is not JSON at byte 2: there is no key where one must be."},
        {"{\"id\":\"1\",}", "The line is not JSON at byte 11: there is no key where one must be."},
        {"{\"id\":01}",
         "The line is not JSON at byte 8: there is neither ',' nor a bracket behind a value."},
        {"{\"id\":\"\\x\"}",
         "The line is not JSON at byte 8: a text has an escape that there is not."},
        {"{\"id\":\"1\",\"bot\":tru}",
         "The line is not JSON at byte 20: there is a word that is none of true, false and null."},
        {"{\"id\":\"1\",\"bot\":tru", "The line ends in the middle of its object."},
        {"{\"id\":1.}", "The line is not JSON at byte 9: a number has no digit where one must be."},
        {"{\"id\"=\"1\"}", "The line is not JSON at byte 6: there is no ':' behind a key."},
        {"hello", "The line is not JSON at byte 1: there is no value where one must be."},
        {"{\"id\":\"\xFF\"}", "The line is not valid UTF-8."},
        {"{\"id\":\"\xC0\xAF\"}", "The line is not valid UTF-8."},
        {"{\"id\":\"\xED\xA0\x80\"}", "The line is not valid UTF-8."},
        {"{\"id\":\"\xF4\x90\x80\x80\"}", "The line is not valid UTF-8."},
        {"{\"id\":\"\xE2\x82\"}", "The line is not valid UTF-8."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[512];
        char told[512];
        snprintf(text, sizeof text, "{\"id\":\"a\"}\n%s\n\n{\"id\":\"z\"}\n", table[i].line);
        snprintf(told, sizeof told, "followee id=a\n2: %s\nfollowee id=z\n", table[i].why);
        assert_told(ROSTER_JSONL, text, told);
    }
}

/* A line of `before`, the byte `fill` that often, `after`. */
static void line_of(struct buffer *b, const char *before, char fill, size_t times,
                    const char *after) {
    buffer_init(b, 64u << 20);
    buffer_add_text(b, before);
    for (size_t i = 0; i < times; i++)
        buffer_add(b, &fill, 1);
    buffer_add_text(b, after);
    assert_false(b->failed);
}

static void texts_are_capped(void **state) {
    (void)state;
    struct buffer b;
    struct collect c;
    /* The cap falls into the middle of an é: the whole character goes. */
    line_of(&b, "{\"id\":\"1\",\"bio\":\"", 'a', FACT_BIO_MAX - 1, "\xC3\xA9\",\"name\":\"x\"}");
    collect_bytes(&c, ROSTER_JSONL, b.at, b.size);
    assert_int_equal(c.counts.cut, 1);
    assert_int_equal(c.counts.followees, 1);
    assert_int_equal(c.told.size, strlen("followee id=1 name=x bio=\n") + FACT_BIO_MAX - 1);
    collect_end(&c);
    buffer_free(&b);
    /* The same where the text is decoded from an escape. */
    line_of(&b, "{\"id\":\"1\",\"name\":\"\\u0061", 'a', FACT_NAME_MAX, "\"}");
    collect_bytes(&c, ROSTER_JSONL, b.at, b.size);
    assert_int_equal(c.counts.cut, 1);
    assert_int_equal(c.told.size, strlen("followee id=1 name=\n") + FACT_NAME_MAX);
    collect_end(&c);
    buffer_free(&b);
}

static void names_are_never_cut(void **state) {
    (void)state;
    static const struct {
        const char *before, *after, *told;
        size_t times;
    } table[] = {
        {"{\"id\":\"", "\"}", "1: \"id\" has 129 bytes; the most is 128.\n", 129},
        {"{\"id\":\"1\",\"handle\":\"", "\"}", "1: \"handle\" has 321 bytes; the most is 320.\n",
         321},
        {"{\"id\":\"1\",\"lists\":[\"", "\"]}", "1: \"lists\" has more than 4095 bytes of names.\n",
         FACT_LISTS_MAX},
        {"{\"id\":\"1\",\"lists\":[\"vip\",\"", "\"]}",
         "1: \"lists\" has more than 4095 bytes of names.\n", FACT_LISTS_MAX - 4},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buffer b;
        line_of(&b, table[i].before, 'a', table[i].times, table[i].after);
        assert_told(ROSTER_JSONL, b.at, table[i].told);
        buffer_free(&b);
        line_of(&b, table[i].before, 'a', table[i].times - 1, table[i].after);
        struct collect c;
        collect_bytes(&c, ROSTER_JSONL, b.at, b.size);
        assert_int_equal(c.counts.followees, 1);
        collect_end(&c);
        buffer_free(&b);
    }
}

static void line_length(void **state) {
    (void)state;
    static const struct {
        size_t fill;
        const char *told; /* NULL: it is good */
    } table[] = {
        {ROSTER_LINE_MAX - 19, NULL},
        {ROSTER_LINE_MAX - 18, "1: The line is longer than 262144 bytes.\nfollowee id=2\n"},
        {ROSTER_LINE_MAX, "1: The line is longer than 262144 bytes.\nfollowee id=2\n"},
        {10u << 20, "1: The line is longer than 262144 bytes.\nfollowee id=2\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buffer b;
        struct collect c;
        line_of(&b, "{\"id\":\"1\",\"bio\":\"", 'b', table[i].fill, "\"}\r\n{\"id\":\"2\"}");
        collect_bytes(&c, ROSTER_JSONL, b.at, b.size);
        assert_int_equal(c.result, 0);
        assert_int_equal(c.counts.followees, table[i].told == NULL ? 2 : 1);
        if (table[i].told != NULL)
            assert_string_equal(buffer_text(&c.told), table[i].told);
        assert_int_equal(c.progress, b.size);
        collect_end(&c);
        buffer_free(&b);
    }
}

static void long_line_at_the_end(void **state) {
    (void)state;
    struct buffer b;
    line_of(&b, "{\"id\":\"1\"}\n", 'x', 3u << 20, "");
    assert_told(ROSTER_JSONL, b.at, "followee id=1\n2: The line is longer than 262144 bytes.\n");
    buffer_free(&b);
}

static void nesting(void **state) {
    (void)state;
    struct buffer b;
    line_of(&b, "{\"id\":\"1\",\"x\":", '[', 1000000, "\n{\"id\":\"2\"}\n");
    assert_told(ROSTER_JSONL, b.at, "1: The line is longer than 262144 bytes.\nfollowee id=2\n");
    buffer_free(&b);
    line_of(&b, "{\"id\":\"1\",\"x\":", '[', 200000, "\n{\"id\":\"2\"}\n");
    assert_told(ROSTER_JSONL, b.at, "1: The line is nested more than 32 deep.\nfollowee id=2\n");
    buffer_free(&b);
    assert_told(
        ROSTER_JSONL,
        "{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],\"id\":\"1\"}",
        "followee id=1\n");
    assert_told(
        ROSTER_JSONL,
        "{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],\"id\":\"1\"}",
        "1: The line is nested more than 32 deep.\n");
}

static void line_ends(void **state) {
    (void)state;
    assert_told(ROSTER_AUTO,
                "\xEF\xBB\xBF{\"id\":\"1\"}\r\n\r\n \t\n{\"id\":\"2\"}\n{\"id\":\"3\"}\r",
                "followee id=1\nfollowee id=2\nfollowee id=3\n");
    assert_told(ROSTER_JSONL, "", "");
    assert_told(ROSTER_JSONL, "\n", "");
    assert_told(ROSTER_JSONL, "\xEF\xBB\xBF", "");
    assert_told(ROSTER_JSONL, "{\"id\":\"1\"}\n{\"id\":\"2\",\"posts\":12",
                "followee id=1\n2: The line ends in the middle of its object.\n");
    assert_told(ROSTER_JSONL, "7", "1: The line is the number 7; expected one object.\n");
}

static void nul_bytes(void **state) {
    (void)state;
    static const char bytes[] = "{\"id\":\"1\"}\n{\"id\":\"\0\"}\n\0\n{\"id\":\"2\"}\n";
    struct collect c;
    collect_bytes(&c, ROSTER_JSONL, bytes, sizeof bytes - 1);
    assert_string_equal(buffer_text(&c.told), "followee id=1\n2: The line holds a NUL byte.\n"
                                              "3: The line holds a NUL byte.\nfollowee id=2\n");
    collect_end(&c);
}

static void counts(void **state) {
    (void)state;
    struct collect c;
    collect_text(&c, ROSTER_JSONL,
                 "{\"id\":\"1\",\"a\":1,\"b\":{\"c\":1}}\n{\"id\":\"1\",\"a\":1}\nx\n\n");
    assert_int_equal(c.counts.lines, 3);
    assert_int_equal(c.counts.skipped, 1);
    assert_int_equal(c.counts.followees, 2); /* the same id twice: the store merges */
    assert_int_equal(c.counts.followers, 0);
    assert_int_equal(c.counts.unknown_keys, 3);
    assert_int_equal(c.counts.cut, 0);
    collect_end(&c);
}

static void sink_stops(void **state) {
    (void)state;
    struct collect c;
    collect_start(&c);
    c.stop_at = 2;
    static const char text[] = "{\"id\":\"1\"}\n{\"id\":\"2\"}\n{\"id\":\"3\"}\n";
    int fd = collect_file(text, sizeof text - 1);
    collect_fd(&c, fd, ROSTER_JSONL);
    close(fd);
    assert_int_equal(c.result, -1);
    assert_string_equal(c.err.text, "The sink is full.");
    assert_string_equal(buffer_text(&c.told), "followee id=1\nfollowee id=2\n");
    collect_end(&c);
}

static void pieces_of_a_pipe(void **state) {
    (void)state;
    static const size_t pieces[] = {1, 2, 3, 7, 4096};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct collect c;
        collect_pipe(&c, ROSTER_AUTO,
                     "\xEF\xBB\xBF{\"id\":\"1\",\"name\":\"\xC3\xA9\"}\r\nx\n{\"id\":\"2\"}",
                     pieces[i]);
        assert_string_equal(
            buffer_text(&c.told),
            "followee id=1 name=\xC3\xA9\n"
            "2: The line is not JSON at byte 1: there is no value where one must be.\n"
            "followee id=2\n");
        collect_end(&c);
    }
}

/* What was told, without byte positions, which differ by the space in front. */
static void without_positions(struct buffer *told) {
    char *at = told->at;
    while ((at = strstr(at, "at byte ")) != NULL)
        for (at += strlen("at byte "); *at >= '0' && *at <= '9'; at++)
            *at = '#';
    while ((at = strstr(told->at, "##")) != NULL)
        memmove(at, at + 1, strlen(at));
}

/* A space in front sends a line past the fast reader: both must say the same. */
static void assert_same_with_space(const char *line) {
    char spaced[512];
    struct collect plain;
    struct collect full;
    snprintf(spaced, sizeof spaced, " %s", line);
    collect_text(&plain, ROSTER_JSONL, line);
    collect_text(&full, ROSTER_JSONL, spaced);
    without_positions(&plain.told);
    without_positions(&full.told);
    assert_string_equal(buffer_text(&plain.told), buffer_text(&full.told));
    assert_memory_equal(&plain.counts, &full.counts, sizeof plain.counts);
    collect_end(&plain);
    collect_end(&full);
}

/* Damage in every byte of a good line: never a crash, the line after it is still read, and the
 * fast reader takes nothing that the full one does not. */
static void damaged_bytes(void **state) {
    (void)state;
    static const char *const good[] = {
        "{\"id\":\"1\",\"lists\":[\"vip\"],\"posts\":12,\"x\":{\"y\":[]}}",
        "{\"id\": \"1\", \"lists\": [\"a\", \"b\"], \"posts\": 0, \"followers\": 10}",
        "{\"id\":12,\"bot\":true,\"moved\":false,\"lang\":null,\"x\":1,\"y\":\"z\",\"z\":false}",
        "{\"id\":\"1\",\"created_at\":\"2009-05-01T00:00:00Z\",\"bio\":\"\xC3\xA9\xE2\x82\xAC\"}",
    };
    static const char likely[] = "{}[]\",:\\u0019 -.eE;\r\ttruefalsn\x80\xC3\xA9\x7F";
    uint64_t seed = 88172645463325252u;
    for (size_t i = 0; i < 24000; i++) {
        char text[256];
        const char *line = good[i % (sizeof good / sizeof good[0])];
        size_t size = strlen(line);
        memcpy(text, line, size);
        for (uint64_t k = collect_random(&seed) % 3; k < 3; k++) {
            uint64_t r = collect_random(&seed);
            char c = r % 8 == 0 ? (char)(r >> 8) : likely[(r >> 8) % (sizeof likely - 1)];
            text[collect_random(&seed) % size] = c == '\0' || c == '\n' ? '0' : c;
        }
        memcpy(text + size, "\n{\"id\":\"2\"}\n", 13);
        assert_same_with_space(text);
        struct collect c;
        collect_text(&c, ROSTER_JSONL, text);
        assert_int_equal(c.result, 0);
        static const char last[] = "followee id=2\n";
        assert_true(c.told.size >= sizeof last - 1);
        assert_string_equal(c.told.at + c.told.size - (sizeof last - 1), last);
        collect_end(&c);
    }
}

static void random_bytes(void **state) {
    (void)state;
    uint64_t seed = 2463534242u;
    for (size_t i = 0; i < 4000; i++) {
        char bytes[600];
        size_t size = collect_random(&seed) % sizeof bytes;
        static const char likely[] = "{}[]\",:\n\\u0019 -.eE;\r\tid@";
        bool mixed = i % 2 == 0;
        for (size_t k = 0; k < size; k++) {
            uint64_t r = collect_random(&seed);
            bytes[k] = mixed ? likely[r % (sizeof likely - 1)] : (char)r;
        }
        for (int format = ROSTER_AUTO; format <= ROSTER_X_JS; format++) {
            struct collect c;
            collect_bytes(&c, (enum roster_format)format, bytes, size);
            assert_int_equal(c.result == 0, c.err.text[0] == '\0');
            collect_end(&c);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact),
        cmocka_unit_test(good_values),
        cmocka_unit_test(bad_lines),
        cmocka_unit_test(texts_are_capped),
        cmocka_unit_test(names_are_never_cut),
        cmocka_unit_test(line_length),
        cmocka_unit_test(long_line_at_the_end),
        cmocka_unit_test(nesting),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(nul_bytes),
        cmocka_unit_test(counts),
        cmocka_unit_test(sink_stops),
        cmocka_unit_test(pieces_of_a_pipe),
        cmocka_unit_test(damaged_bytes),
        cmocka_unit_test(random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
