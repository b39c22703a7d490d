/* One row of outbox.json: see mastodon_item.h. Happy path: {type, published, to, cc, object} of an
 * activity, {to, inReplyTo, tag, quote} of its object; all else is passed. Fails as json_pull does;
 * a value of another kind than expected says nothing. */
#include "formats/mastodon/mastodon_item.h"

#include "core/base/text_time.h"
#include "formats/mastodon/mastodon_archive.h"
#include "formats/mastodon/mastodon_uri.h"

#include <string.h>

_Static_assert(sizeof((struct mastodon_item *)0)->mentions / sizeof(uint32_t) ==
                   MASTODON_MENTIONS_MAX,
               "as the archive's header says");

static void keep_uri(const struct json_pull *p, struct item_uri *uri) {
    uri->there = true;
    uri->size = p->cut ? 0 : p->text.size;
    memcpy(uri->at, p->text.at, uri->size);
}

/* A text, or whatever: null is none. */
static int read_uri(struct json_pull *p, struct item_uri *uri) {
    enum pull_kind kind = pull_value(p);
    if (kind == PULL_TEXT)
        keep_uri(p, uri);
    else if (kind != PULL_NULL && kind != PULL_FAILED)
        *uri = (struct item_uri){.there = true};
    return pull_skip(p, kind);
}

static bool ends_with(struct text t, const char *end) {
    size_t size = strlen(end);
    return t.size >= size && memcmp(t.at + t.size - size, end, size) == 0;
}

/* Everybody, or the followers of somebody. */
static bool is_collection(const struct json_pull *p) {
    return p->cut || ends_with(p->text, "#Public") || ends_with(p->text, ":Public") ||
           ends_with(p->text, "/followers") || pull_text_is(p, "Public");
}

static int take_one(struct json_pull *p, enum pull_kind kind, struct item_to *to,
                    struct item_uri *first) {
    if (kind == PULL_TEXT) {
        to->people = (to->count == 0 || to->people) && !is_collection(p);
        if (to->count == 0 && first != NULL)
            keep_uri(p, first);
    } else {
        to->people = false;
    }
    to->count += to->count < UINT32_MAX;
    return pull_skip(p, kind);
}

/* A list of addresses, or one alone. `first`, which may be NULL, gets the first. */
static int read_people(struct json_pull *p, struct item_to *to, struct item_uri *first) {
    int more;
    enum pull_kind kind = pull_value(p);
    *to = (struct item_to){0};
    if (kind == PULL_NULL || kind == PULL_FAILED)
        return pull_skip(p, kind);
    if (kind != PULL_LIST)
        return take_one(p, kind, to, first);
    while ((more = pull_item(p)) == 1)
        if (take_one(p, pull_value(p), to, first) != 0)
            return -1;
    return more;
}

/* ---- mentions ---- */

struct mention {
    bool is_mention;
    struct item_uri href, name;
};

static int read_type(struct json_pull *p, const char *wanted, bool *is) {
    enum pull_kind kind = pull_value(p);
    *is = kind == PULL_TEXT && pull_text_is(p, wanted);
    return pull_skip(p, kind);
}

/* "@alice@a.example", or "@alice" of the archive's own host. */
static uint32_t handle_index(struct mastodon_actors *a, const struct item_uri *name) {
    char room[FACT_HANDLE_MAX + 1];
    struct text t = {name->at, name->size};
    if (t.size > 0 && t.at[0] == '@')
        t = (struct text){t.at + 1, t.size - 1};
    if (t.size == 0)
        return 0;
    const char *at = memchr(t.at, '@', t.size);
    struct text host = a->own_host;
    if (at != NULL)
        host = (struct text){at + 1, (uint32_t)(t.at + t.size - at - 1)};
    struct text handle =
        uri_handle((struct text){t.at, at != NULL ? (uint32_t)(at - t.at) : t.size}, host, room);
    if (handle.size == 0)
        return 0;
    const struct name *one = names_add(&a->handles, handle);
    return one == NULL ? 0 : names_index(&a->handles, one) + 1;
}

static void take_mention(struct mastodon_actors *a, const struct mention *m,
                         struct mastodon_item *item) {
    if (!m->is_mention)
        return;
    bool room = item->mention_count < MASTODON_MENTIONS_MAX;
    struct name *one = m->href.size > 0 && room
                           ? names_add(&a->actors, (struct text){m->href.at, m->href.size})
                           : NULL;
    if (one == NULL) {
        item->nameless = true;
        return;
    }
    if (one->value == 0)
        one->value = handle_index(a, &m->name);
    item->nameless = item->nameless || one->value == 0;
    item->mentions[item->mention_count++] = names_index(&a->actors, one);
}

