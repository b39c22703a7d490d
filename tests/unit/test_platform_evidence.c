/* Evidence, call by call: what is asked, and what each answer says of whom. What is not told in so
 * many words is unknown, never no. */
#include "platform_recorded.h"

#define MASTO_OWN "1"
#define OWN       "did:plc:p424pq3i3lovzq6sxvf2ygjk"
#define ANNA      "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define BEN       "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"
#define CLARA     "did:web:clara.example"

static struct buffer told; /* of all rows: "ID y NAME|LISTS ..." */
static struct buffer next;
static struct platform_page page;
static struct reply reply;

static bool tells_exchanges; /* this call's rows are exchanges */

static const struct {
    enum fact_id fact;
    const char *name;
} marks[] = {{FACT_REQUESTED, "requested"}, {FACT_NOTIFY, "notify"},   {FACT_NOTED, "noted"},
             {FACT_ENDORSED, "endorsed"},   {FACT_BLOCKED, "blocked"}, {FACT_MUTED, "muted"},
             {FACT_VERIFIED, "verified"}};

/* "<mention/1767225600": they did it towards the account, then; ">": the other way; "-": that is
 * not told. */
static void tell_exchange(const struct exchange *x) {
    static const char *const kinds[] = {
        [EXCHANGE_REPLY] = "reply",     [EXCHANGE_MENTION] = "mention",
        [EXCHANGE_QUOTE] = "quote",     [EXCHANGE_BOOST] = "boost",
        [EXCHANGE_LIKE] = "like",       [EXCHANGE_BOOKMARK] = "bookmark",
        [EXCHANGE_MESSAGE] = "message",
    };
    buffer_addf(&told, "%c%s", x->by_other ? '-' : x->by_them ? '<' : '>', kinds[x->kind]);
    if (x->time_ms != 0)
        buffer_addf(&told, "/%lld", (long long)x->time_ms / 1000);
}

static int each(void *context, const struct facts *f) {
    (void)context;
    static const char letters[] = {'n', '?', 'y'};
    buffer_addf(&told, "%s%.*s", told.size == 0 ? "" : " ", (int)facts_text(f, FACT_ID).size,
                facts_text(f, FACT_ID).at);
    if (facts_known(f, FACT_FOLLOWS_ME))
        buffer_addf(&told, ":%c", letters[facts_flag(f, FACT_FOLLOWS_ME)]);
    bool bluesky =
        facts_text(f, FACT_ID).size == 0 || memcmp(facts_text(f, FACT_ID).at, "did:", 4) == 0;
    if (facts_flag(f, FACT_SUSPENDED) == TRI_YES)
        buffer_addf(&told, "-down");
    if (facts_known(f, FACT_DELETED) && bluesky)
        buffer_addf(&told, "%s", facts_flag(f, FACT_DELETED) == TRI_YES ? "-gone" : "-there");
    if (facts_known(f, FACT_FOLLOWERS))
        buffer_addf(&told, "#%lld", (long long)f->value[FACT_FOLLOWERS]);
    if (facts_known(f, FACT_NAME) && facts_text(f, FACT_NAME).size > 0)
        buffer_addf(&told, "=%.*s", (int)facts_text(f, FACT_NAME).size,
                    facts_text(f, FACT_NAME).at);
    if (facts_known(f, FACT_LISTS))
        buffer_addf(&told, "@%.*s", (int)facts_text(f, FACT_LISTS).size,
                    facts_text(f, FACT_LISTS).at);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (facts_flag(f, marks[i].fact) == TRI_YES)
            buffer_addf(&told, "+%s", marks[i].name);
    if (bluesky && facts_known(f, FACT_LAST_POST_AT))
        buffer_addf(&told, "~%lld", (long long)f->value[FACT_LAST_POST_AT] / 1000);
    if (tells_exchanges && facts_text(f, FACT_ID).size > 0)
        tell_exchange(&page.exchange);
    return 0;
}

/* ---- answers ---------------------------------------------------------------------------------*/

enum call {
    ASK,
    ALONE,
    LAST,
    LOOKUP,
    FOLLOWERS,
    LISTS,
    MEMBERS,
    POSTS,
    MESSAGES,
    REACTIONS,
    LIKES,
    BOOSTS,
    BOOKMARKS,
    BLOCKS,
    SHOWN,
    REPOSITORY
};

static bool is_exchange(enum call call) {
    return call >= POSTS && call <= BOOKMARKS;
}

static const struct platform_source *parts_of(const struct platform *p) {
    const struct platform_source *s = platform_source(p, DATASET_LISTS, SOURCE_PARTS);
    return s != NULL ? s : platform_source(p, DATASET_LISTS, SOURCE_PARTS_AT_ONCE);
}

static const struct platform_list *list_of(const struct platform *p, enum call call) {
    static const enum dataset paged[] = {
        [FOLLOWERS] = DATASET_FOLLOWERS, [POSTS] = DATASET_POSTS,  [MESSAGES] = DATASET_MESSAGES,
        [REACTIONS] = DATASET_REACTIONS, [LIKES] = DATASET_LIKES,  [BOOSTS] = DATASET_BOOSTS,
        [BOOKMARKS] = DATASET_BOOKMARKS, [BLOCKS] = DATASET_BLOCKS};
    if (call == LISTS || call == MEMBERS)
        return call == LISTS ? parts_of(p)->list : parts_of(p)->held;
    if (call == SHOWN)
        return platform_source(p, DATASET_PROFILES, SOURCE_HIDDEN)->list;
    if (call == REPOSITORY)
        return platform_source(p, DATASET_FOLLOWING, SOURCE_REPO)->list;
    return platform_source(p, paged[call], SOURCE_PAGES)->list;
}

static const struct platform_ask *ask_of(const struct platform *p, enum call call) {
    if (call == LOOKUP)
        return platform_source(p, DATASET_FOLLOWING, SOURCE_HANDLES)->ask;
    if (call == LAST)
        return platform_source(p, DATASET_PROFILES, SOURCE_NEXT)->ask;
    if (call == ALONE)
        return platform_source(p, DATASET_PROFILES, SOURCE_HIDDEN)->ask;
    return call == ASK ? platform_source(p, DATASET_FOLLOWERS, SOURCE_ASKED)->ask : NULL;
}

struct line {
    const struct platform *platform;
    enum call call;
    int status;
    const char *headers, *body;
    const char *told; /* NULL: no answer */
    const char *next; /* NULL: the end */
    uint64_t skipped;
    enum reply_action action;
};

#define LINK(target)  "Link: <https://m.example" target ">; rel=\"next\"\r\n"
#define RECORDS(rows) "{\"records\":[" rows "]}"
#define RECORD(collection, value)                                                                  \
    "{\"uri\":\"at://" OWN "/" collection "/3k\",\"cid\":\"b\",\"value\":{" value "}}"
#define REPLY(parent, root)                                                                        \
    "\"reply\":{\"parent\":{\"uri\":\"at://" parent "/app.bsky.feed.post/1\"},\"root\":{\"uri\":"  \
    "\"at://" root "/app.bsky.feed.post/1\"}}"
