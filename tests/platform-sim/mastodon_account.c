/* Accounts as Mastodon writes them: followees, people, and the account itself.
 *
 * Happy path: one JSON object behind what is in the buffer.
 * Failure: none. Who is suspended has no name and no note left; who moved says where to. */
#include "mastodon.h"

#include <stdio.h>
#include <string.h>

/* There is no other mark than a page of one's own that links back. */
#define VERIFIED                                                                                   \
    "{\"name\":\"Web\",\"value\":\"<a href=\\\"https://page.example\\\" "                          \
    "rel=\\\"me\\\">page.example</a>\","                                                           \
    "\"verified_at\":\"2024-05-01T10:00:00.000+00:00\"}"

/* What every account has, and what nobody here looks at. */
static void same_json(const char *id, bool pictured, const char *fields, struct buf *out) {
    static const char *const pictures[] = {"avatar", "avatar_static", "header", "header_static"};
    buf_printf(out,
               "\"group\":false,\"discoverable\":true,\"indexable\":false,"
               "\"hide_collections\":null,\"uri\":\"https://" DOMAIN "/ap/users/%.99s\","
               "\"emojis\":[],\"fields\":[%s],",
               id, fields);
    for (size_t i = 0; pictured && i < 2; i++) {
        buf_printf(out, "\"%s\":\"https://" DOMAIN "/accounts/avatars/%.99s/one.png\",",
                   pictures[i], id);
    }
    for (size_t i = pictured ? 2 : 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        buf_printf(out, "\"%s\":\"https://" DOMAIN "/%s/missing.png\",", pictures[i],
                   i < 2 ? "avatars" : "headers");
    }
}

static void made_up_json(struct sim *sim, uint32_t at, struct buf *out) {
    struct facts facts = facts_of(sim, at);
    char id[ID_MAX];
    char handle[ID_MAX];
    char created[40];
    char last[40];
    follows_id(&sim->follows, P_MASTODON, at, id);
    follows_handle(&sim->follows, P_MASTODON, at, handle);
    time_iso(created, sizeof created, facts.created_s / 86400 * 86400 * NS_PER_S, false);
    time_iso(last, sizeof last, facts.last_post_s * NS_PER_S, false);
    size_t name = strcspn(handle, "@");
    buf_printf(out,
               "{\"id\":\"%s\",\"username\":\"%.*s\",\"acct\":\"%s%s\",\"display_name\":\"%.*s\","
               "\"locked\":%s,\"bot\":%s,\"created_at\":\"%.19s.000Z\",\"note\":\"\",",
               id, (int)name, handle, handle, handle[name] == '@' ? "" : "@" DOMAIN, (int)name,
               handle, facts.locked ? "true" : "false", facts.bot ? "true" : "false", created);
    buf_printf(out,
               "\"url\":\"https://" DOMAIN "/@%.*s\",\"followers_count\":%u,"
               "\"following_count\":%u,\"statuses_count\":%u,",
               (int)name, handle, facts.followers, facts.following, facts.posts);
    same_json(id, false, "", out);
    if (facts.last_post_s == 0) {
        buf_str(out, "\"last_status_at\":null}");
    } else {
        buf_printf(out, "\"last_status_at\":\"%.10s\"}", last);
    }
}

/* A text of a person's as HTML in a JSON string, within a paragraph. */
static void html_json(const char *text, struct buf *out) {
    static const struct {
        char sign;
        const char *html;
    } marks[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "<br />"}};
    struct buf html = {0};
    buf_str(&html, *text != '\0' ? "<p>" : "");
    for (const char *at = text; *at != '\0'; at++) {
        const char *as = NULL;
        for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
            as = *at == marks[i].sign ? marks[i].html : as;
        }
        buf_put(&html, as != NULL ? as : at, as != NULL ? strlen(as) : 1);
    }
    buf_str(&html, *text != '\0' ? "</p>" : "");
    buf_json(out, html.text);
    buf_free(&html);
}

