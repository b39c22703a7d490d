/* Inside of fetch: what the platform tells of the roster's own people, asked for chunk by chunk. */
#ifndef WORK_PAGES_FETCH_CHUNKS_H
#define WORK_PAGES_FETCH_CHUNKS_H

#include "work/pages/fetch.h"

struct chunks {
    const char *name;  /* of the step's note */
    const char *doing; /* for the progress line */
    const struct platform_ask *ask;
    uint64_t next;   /* of the plan's next so many entries; 0: of all the roster */
    enum fact_id by; /* what they are asked by: FACT_ID or FACT_HANDLE */
    bool (*wanted)(const struct fetching *f, const struct facts *facts);
    /* Take what was told of number `number`, in f->txn: 0, or -1 and f->err. */
    int (*take)(struct fetching *f, uint32_t number, const struct facts *row);
    int (*end)(struct fetching *f, struct winnow_error *err); /* all were asked; may be NULL */
};

/* Nobody in the roster is wanted: 0, and `*nobody`. Else as fetch_step_run. */
int fetch_chunks(struct fetching *f, const struct chunks *chunks, bool *nobody,
                 struct winnow_error *err);

#endif
