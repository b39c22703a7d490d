/* make-archive FOLDER FOLLOWEES FOLLOWERS POSTS [SEED]: a made-up archive of X in FOLDER, which is
 * there and empty, as it lies unpacked: data/manifest.js and the lists it names, each spaced and
 * split as X's are. The account's id is 813286.
 *
 * A fifth of the followers are followees; of the posts a third answer somebody, a tenth are
 * retweets, and some mention others; one conversation of direct messages comes with every hundred
 * posts. A post has 2 KB on average. The same arguments give the same bytes on every machine.
 * Failures: wrong arguments are exit code 2, a write that fails is 1. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF           "813286"
#define COUNT_MAX      UINT64_C(10000000)
#define POSTS_PER_FILE UINT64_C(50000)
#define LAST_ID        UINT64_C(1900000000000000000)

struct generator {
    uint64_t state;
};

/* splitmix64, by S. Vigna: public domain, and the same everywhere. */
static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
static uint64_t below(struct generator *g, uint64_t limit) {
    return mix(g->state += UINT64_C(0x9E3779B97F4A7C15)) % limit;
}
static bool chance(struct generator *g, unsigned percent) {
    return below(g, 100) < percent;
}

/* The id of account number k, an injective choice: four in five are early ones. */
static uint64_t account_id(uint64_t k) {
    if (k % 5 != 0)
        return 1000000 + k * 97 + k % 89;
    return UINT64_C(700000000000000000) + k * UINT64_C(59000000000) + mix(k) % 50000000000;
}

struct archive {
    struct generator g;
    uint64_t followees, followers, posts;
    FILE *out, *manifest;
    uint64_t post_files;
};

static FILE *open_file(const char *name) {
    FILE *f = fopen(name, "w");
    if (f == NULL) {
        perror(name);
        exit(1);
    }
    return f;
}

static void close_file(FILE *f, const char *name) {
    if (ferror(f) != 0 || fclose(f) != 0) {
        perror(name);
        exit(1);
    }
}

static void list_accounts(const char *file, const char *key, uint64_t from, uint64_t count) {
    FILE *f = open_file(file);
    fprintf(f, "window.YTD.%s.part0 = [", key);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t id = account_id(from + i);
        fprintf(f,
                "%s\n  {\n    \"%s\" : {\n      \"accountId\" : \"%" PRIu64
                "\",\n      \"userLink\" : \"https://twitter.com/intent/user?user_id=%" PRIu64
                "\"\n    }\n  }",
                i > 0 ? "," : "", key, id, id);
    }
    fputs("\n]", f);
    close_file(f, file);
}

/* Somebody who is often a followee, and of these more often one of the first. */
static uint64_t somebody(struct archive *a) {
    uint64_t all = a->followees + a->followers;
    uint64_t near = a->followees / 20 + 1;
    return account_id(chance(&a->g, 70) ? below(&a->g, near) : below(&a->g, all));
}

static void print_mention(struct archive *a, uint64_t id, bool more) {
    fprintf(a->out,
            "%s\n          {\n            \"name\" : \"A name \xF0\x9F\x8C\xB3\",\n"
            "            \"screen_name\" : \"name%" PRIu64 "\",\n            \"indices\" : [\n"
            "              \"0\",\n              \"11\"\n            ],\n"
            "            \"id_str\" : \"%" PRIu64 "\",\n            \"id\" : \"%" PRIu64
            "\"\n          }",
            more ? "," : "", id % 1000000, id, id);
}

static void print_words(struct archive *a, uint64_t count) {
    static const char *const words[] = {
        "the",  "of",   "and",  "people", "we",   "caf\xC3\xA9", "today", "vote", "a",
        "more", "than", "ever", "\\n\\n", "this", "\\\"so\\\"",  "&amp;", "work", "news",
    };
    for (uint64_t i = 0; i < count; i++)
        fprintf(a->out, "%s ", words[below(&a->g, sizeof words / sizeof words[0])]);
}

static void print_created(struct archive *a, uint64_t id) {
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const char *day = days[id % 7];
    const char *month = months[id / 7 % 12];
    uint64_t year = 2010 + below(&a->g, 15);
    uint64_t second = below(&a->g, 86400);
    fprintf(a->out,
            "      \"created_at\" : \"%s %s %02" PRIu64 " %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64
            " +0000 %" PRIu64 "\",\n",
            day, month, 1 + id % 28, second / 3600, second / 60 % 60, second % 60, year);
}