/* What stands there only when it applies. Who moved has a new account on another server. */
static void applies_json(const struct person *p, const char *id, const char *handle,
                         struct buf *out) {
    if (p->suspended) {
        buf_str(out, ",\"suspended\":true");
    }
    if (!p->moved || p->suspended) {
        return;
    }
    int name = (int)strcspn(handle, "@");
    buf_printf(out,
               ",\"moved\":{\"id\":\"%s9\",\"username\":\"%.*s\",\"acct\":\"%.*s@new.example\","
               "\"display_name\":\"\",\"locked\":false,\"bot\":false,\"created_at\":"
               "\"2024-01-01T00:00:00.000Z\",\"note\":\"\",\"url\":\"https://new.example/@%.*s\","
               "\"followers_count\":1,\"following_count\":1,\"statuses_count\":1,",
               id, name, handle, name, handle, name, handle);
    same_json(id, false, "", out);
    buf_str(out, "\"last_status_at\":null}");
}

static void person_json(struct sim *sim, const struct person *p, uint32_t at, struct buf *out) {
    char id[ID_MAX];
    char handle[ID_MAX];
    char created[40];
    char last[40];
    follows_id(&sim->follows, P_MASTODON, at, id);
    follows_handle(&sim->follows, P_MASTODON, at, handle);
    time_iso(created, sizeof created, p->created_s / 86400 * 86400 * NS_PER_S, false);
    time_iso(last, sizeof last, p->last_post_s * NS_PER_S, false);
    int name = (int)strcspn(handle, "@");
    const char *host = handle[name] == '@' ? handle + name + 1 : DOMAIN;
    bool local = strcmp(host, DOMAIN) == 0;
    buf_printf(out, "{\"id\":\"%s\",\"username\":\"%.*s\",\"acct\":\"%.*s\",\"display_name\":", id,
               name, handle, local ? name : ID_MAX, handle);
    buf_json(out, p->suspended ? "" : people_text(&sim->people, p->name));
    buf_printf(out, ",\"locked\":%s,\"bot\":%s,\"created_at\":\"%.19s.000Z\",\"note\":",
               p->is_protected ? "true" : "false", p->bot ? "true" : "false", created);
    html_json(p->suspended ? "" : people_text(&sim->people, p->bio), out);
    buf_printf(out,
               ",\"url\":\"https://%s/@%.*s\",\"followers_count\":%u,\"following_count\":%u,"
               "\"statuses_count\":%u,",
               host, name, handle, p->followers, p->following, p->posts);
    same_json(id, !p->egg && !p->suspended, p->verified ? VERIFIED : "", out);
    if (p->last_post_s == 0) {
        buf_str(out, "\"last_status_at\":null");
    } else {
        buf_printf(out, "\"last_status_at\":\"%.10s\"", last);
    }
    applies_json(p, id, handle, out);
    buf_str(out, "}");
}

void mastodon_account_json(struct sim *sim, uint32_t at, struct buf *out) {
    if (at < sim->people.count) {
        person_json(sim, &sim->people.person[at], at, out);
    } else {
        made_up_json(sim, at, out);
    }
}

/* How many posts the account has: with people they can be listed. */
static uint32_t own_posts(const struct sim *sim) {
    const struct people *people = &sim->people;
    uint32_t count = 0;
    for (uint32_t i = 0; i < people->happenings; i++) {
        const struct happening *one = &people->happening[i];
        count += one->ours && one->what != E_LIKE && one->what != E_BOOKMARK ? 1 : 0;
    }
    return count;
}

void mastodon_own_json(struct sim *sim, bool source, struct buf *out) {
    const char *id = account_id(sim, P_MASTODON);
    const char *handle = account_handle(sim, P_MASTODON);
    buf_printf(out,
               "{\"id\":\"%.99s\",\"username\":\"%.99s\",\"acct\":\"%.99s\",\"display_name\":"
               "\"%.99s\",\"locked\":false,\"bot\":false,\"following_count\":%u,"
               "\"followers_count\":-1,\"statuses_count\":%u,\"note\":\"\",\"url\":"
               "\"https://" DOMAIN "/@%.99s\",\"created_at\":\"2009-06-02T00:00:00.000Z\",",
               id, handle, handle, handle,
               sim->follows.followed[P_MASTODON].set + sim->options.profile_more, own_posts(sim),
               handle);
    same_json(id, false, "", out);
    buf_str(out, "\"last_status_at\":null");
    if (source) {
        buf_str(out, ",\"role\":{\"id\":\"-99\",\"name\":\"\",\"permissions\":"
                     "\"65536\",\"color\":\"\",\"highlighted\":false},\"source\":{\"privacy\":"
                     "\"public\",\"sensitive\":false,\"language\":null,\"note\":\"\",\"fields\":[],"
                     "\"follow_requests_count\":0}");
    }
    buf_str(out, "}");
}
