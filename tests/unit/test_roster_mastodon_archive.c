/* A whole archive of Mastodon: whom it says the account dealt with, as folder, zip and tar.gz; that
 * what names nobody is counted and never guessed; and that a broken file loses nothing before the
 * break. */
#include "cmocka_all.h"

#include "formats/mastodon/mastodon_archive.h"
#include "roster/archive_world.h"

#include "core/base/buffer.h"

struct given {
    struct world w;
    struct mastodon_archive *archive;
    struct buffer told;
    struct winnow_error err;
    uint32_t actors;
    bool stop;
    int result;
};

static const char *const kinds[] = {"reply", "mention",  "quote",  "boost",
                                    "like",  "bookmark", "message"};

static int take(void *context, struct text handle, const struct exchange *x,
                struct winnow_error *err) {
    struct given *g = context;
    char line[512];
    snprintf(line, sizeof line, "%s %.*s %lld\n", kinds[x->kind], (int)handle.size, handle.at,
             (long long)(x->time_ms / 1000));
    buffer_add_text(&g->told, line);
    assert_false(x->by_them);
    return g->stop ? winnow_fail(err, WINNOW_STORAGE, "full") : 0;
}

static void take_skipped(void *context, const char *file, uint64_t line, const char *why) {
    struct given *g = context;
    char text[512];
    snprintf(text, sizeof text, "skipped %s:%llu %s\n", file, (unsigned long long)line, why);
    buffer_add_text(&g->told, text);
}

#define ACTOR                                                                                      \
    "{\"id\":\"https://web.example/users/Me\",\"type\":\"Person\",\"preferredUsername\":\"Me\","   \
    "\"webfinger\":\"Me@home.example\",\"inbox\":{\"a\":[1,2]}}"
#define PUBLIC        "\"https://www.w3.org/ns/activitystreams#Public\""
#define TIME          "\"published\":\"2024-01-02T03:04:05Z\""
#define TIME_TOLD     "1704164645"
#define TAG(href, at) "{\"type\":\"Mention\",\"href\":\"" href "\",\"name\":\"" at "\"}"
#define POST_TO(to, rest)                                                                          \
    "{\"id\":\"x/activity\",\"type\":\"Create\",\"actor\":\"https://web.example/users/Me\"," TIME  \
    ",\"to\":[" to "],\"cc\":[],\"object\":{\"id\":\"x\",\"type\":\"Note\",\"to\":[" to "],"       \
    "\"content\":\"hi\"," rest "}}"
#define POST(rest) POST_TO(PUBLIC, rest)
#define BOOST(by, object)                                                                          \
    "{\"type\":\"Announce\"," TIME ",\"to\":[" PUBLIC "],\"cc\":[\"" by                            \
    "\",\"https://web.example/users/Me/followers\"],\"object\":" object "}"
#define OUTBOX(rows)                                                                               \
    "{\"@context\":\"https://www.w3.org/ns/activitystreams\",\"id\":\"outbox.json\",\"type\":"     \
    "\"OrderedCollection\",\"totalItems\":1,\"orderedItems\":[" rows "]}"
#define URIS(rows)                                                                                 \
    "{\"@context\":\"x\",\"id\":\"likes.json\",\"type\":\"OrderedCollection\",\"orderedItems\":"   \
    "[" rows "]}"

static void start(struct given *g, const char *outbox, const char *likes, const char *bookmarks) {
    memset(g, 0, sizeof *g);
    temp_directory_make(g->w.folder);
    g->w.files[0] = (struct world_file){"actor.json", ACTOR, 0};
    g->w.files[1] = (struct world_file){"outbox.json", outbox, 0};
    g->w.files[2] = (struct world_file){"likes.json", likes, 0};
    g->w.files[3] = (struct world_file){"bookmarks.json", bookmarks, 0};
    g->w.count = 4;
    buffer_init(&g->told, 1u << 20);
}

static void read_it(struct given *g) {
    const struct mastodon_archive_options options = {.limits = PACK_LIMITS, .actors = g->actors};
    const struct mastodon_archive_sink sink = {
        .context = g, .exchange = take, .skipped = take_skipped};
    g->result = mastodon_archive_open(g->w.path, &options, &g->archive, &g->err);
    if (g->result == 0)
        g->result = mastodon_archive_read(g->archive, &sink, &g->err);
}

