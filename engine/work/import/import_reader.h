/* Reading a roster file on a thread of its own, so that parsing and storing each have a core. The
 * thread knows nothing but the file: what it reads comes over in blocks, in order, and every
 * callback of the sink is made on the caller's thread, but for `admit`, which is pure. */
#ifndef WORK_IMPORT_IMPORT_READER_H
#define WORK_IMPORT_IMPORT_READER_H

#include "formats/lists/reader.h"

/* Told of a followee some places before the sink gets it. */
typedef void import_coming(void *context, const struct facts *facts);

/* What is read, and how: roster_read or x_archive_read with what they want to know. */
struct import_source {
    void *context;
    int (*read)(void *context, const struct roster_sink *sink, struct roster_counts *counts,
                struct winnow_error *err);
};

/* As source.read, with the same result. `coming` has the sink's context. */
int import_read(struct import_source source, const struct roster_sink *sink, import_coming *coming,
                struct roster_counts *counts, struct winnow_error *err);

#endif
