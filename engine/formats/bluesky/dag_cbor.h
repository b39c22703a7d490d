/* DAG-CBOR (ipld.io/specs/codecs/dag-cbor), pulled value by value from bytes that lie in memory, as
 * json_pull does with JSON. Nothing is allocated, nothing is built; texts and bytes are views.
 *
 * Happy path of a map:  for (n = d.count; n > 0; n--) { dag_key(&d); ... d.text ... dag_value(&d) }
 * Failures: DAG_FAILED or -1, and every later call fails too; `fault` says why. */
#ifndef FORMATS_BLUESKY_DAG_CBOR_H
#define FORMATS_BLUESKY_DAG_CBOR_H

#include "core/facts/facts.h"

#define DAG_DEPTH 32  /* of what is skipped; real records have five or so */
#define CID_HASH  32u /* bytes of SHA-256 */

enum dag_kind {
    DAG_FAILED = -1,
    DAG_NULL,
    DAG_NO,
    DAG_YES,
    DAG_NUMBER, /* `number` */
    DAG_FLOAT,
    DAG_BYTES, /* `text` */
    DAG_TEXT,  /* `text`: valid UTF-8 */
    DAG_LIST,  /* `count` values follow */
    DAG_MAP,   /* `count` keys and values follow */
    DAG_LINK,  /* `hash`; NULL: to something that is no block of DAG-CBOR, such as a picture */
};

struct dag {
    const unsigned char *at, *end;
    struct text text;
    uint64_t count;
    int64_t number;
    const unsigned char *hash; /* CID_HASH bytes */
    const char *fault;

    /* What the decoder has just said. */
    enum dag_kind kind;
    bool is_tag;
    uint64_t tag;
};

void dag_start(struct dag *d, const void *at, size_t size);

enum dag_kind dag_value(struct dag *d);
/* A key of a map, in `text`; its value is next. */
int dag_key(struct dag *d);
/* What dag_value said is of no interest: go to its end. */
int dag_skip(struct dag *d, enum dag_kind kind);
/* The same for a value that is not begun yet. */
int dag_pass(struct dag *d);

bool dag_text_is(const struct dag *d, const char *text);

/* Nothing is left. */
static inline bool dag_ended(const struct dag *d) {
    return d->fault == NULL && d->at == d->end;
}

/* A CID as it stands in front of a block: version 1, DAG-CBOR or raw bytes, SHA-256. Its hash, and
 * whether it is of DAG-CBOR; NULL: it is of another kind. */
#define CID_SIZE 36u
const unsigned char *cid_hash(const unsigned char *cid, bool *is_dag);

#endif
