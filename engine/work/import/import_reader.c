/* A roster read on a thread of its own: see import_reader.h. Happy path: the reader fills a block
 * while the caller empties the one before; two blocks go round. Fails as roster_read does, after
 * what was read has been handed over; when the sink stops it, the reader is told and joined. */
#include "work/import/import_reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS  2048
#define BLOCK_BYTES ((size_t)1024 * 1024) /* of texts; more than any one row has */
#define BLOCKS      2
#define AHEAD       12 /* rows that the sink's next ones are told before */

enum row_kind { ROW_FOLLOWEE, ROW_SKIPPED, ROW_PROGRESS, ROW_ENTERED };

struct row {
    enum row_kind kind;
    enum roster_relation relation;
    uint64_t number; /* ROW_SKIPPED: the line; ROW_PROGRESS: bytes read */
    struct facts facts;
    struct text why; /* ROW_SKIPPED; ROW_ENTERED: the file's name */
};

struct block {
    struct row *rows;
    char *bytes;
    uint32_t count;
    size_t used;
    bool full; /* the caller's turn */
};

struct reading {
    struct import_source source;
    const struct roster_admit *admit;
    struct roster_counts *counts;
    struct winnow_error err;
    int result;
    struct block blocks[BLOCKS];
    uint32_t filling;
    bool ended, stopped; /* by the reader, by the caller */
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

/* ---- the reader's thread ---- */

/* Hand the block over and wait for the next to be empty. false: the caller has stopped. */
static bool pass_on(struct reading *r) {
    pthread_mutex_lock(&r->lock);
    r->blocks[r->filling].full = true;
    r->filling = (r->filling + 1) % BLOCKS;
    pthread_cond_signal(&r->changed);
    while (r->blocks[r->filling].full && !r->stopped)
        pthread_cond_wait(&r->changed, &r->lock);
    bool go_on = !r->stopped;
    pthread_mutex_unlock(&r->lock);
    return go_on;
}

/* A row with room for `bytes` of text; NULL: the caller has stopped. */
static struct row *next_row(struct reading *r, size_t bytes) {
    struct block *b = &r->blocks[r->filling];
    if ((b->count == BLOCK_ROWS || BLOCK_BYTES - b->used < bytes) && !pass_on(r))
        return NULL;
    b = &r->blocks[r->filling];
    return &b->rows[b->count++];
}

static struct text keep_text(struct block *b, struct text t) {
    char *at = b->bytes + b->used;
    if (t.size > 0)
        memcpy(at, t.at, t.size);
    b->used += t.size;
    return (struct text){at, t.size};
}

static size_t text_size(const struct facts *f) {
    size_t size = f->follow_keys.size;
    for (int slot = 0; slot < FACT_TEXT_COUNT; slot++)
        if (facts_known(f, (enum fact_id)fact_texts[slot]))
            size += f->texts[slot].size;
    return size;
}

static int put_followee(void *context, enum roster_relation relation, const struct facts *f,
                        struct winnow_error *err) {
    struct reading *r = context;
    struct row *row = next_row(r, text_size(f));
    if (row == NULL)
        return winnow_fail(err, WINNOW_STOPPED, "stopped");
    struct block *b = &r->blocks[r->filling];
    row->kind = ROW_FOLLOWEE;
    row->relation = relation;
    row->facts = *f;
    for (int slot = 0; slot < FACT_TEXT_COUNT; slot++)
        if (facts_known(f, (enum fact_id)fact_texts[slot]))
            row->facts.texts[slot] = keep_text(b, f->texts[slot]);
    row->facts.follow_keys = keep_text(b, f->follow_keys);
    return 0;
}

static void put_skipped(void *context, uint64_t line, const char *why) {
    struct reading *r = context;
    struct text text = {why, (uint32_t)strlen(why) + 1};
    struct row *row = next_row(r, text.size);
    if (row == NULL)
        return;
    row->kind = ROW_SKIPPED;
    row->number = line;
    row->why = keep_text(&r->blocks[r->filling], text);
}

static void put_entered(void *context, const char *name) {
    struct reading *r = context;
    struct text text = {name, (uint32_t)strlen(name) + 1};
    struct row *row = next_row(r, text.size);
    if (row == NULL)
        return;
    row->kind = ROW_ENTERED;
    row->why = keep_text(&r->blocks[r->filling], text);
}

static void put_progress(void *context, uint64_t bytes) {
    struct row *row = next_row(context, 0);
    if (row == NULL)
        return;
    row->kind = ROW_PROGRESS;
    row->number = bytes;
}

static void *reader_read_file(void *context) {
    struct reading *r = context;
    const struct roster_sink sink = {.context = r,
                                     .followee = put_followee,
                                     .skipped = put_skipped,
                                     .entered = put_entered,
                                     .progress = put_progress,
                                     .admit = r->admit};
    int result = r->source.read(r->source.context, &sink, r->counts, &r->err);
    pthread_mutex_lock(&r->lock);
    r->result = result;
    r->blocks[r->filling].full = true;
    r->ended = true;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ---- the caller's thread ---- */

static int empty_block(const struct block *b, const struct roster_sink *sink, import_coming *coming,
                       struct winnow_error *err) {
    for (uint32_t i = 0; i < b->count; i++) {
        const struct row *row = &b->rows[i];
        if (i + AHEAD < b->count && row[AHEAD].kind == ROW_FOLLOWEE)
            coming(sink->context, &row[AHEAD].facts);
        if (row->kind == ROW_SKIPPED)
            sink->skipped(sink->context, row->number, row->why.at);
        else if (row->kind == ROW_ENTERED && sink->entered != NULL)
            sink->entered(sink->context, row->why.at);
        else if (row->kind == ROW_PROGRESS && sink->progress != NULL)
            sink->progress(sink->context, row->number);
        else if (row->kind == ROW_FOLLOWEE &&
                 sink->followee(sink->context, row->relation, &row->facts, err) != 0)
            return -1;
    }
    return 0;
}

static int empty_blocks(struct reading *r, const struct roster_sink *sink, import_coming *coming,
                        struct winnow_error *err) {
    for (uint32_t at = 0;; at = (at + 1) % BLOCKS) {
        struct block *b = &r->blocks[at];
        pthread_mutex_lock(&r->lock);
        while (!b->full)
            pthread_cond_wait(&r->changed, &r->lock);
        bool last = r->ended && at == r->filling;
        pthread_mutex_unlock(&r->lock);
        int result = empty_block(b, sink, coming, err);
        pthread_mutex_lock(&r->lock);
        b->count = 0;
        b->used = 0;
        b->full = false;
        r->stopped = result != 0;
        pthread_cond_signal(&r->changed);
        pthread_mutex_unlock(&r->lock);
        if (result != 0 || last)
            return result;
    }
}

static bool make_blocks(struct reading *r) {
    bool made = true;
    for (int i = 0; i < BLOCKS; i++) {
        r->blocks[i].rows = malloc(BLOCK_ROWS * sizeof *r->blocks[i].rows);
        r->blocks[i].bytes = malloc(BLOCK_BYTES);
        made = made && r->blocks[i].rows != NULL && r->blocks[i].bytes != NULL;
    }
    return made;
}

static int read_and_empty(struct reading *r, const struct roster_sink *sink, import_coming *coming,
                          struct winnow_error *err) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, reader_read_file, r) != 0)
        return winnow_fail(err, WINNOW_NO_MEMORY, "no thread to read the file with");
    int result = empty_blocks(r, sink, coming, err);
    pthread_join(thread, NULL);
    if (result == 0 && r->result != 0) {
        *err = r->err;
        result = -1;
    }
    return result;
}

int import_read(struct import_source source, const struct roster_sink *sink, import_coming *coming,
                struct roster_counts *counts, struct winnow_error *err) {
    struct reading r = {.source = source, .admit = sink->admit, .counts = counts};
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.changed, NULL);
    int result = make_blocks(&r) ? read_and_empty(&r, sink, coming, err)
                                 : winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    for (int i = 0; i < BLOCKS; i++) {
        free(r.blocks[i].rows);
        free(r.blocks[i].bytes);
    }
    pthread_cond_destroy(&r.changed);
    pthread_mutex_destroy(&r.lock);
    return result;
}
