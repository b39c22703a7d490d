/* A Bluesky repository: what its records say of people; that only a walk that found every link is
 * whole; and that damage, circles, and keys out of order are told and never believed. */
#include "cmocka_all.h"

#include "formats/bluesky/bluesky_record.h"
#include "formats/bluesky/bluesky_repo.h"
#include "roster/car_world.h"

#define FOLLOW "app.bsky.graph.follow"
#define ADA    "did:plc:ada"
#define BOB    "did:web:bob.example"
#define CY     "did:plc:cy"
#define POST   "/app.bsky.feed.post/3k"

struct given {
    struct car_file file;
    struct buffer bytes; /* of the file */
    struct bluesky_repo *repo;
    struct buffer told;
    struct car_options options;
    struct winnow_error err;
    bool stop;
    int result;
};

static void say(struct given *g, const char *what, struct text did, const char *more) {
    char line[1024];
    snprintf(line, sizeof line, "%s %.*s%s%s\n", what, (int)did.size, did.at,
             more[0] != '\0' ? " " : "", more);
    buffer_add_text(&g->told, line);
}

static int give_up(const struct given *g, struct winnow_error *err) {
    return g->stop ? winnow_fail(err, WINNOW_STORAGE, "full") : 0;
}

static int take_follow(void *context, struct text did, struct text rkey, int64_t created_ms,
                       struct winnow_error *err) {
    struct given *g = context;
    char more[600];
    snprintf(more, sizeof more, "%.*s%s", (int)rkey.size, rkey.at,
             created_ms == 1704164645000 ? "" : " without a time");
    say(g, "follow", did, more);
    return give_up(g, err);
}

static int take_exchange(void *context, struct text did, const struct exchange *x,
                         struct winnow_error *err) {
    static const char *const kinds[] = {"reply", "mention", "quote", "boost", "like"};
    struct given *g = context;
    assert_false(x->by_them);
    assert_int_equal(x->time_ms, 1704164645000);
    say(g, kinds[x->kind], did, "");
    return give_up(g, err);
}

static int take_listed(void *context, struct text did, struct text name,
                       enum bluesky_purpose purpose, struct winnow_error *err) {
    static const char *const purposes[] = {"curate", "reference", "moderate"};
    struct given *g = context;
    char more[600];
    snprintf(more, sizeof more, "%.*s %s", (int)name.size, name.at, purposes[purpose]);
    say(g, "listed", did, more);
    return give_up(g, err);
}

static int take_block(void *context, struct text did, struct winnow_error *err) {
    struct given *g = context;
    say(g, "block", did, "");
    return give_up(g, err);
}

static void take_skipped(void *context, struct text key, const char *why) {
    say(context, "skipped", key, why);
}

static void start(struct given *g) {
    memset(g, 0, sizeof *g);
    buffer_init(&g->told, 1u << 20);
}

static int open_bytes(const void *at, size_t size) {
    char path[] = "/tmp/winnow-car-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_true(write(fd, at, size) == (ssize_t)size);
    return fd;
}

static void read_bytes(struct given *g) {
    const struct bluesky_repo_sink sink = {.context = g,
                                           .follow = take_follow,
                                           .exchange = take_exchange,
                                           .listed = take_listed,
                                           .block = take_block,
                                           .skipped = take_skipped};
    int fd = open_bytes(g->bytes.at, g->bytes.size);
    bluesky_repo_close(g->repo);
    g->err = (struct winnow_error){0};
    buffer_free(&g->told);
    buffer_init(&g->told, 1u << 20);
    g->result = bluesky_repo_open(fd, &g->options, &g->repo, &g->err);
    if (g->result == 0)
        g->result = bluesky_repo_read(g->repo, &sink, &g->err);
    close(fd);
}

static void read_file(struct given *g, bool backwards) {
    buffer_free(&g->bytes);
    write_car(&g->file, &g->bytes, backwards);
    read_bytes(g);
}

