/* The follow graph: who the account follows, on each platform.
 *
 * Followees are indexes 0 .. count-1. The first `generated` of them have ids computed from the
 * index and back, so they cost a bit a platform, or are people (people.h), oldest follow first;
 * others (from a file, or followed later) stand in a table of names. On Bluesky what is stored is
 * records, each naming one followee.
 *
 * Happy path: find an index by id or handle, then follows_drop or follows_add it.
 * Failure: an id nobody has is SIM_NONE; dropping what is not followed gives false. */
#ifndef PLATFORM_SIM_FOLLOWS_H
#define PLATFORM_SIM_FOLLOWS_H

#include "people.h"

const char *platform_name(enum platform_id platform); /* "sim" for P_NONE */

struct follows {
    uint32_t generated; /* or as many as there are people */
    uint32_t count;
    const struct people *people; /* NULL: ids are computed */
    struct names named;
    struct bits followed[PLATFORMS];  /* by followee */
    struct bits vanished[PLATFORMS];  /* no such account any more */
    struct bits confirmed[PLATFORMS]; /* a clean success was answered; by followee or record */
    struct bits records;              /* Bluesky: by record */
    uint32_t *late_owner;             /* owner of the records from `first_late` on */
    uint32_t first_late;
    uint32_t late_room;
    uint8_t *live; /* Bluesky: live records of a followee */
    uint32_t live_room;
};

struct follows_spec {
    uint32_t generated;
    uint32_t duplicates;
    const struct people *people; /* NULL: see generated */
    const char *file;            /* NULL: generated ids */
};

bool follows_open(struct follows *follows, const struct follows_spec *spec);
void follows_free(struct follows *follows);

void follows_id(const struct follows *follows, enum platform_id platform, uint32_t at, char *out);
void follows_handle(const struct follows *follows, enum platform_id platform, uint32_t at,
                    char *out);
uint32_t follows_find(const struct follows *follows, enum platform_id platform, const char *id);
uint32_t follows_find_handle(const struct follows *follows, enum platform_id platform,
                             const char *handle);
uint32_t follows_know(struct follows *follows, enum platform_id platform, const char *id);

bool follows_drop(struct follows *follows, enum platform_id platform, uint32_t at);
bool follows_add(struct follows *follows, enum platform_id platform, uint32_t at);

/* Bluesky records. A record key sorts like the record's number. */
uint32_t record_find(const struct follows *follows, const char *rkey);
void record_key(const struct follows *follows, uint32_t record, char *out);
uint64_t record_micros(const struct follows *follows, uint32_t record); /* when; since 1970 */
/* A key of 13 letters for a time and one of 1024 clocks. */
void tid_make(uint64_t micros, uint32_t clock, char *out);
uint32_t record_owner(const struct follows *follows, uint32_t record);
uint32_t record_create(struct follows *follows, uint32_t owner);
bool record_drop(struct follows *follows, uint32_t record);
bool record_restore(struct follows *follows, uint32_t record);
/* the smallest record number whose key is >= or > the text */
uint32_t record_after(const struct follows *follows, const char *rkey);

#endif
