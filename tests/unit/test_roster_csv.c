/* Roster CSV and Mastodon's following_accounts.csv. */
#include "cmocka_all.h"

#include "roster/collect.h"

#include <fcntl.h>

static void every_fact(void **state) {
    (void)state;
    assert_told(ROSTER_CSV,
                "id,handle,name,bio,lang,followers,following,posts,created_at,followed_at,"
                "last_post_at,follows_me,verified,bot,protected,suspended,deleted,moved,"
                "default_avatar,lists,interactions,last_interaction_at\n"
                "123,alice,Alice,hi,en,10,20,300,1970-01-01T00:00:01Z,1970-01-02,"
                "1970-01-01 00:00:00.5Z,true,false,yes,no,1,0,TRUE,No,vip;press,3,1970-01-03\n",
                "followee id=123 handle=alice name=Alice bio=hi lang=en lists=vip|press| "
                "followers=10 following=20 posts=300 interactions=3 created_at=1000 "
                "followed_at=86400000 last_post_at=500 last_interaction_at=172800000 "
                "follows_me=yes verified=no bot=yes protected=no suspended=yes deleted=no "
                "moved=yes default_avatar=no\n");
}

static void quoting(void **state) {
    (void)state;
    static const struct {
        const char *record, *told;
    } table[] = {
        {"1,plain", "followee id=1 bio=plain\n"},
        {"1,\"quoted\"", "followee id=1 bio=quoted\n"},
        {"1,\"a,b\"", "followee id=1 bio=a,b\n"},
        {"1,\"a\"\"b\"", "followee id=1 bio=a\"b\n"},
        {"1,\"\"\"\"", "followee id=1 bio=\"\n"},
        {"1,\"\"\"a\"\"\"", "followee id=1 bio=\"a\"\n"},
        {"1,\"a\nb\"", "followee id=1 bio=a|b\n"},
        {"1,\"a\r\nb\"", "followee id=1 bio=a\r|b\n"},
        {"1,\"\n\n\"", "followee id=1 bio=||\n"},
        {"1,a \"word\" in it", "followee id=1 bio=a \"word\" in it\n"},
        {"1, kept as it is ", "followee id=1 bio= kept as it is \n"},
        {"\"1\",x", "followee id=1 bio=x\n"},
        {" 1 ,x", "followee id=1 bio=x\n"},
        {"1,", "followee id=1\n"},
        {"1,\"\"", "followee id=1\n"},
        {"1,\xC3\xA9", "followee id=1 bio=\xC3\xA9\n"},
        {"1,\"a\"b", "2: Column 2 has more behind its closing quote.\n"},
        {"1,\"a\" ", "2: Column 2 has more behind its closing quote.\n"},
        {"1", "2: The record has 1 columns; the header has 2.\n"},
        {"1,a,b", "2: The record has 3 columns; the header has 2.\n"},
        {"1,a,", "2: The record has 3 columns; the header has 2.\n"},
        {",a", "2: There is no \"id\" and no \"handle\".\n"},
        {"1,\xFF", "2: The line is not valid UTF-8.\n"},
        {"1,\"a\n\xFF\"", "2: Line 3 of this record: The line is not valid UTF-8.\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[256];
        char told[256];
        snprintf(text, sizeof text, "id,bio\n%s\n9,z\n", table[i].record);
        snprintf(told, sizeof told, "%sfollowee id=9 bio=z\n", table[i].told);
        assert_told(ROSTER_CSV, text, told);
    }
}

static void quote_left_open(void **state) {
    (void)state;
    assert_told(ROSTER_CSV, "id,bio\n1,a\n2,\"b\n3,c\n",
                "followee id=1 bio=a\n3: Column 2 has an opening quote and no closing one.\n");
    /* It costs at most one record's length; then reading goes on. */
    struct buffer b;
    buffer_init(&b, 4u << 20);
    buffer_add_text(&b, "id,bio\n1,\"open\n");
    for (int i = 0; i < 100000; i++)
        buffer_addf(&b, "%06d,b\n", i);
    struct collect c;
    collect_bytes(&c, ROSTER_CSV, b.at, b.size);
    static const char why[] = "2: The record is longer than 262144 bytes; is a quote left open?\n";
    assert_memory_equal(c.told.at, why, sizeof why - 1);
    assert_int_equal(c.result, 0);
    assert_int_equal(c.counts.skipped, 1);
    assert_in_range(c.counts.followees, 100000 - ROSTER_LINE_MAX / 9 - 2, 100000);
    collect_end(&c);
    buffer_free(&b);
}

static void bad_values(void **state) {
    (void)state;
    static const struct {
        const char *column, *value, *why;
    } table[] = {
        {"bot", "maybe", "\"bot\" is \"maybe\"; expected true, false, yes, no, 1 or 0."},
        {"bot", "2", "\"bot\" is \"2\"; expected true, false, yes, no, 1 or 0."},
        {"posts", "-1", "\"posts\" is \"-1\"; expected a whole number from 0 to 9007199254740992."},
        {"posts", "1.0",
         "\"posts\" is \"1.0\"; expected a whole number from 0 to 9007199254740992."},
        {"posts", "9007199254740993",
         "\"posts\" is \"9007199254740993\"; expected a whole number from 0 to "
         "9007199254740992."},
        {"created_at", "24.11.2026",
         "\"created_at\" is \"24.11.2026\"; expected a time such as \"2026-11-24T03:00:00Z\"."},
        {"handle", "a\x01", "\"handle\" holds a control character."},
        {"lists", "\"a\nb\"", "\"lists\" has a name with a newline in it."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[256];
        char told[256];
        snprintf(text, sizeof text, "id,%s\n1,%s\n", table[i].column, table[i].value);
        snprintf(told, sizeof told, "2: %s\n", table[i].why);
        assert_told(ROSTER_CSV, text, told);
    }
    assert_told(ROSTER_CSV, "id\n1.23457E+18\n1E+9\n",
                "2: \"id\" is \"1.23457E+18\": a spreadsheet has rounded it; save the column as "
                "text.\n"
                "3: \"id\" is \"1E+9\": a spreadsheet has rounded it; save the column as text.\n");
}

static void headers(void **state) {
    (void)state;
    assert_told(ROSTER_AUTO, "handle;ID;posts\nalice;1;3\n",
                "followee id=1 handle=alice posts=3\n");
    assert_told(ROSTER_AUTO, "handle\t\"id\"\r\nalice\t1\r\n", "followee id=1 handle=alice\n");
    assert_told(ROSTER_AUTO, "\xEF\xBB\xBF\"Id\",\" Handle \"\n1,alice\n",
                "followee id=1 handle=alice\n");
    assert_told(ROSTER_AUTO, "id\n1\n\n2", "followee id=1\nfollowee id=2\n");
    assert_told(ROSTER_AUTO, "lists;id\n\"a; b;;c;\";1\n", "followee id=1 lists=a|b|c|\n");
    assert_told(ROSTER_AUTO, "id,posts\n", "");
    assert_told(ROSTER_AUTO, "Handle,posts\n@a,1\n", "followee handle=a posts=1\n");
    assert_told(ROSTER_AUTO, "id,handle\n,a\n", "followee handle=a\n");
    assert_refused(
        ROSTER_CSV, "name,posts\na,1\n",
        "The header has no column \"id\" and none \"handle\"; a roster needs one of them "
        "to tell who is who.");
    assert_refused(ROSTER_CSV, "id,posts,ID\n1,2,3\n",
                   "The header names \"id\" twice; leave one of the columns out.");
    assert_refused(ROSTER_CSV, "id,\"posts\n",
                   "The header cannot be read: Column 2 has an opening quote and no closing one.");
    assert_refused(ROSTER_CSV, "id,\xFF\n1,2\n",
                   "The header cannot be read: The line is not valid UTF-8.");
    assert_refused(ROSTER_CSV, "", "The file is empty; expected a header.");
}

static void counts(void **state) {
    (void)state;
    struct collect c;
    collect_text(&c, ROSTER_CSV,
                 "id,zip,shoe,a column with a name that is long\n1,2,3,4\n5,6,7,8\n");
    assert_string_equal(buffer_text(&c.told), "followee id=1\nfollowee id=5\n");
    assert_int_equal(c.counts.unknown_keys, 3);
    assert_int_equal(c.counts.lines, 2);
    collect_end(&c);
}

static void too_many_columns(void **state) {
    (void)state;
    struct buffer b;
    buffer_init(&b, 1u << 20);
    buffer_add_text(&b, "id\n1");
    for (int i = 0; i < 300; i++)
        buffer_add_text(&b, ",");
    assert_told(ROSTER_CSV, b.at, "2: The record has more than 256 columns.\n");
    buffer_free(&b);
}

static void mastodon_with_header(void **state) {
    (void)state;
    assert_told(ROSTER_AUTO,
                "Account address,Show boosts,Notify on new posts,Languages\r\n"
                "Alice@Example.ORG,true,false,\r\n"
                "bob@social.example,false,true,\"en, de\"\r\n",
                "followee handle=Alice@example.org\nfollowee handle=bob@social.example\n");
    assert_told(ROSTER_MASTODON_CSV,
                "Account address,Show boosts,Notify on new posts,Languages\n"
                "alice,true,false,\n"
                "a@b@c,true,false,\n"
                "alice@example.org,true\n"
                "@alice@example.org,true,false,\n",
                "2: \"alice\" is no address; expected one such as \"alice@example.org\".\n"
                "3: \"a@b@c\" is no address; expected one such as \"alice@example.org\".\n"
                "4: The record has 2 columns; the header has 4.\n"
                "followee handle=alice@example.org\n");
}

static void mastodon_without_header(void **state) {
    (void)state;
    assert_told(ROSTER_AUTO, "alice@example.org\n@bob@Example.org\n\ncarol@localhost:3000",
                "followee handle=alice@example.org\nfollowee handle=bob@example.org\n"
                "followee handle=carol@localhost:3000\n");
    assert_told(ROSTER_AUTO, "alice@example.org,true\n@\na@\n@b\n,\n",
                "followee handle=alice@example.org\n"
                "2: \"@\" is no address; expected one such as \"alice@example.org\".\n"
                "3: \"a@\" is no address; expected one such as \"alice@example.org\".\n"
                "4: \"@b\" is no address; expected one such as \"alice@example.org\".\n"
                "5: \"\" is no address; expected one such as \"alice@example.org\".\n");
    struct buffer b;
    buffer_init(&b, 4096);
    for (int i = 0; i < 400; i++)
        buffer_add_text(&b, "a");
    buffer_add_text(&b, "@example.org\n");
    assert_told(ROSTER_MASTODON_CSV, b.at, "1: \"handle\" has 412 bytes; the most is 320.\n");
    buffer_free(&b);
}

static void mastodon_other_exports(void **state) {
    (void)state;
    assert_refused(
        ROSTER_AUTO, "Account address,Hide notifications\na@b.example,true\n",
        "This is Mastodon's list of muted accounts; import following_accounts.csv, or say "
        "--as mutes to count those that are followed.");
    assert_told(ROSTER_MASTODON_CSV, "", "");
}

/* The same through a pipe that breaks anywhere. */
static void pieces_of_a_pipe(void **state) {
    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        struct collect c;
        collect_pipe(&c, ROSTER_AUTO, "id,bio\r\n1,\"a\r\n\"\"b\"\r\n2,c", piece);
        assert_string_equal(buffer_text(&c.told),
                            "followee id=1 bio=a\r|\"b\nfollowee id=2 bio=c\n");
        collect_end(&c);
    }
}

/* Lines that end in CR alone, with a LF within a cell, and CR LF, told from a pipe that breaks
 * anywhere, also between the two. */
static void line_ends(void **state) {
    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        struct collect c;
        collect_pipe(&c, ROSTER_AUTO, "id,bio\r1,\"a\nb\"\r2,c\r3,d", piece);
        assert_string_equal(buffer_text(&c.told),
                            "followee id=1 bio=a|b\nfollowee id=2 bio=c\nfollowee id=3 bio=d\n");
        collect_end(&c);
        collect_pipe(&c, ROSTER_AUTO, "sep=;\r\nid;bio\r\n1;a\r\n2;b\r\n", piece);
        assert_string_equal(buffer_text(&c.told), "followee id=1 bio=a\nfollowee id=2 bio=b\n");
        collect_end(&c);
    }
}

