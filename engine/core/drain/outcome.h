/* What became of an intent. The numbers are stored in the journal: append only. */
#ifndef CORE_DRAIN_OUTCOME_H
#define CORE_DRAIN_OUTCOME_H

/* constant, number, name in JSON and CSV */
#define OUTCOMES(X)                                                                                \
    X(UNFOLLOWED, 1, "unfollowed")     /* the platform confirmed that it is not followed now */    \
    X(ALREADY_GONE, 2, "already_gone") /* it was not followed any more */                          \
    X(TARGET_GONE, 3, "target_gone")   /* the followee itself is no more */                        \
    X(PROTECTED, 4, "protected")       /* on the keep list since the plan: never sent */           \
    X(REFUSED, 5, "refused")           /* the platform refuses it for good, or tries ran out */    \
    X(RETRY, 6, "retry")               /* it did not happen, and will be tried again */            \
    X(IN_DOUBT, 7, "in_doubt")         /* it may have happened; it will be asked again */

enum outcome {
    OUTCOME_NONE,
#define X(id, number, name) OUTCOME_##id = number,
    OUTCOMES(X)
#undef X
        OUTCOME_COUNT
};

/* Final outcomes settle an entry; retry and in_doubt leave it open. */
static inline int outcome_final(enum outcome o) {
    return o >= OUTCOME_UNFOLLOWED && o <= OUTCOME_REFUSED;
}

const char *outcome_name(enum outcome o);

#endif
