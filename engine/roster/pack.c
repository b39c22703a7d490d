/* An archive as people have it: see pack.h.
 *
 * Happy path: a zip's directory, which stands at its end, is gone through once, and all names are
 * looked at; for each entry that is wanted the zip is opened again and its directory gone through
 * up to there, since libarchive goes forward only. Of libarchive nothing is used but the zip
 * reader, with entries that are stored or deflated. Failures: libarchive's own words are passed on;
 * a checksum that is wrong is one of them. */
#include "roster/pack.h"

#include "roster/archive_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE 262144u /* of the zip at a time */
#define MANIFEST  "data/manifest.js"
#define WITHIN    "manifest.js" /* as seen from the folder data */
#define DATA      "data/"

struct pack {
    struct pack_limits limits;
    int fd; /* of the zip, or of the folder; owned */
    bool is_folder;
    uint64_t file_bytes;        /* of the zip */
    char prefix[PACK_NAME_MAX]; /* in front of every name */
    bool bare;                  /* no manifest */
    bool within_data;           /* it is the folder data itself, or was packed from within */
    struct archive_calls calls; /* of a zip */
    struct archive *zip;        /* at an entry; owned */
    int entry_fd;               /* of a folder; -1: none */
    int64_t changed_ms;
    uint64_t entry_read, all_read;
    bool bomb;
};

bool pack_is(const char *path) {
    struct stat file;
    char head[4] = {0};
    if (stat(path, &file) != 0)
        return false;
    if (S_ISDIR(file.st_mode))
        return true;
    if (!S_ISREG(file.st_mode))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (fd >= 0)
        close(fd);
    return got == sizeof head &&
           (memcmp(head, "PK\x03\x04", 4) == 0 || memcmp(head, "PK\x05\x06", 4) == 0);
}

bool pack_name_is_safe(const char *name) {
    if (name[0] == '\0' || name[0] == '/' || strlen(name) >= PACK_NAME_MAX ||
        strchr(name, '\\') != NULL || (name[1] == ':' && name[0] != '.'))
        return false;
    for (const char *at = name; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == '\0'))
            return false;
    }
    return true;
}

int64_t pack_changed_ms(const struct pack *p) {
    return p->changed_ms;
}

bool pack_has_manifest(const struct pack *p) {
    return !p->bare;
}

bool pack_is_bomb(const struct pack *p) {
    return p->bomb;
}

/* ---- a zip ---- */

static int fail_zip(struct pack *p, const char *what, struct winnow_error *err) {
    const char *words = p->zip != NULL ? p->calls.error_string(p->zip) : NULL;
    return winnow_fail(err, WINNOW_BAD_INPUT, "The zip file %s (%s); get the archive again.", what,
                       words != NULL ? words : "no reason is given");
}

static void leave_entry(struct pack *p) {
    if (p->zip != NULL)
        (void)p->calls.read_free(p->zip);
    p->zip = NULL;
    if (p->entry_fd >= 0)
        close(p->entry_fd);
    p->entry_fd = -1;
    p->entry_read = 0;
    p->changed_ms = 0;
}

