/* libarchive, loaded when the first zip file is opened and not before: it brings some fifteen
 * libraries with it, which no other command should pay for. Its calls are reached through this
 * table, and through nothing else; only its readers of zip and of gzipped tar are among them. */
#ifndef FORMATS_PACK_ARCHIVE_CALLS_H
#define FORMATS_PACK_ARCHIVE_CALLS_H

#include <archive.h>
#include <archive_entry.h>
#include <winnow/error.h>

/* every call that is used, without its prefix */
#define ARCHIVE_CALLS(X)                                                                           \
    X(read_new)                                                                                    \
    X(read_free)                                                                                   \
    X(read_support_format_zip_seekable)                                                            \
    X(read_support_format_tar)                                                                     \
    X(read_support_filter_gzip)                                                                    \
    X(read_open_fd)                                                                                \
    X(read_next_header)                                                                            \
    X(read_data)                                                                                   \
    X(error_string)                                                                                \
    X(format_name)                                                                                 \
    X(filter_bytes)                                                                                \
    X(entry_pathname_utf8)                                                                         \
    X(entry_is_encrypted)                                                                          \
    X(entry_filetype)                                                                              \
    X(entry_size)                                                                                  \
    X(entry_mtime)

struct archive_calls {
#define X(name) __typeof__(archive_##name) *name;
    ARCHIVE_CALLS(X)
#undef X
};

/* Fails with WINNOW_FAILED when it is not installed or lacks a call. It stays loaded. */
int archive_calls_load(struct archive_calls *calls, struct winnow_error *err);

#endif
