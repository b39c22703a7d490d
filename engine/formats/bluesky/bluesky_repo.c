/* A Bluesky account's repository: see bluesky_repo.h.
 *
 * Happy path: the nodes from the root down to the one at hand lie on a stack of their own, each
 * with its bytes; a node's left subtree comes first, then each entry and the subtree behind it, so
 * keys come in order, and lists before those who are on them. Failures: what is wrong with a record
 * is noted in its set, a missing node in all sets. */
#include "formats/bluesky/bluesky_repo.h"

#include "core/base/utf8.h"
#include "formats/base/names.h"
#include "formats/bluesky/bluesky_record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    unsigned char *bytes; /* owned */
    struct dag entries;   /* at the next one */
    uint64_t left_over;   /* so many entries are to come */
    bool has_left;
    unsigned char left[CID_HASH]; /* the subtree in front of all entries */
    uint32_t key_size;
    char key[BLUESKY_KEY_MAX]; /* of the entry before */
};

struct list {
    enum bluesky_purpose purpose;
    uint32_t size;
    char name[BLUESKY_NAME_MAX];
};

struct bluesky_repo {
    struct car *car; /* owned */
    char did[FACT_ID_MAX + 1];
    int64_t as_of_ms;
    unsigned char data[CID_HASH];
    struct bluesky_repo_set sets[DATASET_COUNT];

    /* While it is read. */
    const struct bluesky_repo_sink *sink;
    struct node *nodes[BLUESKY_DEPTH_MAX]; /* owned */
    uint32_t depth;
    uint64_t visited, missing_nodes, missing_records;
    uint32_t last_size;
    char last[BLUESKY_KEY_MAX];    /* the key before, of the whole tree */
    struct bluesky_record *record; /* owned */
    struct names list_keys;        /* their values: index into lists + 1 */
    struct list *lists;            /* owned */
    uint32_t list_count, list_room;
    uint32_t told_count;
    struct text told[RECORD_MENTIONS_MAX + 2]; /* of the record at hand */
};

enum dataset bluesky_repo_dataset(enum exchange_kind kind) {
    return kind == EXCHANGE_LIKE    ? DATASET_LIKES
           : kind == EXCHANGE_BOOST ? DATASET_BOOSTS
                                    : DATASET_POSTS;
}

static struct text text_of(const char *from) {
    return (struct text){from, (uint32_t)strlen(from)};
}

static bool same(struct text a, struct text b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

/* ---- the commit ---- */

struct commit {
    struct text did, rev;
    int64_t version;
    const unsigned char *data;
};

static int commit_member(struct commit *c, struct dag *d) {
    bool is_did = dag_text_is(d, "did");
    bool is_rev = dag_text_is(d, "rev");
    bool is_version = dag_text_is(d, "version");
    bool is_data = dag_text_is(d, "data");
    enum dag_kind kind = dag_value(d);
    if (kind == DAG_TEXT && is_did)
        c->did = d->text;
    if (kind == DAG_TEXT && is_rev)
        c->rev = d->text;
    if (kind == DAG_NUMBER && is_version)
        c->version = d->number;
    if (kind == DAG_LINK && is_data)
        c->data = d->hash;
    return dag_skip(d, kind);
}

static int take_commit(struct bluesky_repo *r, const unsigned char *bytes, size_t size,
                       struct winnow_error *err) {
    struct commit c = {.did = {"", 0}, .rev = {"", 0}};
    struct dag d;
    dag_start(&d, bytes, size);
    if (dag_value(&d) == DAG_MAP)
        for (uint64_t n = d.count; n > 0 && d.fault == NULL; n--)
            if (dag_key(&d) == 0)
                (void)commit_member(&c, &d);
    if (!dag_ended(&d) || (c.version != 2 && c.version != 3) || c.data == NULL ||
        !bluesky_is_did(c.did))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file's root is no commit of a Bluesky account (%s).",
                           d.fault != NULL ? d.fault : "it lacks what one has");
    memcpy(r->did, c.did.at, c.did.size);
    memcpy(r->data, c.data, CID_HASH);
    r->as_of_ms = bluesky_tid_ms(c.rev);
    return 0;
}

