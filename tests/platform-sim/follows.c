/* The follow graph: ids computed both ways, a bit set a platform, Bluesky's records.
 *
 * Happy path: ids are arithmetic (no memory a followee beyond a few bits), so millions of
 * followees are ready at once, and finding or dropping one is O(1).
 * Failure: an unknown id or key is SIM_NONE; a follows file that cannot be read makes
 * follows_open give false with errno set. */
#include "follows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_ID  UINT64_C(1000000000)
#define ID_STEP   UINT64_C(7)
#define TID_BASE  UINT64_C(1672531200000000) /* microseconds: 2023-01-01 */
#define TID_STEP  UINT64_C(1000003)
#define DID_MASK  ((UINT64_C(1) << 60) - 1)
#define DID_HEAD  "did:plc:"
#define TID_CHARS "234567abcdefghijklmnopqrstuvwxyz"
#define DID_CHARS "abcdefghijklmnopqrstuvwxyz234567"

const char *platform_name(enum platform_id platform) {
    static const char *const names[] = {"x", "mastodon", "bluesky", "github", "sim"};
    return names[platform];
}

static void put32(char *out, const char *alphabet, uint64_t value, int chars) {
    for (int i = chars - 1; i >= 0; i--) {
        out[i] = alphabet[value & 31];
        value >>= 5;
    }
    out[chars] = '\0';
}

static bool get32(const char *text, const char *alphabet, int chars, uint64_t *out) {
    *out = 0;
    for (int i = 0; i < chars; i++) {
        const char *digit = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);
        if (digit == NULL) {
            return false;
        }
        *out = *out << 5 | (uint64_t)(digit - alphabet);
    }
    return true;
}

/* did:plc: + 12 digits of a hash of the index + 12 digits of the index hidden by that hash. */
static void did_make(uint32_t at, char *out) {
    uint64_t head = sim_mix(at) & DID_MASK;
    memcpy(out, DID_HEAD, sizeof DID_HEAD);
    put32(out + 8, DID_CHARS, head, 12);
    put32(out + 20, DID_CHARS, (sim_mix(head) & DID_MASK) ^ at, 12);
}

static uint32_t did_index(const char *did, uint32_t generated) {
    uint64_t head = 0;
    uint64_t tail = 0;
    if (strlen(did) != 32 || strncmp(did, DID_HEAD, 8) != 0 ||
        !get32(did + 8, DID_CHARS, 12, &head) || !get32(did + 20, DID_CHARS, 12, &tail)) {
        return SIM_NONE;
    }
    uint64_t at = tail ^ (sim_mix(head) & DID_MASK);
    return at < generated && (sim_mix(at) & DID_MASK) == head ? (uint32_t)at : SIM_NONE;
}

static uint32_t number_index(const char *id, uint32_t generated) {
    uint64_t value = 0;
    if (!parse_u64(id, &value) || id[0] == '0' || value < FIRST_ID ||
        (value - FIRST_ID) % ID_STEP != 0) {
        return SIM_NONE;
    }
    uint64_t at = (value - FIRST_ID) / ID_STEP;
    return at < generated ? (uint32_t)at : SIM_NONE;
}

static void copy_text(char *out, const char *text) {
    (void)snprintf(out, ID_MAX, "%s", text);
}

void follows_id(const struct follows *follows, enum platform_id platform, uint32_t at, char *out) {
    if (at >= follows->generated) {
        copy_text(out, names_id(&follows->named, at - follows->generated));
    } else if (follows->people != NULL) {
        copy_text(out, names_id(&follows->people->ids[platform], at));
    } else if (platform == P_BLUESKY) {
        did_make(at, out);
    } else {
        (void)snprintf(out, ID_MAX, "%llu", (unsigned long long)(FIRST_ID + at * ID_STEP));
    }
}