static void end(struct given *g) {
    bluesky_repo_close(g->repo);
    buffer_free(&g->told);
    buffer_free(&g->bytes);
    free_blocks(&g->file);
}

static const enum dataset all_sets[] = {DATASET_FOLLOWING, DATASET_POSTS, DATASET_LIKES,
                                        DATASET_BOOSTS,    DATASET_LISTS, DATASET_BLOCKS};

static void assert_all_complete(const struct given *g, bool complete) {
    for (size_t i = 0; i < 6; i++) {
        const struct bluesky_repo_set *set = bluesky_repo_set(g->repo, all_sets[i]);
        assert_int_equal(set->complete, complete);
        assert_int_equal(set->why[0] == '\0', complete);
    }
}

static void assert_refused(const struct given *g, const char *words) {
    assert_int_equal(g->result, -1);
    assert_int_equal(g->err.code, WINNOW_BAD_INPUT);
    if (strstr(g->err.text, words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, g->err.text);
}

static int partial_sets(const struct given *g) {
    int partial = 0;
    for (size_t i = 0; i < 6; i++)
        partial += !bluesky_repo_set(g->repo, all_sets[i])->complete;
    return partial;
}

/* ---- what it says ---- */

/* A tree of three levels with all kinds of records. */
static void add_all(struct car_file *f) {
    const unsigned char *like = add_reaction(f, "app.bsky.feed.like", "at://" ADA POST);
    const unsigned char *own = add_reaction(f, "app.bsky.feed.like", "at://" CAR_SELF POST);
    const unsigned char *reply = add_post(f, (struct made_post){.parent = "at://" ADA POST,
                                                                .root = "at://" CY POST,
                                                                .mention = ADA,
                                                                .other_mention = BOB});
    const unsigned char *quote = add_post(f, (struct made_post){.quote = "at://" CY POST});
    const unsigned char *media = add_post(f, (struct made_post){.media_quote = "at://" BOB POST});
    const unsigned char *feed =
        add_post(f, (struct made_post){.quote = "at://" CY "/app.bsky.feed.generator/x"});
    const unsigned char *repost = add_reaction(f, "app.bsky.feed.repost", "at://" CY POST);
    const unsigned char *block = add_subject(f, "app.bsky.graph.block", BOB);
    const unsigned char *follow = add_subject(f, FOLLOW, ADA);
    const unsigned char *self = add_subject(f, FOLLOW, CAR_SELF);
    const unsigned char *list = add_list(f, "good\npeople", "app.bsky.graph.defs#curatelist");
    const unsigned char *mod = add_list(f, "bad", "app.bsky.graph.defs#modlist");
    const unsigned char *item = add_item(f, ADA, "at://" CAR_SELF "/app.bsky.graph.list/l1");
    const unsigned char *bad = add_item(f, BOB, "at://" CAR_SELF "/app.bsky.graph.list/l2");
    const unsigned char *gone = add_item(f, BOB, "at://" CAR_SELF "/app.bsky.graph.list/l9");
    const unsigned char *others = add_item(f, BOB, "at://" CY "/app.bsky.graph.list/l1");

    const unsigned char *low = add_node(
        f, NULL, (const struct made_entry[]){{"app.bsky.actor.profile/self", like, NULL}}, 1);
    const unsigned char *middle = add_node(f, NULL,
                                           (const struct made_entry[]){
                                               {"app.bsky.feed.like/3b", own, NULL},
                                               {"app.bsky.feed.post/3a", reply, NULL},
                                               {"app.bsky.feed.post/3b", quote, NULL},
                                           },
                                           3);
    const unsigned char *high = add_node(f, NULL,
                                         (const struct made_entry[]){
                                             {"app.bsky.graph.follow/3b", follow, NULL},
                                             {"app.bsky.graph.follow/3c", self, NULL},
                                             {"app.bsky.graph.list/l1", list, NULL},
                                             {"app.bsky.graph.list/l2", mod, NULL},
                                             {"app.bsky.graph.listitem/1", item, NULL},
                                             {"app.bsky.graph.listitem/2", bad, NULL},
                                             {"app.bsky.graph.listitem/3", gone, NULL},
                                             {"app.bsky.graph.listitem/4", others, NULL},
                                         },
                                         8);
    const unsigned char *root = add_node(f, low,
                                         (const struct made_entry[]){
                                             {"app.bsky.feed.like/3a", like, middle},
                                             {"app.bsky.feed.post/3c", media, NULL},
                                             {"app.bsky.feed.post/3d", feed, NULL},
                                             {"app.bsky.feed.repost/3a", repost, NULL},
                                             {"app.bsky.graph.block/3a", block, NULL},
                                             {"app.bsky.graph.follow/3a", follow, high},
                                         },
                                         6);
    add_commit(f, root, 3);
}

#define ALL_TOLD                                                                                   \
    "like " ADA "\nreply " ADA "\nmention " BOB "\nquote " CY "\nquote " BOB "\nboost " CY         \
    "\nblock " BOB "\nfollow " ADA " 3a\nfollow " ADA " 3b\nlisted " ADA " good people curate\n"   \
    "listed " BOB " bad moderate\n"

static void whole(void **state) {
    (void)state;
    for (int backwards = 0; backwards < 2; backwards++) {
        struct given g;
        start(&g);
        add_all(&g.file);
        read_file(&g, backwards);
        assert_string_equal(g.err.text, "");
        assert_string_equal(buffer_text(&g.told), ALL_TOLD);
        assert_string_equal(bluesky_repo_did(g.repo), CAR_SELF);
        assert_int_equal(bluesky_repo_as_of_ms(g.repo) / 86400000, 19666); /* days */
        assert_all_complete(&g, true);
        static const uint64_t counts[] = {3, 4, 2, 1, 6, 1};
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(bluesky_repo_set(g.repo, all_sets[i])->count, counts[i]);
        assert_null(bluesky_repo_set(g.repo, DATASET_FOLLOWERS));
        end(&g);
    }
}

static void empty(void **state) {
    (void)state;
    struct given g;
    start(&g);
    add_commit(&g.file, add_node(&g.file, NULL, NULL, 0), 2); /* of an old server */
    read_file(&g, false);
    assert_int_equal(g.result, 0);
    assert_string_equal(buffer_text(&g.told), "");
    assert_all_complete(&g, true);
    end(&g);
}

static void strays(void **state) {
    (void)state;
    struct given g;
    struct made_block root;
    start(&g);
    add_all(&g.file);
    /* an older state's node, and bytes that are no DAG-CBOR, in front of the root */
    root = g.file.blocks[--g.file.count];
    struct buffer old = new_bytes();
    buffer_add_text(&old, "\xFF nothing");
    add_block(&g.file, old);
    add_subject(&g.file, FOLLOW, CY);
    g.file.blocks[g.file.count++] = root;
    read_file(&g, false);
    assert_string_equal(buffer_text(&g.told), ALL_TOLD);
    assert_all_complete(&g, true);
    end(&g);
}

static void stopped(void **state) {
    (void)state;
    struct given g;
    start(&g);
    add_all(&g.file);
    g.stop = true;
    read_file(&g, false);
    assert_int_equal(g.result, -1);
    assert_string_equal(g.err.text, "full");
    end(&g);
}

/* ---- what is missing ---- */

/* Any block but the commit left out: what it held is not told, and its set is not whole. */
static void missing_blocks(void **state) {
    (void)state;
    struct given g;
    start(&g);
    add_all(&g.file);
    size_t nodes = g.file.count - 5;
    for (size_t out = 0; out + 1 < g.file.count; out++) {
        buffer_free(&g.bytes);
        buffer_init(&g.bytes, CAR_ROOM);
        write_head(&g.bytes, g.file.blocks[g.file.count - 1].hash, 1);
        for (size_t i = 0; i < g.file.count; i++)
            if (i != out)
                write_block(&g.bytes, &g.file.blocks[i]);
        read_bytes(&g);
        assert_int_equal(g.result, 0);
        assert_int_equal(partial_sets(&g), out >= nodes ? 6 : 1);
        if (out < nodes)
            assert_non_null(strstr(buffer_text(&g.told), "Its block is not in the file."));
        else
            assert_non_null(strstr(bluesky_repo_set(g.repo, DATASET_FOLLOWING)->why,
                                   "1 parts of its index are not in the file"));
    }
    /* without the commit nothing says whose it is */
    g.file.count--;
    buffer_free(&g.bytes);
    buffer_init(&g.bytes, CAR_ROOM);
    write_head(&g.bytes, g.file.blocks[g.file.count].hash, 1);
    for (size_t i = 0; i < g.file.count; i++)
        write_block(&g.bytes, &g.file.blocks[i]);
    read_bytes(&g);
    assert_refused(&g, "The commit that says whose it is is not in the file");
    g.file.count++;
    end(&g);
}

/* Cut anywhere: never whole, unless nothing that is linked is lost. */
static void cut(void **state) {
    (void)state;
    struct given g;
    start(&g);
    add_all(&g.file);
    read_file(&g, false);
    size_t last = 37 + g.file.blocks[0].bytes.size; /* the like, which comes last */
    size_t whole_size = g.bytes.size;
    for (size_t size = 0; size < whole_size; size += size < whole_size - last ? 7 : 1) {
        g.bytes.size = size;
        read_bytes(&g);
        if (g.result != 0)
            assert_int_equal(g.err.code, WINNOW_BAD_INPUT);
        else
            assert_false(bluesky_repo_set(g.repo, DATASET_LIKES)->complete);
        if (size == whole_size - 1)
            assert_non_null(strstr(bluesky_repo_set(g.repo, DATASET_LIKES)->why,
                                   "which ends in the middle of a block"));
        if (size > whole_size - last)
            assert_true(bluesky_repo_set(g.repo, DATASET_FOLLOWING)->complete);
    }
    end(&g);
}

/* ---- what is wrong ---- */

/* Every byte of the blocks: each change is found, by the hash or because no block is so long. */
static void wrong_bytes(void **state) {
    (void)state;
    struct given g;
    start(&g);
    add_all(&g.file);
    read_file(&g, false);
    size_t head = 1u + (unsigned char)g.bytes.at[0];
    for (size_t at = head; at < g.bytes.size; at += 5) {
        g.bytes.at[at] = (char)(g.bytes.at[at] ^ 0x41);
        read_bytes(&g);
        /* a block that seems longer than the file is one that is cut */
        if (g.result == 0)
            assert_true(partial_sets(&g) > 0);
        else
            assert_int_equal(g.err.code, WINNOW_BAD_INPUT);
        g.bytes.at[at] = (char)(g.bytes.at[at] ^ 0x41);
    }
    /* and by its offset */
    char words[64];
    snprintf(words, sizeof words, "The block at byte %zu is damaged: its SHA-256", head);
    g.bytes.at[head + 2 + 36 + 3] ^= 1;
    read_bytes(&g);
    assert_refused(&g, words);
    end(&g);
}

static void refused_files(void **state) {
    (void)state;
    struct given g;
    start(&g);
    add_all(&g.file);
    static const struct {
        uint64_t version;
        bool root;
        const char *words;
    } heads[] = {{2, true, "It is of CAR's version 2"},
                 {3, true, "its head is damaged"},
                 {1, false, "The file names no root"}};
    for (size_t i = 0; i < 3; i++) {
        buffer_free(&g.bytes);
        buffer_init(&g.bytes, CAR_ROOM);
        write_head(&g.bytes, heads[i].root ? g.file.blocks[0].hash : NULL, heads[i].version);
        read_bytes(&g);
        assert_refused(&g, heads[i].words);
    }
    buffer_free(&g.bytes);
    buffer_init(&g.bytes, CAR_ROOM);
    buffer_add_text(&g.bytes, "{\"id\":\"1\"}\n");
    assert_false(car_is_head(g.bytes.at, g.bytes.size));
    read_bytes(&g);
    assert_refused(&g, "It is no repository of Bluesky");

    read_file(&g, false);
    assert_true(car_is_head(g.bytes.at, 16));
    assert_false(car_is_head(g.bytes.at, 8));
    g.options.blocks = (uint32_t)g.file.count - 1;
    read_bytes(&g);
    assert_refused(&g, "more than");
    g.options.blocks = (uint32_t)g.file.count;
    read_bytes(&g);
    assert_int_equal(g.result, 0);

    put_varint(&g.bytes, (uint64_t)CAR_BLOCK_MAX + 37);
    read_bytes(&g);
    assert_refused(&g, "which no block has");
    end(&g);
}

/* The root is a record, a list, an unknown version. */
static void refused_roots(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct given g;
        start(&g);
        const unsigned char *node = add_node(&g.file, NULL, NULL, 0);
        if (i == 0)
            add_subject(&g.file, FOLLOW, ADA);
        else if (i == 1)
            add_commit(&g.file, node, 4);
        read_file(&g, false);
        assert_refused(&g, "The file's root is no commit of a Bluesky account");
        end(&g);
    }
}