static int zip_begin(struct pack *p, struct winnow_error *err) {
    leave_entry(p);
    p->zip = p->calls.read_new();
    if (p->zip == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a zip file.");
    if (lseek(p->fd, 0, SEEK_SET) != 0 ||
        p->calls.read_support_format_zip_seekable(p->zip) != ARCHIVE_OK ||
        p->calls.read_open_fd(p->zip, p->fd, READ_SIZE) != ARCHIVE_OK)
        return fail_zip(p, "cannot be read", err);
    return 0;
}

/* 1: at the next entry, whose name is *name, NULL when it cannot be told; 0: the end. */
static int zip_next(struct pack *p, struct archive_entry **entry, const char **name,
                    struct winnow_error *err) {
    int code = p->calls.read_next_header(p->zip, entry);
    if (code == ARCHIVE_EOF)
        return 0;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
        return fail_zip(p, "cannot be read", err);
    *name = p->calls.entry_pathname_utf8(*entry);
    return 1;
}

/* Does `name` end with `tail`, at the start or behind a slash? Its size without the tail, or -1. */
static ptrdiff_t front_of(const char *name, const char *tail) {
    size_t size = strlen(name);
    size_t tail_size = strlen(tail);
    if (size < tail_size || memcmp(name + size - tail_size, tail, tail_size) != 0 ||
        (size > tail_size && name[size - tail_size - 1] != '/'))
        return -1;
    return (ptrdiff_t)(size - tail_size);
}

/* Is it the manifest, and where does it say that all else lies? */
static bool look_at_name(struct pack *p, const char *name) {
    ptrdiff_t front = front_of(name, MANIFEST);
    p->within_data = front < 0 && strcmp(name, WITHIN) == 0;
    if (front < 0 && !p->within_data)
        return false;
    if (front > 0)
        memcpy(p->prefix, name, (size_t)front);
    p->prefix[front > 0 ? front : 0] = '\0';
    return true;
}

/* By which an archive without a manifest is known. */
static const char *const marks[] = {"account.js", "following.js", "follower.js", "tweets.js",
                                    "tweet.js"};
#define MARKS (sizeof marks / sizeof marks[0])

/* Where the lists lie when there is no manifest: where the first of them does, above others'. */
static void look_for_mark(struct pack *p, const char *name, char where[PACK_NAME_MAX]) {
    for (size_t i = 0; i < MARKS; i++) {
        ptrdiff_t front = front_of(name, marks[i]);
        if (front < 0 || (p->bare && (size_t)front >= strlen(where)))
            continue;
        memcpy(where, name, (size_t)front);
        where[front] = '\0';
        p->bare = true;
    }
}

static int no_archive(const struct pack *p, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "There is no data/manifest.js in the %s, and none of the lists of X's, such "
                       "as following.js: it is no archive of X",
                       p->is_folder ? "folder" : "zip file");
}

static int zip_look(struct pack *p, struct winnow_error *err) {
    struct archive_entry *entry;
    const char *name;
    char where[PACK_NAME_MAX] = "";
    uint32_t manifests = 0;
    uint32_t entries = 0;
    int more = zip_begin(p, err);
    while (more == 0 && (more = zip_next(p, &entry, &name, err)) == 1) {
        more = 0;
        if (++entries > p->limits.entries)
            return winnow_fail(err, WINNOW_BAD_INPUT, "The zip file has more than %u entries.",
                               p->limits.entries);
        if (name != NULL && !pack_name_is_safe(name))
            return winnow_fail(err, WINNOW_BAD_INPUT,
                               "The zip file has an entry whose name leads out of it, as no "
                               "archive of X has; nothing of it is read.");
        if (p->calls.entry_is_encrypted(entry) != 0)
            return winnow_fail(err, WINNOW_BAD_INPUT,
                               "The zip file is encrypted: unpack it and import the folder.");
        if (name != NULL && manifests < 2 && (front_of(name, MANIFEST) >= 0 || manifests == 0))
            manifests += look_at_name(p, name);
        if (name != NULL)
            look_for_mark(p, name, where);
    }
    if (more < 0)
        return -1;
    if (manifests > 1)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "There is more than one data/manifest.js in the zip file: pack one "
                           "archive alone");
    if (manifests == 0 && !p->bare)
        return no_archive(p, err);
    p->bare = manifests == 0;
    if (p->bare) {
        memcpy(p->prefix, where, sizeof where);
        p->within_data = true;
    }
    return 0;
}

static int zip_enter(struct pack *p, struct archive_entry *entry, const char *name,
                     struct winnow_error *err) {
    const char *format = p->calls.format_name(p->zip);
    if (p->calls.entry_filetype(entry) != AE_IFREG)
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s in the zip file is no plain file.", name);
    if (format == NULL ||
        (strstr(format, "(deflation)") == NULL && strstr(format, "(uncompressed)") == NULL))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "%s is packed in a way that no archive of X is (%s).", name,
                           format != NULL ? format : "not known");
    p->changed_ms = (int64_t)p->calls.entry_mtime(entry) * 1000; /* 0 when not set */
    return 1;
}

static int zip_find(struct pack *p, const char *full, struct winnow_error *err) {
    struct archive_entry *entry;
    const char *name;
    int more = zip_begin(p, err);
    if (more != 0)
        return -1;
    while ((more = zip_next(p, &entry, &name, err)) == 1)
        if (name != NULL && strcmp(name, full) == 0)
            return zip_enter(p, entry, name, err);
    leave_entry(p);
    return more;
}

/* ---- a folder ---- */