static int read_tag(struct json_pull *p, struct mastodon_actors *a, struct mastodon_item *item) {
    int more = 0;
    struct mention m = {0};
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_OBJECT)
        return pull_skip(p, kind);
    while (more == 0 && (more = pull_key(p)) == 1) {
        if (pull_text_is(p, "type"))
            more = read_type(p, "Mention", &m.is_mention);
        else if (pull_text_is(p, "href"))
            more = read_uri(p, &m.href);
        else if (pull_text_is(p, "name"))
            more = read_uri(p, &m.name);
        else
            more = pull_pass(p);
        if (more != 0)
            return -1;
    }
    if (more == 0)
        take_mention(a, &m, item);
    return more;
}

static int read_tags(struct json_pull *p, struct mastodon_actors *a, struct mastodon_item *item) {
    int more;
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_LIST)
        return pull_skip(p, kind);
    while ((more = pull_item(p)) == 1)
        if (read_tag(p, a, item) != 0)
            return -1;
    return more;
}

/* ---- the post, the activity ---- */

static int read_quote(struct json_pull *p, struct mastodon_item *item) {
    int result = read_uri(p, &item->quoted);
    item->quotes = item->quotes || item->quoted.there;
    return result;
}

static int read_post_member(struct json_pull *p, struct mastodon_actors *a,
                            struct mastodon_item *item) {
    if (pull_text_is(p, "to"))
        return read_people(p, &item->to, NULL);
    if (pull_text_is(p, "inReplyTo"))
        return read_uri(p, &item->answered);
    if (pull_text_is(p, "tag"))
        return read_tags(p, a, item);
    if (pull_text_is(p, "quote"))
        return read_quote(p, item);
    if (pull_text_is(p, "id"))
        return read_uri(p, &item->boosted);
    return pull_pass(p);
}

/* A post, or of a boost the address of one. */
static int read_object(struct json_pull *p, struct mastodon_actors *a, struct mastodon_item *item) {
    int more;
    enum pull_kind kind = pull_value(p);
    if (kind == PULL_TEXT)
        keep_uri(p, &item->boosted);
    item->has_object = kind == PULL_OBJECT;
    if (kind != PULL_OBJECT)
        return pull_skip(p, kind);
    while ((more = pull_key(p)) == 1)
        if (read_post_member(p, a, item) != 0)
            return -1;
    return more;
}

static int read_time(struct json_pull *p, struct mastodon_item *item) {
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_TEXT || p->cut || !text_time_read(p->text.at, p->text.size, &item->time_ms))
        item->time_ms = 0;
    return pull_skip(p, kind);
}

static int read_activity(struct json_pull *p, struct mastodon_item *item) {
    enum pull_kind kind = pull_value(p);
    item->understood = kind == PULL_TEXT;
    item->boost = kind == PULL_TEXT && pull_text_is(p, "Announce");
    item->post = kind == PULL_TEXT && pull_text_is(p, "Create");
    return pull_skip(p, kind);
}

static int read_member(struct json_pull *p, struct mastodon_actors *a, struct mastodon_item *item,
                       struct item_to *to) {
    struct item_to cc;
    if (pull_text_is(p, "type"))
        return read_activity(p, item);
    if (pull_text_is(p, "published"))
        return read_time(p, item);
    if (pull_text_is(p, "to"))
        return read_people(p, to, NULL);
    if (pull_text_is(p, "cc"))
        return read_people(p, &cc, &item->boosted_by);
    if (pull_text_is(p, "object"))
        return read_object(p, a, item);
    return pull_pass(p);
}

static void item_clear(struct mastodon_item *item) {
    item->understood = item->boost = item->post = item->has_object = false;
    item->time_ms = 0;
    item->to = (struct item_to){0};
    item->boosted.there = item->boosted_by.there = false;
    item->answered.there = item->quoted.there = false;
    item->boosted.size = item->boosted_by.size = item->answered.size = item->quoted.size = 0;
    item->quotes = item->nameless = false;
    item->mention_count = 0;
}

int mastodon_item_read(struct json_pull *p, struct mastodon_actors *a, struct mastodon_item *item) {
    int more;
    struct item_to to = {0};
    item_clear(item);
    enum pull_kind kind = pull_value(p);
    if (kind != PULL_OBJECT)
        return pull_skip(p, kind);
    while ((more = pull_key(p)) == 1)
        if (read_member(p, a, item, &to) != 0)
            return -1;
    if (item->to.count == 0)
        item->to = to;
    else if (to.count > 0) /* in private only if both say so */
        item->to.people = item->to.people && to.people;
    return more;
}
