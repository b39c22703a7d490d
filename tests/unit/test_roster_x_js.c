/* following.js and follower.js of an X archive, and how the format of a file is known. */
#include "cmocka_all.h"

#include "roster/collect.h"

#include <fcntl.h>

#define FOLLOWING "window.YTD.following.part0 = [ "
#define FOLLOWER  "window.YTD.follower.part0 = [ "
#define ONE(id)                                                                                    \
    "{\n  \"following\" : {\n    \"accountId\" : \"" id "\",\n    \"userLink\" : \"u\"\n  }\n}"
#define BACK(id) "{\"follower\":{\"accountId\":\"" id "\"}}"

static void both_files(void **state) {
    (void)state;
    assert_told(ROSTER_AUTO, FOLLOWING ONE("12") ", " ONE("1900000000000000000") " ]",
                "followee id=12\nfollowee id=1900000000000000000\n");
    assert_told(ROSTER_AUTO, FOLLOWER BACK("12") "," BACK("13") "]\n;\n",
                "follower id=12 follows_me=yes\nfollower id=13 follows_me=yes\n");
    assert_told(ROSTER_AUTO, "\xEF\xBB\xBFwindow.YTD.following.part12=[" ONE("12") "];",
                "followee id=12\n");
    assert_told(ROSTER_X_JS, "\n\nwindow.YTD.following.part0 =\n[" ONE("12") "]",
                "followee id=12\n");
    assert_told(ROSTER_AUTO, "[" BACK("1") "]", "follower id=1 follows_me=yes\n");
    assert_told(ROSTER_AUTO, FOLLOWING "]", "");
    assert_told(ROSTER_AUTO, FOLLOWING ONE("5") "," ONE("5") "]", "followee id=5\nfollowee id=5\n");
}