#define REF(did, what) "{\"uri\":\"at://" did "/app.bsky." what "/1\",\"cid\":\"b\"}"
#define EMBED(inner)   "\"embed\":{" inner "}"
#define MENTION(did)                                                                               \
    "{\"features\":[{\"$type\":\"app.bsky.richtext.facet#mention\",\"did\":\"" did "\"}]}"

static const struct line lines[] = {
    /* Mastodon: each relationship says it in so many words */
    {&platform_mastodon, ASK, 200, "",
     "[{\"id\":\"1\",\"followed_by\":true},{\"id\":\"2\",\"followed_by\":false}]", "1:y 2:n", NULL,
     0, REPLY_GO_ON},
    {&platform_mastodon, ASK, 200, "",
     "[{\"id\":\"1\"},{\"id\":\"2\",\"followed_by\":null},{\"id\":\"3\",\"followed_by\":\"no\"},{"
     "\"id\":4,"
     "\"followed_by\":false},{\"followed_by\":false},7,{\"id\":\"5\",\"followed_by\":0}]",
     "4:n", NULL, 6, REPLY_GO_ON},
    {&platform_mastodon, ASK, 200, "", "[]", "", NULL, 0, REPLY_GO_ON},
    {&platform_mastodon, ASK, 200, "", "{\"id\":\"1\",\"followed_by\":false}", NULL, NULL, 0,
     REPLY_BACK_OFF},
    {&platform_mastodon, ASK, 404, "", "{\"error\":\"Record not found\"}", NULL, NULL, 0,
     REPLY_STOP},
    {&platform_mastodon, ASK, 429, "", "{\"error\":\"Too many requests\"}", NULL, NULL, 0,
     REPLY_WAIT},
    {&platform_mastodon, LISTS, 200, "",
     "[{\"id\":\"12\",\"title\":\"Friends\"},{\"id\":\"13\"},{\"id\":\"../14\",\"title\":\"x\"}]",
     "12=Friends", NULL, 2, REPLY_GO_ON},
    {&platform_mastodon, MEMBERS, 200, LINK("/api/v1/lists/12/accounts?limit=80&max_id=7"),
     "[{\"id\":\"5\",\"acct\":\"a\"},{\"acct\":\"b\"}]", "5",
     "/api/v1/lists/12/accounts?limit=80&max_id=7", 1, REPLY_GO_ON},
    {&platform_mastodon, MEMBERS, 200, LINK("/api/v1/accounts/5/unfollow?max_id=7"),
     "[{\"id\":\"5\",\"acct\":\"a\"}]", "5", NULL, 0, REPLY_GO_ON}, /* leads elsewhere */
    {&platform_mastodon, REACTIONS, 200, LINK("/api/v1/notifications?max_id=3"),
     "[{\"id\":\"1\",\"type\":\"mention\",\"created_at\":\"2026-01-01T00:00:00Z\",\"account\":{"
     "\"id\":"
     "\"5\"}},{\"type\":\"favourite\",\"created_at\":\"2999-01-01T00:00:00Z\",\"account\":{\"id\":"
     "\"6\"}},"
     "{\"type\":\"follow\",\"account\":{\"id\":\"7\"}},{\"type\":\"mention\",\"account\":{}},{"
     "\"type\":\"mention\",\"account\":null},{\"id\":\"8\"}]",
     "5<mention/1767225600 6<like  ", "/api/v1/notifications?max_id=3", 2, REPLY_GO_ON},
    {&platform_mastodon, MESSAGES, 200, "",
     "[{\"id\":\"1\",\"last_status\":{\"created_at\":\"2026-01-01T00:00:00Z\"},\"accounts\":[{"
     "\"id\":"
     "\"5\"},{\"id\":\"6\"},{\"id\":7}]},{\"id\":\"2\",\"last_status\":null,\"accounts\":[{\"id\":"
     "\"5\"}]},{}]",
     "5-message/1767225600 6-message/1767225600 7-message/1767225600 5-message ", NULL, 0,
     REPLY_GO_ON},
    /* who of them wrote the last is told; the account itself is nobody's tie */
    {&platform_mastodon, MESSAGES, 200, "",
     "[{\"id\":\"1\",\"last_status\":{\"id\":\"9\",\"account\":{\"id\":\"5\"}},\"accounts\":[{"
     "\"id\":"
     "\"5\"},{\"id\":\"6\"}]},{\"id\":\"2\",\"last_status\":{\"account\":{\"id\":\"" MASTO_OWN
     "\"}},\"accounts\":[{\"id\":\"6\"},{\"id\":\"" MASTO_OWN "\"}]}]",
     "5<message 6-message 6>message", NULL, 0, REPLY_GO_ON},
    {&platform_mastodon, REACTIONS, 200, "",
     "[{\"id\":\"1\",\"type\":\"mention\",\"account\":{\"id\":\"5\"},\"status\":{\"id\":\"31\","
     "\"visibility\":\"direct\",\"in_reply_to_account_id\":\"" MASTO_OWN
     "\"}},{\"id\":\"2\",\"type\":\"mention\",\"account\":{\"id\":\"6\"},\"status\":{\"id\":32,"
     "\"in_reply_to_account_id\":\"" MASTO_OWN
     "\"}},{\"id\":\"3\",\"type\":\"reblog\",\"account\":{\"id\":\"7\"}},{\"id\":\"4\",\"type\":"
     "\"quote\",\"account\":{\"id\":\"8\"}},{\"id\":\"5\",\"type\":\"mention\",\"account\":{\"id\":"
     "\"" MASTO_OWN "\"}}]",
     "5<message 6<reply 7<boost 8<quote ", NULL, 0, REPLY_GO_ON},
    /* the account's own statuses: each person once in each */
    {&platform_mastodon, POSTS, 200, LINK("/api/v1/accounts/" MASTO_OWN "/statuses?max_id=3"),
     "[{\"id\":\"9\",\"created_at\":\"2026-01-01T00:00:00Z\",\"in_reply_to_account_id\":\"5\","
     "\"mentions\":[{\"id\":\"5\"},{\"id\":\"6\"}]},"
     "{\"id\":\"8\",\"reblog\":{\"account\":{\"id\":\"7\"},\"mentions\":[{\"id\":\"6\"}]},"
     "\"in_reply_to_account_id\":\"6\"},"
     "{\"id\":\"7\",\"visibility\":\"direct\",\"mentions\":[{\"id\":\"6\"}]},"
     "{\"id\":\"6\",\"quote\":{\"state\":\"accepted\",\"quoted_status\":{\"account\":{\"id\":"
     "\"8\"}}}},"
     "{\"id\":\"5\",\"quote\":{\"id\":\"1\",\"account\":{\"id\":\"9\"}}},"
     "{\"id\":\"4\",\"in_reply_to_account_id\":\"" MASTO_OWN "\",\"mentions\":[]},"
     "{\"id\":\"3\",\"quote\":{\"state\":\"deleted\",\"quoted_status\":null}},7]",
     "5>reply/1767225600 6>mention/1767225600 7>boost 6>message 8>quote 9>quote  ",
     "/api/v1/accounts/" MASTO_OWN "/statuses?max_id=3", 1, REPLY_GO_ON},
    {&platform_mastodon, POSTS, 403, "",
     "{\"error\":\"This action is outside the authorized scopes\"}", NULL, NULL, 0, REPLY_STOP},
    /* an account that is deleted leaves a row of nobody's */
    {&platform_mastodon, LIKES, 200, LINK("/api/v1/favourites?max_id=3"),
     "[{\"id\":\"9\",\"created_at\":\"2026-01-01T00:00:00Z\",\"account\":{\"id\":\"5\"}},{\"id\":"
     "\"8\",\"account\":null},{\"id\":\"7\"},{\"id\":\"6\",\"account\":{\"id\":\"" MASTO_OWN
     "\"}},{\"id\":\"5\",\"account\":7},{\"account\":{\"id\":\"6\"}}]",
     "5>like/1767225600   ", "/api/v1/favourites?max_id=3", 2, REPLY_GO_ON},
    {&platform_mastodon, BOOKMARKS, 200, "", "[{\"id\":9,\"account\":{\"id\":6}}]", "6>bookmark",
     NULL, 0, REPLY_GO_ON},
    {&platform_mastodon, ASK, 200, "",
     "[{\"id\":\"1\",\"followed_by\":true,\"requested\":true,\"notifying\":true,\"note\":\"met\","
     "\"endorsed\":true,\"blocking\":true,\"muting\":true},{\"id\":\"2\",\"followed_by\":false,"
     "\"notifying\":\"yes\",\"note\":\"\",\"endorsed\":false}]",
     "1:y+requested+notify+noted+endorsed+blocked+muted 2:n", NULL, 0, REPLY_GO_ON},
    {&platform_mastodon, MESSAGES, 403, "",
     "{\"error\":\"This action is outside the authorized scopes\"}", NULL, NULL, 0, REPLY_STOP},

    /* Bluesky: the viewer's "following" tells that the viewer was filled */
    {&platform_bluesky, ASK, 200, "",
     "{\"profiles\":[{\"did\":\"" ANNA
     "\",\"handle\":\"a.example\",\"followersCount\":7,\"viewer\":{"
     "\"following\":\"at://x\",\"followedBy\":\"at://y\"}},{\"did\":\"" BEN
     "\",\"viewer\":{\"following\":\"at://x\"}},{\"did\":\"" CLARA
     "\",\"viewer\":{\"muted\":false}}]}",
     ANNA ":y-there#7 " BEN ":n-there " CLARA "-there", NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, ASK, 200, "",
     "{\"profiles\":[{\"did\":\"" ANNA
     "\",\"viewer\":{\"following\":7,\"followedBy\":null}},{\"did\":\"" BEN
     "\"},{\"did\":\"nobody\"},{\"did\":\"" CLARA "\",\"viewer\":{\"followedBy\":\"at://y\"}}]}",
     ANNA "-there " BEN "-there " CLARA ":y-there", NULL, 1, REPLY_GO_ON},
    {&platform_bluesky, ASK, 200, "", "{\"profiles\":{}}", NULL, NULL, 0, REPLY_BACK_OFF},
    {&platform_bluesky, ASK, 400, "",
     "{\"error\":\"InvalidRequest\",\"message\":\"No service configured for app.bsky.actor\"}",
     NULL, NULL, 0, REPLY_STOP},
    {&platform_bluesky, ASK, 501, "", "{\"error\":\"MethodNotImplemented\"}", NULL, NULL, 0,
     REPLY_STOP},
    {&platform_bluesky, ASK, 400, "", "{\"error\":\"ExpiredToken\"}", NULL, NULL, 0, REPLY_REFRESH},
    /* whom the AppView shows of the followees; a page may be empty and not the last */
    {&platform_bluesky, SHOWN, 200, "",
     "{\"subject\":{\"did\":\"" OWN "\"},\"follows\":[{\"did\":\"" ANNA
     "\",\"displayName\":\"Anna\",\"viewer\":{\"following\":\"at://x\"}},{\"did\":7}],\"cursor\":"
     "\"3k&\"}",
     ANNA ":n-there=Anna", "3k&", 1, REPLY_GO_ON},
    {&platform_bluesky, SHOWN, 200, "", "{\"follows\":[],\"cursor\":\"3k\"}", NULL, "3k", 0,
     REPLY_GO_ON},
    {&platform_bluesky, SHOWN, 200, "", "{\"follows\":[]}", NULL, NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, SHOWN, 200, "", "{\"follows\":[],\"cursor\":7}", NULL, NULL, 0,
     REPLY_BACK_OFF},
    {&platform_bluesky, SHOWN, 200, "", "{\"records\":[]}", NULL, NULL, 0, REPLY_BACK_OFF},
    {&platform_bluesky, SHOWN, 400, "",
     "{\"error\":\"InvalidRequest\",\"message\":\"Actor not found: " OWN "\"}", NULL, NULL, 0,
     REPLY_STOP},
    /* who is not shown, alone */
    {&platform_bluesky, ALONE, 400, "",
     "{\"error\":\"AccountTakedown\",\"message\":\"Account has been suspended\"}", "-down", NULL, 0,
     REPLY_GO_ON},
    {&platform_bluesky, ALONE, 400, "",
     "{\"error\":\"InvalidRequest\",\"message\":\"Profile not found\"}", "-gone", NULL, 0,
     REPLY_GO_ON},
    {&platform_bluesky, ALONE, 400, "",
     "{\"error\":\"AccountDeactivated\",\"message\":\"Account is deactivated\"}", NULL, NULL, 0,
     REPLY_GO_ON},
    {&platform_bluesky, ALONE, 200, "",
     "{\"did\":\"" ANNA "\",\"viewer\":{\"muted\":false,\"blockedBy\":true}}", ANNA "-there", NULL,
     0, REPLY_GO_ON},
    {&platform_bluesky, ALONE, 200, "",
     "{\"did\":\"" ANNA "\",\"viewer\":{\"blockedBy\":false,\"blocking\":\"at://x\"}}",
     ANNA "-there", NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, ALONE, 200, "", /* served, and hidden for no told reason */
     "{\"did\":\"" ANNA "\",\"viewer\":{\"blockedBy\":\"yes\"}}", ANNA, NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, ALONE, 200, "", "{\"did\":\"nobody\"}", NULL, NULL, 1, REPLY_GO_ON},
    {&platform_bluesky, ALONE, 200, "", "[]", NULL, NULL, 0, REPLY_BACK_OFF},
    {&platform_bluesky, ALONE, 200, "", "", NULL, NULL, 0, REPLY_BACK_OFF},
    /* it is the account itself that was taken down */
    {&platform_bluesky, ALONE, 401, "",
     "{\"error\":\"AccountTakedown\",\"message\":\"Account has been suspended\"}", NULL, NULL, 0,
     REPLY_STOP},
    {&platform_bluesky, ALONE, 404, "", "Profile not found", NULL, NULL, 0, REPLY_STOP},
    {&platform_bluesky, ALONE, 500, "",
     "{\"error\":\"InvalidRequest\",\"message\":\"Profile not found\"}", NULL, NULL, 0,
     REPLY_BACK_OFF},
    /* the last post, or the last boost of somebody else's; an empty feed tells nothing */
    {&platform_bluesky, LAST, 200, "",
     "{\"feed\":[{\"post\":{\"indexedAt\":\"2026-01-01T00:00:00.000Z\"}}],\"cursor\":\"x\"}",
     "~1767225600", NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, LAST, 200, "",
     "{\"feed\":[{\"post\":{\"indexedAt\":\"2020-01-01T00:00:00.000Z\"},\"reason\":{\"indexedAt\":"
     "\"2026-01-01T00:00:00.000Z\"}}]}",
     "~1767225600", NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, LAST, 200, "", "{\"feed\":[]}", NULL, NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, LAST, 200, "",
     "{\"feed\":[{\"post\":{\"indexedAt\":\"2999-01-01T00:00:00Z\"}}]}", NULL, NULL, 1,
     REPLY_GO_ON},
    {&platform_bluesky, LAST, 400, "", "{\"error\":\"BlockedActor\"}", NULL, NULL, 0, REPLY_STOP},
    {&platform_bluesky, REACTIONS, 200, "",
     "{\"notifications\":[{\"reason\":\"like\",\"author\":{\"did\":\"" ANNA
     "\"},\"indexedAt\":\"2026-01-01T00:00:00.000Z\"},{\"reason\":\"follow\",\"author\":{\"did\":"
     "\"" BEN "\"}},{\"reason\":\"reply\",\"author\":{\"did\":\"" CLARA
     "\"},\"indexedAt\":\"2999-01-01T00:00:00Z\"},{\"reason\":\"quote\"},{\"author\":{}}],"
     "\"cursor\":"
     "\"2026-01-01T00:00:00Z\"}",
     ANNA "<like/1767225600  " CLARA "<reply", "2026-01-01T00:00:00Z", 2, REPLY_GO_ON},
    {&platform_bluesky, REACTIONS, 200, "", "{\"notifications\":null}", NULL, NULL, 0,
     REPLY_BACK_OFF},
    {&platform_bluesky, LISTS, 200, "",
     RECORDS(RECORD("app.bsky.graph.list", "\"name\":\"Press\"") "," RECORD(
         "app.bsky.graph.list", "\"name\":7") "," RECORD("app.bsky.graph.follow",
                                                         "\"name\":\"x\"")),
     "3k=Press", NULL, 2, REPLY_GO_ON},
    /* one for moderation is no list of people to read */
    {&platform_bluesky, LISTS, 200, "",
     RECORDS(RECORD("app.bsky.graph.list",
                    "\"name\":\"Bad\",\"purpose\":\"app.bsky.graph.defs#"
                    "modlist\"") "," RECORD("app.bsky.graph.list",
                                            "\"name\":\"Good\",\"purpose\":\"app.bsky.graph.defs#"
                                            "curatelist\"") ",7"),
     "3k=Good", NULL, 1, REPLY_GO_ON},
    {&platform_bluesky, MEMBERS, 200, "",
     RECORDS(RECORD(
         "app.bsky.graph.listitem",
         "\"subject\":\"" ANNA "\",\"list\":\"at://" OWN
         "/app.bsky.graph.list/3kl\"") "," RECORD("app.bsky.graph.listitem", /* in somebody else's
                                                                                list */
                                                  "\"subject\":\"" BEN "\",\"list\":\"at://" BEN
                                                  "/app.bsky.graph.list/3kl\"") "," RECORD("app."
                                                                                           "bsky."
                                                                                           "graph."
                                                                                           "listite"
                                                                                           "m",
                                                                                           "\"subje"
                                                                                           "ct\":"
                                                                                           "\"Ben"
                                                                                           "\"")),
     ANNA "@3kl", NULL, 2, REPLY_GO_ON},
    {&platform_bluesky, POSTS, 200, "",
     RECORDS(
         RECORD("app.bsky.feed.post",
                "\"createdAt\":\"2026-01-01T00:00:00Z\"," REPLY(
                    ANNA, BEN)) "," RECORD("app.bsky.feed.post",
                                           REPLY(ANNA, ANNA)) "," /* each person once a post */
         RECORD("app.bsky.feed.post", REPLY(OWN, OWN)) ","        /* a thread with oneself */
         RECORD("app.bsky.feed.post",
                "\"createdAt\":\"2999-01-01T00:00:00Z\",\"facets\":[" MENTION(CLARA) "," MENTION(
                    "nobody") ",{\"features\":[{\"$type\":"
                              "\"app.bsky.richtext.facet#link\",\"did\":\"" BEN "\"}]}]") ",7"),
     ANNA ">reply/1767225600 " BEN ">reply/1767225600 " ANNA ">reply  " CLARA ">mention", NULL, 1,
     REPLY_GO_ON},
    /* quotes: alone, and beside pictures; a list is no post of anybody's */
    {&platform_bluesky, POSTS, 200, "",
     RECORDS(RECORD("app.bsky.feed.post", EMBED("\"record\":" REF(ANNA, "feed.post"))) "," RECORD(
         "app.bsky.feed.post",
         EMBED("\"media\":{},\"record\":{\"record\":" REF(
             BEN, "feed.post") "}")) "," RECORD("app.bsky.feed.post",
                                                EMBED("\"record\":" REF(CLARA, "graph.list")))),
     ANNA ">quote " BEN ">quote ", NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, LIKES, 200, "",
     RECORDS(RECORD("app.bsky.feed.like",
                    "\"createdAt\":\"2026-01-01T00:00:00Z\",\"subject\":" REF(
                        ANNA, "feed.post")) "," RECORD("app.bsky.feed.like",
                                                       "\"subject\":" REF(OWN, "feed.post"))),
     ANNA ">like/1767225600 ", NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, BOOSTS, 200, "",
     RECORDS(RECORD("app.bsky.feed.repost", "\"subject\":" REF(BEN, "feed.post")) ",{}"),
     BEN ">boost", NULL, 1, REPLY_GO_ON},
    {&platform_bluesky, BLOCKS, 200, "",
     RECORDS(RECORD("app.bsky.graph.block",
                    "\"subject\":\"" BEN "\"") "," RECORD("app.bsky.graph.block", "\"subject\":7")),
     BEN, NULL, 1, REPLY_GO_ON},
    /* the repository has gone into a file, and its reader tells what is in it */
    {&platform_bluesky, REPOSITORY, 200, "", "", "", NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, REPOSITORY, 400, "",
     "{\"error\":\"RepoNotFound\",\"message\":\"Could not find repo for DID\"}", NULL, NULL, 0,
     REPLY_STOP},
    {&platform_bluesky, REPOSITORY, 501, "",
     "{\"error\":\"MethodNotImplemented\",\"message\":\"Method Not Implemented\"}", NULL, NULL, 0,
     REPLY_STOP},
    {&platform_bluesky, REPOSITORY, 429, "", "{\"error\":\"RateLimitExceeded\"}", NULL, NULL, 0,
     REPLY_WAIT},
    {&platform_bluesky, REPOSITORY, 502, "", "<html>", NULL, NULL, 0, REPLY_BACK_OFF},
    {&platform_bluesky, ASK, 200, "",
     "{\"profiles\":[{\"did\":\"" ANNA
     "\",\"verification\":{\"verifications\":[],\"verifiedStatus\":\"valid\"}},{\"did\":\"" BEN
     "\",\"verification\":{\"verifiedStatus\":\"none\"}}]}",
     ANNA "-there+verified " BEN "-there", NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, POSTS, 200, "", "{\"feed\":[]}", NULL, NULL, 0, REPLY_BACK_OFF},

    {&platform_github, FOLLOWERS, 200, LINK("/user/followers?per_page=100&page=2"),
     "[{\"id\":5,\"login\":\"a\"},{\"id\":\"6\",\"login\":\"b\"}]", "5 6",
     "/user/followers?per_page=100&page=2", 0, REPLY_GO_ON},
    {&platform_github, FOLLOWERS, 404, "", "{\"message\":\"Not Found\"}", NULL, NULL, 0,
     REPLY_STOP},
    /* whose work is starred, with the time or without it; the account's own is nobody's */
    {&platform_github, LIKES, 200, LINK("/user/starred?per_page=100&page=2"),
     "[{\"starred_at\":\"2026-01-01T00:00:00Z\",\"repo\":{\"id\":91,\"owner\":{\"id\":5,\"login\":"
     "\"a\"}}},{\"id\":92,\"owner\":{\"id\":6}},{\"repo\":{\"id\":93,\"owner\":{\"id\":583231}}},{"
     "\"repo\":{\"id\":94,\"owner\":null}},{\"repo\":{\"owner\":{\"id\":7}}}]",
     "5>like/1767225600 6>like ", "/user/starred?per_page=100&page=2", 2, REPLY_GO_ON},
    {&platform_github, LIKES, 403, "",
     "{\"message\":\"Resource not accessible by personal access token\"}", NULL, NULL, 0,
     REPLY_STOP},
    {&platform_github, POSTS, 200, "",
     "[{\"id\":\"1\",\"type\":\"IssueCommentEvent\",\"created_at\":\"2026-01-01T00:00:00Z\","
     "\"repo\":{"
     "\"id\":91,\"name\":\"a/work\"},\"payload\":{\"issue\":{\"user\":{\"id\":5}}}},{\"id\":\"2\","
     "\"payload\":{\"pull_request\":{\"user\":{\"id\":6}}}},{\"id\":\"3\",\"type\":\"WatchEvent\","
     "\"payload\":{\"action\":\"started\"}},{\"id\":\"4\",\"payload\":{\"issue\":{\"user\":{\"id\":"
     "583231}}}},{\"payload\":{}}]",
     "5>reply/1767225600 6>reply  ", NULL, 1, REPLY_GO_ON},
    {&platform_github, LISTS, 200, "", "[{\"login\":\"bridge-works\"},{\"login\":\"../x\"}]",
     "bridge-works=org:bridge-works", NULL, 1, REPLY_GO_ON},
    {&platform_github, LISTS, 403, "",
     "{\"message\":\"You need at least read:org scope or user scope to list your organizations\"}",
     NULL, NULL, 0, REPLY_STOP},
    {&platform_github, LISTS, 403, "", "{\"message\":\"Sorry. Your account was suspended\"}", NULL,
     NULL, 0, REPLY_STOP},
    {&platform_github, LISTS, 403, "", "{\"message\":\"API rate limit exceeded\"}", NULL, NULL, 0,
     REPLY_WAIT},
    {&platform_github, MEMBERS, 200, LINK("/organizations/9/members?page=2"),
     "[{\"id\":5,\"login\":\"a\"},{\"login\":\"b\"}]", "5", "/organizations/9/members?page=2", 1,
     REPLY_GO_ON},
    {&platform_x, FOLLOWERS, 200, "",
     "{\"data\":[{\"id\":\"5\",\"username\":\"a\"},{\"id\":\"x\"}],\"meta\":{\"next_token\":\"AB\"}"
     "}",
     "5", "AB", 1, REPLY_GO_ON},
    {&platform_x, FOLLOWERS, 200, "", "{\"data\":{\"following\":false}}", NULL, NULL, 0,
     REPLY_BACK_OFF},

    {&platform_x, LISTS, 200, "",
     "{\"data\":[{\"id\":\"12\",\"name\":\"Press\"},{\"id\":\"13\"},{\"id\":\"x\",\"name\":\"y\"}],"
     "\"meta\":{\"next_token\":\"AB\"}}",
     "12=Press", "AB", 2, REPLY_GO_ON},
    {&platform_x, LISTS, 200, "", "{\"meta\":{\"result_count\":0}}", "", NULL, 0, REPLY_GO_ON},
    {&platform_x, LISTS, 403, "",
     "{\"title\":\"Forbidden\",\"type\":\"about:blank\",\"status\":403}", NULL, NULL, 0,
     REPLY_STOP},
    {&platform_x, MEMBERS, 200, "",
     "{\"data\":[{\"id\":\"5\",\"name\":\"a\",\"username\":\"a\"},{\"username\":\"b\"}],\"meta\":{}"
     "}",
     "5=a", NULL, 1, REPLY_GO_ON},
    {&platform_x, REACTIONS, 200, "",
     "{\"data\":[{\"id\":\"1\",\"author_id\":\"5\",\"created_at\":\"2026-01-01T00:00:00.000Z\"},{"
     "\"id\":\"2\",\"author_id\":\"6\",\"created_at\":\"2999-01-01T00:00:00.000Z\"},{\"id\":\"3\"}]"
     ","
     "\"meta\":{\"next_token\":\"CD\"}}",
     "5<mention/1767225600 6<mention", "CD", 1, REPLY_GO_ON},
    {&platform_x, REACTIONS, 200, "", "{\"errors\":[]}", NULL, NULL, 0, REPLY_BACK_OFF},

    /* Handles: who is not found is not there, and no error */
    {&platform_x, LOOKUP, 200, "",
     "{\"data\":[{\"id\":\"5\",\"username\":\"a\"}],\"errors\":[{\"value\":\"b\",\"title\":\"Not "
     "Found "
     "Error\",\"type\":\"https://api.twitter.com/2/problems/resource-not-found\"}]}",
     "5", NULL, 0, REPLY_GO_ON},
    {&platform_x, LOOKUP, 200, "",
     "{\"errors\":[{\"value\":\"b\",\"type\":\"https://api.x.com/2/problems/"
     "resource-not-found\"}]}",
     "", NULL, 0, REPLY_GO_ON},
    {&platform_x, LOOKUP, 200, "", "{\"meta\":{\"result_count\":0}}", NULL, NULL, 0,
     REPLY_BACK_OFF},
    {&platform_mastodon, LOOKUP, 200, "", "{\"id\":\"5\",\"acct\":\"a\"}", "5", NULL, 0,
     REPLY_GO_ON},
    {&platform_mastodon, LOOKUP, 404, "", "{\"error\":\"Record not found\"}", "", NULL, 0,
     REPLY_GO_ON},
    {&platform_mastodon, LOOKUP, 404, "", "<html>", NULL, NULL, 0, REPLY_STOP},
    {&platform_mastodon, LOOKUP, 200, "", "[{\"id\":\"5\"}]", NULL, NULL, 0, REPLY_BACK_OFF},
    {&platform_bluesky, LOOKUP, 200, "", "{\"did\":\"" ANNA "\"}", ANNA, NULL, 0, REPLY_GO_ON},
    {&platform_bluesky, LOOKUP, 200, "", "{\"did\":\"nobody\"}", "", NULL, 1, REPLY_GO_ON},
    {&platform_bluesky, LOOKUP, 400, "",
     "{\"error\":\"InvalidRequest\",\"message\":\"Unable to resolve handle\"}", "", NULL, 0,
     REPLY_GO_ON},
    {&platform_bluesky, LOOKUP, 400, "", "{\"error\":\"HandleNotFound\"}", "", NULL, 0,
     REPLY_GO_ON},
    {&platform_bluesky, LOOKUP, 400, "", "{\"error\":\"ExpiredToken\"}", NULL, NULL, 0,
     REPLY_REFRESH},
    {&platform_github, LOOKUP, 200, "", "{\"id\":5,\"login\":\"a\"}", "5", NULL, 0, REPLY_GO_ON},
    {&platform_github, LOOKUP, 404, "", "{\"message\":\"Not Found\"}", "", NULL, 0, REPLY_GO_ON},
    {&platform_github, LOOKUP, 429, "", "{\"message\":\"rate limit\"}", NULL, NULL, 0, REPLY_WAIT},
};

