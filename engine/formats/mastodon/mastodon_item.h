/* Inside the reader of a Mastodon archive: one row of outbox.json as it streams by. */
#ifndef FORMATS_MASTODON_MASTODON_ITEM_H
#define FORMATS_MASTODON_MASTODON_ITEM_H

#include "formats/base/json_pull.h"
#include "formats/base/names.h"

/* An address that was told; longer ones than JSON_PULL_TEXT_MAX name nobody. */
struct item_uri {
    bool there;
    uint32_t size;
    char at[JSON_PULL_TEXT_MAX];
};

struct item_to { /* whom an activity is addressed to */
    uint32_t count;
    bool people; /* nobody but people: no collection, not everybody */
};

struct mastodon_item {
    bool understood; /* it is an activity, of a kind that says something here or not */
    bool boost, post;
    bool has_object;
    int64_t time_ms;   /* 0: not told */
    struct item_to to; /* of the post itself, where it tells, else of the activity */
    struct item_uri boosted, boosted_by; /* the post, the first of `cc` */
    struct item_uri answered, quoted;
    bool quotes; /* something, whose address is not told perhaps */
    uint32_t mention_count;
    uint32_t mentions[1024]; /* indexes into the actors */
    bool nameless;           /* somebody is mentioned whose address is not told */
};

/* The value that is next, one row: what it says into `item`, and the addresses of those whom it
 * mentions into `actors`: value k + 1 is number k of `handles`. `own_host` is that of a name
 * without a host. -1: p->fault. */
struct mastodon_actors {
    struct names actors, handles;
    struct text own_host;
};
int mastodon_item_read(struct json_pull *p, struct mastodon_actors *actors,
                       struct mastodon_item *item);

#endif