static int read_commit(struct bluesky_repo *r, struct winnow_error *err) {
    unsigned char *bytes;
    size_t size;
    int found = car_get(r->car, car_root(r->car), BLUESKY_RECORD_MAX, &bytes, &size, err);
    if (found == 0 && car_cut_at(r->car) != 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file ends at byte %" PRIu64
                           ", before the commit that says whose it is; get it again.",
                           car_cut_at(r->car));
    if (found == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The commit that says whose it is is not in the file; get it again.");
    int result = found < 0 ? -1 : take_commit(r, bytes, size, err);
    free(bytes);
    return result;
}

int bluesky_repo_open(int fd, const struct car_options *options, struct bluesky_repo **out,
                      struct winnow_error *err) {
    struct bluesky_repo *r = calloc(1, sizeof *r);
    *out = r;
    if (r == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a repository.");
    names_init(&r->list_keys, BLUESKY_LISTS_MAX);
    if (car_open(fd, options, &r->car, err) == 0 && read_commit(r, err) == 0)
        return 0;
    bluesky_repo_close(r);
    *out = NULL;
    return -1;
}

static void pop(struct bluesky_repo *r) {
    struct node *top = r->nodes[--r->depth];
    free(top->bytes);
    free(top);
}

void bluesky_repo_close(struct bluesky_repo *r) {
    if (r == NULL)
        return;
    while (r->depth > 0)
        pop(r);
    car_close(r->car);
    names_free(&r->list_keys);
    free(r->lists);
    free(r->record);
    free(r);
}

const char *bluesky_repo_did(const struct bluesky_repo *r) {
    return r->did;
}

int64_t bluesky_repo_as_of_ms(const struct bluesky_repo *r) {
    return r->as_of_ms;
}

/* ---- records ---- */

/* The first reason why a set is not whole stays. */
static void __attribute__((format(printf, 2, 3)))
not_whole(struct bluesky_repo_set *set, const char *format, ...) {
    va_list args;
    if (set->why[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(set->why, sizeof set->why, format, args);
    va_end(args);
}

static void skip_record(struct bluesky_repo *r, struct bluesky_repo_set *set, struct text key,
                        const char *why) {
    set->unread++;
    if (r->sink->skipped != NULL)
        r->sink->skipped(r->sink->context, key, why);
}

struct at_hand {
    struct bluesky_repo_set *set;
    struct text key, rkey;
};

/* Once for each record, and never the account itself. */
static int tell(struct bluesky_repo *r, struct text did, enum exchange_kind kind,
                struct winnow_error *err) {
    if (same(did, text_of(r->did)))
        return 0;
    for (uint32_t i = 0; i < r->told_count; i++)
        if (same(r->told[i], did))
            return 0;
    if (r->told_count < sizeof r->told / sizeof r->told[0])
        r->told[r->told_count++] = did;
    const struct exchange x = {.kind = kind, .time_ms = r->record->created_ms};
    return r->sink->exchange(r->sink->context, did, &x, err);
}

/* 1: the address names nobody by a DID. */
static int tell_author(struct bluesky_repo *r, struct text uri, enum exchange_kind kind,
                       struct winnow_error *err) {
    struct bluesky_uri at;
    return bluesky_uri_read(uri, &at) ? tell(r, at.did, kind, err) : 1;
}

static int take_reaction(struct bluesky_repo *r, const struct at_hand *h, enum exchange_kind kind,
                         struct winnow_error *err) {
    int result = tell_author(r, r->record->subject, kind, err);
    if (result == 1)
        skip_record(r, h->set, h->key, "Its subject is no address with a DID.");
    return result < 0 ? -1 : 0;
}

static int take_like(struct bluesky_repo *r, const struct at_hand *h, struct winnow_error *err) {
    return take_reaction(r, h, EXCHANGE_LIKE, err);
}

static int take_repost(struct bluesky_repo *r, const struct at_hand *h, struct winnow_error *err) {
    return take_reaction(r, h, EXCHANGE_BOOST, err);
}

/* A list or a feed can be embedded too, and is no quote. */
static int tell_quote(struct bluesky_repo *r, struct winnow_error *err) {
    struct bluesky_uri at;
    if (!bluesky_uri_read(r->record->quoted, &at))
        return 1;
    return same(at.collection, text_of("app.bsky.feed.post")) ? tell(r, at.did, EXCHANGE_QUOTE, err)
                                                              : 0;
}

static int take_post(struct bluesky_repo *r, const struct at_hand *h, struct winnow_error *err) {
    const struct bluesky_record *post = r->record;
    bool nameless = post->mentions_full;
    int result = 0;
    if (post->answered.size > 0)
        result = tell_author(r, post->answered, EXCHANGE_REPLY, err);
    nameless = nameless || result == 1;
    if (result >= 0 && post->quoted.size > 0)
        result = tell_quote(r, err);
    nameless = nameless || result == 1;
    for (uint32_t i = 0; i < post->mention_count && result >= 0; i++) {
        if (bluesky_is_did(post->mentions[i]))
            result = tell(r, post->mentions[i], EXCHANGE_MENTION, err);
        else
            nameless = true;
    }
    if (nameless && result >= 0)
        skip_record(r, h->set, h->key, "It names somebody whose DID cannot be told.");
    return result < 0 ? -1 : 0;
}

static int take_follow(struct bluesky_repo *r, const struct at_hand *h, struct winnow_error *err) {
    if (!bluesky_is_did(r->record->subject) || !bluesky_is_rkey(h->rkey)) {
        skip_record(r, h->set, h->key, "Its subject is no DID.");
        return 0;
    }
    if (same(r->record->subject, text_of(r->did)))
        return 0;
    return r->sink->follow(r->sink->context, r->record->subject, h->rkey, r->record->created_ms,
                           err);
}

static int take_block(struct bluesky_repo *r, const struct at_hand *h, struct winnow_error *err) {
    if (!bluesky_is_did(r->record->subject)) {
        skip_record(r, h->set, h->key, "Its subject is no DID.");
        return 0;
    }
    if (same(r->record->subject, text_of(r->did)))
        return 0;
    return r->sink->block(r->sink->context, r->record->subject, err);
}

/* ---- lists ---- */

static bool purpose_of(struct text text, enum bluesky_purpose *purpose) {
    static const char *const names[] = {"app.bsky.graph.defs#curatelist",
                                        "app.bsky.graph.defs#referencelist",
                                        "app.bsky.graph.defs#modlist"};
    for (int i = 0; i < 3; i++)
        if (same(text, text_of(names[i]))) {
            *purpose = (enum bluesky_purpose)i;
            return true;
        }
    return false;
}

static struct list *new_list(struct bluesky_repo *r) {
    if (r->list_count == r->list_room) {
        uint32_t room = r->list_room == 0 ? 16 : r->list_room * 2;
        struct list *lists = realloc(r->lists, room * sizeof *lists);
        if (lists == NULL)
            return NULL;
        r->lists = lists;
        r->list_room = room;
    }
    return &r->lists[r->list_count++];
}

/* Without control characters, of which a list of names has some between them. */
static void set_name(struct list *list, struct text name) {
    list->size = (uint32_t)utf8_cut(name.at, name.size, BLUESKY_NAME_MAX);
    memcpy(list->name, name.at, list->size);
    for (uint32_t i = 0; i < list->size; i++)
        if ((unsigned char)list->name[i] < 0x20 || list->name[i] == 0x7F)
            list->name[i] = ' ';
}

static int take_list(struct bluesky_repo *r, const struct at_hand *h, struct winnow_error *err) {
    enum bluesky_purpose purpose;
    if (r->record->name.size == 0 || !purpose_of(r->record->purpose, &purpose)) {
        skip_record(r, h->set, h->key, "It is no list with a name and a purpose that is known.");
        return 0;
    }
    struct name *key = names_add(&r->list_keys, h->rkey);
    struct list *list = key != NULL ? new_list(r) : NULL;
    if (list == NULL && (key != NULL || r->list_keys.count < BLUESKY_LISTS_MAX))
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for the lists.");
    if (list == NULL) {
        skip_record(r, h->set, h->key, "There are more lists than there is room for.");
        return 0;
    }
    key->value = r->list_count;
    list->purpose = purpose;
    set_name(list, r->record->name);
    return 0;
}

/* The list comes before, if it is there: its items stay when a list is deleted. */
static int take_item(struct bluesky_repo *r, const struct at_hand *h, struct winnow_error *err) {
    struct bluesky_uri at;
    struct text subject = r->record->subject;
    if (!bluesky_is_did(subject) || !bluesky_uri_read(r->record->list, &at)) {
        skip_record(r, h->set, h->key, "It does not say who is on what list.");
        return 0;
    }
    const struct name *key =
        same(at.did, text_of(r->did)) ? names_find(&r->list_keys, at.rkey) : NULL;
    if (key == NULL || key->value == 0 || same(subject, text_of(r->did)))
        return 0;
    const struct list *list = &r->lists[key->value - 1];
    return r->sink->listed(r->sink->context, subject, (struct text){list->name, list->size},
                           list->purpose, err);
}

static const struct {
    const char *name;
    enum dataset set;
    int (*take)(struct bluesky_repo *r, const struct at_hand *h, struct winnow_error *err);
} collections[] = {
    {"app.bsky.feed.like", DATASET_LIKES, take_like},
    {"app.bsky.feed.post", DATASET_POSTS, take_post},
    {"app.bsky.feed.repost", DATASET_BOOSTS, take_repost},
    {"app.bsky.graph.block", DATASET_BLOCKS, take_block},
    {"app.bsky.graph.follow", DATASET_FOLLOWING, take_follow},
    {"app.bsky.graph.list", DATASET_LISTS, take_list},
    {"app.bsky.graph.listitem", DATASET_LISTS, take_item},
};
#define COLLECTIONS (sizeof collections / sizeof collections[0])

static int take_bytes(struct bluesky_repo *r, size_t collection, const struct at_hand *h,
                      const unsigned char *hash, struct winnow_error *err) {
    struct winnow_error trouble = {0};
    unsigned char *bytes;
    size_t size;
    const char *why = "";
    int found = car_get(r->car, hash, BLUESKY_RECORD_MAX, &bytes, &size, &trouble);
    if (found < 0 && trouble.code != WINNOW_BAD_INPUT) {
        *err = trouble;
        return -1;
    }
    if (found <= 0) {
        r->missing_records += found == 0;
        skip_record(r, h->set, h->key, found == 0 ? "Its block is not in the file." : trouble.text);
        return 0;
    }
    int result = 0;
    r->told_count = 0;
    if (bluesky_record_read(r->record, bytes, size, &why))
        result = collections[collection].take(r, h, err);
    else
        skip_record(r, h->set, h->key, why);
    free(bytes);
    return result;
}

/* `hash` NULL: a link to something that is no block. */
static int take_record(struct bluesky_repo *r, struct text key, const unsigned char *hash,
                       struct winnow_error *err) {
    const char *slash = memchr(key.at, '/', key.size);
    if (slash == NULL)
        return 0;
    struct text name = {key.at, (uint32_t)(slash - key.at)};
    for (size_t i = 0; i < COLLECTIONS; i++) {
        if (!same(name, text_of(collections[i].name)))
            continue;
        struct at_hand h = {
            &r->sets[collections[i].set], key, {slash + 1, key.size - name.size - 1}};
        h.set->count++;
        if (hash != NULL)
            return take_bytes(r, i, &h, hash, err);
        skip_record(r, h.set, key, "It is linked as something that is no record.");
    }
    return 0;
}

/* ---- the tree ---- */

static int bad_node(const struct dag *d, const char *what, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_BAD_INPUT, "A node of the repository's tree is none (%s).",
                       d->fault != NULL ? d->fault : what);
}

/* {e: [...], l: link or null}; the entries are passed, to be read later. */
static int node_member(struct node *node, struct dag *d) {
    bool is_left = dag_text_is(d, "l");
    bool is_entries = dag_text_is(d, "e");
    enum dag_kind kind = dag_value(d);
    if (kind == DAG_LIST && is_entries) {
        node->left_over = d->count;
        node->entries = *d;
    }
    if (kind == DAG_LINK && is_left && d->hash != NULL) {
        node->has_left = true;
        memcpy(node->left, d->hash, CID_HASH);
    }
    if (is_left && kind != DAG_NULL && !node->has_left)
        return -1;
    return dag_skip(d, kind);
}

static int open_node(struct node *node, size_t size, struct winnow_error *err) {
    struct dag d;
    dag_start(&d, node->bytes, size);
    if (dag_value(&d) != DAG_MAP)
        return bad_node(&d, "it is no map", err);
    for (uint64_t n = d.count; n > 0; n--)
        if (dag_key(&d) != 0 || node_member(node, &d) != 0)
            return bad_node(&d, "a member is of another kind", err);
    return dag_ended(&d) && node->entries.at != NULL ? 0 : bad_node(&d, "it has no entries", err);
}

/* Nodes are linked once each, so more visits than blocks are visits in a circle. */
static int push(struct bluesky_repo *r, const unsigned char *hash, struct winnow_error *err) {
    size_t size;
    if (r->depth == BLUESKY_DEPTH_MAX || r->visited++ > car_blocks(r->car))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The repository's tree goes in a circle, or deeper than any does.");
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a repository.");
    int found = car_get(r->car, hash, BLUESKY_NODE_MAX, &node->bytes, &size, err);
    if (found <= 0) {
        free(node);
        r->missing_nodes += found == 0;
        return found;
    }
    r->nodes[r->depth++] = node;
    return open_node(node, size, err);
}

struct entry {
    struct text behind; /* of its key: what is not shared with the one before */
    int64_t shared;
    const unsigned char *record, *tree;
    bool has_behind, has_record, has_tree;
};

static int entry_member(struct entry *e, struct dag *d) {
    bool is_k = dag_text_is(d, "k");
    bool is_p = dag_text_is(d, "p");
    bool is_v = dag_text_is(d, "v");
    bool is_t = dag_text_is(d, "t");
    enum dag_kind kind = dag_value(d);
    if (is_k && kind == DAG_BYTES) {
        e->behind = d->text;
        e->has_behind = true;
    }
    if (is_p && kind == DAG_NUMBER)
        e->shared = d->number;
    if (is_v && kind == DAG_LINK) {
        e->record = d->hash;
        e->has_record = true;
    }
    if (is_t && kind == DAG_LINK) {
        e->tree = d->hash;
        e->has_tree = true;
    }
    if (is_t && kind != DAG_NULL && (!e->has_tree || e->tree == NULL))
        return -1;
    return dag_skip(d, kind);
}

static int read_entry(struct node *node, struct entry *e, struct winnow_error *err) {
    struct dag *d = &node->entries;
    *e = (struct entry){.shared = -1};
    node->left_over--;
    if (dag_value(d) != DAG_MAP)
        return bad_node(d, "an entry is no map", err);
    for (uint64_t n = d->count; n > 0; n--)
        if (dag_key(d) != 0 || entry_member(e, d) != 0)
            return bad_node(d, "an entry's member is of another kind", err);
    if (!e->has_behind || !e->has_record || e->shared < 0 || e->shared > node->key_size)
        return bad_node(d, "an entry lacks what one has", err);
    if ((uint64_t)e->shared + e->behind.size > BLUESKY_KEY_MAX)
        return bad_node(d, "a key is too long", err);
    if (e->behind.size > 0)
        memcpy(node->key + e->shared, e->behind.at, e->behind.size);
    node->key_size = (uint32_t)e->shared + e->behind.size;
    return 0;
}

static int check_order(struct bluesky_repo *r, const struct node *node, struct winnow_error *err) {
    uint32_t least = r->last_size < node->key_size ? r->last_size : node->key_size;
    int order = memcmp(r->last, node->key, least);
    if (order > 0 || (order == 0 && r->last_size >= node->key_size))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The repository's keys are not in order, or one is there twice: nothing "
                           "can be said of who is not in it. Get it again.");
    memcpy(r->last, node->key, node->key_size);
    r->last_size = node->key_size;
    return 0;
}

/* One step at the node on top. */
static int step(struct bluesky_repo *r, struct winnow_error *err) {
    struct node *node = r->nodes[r->depth - 1];
    struct entry e;
    if (node->has_left) {
        node->has_left = false;
        return push(r, node->left, err);
    }
    if (node->left_over == 0) {
        pop(r);
        return 0;
    }
    if (read_entry(node, &e, err) != 0 || check_order(r, node, err) != 0 ||
        take_record(r, (struct text){node->key, node->key_size}, e.record, err) != 0)
        return -1;
    return e.has_tree ? push(r, e.tree, err) : 0;
}

static void judge(struct bluesky_repo *r, struct bluesky_repo_set *set) {
    const char *cut = car_cut_at(r->car) != 0 ? ", which ends in the middle of a block" : "";
    if (r->missing_nodes > 0)
        not_whole(set,
                  "%" PRIu64 " parts of its index are not in the file%s: records may be missing",
                  r->missing_nodes, cut);
    set->read_through = set->why[0] == '\0' && set->unread <= set->count / 100;
    if (set->unread > 0)
        not_whole(set, "%" PRIu64 " of %" PRIu64 " records are missing%s or not understood",
                  set->unread, set->count, cut);
    set->complete = set->why[0] == '\0';
}

int bluesky_repo_read(struct bluesky_repo *r, const struct bluesky_repo_sink *sink,
                      struct winnow_error *err) {
    r->sink = sink;
    r->record = calloc(1, sizeof *r->record);
    if (r->record == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a repository.");
    if (push(r, r->data, err) != 0)
        return -1;
    while (r->depth > 0)
        if (step(r, err) != 0)
            return -1;
    for (size_t i = 0; i < COLLECTIONS; i++)
        judge(r, &r->sets[collections[i].set]);
    return 0;
}

const struct bluesky_repo_set *bluesky_repo_set(const struct bluesky_repo *r, enum dataset set) {
    for (size_t i = 0; i < COLLECTIONS; i++)
        if (collections[i].set == set)
            return &r->sets[set];
    return NULL;
}

uint64_t bluesky_repo_missing(const struct bluesky_repo *r) {
    return r->missing_nodes + r->missing_records;
}