void follows_handle(const struct follows *follows, enum platform_id platform, uint32_t at,
                    char *out) {
    if (at >= follows->generated) {
        copy_text(out, names_handle(&follows->named, at - follows->generated));
    } else if (follows->people != NULL) {
        copy_text(out, names_handle(&follows->people->ids[platform], at));
    } else {
        (void)snprintf(out, ID_MAX, platform == P_BLUESKY ? "user%u.sim.test" : "user%u", at);
    }
}

static uint32_t named_index(const struct follows *follows, uint32_t found) {
    return found == SIM_NONE ? SIM_NONE : follows->generated + found;
}

uint32_t follows_find(const struct follows *follows, enum platform_id platform, const char *id) {
    uint32_t at = follows->people != NULL ? names_find(&follows->people->ids[platform], id)
                  : platform == P_BLUESKY ? did_index(id, follows->generated)
                                          : number_index(id, follows->generated);
    return at != SIM_NONE ? at : named_index(follows, names_find(&follows->named, id));
}

uint32_t follows_find_handle(const struct follows *follows, enum platform_id platform,
                             const char *handle) {
    uint64_t at = 0;
    if (follows->people != NULL) {
        uint32_t found = names_find_handle(&follows->people->ids[platform], handle);
        return found != SIM_NONE ? found
                                 : named_index(follows, names_find_handle(&follows->named, handle));
    }
    if (strncasecmp(handle, "user", 4) == 0 && handle[4] >= '0' && handle[4] <= '9') {
        char number[24] = {0};
        size_t digits = strspn(handle + 4, "0123456789");
        memcpy(number, handle + 4, digits < 20 ? digits : 20);
        const char *rest = handle + 4 + digits;
        bool fits = strcmp(rest, platform == P_BLUESKY ? ".sim.test" : "") == 0;
        if (fits && parse_u64(number, &at) && at < follows->generated) {
            return (uint32_t)at;
        }
    }
    return named_index(follows, names_find_handle(&follows->named, handle));
}

static void follows_room(struct follows *follows) {
    for (int p = 0; p < PLATFORMS; p++) {
        bits_grow(&follows->followed[p], follows->count);
        if (p != P_BLUESKY) {
            bits_grow(&follows->confirmed[p], follows->count);
            bits_grow(&follows->vanished[p], follows->count);
        }
    }
    if (follows->count > follows->live_room) {
        uint32_t room = follows->count + follows->count / 8 + 64;
        follows->live = sim_realloc(follows->live, room, 1);
        memset(follows->live + follows->live_room, 0, room - follows->live_room);
        follows->live_room = room;
    }
}

uint32_t follows_know(struct follows *follows, enum platform_id platform, const char *id) {
    uint32_t at = follows_find(follows, platform, id);
    if (at != SIM_NONE) {
        return at;
    }
    at = follows->generated + names_add(&follows->named, id, strlen(id), "", 0);
    follows->count = follows->generated + follows->named.count;
    follows_room(follows);
    return at;
}

bool follows_drop(struct follows *follows, enum platform_id platform, uint32_t at) {
    return bits_drop(&follows->followed[platform], at);
}

bool follows_add(struct follows *follows, enum platform_id platform, uint32_t at) {
    (void)bits_drop(&follows->confirmed[platform], at);
    return bits_add(&follows->followed[platform], at);
}

void tid_make(uint64_t micros, uint32_t clock, char *out) {
    put32(out, TID_CHARS, micros << 10 | (clock & 1023), 13);
}

/* People are sorted by the time of their follow, of which some share a second. */
uint64_t record_micros(const struct follows *follows, uint32_t record) {
    const struct people *people = follows->people;
    if (people == NULL) {
        return TID_BASE + record * TID_STEP;
    }
    uint32_t last = record < people->count ? record : people->count - 1;
    return people->person[last].followed_s * 1000000 + last + (record - last) * TID_STEP;
}

void record_key(const struct follows *follows, uint32_t record, char *out) {
    tid_make(record_micros(follows, record), record * 37, out);
}