static void keys_out_of_order(void **state) {
    (void)state;
    static const char *const keys[][2] = {
        {"app.bsky.graph.follow/b", "app.bsky.graph.follow/a"},
        {"app.bsky.graph.follow/a", "app.bsky.graph.follow/a"},
        {"app.bsky.graph.follow/ab", "app.bsky.graph.follow/a"},
    };
    for (size_t i = 0; i < 3; i++)
        for (int deep = 0; deep < 2; deep++) {
            struct given g;
            start(&g);
            const unsigned char *ada = add_subject(&g.file, FOLLOW, ADA);
            const struct made_entry both[] = {{keys[i][0], ada, NULL}, {keys[i][1], ada, NULL}};
            const unsigned char *tree = add_node(&g.file, NULL, both, deep ? 1 : 2);
            if (deep)
                tree = add_node(&g.file, tree, &both[1], 1);
            add_commit(&g.file, tree, 3);
            read_file(&g, false);
            assert_refused(&g, "keys are not in order");
            end(&g);
        }
}

/* A node that links itself cannot have its own hash in it; what can be made are nodes that are
 * linked again and again, which would be 2^60 visits, and a tree that is too deep. */
static void circles(void **state) {
    (void)state;
    struct given g;
    start(&g);
    const unsigned char *ada = add_subject(&g.file, FOLLOW, ADA);
    unsigned char self[LINK_SIZE] = "the hash that it cannot have";
    add_node(&g.file, self, (const struct made_entry[]){{"app.bsky.graph.follow/a", ada, NULL}}, 1);
    memcpy(g.file.blocks[1].hash, self, LINK_SIZE);
    add_commit(&g.file, self, 3);
    read_file(&g, false);
    assert_refused(&g, "is damaged: its SHA-256");
    free_blocks(&g.file);

    const unsigned char *nothing = add_node(&g.file, NULL, NULL, 0);
    ada = add_subject(&g.file, FOLLOW, ADA);
    char keys[60][40];
    struct made_entry entries[60];
    for (int i = 0; i < 60; i++) {
        snprintf(keys[i], sizeof keys[i], "app.bsky.graph.follow/%02d", i);
        entries[i] = (struct made_entry){keys[i], ada, nothing};
    }
    add_commit(&g.file, add_node(&g.file, nothing, entries, 60), 3);
    read_file(&g, false);
    assert_refused(&g, "goes in a circle, or deeper than any does");
    free_blocks(&g.file);

    const unsigned char *tree = add_node(&g.file, NULL, NULL, 0);
    for (uint32_t i = 0; i < BLUESKY_DEPTH_MAX; i++)
        tree = add_node(&g.file, tree, NULL, 0);
    add_commit(&g.file, tree, 3);
    read_file(&g, false);
    assert_refused(&g, "goes in a circle, or deeper than any does");
    end(&g);
}

