/* An archive as people have it: see pack.h.
 *
 * Happy path: a zip's directory, which stands at its end, is gone through once, and all names are
 * looked at; for each entry that is wanted the zip is opened again and its directory gone through
 * up to there, since libarchive goes forward only. Of libarchive nothing is used but the zip
 * reader, with entries that are stored or deflated, and for Mastodon's older archives the tar
 * reader behind gzip. Failures: libarchive's own words are passed on; a checksum that is wrong is
 * one of them. */
#include "formats/pack/pack.h"

#include <archive.h>
#include <archive_entry.h>
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

/* By what an archive is known. */
struct kind {
    const char *name;         /* of the platform */
    bool manifest;            /* it may have MANIFEST, which tells all else */
    const char *const *marks; /* files of it, NULL behind the last */
};

/* By these an archive of X without a manifest is known. */
static const char *const x_marks[] = {"account.js", "following.js", "follower.js",
                                      "tweets.js",  "tweet.js",     NULL};
static const struct kind x_kind = {"X", true, x_marks};
static const char *const mastodon_marks[] = {"outbox.json", NULL};
static const struct kind mastodon_kind = {"Mastodon", false, mastodon_marks};

struct pack {
    struct pack_limits limits;
    int fd; /* of the zip, or of the folder; owned */
    bool is_folder;
    bool is_tar;                /* with gzip around it */
    const struct kind *kind;    /* whose archive it is to be */
    uint64_t file_bytes;        /* of the zip */
    char prefix[PACK_NAME_MAX]; /* in front of every name */
    bool bare;                  /* no manifest */
    bool within_data;           /* it is the folder data itself, or was packed from within */
    struct archive *zip;        /* at an entry; owned */
    int entry_fd;               /* of a folder; -1: none */
    int64_t changed_ms;
    uint64_t entry_read, all_read;
    bool bomb;
};

/* The first bytes of a plain file. */
static bool begins(const char *path, char head[4]) {
    struct stat file;
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, head, 4);
    if (fd >= 0)
        close(fd);
    return got == 4;
}

bool pack_is(const char *path) {
    struct stat file;
    char head[4] = {0};
    if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
        return true;
    return begins(path, head) &&
           (memcmp(head, "PK\x03\x04", 4) == 0 || memcmp(head, "PK\x05\x06", 4) == 0);
}

bool pack_is_gzip(const char *path) {
    char head[4] = {0};
    return begins(path, head) && memcmp(head, "\x1F\x8B\x08", 3) == 0;
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

static const char *what_it_is(const struct pack *p) {
    return p->is_folder ? "folder" : p->is_tar ? "tar file" : "zip file";
}

static int fail_zip(struct pack *p, const char *what, struct winnow_error *err) {
    const char *words = p->zip != NULL ? archive_error_string(p->zip) : NULL;
    return winnow_fail(err, WINNOW_BAD_INPUT, "The %s %s (%s); get the archive again.",
                       what_it_is(p), what, words != NULL ? words : "no reason is given");
}

static void leave_entry(struct pack *p) {
    if (p->zip != NULL)
        (void)archive_read_free(p->zip);
    p->zip = NULL;
    if (p->entry_fd >= 0)
        close(p->entry_fd);
    p->entry_fd = -1;
    p->entry_read = 0;
    p->changed_ms = 0;
}

static int support(struct pack *p) {
    if (!p->is_tar)
        return archive_read_support_format_zip_seekable(p->zip);
    int code = archive_read_support_filter_gzip(p->zip);
    return code == ARCHIVE_OK ? archive_read_support_format_tar(p->zip) : code;
}

static int fail_bomb(struct pack *p, struct winnow_error *err) {
    p->bomb = true;
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "The %s unpacks to more than %llu times its size: that is no archive of %s.",
                       what_it_is(p), (unsigned long long)p->limits.ratio, p->kind->name);
}

/* A tar file is unpacked from its start up to what is wanted, and that counts too. */
static int tar_count(struct pack *p, struct archive_entry *entry, struct winnow_error *err) {
    la_int64_t size = archive_entry_size(entry);
    la_int64_t so_far = archive_filter_bytes(p->zip, 0);
    if (size < 0 || so_far < 0)
        return fail_zip(p, "cannot be read", err);
    uint64_t all = (uint64_t)size + (uint64_t)so_far;
    return all / p->limits.ratio > p->file_bytes ? fail_bomb(p, err) : 0;
}