static void end(struct given *g) {
    mastodon_archive_close(g->archive);
    buffer_free(&g->told);
    temp_directory_remove(g->w.folder);
}

static const char *told(struct given *g) {
    return buffer_text(&g->told);
}

static void assert_set(const struct given *g, enum dataset set, uint64_t count, const char *why) {
    const struct mastodon_archive_set *s = mastodon_archive_set(g->archive, set);
    assert_true(s->there);
    assert_int_equal(s->count, count);
    if (strstr(s->why, why) == NULL)
        fail_msg("\"%s\" is not in: %s", why, s->why);
    assert_int_equal(s->complete, why[0] == '\0');
    assert_int_equal(s->why[0] == '\0', s->complete);
}

/* ---- a tar.gz writer, stored ---- */

static void tar_number(char *at, int digits, uint64_t value) {
    for (int i = digits - 1; i >= 0; i--, value >>= 3)
        at[i] = (char)('0' + (value & 7));
}

static void tar_add(struct buffer *b, const char *name, const char *text, size_t size) {
    static const char zeros[512];
    char head[512] = {0};
    unsigned sum = 0;
    snprintf(head, 100, "%s", name);
    tar_number(head + 100, 7, 0644);
    tar_number(head + 108, 7, 0);
    tar_number(head + 116, 7, 0);
    tar_number(head + 124, 11, size);
    tar_number(head + 136, 11, 1700000000);
    memset(head + 148, ' ', 8);
    head[156] = '0';
    memcpy(head + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof head; i++)
        sum += (unsigned char)head[i];
    tar_number(head + 148, 6, sum);
    head[154] = '\0';
    buffer_add(b, head, sizeof head);
    buffer_add(b, text, size);
    buffer_add(b, zeros, (512 - size % 512) % 512);
}

static void gzip(struct buffer *b, const struct buffer *of) {
    buffer_add(b, "\x1F\x8B\x08\0\0\0\0\0\0\x03", 10);
    for (size_t at = 0; at < of->size;) {
        size_t size = of->size - at < 65535 ? of->size - at : 65535;
        world_le(b, at + size == of->size, 1);
        world_le(b, size, 2);
        world_le(b, ~size, 2);
        buffer_add(b, of->at + at, size);
        at += size;
    }
    world_le(b, world_crc(of->at, of->size), 4);
    world_le(b, of->size, 4);
}

static void as_tar_gz(struct given *g, const char *front) {
    struct buffer tar;
    struct buffer out;
    char name[100];
    buffer_init(&tar, 1u << 20);
    buffer_init(&out, 1u << 20);
    for (size_t i = 0; i < g->w.count; i++) {
        snprintf(name, sizeof name, "%s%s", front, g->w.files[i].name);
        if (g->w.files[i].text != NULL)
            tar_add(&tar, name, g->w.files[i].text, world_size(&g->w.files[i]));
    }
    static const char zeros[1024];
    buffer_add(&tar, zeros, sizeof zeros);
    gzip(&out, &tar);
    snprintf(g->w.path, sizeof g->w.path, "%s/archive.tar.gz", g->w.folder);
    world_write(g->w.path, out.at, out.size);
    buffer_free(&tar);
    buffer_free(&out);
}

/* ---- the tests ---- */