static void read_line(const struct line *line) {
    struct recorded r;
    buffer_clear(&told);
    buffer_clear(&next);
    page = (struct platform_page){.each = each, .next = &next};
    reply = (struct reply){0};
    tells_exchanges = is_exchange(line->call);
    recorded_make(&r, line->status, line->headers, line->body, strlen(line->body));
    const struct platform *p = line->platform;
    const struct platform_ask *ask = ask_of(p, line->call);
    int result = ask != NULL
                     ? ask->read(account_of(p), &r.response, &page, &reply)
                     : list_of(p, line->call)->read(account_of(p), &r.response, &page, &reply);
    assert_int_equal(result, 0);
    recorded_free(&r);
}

static void test_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct line *line = &lines[i];
        read_line(line);
        if (reply.action != line->action)
            fail_msg("line %zu: action %d, %s", i, (int)reply.action, reply.reason);
        const char *expected = line->told != NULL ? line->told : "";
        if (strcmp(buffer_text(&told), expected) != 0)
            fail_msg("line %zu: told \"%s\", not \"%s\"", i, buffer_text(&told), expected);
        if (page.skipped != line->skipped)
            fail_msg("line %zu: %d rows left out: %s", i, (int)page.skipped, page.skipped_why);
        if (page.end != (line->next == NULL))
            fail_msg("line %zu: is it the end? %d", i, page.end);
        assert_string_equal(buffer_text(&next), line->next != NULL ? line->next : "");
    }
}