static void print_entities(struct archive *a, uint64_t reply, unsigned mentions) {
    fputs("      \"entities\" : {\n        \"hashtags\" : [ ],\n        \"symbols\" : [ ],\n"
          "        \"user_mentions\" : [",
          a->out);
    if (reply != 0)
        print_mention(a, reply, false);
    for (unsigned i = 0; i < mentions; i++)
        print_mention(a, somebody(a), reply != 0 || i > 0);
    fputs("\n        ],\n        \"urls\" : [", a->out);
    if (chance(&a->g, 40))
        fputs("\n          {\n            \"url\" : \"https://t.co/Abcdefghij\",\n"
              "            \"expanded_url\" : \"https://example.org/a/page/of/some/length\",\n"
              "            \"display_url\" : \"example.org/a/page/of/some\xE2\x80\xA6\",\n"
              "            \"indices\" : [\n              \"97\",\n              \"120\"\n"
              "            ]\n          }\n        ",
              a->out);
    fputs("]\n      },\n", a->out);
}

/* A picture, as a fourth of the posts have one. */
static void print_media(struct archive *a, uint64_t id) {
    static const char *const sizes[] = {"small", "thumb", "medium", "large"};
    fprintf(a->out,
            "      \"extended_entities\" : {\n        \"media\" : [\n          {\n"
            "            \"expanded_url\" : \"https://twitter.com/obama/status/%" PRIu64
            "/photo/1\",\n            \"indices\" : [\n              \"121\",\n"
            "              \"144\"\n            ],\n            \"url\" : "
            "\"https://t.co/Abcdefghij\",\n            \"media_url\" : "
            "\"http://pbs.twimg.com/media/F%" PRIu64 ".jpg\",\n            \"id_str\" : \"%" PRIu64
            "\",\n            \"id\" : \"%" PRIu64 "\",\n            \"media_url_https\" : "
            "\"https://pbs.twimg.com/media/F%" PRIu64 ".jpg\",\n            \"sizes\" : {\n",
            id, id, id - 7, id - 7, id);
    for (unsigned i = 0; i < 4; i++)
        fprintf(a->out,
                "              \"%s\" : {\n                \"w\" : \"%u\",\n"
                "                \"h\" : \"%u\",\n                \"resize\" : \"fit\"\n"
                "              }%s\n",
                sizes[i], 680 + i, 510 + i, i < 3 ? "," : "");
    fputs("            },\n            \"type\" : \"photo\",\n            \"display_url\" : "
          "\"pic.twitter.com/Abcdefghij\"\n          }\n        ]\n      },\n",
          a->out);
}

static void print_post(struct archive *a, uint64_t id) {
    FILE *f = a->out;
    bool retweet = chance(&a->g, 10);
    uint64_t reply = !retweet && chance(&a->g, 33) ? somebody(a) : 0;
    unsigned mentions = retweet ? 1 : chance(&a->g, 25) ? 1 + (unsigned)below(&a->g, 3) : 0;
    fprintf(f,
            "\n  {\n    \"tweet\" : {\n      \"edit_info\" : {\n        \"initial\" : {\n"
            "          \"editTweetIds\" : [\n            \"%" PRIu64 "\"\n          ],\n"
            "          \"editableUntil\" : \"2023-02-18T13:33:11.000Z\",\n"
            "          \"editsRemaining\" : \"5\",\n          \"isEditEligible\" : false\n"
            "        }\n      },\n      \"retweeted\" : false,\n"
            "      \"source\" : \"<a href=\\\"https://mobile.twitter.com\\\" "
            "rel=\\\"nofollow\\\">Twitter Web App</a>\",\n",
            id);
    print_entities(a, reply, mentions);
    fprintf(f,
            "      \"display_text_range\" : [\n        \"0\",\n        \"137\"\n      ],\n"
            "      \"favorite_count\" : \"%" PRIu64 "\",\n",
            below(&a->g, 1000));
    if (reply != 0)
        fprintf(f, "      \"in_reply_to_status_id_str\" : \"%" PRIu64 "\",\n", id - 1000);
    fprintf(f, "      \"id_str\" : \"%" PRIu64 "\",\n", id);
    if (reply != 0)
        fprintf(f, "      \"in_reply_to_user_id\" : \"%" PRIu64 "\",\n", reply);
    fprintf(f,
            "      \"truncated\" : false,\n      \"retweet_count\" : \"7\",\n"
            "      \"id\" : \"%" PRIu64 "\",\n      \"possibly_sensitive\" : false,\n",
            id);
    print_created(a, id);
    if (chance(&a->g, 30))
        print_media(a, id);
    fputs("      \"favorited\" : false,\n      \"full_text\" : \"", f);
    if (retweet)
        fputs("RT @somebody: ", f);
    print_words(a, 15 + below(&a->g, 50));
    fputs("\",\n      \"lang\" : \"en\"", f);
    if (reply != 0)
        fprintf(f,
                ",\n      \"in_reply_to_screen_name\" : \"name%" PRIu64
                "\",\n      \"in_reply_to_user_id_str\" : \"%" PRIu64 "\"",
                reply % 1000000, reply);
    fputs("\n    }\n  }", f);
}

