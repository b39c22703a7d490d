/* One followee in the making: facts set one by one from a line's values, checked as they come.
 *
 * Every setter returns false when the record is bad, with the reason in `why`; the first reason
 * stays. Texts inside the record's input are taken as views, others are copied into a scratch that
 * is large enough for one of every kind. */
#ifndef FORMATS_BASE_RECORD_H
#define FORMATS_BASE_RECORD_H

#include "core/facts/facts.h"

#define RECORD_WHY_SIZE     256
#define RECORD_NUMBER_MAX   INT64_C(9007199254740992) /* 2^53: what every JSON writer can say */
#define RECORD_SCRATCH_SIZE 16384u

_Static_assert(FACT_TEXTS_MAX <= RECORD_SCRATCH_SIZE, "the scratch holds one text of every kind");

/* Facts by name without comparing all names: open addressing on a name's first and last bytes,
 * which two words hold. This stands on the path of every key of every line. */
#define RECORD_NAME_SLOTS 128
struct record_name {
    uint64_t first, last;
    size_t size;
};
struct record_names {
    int16_t slot[RECORD_NAME_SLOTS]; /* a fact, or -1 */
    struct record_name name[FACT_COUNT];
};

struct record {
    struct facts facts;
    fact_set seen;     /* bit (UINT64_C(1) << FACT_x): the fact has had its value, be it unknown */
    fact_set in_part;  /* of them, those that were only seen */
    const char *input; /* texts in here are checked and live as long as the record */
    size_t input_size;
    size_t lists_at; /* where the names of `lists` begin in the scratch */
    size_t scratch_used;
    uint32_t cut; /* texts longer than their cap */
    bool bad;
    char why[RECORD_WHY_SIZE];
    struct record_names names;
    char scratch[RECORD_SCRATCH_SIZE];
};

void record_init(struct record *r);

/* Forget the last followee; the next one's texts come from `input`. */
void record_clear(struct record *r, const char *input, size_t input_size);

/* The fact of that name, or -1. In *in_part: it is the name of one that was seen in part. */
int record_find(const struct record *r, const char *at, size_t size, bool *in_part);

/* The reason why the record is bad; a whole sentence. Returns false. */
bool record_fail(struct record *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "KEY" is FOUND; expected what the fact wants. */
bool record_wrong(struct record *r, enum fact_id fact, const char *found);

/* Say that the fact's value comes now, all of it or what was seen; a second time makes the record
 * bad. */
bool record_begin(struct record *r, enum fact_id fact, bool in_part);
/* All values have come. */
void record_end(struct record *r);

bool record_set_text(struct record *r, enum fact_id fact, const char *at, size_t size);
bool record_set_time(struct record *r, enum fact_id fact, const char *at, size_t size);

/* 12, and neither -12 nor 12.0 nor 1.2e1: those have gone through a floating-point number. */
bool record_is_digits(struct text t);
/* Decimal digits and nothing else, up to RECORD_NUMBER_MAX. */
bool record_read_number(const char *at, size_t size, int64_t *value);

void record_begin_lists(struct record *r);
bool record_add_list(struct record *r, const char *at, size_t size);

/* A value as it can stand in a message: printable, short, with quotes. */
#define RECORD_SHOWN_SIZE 64
const char *record_show(char out[RECORD_SHOWN_SIZE], const char *at, size_t size);
/* The same in a place that lives to the end of the block. */
#define RECORD_SHOW(at, size) record_show((char[RECORD_SHOWN_SIZE]){0}, at, size)

#endif
