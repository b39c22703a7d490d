/* Whom the address of a post on Mastodon and kin names. Pure.
 *
 * Names somebody: https://HOST/users/NAME/statuses/N, and https://HOST/@NAME/N or
 * https://HOST/@NAME@OTHER/N. Nobody: /objects/..., /notes/..., /ap/users/NUMBER/..., whose names
 * stand elsewhere; and actors alone, since Misskey's are /users/ID with no name in them. */
#ifndef FORMATS_MASTODON_MASTODON_URI_H
#define FORMATS_MASTODON_MASTODON_URI_H

#include "core/facts/facts.h"

struct uri_person {
    struct text host; /* where the post lies */
    struct text name;
    struct text at;    /* OTHER of /@NAME@OTHER; empty: HOST, or whatever address HOST has */
    struct text actor; /* https://HOST/users/NAME; empty where it does not stand in the address */
};

/* False: it names nobody. */
bool uri_person(struct text uri, struct uri_person *out);

/* The host of any https or http address; empty when it is none. */
struct text uri_host(struct text uri);

/* `uri` is `actor`, or lies below it. */
bool uri_is_below(struct text uri, struct text actor);

/* name@host, the host in small letters, in `room`; empty when that is no address. */
struct text uri_handle(struct text name, struct text host, char room[FACT_HANDLE_MAX + 1]);

#endif
