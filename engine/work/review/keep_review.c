/* keep --from: the marked rows of a review that went through a spreadsheet. Happy path: the file is
 * read to its end, then everybody marked is kept by id, in one write. Rows may have been moved,
 * deleted, or be of another plan: only the id counts.
 *
 * Fails, and changes nothing, when the file cannot be read or has no columns keep and id. A row
 * that cannot be taken is told with its line, and all others are taken. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "formats/base/csv.h"
#include "work/plan/plan_head.h"
#include "work/review/keeping.h"

#define MARKED_MAX   16777216u           /* as many as a plan can have */
#define IDS_MAX      (UINT64_C(2) << 30) /* bytes of their ids */
#define WARNINGS_MAX 100
#define PLAN_DIGITS  12 /* of the digest that a row has */

struct mark {
    uint64_t line;
    size_t id; /* where it begins in `ids` */
};

struct reading {
    const char *file;
    const struct winnow_hooks *hooks;
    struct winnow_keep_review *out;
    struct csv csv;
    struct lines lines;
    size_t columns;     /* of the header */
    int keep, id, plan; /* which column; -1: there is none */
    const char *name;   /* of the campaign */
    struct mark *marks; /* owned; MARKED_MAX at most */
    size_t mark_count, room;
    struct buffer ids; /* each ended by a zero */
    char digest[PLAN_DIGITS + 1];
    char other[PLAN_DIGITS + 1]; /* the first other plan that a row has */
};

__attribute__((format(printf, 3, 4))) static void tell_row(struct reading *r, uint64_t line,
                                                           const char *format, ...) {
    char text[512];
    va_list args;
    if (r->out->not_taken++ >= WARNINGS_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hooks_warn(r->hooks, "%s:%" PRIu64 ": %s", r->file, line, text);
}

/* ---- cells ---- */

static bool is_word(struct text t, const char *word) {
    return t.size == strlen(word) && strncasecmp(t.at, word, t.size) == 0;
}

/* Without what spreadsheets and people put around it: spaces, ="...", an apostrophe. */
static struct text review_bare(struct text cell) {
    cell = csv_unguard(csv_trim(cell));
    if (cell.size > 3 && memcmp(cell.at, "=\"", 2) == 0 && cell.at[cell.size - 1] == '"')
        cell = (struct text){cell.at + 2, cell.size - 3};
    if (cell.size > 1 && cell.at[0] == '\'')
        cell = (struct text){cell.at + 1, cell.size - 1};
    return csv_trim(cell);
}

static struct text without_prefix(struct text cell, const char *prefix) {
    size_t size = strlen(prefix);
    cell = review_bare(cell);
    if (cell.size < size || strncasecmp(cell.at, prefix, size) != 0)
        return cell;
    return csv_trim((struct text){cell.at + size, cell.size - (uint32_t)size});
}

static struct text review_field(const struct reading *r, int column) {
    if (column < 0 || (size_t)column >= r->csv.count)
        return (struct text){"", 0};
    return r->csv.fields[column];
}

/* Whoever wrote something there meant to keep them, unless it says no: a wrong keep costs nothing.
 */
static bool is_mark(struct text cell) {
    static const char *const no[] = {"no", "n", "0", "false", "-"};
    cell = review_bare(cell);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (is_word(cell, no[i]))
            return false;
    return cell.size > 0;
}

/* ---- the header ---- */

static int find_columns(struct reading *r, struct winnow_error *err) {
    r->keep = r->id = r->plan = -1;
    for (size_t i = 0; i < r->csv.count; i++) {
        struct text name = csv_trim(r->csv.fields[i]);
        if (is_word(name, "keep"))
            r->keep = (int)i;
        else if (is_word(name, "id"))
            r->id = (int)i;
        else if (is_word(name, "plan"))
            r->plan = (int)i;
    }
    r->columns = r->csv.count;
    if (r->keep >= 0 && r->id >= 0)
        return 0;
    return winnow_fail(
        err, WINNOW_BAD_INPUT,
        "%s has no column \"%s\" in its first line: `winnow export %s review --format "
        "csv` writes what can be marked and read again",
        r->file, r->keep < 0 ? "keep" : "id", r->name);
}

/* Some programs say the separator in a line of its own. */
static int separator_line(struct reading *r, const char *at, size_t size, char *separator,
                          struct winnow_error *err) {
    struct line line;
    if (size < 5 || strncasecmp(at, "sep=", 4) != 0)
        return 0;
    *separator = at[4];
    return lines_next(&r->lines, &line, err) < 0 ? -1 : 0;
}

static int read_header(struct reading *r, struct winnow_error *err) {
    const char *at;
    size_t size;
    char separator = '\0';
    if (lines_peek(&r->lines, &at, &size, err) != 0)
        return -1;
    char found = csv_header_separator(at, size, '\0');
    if (separator_line(r, at, size, &separator, err) != 0)
        return -1;
    if (separator == '\0' && found != '\0')
        separator = found;
    if (separator == '\0')
        separator = ',';
    if (csv_init(&r->csv, separator, err) != 0)
        return -1;
    int got = csv_next(&r->csv, &r->lines, err);
    if (got < 0)
        return -1;
    if (got == 0 || r->csv.bad)
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s: %s", r->file,
                           got == 0 ? "the file is empty" : r->csv.why);
    return find_columns(r, err);
}

