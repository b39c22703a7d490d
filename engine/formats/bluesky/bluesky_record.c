/* What one record says of people: see bluesky_record.h. Happy path: the members that are known by
 * name are taken, at most four maps deep; all else is passed. Fails as dag_cbor does; a member of
 * another kind than expected says nothing. */
#include "formats/bluesky/bluesky_record.h"

#include "core/base/text_time.h"

#include <string.h>

#define RKEY_MAX 512u
#define TID_SIZE 13u

/* ---- names ---- */

static bool is_of(char c, const char *others) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr(others, c) != NULL);
}

static bool all_of(struct text t, const char *others) {
    for (uint32_t i = 0; i < t.size; i++)
        if (!is_of(t.at[i], others))
            return false;
    return t.size > 0;
}

bool bluesky_is_did(struct text t) {
    if (t.size <= 4 || t.size > FACT_ID_MAX || memcmp(t.at, "did:", 4) != 0 || !all_of(t, ":._%-"))
        return false;
    const char *method = t.at + 4;
    const char *colon = memchr(method, ':', t.size - 4);
    if (colon == NULL || colon == method || colon + 1 == t.at + t.size)
        return false;
    for (const char *p = method; p < colon; p++)
        if (*p < 'a' || *p > 'z')
            return false;
    char last = t.at[t.size - 1];
    return last != ':' && last != '%';
}

bool bluesky_is_rkey(struct text t) {
    bool dots = t.size <= 2 && t.size > 0 && t.at[0] == '.' && t.at[t.size - 1] == '.';
    return t.size <= RKEY_MAX && !dots && all_of(t, "._:~-");
}

static struct text up_to_slash(struct text *from) {
    const char *slash = from->size == 0 ? NULL : memchr(from->at, '/', from->size);
    struct text part = {from->at, slash != NULL ? (uint32_t)(slash - from->at) : from->size};
    uint32_t gone = part.size + (slash != NULL);
    *from = (struct text){from->at + gone, from->size - gone};
    return part;
}

bool bluesky_uri_read(struct text uri, struct bluesky_uri *out) {
    if (uri.size <= 5 || memcmp(uri.at, "at://", 5) != 0)
        return false;
    struct text rest = {uri.at + 5, uri.size - 5};
    out->did = up_to_slash(&rest);
    out->collection = up_to_slash(&rest);
    out->rkey = up_to_slash(&rest);
    return bluesky_is_did(out->did);
}

int64_t bluesky_tid_ms(struct text t) {
    static const char letters[] = "234567abcdefghijklmnopqrstuvwxyz";
    uint64_t value = 0;
    if (t.size != TID_SIZE)
        return 0;
    for (uint32_t i = 0; i < TID_SIZE; i++) {
        const char *at = t.at[i] != '\0' ? strchr(letters, t.at[i]) : NULL;
        if (at == NULL || (i == 0 && at - letters >= 8))
            return 0; /* the first bit is zero, and 65 bits are written */
        value = value << 5 | (uint64_t)(at - letters);
    }
    return (int64_t)((value >> 10) / 1000);
}

/* ---- the record ---- */

/* Members of the map that is next; what is no map is passed. */
typedef int member_fn(struct bluesky_record *r, struct dag *d);
static int read_map(struct bluesky_record *r, struct dag *d, member_fn *member) {
    enum dag_kind kind = dag_value(d);
    if (kind != DAG_MAP)
        return dag_skip(d, kind);
    for (uint64_t n = d->count; n > 0; n--)
        if (dag_key(d) != 0 || member(r, d) != 0)
            return -1;
    return 0;
}

/* Elements of the list that is next; what is no list is passed. */
static int read_list(struct bluesky_record *r, struct dag *d, member_fn *element) {
    enum dag_kind kind = dag_value(d);
    if (kind != DAG_LIST)
        return dag_skip(d, kind);
    for (uint64_t n = d->count; n > 0; n--)
        if (element(r, d) != 0)
            return -1;
    return 0;
}

static int read_text(struct dag *d, struct text *to) {
    enum dag_kind kind = dag_value(d);
    if (kind == DAG_TEXT)
        *to = d->text;
    return dag_skip(d, kind);
}