static int folder_look(struct pack *p, struct winnow_error *err) {
    struct stat file;
    char name[64];
    for (int within = 0; within < 2; within++) {
        p->within_data = within == 1;
        if (fstatat(p->fd, within == 1 ? WITHIN : MANIFEST, &file, 0) == 0)
            return 0;
    }
    p->bare = true;
    for (int within = 0; within < 2; within++) {
        p->within_data = within == 1;
        for (size_t i = 0; i < MARKS; i++) {
            (void)snprintf(name, sizeof name, "%s%s", within == 1 ? "" : DATA, marks[i]);
            if (fstatat(p->fd, name, &file, 0) == 0)
                return 0;
        }
    }
    return no_archive(p, err);
}

static int folder_find(struct pack *p, const char *name, struct winnow_error *err) {
    struct stat file;
    leave_entry(p);
    /* not blocking, since a name can be a pipe's that nobody writes to */
    p->entry_fd = openat(p->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (p->entry_fd < 0 && errno == ENOENT)
        return 0;
    if (p->entry_fd < 0 || fstat(p->entry_fd, &file) != 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s cannot be read: %s.", name, strerror(errno));
    if (!S_ISREG(file.st_mode))
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s is no plain file.", name);
    p->changed_ms = (int64_t)file.st_mtim.tv_sec * 1000;
    return 1;
}

static int folder_read(struct pack *p, char *to, size_t size, size_t *got,
                       struct winnow_error *err) {
    ssize_t some;
    do
        some = read(p->entry_fd, to, size);
    while (some < 0 && errno == EINTR);
    if (some < 0)
        return winnow_fail(err, WINNOW_STORAGE, "The file cannot be read: %s.", strerror(errno));
    *got = (size_t)some;
    return 0;
}

/* ---- both ---- */

static int look(struct pack *p, const char *path, struct winnow_error *err) {
    struct stat file;
    p->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (p->fd < 0 || fstat(p->fd, &file) != 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "It cannot be read: %s.", strerror(errno));
    p->is_folder = S_ISDIR(file.st_mode);
    p->file_bytes = (uint64_t)file.st_size;
    if (p->is_folder)
        return folder_look(p, err);
    return archive_calls_load(&p->calls, err) == 0 ? zip_look(p, err) : -1;
}

int pack_open(const char *path, struct pack_limits limits, struct pack **out,
              struct winnow_error *err) {
    struct pack *p = calloc(1, sizeof *p);
    *out = p;
    if (p == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading an archive.");
    p->limits = limits;
    p->fd = p->entry_fd = -1;
    if (look(p, path, err) == 0)
        return 0;
    pack_close(p);
    *out = NULL;
    return -1;
}

void pack_close(struct pack *p) {
    if (p == NULL)
        return;
    leave_entry(p);
    if (p->fd >= 0)
        close(p->fd);
    free(p);
}

int pack_find(struct pack *p, const char *name, struct winnow_error *err) {
    char full[2 * PACK_NAME_MAX];
    if (!pack_name_is_safe(name))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "A name leads out of the archive, as none of X's does.");
    if (p->within_data && strncmp(name, DATA, sizeof DATA - 1) == 0)
        name += sizeof DATA - 1;
    size_t front = strlen(p->prefix);
    memcpy(full, p->prefix, front);
    memcpy(full + front, name, strlen(name) + 1);
    return p->is_folder ? folder_find(p, full, err) : zip_find(p, full, err);
}

static int count(struct pack *p, size_t size, struct winnow_error *err) {
    p->entry_read += size;
    p->all_read += size;
    if (p->entry_read > p->limits.entry_bytes) {
        p->bomb = true;
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "A file of the archive has more than %llu bytes: that is no archive of "
                           "X.",
                           (unsigned long long)p->limits.entry_bytes);
    }
    if (!p->is_folder && p->all_read / p->limits.ratio > p->file_bytes) {
        p->bomb = true;
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The zip file unpacks to more than %llu times its size: that is no "
                           "archive of X.",
                           (unsigned long long)p->limits.ratio);
    }
    return 0;
}

int pack_read(void *pack, char *to, size_t size, size_t *got, struct winnow_error *err) {
    struct pack *p = pack;
    if (p->is_folder)
        return folder_read(p, to, size, got, err) == 0 ? count(p, *got, err) : -1;
    la_ssize_t some = p->calls.read_data(p->zip, to, size);
    if (some < 0)
        return fail_zip(p, "is damaged", err);
    *got = (size_t)some;
    return count(p, *got, err);
}
