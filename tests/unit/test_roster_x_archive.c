/* A whole archive of X: what comes out of it as a folder and as a zip; that whatever is missing,
 * short, broken or lies makes its set partial and nobody a stranger; and what is refused. */
#include "cmocka_all.h"

#include "roster/archive_world.h"

static void assert_sets(const struct world *w, const char *expected) {
    char found[X_SET_COUNT + 1] = {0};
    for (int set = 0; set < X_SET_COUNT; set++) {
        const struct x_archive_set *s = x_archive_set(w->archive, (enum x_set)set);
        found[set] = s->complete ? 'C' : s->listed ? 'p' : '-';
        assert_true(s->complete ? s->count == s->expected : !s->listed || s->why[0] != '\0');
    }
    assert_string_equal(found, expected);
}

static void whole(void **state) {
    (void)state;
    for (int as_zip = 0; as_zip < 2; as_zip++) {
        struct world w;
        world_start(&w);
        if (as_zip)
            world_as_zip(&w);
        else
            world_as_folder(&w);
        assert_true(pack_is(w.path));
        world_read(&w);
        assert_string_equal(w.c.err.text, "");
        assert_string_equal(buffer_text(&w.c.told), WORLD_TOLD);
        assert_sets(&w, "CCCC");
        assert_int_equal(x_archive_set(w.archive, X_SET_POSTS)->count, 5);
        assert_int_equal(x_archive_blocked(w.archive), 1);
        assert_int_equal(x_archive_muted(w.archive), 0);
        assert_int_equal(x_archive_as_of_ms(w.archive), 1677672000000);
        assert_int_equal(w.c.counts.lines, 3 + 2 + 1 + 1 + 5 + 2 + 1);
        assert_int_equal(w.c.counts.skipped, 0);
        world_end(&w);
    }
}

static void folder_named_data(void **state) {
    (void)state;
    struct world w;
    world_start(&w);
    world_as_folder(&w);
    strcat(w.path, "/data");
    world_read(&w);
    assert_string_equal(buffer_text(&w.c.told), WORLD_TOLD);
    world_end(&w);
    /* and a zip that was made from within it, or from above */
    for (int above = 0; above < 2; above++) {
        char names[WORLD_COUNT][64];
        world_start(&w);
        for (size_t i = 0; i < w.count; i++) {
            snprintf(names[i], sizeof names[i], "%s%s", above ? "twitter-2023/" : "",
                     w.files[i].name + (above ? 0 : 5));
            w.files[i].name = names[i];
        }
        world_as_zip(&w);
        world_read(&w);
        assert_string_equal(buffer_text(&w.c.told), WORLD_TOLD);
        world_end(&w);
    }
}

static void tolerated(void **state) {
    (void)state;
    static char manifest[sizeof world_manifest + 16];
    struct world w;
    world_start(&w);
    snprintf(manifest, sizeof manifest, "\xEF\xBB\xBF%s;\n", world_manifest);
    world_put(&w, "data/manifest.js", manifest);
    world_put(&w, "data/follower.js",
              "\xEF\xBB\xBFwindow.YTD.follower.part12=\n[{\"follower\":{\"accountId\":\"2\"}},"
              "{\"follower\":{\"accountId\":\"9\"}}];\n");
    world_put(&w, "data/tweets-part1.js",
              "window.YTD.tweet.part0 = [{\"tweet\":{\"created_at\":\"Sun Mar 01 01:00:00 +0100 "
              "2020\",\"in_reply_to_user_id_str\":\"1\",\"n\":1e999999}}]");
    world_as_zip(&w);
    world_read(&w);
    assert_string_equal(buffer_text(&w.c.told), WORLD_TOLD);
    assert_sets(&w, "CCCC");
    world_end(&w);
}

/* The manifest with one piece of it replaced. */
static const char *changed(const char *from, const char *to) {
    static char text[sizeof world_manifest + 256];
    const char *at = strstr(world_manifest, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - world_manifest), world_manifest, to,
             at + strlen(from));
    return text;
}

#define FILE_OF(type, name) "\"" type "\":{\"files\":[{\"fileName\":\"data/" name "\","