/* The sample files are what people have. */
static void samples(void **state) {
    (void)state;
    static const struct {
        const char *path;
        uint64_t followees, followers;
    } table[] = {
        {SOURCE_DIR "/tests/unit/roster/roster.jsonl", 4, 0},
        {SOURCE_DIR "/tests/unit/roster/roster.csv", 3, 0},
        {SOURCE_DIR "/tests/unit/roster/following_accounts.csv", 3, 0},
        {SOURCE_DIR "/tests/unit/roster/following.js", 3, 0},
        {SOURCE_DIR "/tests/unit/roster/follower.js", 0, 2},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct collect c;
        int fd = open(table[i].path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        collect_start(&c);
        collect_fd(&c, fd, ROSTER_AUTO);
        close(fd);
        assert_string_equal(c.err.text, "");
        assert_int_equal(c.counts.followees, table[i].followees);
        assert_int_equal(c.counts.followers, table[i].followers);
        assert_int_equal(c.counts.skipped + c.counts.unknown_keys + c.counts.cut, 0);
        collect_end(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact),
        cmocka_unit_test(quoting),
        cmocka_unit_test(quote_left_open),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(headers),
        cmocka_unit_test(counts),
        cmocka_unit_test(too_many_columns),
        cmocka_unit_test(mastodon_with_header),
        cmocka_unit_test(mastodon_without_header),
        cmocka_unit_test(mastodon_other_exports),
        cmocka_unit_test(pieces_of_a_pipe),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
