/* Rows for export: see table.h. Happy path: header, rows. Fails only as the stream does, which the
 * caller asks with ferror. */
#include "work/campaign/table.h"

#include "core/base/text_time.h"
#include "formats/base/csv.h"

#include <inttypes.h>
#include <string.h>

void table_header(struct table *t, const char *const *names, size_t count) {
    if (!t->csv)
        return;
    for (size_t i = 0; i < count; i++)
        fprintf(t->out, "%s%s", i == 0 ? "" : ",", names[i]);
    fputs("\r\n", t->out);
}

void table_begin(struct table *t) {
    t->fields = 0;
    if (!t->csv)
        fputc('{', t->out);
}

void table_end(struct table *t) {
    fputs(t->csv ? "\r\n" : "}\n", t->out);
}

static void table_field(struct table *t, const char *name) {
    if (t->fields++ > 0)
        fputc(',', t->out);
    if (!t->csv)
        fprintf(t->out, "\"%s\":", name);
}

void table_unknown(struct table *t, const char *name) {
    if (t->csv)
        table_field(t, name);
}

/* What a spreadsheet would take for a formula gets an apostrophe, which import takes off. */
static void csv_open(FILE *out, struct text v) {
    fputs(csv_is_guarded(v) ? "\"'" : "\"", out);
}

static void csv_text(FILE *out, struct text v) {
    csv_open(out, v);
    for (uint32_t i = 0; i < v.size; i++) {
        if (v.at[i] == '"')
            fputc('"', out);
        fputc(v.at[i], out);
    }
    fputc('"', out);
}

static void json_text(FILE *out, struct text v) {
    fputc('"', out);
    for (uint32_t i = 0; i < v.size; i++) {
        unsigned char c = (unsigned char)v.at[i];
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

void table_text(struct table *t, const char *name, struct text value) {
    table_field(t, name);
    (t->csv ? csv_text : json_text)(t->out, value);
}

void table_number(struct table *t, const char *name, int64_t value) {
    table_field(t, name);
    fprintf(t->out, "%" PRId64, value);
}

void table_real(struct table *t, const char *name, double value) {
    table_field(t, name);
    fprintf(t->out, "%.6g", value);
}

void table_flag(struct table *t, const char *name, bool value) {
    table_field(t, name);
    fputs(value ? "true" : "false", t->out);
}

void table_time(struct table *t, const char *name, int64_t time_ms) {
    char text[TEXT_TIME_SIZE];
    text_time_write(time_ms, text);
    table_field(t, name);
    fprintf(t->out, t->csv ? "%s" : "\"%s\"", text);
}

/* In CSV all names are one quoted field. */
void table_names(struct table *t, const char *name, struct text lines) {
    const char *at = lines.at;
    const char *end = at + lines.size;
    table_field(t, name);
    if (t->csv)
        csv_open(t->out, lines);
    else
        fputc('[', t->out);
    for (bool first = true; at < end; first = false) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct text one = {at, (uint32_t)((stop != NULL ? stop : end) - at)};
        if (!first)
            fputc(t->csv ? ';' : ',', t->out);
        if (!t->csv)
            json_text(t->out, one);
        for (uint32_t i = 0; t->csv && i < one.size; i++) {
            if (one.at[i] == ';' || one.at[i] == '\\')
                fputc('\\', t->out);
            fprintf(t->out, one.at[i] == '"' ? "\"\"" : "%c", one.at[i]);
        }
        at += one.size + 1;
    }
    fputc(t->csv ? '"' : ']', t->out);
}