static int parent_member(struct bluesky_record *r, struct dag *d) {
    return dag_text_is(d, "uri") ? read_text(d, &r->answered) : dag_pass(d);
}

static int reply_member(struct bluesky_record *r, struct dag *d) {
    return dag_text_is(d, "parent") ? read_map(r, d, parent_member) : dag_pass(d);
}

static int inner_quote_member(struct bluesky_record *r, struct dag *d) {
    return dag_text_is(d, "uri") ? read_text(d, &r->quoted) : dag_pass(d);
}

/* {uri} of a quote, {record: {uri}} of one beside pictures. */
static int quote_member(struct bluesky_record *r, struct dag *d) {
    if (dag_text_is(d, "record"))
        return read_map(r, d, inner_quote_member);
    return inner_quote_member(r, d);
}

static int embed_member(struct bluesky_record *r, struct dag *d) {
    return dag_text_is(d, "record") ? read_map(r, d, quote_member) : dag_pass(d);
}

static int feature_member(struct bluesky_record *r, struct dag *d) {
    struct text did = {"", 0};
    if (!dag_text_is(d, "did"))
        return dag_pass(d);
    if (read_text(d, &did) != 0)
        return -1;
    r->mentions_full = r->mentions_full || r->mention_count == RECORD_MENTIONS_MAX;
    if (!r->mentions_full)
        r->mentions[r->mention_count++] = did;
    return 0;
}

static int feature(struct bluesky_record *r, struct dag *d) {
    return read_map(r, d, feature_member);
}

static int facet_member(struct bluesky_record *r, struct dag *d) {
    return dag_text_is(d, "features") ? read_list(r, d, feature) : dag_pass(d);
}

static int facet(struct bluesky_record *r, struct dag *d) {
    return read_map(r, d, facet_member);
}

static int subject_member(struct bluesky_record *r, struct dag *d) {
    return dag_text_is(d, "uri") ? read_text(d, &r->subject) : dag_pass(d);
}

/* A DID, or {uri, cid}. */
static int read_subject(struct bluesky_record *r, struct dag *d) {
    struct dag before = *d;
    enum dag_kind kind = dag_value(d);
    if (kind == DAG_TEXT)
        r->subject = d->text;
    if (kind != DAG_MAP)
        return dag_skip(d, kind);
    *d = before;
    return read_map(r, d, subject_member);
}

static int read_created(struct bluesky_record *r, struct dag *d) {
    struct text text = {"", 0};
    if (read_text(d, &text) != 0)
        return -1;
    if (!text_time_read(text.at, text.size, &r->created_ms) || r->created_ms < 0)
        r->created_ms = 0;
    return 0;
}

static int member(struct bluesky_record *r, struct dag *d) {
    if (dag_text_is(d, "subject"))
        return read_subject(r, d);
    if (dag_text_is(d, "createdAt"))
        return read_created(r, d);
    if (dag_text_is(d, "reply"))
        return read_map(r, d, reply_member);
    if (dag_text_is(d, "embed"))
        return read_map(r, d, embed_member);
    if (dag_text_is(d, "facets"))
        return read_list(r, d, facet);
    if (dag_text_is(d, "list"))
        return read_text(d, &r->list);
    if (dag_text_is(d, "name"))
        return read_text(d, &r->name);
    if (dag_text_is(d, "purpose"))
        return read_text(d, &r->purpose);
    return dag_pass(d);
}

bool bluesky_record_read(struct bluesky_record *r, const void *at, size_t size, const char **why) {
    struct dag d;
    static const struct text none = {"", 0};
    r->subject = r->list = r->name = r->purpose = r->answered = r->quoted = none;
    r->created_ms = 0;
    r->mention_count = 0;
    r->mentions_full = false;
    dag_start(&d, at, size);
    enum dag_kind kind = dag_value(&d);
    *why = "it is no map";
    if (kind != DAG_MAP)
        return false;
    for (uint64_t n = d.count; n > 0 && d.fault == NULL; n--)
        if (dag_key(&d) == 0)
            (void)member(r, &d);
    *why = d.fault != NULL ? d.fault : "there is more behind its end";
    return dag_ended(&d);
}
