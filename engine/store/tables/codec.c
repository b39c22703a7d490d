/* Records as bytes: see codec.h. Happy path: what was written reads back the same. Fails with
 * WINNOW_DAMAGED on lengths that do not fit, which a record with a right checksum can only have
 * when a program wrote it wrong. */
#include "store/tables/codec.h"

#include <string.h>

static unsigned char *put_varint(unsigned char *to, uint64_t value) {
    while (value >= 0x80) {
        *to++ = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    *to++ = (unsigned char)value;
    return to;
}

static unsigned char *put_bytes(unsigned char *to, const char *at, size_t size) {
    to = put_varint(to, size);
    if (size > 0)
        memcpy(to, at, size);
    return to + size;
}

static unsigned char *put_text(unsigned char *to, const struct facts *f, enum fact_id id) {
    struct text text = facts_text(f, id);
    return put_bytes(to, text.at, text.size);
}

/* Reading: a position and an end; a false answer means the record is cut. */
struct reading {
    const unsigned char *at, *end;
};

static bool get_varint(struct reading *r, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        unsigned char byte = *r->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool get_bytes(struct reading *r, struct text *out) {
    uint64_t size;
    if (!get_varint(r, &size) || size > (uint64_t)(r->end - r->at))
        return false;
    *out = (struct text){(const char *)r->at, (uint32_t)size};
    r->at += size;
    return true;
}

/* Times before 1970 are legal, so signed values are folded (zigzag). */
static uint64_t fold(int64_t value) {
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unfold(uint64_t value) {
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* These three are a record of their own; every other fact, also a text, stands with the facts. */
static const enum fact_id in_texts[] = {FACT_HANDLE, FACT_NAME, FACT_BIO};

static bool in_facts(int id) {
    return id != FACT_HANDLE && id != FACT_NAME && id != FACT_BIO;
}

/* Most facts of a followee come from one batch: only those of others are named. */
static unsigned char *put_sources(unsigned char *to, const struct facts *f) {
    unsigned char *count = to++;
    *count = 0;
    for (int id = 0; id < FACT_COUNT; id++) {
        if (!facts_known(f, (enum fact_id)id) || f->sources[id] == f->source)
            continue;
        *to++ = (unsigned char)id;
        to = put_le(to, f->sources[id], 2);
        ++*count;
    }
    return to;
}

static bool get_sources(struct reading *r, struct facts *out) {
    if (r->at == r->end)
        return false;
    for (uint8_t left = *r->at++; left > 0; left--, r->at += 3) {
        if (r->end - r->at < 3 || r->at[0] >= FACT_COUNT)
            return false;
        out->sources[r->at[0]] = (uint16_t)get_le(r->at + 1, 2);
    }
    return true;
}

static unsigned char *put_ties(unsigned char *to, const struct facts *f) {
    *to++ = f->tie_count;
    for (uint8_t i = 0; i < f->tie_count; i++) {
        const struct tie *t = &f->ties[i];
        *to++ = t->dataset;
        to = put_varint(to, t->talked);
        to = put_varint(to, t->heard);
        to = put_varint(to, t->messages);
        to = put_varint(to, fold(t->last_talked_ms));
        to = put_varint(to, fold(t->last_heard_ms));
    }
    return to;
}

static bool get_count(struct reading *r, uint32_t *out) {
    uint64_t value;
    if (!get_varint(r, &value) || value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool get_time(struct reading *r, int64_t *out) {
    uint64_t value;
    if (!get_varint(r, &value))
        return false;
    *out = unfold(value);
    return true;
}

static bool get_tie(struct reading *r, struct facts *out) {
    struct tie read;
    if (r->at == r->end)
        return false;
    uint8_t dataset = *r->at++;
    if (!get_count(r, &read.talked) || !get_count(r, &read.heard) ||
        !get_count(r, &read.messages) || !get_time(r, &read.last_talked_ms) ||
        !get_time(r, &read.last_heard_ms))
        return false;
    struct tie *tie = facts_tie(out, (enum dataset)dataset);
    if (tie == NULL)
        return false;
    read.dataset = dataset;
    *tie = read;
    return true;
}

static bool get_ties(struct reading *r, struct facts *out) {
    if (r->at == r->end)
        return false;
    for (uint8_t left = *r->at++; left > 0; left--)
        if (!get_tie(r, out))
            return false;
    return true;
}

size_t codec_facts_write(const struct facts *f, unsigned char *to) {
    unsigned char *at = to;
    at = put_varint(at, f->known);
    at = put_varint(at, f->flags);
    at = put_varint(at, f->at_least);
    at = put_le(at, f->source, 2);
    at = put_sources(at, f);
    at = put_bytes(at, f->follow_keys.at, f->follow_keys.size);
    for (int id = 0; id < FACT_COUNT; id++) {
        if (!facts_known(f, (enum fact_id)id) || !in_facts(id))
            continue;
        if (fact_types[id] == FACT_TEXT)
            at = put_text(at, f, (enum fact_id)id);
        else if (fact_types[id] != FACT_FLAG)
            at = put_varint(at, fold(f->value[id]));
    }
    at = put_ties(at, f);
    return (size_t)(at - to);
}

static bool read_value(struct reading *r, struct facts *out, int id) {
    uint64_t value;
    if (fact_types[id] == FACT_TEXT)
        return get_bytes(r, &out->texts[fact_slots[id]]);
    if (fact_types[id] == FACT_FLAG)
        return true;
    if (!get_varint(r, &value))
        return false;
    out->value[id] = unfold(value);
    return true;
}

/* A record of version 1 or 2: three fields of fixed size, and no ties. What it counts was often
 * only what had been seen, and does not say so. */
static bool get_old_head(struct reading *r, struct facts *out) {
    if (r->end - r->at < 10)
        return false;
    out->known = get_le(r->at, 4);
    out->flags = get_le(r->at + 4, 4);
    facts_came_from(out, (uint16_t)get_le(r->at + 8, 2));
    r->at += 10;
    return true;
}

static void doubt_old_counts(struct facts *f) {
    if (facts_known(f, FACT_INTERACTIONS) && f->value[FACT_INTERACTIONS] > 0)
        f->at_least |= f->known & (FACT_BIT(INTERACTIONS) | FACT_BIT(LAST_INTERACTION_AT));
}

static bool get_head(struct reading *r, struct facts *out) {
    if (!get_varint(r, &out->known) || !get_varint(r, &out->flags) ||
        !get_varint(r, &out->at_least) || r->end - r->at < 2 || (out->known & ~FACT_SET_ALL) != 0)
        return false;
    facts_came_from(out, (uint16_t)get_le(r->at, 2));
    r->at += 2;
    return true;
}

int codec_facts_read(struct record record, struct facts *out, struct winnow_error *err) {
    struct reading r = {record.at, record.at + record.size};
    bool old = record.version < 3;
    out->at_least = 0;
    out->tie_count = 0;
    bool whole = (old ? get_old_head(&r, out) : get_head(&r, out)) &&
                 (record.version < 2 || get_sources(&r, out)) && get_bytes(&r, &out->follow_keys);
    for (int id = 0; id < FACT_COUNT && whole; id++) {
        if (!facts_known(out, (enum fact_id)id))
            continue;
        if (in_facts(id))
            whole = read_value(&r, out, id);
        else
            out->texts[fact_slots[id]] = (struct text){"", 0};
    }
    if (whole && old)
        doubt_old_counts(out);
    else if (whole)
        whole = get_ties(&r, out);
    return whole ? 0 : store_damaged(err, TABLE_FACTS, "a record that is cut");
}

size_t codec_texts_write(const struct facts *f, unsigned char *to) {
    unsigned char *at = to;
    for (size_t i = 0; i < sizeof in_texts / sizeof in_texts[0]; i++) {
        if (facts_known(f, in_texts[i]))
            at = put_text(at, f, in_texts[i]);
        else
            at = put_bytes(at, "", 0);
    }
    return (size_t)(at - to);
}

int codec_texts_read(struct record record, struct facts *out, struct winnow_error *err) {
    struct reading r = {record.at, record.at + record.size};
    for (size_t i = 0; i < sizeof in_texts / sizeof in_texts[0]; i++)
        if (!get_bytes(&r, &out->texts[fact_slots[in_texts[i]]]))
            return store_damaged(err, TABLE_TEXTS, "a record that is cut");
    return 0;
}

size_t codec_campaign_write(const struct store_campaign *c, unsigned char *to) {
    unsigned char *at = to;
    at = put_le(at, c->id, 4);
    at = put_le(at, c->followees, 4);
    at = put_le(at, c->keep_count, 4);
    at = put_le(at, c->batches, 4);
    at = put_le(at, c->plans, 4);
    at = put_le(at, c->unresolved, 4);
    at = put_le(at, (uint64_t)c->created_ms, 8);
    *at++ = c->verified;
    at = put_le(at, c->epoch, 8);
    at = put_le(at, c->keep_noted, 4);
    const char *const texts[] = {c->name, c->platform, c->account, c->handle, c->server, c->app};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        at = put_bytes(at, texts[i], strlen(texts[i]));
    return (size_t)(at - to);
}

static bool get_string(struct reading *r, char *to, size_t room) {
    struct text text;
    if (!get_bytes(r, &text) || text.size >= room)
        return false;
    memcpy(to, text.at, text.size);
    to[text.size] = '\0';
    return true;
}

int codec_campaign_read(struct record record, struct store_campaign *out,
                        struct winnow_error *err) {
    size_t head = record.version == 1 ? 33 : 45;
    if (record.size < head)
        return store_damaged(err, TABLE_CAMPAIGNS, "a record that is too short");
    const unsigned char *at = record.at;
    out->id = (uint32_t)get_le(at, 4);
    out->followees = (uint32_t)get_le(at + 4, 4);
    out->keep_count = (uint32_t)get_le(at + 8, 4);
    out->batches = (uint32_t)get_le(at + 12, 4);
    out->plans = (uint32_t)get_le(at + 16, 4);
    out->unresolved = (uint32_t)get_le(at + 20, 4);
    out->created_ms = (int64_t)get_le(at + 24, 8);
    out->verified = at[32] != 0;
    out->epoch = record.version == 1 ? 0 : get_le(at + 33, 8);
    out->keep_noted = record.version == 1 ? 0 : (uint32_t)get_le(at + 41, 4);
    struct reading r = {at + head, at + record.size};
    bool whole = get_string(&r, out->name, sizeof out->name) &&
                 get_string(&r, out->platform, sizeof out->platform) &&
                 get_string(&r, out->account, sizeof out->account) &&
                 get_string(&r, out->handle, sizeof out->handle) &&
                 get_string(&r, out->server, sizeof out->server);
    out->app[0] = '\0';
    if (whole && record.version > 1)
        whole = get_string(&r, out->app, sizeof out->app);
    return whole ? 0 : store_damaged(err, TABLE_CAMPAIGNS, "a record that is cut");
}