static void post_file_name(char name[64], uint64_t part) {
    if (part == 0)
        snprintf(name, 64, "data/tweets.js");
    else
        snprintf(name, 64, "data/tweets-part%" PRIu64 ".js", part);
}

static uint64_t posts_in(const struct archive *a, uint64_t part) {
    uint64_t left = a->posts - part * POSTS_PER_FILE;
    return left < POSTS_PER_FILE ? left : POSTS_PER_FILE;
}

static void list_posts(struct archive *a) {
    char name[64];
    uint64_t id = LAST_ID;
    a->post_files = a->posts == 0 ? 1 : (a->posts + POSTS_PER_FILE - 1) / POSTS_PER_FILE;
    for (uint64_t part = 0; part < a->post_files; part++) {
        post_file_name(name, part);
        a->out = open_file(name);
        fprintf(a->out, "window.YTD.tweets.part%" PRIu64 " = [", part);
        for (uint64_t i = 0; i < posts_in(a, part); i++) {
            fputs(i > 0 ? "," : "", a->out);
            id -= 1 + below(&a->g, UINT64_C(500000000000));
            print_post(a, id);
        }
        fputs("\n]", a->out);
        close_file(a->out, name);
    }
}

static void list_messages(struct archive *a) {
    static const char name[] = "data/direct-message-headers.js";
    uint64_t count = a->posts / 100;
    a->out = open_file(name);
    fputs("window.YTD.direct_message_headers.part0 = [", a->out);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t other = somebody(a);
        fprintf(a->out,
                "%s\n  {\n    \"dmConversation\" : {\n      \"conversationId\" : \"" SELF
                "-%" PRIu64 "\",\n      \"messages\" : [",
                i > 0 ? "," : "", other);
        for (uint64_t k = 0, messages = 1 + below(&a->g, 12); k < messages; k++) {
            bool sent = chance(&a->g, 50);
            fprintf(a->out, "%s\n        {\n          \"messageCreate\" : {\n", k > 0 ? "," : "");
            fprintf(a->out,
                    "            \"id\" : \"%" PRIu64 "\",\n            \"senderId\" : \"%" PRIu64
                    "\",\n            \"recipientId\" : \"%" PRIu64 "\",\n",
                    LAST_ID - i, sent ? UINT64_C(813286) : other, sent ? other : UINT64_C(813286));
            fprintf(a->out,
                    "            \"createdAt\" : \"20%02" PRIu64 "-03-%02" PRIu64 "T10:%02" PRIu64
                    ":33.821Z\"\n          }\n        }",
                    12 + below(&a->g, 12), 1 + below(&a->g, 28), below(&a->g, 60));
        }
        fputs("\n      ]\n    }\n  }", a->out);
    }
    fputs("\n]", a->out);
    close_file(a->out, name);
}