/* As a real PDS hands an AppView's words on; its RateLimit headers are the PDS's own. */
static void test_handed_on(void **state) {
    static const struct {
        const char *file, *told;
        enum reply_action action;
    } files[] = {
        {"get-profile-400-taken-down", "-down", REPLY_GO_ON},
        {"get-profile-400-deactivated", "", REPLY_GO_ON},
        {"get-profile-400-not-found", "-gone", REPLY_GO_ON},
        {"get-profile-401-no-token", "", REPLY_STOP},
        {"get-follows-400-no-service", "", REPLY_STOP},
    };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct recorded r;
        buffer_clear(&told);
        buffer_clear(&next);
        page = (struct platform_page){.each = each, .next = &next};
        recorded_load(&r, &platform_bluesky, files[i].file);
        assert_int_equal(
            ask_of(&platform_bluesky, ALONE)->read(&account_bluesky, &r.response, &page, &reply),
            0);
        if (reply.action != files[i].action || strcmp(buffer_text(&told), files[i].told) != 0)
            fail_msg("%s: action %d, told \"%s\"", files[i].file, (int)reply.action,
                     buffer_text(&told));
        if (reply.action == REPLY_GO_ON) {
            assert_int_equal(reply.seen_count, 1);
            assert_string_equal(reply.seen[0].budget, "requests/5m");
        }
        recorded_free(&r);
    }
}