/* Blocks whose hashes are right, and that are no nodes. */
static void bad_nodes(void **state) {
    (void)state;
    static const char *const nodes[] = {
        "\xA0", /* {} */
        "\x80", /* [] */
        "\xA1\x61"
        "e\x81\xA0", /* an entry without anything */
        "\xA1\x61"
        "e\x05", /* e is a number */
        "\xA1\x61"
        "e\x9F\xFF", /* a list without a length */
        "\xA1\x61"
        "e\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", /* 2^64 - 1 entries */
        "\xA1\x61"
        "e\xBB\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        "\xA1\x61"
        "e\x7B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", /* a text of 2^64 - 1 bytes */
        "\xA2\x61"
        "e\x80\x61"
        "l\x01", /* l is a number */
        "\xA2\x61"
        "e\x80\x61"
        "l\xD8\x2A\x41\x01", /* and a link without a CID */
        "\xA1\x61"
        "e\x80 more",
        "\xC1\x01", /* another tag */
        "\xF7",     /* undefined */
        "\xFF",
    };
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        struct given g;
        start(&g);
        struct buffer node = new_bytes();
        buffer_add_text(&node, nodes[i]);
        add_commit(&g.file, add_block(&g.file, node), 3);
        read_file(&g, false);
        assert_refused(&g, "A node of the repository's tree is none");
        end(&g);
    }
}