static void list_rest(void) {
    FILE *f = open_file("data/account.js");
    fputs("window.YTD.account.part0 = [\n  {\n    \"account\" : {\n      \"email\" : "
          "\"a@example.org\",\n      \"createdVia\" : \"web\",\n      \"username\" : \"obama\",\n"
          "      \"accountId\" : \"" SELF
          "\",\n      \"createdAt\" : \"2007-03-05T22:08:25.000Z\",\n"
          "      \"accountDisplayName\" : \"O\"\n    }\n  }\n]",
          f);
    close_file(f, "data/account.js");
    f = open_file("data/direct-message-group-headers.js");
    fputs("window.YTD.direct_message_group_headers.part0 = [ ]", f);
    close_file(f, "data/direct-message-group-headers.js");
}

static void print_type(struct archive *a, const char *type, const char *file, const char *variable,
                       uint64_t count, bool last) {
    fprintf(a->manifest,
            "    \"%s\" : {\n      \"files\" : [\n        {\n          \"fileName\" : \"%s\",\n"
            "          \"globalName\" : \"YTD.%s.part0\",\n          \"count\" : \"%" PRIu64
            "\"\n        }\n      ]\n    }%s\n",
            type, file, variable, count, last ? "" : ",");
}

static void print_post_files(struct archive *a) {
    char name[64];
    fputs("    \"tweets\" : {\n      \"mediaDirectory\" : \"data/tweets_media\",\n"
          "      \"files\" : [\n",
          a->manifest);
    for (uint64_t part = 0; part < a->post_files; part++) {
        post_file_name(name, part);
        fprintf(a->manifest,
                "        {\n          \"fileName\" : \"%s\",\n          \"globalName\" : "
                "\"YTD.tweets.part%" PRIu64 "\",\n          \"count\" : \"%" PRIu64
                "\"\n        }%s\n",
                name, part, posts_in(a, part), part + 1 < a->post_files ? "," : "");
    }
    fputs("      ]\n    },\n", a->manifest);
}

static void write_manifest(struct archive *a) {
    a->manifest = open_file("data/manifest.js");
    fputs("window.__THAR_CONFIG = {\n  \"userInfo\" : {\n    \"accountId\" : \"" SELF
          "\",\n    \"userName\" : \"obama\",\n    \"displayName\" : \"O\"\n  },\n"
          "  \"archiveInfo\" : {\n    \"sizeBytes\" : \"1\",\n    \"generationDate\" : "
          "\"2026-11-01T12:00:00.000Z\",\n    \"isPartialArchive\" : false,\n"
          "    \"maxPartSizeBytes\" : \"53687091200\"\n  },\n  \"dataTypes\" : {\n",
          a->manifest);
    print_type(a, "account", "data/account.js", "account", 1, false);
    print_type(a, "directMessageGroupHeaders", "data/direct-message-group-headers.js",
               "direct_message_group_headers", 0, false);
    print_type(a, "directMessageHeaders", "data/direct-message-headers.js",
               "direct_message_headers", a->posts / 100, false);
    print_type(a, "follower", "data/follower.js", "follower", a->followers, false);
    print_post_files(a);
    print_type(a, "following", "data/following.js", "following", a->followees, true);
    fputs("  }\n}", a->manifest);
    close_file(a->manifest, "data/manifest.js");
}

static bool read_number(const char *text, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && *out <= COUNT_MAX;
}

int main(int argc, char **argv) {
    struct archive a = {.g = {1}};
    if (argc < 5 || argc > 6 || !read_number(argv[2], &a.followees) ||
        !read_number(argv[3], &a.followers) || !read_number(argv[4], &a.posts) ||
        (argc == 6 && !read_number(argv[5], &a.g.state))) {
        fputs("usage: make-archive FOLDER FOLLOWEES FOLLOWERS POSTS [SEED]\n", stderr);
        return 2;
    }
    if (chdir(argv[1]) != 0 || mkdir("data", 0777) != 0) {
        perror(argv[1]);
        return 1;
    }
    list_accounts("data/following.js", "following", 0, a.followees);
    /* a fifth of the followers stand at the end of the followees */
    uint64_t shared = a.followers / 5 < a.followees ? a.followers / 5 : a.followees;
    list_accounts("data/follower.js", "follower", a.followees - shared, a.followers);
    list_posts(&a);
    list_messages(&a);
    list_rest();
    write_manifest(&a);
    return 0;
}