/* ---- rows ---- */

static int add_mark(struct reading *r, struct text id, struct winnow_error *err) {
    if (r->mark_count == r->room) {
        size_t room = r->room == 0 ? 256 : 2 * r->room;
        struct mark *grown = room > MARKED_MAX ? NULL : reallocarray(r->marks, room, sizeof *grown);
        if (grown == NULL)
            return winnow_fail(err, WINNOW_NO_MEMORY, "%s: no memory for so many marks", r->file);
        r->marks = grown;
        r->room = room;
    }
    r->marks[r->mark_count++] = (struct mark){r->csv.line, r->ids.size};
    buffer_add(&r->ids, id.at, id.size);
    buffer_add(&r->ids, "", 1);
    if (r->ids.failed)
        return winnow_fail(err, WINNOW_NO_MEMORY, "%s: no memory for so many marks", r->file);
    return 0;
}

static void note_plan(struct reading *r) {
    struct text plan = without_prefix(review_field(r, r->plan), "plan:");
    if (plan.size == 0 || r->digest[0] == '\0' || is_word(plan, r->digest))
        return;
    if (r->out->other_plan++ == 0)
        text_copy(r->other, sizeof r->other, plan);
}

static bool is_blank(const struct reading *r) {
    for (size_t i = 0; i < r->csv.count; i++)
        if (csv_trim(r->csv.fields[i]).size > 0)
            return false;
    return true;
}

static int take_row(struct reading *r, struct winnow_error *err) {
    if (!r->csv.bad && is_blank(r))
        return 0;
    r->out->rows++;
    if (r->csv.bad || r->csv.count > r->columns) {
        tell_row(r, r->csv.line, "this row cannot be read, so nobody is kept by it: %s",
                 r->csv.bad ? r->csv.why : "it has more columns than the first line");
        return 0;
    }
    note_plan(r);
    struct text id = without_prefix(review_field(r, r->id), "id:");
    bool whole = id.size > 0 && id.size <= FACT_ID_MAX && memchr(id.at, '\0', id.size) == NULL;
    if (!is_mark(review_field(r, r->keep)))
        return 0;
    r->out->marked++;
    if (whole)
        return add_mark(r, id, err);
    tell_row(r, r->csv.line,
             "it is marked, but its id is %s, so nobody is kept by it: find them by "
             "the link and say `winnow keep %s WHO`",
             id.size == 0 ? "empty" : "no id", r->name);
    return 0;
}

