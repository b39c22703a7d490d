/* export: roster, schedule, journal or a review, as CSV or JSONL, in one read so that it is one
 * moment. Happy path: rows to the stream. Fails as the store and the stream do. An exported roster
 * can be imported again, and a review be given to keep. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "work/campaign/table.h"
#include "work/review/review.h"

struct exporting {
    struct winnow *w;
    const struct winnow_export_options *options;
    struct winnow_filter filter; /* the options', or everybody */
    struct winnow_filter_result *told;
    struct store_txn *txn;
    struct store_campaign campaign;
    struct coverages coverages;
    struct table table;
    char plan[13]; /* the beginning of the plan's digest */
    struct winnow_error *err;
};

static const char *const journal_columns[] = {"sequence", "time",      "kind",        "outcome",
                                              "id",       "plan",      "position",    "request",
                                              "attempts", "exhausted", "http_status", "cost_micro"};
static const char *const schedule_columns[] = {"position", "id",    "handle", "reason",
                                               "score",    "state", "link"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SEEN_NAME_SIZE 40

static const char *seen_name(enum fact_id id, char name[SEEN_NAME_SIZE]) {
    snprintf(name, SEEN_NAME_SIZE, "%s" FACT_SEEN_SUFFIX, fact_names[id]);
    return name;
}

static struct text export_text_of(const char *string) {
    return (struct text){string, (uint32_t)strlen(string)};
}

static void put_value(struct table *t, const struct facts *f, enum fact_id id, const char *name) {
    switch (fact_types[id]) {
    case FACT_TEXT:
        (id == FACT_LISTS ? table_names : table_text)(t, name, facts_text(f, id));
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

/* ---- the roster ---- */

/* The counts are what the datasets show together; those that were seen in part go by another name.
 */
static int put_followee(void *context, const struct picked *one, struct winnow_error *err) {
    struct exporting *e = context;
    (void)err;
    table_begin(&e->table);
    for (int id = 0; id < FACT_COUNT; id++)
        put_fact(&e->table, one->facts, (enum fact_id)id);
    for (int id = 0; id < FACT_COUNT; id++)
        if ((FACTS_SEEN_IN_PART >> id & 1u) != 0)
            put_seen(&e->table, one->facts, (enum fact_id)id);
    table_end(&e->table);
    return 0;
}

static int export_roster(struct exporting *e) {
    char seen[FACT_COUNT][SEEN_NAME_SIZE];
    const char *columns[2 * FACT_COUNT];
    size_t count = 0;
    for (int id = 0; id < FACT_COUNT; id++)
        columns[count++] = fact_names[id];
    for (int id = 0; id < FACT_COUNT; id++)
        if ((FACTS_SEEN_IN_PART >> id & 1u) != 0)
            columns[count++] = seen_name((enum fact_id)id, seen[id]);
    if (coverages_load(&e->coverages, e->txn, &e->campaign, e->err) != 0)
        return -1;
    const struct pick_source from = {
        .txn = e->txn,
        .campaign = &e->campaign,
        .coverages = &e->coverages,
        .now_ms = winnow_now_ms(),
    };
    table_header(&e->table, columns, count);
    return pick_each(&from, &e->filter, put_followee, e, e->told, e->err);
}

/* ---- the schedule ---- */

static int put_entry(void *context, const struct winnow_row *row) {
    struct exporting *e = context;
    const struct winnow_entry *entry = &row->entry;
    table_begin(&e->table);
    table_number(&e->table, "position", (int64_t)entry->position);
    table_text(&e->table, "id", export_text_of(entry->id));
    if (entry->handle[0] != '\0')
        table_text(&e->table, "handle", export_text_of(entry->handle));
    else
        table_unknown(&e->table, "handle");
    table_text(&e->table, "reason", export_text_of(entry->reason));
    table_real(&e->table, "score", entry->score);
    table_text(&e->table, "state", export_text_of(winnow_entry_state_name(entry->state)));
    table_text(&e->table, "link", export_text_of(row->link));
    table_end(&e->table);
    return 0;
}

/* ---- a review ---- */

static const char *const review_begin[] = {"position", "link", "handle", "name", "reason"};
static const char *const review_end[] = {"keep", "id", "plan"};
static const char *const review_usual[] = {
    "posts_per_day", "last_post_at", "follows_me", "talked_to", "heard_from", "followers", "lists"};

/* An id as digits alone would be rounded by a spreadsheet, and a digest may look like a number. */
static void put_safe(struct table *t, const char *name, const char *value) {
    char safe[WINNOW_ID_MAX + 16];
    int n = snprintf(safe, sizeof safe, "%s:%s", name, value);
    table_text(t, name, (struct text){safe, n < 0 ? 0 : (uint32_t)n});
}

static int put_review(void *context, const struct winnow_row *row) {
    struct exporting *e = context;
    const struct winnow_entry *entry = &row->entry;
    struct table *t = &e->table;
    table_begin(t);
    if (entry->position != 0)
        table_number(t, "position", (int64_t)entry->position);
    else
        table_unknown(t, "position");
    table_text(t, "link", export_text_of(row->link));
    table_text(t, "handle", export_text_of(entry->handle));
    table_text(t, "name", export_text_of(row->name));
    table_text(t, "reason", export_text_of(entry->reason));
    for (size_t i = 0; i < e->options->column_count; i++)
        table_text(t, e->options->columns[i], export_text_of(row->values[i]));
    table_text(t, "keep", export_text_of(""));
    put_safe(t, "id", entry->id);
    put_safe(t, "plan", e->plan);
    table_end(t);
    return 0;
}

static void review_header(struct exporting *e) {
    const char *names[COUNT(review_begin) + WINNOW_COLUMNS_MAX + COUNT(review_end)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT(review_begin); i++)
        names[count++] = review_begin[i];
    for (size_t i = 0; i < e->options->column_count && i < WINNOW_COLUMNS_MAX; i++)
        names[count++] = e->options->columns[i];
    for (size_t i = 0; i < COUNT(review_end); i++)
        names[count++] = review_end[i];
    table_header(&e->table, names, count);
}

/* ---- both ---- */

static int export_plan(struct exporting *e) {
    bool review = e->options->what == WINNOW_EXPORT_REVIEW;
    struct plan_reader v;
    const struct review_terms terms = {
        .filter = &e->filter,
        .columns = review ? e->options->columns : NULL,
        .column_count = review ? e->options->column_count : 0,
        .each = review ? put_review : put_entry,
        .context = e,
    };
    if (plan_reader_open(&v, e->w, e->txn, &e->campaign, e->err) != 0)
        return -1;
    snprintf(e->plan, sizeof e->plan, "%.*s", (int)sizeof e->plan - 1, v.head.plan.digest);
    if (review)
        review_header(e);
    else
        table_header(&e->table, schedule_columns, COUNT(schedule_columns));
    int result = review_rows(&v, &terms, e->told, e->err);
    plan_reader_close(&v);
    return result;
}

/* ---- the journal ---- */

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
    table_text(t, "kind", export_text_of(intent ? "intent" : "outcome"));
    table_text(t, "action", export_text_of(action_name(r->action)));
    if (intent)
        table_unknown(t, "outcome");
    else
        table_text(t, "outcome", export_text_of(outcome_name(r->action, r->outcome)));
    table_text(t, "id", facts_text(&f, FACT_ID));
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

/* ---- the whole ---- */

static int export_what(struct exporting *e) {
    switch (e->options->what) {
    case WINNOW_EXPORT_ROSTER:
        return export_roster(e);
    case WINNOW_EXPORT_SCHEDULE:
    case WINNOW_EXPORT_REVIEW:
        return export_plan(e);
    case WINNOW_EXPORT_JOURNAL:
        break;
    }
    return export_journal(e);
}

/* Each part has its side: whoever asks for another would get what it is not. */
static int check_side(const struct winnow_export_options *o, struct winnow_error *err) {
    enum winnow_side side = o->filter == NULL ? WINNOW_SIDE_SCHEDULE : o->filter->side;
    if (o->filter == NULL || o->what == WINNOW_EXPORT_REVIEW)
        return 0;
    if (o->what == WINNOW_EXPORT_JOURNAL)
        return winnow_fail(err, WINNOW_USAGE,
                           "the journal is exported whole: leave the filter out");
    if (o->what == WINNOW_EXPORT_SCHEDULE && side != WINNOW_SIDE_SCHEDULE)
        return winnow_fail(err, WINNOW_USAGE,
                           "a schedule has only who goes: export a review of the others");
    if (o->what == WINNOW_EXPORT_ROSTER && side != WINNOW_SIDE_ROSTER)
        return winnow_fail(err, WINNOW_USAGE,
                           "a roster has everybody, whatever the plan says: export a review of "
                           "who is kept or undecided");
    return 0;
}

static int export_some(struct exporting *e, const char *name) {
    if (check_side(e->options, e->err) != 0 || store_read(e->w->store, &e->txn, e->err) != 0)
        return -1;
    int result = store_campaign_find(e->txn, name, &e->campaign, e->err);
    if (result == 0)
        result = export_what(e);
    store_abort(e->txn);
    return result;
}

int winnow_export_some(struct winnow *w, const char *name,
                       const struct winnow_export_options *options, FILE *out,
                       struct winnow_filter_result *told, struct winnow_error *err) {
    struct winnow_export_options o = *options;
    if (o.columns == NULL) {
        o.columns = review_usual;
        o.column_count = COUNT(review_usual);
    }
    struct exporting e = {
        .w = w,
        .options = &o,
        .told = told,
        .table = {.out = out, .csv = o.csv},
        .err = err,
    };
    *told = (struct winnow_filter_result){0};
    if (o.filter != NULL)
        e.filter = *o.filter;
    else
        e.filter.side = o.what == WINNOW_EXPORT_ROSTER ? WINNOW_SIDE_ROSTER : WINNOW_SIDE_SCHEDULE;
    int result = export_some(&e, name);
    if (result == 0 && (fflush(out) != 0 || ferror(out)))
        return winnow_fail(err, WINNOW_STORAGE, "writing the export: %s", strerror(errno));
    return result;
}

int winnow_export(struct winnow *w, const char *name, enum winnow_export_what what, bool csv,
                  FILE *out, struct winnow_error *err) {
    const struct winnow_export_options options = {.what = what, .csv = csv};
    struct winnow_filter_result told;
    return winnow_export_some(w, name, &options, out, &told, err);
}