static void long_keys(void **state) {
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct given g;
        char key[BLUESKY_KEY_MAX + 2];
        memset(key, 'a', sizeof key);
        key[10] = '/';
        key[BLUESKY_KEY_MAX + more] = '\0';
        start(&g);
        const unsigned char *ada = add_subject(&g.file, FOLLOW, ADA);
        add_commit(&g.file,
                   add_node(&g.file, NULL, (const struct made_entry[]){{key, ada, NULL}}, 1), 3);
        read_file(&g, false);
        if (more == 0)
            assert_int_equal(g.result, 0);
        else
            assert_refused(&g, "a key is too long");
        end(&g);
    }
}

/* Records that are not understood are told, and make their set partial; others are not touched. */
static void bad_records(void **state) {
    (void)state;
    struct given g;
    start(&g);
    struct buffer number = new_bytes();
    put_head(&number, 0, 7);
    struct buffer big = begin_record(FOLLOW, 2);
    put_pair(&big, "subject", ADA);
    put_text(&big, "x");
    put_head(&big, 3, BLUESKY_RECORD_MAX);
    for (size_t i = 0; i < BLUESKY_RECORD_MAX; i++)
        buffer_add(&big, "x", 1);
    struct buffer deep = begin_record(FOLLOW, 1);
    put_text(&deep, "x");
    for (int i = 0; i < DAG_DEPTH + 2; i++)
        put_list(&deep, 1);
    put_null(&deep);
    const struct made_entry entries[] = {
        {"app.bsky.feed.like/1", add_reaction(&g.file, "x", "at://alice.example" POST), NULL},
        {"app.bsky.feed.post/1", add_post(&g.file, (struct made_post){.parent = "https://x"}),
         NULL},
        {"app.bsky.feed.post/2", add_post(&g.file, (struct made_post){.mention = "alice"}), NULL},
        {"app.bsky.graph.block/1", add_subject(&g.file, "x", "did:nothing"), NULL},
        {"app.bsky.graph.follow/1", add_block(&g.file, number), NULL},
        {"app.bsky.graph.follow/2", add_block(&g.file, big), NULL},
        {"app.bsky.graph.follow/3", add_block(&g.file, deep), NULL},
        {"app.bsky.graph.follow/4\n5", add_subject(&g.file, FOLLOW, ADA), NULL},
        {"app.bsky.graph.follow/6", add_subject(&g.file, FOLLOW, "did:plc:"), NULL},
        {"app.bsky.graph.follow/7", add_subject(&g.file, FOLLOW, CY), NULL},
        {"app.bsky.graph.list/1", add_list(&g.file, "", "app.bsky.graph.defs#curatelist"), NULL},
        {"app.bsky.graph.list/2", add_list(&g.file, "x", "other"), NULL},
    };
    add_commit(&g.file, add_node(&g.file, NULL, entries, 12), 3);
    read_file(&g, false);
    assert_int_equal(g.result, 0);
    static const char *const told[] = {
        "skipped app.bsky.feed.like/1 Its subject is no address with a DID.",
        "skipped app.bsky.feed.post/1 It names somebody whose DID cannot be told.",
        "skipped app.bsky.feed.post/2 It names somebody whose DID cannot be told.",
        "skipped app.bsky.graph.block/1 Its subject is no DID.",
        "skipped app.bsky.graph.follow/1 it is no map",
        " bytes, and 1048576 is the most.",
        "skipped app.bsky.graph.follow/3 it is nested too deep",
        "skipped app.bsky.graph.follow/4\n5 Its subject is no DID.",
        "skipped app.bsky.graph.follow/6 Its subject is no DID.",
        "follow did:plc:cy 7",
        "skipped app.bsky.graph.list/1 It is no list with a name",
        "skipped app.bsky.graph.list/2 It is no list with a name",
    };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (strstr(buffer_text(&g.told), told[i]) == NULL)
            fail_msg("\"%s\" is not in: %s", told[i], buffer_text(&g.told));
    static const uint64_t unread[] = {5, 2, 1, 0, 2, 1};
    for (size_t i = 0; i < 6; i++) {
        const struct bluesky_repo_set *set = bluesky_repo_set(g.repo, all_sets[i]);
        assert_int_equal(set->unread, unread[i]);
        assert_int_equal(set->complete, unread[i] == 0);
    }
    end(&g);
}