static int review_read_rows(struct reading *r, struct winnow_error *err) {
    int got;
    while ((got = csv_next(&r->csv, &r->lines, err)) > 0)
        if (take_row(r, err) != 0)
            return -1;
    return got;
}

static int review_read_file(struct reading *r, struct winnow_error *err) {
    static const struct roster_sink nobody = {0};
    bool standard = strcmp(r->file, "-") == 0;
    int fd = standard ? dup(STDIN_FILENO) : open(r->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s: %s", r->file, strerror(errno));
    if (standard)
        r->file = "standard input";
    int result = lines_open(&r->lines, fd, &nobody, err);
    if (result == 0) {
        result = read_header(r, err) != 0 ? -1 : review_read_rows(r, err);
        lines_close(&r->lines);
        csv_free(&r->csv);
    }
    close(fd);
    return result;
}

/* ---- keeping them ---- */

static int keep_mark(struct keeping *k, struct reading *r, const struct mark *m,
                     struct winnow_error *err) {
    const char *id = r->ids.at + m->id;
    uint32_t number;
    int found = store_followee_find(k->txn, k->campaign.id, id, strlen(id), &number, err);
    if (found < 0)
        return -1;
    if (found == 1)
        return keeping_number(k, number, err);
    bool rounded = strpbrk(id, ".eE+") != NULL && strspn(id, "0123456789.,eE+") == strlen(id);
    tell_row(r, m->line,
             "%s%.128s%s, so nobody is kept by this row: find them by the link and say "
             "`winnow keep %s WHO`",
             rounded ? "a spreadsheet has rounded the id to " : "the id ", id,
             rounded ? "" : " is not in the roster", k->campaign.name);
    return 0;
}

static int plan_of(struct winnow *w, struct reading *r, struct winnow_error *err) {
    struct store_txn *t;
    struct store_campaign c;
    struct plan_head head;
    if (store_read(w->store, &t, err) != 0)
        return -1;
    int result = store_campaign_find(t, r->name, &c, err);
    if (result == 0 && c.plans > 0) {
        result = plan_head_get(t, &c, c.plans, &head, err);
        if (result == 0) {
            memcpy(r->digest, head.plan.digest, PLAN_DIGITS);
            plan_head_free(&head);
        }
    }
    store_abort(t);
    return result;
}

static int keep_marks(struct winnow *w, struct reading *r, unsigned how, struct winnow_error *err) {
    struct keeping k;
    int result = 0;
    if (keeping_begin(&k, w, r->name, how, &r->out->kept, err) != 0)
        return -1;
    for (size_t i = 0; i < r->mark_count && result == 0; i++)
        result = keep_mark(&k, r, &r->marks[i], err);
    return keeping_end(&k, result, err);
}

int winnow_keep_review(struct winnow *w, const char *name, const char *file, unsigned how,
                       const struct winnow_hooks *hooks, struct winnow_keep_review *out,
                       struct winnow_error *err) {
    struct reading r = {.file = file, .hooks = hooks, .out = out, .name = name};
    *out = (struct winnow_keep_review){0};
    buffer_init(&r.ids, IDS_MAX);
    int result = plan_of(w, &r, err) != 0 || review_read_file(&r, err) != 0
                     ? -1
                     : keep_marks(w, &r, how, err);
    if (result == 0 && out->other_plan > 0)
        hooks_warn(hooks,
                   "%s: %" PRIu64 " of its %" PRIu64 " rows are of another plan (%s) than the "
                   "present one (%s): they were taken by their ids all the same",
                   r.file, out->other_plan, out->rows, r.other, r.digest);
    if (result == 0 && out->not_taken > WARNINGS_MAX)
        hooks_warn(hooks, "%s: and %" PRIu64 " rows more that were not taken", r.file,
                   out->not_taken - WARNINGS_MAX);
    buffer_free(&r.ids);
    free(r.marks);
    return result;
}