/* Ada's host is not that of her address; Bob is here; Cy has a number for a name in his address. */
#define ADA  TAG("https://s.ada.example/users/ada", "@ada@Ada.example")
#define BOB  TAG("https://web.example/users/bob", "@bob")
#define CY   TAG("https://cy.example/ap/users/115", "@cy@cy.example")
#define SELF TAG("https://web.example/users/Me", "@Me")
#define ROWS                                                                                                                                                                                                                                                              \
    BOOST("https://s.ada.example/users/ada", "\"https://s.ada.example/users/ada/statuses/1\"")                                                                                                                                                                            \
    ",\n" POST("\"inReplyTo\":\"https://s.ada.example/users/ada/statuses/7\",\"tag\":[" ADA "," BOB "," SELF ",{\"type\":\"Hashtag\",\"href\":\"h\",\"name\":\"#x\"}]") ",\n" POST("\"inReplyTo\":\"https://web.example/users/Me/statuses/3\",\"tag\":[]") ",\n" POST_TO( \
        "\"https://cy.example/ap/users/115\"",                                                                                                                                                                                                                            \
        "\"inReplyTo\":null,\"tag\":[" CY "]") ",\n" POST("\"inReplyTo\":null,\"tag\":[],"                                                                                                                                                                                \
                                                          "\"quote\":\"https://d.example/@dora/"                                                                                                                                                                          \
                                                          "9\"") ",\n" BOOST("https://"                                                                                                                                                                                   \
                                                                             "web.example/users/"                                                                                                                                                                         \
                                                                             "Me",                                                                                                                                                                                        \
                                                                             "{\"id\":\"https://"                                                                                                                                                                         \
                                                                             "web.example/users/"                                                                                                                                                                         \
                                                                             "Me/statuses/3\","                                                                                                                                                                           \
                                                                             "\"type\":\"Note\","                                                                                                                                                                         \
                                                                             "\"tag\":[" ADA                                                                                                                                                                              \
                                                                             "]}") ",\n"                                                                                                                                                                                  \
                                                                                   "{\"type\":"                                                                                                                                                                           \
                                                                                   "\"Delete\","                                                                                                                                                                          \
                                                                                   "\"object\":"                                                                                                                                                                          \
                                                                                   "\"x\"}"
#define ROWS_TOLD                                                                                  \
    "boost ada@ada.example " TIME_TOLD "\nreply ada@ada.example " TIME_TOLD                        \
    "\nmention bob@home.example " TIME_TOLD "\nmessage cy@cy.example " TIME_TOLD                   \
    "\nquote dora@d.example " TIME_TOLD "\n"
#define LIKES                                                                                      \
    "\"https://s.ada.example/users/ada/statuses/5\",\n\"https://web.example/users/bob/statuses/"   \
    "6\","                                                                                         \
    "\n\"https://cy.example/ap/users/115/statuses/8\",\"https://web.example/users/Me/statuses/"    \
    "3\","                                                                                         \
    "\"https://gts.example/users/eve/statuses/01HX\""
#define LIKES_TOLD                                                                                 \
    "like ada@ada.example 0\nlike bob@home.example 0\nlike cy@cy.example 0\nlike "                 \
    "eve@gts.example 0\n"
#define SAVED      "\"https://d.example/@dora/9\",\"https://web.example/@fay@F.example/4\""
#define SAVED_TOLD "bookmark dora@d.example 0\nbookmark fay@f.example 0\n"

static void whole(void **state) {
    (void)state;
    static const char *const forms[] = {"folder", "zip", "tar.gz", "./"};
    for (int form = 0; form < 4; form++) {
        struct given g;
        start(&g, OUTBOX(ROWS), URIS(LIKES), URIS(SAVED));
        if (form == 0)
            world_as_folder(&g.w);
        else if (form == 1)
            world_as_zip(&g.w);
        else
            as_tar_gz(&g, form == 2 ? "archive-2024/" : forms[form]);
        assert_true(mastodon_archive_is(g.w.path));
        read_it(&g);
        assert_string_equal(g.err.text, "");
        assert_string_equal(told(&g), ROWS_TOLD LIKES_TOLD SAVED_TOLD);
        /* totalItems says 1, which is too low, and proves nothing */
        assert_set(&g, DATASET_POSTS, 7, "");
        assert_set(&g, DATASET_LIKES, 5, "");
        assert_set(&g, DATASET_BOOKMARKS, 2, "");
        assert_null(mastodon_archive_set(g.archive, DATASET_MESSAGES));
        assert_string_equal(mastodon_archive_handle(g.archive), "Me@home.example");
        assert_string_equal(mastodon_archive_host(g.archive), "web.example");
        assert_true(mastodon_archive_as_of_ms(g.archive) > 0);
        end(&g);
    }
}

