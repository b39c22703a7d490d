/* export: roster, schedule or journal as CSV or JSONL, in one read so that it is one moment. Happy
 * path: rows to the stream. Fails as the store and the stream do. An exported roster can be
 * imported again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker/plan_reader.h"
#include "worker/table.h"

struct exporting {
    struct store_txn *txn;
    struct store_campaign campaign;
    struct coverages coverages;
    struct table table;
    struct winnow_error *err;
};

static const char *const journal_columns[] = {"sequence", "time",      "kind",        "outcome",
                                              "id",       "plan",      "position",    "request",
                                              "attempts", "exhausted", "http_status", "cost_micro"};
static const char *const schedule_columns[] = {"position", "id",    "handle",
                                               "reason",   "score", "state"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SEEN_NAME_SIZE 40

static const char *seen_name(enum fact_id id, char name[SEEN_NAME_SIZE]) {
    snprintf(name, SEEN_NAME_SIZE, "%s" FACT_SEEN_SUFFIX, fact_names[id]);
    return name;
}

static struct text text_of(const char *string) {
    return (struct text){string, (uint32_t)strlen(string)};
}

static void put_value(struct table *t, const struct facts *f, enum fact_id id, const char *name) {
    switch (fact_types[id]) {
    case FACT_TEXT:
        (id == FACT_LISTS ? table_names : table_text)(t, name, f->text[id]);
        break;
    case FACT_NUMBER:
        table_number(t, name, f->value[id]);
        break;
    case FACT_TIME:
        table_time(t, name, f->value[id]);
        break;
    case FACT_FLAG:
        table_flag(t, name, facts_flag(f, id) == TRI_YES);
        break;
    }
}

/* Some of the lists, read again, would be all of them; of what else was seen in part the name says
 * so. */
static void put_fact(struct table *t, const struct facts *f, enum fact_id id) {
    if (!facts_exact(f, id) || (id == FACT_LISTS && facts_lists_open(f)))
        table_unknown(t, fact_names[id]);
    else
        put_value(t, f, id, fact_names[id]);
}

static void put_seen(struct table *t, const struct facts *f, enum fact_id id) {
    char name[SEEN_NAME_SIZE];
    seen_name(id, name);
    if (!facts_known(f, id) || facts_exact(f, id))
        table_unknown(t, name);
    else
        put_value(t, f, id, name);
}

/* Those that were unfollowed are not of the roster any more. */
static int put_followee(void *context, uint32_t number, const struct facts *f, uint64_t gone,
                        struct winnow_error *err) {
    struct exporting *e = context;
    struct facts counted = *f;
    (void)err;
    if (store_follows_left(f, gone) == 0)
        return 0;
    coverages_count(&e->coverages, number, &counted);
    table_begin(&e->table);
    for (int id = 0; id < FACT_COUNT; id++)
        put_fact(&e->table, &counted, (enum fact_id)id);
    for (int id = 0; id < FACT_COUNT; id++)
        if ((FACTS_SEEN_IN_PART >> id & 1u) != 0)
            put_seen(&e->table, &counted, (enum fact_id)id);
    table_end(&e->table);
    return 0;
}

static int export_roster(struct exporting *e) {
    struct store_scan scan = {
        .detail = STORE_FACTS_AND_TEXTS, .forget_every = 65536, .each = put_followee, .context = e};
    char seen[FACT_COUNT][SEEN_NAME_SIZE];
    const char *columns[2 * FACT_COUNT];
    size_t count = 0;
    for (int id = 0; id < FACT_COUNT; id++)
        columns[count++] = fact_names[id];
    for (int id = 0; id < FACT_COUNT; id++)
        if ((FACTS_SEEN_IN_PART >> id & 1u) != 0)
            columns[count++] = seen_name((enum fact_id)id, seen[id]);
    table_header(&e->table, columns, count);
    if (coverages_load(&e->coverages, e->txn, &e->campaign, e->err) != 0)
        return -1;
    return store_roster_scan(e->txn, e->campaign.id, &scan, e->err);
}

static int export_schedule(struct exporting *e, struct winnow *w) {
    struct plan_reader v;
    int result = plan_reader_open(&v, w, e->txn, &e->campaign, e->err);
    if (result != 0)
        return -1;
    table_header(&e->table, schedule_columns, COUNT(schedule_columns));
    for (uint32_t i = 0; i < v.progress.total && result == 0; i++) {
        struct winnow_entry entry;
        result = plan_reader_entry(&v, i, &entry, e->err);
        if (result != 0)
            break;
        table_begin(&e->table);
        table_number(&e->table, "position", (int64_t)entry.position);
        table_text(&e->table, "id", text_of(entry.id));
        if (entry.handle[0] != '\0')
            table_text(&e->table, "handle", text_of(entry.handle));
        else
            table_unknown(&e->table, "handle");
        table_text(&e->table, "reason", text_of(entry.reason));
        table_real(&e->table, "score", entry.score);
        table_text(&e->table, "state", text_of(entry.state));
        table_end(&e->table);
    }
    plan_reader_close(&v);
    return result;
}

static int put_record(void *context, const struct store_journal_record *r) {
    struct exporting *e = context;
    struct table *t = &e->table;
    struct facts f;
    if (store_followee_get(e->txn, e->campaign.id, r->number, STORE_FACTS, &f, e->err) != 0)
        return -1;
    bool intent = r->kind == STORE_JOURNAL_INTENT;
    table_begin(t);
    table_number(t, "sequence", (int64_t)r->sequence);
    table_time(t, "time", r->time_ms);
    table_text(t, "kind", text_of(intent ? "intent" : "outcome"));
    if (intent)
        table_unknown(t, "outcome");
    else
        table_text(t, "outcome", text_of(outcome_name(r->outcome)));
    table_text(t, "id", f.text[FACT_ID]);
    table_number(t, "plan", r->plan);
    table_number(t, "position", (int64_t)r->position + 1);
    table_number(t, "request", r->request);
    table_number(t, "attempts", r->attempts);
    table_flag(t, "exhausted", r->exhausted);
    table_number(t, "http_status", r->http_status);
    table_number(t, "cost_micro", r->cost_micro);
    table_end(t);
    return 0;
}

static int export_journal(struct exporting *e) {
    table_header(&e->table, journal_columns, COUNT(journal_columns));
    return store_journal_each(e->txn, e->campaign.id, 0, put_record, e, e->err);
}

static int export_what(struct exporting *e, struct winnow *w, enum winnow_export_what what) {
    switch (what) {
    case WINNOW_EXPORT_ROSTER:
        return export_roster(e);
    case WINNOW_EXPORT_SCHEDULE:
        return export_schedule(e, w);
    case WINNOW_EXPORT_JOURNAL:
        break;
    }
    return export_journal(e);
}

int winnow_export(struct winnow *w, const char *name, enum winnow_export_what what, bool csv,
                  FILE *out, struct winnow_error *err) {
    struct exporting e = {.table = {.out = out, .csv = csv}, .err = err};
    if (store_read(w->store, &e.txn, err) != 0)
        return -1;
    int result = store_campaign_find(e.txn, name, &e.campaign, err);
    if (result == 0)
        result = export_what(&e, w, what);
    store_abort(e.txn);
    if (result == 0 && (fflush(out) != 0 || ferror(out)))
        return winnow_fail(err, WINNOW_STORAGE, "writing the export: %s", strerror(errno));
    return result;
}
