/* The control socket: see control.h. Happy path: one line in, one word out to the worker. A peer
 * that says too much or nothing is dropped; what is at the path and not ours is an error. */
#include "io/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PEERS_MAX 8

struct peer {
    uv_pipe_t pipe;
    struct control *control;
    char word[CONTROL_WORD_MAX];
    size_t size;
};

struct control {
    uv_pipe_t pipe;
    void (*said)(void *context, const char *word);
    void *context;
    int peers;
    char *path;
};

/* sun_path is short; a folder's descriptor makes any path short. -1 or the folder's descriptor. */
static int short_address(const char *path, struct sockaddr_un *address) {
    const char *slash = strrchr(path, '/');
    char folder[4096];
    size_t size = slash == NULL ? 1 : (size_t)(slash - path) + (slash == path);
    if (size >= sizeof folder)
        return -1;
    memcpy(folder, slash == NULL ? "." : path, size);
    folder[size] = '\0';
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int used = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", fd,
                        slash == NULL ? path : slash + 1);
    if (fd >= 0 && (used < 0 || (size_t)used >= sizeof address->sun_path)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* A connected socket, or -1 with errno. */
static int reach(const char *path) {
    struct sockaddr_un address;
    int folder = short_address(path, &address);
    if (folder < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        int code = errno;
        close(fd);
        errno = code;
        fd = -1;
    }
    int code = errno;
    close(folder);
    errno = code;
    return fd;
}

static int listen_at(const char *path, struct winnow_error *err) {
    struct sockaddr_un address;
    int folder = short_address(path, &address);
    if (folder < 0)
        return winnow_fail(err, WINNOW_STORAGE, "%s: the control socket's path is too long", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177); /* 0600 from its first moment */
    int result = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof address);
    umask(mask);
    close(folder);
    if (result == 0 && listen(fd, PEERS_MAX) == 0)
        return fd;
    winnow_fail(err, WINNOW_STORAGE, "%s: the control socket cannot be made: %s", path,
                strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- the worker's side ---- */

static void free_peer(uv_handle_t *handle) {
    struct peer *p = handle->data;
    if (p->control != NULL)
        p->control->peers--;
    free(p);
}

static void drop(struct peer *p) {
    if (!uv_is_closing((uv_handle_t *)&p->pipe))
        uv_close((uv_handle_t *)&p->pipe, free_peer);
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer) {
    struct peer *p = handle->data;
    (void)wanted;
    *buffer = uv_buf_init(p->word + p->size, (unsigned)(sizeof p->word - p->size));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    struct peer *p = stream->data;
    (void)buffer;
    if (size > 0)
        p->size += (size_t)size;
    char *end = memchr(p->word, '\n', p->size);
    if (end != NULL) {
        *end = '\0';
        p->control->said(p->control->context, p->word);
    }
    if (end != NULL || size < 0 || p->size == sizeof p->word)
        drop(p);
}

static void on_peer(uv_stream_t *server, int status) {
    struct control *c = server->data;
    struct peer *p = status == 0 ? calloc(1, sizeof *p) : NULL;
    if (p == NULL)
        return;
    uv_pipe_init(server->loop, &p->pipe, 0);
    p->pipe.data = p;
    p->control = c;
    c->peers++;
    if (uv_accept(server, (uv_stream_t *)&p->pipe) != 0 || c->peers > PEERS_MAX)
        drop(p);
    else
        uv_read_start((uv_stream_t *)&p->pipe, give_room, on_read);
}

int control_open(struct control **out, uv_loop_t *loop, const char *path,
                 void (*said)(void *context, const char *word), void *context,
                 struct winnow_error *err) {
    int live = reach(path);
    if (live >= 0) {
        close(live);
        return winnow_fail(err, WINNOW_BUSY, "%s: another worker listens there", path);
    }
    unlink(path);
    int fd = listen_at(path, err);
    if (fd < 0)
        return -1;
    struct control *c = calloc(1, sizeof *c);
    char *copy = strdup(path);
    if (c == NULL || copy == NULL) {
        free(c);
        free(copy);
        close(fd);
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    }
    *c = (struct control){.said = said, .context = context, .path = copy};
    uv_pipe_init(loop, &c->pipe, 0);
    c->pipe.data = c;
    int code = uv_pipe_open(&c->pipe, fd);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&c->pipe, PEERS_MAX, on_peer);
    *out = c;
    if (code == 0)
        return 0;
    control_close(c);
    return winnow_fail(err, WINNOW_FAILED, "the control socket: %s", uv_strerror(code));
}

static void free_control(uv_handle_t *handle) {
    struct control *c = handle->data;
    free(c->path);
    free(c);
}

static void drop_peer_of(uv_handle_t *handle, void *context) {
    struct peer *p = handle->data;
    if (handle->type != UV_NAMED_PIPE || handle->data == context || p->control != context)
        return;
    p->control = NULL;
    drop(p);
}

void control_close(struct control *c) {
    unlink(c->path);
    uv_walk(c->pipe.loop, drop_peer_of, c);
    uv_close((uv_handle_t *)&c->pipe, free_control);
}

/* ---- the other side ---- */

#define SEND_WAIT_MS 1000

int control_send(const char *path, const char *word, bool *heard, struct winnow_error *err) {
    char line[CONTROL_WORD_MAX];
    *heard = false;
    int size = snprintf(line, sizeof line, "%s\n", word);
    if (size < 0 || (size_t)size >= sizeof line)
        return winnow_fail(err, WINNOW_USAGE, "the word is too long");
    int fd = reach(path);
    if (fd < 0)
        return 0; /* nobody, or one that is going: what is wanted stands in the store */
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (poll(&ready, 1, SEND_WAIT_MS) == 1)
        *heard = send(fd, line, (size_t)size, MSG_NOSIGNAL) == size;
    close(fd);
    return 0;
}