static void bad_elements(void **state) {
    (void)state;
    static const struct {
        const char *element, *why;
    } table[] = {
        {"{}", "The element is empty."},
        {"{\"following\":{}}", "The element has no accountId."},
        {"{\"following\":{\"userLink\":\"x\"}}", "The element has no accountId."},
        {"{\"following\":null}", "The element is null; expected an object with an accountId."},
        {"{\"following\":[1]}", "The element is a list; expected an object with an accountId."},
        {"{\"following\":\"12\"}", "The element is text; expected an object with an accountId."},
        {"{\"following\":{\"accountId\":12}}",
         "\"accountId\" is a number; expected an id as text."},
        {"{\"following\":{\"accountId\":null}}", "\"accountId\" is null; expected an id as text."},
        {"{\"following\":{\"accountId\":true}}", "\"accountId\" is true; expected an id as text."},
        {"{\"following\":{\"accountId\":[\"1\"]}}",
         "\"accountId\" is a list; expected an id as text."},
        {"{\"following\":{\"accountId\":{\"a\":1}}}",
         "\"accountId\" is an object; expected an id as text."},
        {"{\"following\":{\"accountId\":\"\"}}", "\"accountId\" is \"\"; expected 1 to 19 digits."},
        {"{\"following\":{\"accountId\":\"1a\"}}",
         "\"accountId\" is \"1a\"; expected 1 to 19 digits."},
        {"{\"following\":{\"accountId\":\"12345678901234567890\"}}",
         "\"accountId\" is \"12345678901234567890\"; expected 1 to 19 digits."},
        {"{\"following\":{\"accountId\":\"1\",\"accountId\":\"2\"}}",
         "\"accountId\" stands there twice."},
        {"{\"following\":{\"accountId\":\"1\"},\"following\":{\"userLink\":\"\"}}",
         "The element holds more than one account."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[512];
        char told[256];
        snprintf(text, sizeof text, FOLLOWING "\n%s,\n%s]", table[i].element, ONE("7"));
        snprintf(told, sizeof told, "2: %s\nfollowee id=7\n", table[i].why);
        assert_told(ROSTER_X_JS, text, told);
    }
}

static void other_files(void **state) {
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"window.YTD.block.part0 = [ {\"blocking\":{\"accountId\":\"1\"}} ]",
         "This file of an X archive holds the accounts you have blocked; import following.js or "
         "follower.js, or the whole archive."},
        {"window.YTD.tweets.part0 = [ ]",
         "This file of an X archive holds your posts; import following.js or follower.js, or "
         "the whole archive."},
        {"window.YTD.like.part0 = [ ]",
         "This file of an X archive holds your likes; import following.js or follower.js, or "
         "the whole archive."},
        {"[{\"muting\":{\"accountId\":\"1\"}}]",
         "This file of an X archive holds the accounts you have muted; import following.js or "
         "follower.js, or the whole archive."},
        {"window.YTD.ad_engagements.part0 = [ ]",
         "This file holds \"ad_engagements\", neither \"following\" nor \"follower\"; import "
         "following.js or follower.js of an X archive."},
        {"window.__THAR_CONFIG = {\"a\":[]}",
         "There is no list in the file; following.js of an X archive begins with "
         "\"window.YTD.following.part0 = [\"."},
        {"window.location = [",
         "The file begins with \"window.location\"; following.js of an X archive begins with "
         "\"window.YTD.following.part0 = [\"."},
        {FOLLOWING ONE("1") "," BACK("2") "]",
         "Line 6: a follower among the elements of following.js; the file was put together from "
         "two."},
        {FOLLOWING "1]", "Line 1: the list holds a number; expected objects such as "
                         "{\"following\":{\"accountId\":\"12\"}}."},
        {FOLLOWING "\n[]]", "Line 2: the list holds a list; expected objects such as "
                            "{\"following\":{\"accountId\":\"12\"}}."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_refused(ROSTER_AUTO, table[i].text, table[i].error);
    /* without a head these are lists of users */
    assert_refused(ROSTER_X_JS, "[{\"id\":\"1\"}]",
                   "This file holds \"id\", neither \"following\" nor \"follower\"; import "
                   "following.js or follower.js of an X archive.");
    assert_refused(ROSTER_X_JS, "[[[",
                   "Line 1: the list holds a list; expected objects such as "
                   "{\"following\":{\"accountId\":\"12\"}}.");
}

static void cut_short(void **state) {
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {FOLLOWER BACK("1") ",\n" BACK("2") ",\n{\"follower\":{\"acc",
         "The file ends in the middle of line 3, after 2 whole elements; get the archive again."},
        {FOLLOWER BACK("1"),
         "The file ends in the middle of line 1, after 1 whole elements; get the archive again."},
        {FOLLOWER "\n" BACK("1") "\n,\n",
         "The file ends in the middle of line 4, after 1 whole elements; get the archive again."},
        {FOLLOWER,
         "The file ends in the middle of line 1, after 0 whole elements; get the archive again."},
        {"window.YTD.follower", "The file ends before its list begins; get the archive again."},
        {FOLLOWER BACK("1") BACK("2") "]", "Line 1 is not JSON (there is neither ',' nor a bracket "
                                           "behind a value), after 1 whole elements; "
                                           "get the archive again."},
        {FOLLOWER BACK("1") ",\n\n" BACK("\\x") "]",
         "Line 3 is not JSON (a text has an escape that there is not), after 1 whole elements; get "
         "the archive again."},
        {FOLLOWER BACK("1") "]\n window", "Line 2: there is more behind the end of the list."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_refused(ROSTER_X_JS, table[i].text, table[i].error);
}

/* Every beginning of a good file is refused: none passes for a whole one. */
static void every_beginning(void **state) {
    (void)state;
    static const char whole[] = FOLLOWER BACK("1") ",\n" BACK("2") "]";
    for (size_t size = 0; size < sizeof whole - 2; size++) {
        struct collect c;
        collect_bytes(&c, ROSTER_X_JS, whole, size);
        assert_int_equal(c.result, -1);
        assert_int_equal(c.err.code, WINNOW_BAD_INPUT);
        collect_end(&c);
    }
    assert_told(ROSTER_X_JS, whole, "follower id=1 follows_me=yes\nfollower id=2 follows_me=yes\n");
}

static void counts(void **state) {
    (void)state;
    struct collect c;
    collect_text(&c, ROSTER_X_JS,
                 "[{\"follower\":{\"accountId\":\"1\",\"userLink\":\"\",\"new\":{\"a\":[1]}}},{}]");
    assert_int_equal(c.counts.followers, 1);
    assert_int_equal(c.counts.skipped, 1);
    assert_int_equal(c.counts.lines, 2);
    assert_int_equal(c.counts.unknown_keys, 1);
    collect_end(&c);
}

/* Large enough for several chunks; and elements that never end, which must not fill the memory. */
static void sizes(void **state) {
    (void)state;
    struct buffer b;
    struct collect c;
    buffer_init(&b, 64u << 20);
    buffer_add_text(&b, FOLLOWING);
    for (int i = 0; i < 50000; i++)
        buffer_addf(&b, "%s{\n\"following\":{\"accountId\":\"%d\"}\n}", i > 0 ? ",\n" : "", i + 1);
    buffer_add_text(&b, ",\n{} ]");
    collect_bytes(&c, ROSTER_AUTO, b.at, b.size);
    assert_int_equal(c.counts.followees, 50000);
    static const char last[] = "followee id=50000\n150001: The element is empty.\n";
    assert_string_equal(c.told.at + c.told.size - (sizeof last - 1), last);
    collect_end(&c);
    buffer_clear(&b);
    buffer_add_text(&b,
                    FOLLOWING "{\"following\":{\"accountId\":\"1\"}},\n{\"following\":{\"x\":\"");
    for (int i = 0; i < 10 << 20; i += 16)
        buffer_add_text(&b, "0123456789abcdef");
    assert_refused(
        ROSTER_X_JS, b.at,
        "The file ends in the middle of line 2, after 1 whole elements; get the archive again.");
    buffer_add_text(&b, "\",\"accountId\":\"2\"}}]");
    assert_told(ROSTER_X_JS, b.at, "followee id=1\nfollowee id=2\n");
    buffer_clear(&b);
    buffer_add_text(&b, FOLLOWING "{\"following\":{\"x\":");
    for (int i = 0; i < 1000000; i++)
        buffer_add_text(&b, "[");
    assert_refused(ROSTER_X_JS, b.at, "Line 1 is nested more than 32 deep.");
    buffer_clear(&b);
    for (int i = 0; i < 1000000; i++)
        buffer_add_text(&b, "[");
    assert_refused(ROSTER_X_JS, b.at,
                   "Line 1: the list holds a list; expected objects such as "
                   "{\"following\":{\"accountId\":\"12\"}}.");
    buffer_free(&b);
}

static void sink_stops(void **state) {
    (void)state;
    struct collect c;
    collect_start(&c);
    c.stop_at = 1;
    static const char text[] = FOLLOWING ONE("1") "," ONE("2") "]";
    int fd = collect_file(text, sizeof text - 1);
    collect_fd(&c, fd, ROSTER_AUTO);
    close(fd);
    assert_int_equal(c.result, -1);
    assert_string_equal(c.err.text, "The sink is full.");
    assert_string_equal(buffer_text(&c.told), "followee id=1\n");
    collect_end(&c);
}

static void pieces_of_a_pipe(void **state) {
    (void)state;
    for (size_t piece = 1; piece < 40; piece += 3) {
        struct collect c;
        collect_pipe(&c, ROSTER_AUTO, FOLLOWING "\n{},\n" ONE("12") "," ONE("\\u0031") "\n]; \n",
                     piece);
        assert_string_equal(buffer_text(&c.told),
                            "2: The element is empty.\nfollowee id=12\nfollowee id=1\n");
        assert_int_equal(c.result, 0);
        collect_end(&c);
    }
}

static void unknown_formats(void **state) {
    (void)state;
    static const char none[] =
        "The first line is neither a roster's JSON object, nor a CSV header with \"id\" or "
        "\"handle\", nor "
        "Mastodon's \"Account address\", nor of following.js or follower.js.";
    static const struct {
        const char *text, *error;
    } table[] = {
        {"", "The file is empty."},
        {"\xEF\xBB\xBF", "The file is empty."},
        {"PK\x03\x04rest",
         "The file is a zip archive, which is not read from standard input; name the file."},
        {"\x1F\x8B\x08", "The file is compressed by gzip; unpack it first."},
        {"\xFF\xFE{", "The file is UTF-16 text; save it as UTF-8."},
        {"\xFE\xFF{", "The file is UTF-16 text; save it as UTF-8."},
        {"SQLite format 3", "The file is an SQLite database; export it as JSONL or CSV."},
        {"<!DOCTYPE html>", "The file is a web page; export the list as JSONL or CSV."},
        {"hello\n", none},
        {"name,handles\n", none},
        {"\n", none},
        {"12\n13\n", none},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_refused(ROSTER_AUTO, table[i].text, table[i].error);
}

static void unreadable(void **state) {
    (void)state;
    struct collect c;
    int fd = open(SOURCE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    collect_start(&c);
    collect_fd(&c, fd, ROSTER_AUTO);
    close(fd);
    assert_int_equal(c.err.code, WINNOW_BAD_INPUT);
    assert_string_equal(c.err.text, "This is a directory; name the file in it.");
    collect_end(&c);
    collect_start(&c);
    collect_fd(&c, -1, ROSTER_AUTO);
    assert_int_equal(c.err.code, WINNOW_STORAGE);
    assert_string_equal(c.err.text, "The input cannot be read: Bad file descriptor.");
    collect_end(&c);
}

/* A first line without an end must not be looked for through the whole of the input. */
static void endless_first_line(void **state) {
    (void)state;
    struct collect c;
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    collect_start(&c);
    collect_fd(&c, fd, ROSTER_AUTO);
    close(fd);
    assert_int_equal(c.err.code, WINNOW_BAD_INPUT);
    assert_true(c.progress <= 4u << 20);
    collect_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_files),
        cmocka_unit_test(bad_elements),
        cmocka_unit_test(other_files),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(every_beginning),
        cmocka_unit_test(counts),
        cmocka_unit_test(sizes),
        cmocka_unit_test(sink_stops),
        cmocka_unit_test(pieces_of_a_pipe),
        cmocka_unit_test(unknown_formats),
        cmocka_unit_test(unreadable),
        cmocka_unit_test(endless_first_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