/* Nobody is guessed from an address that names nobody. */
static void nameless(void **state) {
    (void)state;
    static const char *const rows[] = {
        BOOST("https://mk.example/users/9abc", "\"https://mk.example/notes/9def\""),
        BOOST("https://cy.example/ap/users/1", "\"https://cy.example/ap/users/1/statuses/2\""),
        POST("\"inReplyTo\":\"https://pl.example/objects/12-3\",\"tag\":[]"),
        POST("\"inReplyTo\":null,\"tag\":[],\"quote\":{\"type\":\"Tombstone\"}"),
        POST("\"inReplyTo\":null,\"tag\":[" TAG("https://a.example/u/x", "") "]"),
        POST("\"inReplyTo\":null,\"tag\":[" TAG("https://a.example/u/x", "@a@b@c") "]"),
        "[7]",
        "{\"type\":\"Create\",\"object\":\"https://a.example/1\"}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct given g;
        char outbox[2048];
        snprintf(outbox, sizeof outbox, OUTBOX("%s"), rows[i]);
        start(&g, outbox,
              URIS("\"https://cy.example/ap/users/1/statuses/2\",null,"
                   "\"https://pl.example/objects/12-3\",\"https://mk.example/notes/9\","
                   "\"https://a.example/users/al%20/statuses/1\",\"nonsense\",\"\""),
              URIS(""));
        world_as_folder(&g.w);
        read_it(&g);
        assert_int_equal(g.result, 0);
        assert_null(strchr(told(&g), '@'));
        assert_set(&g, DATASET_POSTS, 1, "1 rows of outbox.json do not tell the address");
        assert_set(&g, DATASET_LIKES, 7, "7 rows of likes.json do not tell the address");
        assert_set(&g, DATASET_BOOKMARKS, 0, "");
        end(&g);
    }
}

/* A number is a name only where a mention says whose; it may stand behind. */
static void told_later(void **state) {
    (void)state;
    struct given g;
    start(&g,
          OUTBOX(BOOST("https://cy.example/ap/users/115",
                       "\"https://cy.example/ap/users/115/"
                       "statuses/2\"") "," POST("\"inReplyTo\":null,\"tag\":[" CY "]")),
          NULL, NULL);
    world_as_folder(&g.w);
    read_it(&g);
    assert_string_equal(told(&g),
                        "boost cy@cy.example " TIME_TOLD "\nmention cy@cy.example " TIME_TOLD "\n");
    assert_set(&g, DATASET_POSTS, 2, "");
    assert_false(mastodon_archive_set(g.archive, DATASET_LIKES)->there);
    end(&g);
}

