/* The control socket: see control.h.
 *
 * Happy path: a client connects, writes one line, reads "ok\n" after the word was handed on, and
 * hangs up. At most GUESTS_MAX at once, each for at most GUEST_MS and CONTROL_WORD_MAX bytes; who
 * takes longer or writes more is hung up on, and everybody else waits in the kernel's queue or is
 * turned away.
 *
 * A path too long for a socket's name (108 bytes) is reached through /proc/self/fd/N/NAME, N being
 * its directory opened for the moment of binding or connecting.
 *
 * Fails with WINNOW_BUSY when a live worker listens there, else WINNOW_STORAGE. */
#include "io/control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/files/paths.h"

#define GUESTS_MAX 8
#define GUEST_MS   1000
#define SEND_MS    1000
#define BACKLOG    16

/* Its place is free as soon as it is hung up on; its memory goes when libuv has closed its handles,
 * a turn of the loop later. */
struct guest {
    struct control *owner;
    struct guest *next; /* of those that are open */
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t answer;
    char line[CONTROL_WORD_MAX + 1];
    size_t size;
    bool open; /* from accept until the hang-up */
    unsigned handles;
};

struct control {
    uv_pipe_t listener;
    char path[PATH_MAX];
    void (*said)(void *context, const char *word);
    void *context;
    bool closing;
    unsigned handles;
    unsigned guests; /* open ones */
    struct guest *first;
};

/* A unix address for any path; `directory` is the descriptor that it leads through, or -1, and must
 * stay open while the address is used. */
struct address {
    struct sockaddr_un name;
    int directory;
};

static int address_fail(const char *path, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_STORAGE, "no socket can be at %.800s: %s", path,
                       strerror(errno));
}

static int address_make(const char *path, struct address *a, struct winnow_error *err) {
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int size = snprintf(a->name.sun_path, sizeof a->name.sun_path, "%s", path);
    a->name.sun_family = AF_UNIX;
    a->directory = -1;
    if (size >= 0 && (size_t)size < sizeof a->name.sun_path)
        return 0;
    if (path_directory(path, directory, err) != 0)
        return -1;
    a->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (a->directory < 0)
        return address_fail(path, err);
    size = snprintf(a->name.sun_path, sizeof a->name.sun_path, "/proc/self/fd/%d/%s", a->directory,
                    slash == NULL ? path : slash + 1);
    if (size >= 0 && (size_t)size < sizeof a->name.sun_path)
        return 0;
    close(a->directory);
    return winnow_fail(err, WINNOW_BAD_INPUT,
                       "the name of the socket %.300s is too long: choose a shorter name for the "
                       "campaign",
                       path);
}

static void address_release(struct address *a) {
    if (a->directory >= 0)
        close(a->directory);
    a->directory = -1;
}

static int connect_to(int fd, const struct address *a) {
    return connect(fd, (const struct sockaddr *)&a->name, sizeof a->name);
}

/* Does a live process listen there? */
static bool somebody_listens(const struct address *a) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true; /* not known: leave the socket alone */
    bool yes = connect_to(fd, a) == 0 || errno == EAGAIN;
    close(fd);
    return yes;
}

/* A socket left by a dead worker goes; anything else at the path is somebody's file. */
static int remove_stale(const char *path, struct winnow_error *err) {
    struct stat s;
    if (lstat(path, &s) == 0 && !S_ISSOCK(s.st_mode))
        return winnow_fail(err, WINNOW_STORAGE,
                           "%.800s is no socket: move it away, the worker's control socket goes "
                           "there",
                           path);
    return unlink(path) == 0 || errno == ENOENT ? 0 : address_fail(path, err);
}

static int bind_at(int fd, const char *path, const struct address *a, struct winnow_error *err) {
    for (int tries = 0; tries < 2; tries++) {
        if (bind(fd, (const struct sockaddr *)&a->name, sizeof a->name) == 0)
            return 0;
        if (errno != EADDRINUSE)
            return address_fail(path, err);
        if (somebody_listens(a))
            return winnow_fail(err, WINNOW_BUSY,
                               "another process listens on %.800s: it works on this campaign; "
                               "wait for it or end it",
                               path);
        if (remove_stale(path, err) != 0)
            return -1;
    }
    return address_fail(path, err);
}