static void words(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool did, rkey;
    } table[] = {
        {"did:plc:abc", true, true},
        {"did:web:a.example%3A80", true, false},
        {"did:plc:", false, true},
        {"did:PLC:a", false, true},
        {"did:plc:a b", false, false},
        {"did:plc:a:", false, true},
        {"", false, false},
        {".", false, true},
        {"..", false, false},
        {"self", false, true},
        {"a/b", false, false},
        {"did::a", false, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct text t = {table[i].text, (uint32_t)strlen(table[i].text)};
        assert_int_equal(bluesky_is_did(t), table[i].did);
        if (strcmp(table[i].text, ".") != 0)
            assert_int_equal(bluesky_is_rkey(t), table[i].rkey);
    }
    assert_false(bluesky_is_rkey((struct text){".", 1}));
    assert_int_equal(bluesky_tid_ms((struct text){"2222222222222", 13}), 0);
    assert_int_equal(bluesky_tid_ms((struct text){"zzzzzzzzzzzzz", 13}), 0);
    assert_int_equal(bluesky_tid_ms((struct text){"3kdgwqoo3222", 12}), 0);
    /* 2^53 - 1 microseconds, the last of all */
    assert_int_equal(bluesky_tid_ms((struct text){"bzzzzzzzzzzzz", 13}), 9007199254740);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),          cmocka_unit_test(empty),
        cmocka_unit_test(strays),         cmocka_unit_test(stopped),
        cmocka_unit_test(missing_blocks), cmocka_unit_test(cut),
        cmocka_unit_test(wrong_bytes),    cmocka_unit_test(refused_files),
        cmocka_unit_test(refused_roots),  cmocka_unit_test(keys_out_of_order),
        cmocka_unit_test(circles),        cmocka_unit_test(bad_nodes),
        cmocka_unit_test(long_keys),      cmocka_unit_test(bad_records),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
