/* DAG-CBOR: see dag_cbor.h. Happy path: libcbor's streaming decoder reads one head, and one of the
 * callbacks below notes what it was; its builder of trees, which allocates by what a head claims,
 * is not used. Fails on what DAG-CBOR has not: lengths that are not told, other tags than links,
 * undefined and simple values. */
#include "formats/bluesky/dag_cbor.h"

#include "core/base/utf8.h"

#include <cbor.h>
#include <string.h>

#define TAG_LINK 42

void dag_start(struct dag *d, const void *at, size_t size) {
    *d = (struct dag){.at = at, .end = (const unsigned char *)at + size};
}

static int fail(struct dag *d, const char *fault) {
    if (d->fault == NULL)
        d->fault = fault;
    d->at = d->end;
    return -1;
}

/* ---- what the decoder calls ---- */

static void note_number(void *context, uint64_t value) {
    struct dag *d = context;
    d->kind = value <= INT64_MAX ? DAG_NUMBER : DAG_FAILED;
    d->number = (int64_t)(value & INT64_MAX);
}
static void note_8(void *context, uint8_t value) {
    note_number(context, value);
}
static void note_16(void *context, uint16_t value) {
    note_number(context, value);
}
static void note_32(void *context, uint32_t value) {
    note_number(context, value);
}
static void note_negative(void *context, uint64_t value) {
    struct dag *d = context;
    d->kind = value <= INT64_MAX ? DAG_NUMBER : DAG_FAILED;
    d->number = -1 - (int64_t)(value & INT64_MAX);
}
static void note_negative_8(void *context, uint8_t value) {
    note_negative(context, value);
}
static void note_negative_16(void *context, uint16_t value) {
    note_negative(context, value);
}
static void note_negative_32(void *context, uint32_t value) {
    note_negative(context, value);
}

static void note_bytes(void *context, cbor_data at, size_t size) {
    struct dag *d = context;
    if (size > UINT32_MAX)
        return;
    d->kind = DAG_BYTES;
    d->text = (struct text){(const char *)at, (uint32_t)size};
}
static void note_text(void *context, cbor_data at, size_t size) {
    struct dag *d = context;
    note_bytes(context, at, size);
    if (d->kind == DAG_BYTES)
        d->kind = DAG_TEXT;
}
static void note_list(void *context, size_t count) {
    struct dag *d = context;
    d->kind = DAG_LIST;
    d->count = count;
}
static void note_map(void *context, size_t count) {
    struct dag *d = context;
    d->kind = DAG_MAP;
    d->count = count;
}
static void note_tag(void *context, uint64_t tag) {
    struct dag *d = context;
    d->is_tag = true;
    d->tag = tag;
}
static void note_float(void *context, double value) {
    struct dag *d = context;
    (void)value;
    d->kind = DAG_FLOAT;
}
static void note_null(void *context) {
    struct dag *d = context;
    d->kind = DAG_NULL;
}
static void note_flag(void *context, bool value) {
    struct dag *d = context;
    d->kind = value ? DAG_YES : DAG_NO;
}
static void note_nothing(void *context) {
    (void)context; /* the kind stays DAG_FAILED */
}
static void note_small_float(void *context, float value) {
    (void)context;
    (void)value;
}

static const struct cbor_callbacks callbacks = {
    .uint8 = note_8,
    .uint16 = note_16,
    .uint32 = note_32,
    .uint64 = note_number,
    .negint64 = note_negative,
    .negint32 = note_negative_32,
    .negint16 = note_negative_16,
    .negint8 = note_negative_8,
    .byte_string_start = note_nothing,
    .byte_string = note_bytes,
    .string = note_text,
    .string_start = note_nothing,
    .indef_array_start = note_nothing,
    .array_start = note_list,
    .indef_map_start = note_nothing,
    .map_start = note_map,
    .tag = note_tag,
    .float2 = note_small_float,
    .float4 = note_small_float,
    .float8 = note_float,
    .undefined = note_nothing,
    .null = note_null,
    .boolean = note_flag,
    .indef_break = note_nothing,
};

/* ---- values ---- */

/* One head, and the bytes of a text. */
static enum dag_kind decode(struct dag *d) {
    d->kind = DAG_FAILED;
    d->is_tag = false;
    if (d->fault != NULL)
        return DAG_FAILED;
    struct cbor_decoder_result got =
        cbor_stream_decode(d->at, (size_t)(d->end - d->at), &callbacks, d);
    if (got.status != CBOR_DECODER_FINISHED) {
        fail(d, got.status == CBOR_DECODER_NEDATA ? "it ends in the middle of a value"
                                                  : "there is a byte that is no CBOR");
        return DAG_FAILED;
    }
    d->at += got.read;
    return d->kind;
}

const unsigned char *cid_hash(const unsigned char *cid, bool *is_dag) {
    *is_dag = cid[1] == 0x71;
    return cid[0] == 0x01 && (*is_dag || cid[1] == 0x55) && cid[2] == 0x12 && cid[3] == CID_HASH
               ? cid + 4
               : NULL;
}

/* Behind the tag: a zero and a CID. */
static enum dag_kind link_value(struct dag *d) {
    bool is_dag = false;
    if (decode(d) != DAG_BYTES || d->is_tag || d->text.size == 0 || d->text.at[0] != 0) {
        fail(d, "a link has no CID");
        return DAG_FAILED;
    }
    d->hash = NULL;
    if (d->text.size == CID_SIZE + 1)
        d->hash = cid_hash((const unsigned char *)d->text.at + 1, &is_dag);
    if (!is_dag)
        d->hash = NULL;
    return DAG_LINK;
}

enum dag_kind dag_value(struct dag *d) {
    enum dag_kind kind = decode(d);
    if (d->is_tag && d->tag == TAG_LINK)
        return link_value(d);
    if (kind == DAG_FAILED) {
        fail(d, "there is a value that DAG-CBOR has not");
    } else if (kind == DAG_TEXT && !utf8_valid(d->text.at, d->text.size)) {
        fail(d, "a text is not valid UTF-8");
        kind = DAG_FAILED;
    } else if ((kind == DAG_LIST || kind == DAG_MAP) && d->count > (uint64_t)(d->end - d->at)) {
        fail(d, "a list says that it has more values than there are bytes");
        kind = DAG_FAILED;
    }
    return kind;
}

int dag_key(struct dag *d) {
    enum dag_kind kind = dag_value(d);
    if (kind == DAG_TEXT)
        return 0;
    return kind == DAG_FAILED ? -1 : fail(d, "a key of a map is no text");
}

int dag_skip(struct dag *d, enum dag_kind kind) {
    uint64_t left[DAG_DEPTH];
    int depth = 0;
    if (kind == DAG_FAILED)
        return -1;
    for (;;) {
        if (kind == DAG_LIST || kind == DAG_MAP) {
            if (depth == DAG_DEPTH)
                return fail(d, "it is nested too deep");
            left[depth++] = kind == DAG_MAP ? d->count * 2 : d->count;
        }
        while (depth > 0 && left[depth - 1] == 0)
            depth--;
        if (depth == 0)
            return 0;
        left[depth - 1]--;
        kind = dag_value(d);
        if (kind == DAG_FAILED)
            return -1;
    }
}

int dag_pass(struct dag *d) {
    return dag_skip(d, dag_value(d));
}

bool dag_text_is(const struct dag *d, const char *text) {
    return strlen(text) == d->text.size && memcmp(d->text.at, text, d->text.size) == 0;
}