/* ---- requests --------------------------------------------------------------------------------*/

static struct text text_of(const char *z) {
    return (struct text){z, (uint32_t)strlen(z)};
}

#define RECORDS_OF(collection)                                                                     \
    "/xrpc/com.atproto.repo.listRecords?repo=did%3Aplc%3Ap424pq3i3lovzq6sxvf2ygjk&collection="     \
    "app.bsky." collection "&limit=100"

static void test_requests(void **state) {
    static const struct {
        const struct platform *platform;
        enum call call;
        const char *part, *cursor;
        const char *target; /* NULL: refused */
        enum http_secret secret;
    } asks[] = {
        {&platform_x, FOLLOWERS, "", "AB&c",
         "/2/users/813286/followers?max_results=1000&user.fields=connection_status,created_at,"
         "description,name,profile_image_url,protected,public_metrics,username,verified"
         "&pagination_token=AB%26c",
         HTTP_ACCESS_TOKEN},
        {&platform_github, FOLLOWERS, "", "", "/user/followers?per_page=100", HTTP_ACCESS_TOKEN},
        {&platform_github, FOLLOWERS, "", "/user/followers?page=2", "/user/followers?page=2",
         HTTP_ACCESS_TOKEN},
        {&platform_github, FOLLOWERS, "", "/repos/x", NULL, HTTP_ACCESS_TOKEN},
        {&platform_github, LIKES, "", "", "/user/starred?per_page=100", HTTP_ACCESS_TOKEN},
        {&platform_github, POSTS, "", "", "/users/octocat/events?per_page=100", HTTP_ACCESS_TOKEN},
        {&platform_github, LISTS, "", "", "/user/orgs?per_page=100", HTTP_ACCESS_TOKEN},
        {&platform_github, MEMBERS, "bridge-works", "", "/orgs/bridge-works/members?per_page=100",
         HTTP_ACCESS_TOKEN},
        {&platform_github, MEMBERS, "../x", "", NULL, HTTP_ACCESS_TOKEN},
        {&platform_x, LISTS, "", "", "/2/users/813286/owned_lists?max_results=100",
         HTTP_ACCESS_TOKEN},
        {&platform_x, MEMBERS, "12", "AB",
         "/2/lists/12/members?max_results=100&pagination_token=AB", HTTP_ACCESS_TOKEN},
        {&platform_x, MEMBERS, "../12", "", NULL, HTTP_ACCESS_TOKEN},
        {&platform_x, REACTIONS, "", "",
         "/2/users/813286/mentions?post.fields=created_at&expansions=author_id&max_results=100",
         HTTP_ACCESS_TOKEN},
        {&platform_mastodon, LISTS, "", "", "/api/v1/lists", HTTP_ACCESS_TOKEN},
        {&platform_mastodon, MEMBERS, "12", "", "/api/v1/lists/12/accounts?limit=80",
         HTTP_ACCESS_TOKEN},
        {&platform_mastodon, MEMBERS, "../12", "", NULL, HTTP_ACCESS_TOKEN},
        {&platform_mastodon, MEMBERS, "12", "/api/v1/accounts/1/follow", NULL, HTTP_ACCESS_TOKEN},
        {&platform_mastodon, MEMBERS, "12", "/api/v1/lists/../accounts", NULL, HTTP_ACCESS_TOKEN},
        {&platform_mastodon, REACTIONS, "", "",
         "/api/v1/notifications?limit=80&types[]=mention&types[]=favourite&types[]=reblog"
         "&types[]=quote",
         HTTP_ACCESS_TOKEN},
        {&platform_mastodon, MESSAGES, "", "", "/api/v1/conversations?limit=40", HTTP_ACCESS_TOKEN},
        {&platform_mastodon, POSTS, "", "", "/api/v1/accounts/1/statuses?limit=40",
         HTTP_ACCESS_TOKEN},
        {&platform_mastodon, POSTS, "", "/api/v1/accounts/1/statuses?max_id=3",
         "/api/v1/accounts/1/statuses?max_id=3", HTTP_ACCESS_TOKEN},
        {&platform_mastodon, POSTS, "", "/api/v1/statuses/1", NULL, HTTP_ACCESS_TOKEN},
        {&platform_mastodon, LIKES, "", "", "/api/v1/favourites?limit=40", HTTP_ACCESS_TOKEN},
        {&platform_mastodon, BOOKMARKS, "", "", "/api/v1/bookmarks?limit=40", HTTP_ACCESS_TOKEN},
        {&platform_bluesky, LISTS, "", "", RECORDS_OF("graph.list"), HTTP_NO_SECRET},
        {&platform_bluesky, MEMBERS, "", "3k\r\n", RECORDS_OF("graph.listitem") "&cursor=3k%0D%0A",
         HTTP_NO_SECRET},
        {&platform_bluesky, POSTS, "", "", RECORDS_OF("feed.post"), HTTP_NO_SECRET},
        {&platform_bluesky, LIKES, "", "", RECORDS_OF("feed.like"), HTTP_NO_SECRET},
        {&platform_bluesky, BOOSTS, "", "", RECORDS_OF("feed.repost"), HTTP_NO_SECRET},
        {&platform_bluesky, BLOCKS, "", "", RECORDS_OF("graph.block"), HTTP_NO_SECRET},
        {&platform_bluesky, REPOSITORY, "", "",
         "/xrpc/com.atproto.sync.getRepo?did=did%3Aplc%3Ap424pq3i3lovzq6sxvf2ygjk", HTTP_NO_SECRET},
        {&platform_bluesky, SHOWN, "", "3k&a=b",
         "/xrpc/app.bsky.graph.getFollows?limit=100&actor=did%3Aplc%3Ap424pq3i3lovzq6sxvf2ygjk"
         "&cursor=3k%26a%3Db",
         HTTP_ACCESS_TOKEN},
        {&platform_bluesky, REACTIONS, "", "2026-01-01T00:00:00Z",
         "/xrpc/app.bsky.notification.listNotifications?limit=100&reasons=reply&reasons=mention"
         "&reasons=quote&reasons=like&reasons=repost&cursor=2026-01-01T00%3A00%3A00Z",
         HTTP_ACCESS_TOKEN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        struct http_request q;
        struct winnow_error err = {0};
        http_request_init(&q);
        int built = list_of(asks[i].platform, asks[i].call)
                        ->build(account_of(asks[i].platform), text_of(asks[i].part),
                                text_of(asks[i].cursor), &q, &err);
        assert_int_equal(built, asks[i].target == NULL ? -1 : 0);
        if (asks[i].target != NULL) {
            assert_string_equal(buffer_text(&q.target), asks[i].target);
            assert_int_equal(q.method, HTTP_GET);
            assert_int_equal(q.secret, asks[i].secret);
        }
        http_request_free(&q);
    }
}

/* ---- what is one though it stands in several rows -------------------------------------------- */

static int name_each(void *context, const struct facts *f) {
    struct buffer *to = context;
    buffer_addf(to, "%.*s<%.*s|%.*s> ", (int)facts_text(f, FACT_ID).size, facts_text(f, FACT_ID).at,
                (int)page.conversation.size, page.conversation.at, (int)page.said.size,
                page.said.at);
    return 0;
}

static void names(const struct platform *p, enum call call, const char *body, const char *want) {
    page = (struct platform_page){.each = name_each, .context = &told, .next = &next};
    struct http_response in = {.end = HTTP_DONE, .status = 200, .body = text_of(body)};
    buffer_clear(&told);
    assert_int_equal(list_of(p, call)->read(account_of(p), &in, &page, &reply), 0);
    assert_int_equal(reply.action, REPLY_GO_ON);
    assert_string_equal(buffer_text(&told), want);
}

/* A status in a conversation, in a mention and in a favourite is one, by its id. */
static void test_what_rows_tell_of(void **state) {
    (void)state;
    names(
        &platform_mastodon, MESSAGES,
        "[{\"id\":\"9\",\"last_status\":{\"id\":\"s1\"},\"accounts\":[{\"id\":\"5\"},{\"id\":\"6\"}"
        "]},{\"id\":8,\"last_status\":null,\"accounts\":[{\"id\":\"5\"}]}]",
        "5<9|s1> 6<9|s1> 5<8|> ");
    names(&platform_mastodon, REACTIONS,
          "[{\"id\":\"1\",\"type\":\"mention\",\"status\":{\"id\":\"s1\"},\"account\":{\"id\":"
          "\"5\"}},"
          "{\"id\":\"2\",\"type\":\"favourite\",\"status\":{\"id\":12},\"account\":{\"id\":\"6\"}},"
          "{\"id\":\"3\",\"type\":\"follow\",\"account\":{\"id\":\"7\"}}]",
          "5<|s1> 6<|12> <|notification 3> ");
    names(&platform_x, REACTIONS,
          "{\"data\":[{\"id\":\"77\",\"author_id\":\"5\"}],\"meta\":{\"result_count\":1}}",
          "5<|77> ");
    names(&platform_bluesky, REACTIONS,
          "{\"notifications\":[{\"uri\":\"at://a/p/1\",\"reason\":\"reply\",\"author\":{\"did\":"
          "\"" ANNA
          "\"}},{\"uri\":\"at://a/p/1\",\"reason\":\"mention\",\"author\":{\"did\":\"" ANNA
          "\"}}]}",
          ANNA "<|at://a/p/1> " ANNA "<|at://a/p/1> ");
    names(&platform_bluesky, POSTS, RECORDS(RECORD("app.bsky.feed.post", REPLY(ANNA, BEN))),
          ANNA "<|at://" OWN "/app.bsky.feed.post/3k> " BEN "<|at://" OWN
               "/app.bsky.feed.post/3k> ");
}

static void test_asked_by_ids(void **state) {
    (void)state;
    const struct target people[2] = {{text_of(ANNA), {"", 0}}, {text_of(CLARA), {"", 0}}};
    const struct target bad[1] = {{text_of("did:x?y"), {"", 0}}};
    struct http_request q;
    struct winnow_error err = {0};
    http_request_init(&q);
    assert_int_equal(ask_of(&platform_bluesky, ASK)->build(&account_bluesky, people, 2, &q, &err),
                     0);
    assert_string_equal(buffer_text(&q.target),
                        "/xrpc/app.bsky.actor.getProfiles?actors=did%3Aplc%3A"
                        "aaaaaaaaaaaaaaaaaaaaaaaa&actors=did%3Aweb%3Aclara.example");
    assert_int_equal(q.secret, HTTP_ACCESS_TOKEN);
    http_request_clear(&q);
    assert_int_equal(ask_of(&platform_bluesky, ASK)->build(&account_bluesky, bad, 1, &q, &err), -1);
    assert_int_equal(ask_of(&platform_bluesky, ASK)->build(&account_bluesky, people, 0, &q, &err),
                     -1);
    assert_int_equal(ask_of(&platform_bluesky, ALONE)->build(&account_bluesky, people, 2, &q, &err),
                     -1);
    http_request_clear(&q);
    assert_int_equal(ask_of(&platform_bluesky, ALONE)->build(&account_bluesky, people, 1, &q, &err),
                     0);
    assert_string_equal(buffer_text(&q.target), "/xrpc/app.bsky.actor.getProfile?actor=did%3Aplc%3A"
                                                "aaaaaaaaaaaaaaaaaaaaaaaa");
    assert_int_equal(ask_of(&platform_bluesky, ASK)->max, 25);
    assert_true(ask_of(&platform_bluesky, ASK)->max <= PLATFORM_RELATIONS_MAX);
    http_request_free(&q);
}

/* As many as a call says it takes, with the longest ids that there are; and no more. */
static void test_asked_by_most_ids(void **state) {
    static const struct {
        const struct platform *platform;
        const char *begin;
        size_t most, longest;
    } asks[] = {{&platform_mastodon, "", 40, 64}, {&platform_bluesky, "did:plc:", 25, FACT_ID_MAX}};
    char id[FACT_ID_MAX];
    struct target people[PLATFORM_RELATIONS_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        const struct platform *p = asks[i].platform;
        const struct platform_ask *ask = ask_of(p, ASK);
        struct http_request q;
        struct winnow_error err = {0};
        memset(id, 'a', sizeof id);
        memcpy(id, asks[i].begin, strlen(asks[i].begin));
        for (size_t k = 0; k < PLATFORM_RELATIONS_MAX; k++)
            people[k] = (struct target){{id, (uint32_t)asks[i].longest}, {"", 0}};
        http_request_init(&q);
        assert_int_equal(ask->max, asks[i].most);
        assert_int_equal(ask->build(account_of(p), people, ask->max, &q, &err), 0);
        assert_true(q.target.size > ask->max * asks[i].longest);
        http_request_clear(&q);
        assert_int_equal(ask->build(account_of(p), people, ask->max + 1, &q, &err), -1);
        http_request_free(&q);
    }
}

static void test_asked_by_handles(void **state) {
    static const struct {
        const struct platform *platform;
        const char *handle, *target; /* NULL: refused */
    } asks[] = {
        {&platform_x, "alice_1",
         "/2/users/by?user.fields=created_at,description,name,profile_image_url,protected,"
         "public_metrics,username,verified&usernames=alice_1"},
        {&platform_x, "alice&ids=1", NULL},
        {&platform_mastodon, "a@b.example", "/api/v1/accounts/lookup?acct=a%40b.example"},
        {&platform_mastodon, "a b", NULL},
        {&platform_bluesky, "a.example",
         "/xrpc/com.atproto.identity.resolveHandle?handle=a.example"},
        {&platform_bluesky, "a", NULL},
        {&platform_github, "a-b", "/users/a-b"},
        {&platform_github, "a/../x", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        const struct target one = {text_of(asks[i].handle), {"", 0}};
        const struct platform *p = asks[i].platform;
        struct http_request q;
        struct winnow_error err = {0};
        http_request_init(&q);
        int built = ask_of(p, LOOKUP)->build(account_of(p), &one, 1, &q, &err);
        assert_int_equal(built, asks[i].target == NULL ? -1 : 0);
        if (asks[i].target != NULL)
            assert_string_equal(buffer_text(&q.target), asks[i].target);
        assert_true(ask_of(p, LOOKUP)->max <= PLATFORM_RELATIONS_MAX);
        http_request_free(&q);
    }
}

/* No more rows than are asked for, where each costs. */
static void test_fewer_rows(void **state) {
    (void)state;
    struct platform_account few = account_x;
    struct http_request q;
    struct winnow_error err = {0};
    few.page_max = 4;
    http_request_init(&q);
    assert_int_equal(
        list_of(&platform_x, MEMBERS)->build(&few, text_of("1"), text_of(""), &q, &err), 0);
    assert_non_null(strstr(buffer_text(&q.target), "?max_results=4"));
    http_request_clear(&q); /* X gives five mentions at least: more than is paid for */
    assert_int_equal(
        list_of(&platform_x, REACTIONS)->build(&few, text_of(""), text_of(""), &q, &err), -1);
    assert_int_equal(err.code, WINNOW_CAP);
    few.page_max = 12;
    http_request_clear(&q);
    assert_int_equal(
        list_of(&platform_x, FOLLOWERS)->build(&few, text_of(""), text_of(""), &q, &err), 0);
    assert_non_null(strstr(buffer_text(&q.target), "?max_results=12&"));
    http_request_clear(&q);
    assert_int_equal(
        platform_following(&platform_x)->build(&few, text_of(""), text_of(""), &q, &err), 0);
    assert_non_null(strstr(buffer_text(&q.target), "?max_results=12&"));
    few.page_max = UINT32_MAX;
    http_request_clear(&q);
    assert_int_equal(
        platform_following(&platform_x)->build(&few, text_of(""), text_of(""), &q, &err), 0);
    assert_non_null(strstr(buffer_text(&q.target), "?max_results=1000&"));
    http_request_free(&q);
}

static int open_buffers(void **state) {
    (void)state;
    buffer_init(&told, 4096);
    buffer_init(&next, 4096);
    return 0;
}

static int free_buffers(void **state) {
    (void)state;
    buffer_free(&told);
    buffer_free(&next);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),           cmocka_unit_test(test_handed_on),
        cmocka_unit_test(test_requests),          cmocka_unit_test(test_asked_by_ids),
        cmocka_unit_test(test_asked_by_most_ids), cmocka_unit_test(test_asked_by_handles),
        cmocka_unit_test(test_fewer_rows),        cmocka_unit_test(test_what_rows_tell_of),
    };
    return cmocka_run_group_tests(tests, open_buffers, free_buffers);
}