/* Only who is in the `to` of a post to people alone was written to in private. */
static void visibility(void **state) {
    (void)state;
    static const struct {
        const char *to, *told;
    } table[] = {
        {"\"https://web.example/users/Me/followers\"", "mention"},
        {PUBLIC, "mention"},
        {"\"as:Public\"", "mention"},
        {"\"https://web.example/users/bob\"," PUBLIC, "mention"},
        {"\"https://web.example/users/bob\"", "message"},
        {"{}", "mention"},
        {"", "mention"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct given g;
        char outbox[2048];
        char expected[128];
        snprintf(outbox, sizeof outbox, OUTBOX(POST_TO("%s", "\"tag\":[" BOB "]")), table[i].to,
                 table[i].to);
        snprintf(expected, sizeof expected, "%s bob@home.example " TIME_TOLD "\n", table[i].told);
        start(&g, outbox, NULL, NULL);
        world_as_folder(&g.w);
        read_it(&g);
        assert_string_equal(told(&g), expected);
        end(&g);
    }
    /* the activity to everybody, the post in it to one */
    struct given g;
    start(&g,
          OUTBOX("{\"type\":\"Create\"," TIME ",\"to\":[" PUBLIC "],\"object\":{\"to\":["
                 "\"https://web.example/users/bob\"],\"tag\":[" BOB "]}}"),
          NULL, NULL);
    world_as_folder(&g.w);
    read_it(&g);
    assert_string_equal(told(&g), "mention bob@home.example " TIME_TOLD "\n");
    end(&g);
}

static void broken(void **state) {
    (void)state;
    static const char one[] = POST("\"tag\":[" BOB "]");
    static const struct {
        const char *behind, *why;
    } table[] = {
        {",{\"type\":\"Create\",\"obj", "outbox.json breaks off or is damaged in line 1"},
        {",{\"type\":\"Create\",,}]}", "after 1 rows"},
        {"", "outbox.json breaks off"},
        {"]", "outbox.json breaks off"},
        {"],\"x\":\"\xFF\"}", "not valid UTF-8"},
        {"]}{}", "goes on behind its end"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (int form = 0; form < 2; form++) {
            struct given g;
            char outbox[4096];
            snprintf(outbox, sizeof outbox, "{\"totalItems\":9,\"orderedItems\":[%s%s", one,
                     table[i].behind);
            start(&g, outbox, URIS(LIKES), "[]");
            if (form == 0)
                world_as_folder(&g.w);
            else
                world_as_zip(&g.w);
            read_it(&g);
            assert_int_equal(g.result, 0);
            assert_string_equal(told(&g), "mention bob@home.example " TIME_TOLD
                                          "\nlike ada@s.ada.example 0\nlike bob@home.example 0\n"
                                          "like eve@gts.example 0\n");
            assert_set(&g, DATASET_POSTS, 1, table[i].why);
            assert_set(&g, DATASET_LIKES, 5, "1 rows of likes.json");
            assert_set(&g, DATASET_BOOKMARKS, 0, "bookmarks.json is no collection");
            end(&g);
        }
}

/* A total that is too high does say that something is missing. */
static void short_of_its_total(void **state) {
    (void)state;
    struct given g;
    start(&g, "{\"orderedItems\":[],\"totalItems\":3}", NULL, NULL);
    world_as_folder(&g.w);
    read_it(&g);
    assert_set(&g, DATASET_POSTS, 0, "has 0 rows, and says that there are 3");
    end(&g);
}

static void many(void **state) {
    (void)state;
    struct given g;
    struct buffer row;
    buffer_init(&row, 1u << 20);
    buffer_add_text(&row, "{\"orderedItems\":[{\"type\":\"Create\",\"object\":{\"tag\":[" BOB);
    for (int i = 0; i < (int)MASTODON_MENTIONS_MAX + 5; i++)
        buffer_add_text(&row, "," BOB);
    buffer_add_text(&row, "]}}]}");
    start(&g, buffer_text(&row), NULL, NULL);
    world_as_folder(&g.w);
    read_it(&g);
    assert_string_equal(told(&g), "mention bob@home.example 0\n"); /* no time is told */
    assert_set(&g, DATASET_POSTS, 1, "1 rows of outbox.json");
    end(&g);
    buffer_free(&row);

    start(&g, OUTBOX(POST("\"tag\":[" ADA "," BOB "]")), NULL, NULL);
    g.actors = 1;
    world_as_folder(&g.w);
    read_it(&g);
    assert_string_equal(told(&g), "mention ada@ada.example " TIME_TOLD "\n");
    assert_set(&g, DATASET_POSTS, 1, "1 rows of outbox.json");
    end(&g);
}

static void stopped(void **state) {
    (void)state;
    struct given g;
    start(&g, OUTBOX(ROWS), NULL, NULL);
    g.stop = true;
    world_as_folder(&g.w);
    read_it(&g);
    assert_int_equal(g.result, -1);
    assert_string_equal(g.err.text, "outbox.json: full");
    end(&g);
}

static bool is_of(const struct given *g, const char *account, const char *server) {
    struct winnow_error err = {0};
    int result = mastodon_archive_check_account(g->archive, account, server, &err);
    assert_int_equal(result == 0, err.text[0] == '\0');
    return result == 0;
}

static void whose_it_is(void **state) {
    (void)state;
    struct given g;
    start(&g, OUTBOX(""), NULL, NULL);
    world_as_folder(&g.w);
    read_it(&g);
    assert_true(is_of(&g, "me@home.example", NULL));
    assert_true(is_of(&g, "@Me@WEB.example", NULL));
    assert_true(is_of(&g, "me", "https://web.example"));
    assert_true(is_of(&g, "me", "https://home.example"));
    assert_true(is_of(&g, "me", NULL));
    assert_true(is_of(&g, "https://web.example/users/Me", NULL));
    assert_false(is_of(&g, "me", "https://other.example"));
    assert_false(is_of(&g, "me@other.example", "https://web.example"));
    assert_false(is_of(&g, "mee@home.example", NULL));
    assert_false(is_of(&g, "115", "https://web.example"));
    assert_false(is_of(&g, "", NULL));
    end(&g);

    static const struct {
        const char *actor, *handle;
    } table[] = {
        {"{\"id\":\"https://web.example/users/Me\",\"preferredUsername\":\"Me\"}",
         "Me@web.example"},
        {"{\"id\":\"https://web.example/ap/users/115\",\"preferredUsername\":\"Me\","
         "\"webfinger\":\"acct:Me@Home.example\"}",
         "Me@home.example"},
        {"{\"id\":\"https://web.example/ap/users/115\",\"preferredUsername\":\"Me\","
         "\"webfinger\":\"a@b@c\"}",
         "Me@web.example"},
        {"{\"id\":\"https://web.example/users/Me\"}", NULL},
        {"{\"preferredUsername\":\"Me\"}", NULL},
        {"{\"id\":\"https://web.example/users/Me\",\"preferredUsername\":\"Me\"", NULL},
        {"[]", NULL},
        {NULL, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        start(&g, OUTBOX(""), NULL, NULL);
        g.w.files[0].text = table[i].actor;
        world_as_folder(&g.w);
        read_it(&g);
        assert_int_equal(g.result, table[i].handle != NULL ? 0 : -1);
        if (table[i].handle != NULL)
            assert_string_equal(mastodon_archive_handle(g.archive), table[i].handle);
        else
            assert_int_equal(g.err.code, WINNOW_BAD_INPUT);
        if (i == 1)
            assert_true(is_of(&g, "115", "https://web.example"));
        end(&g);
    }
}

/* Every place where a file can end, and every byte of a tar.gz that can be wrong: no more is told
 * than was there, and nothing is whole that is not. */
static void every_beginning(void **state) {
    (void)state;
    static const char outbox[] = OUTBOX(ROWS);
    for (size_t size = 0; size < sizeof outbox - 1; size += 3) {
        struct given g;
        char cut[sizeof outbox];
        memcpy(cut, outbox, size);
        cut[size] = '\0';
        start(&g, cut, NULL, NULL);
        world_as_folder(&g.w);
        read_it(&g);
        assert_int_equal(g.result, 0);
        assert_false(mastodon_archive_set(g.archive, DATASET_POSTS)->complete);
        /* an address that is told later makes a name; none is told twice */
        assert_true(strlen(told(&g)) <= strlen(ROWS_TOLD));
        end(&g);
    }
}

static void refused(void **state) {
    (void)state;
    struct given g;
    start(&g, NULL, NULL, NULL);
    world_as_folder(&g.w);
    assert_false(mastodon_archive_is(g.w.path));
    read_it(&g);
    assert_int_equal(g.result, -1);
    assert_non_null(strstr(g.err.text, "There is no outbox.json in the folder"));
    end(&g);

    start(&g, OUTBOX(""), NULL, NULL);
    as_tar_gz(&g, "../");
    read_it(&g);
    assert_int_equal(g.result, -1);
    assert_non_null(strstr(g.err.text, "leads out of it"));
    end(&g);

    start(&g, OUTBOX(""), NULL, NULL);
    snprintf(g.w.path, sizeof g.w.path, "%s/x.gz", g.w.folder);
    world_write(g.w.path, "\x1F\x8B\x08 nothing", 11);
    assert_false(mastodon_archive_is(g.w.path));
    read_it(&g);
    assert_int_equal(g.result, -1);
    assert_non_null(strstr(g.err.text, "The tar file cannot be read"));
    end(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),       cmocka_unit_test(nameless),
        cmocka_unit_test(told_later),  cmocka_unit_test(visibility),
        cmocka_unit_test(broken),      cmocka_unit_test(short_of_its_total),
        cmocka_unit_test(many),        cmocka_unit_test(stopped),
        cmocka_unit_test(whose_it_is), cmocka_unit_test(every_beginning),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