static int zip_begin(struct pack *p, struct winnow_error *err) {
    leave_entry(p);
    p->zip = archive_read_new();
    if (p->zip == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading a zip file.");
    if (lseek(p->fd, 0, SEEK_SET) != 0 || support(p) != ARCHIVE_OK ||
        archive_read_open_fd(p->zip, p->fd, READ_SIZE) != ARCHIVE_OK)
        return fail_zip(p, "cannot be read", err);
    return 0;
}

/* 1: at the next entry, whose name is *name, NULL when it cannot be told; 0: the end. */
static int zip_next(struct pack *p, struct archive_entry **entry, const char **name,
                    struct winnow_error *err) {
    int code = archive_read_next_header(p->zip, entry);
    if (code == ARCHIVE_EOF)
        return 0;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
        return fail_zip(p, "cannot be read", err);
    *name = archive_entry_pathname_utf8(*entry);
    while (p->is_tar && *name != NULL && (*name)[0] == '.' && (*name)[1] == '/')
        *name += 2; /* as tar writes it */
    if (*name != NULL && (*name)[0] == '\0')
        *name = NULL; /* of the folder itself */
    return p->is_tar && tar_count(p, *entry, err) != 0 ? -1 : 1;
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

/* Where the lists lie when there is no manifest: where the first of them does, above others'. */
static void look_for_mark(struct pack *p, const char *name, char where[PACK_NAME_MAX]) {
    for (const char *const *mark = p->kind->marks; *mark != NULL; mark++) {
        ptrdiff_t front = front_of(name, *mark);
        if (front < 0 || (p->bare && (size_t)front >= strlen(where)))
            continue;
        memcpy(where, name, (size_t)front);
        where[front] = '\0';
        p->bare = true;
    }
}

static int no_archive(const struct pack *p, struct winnow_error *err) {
    if (!p->kind->manifest)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "There is no %s in the %s: it is no archive of %s", p->kind->marks[0],
                           what_it_is(p), p->kind->name);
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "There is no data/manifest.js in the %s, and none of the lists of X's, such "
                       "as following.js: it is no archive of X",
                       what_it_is(p));
}

static int check_entry(const struct pack *p, struct archive_entry *entry, const char *name,
                       struct winnow_error *err) {
    if (name != NULL && !pack_name_is_safe(name))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The %s has an entry whose name leads out of it, as no "
                           "archive of %s has; nothing of it is read.",
                           what_it_is(p), p->kind->name);
    if (archive_entry_is_encrypted(entry) != 0)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The zip file is encrypted: unpack it and import the folder.");
    return 0;
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
            return winnow_fail(err, WINNOW_BAD_INPUT, "The %s has more than %u entries.",
                               what_it_is(p), p->limits.entries);
        if (check_entry(p, entry, name, err) != 0)
            return -1;
        if (p->kind->manifest && name != NULL && manifests < 2 &&
            (front_of(name, MANIFEST) >= 0 || manifests == 0))
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
        p->within_data = p->kind->manifest;
    }
    return 0;
}

static int zip_enter(struct pack *p, struct archive_entry *entry, const char *name,
                     struct winnow_error *err) {
    const char *format = archive_format_name(p->zip);
    bool as_usual = p->is_tar || (format != NULL && (strstr(format, "(deflation)") != NULL ||
                                                     strstr(format, "(uncompressed)") != NULL));
    if (archive_entry_filetype(entry) != AE_IFREG)
        return winnow_fail(err, WINNOW_BAD_INPUT, "%s in the %s is no plain file.", name,
                           what_it_is(p));
    if (!as_usual)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "%s is packed in a way that no archive of %s is (%s).", name,
                           p->kind->name, format != NULL ? format : "not known");
    p->changed_ms = (int64_t)archive_entry_mtime(entry) * 1000; /* 0 when not set */
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
    for (int within = 0; within < 2 && p->kind->manifest; within++) {
        p->within_data = within == 1;
        if (fstatat(p->fd, within == 1 ? WITHIN : MANIFEST, &file, 0) == 0)
            return 0;
    }
    p->bare = true;
    for (int within = 0; within < 2; within++) {
        p->within_data = within == 1;
        for (const char *const *mark = p->kind->marks; *mark != NULL; mark++) {
            (void)snprintf(name, sizeof name, "%s%s", within == 1 ? "" : DATA, *mark);
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
    return zip_look(p, err);
}

static int open_kind(const char *path, const struct kind *kind, struct pack_limits limits,
                     struct pack **out, struct winnow_error *err) {
    struct pack *p = calloc(1, sizeof *p);
    *out = p;
    if (p == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "There is no memory for reading an archive.");
    p->limits = limits;
    p->kind = kind;
    p->is_tar = kind == &mastodon_kind && pack_is_gzip(path);
    p->fd = p->entry_fd = -1;
    if (look(p, path, err) == 0)
        return 0;
    pack_close(p);
    *out = NULL;
    return -1;
}

int pack_open(const char *path, struct pack_limits limits, struct pack **out,
              struct winnow_error *err) {
    return open_kind(path, &x_kind, limits, out, err);
}

int pack_open_mastodon(const char *path, struct pack_limits limits, struct pack **out,
                       struct winnow_error *err) {
    return open_kind(path, &mastodon_kind, limits, out, err);
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
                           "A name leads out of the archive, as none of %s's does.", p->kind->name);
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
                           "%s.",
                           (unsigned long long)p->limits.entry_bytes, p->kind->name);
    }
    if (!p->is_folder && p->all_read / p->limits.ratio > p->file_bytes)
        return fail_bomb(p, err);
    return 0;
}

int pack_read(void *pack, char *to, size_t size, size_t *got, struct winnow_error *err) {
    struct pack *p = pack;
    if (p->is_folder)
        return folder_read(p, to, size, got, err) == 0 ? count(p, *got, err) : -1;
    la_ssize_t some = archive_read_data(p->zip, to, size);
    if (some < 0)
        return fail_zip(p, "is damaged", err);
    *got = (size_t)some;
    return count(p, *got, err);
}
