/* Reading a roster file on a thread of its own, so that parsing and storing each have a core. The
 * thread knows nothing but the file: what it reads comes over in blocks, in order, and every
 * callback of the sink is made on the caller's thread. */
#ifndef WORKER_IMPORT_READER_H
#define WORKER_IMPORT_READER_H

#include "roster/reader.h"

/* Told of a followee some places before the sink gets it. */
typedef void import_coming(void *context, const struct facts *facts);

/* As roster_read (roster/reader.h), with the same result. `coming` has the sink's context. */
int import_read(int fd, enum roster_format format, const struct roster_sink *sink,
                import_coming *coming, struct roster_counts *counts, struct winnow_error *err);

#endif
