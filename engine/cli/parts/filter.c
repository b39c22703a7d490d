/* Options that say whom one looks at: see filter.h. Failure: two sides at once, an empty column,
 * more columns than there can be. What the library alone knows (conditions, names) it checks
 * itself. */
#include "cli/parts/filter.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/format.h"

bool filter_is_given(const struct filter_options *o) {
    return o->where != NULL || o->sort != NULL || o->sample != 0 || o->kept || o->undecided;
}

int filter_take(const struct filter_options *o, struct winnow_filter *out,
                struct winnow_error *err) {
    if (o->kept && o->undecided)
        return winnow_fail(err, WINNOW_USAGE,
                           "--kept and --undecided are two sides: ask for one, then the other");
    *out = (struct winnow_filter){
        .side = o->kept        ? WINNOW_SIDE_KEPT
                : o->undecided ? WINNOW_SIDE_UNDECIDED
                               : WINNOW_SIDE_SCHEDULE,
        .where = o->where,
        .sample = o->sample,
        .seed = o->seed,
        .sort = o->sort,
    };
    return 0;
}

int columns_take(const char *option, struct column_list *out, struct winnow_error *err) {
    *out = (struct column_list){0};
    if (option == NULL)
        return 0;
    out->text = strdup(option);
    if (out->text == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    for (char *at = out->text; at != NULL;) {
        char *name = strsep(&at, ",");
        if (*name == '\0')
            return winnow_fail(err, WINNOW_USAGE,
                               "--columns: a name is missing; write them as handle,posts,reason");
        if (out->count == WINNOW_COLUMNS_MAX)
            return winnow_fail(err, WINNOW_USAGE, "--columns: more than %d; leave some out",
                               WINNOW_COLUMNS_MAX);
        out->names[out->count++] = name;
    }
    return 0;
}

void columns_free(struct column_list *c) {
    free(c->text);
    *c = (struct column_list){0};
}

void filter_tell(struct cli *cli, const struct winnow_filter_result *told) {
    if (told->unknown > 0)
        cli_say(cli, "of %s more it cannot be said whether that is true of them; not known: %s",
                format_count(told->unknown).text, told->missing);
}
