/* Conditions of a policy. What must be true: an error has a place inside the source; evaluation is
 * three-valued as facts.h says (a known answer never rests on what is missing, so more facts never
 * turn it, known() aside), and `not` of a condition is its negation. */
#include "random_facts.h"

#include "core/expr/expr.h"

static void check_error(const struct expr_error *error, size_t size) {
    MUST(error->column >= 1 && error->column <= size + 1);
    size_t length = strnlen(error->text, sizeof error->text);
    MUST(length > 0 && length < sizeof error->text);
    MUST(is_printable(error->text, length));
}

/* Never is what a count of 0 says where the time is unknown; a count of 0 beside a time contradicts
 * itself, and then the time counts. */
static bool contradicts(const struct facts *f, enum fact_id count, enum fact_id time) {
    return facts_known(f, count) && f->value[count] == 0 && facts_known(f, time);
}

/* A follow is not older than what it is later than. */
static bool follow_contradicts(const struct facts *f) {
    return facts_known(f, FACT_FOLLOWED_AT) && facts_known(f, FACT_FOLLOWED_AFTER) &&
           f->value[FACT_FOLLOWED_AT] < f->value[FACT_FOLLOWED_AFTER];
}

/* known() and at_least() may turn: they ask what is missing. */
static bool more_facts_do_not_turn(const struct expr *e, const struct facts *full) {
    struct text source = expr_source(e);
    return memmem(source.at, source.size, "known", 5) == NULL &&
           memmem(source.at, source.size, "at_least", 8) == NULL && !follow_contradicts(full) &&
           !contradicts(full, FACT_TALKED_TO, FACT_LAST_TALKED_AT) &&
           !contradicts(full, FACT_HEARD_FROM, FACT_LAST_HEARD_AT) &&
           !contradicts(full, FACT_POSTS, FACT_LAST_POST_AT) &&
           !contradicts(full, FACT_INTERACTIONS, FACT_LAST_INTERACTION_AT);
}

static void check_eval(const struct expr *e, const struct expr *negated, uint64_t *seed) {
    struct facts full;
    fact_set missing = 0;
    random_facts(seed, &full);
    struct facts fewer = fewer_facts(seed, &full);
    enum tri now = expr_eval(e, &full, FUZZ_NOW_MS);
    MUST(now == expr_judge(e, &full, FUZZ_NOW_MS, &missing));
    MUST((now == TRI_UNKNOWN) == (missing != 0));
    MUST(missing == expr_missing(e, &full, FUZZ_NOW_MS));
    MUST((missing & ~expr_facts(e)) == 0 && (missing & full.known & ~full.at_least) == 0);
    enum tri less = expr_eval(e, &fewer, FUZZ_NOW_MS);
    if (more_facts_do_not_turn(e, &full))
        MUST(less == TRI_UNKNOWN || less == now);
    struct facts others = full; /* what it does not read does not matter */
    others.known &= expr_facts(e);
    MUST(expr_eval(e, &others, FUZZ_NOW_MS) == now);
    if (negated != NULL)
        MUST(expr_eval(negated, &full, FUZZ_NOW_MS) == tri_not(now));
}

static struct expr *negation(const char *source, size_t size) {
    char *text = malloc(size + 7);
    struct expr *e = NULL;
    struct expr_error error;
    MUST(text != NULL);
    memcpy(text, "not (", 5);
    memcpy(text + 5, source, size);
    text[size + 5] = ')';
    if (expr_compile(text, size + 6, &e, &error) != 0)
        e = NULL; /* too deep or too long now, or the source ends in an open text */
    free(text);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *source = exact_copy(data, size);
    struct expr *e = NULL;
    struct expr_error error;
    uint64_t seed = seed_of(data, size);
    if (expr_compile(source, size, &e, &error) != 0) {
        check_error(&error, size);
    } else {
        MUST(size <= EXPR_SIZE_MAX);
        MUST(expr_source(e).size == size && memcmp(expr_source(e).at, source, size) == 0);
        struct expr *negated = negation(source, size);
        for (int i = 0; i < 4; i++)
            check_eval(e, negated, &seed);
        expr_free(negated);
        expr_free(e);
    }
    free(source);
    return 0;
}