uint32_t record_after(const struct follows *follows, const char *rkey) {
    uint32_t low = 0;
    uint32_t high = follows->records.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        char key[16];
        record_key(follows, middle, key);
        if (strcmp(key, rkey) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t record_find(const struct follows *follows, const char *rkey) {
    uint64_t value = 0;
    bool computed = follows->people == NULL;
    if (strlen(rkey) != 13 || !get32(rkey, TID_CHARS, 13, &value) ||
        (computed && value >> 10 < TID_BASE)) {
        return SIM_NONE;
    }
    uint64_t record = computed ? ((value >> 10) - TID_BASE) / TID_STEP
                               : (uint64_t)record_after(follows, rkey) - 1;
    if (record >= follows->records.count) {
        return SIM_NONE;
    }
    char key[16];
    record_key(follows, (uint32_t)record, key);
    return strcmp(key, rkey) == 0 ? (uint32_t)record : SIM_NONE;
}

uint32_t record_owner(const struct follows *follows, uint32_t record) {
    return record < follows->first_late ? record
                                        : follows->late_owner[record - follows->first_late];
}

bool record_restore(struct follows *follows, uint32_t record) {
    if (!bits_add(&follows->records, record)) {
        return false;
    }
    uint32_t owner = record_owner(follows, record);
    follows->live[owner]++;
    (void)bits_add(&follows->followed[P_BLUESKY], owner);
    return true;
}

uint32_t record_create(struct follows *follows, uint32_t owner) {
    if (follows->live[owner] == UINT8_MAX) {
        return SIM_NONE;
    }
    uint32_t record = follows->records.count;
    uint32_t late = record - follows->first_late;
    if (late >= follows->late_room) {
        follows->late_room = follows->late_room * 2 + 64;
        follows->late_owner =
            sim_realloc(follows->late_owner, follows->late_room, sizeof(uint32_t));
    }
    follows->late_owner[late] = owner;
    bits_grow(&follows->records, record + 1);
    bits_grow(&follows->confirmed[P_BLUESKY], record + 1);
    (void)record_restore(follows, record);
    return record;
}

bool record_drop(struct follows *follows, uint32_t record) {
    if (!bits_drop(&follows->records, record)) {
        return false;
    }
    uint32_t owner = record_owner(follows, record);
    if (--follows->live[owner] == 0) {
        (void)bits_drop(&follows->followed[P_BLUESKY], owner);
    }
    return true;
}

bool follows_open(struct follows *follows, const struct follows_spec *spec) {
    if (spec->file != NULL && !names_load(&follows->named, spec->file)) {
        return false;
    }
    follows->people = spec->people;
    follows->generated = spec->people != NULL ? spec->people->count
                         : spec->file == NULL ? spec->generated
                                              : 0;
    follows->count = follows->generated + follows->named.count;
    follows->first_late = follows->count;
    follows_room(follows);
    for (int p = 0; p < PLATFORMS; p++) {
        bits_fill(&follows->followed[p], follows->count);
    }
    bits_fill(&follows->records, follows->count);
    bits_grow(&follows->confirmed[P_BLUESKY], follows->count);
    if (follows->count > 0) {
        memset(follows->live, 1, follows->count);
    }
    for (uint32_t i = 0; i < spec->duplicates && follows->count > 0; i++) {
        uint64_t owner = (uint64_t)i * follows->count / spec->duplicates;
        (void)record_create(follows, (uint32_t)owner);
    }
    return true;
}

void follows_free(struct follows *follows) {
    names_free(&follows->named);
    for (int p = 0; p < PLATFORMS; p++) {
        bits_free(&follows->followed[p]);
        bits_free(&follows->confirmed[p]);
        bits_free(&follows->vanished[p]);
    }
    bits_free(&follows->records);
    free(follows->late_owner);
    free(follows->live);
    *follows = (struct follows){0};
}