/* A bound socket of mode 0600. Its mode is set before it has a name, so it is never open wider. */
static int listen_at(const char *path, struct winnow_error *err) {
    struct address a = {.directory = -1};
    if (path_make_directory(path, err) != 0 || address_make(path, &a, err) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || fchmod(fd, 0600) != 0)
        address_fail(path, err);
    else if (bind_at(fd, path, &a, err) == 0) {
        address_release(&a);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    address_release(&a);
    return -1;
}

static void handle_closed(struct control *c) {
    c->handles--;
    if (c->closing && c->handles == 0)
        free(c);
}

static void on_guest_closed(uv_handle_t *handle) {
    struct guest *g = handle->data;
    struct control *c = g->owner;
    g->handles--;
    if (g->handles == 0)
        free(g);
    handle_closed(c);
}

static void hang_up(struct guest *g) {
    struct guest **link = &g->owner->first;
    if (!g->open)
        return;
    while (*link != g)
        link = &(*link)->next;
    *link = g->next;
    g->owner->guests--;
    g->open = false;
    uv_close((uv_handle_t *)&g->pipe, on_guest_closed);
    uv_close((uv_handle_t *)&g->timer, on_guest_closed);
}

static void on_guest_late(uv_timer_t *timer) {
    hang_up(timer->data);
}

static void on_answered(uv_write_t *answer, int status) {
    (void)status;
    hang_up(answer->data);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room) {
    struct guest *g = handle->data;
    (void)wanted;
    *room = uv_buf_init(g->line + g->size, (unsigned)(CONTROL_WORD_MAX - g->size));
}

static void answer(struct guest *g) {
    static char ok[] = "ok\n";
    uv_buf_t bytes = uv_buf_init(ok, sizeof ok - 1);
    g->answer.data = g;
    uv_read_stop((uv_stream_t *)&g->pipe);
    if (uv_write(&g->answer, (uv_stream_t *)&g->pipe, &bytes, 1, on_answered) != 0)
        hang_up(g);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes) {
    struct guest *g = stream->data;
    (void)bytes;
    if (got == 0)
        return;
    if (got < 0) { /* the end, or no room: the line is too long */
        hang_up(g);
        return;
    }
    g->size += (size_t)got;
    char *end = memchr(g->line, '\n', g->size);
    if (end == NULL)
        return;
    *end = '\0';
    g->owner->said(g->owner->context, g->line);
    if (g->open) /* the callback may have closed all */
        answer(g);
}

static struct guest *guest_new(struct control *c) {
    struct guest *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    *g = (struct guest){.owner = c, .next = c->first, .open = true, .handles = 2};
    c->first = g;
    c->guests++;
    c->handles += 2;
    uv_pipe_init(c->listener.loop, &g->pipe, 0);
    uv_timer_init(c->listener.loop, &g->timer);
    g->pipe.data = g;
    g->timer.data = g;
    return g;
}

/* One too many is accepted too, and hung up on: left alone it would stop the listener. */
static void on_connection(uv_stream_t *listener, int status) {
    struct control *c = listener->data;
    struct guest *g = status == 0 ? guest_new(c) : NULL;
    if (g == NULL)
        return;
    uv_timer_start(&g->timer, on_guest_late, GUEST_MS, 0);
    if (uv_accept(listener, (uv_stream_t *)&g->pipe) != 0 || c->guests > GUESTS_MAX ||
        uv_read_start((uv_stream_t *)&g->pipe, on_room, on_read) != 0)
        hang_up(g);
}

static void on_listener_closed(uv_handle_t *handle) {
    handle_closed(handle->data);
}

int control_open(struct control **out, uv_loop_t *loop, const char *path,
                 void (*said)(void *context, const char *word), void *context,
                 struct winnow_error *err) {
    struct control *c = calloc(1, sizeof *c);
    if (c == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for the control socket");
    int size = snprintf(c->path, sizeof c->path, "%s", path);
    int fd = size < 0 || (size_t)size >= sizeof c->path
                 ? winnow_fail(err, WINNOW_BAD_INPUT, "the path of the control socket is too long")
                 : listen_at(path, err);
    if (fd < 0) {
        free(c);
        return -1;
    }
    c->said = said;
    c->context = context;
    c->handles = 1;
    uv_pipe_init(loop, &c->listener, 0);
    c->listener.data = c;
    int code = uv_pipe_open(&c->listener, fd);
    if (code != 0)
        close(fd);
    else
        code = uv_listen((uv_stream_t *)&c->listener, BACKLOG, on_connection);
    if (code != 0) {
        control_close(c);
        return winnow_fail(err, WINNOW_STORAGE, "cannot listen on %.800s: %s", path,
                           uv_strerror(code));
    }
    *out = c;
    return 0;
}

void control_close(struct control *c) {
    if (c == NULL || c->closing)
        return;
    c->closing = true;
    unlink(c->path); /* before it stops listening: nobody else can have put his there */
    while (c->first != NULL)
        hang_up(c->first);
    uv_close((uv_handle_t *)&c->listener, on_listener_closed);
}

static bool wait_for(int fd, short what) {
    struct pollfd p = {.fd = fd, .events = what};
    int ready;
    do
        ready = poll(&p, 1, SEND_MS);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static int say(int fd, const char *word, const char *path, struct winnow_error *err) {
    char line[CONTROL_WORD_MAX + 2], reply[4];
    int size = snprintf(line, sizeof line, "%s\n", word);
    if (size < 0 || size > CONTROL_WORD_MAX)
        return winnow_fail(err, WINNOW_USAGE, "a word to a worker has at most %d bytes",
                           CONTROL_WORD_MAX - 1);
    if (send(fd, line, (size_t)size, MSG_NOSIGNAL) == size && wait_for(fd, POLLIN) &&
        recv(fd, reply, sizeof reply, 0) >= 2 && reply[0] == 'o' && reply[1] == 'k')
        return 0;
    return winnow_fail(err, WINNOW_FAILED,
                       "the worker at %.700s did not answer within a second; it will see the "
                       "change by itself within a minute",
                       path);
}

int control_send(const char *path, const char *word, bool *heard, struct winnow_error *err) {
    struct address a = {.directory = -1};
    int result = -1;
    *heard = false;
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (address_make(path, &a, err) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect_to(fd, &a) == 0) {
        result = say(fd, word, path, err);
        *heard = result == 0;
    } else if (fd >= 0 && (errno == ECONNREFUSED || errno == ENOENT)) {
        result = 0; /* left by a dead worker, or gone meanwhile */
    } else {
        address_fail(path, err);
    }
    if (fd >= 0)
        close(fd);
    address_release(&a);
    return result;
}
