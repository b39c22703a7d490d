/* Which platform gives which set: see fetch_help.h. Happy path: the sources of all platforms, a
 * line for each set and way of reading it. Cannot fail; what is more than LINES_MAX is left out. */
#include "cli/views/fetch_help.h"

#include <stdarg.h>
#include <string.h>
#include <winnow/winnow.h>

#define LINES_MAX 64
#define WHO_MAX   160

struct line {
    const char *set, *how;
    char who[WHO_MAX]; /* "X (0.010 USD a row), GitHub" */
};

struct lines {
    struct line all[LINES_MAX];
    size_t count;
};

static struct line *line_of(struct lines *l, const struct winnow_source *s) {
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->all[i].set, s->set) == 0 && strcmp(l->all[i].how, s->how) == 0)
            return &l->all[i];
    if (l->count == LINES_MAX)
        return NULL;
    l->all[l->count] = (struct line){.set = s->set, .how = s->how};
    return &l->all[l->count++];
}

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...) {
    size_t used = strlen(line->who);
    va_list args;
    va_start(args, format);
    vsnprintf(line->who + used, sizeof line->who - used, format, args);
    va_end(args);
}

static void take(void *context, const struct winnow_source *s) {
    if (s->how == NULL)
        return;
    struct line *line = line_of(context, s);
    if (line == NULL)
        return;
    add(line, "%s%s", line->who[0] == '\0' ? "" : ", ", s->title);
    if (s->price_micro > 0)
        add(line, " (%lld.%03lld %s a row)", (long long)s->price_micro / 1000000,
            (long long)s->price_micro / 1000 % 1000, s->currency);
}

void fetch_help(struct output *out) {
    struct lines lines = {.count = 0};
    const char *set = "";
    winnow_sources(take, &lines);
    fputs("\nSets, and who gives them:\n", out->file);
    for (size_t i = 0; i < lines.count; i++) {
        const struct line *line = &lines.all[i];
        out_line(out, "  %-10s %s: %s", strcmp(set, line->set) == 0 ? "" : line->set, line->how,
                 line->who);
        set = line->set;
    }
}