/* Whatever makes the followers doubtful: nobody is said not to follow. */
static void followers_in_part(void **state) {
    (void)state;
    static const char count[] = FILE_OF("follower", "follower.js") "\"count\":\"2\"}]}";
    static const char follower[] = "data/follower.js";
    const struct {
        const char *name, *text, *from, *to, *why;
    } table[] = {
        {follower, NULL, NULL, NULL, "data/follower.js: The file is not in the archive."},
        {follower, "window.YTD.follower.part0 = [{\"follower\":{\"accountId\":\"2\"}}]", NULL, NULL,
         "data/follower.js has 1 elements, and the manifest says 2"},
        {follower, "window.YTD.follower.part0 = [{\"follower\":{\"accountId\":\"2\"}},", NULL, NULL,
         "data/follower.js: The file ends in the middle of line 1, after 1 whole elements; get the "
         "archive again."},
        {follower,
         "window.YTD.follower.part0 = [{\"follower\":{\"accountId\":\"2\"}},"
         "{\"follower\":{\"accountId\":\"12345678901234567890123\"}}]",
         NULL, NULL, "data/follower.js: 1 of it could not be taken"},
        {follower,
         "window.YTD.following.part0 = [{\"following\":{\"accountId\":\"2\"}},"
         "{\"following\":{\"accountId\":\"9\"}}]",
         NULL, NULL, "data/follower.js: The file holds \"following\" where \"follower\" must be."},
        {follower,
         "window.YTD.follower.part0 = [{\"following\":{\"accountId\":\"2\"}},"
         "{\"following\":{\"accountId\":\"9\"}}]",
         NULL, NULL, "data/follower.js: The file holds \"following\" where \"follower\" must be."},
        {follower, "\xFF\xFEw\x01i\x01n\x01", NULL, NULL, "data/follower.js: "},
        {follower,
         "window.YTD.follower.part0 = [{\"follower\":{\"accountId\":\"2\",\"x\":\"\xE9\"}},"
         "{\"follower\":{\"accountId\":\"9\"}}]",
         NULL, NULL,
         "data/follower.js: Line 1 is not JSON (a text is not valid UTF-8), after 0 whole "
         "elements"},
        {NULL, NULL, count, FILE_OF("follower", "follower.js") "\"count\":\"1\"}]}",
         "data/follower.js has 2 elements, and the manifest says 1"},
        {NULL, NULL, count, FILE_OF("follower", "follower.js") "\"count\":\"-2\"}]}",
         "data/follower.js: the manifest tells no count"},
        {NULL, NULL, count, FILE_OF("follower", "follower.js") "\"size\":\"2\"}]}",
         "data/follower.js: the manifest tells no count"},
        {NULL, NULL, count,
         FILE_OF("follower", "follower.js") "\"count\":\"2\"},{\"fileName\":"
                                            "\"data/follower-part1.js\",\"count\":\"1\"}]}",
         "data/follower-part1.js: The file is not in the archive."},
        {NULL, NULL, count, "\"follower\":{\"files\":[]}", "the manifest names no file of it"},
        {NULL, NULL, "\"isPartialArchive\":false", "\"isPartialArchive\":true",
         "the archive says that it is one part of several"},
        {NULL, NULL, "\"isPartialArchive\":false", "\"isPartialArchive\":\"false\"",
         "the manifest does not say that the archive is whole"},
        {NULL, NULL, ",\"isPartialArchive\":false", "",
         "the manifest does not say that the archive is whole"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (int as_zip = 0; as_zip < 2; as_zip++) {
            struct world w;
            world_start(&w);
            if (table[i].name != NULL)
                world_put(&w, table[i].name, table[i].text);
            else
                world_put(&w, "data/manifest.js", changed(table[i].from, table[i].to));
            (as_zip ? world_as_zip : world_as_folder)(&w);
            world_read(&w);
            assert_string_equal(w.c.err.text, "");
            const struct x_archive_set *set = x_archive_set(w.archive, X_SET_FOLLOWERS);
            assert_true(set->listed && !set->complete);
            if (strncmp(set->why, table[i].why, strlen(table[i].why)) != 0)
                fail_msg("%s\nis not:  %s", set->why, table[i].why);
            assert_null(strstr(buffer_text(&w.c.told), "follows_me=no"));
            assert_non_null(strstr(buffer_text(&w.c.told), "followee id=3 "));
            world_end(&w);
        }
}

static void assert_told_of(struct world *w, const char *sets, const char *line) {
    world_as_zip(w);
    world_read(w);
    assert_string_equal(w->c.err.text, "");
    assert_sets(w, sets);
    if (strstr(buffer_text(&w->c.told), line) == NULL)
        fail_msg("\"%s\" is not in:\n%s", line, buffer_text(&w->c.told));
    world_end(w);
}

/* Without all posts and all messages, who is not found in them is unknown, and who is, is known. */
static void talk_in_part(void **state) {
    (void)state;
    static const char one[] = "followee id=1 ";
    static const struct {
        const char *name, *sets;
    } table[] = {
        {"data/tweets.js", "CCpC"},
        {"data/tweets-part1.js", "CCpC"},
        {"data/direct-message-headers.js", "CCCp"},
        {"data/direct-message-group-headers.js", "CCCp"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world w;
        world_start(&w);
        world_put(&w, table[i].name, NULL);
        world_as_zip(&w);
        world_read(&w);
        assert_sets(&w, table[i].sets);
        assert_non_null(strstr(buffer_text(&w.c.told), one));
        assert_non_null(strstr(buffer_text(&w.c.told), "follows_me=yes follow_rank=2"));
        world_end(&w);
    }
    struct world w;
    world_start(&w);
    world_put(&w, "data/manifest.js", changed("directMessageGroupHeaders", "other"));
    assert_told_of(&w, "CCCp", "follow_rank=2");
    world_start(&w);
    world_put(&w, "data/manifest.js", changed("\"tweets\"", "\"posts\""));
    assert_told_of(&w, "CC-C", "follow_rank=2");
}

static void bad_posts_and_messages(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *told;
    } table[] = {
        {"data/tweets-part1.js", "[{\"tweet\":{\"full_text\":\"x\"}}]",
         "1: There is no \"created_at\".\n"},
        {"data/tweets-part1.js", "[{\"tweet\":{\"created_at\":\"2023-01-01\"}}]",
         "1: \"created_at\" is \"2023-01-01\".\n"},
        {"data/tweets-part1.js", "[{\"tweet\":{\"created_at\":1e400}}]",
         "1: \"created_at\" is a number.\n"},
        {"data/tweets-part1.js", "[\n" WORLD_POST(",\"in_reply_to_user_id_str\":12") "]",
         "2: \"in_reply_to_user_id_str\" is a number.\n"},
        {"data/tweets-part1.js",
         "[" WORLD_POST(",\"entities\":{\"user_mentions\":[{\"id_str\":\"1e5\"}]}") "]",
         "1: \"id_str\" is \"1e5\".\n"},
        {"data/tweets-part1.js", "[" WORLD_POST(",\"entities\":{\"user_mentions\":7}") "]",
         "1: \"user_mentions\" is a number.\n"},
        {"data/tweets-part1.js", "[{\"like\":{}}]", "1: There is no \"tweet\".\n"},
        {"data/tweets-part1.js", "[[]]",
         "1: The element is a list; expected an object with \"tweet\".\n"},
        {"data/direct-message-group-headers.js",
         "[{\"dmConversation\":{\"messages\":[{\"messageCreate\":{\"senderId\":\"3\"}}]}}]",
         "1: The message has no \"createdAt\".\n"},
        {"data/direct-message-group-headers.js",
         "[{\"dmConversation\":{\"messages\":[\n{\"messageCreate\":{\"createdAt\":"
         "\"2021-01-01T00:00:00Z\"}}]}}]",
         "2: The message does not say between whom it was.\n"},
        {"data/direct-message-group-headers.js", "[{\"dmConversation\":{\"messages\":{}}}]",
         "1: \"messages\" is an object.\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world w;
        world_start(&w);
        world_put(&w, table[i].name, table[i].text);
        world_as_folder(&w);
        world_read(&w);
        assert_int_equal(w.c.counts.skipped, 1);
        assert_non_null(strstr(buffer_text(&w.c.told), table[i].told));
        assert_non_null(strstr(buffer_text(&w.c.told), "follows_me=yes follow_rank=2"));
        world_end(&w);
    }
}

/* Ten megabytes of text in a post: its beginning still says that it is a retweet. Each id counts
 * once a post, however often it stands there. */
static void long_and_many(void **state) {
    (void)state;
    struct world w;
    struct buffer b;
    buffer_init(&b, 64u << 20);
    for (int retweet = 0; retweet < 2; retweet++) {
        buffer_clear(&b);
        buffer_add_text(&b, "[{\"tweet\":{\"created_at\":\"Sat Feb 18 12:33:11 +0000 2023\",");
        buffer_add_text(&b, "\"entities\":{\"user_mentions\":[");
        for (int i = 0; i < 5000; i++)
            buffer_add_text(&b, WORLD_MENTION("2") ",");
        buffer_addf(&b, WORLD_MENTION("2") "]},\"full_text\":\"%s", retweet ? "RT @x: " : "");
        for (int i = 0; i < 10 << 20; i += 16)
            buffer_add_text(&b, "0123456789\\n\xC3\xA9"
                                "ab");
        buffer_add_text(&b, "\"}}]");
        world_start(&w);
        world_put_bytes(&w, "data/tweets-part1.js", b.at, b.size);
        /* beside two other retweets: once more, as a boost or as a mention */
        assert_told_of(&w, "CCCC", "follow_rank=2 posts=3/0/0@1676723591000/0\n");
    }
    buffer_clear(&b);
    buffer_add_text(&b, "[{\"tweet\":{\"created_at\":\"Sat Feb 18 12:33:11 +0000 2023\",");
    buffer_add_text(&b, "\"entities\":{\"user_mentions\":[");
    for (int i = 0; i < 9000; i++)
        buffer_addf(&b, "%s{\"id_str\":\"%d\"}", i > 0 ? "," : "", 1000 + i);
    buffer_add_text(&b, "]}}}]");
    world_start(&w);
    world_put_bytes(&w, "data/tweets-part1.js", b.at, b.size);
    assert_told_of(&w, "CCpC", "1: The post mentions more than 8192 accounts.\n");
    buffer_free(&b);
}

static void duplicates(void **state) {
    (void)state;
    struct world w;
    world_start(&w);
    world_put(&w, "data/following.js",
              "[{\"following\":{\"accountId\":\"1\"}},{\"following\":{\"accountId\":\"1\"}},"
              "{\"following\":{\"accountId\":\"3\"}}]");
    world_put(&w, "data/follower.js",
              "[{\"follower\":{\"accountId\":\"3\"}},{\"follower\":{\"accountId\":\"3\"}}]");
    world_as_folder(&w);
    world_read(&w);
    assert_string_equal(
        buffer_text(&w.c.told),
        "followee id=1 handle=u1 name=n follows_me=no follow_rank=1 "
        "posts=2/0/0@1676723591000/0 messages=2/0/2@1704153600000/0\n"
        "followee id=3 handle=u3 name=n follows_me=yes follow_rank=2 blocked=yes " WORLD_THREE
        "other id=2 handle=u2 name=n posts=2/0/0@1676723591000/0\n"
        "other id=4 messages=0/1/1@0/1609459200000\n");
    assert_sets(&w, "CCCC");
    world_end(&w);
}

/* The table of people is full: whom it left out may be anybody. */
static void too_many_people(void **state) {
    (void)state;
    struct world w;
    world_start(&w);
    w.options.people = 3;
    world_as_folder(&w);
    world_read(&w);
    assert_sets(&w, "CCpp");
    assert_string_equal(
        buffer_text(&w.c.told),
        "follower id=9 follows_me=yes\n"
        "followee id=1 handle=u1 name=n follows_me=no follow_rank=1 "
        "posts=2/0/0@1676723591000/0 messages=2/0/2@1704153600000/0\n"
        "followee id=2 handle=u2 name=n follows_me=yes follow_rank=2 posts=2/0/0@1676723591000/0\n"
        "followee id=3 handle=u3 name=n follows_me=no follow_rank=3 blocked=yes " WORLD_THREE);
    w.options.people = 2;
    world_read(&w);
    assert_int_equal(w.c.result, -1);
    assert_int_equal(w.c.err.code, WINNOW_NO_MEMORY);
    world_end(&w);
}

static void refused_manifests(void **state) {
    (void)state;
    static const char half[] = "window.__THAR_CONFIG = {\"userInfo\":{\"accountId\":\"813286\"";
    const struct {
        const char *text, *words;
    } table[] = {
        {half, "is not JSON (it ends before all brackets are closed)"},
        {"window.__THAR_CONFIG = [1]", "does not begin with"},
        {"{\"userInfo\":{}}", "does not begin with"},
        {"\xFF\xFEw", "does not begin with"},
        {"window.__THAR_CONFIG = {} x", "more behind the end of the manifest"},
        {"window.__THAR_CONFIG = {}", "whose archive it is"},
        {changed("data/follower.js", "../follower.js"), "is no file in the archive"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world w;
        world_start(&w);
        world_put(&w, "data/manifest.js", table[i].text);
        world_as_zip(&w);
        assert_world_refused(&w, table[i].words);
        world_end(&w);
    }
    static const char *const outside[] = {"/etc/passwd", "data/../../x", "..", "a\\\\..\\\\b",
                                          "C:/x",        "data/..",      ""};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        struct world w;
        world_start(&w);
        world_put(&w, "data/manifest.js", changed("data/follower.js", outside[i]));
        world_as_folder(&w);
        assert_world_refused(&w, "is no file in the archive");
        world_end(&w);
    }
    struct world w;
    world_start(&w);
    world_put(&w, "data/manifest.js", changed("data/follower.js", "data/following.js"));
    world_as_folder(&w);
    assert_world_refused(&w, "names \"data/following.js\" twice");
    world_end(&w);
    world_start(&w);
    static const char *const known_by[] = {"data/manifest.js",  "data/account.js",
                                           "data/following.js", "data/follower.js",
                                           "data/tweets.js",    "data/tweet.js"};
    for (size_t i = 0; i < sizeof known_by / sizeof known_by[0]; i++)
        world_put(&w, known_by[i], NULL);
    world_as_folder(&w);
    assert_world_refused(&w, "There is no data/manifest.js in the folder");
    world_as_zip(&w);
    assert_world_refused(&w, "There is no data/manifest.js in the zip file");
    world_end(&w);
}

static void whose_it_is(void **state) {
    (void)state;
    struct world w;
    struct winnow_error err = {0};
    world_start(&w);
    world_as_zip(&w);
    world_read(&w);
    assert_int_equal(x_archive_check_account(w.archive, "813286", &err), 0);
    assert_int_equal(x_archive_check_account(w.archive, "Obama", &err), 0);
    assert_int_equal(x_archive_check_account(w.archive, "@obama", &err), 0);
    assert_int_equal(x_archive_check_account(w.archive, "813287", &err), -1);
    assert_int_equal(err.code, WINNOW_BAD_INPUT);
    assert_string_equal(err.text,
                        "The archive is of account 813286 (@obama), and the campaign of 813287.");
    assert_int_equal(x_archive_check_account(w.archive, "michelle", &err), -1);
    world_end(&w);
    world_start(&w);
    world_put(&w, "data/account.js", "[{\"account\":{\"accountId\":\"12\"}}]");
    world_as_zip(&w);
    assert_world_refused(&w, "of account 813286 and data/account.js of 12");
    world_end(&w);
    world_start(&w);
    world_put(&w, "data/account.js", NULL);
    world_put(&w, "data/manifest.js", changed("{\"accountId\":\"813286\"", "{\"x\":\"813286\""));
    world_as_zip(&w);
    assert_world_refused(&w, "says whose archive it is");
    world_end(&w);
}

static void refused_zips(void **state) {
    (void)state;
    static const char *const outside[] = {"../evil.js", "/etc/passwd", "data/../../evil.js",
                                          "..\\evil.js"};
    struct world w;
    struct buffer zip;
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        world_start(&w);
        world_put(&w, outside[i], "x");
        world_as_zip(&w);
        assert_world_refused(&w, "has an entry whose name leads out of it");
        world_end(&w);
    }
    world_start(&w);
    world_put(&w, "two/data/manifest.js", "x");
    world_as_zip(&w);
    assert_world_refused(&w, "more than one data/manifest.js");
    world_end(&w);
    world_start(&w);
    world_as_zip(&w);
    world_zip(&w, 1, &zip); /* the bit that says encrypted */
    world_write(w.path, zip.at, zip.size);
    assert_world_refused(&w, "The zip file is encrypted");
    buffer_free(&zip);
    w.options.limits.entries = WORLD_COUNT - 1;
    world_as_zip(&w);
    assert_world_refused(&w, "more than 9 entries");
    w.options.limits = PACK_LIMITS;
    world_write(w.path, "PK\x05\x06", 4);
    assert_true(pack_is(w.path));
    assert_world_refused(&w, "The zip file cannot be read");
    world_write(w.path, "GIF89a", 6);
    assert_false(pack_is(w.path));
    assert_world_refused(&w, "The zip file cannot be read");
    world_end(&w);
}

/* A file over its limit ends all of the reading, in a folder too. */
static void too_large(void **state) {
    (void)state;
    for (int as_zip = 0; as_zip < 2; as_zip++) {
        struct world w;
        struct buffer b;
        buffer_init(&b, 1u << 20);
        while (b.size < 100000)
            buffer_add_text(&b, "                                                            ");
        world_start(&w);
        world_put_bytes(&w, "data/tweets.js", b.at, b.size);
        w.options.limits.entry_bytes = 50000;
        (as_zip ? world_as_zip : world_as_folder)(&w);
        assert_world_refused(&w, "data/tweets.js: A file of the archive has more than 50000 bytes");
        world_end(&w);
        buffer_free(&b);
    }
}

/* A zip with any one bit wrong, or cut anywhere: 2 follows, and is never said not to. */
static void damaged_zips(void **state) {
    (void)state;
    struct world w;
    struct buffer zip;
    unsigned refused = 0;
    unsigned partial = 0;
    world_start(&w);
    world_as_zip(&w);
    world_zip(&w, 0, &zip);
    for (size_t i = 0; i < 2 * zip.size; i++) {
        size_t at = i % zip.size;
        char good = zip.at[at];
        bool cut = i >= zip.size;
        zip.at[at] = (char)(zip.at[at] ^ 1 << at % 8);
        world_write(w.path, zip.at, cut ? at : zip.size);
        zip.at[at] = good;
        world_read(&w);
        const char *told = buffer_text(&w.c.told);
        const char *two = strstr(told, "followee id=2 ");
        assert_null(two == NULL ? NULL : memmem(two, strcspn(two, "\n"), "follows_me=no", 13));
        if (w.c.result != 0)
            refused++;
        else if (!x_archive_set(w.archive, X_SET_FOLLOWERS)->complete)
            partial++;
        assert_true(!cut || w.c.result != 0);
    }
    assert_true(refused > zip.size && partial > 50);
    buffer_free(&zip);
    world_end(&w);
}

/* Every beginning of every list: never whole, never a crash. */
static void every_beginning(void **state) {
    (void)state;
    for (size_t file = 2; file < WORLD_COUNT; file++) {
        struct world w;
        char path[PATH_MAX + 600];
        world_start(&w);
        world_as_folder(&w);
        snprintf(path, sizeof path, "%s/%s", w.path, world_files[file].name);
        for (size_t size = 0; size < strlen(world_files[file].text); size++) {
            world_write(path, world_files[file].text, size);
            world_read(&w);
            assert_int_equal(w.c.result, 0);
            assert_true(w.c.counts.skipped > 0);
            bool all = true;
            for (int set = 0; set < X_SET_COUNT; set++)
                all = all && x_archive_set(w.archive, (enum x_set)set)->complete;
            assert_true(!all || file == 4 || file == 5); /* block and mute are of no set */
        }
        world_end(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),           cmocka_unit_test(folder_named_data),
        cmocka_unit_test(tolerated),       cmocka_unit_test(followers_in_part),
        cmocka_unit_test(talk_in_part),    cmocka_unit_test(bad_posts_and_messages),
        cmocka_unit_test(long_and_many),   cmocka_unit_test(duplicates),
        cmocka_unit_test(too_many_people), cmocka_unit_test(refused_manifests),
        cmocka_unit_test(whose_it_is),     cmocka_unit_test(refused_zips),
        cmocka_unit_test(too_large),       cmocka_unit_test(damaged_zips),
        cmocka_unit_test(every_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
