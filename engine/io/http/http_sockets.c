/* curl's multi interface on libuv: see http_sockets.h.
 *
 * Happy path: curl_multi_add_handle makes curl ask for a timeout of 0; `soon` calls curl in the
 * same turn of the loop; curl opens a socket and asks for it to be watched; its events go to curl;
 * after every call into curl the finished transfers are handed on.
 *
 * The traps, each with a test in test_io_http_*.c
 *   - curl_multi_info_read is drained after every curl_multi_socket_action, also when no transfer
 *     runs any more; otherwise a last transfer that times out is never reported.
 *   - A watch lives as long as its socket, not as long as curl's interest: curl drops and renews
 *     its interest with every request of a kept-alive connection. So there is one uv_poll_t a
 *     descriptor, never two, and an idle connection costs no system call. An event that nobody
 *     wants stops the watch; the next request starts it again.
 *   - The watch is stopped before curl closes the descriptor (CURLOPT_CLOSESOCKETFUNCTION): REMOVE
 *     may come later or not at all, and the number may be another socket's by then. Descriptors
 *     that curl opens without asking (the resolver's wake-up pair) end with REMOVE.
 *   - POLLERR comes as status UV_EBADF and has stopped the watch: curl is told CURL_CSELECT_ERR,
 *     and the watch starts again if curl still wants it.
 *   - Inside curl's timer function curl is never called. A timeout of 0 is served by `soon` or by
 *     the pump that is running, a bounded number of times a turn, so other handles get theirs.
 * Fails by memory only: a watch that cannot start ends its transfer by curl's own timeout. */
#include "io/http/http_sockets.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* How often one event may call curl again for timeouts of 0 before the loop gets its turn. */
#define PUMP_ROUNDS_MAX 4

struct http_socket {
    uv_poll_t poll; /* first: a close callback frees the whole by it */
    struct http_sockets *owner;
    struct http_socket *next;
    curl_socket_t fd;
    int wanted; /* UV_READABLE, UV_WRITABLE; 0: curl is not interested now */
    int armed;  /* what libuv watches */
    bool ours;  /* opened by http_sockets_open_one, so ended by http_sockets_close_one */
    bool closing;
};

static void pump(struct http_sockets *s);

static void handle_closed(struct http_sockets *s) {
    s->handles--;
    if (s->closing && s->handles == 0)
        s->events.closed(s->events.context);
}

static void on_socket_closed(uv_handle_t *handle) {
    struct http_socket *socket = (struct http_socket *)handle;
    struct http_sockets *s = socket->owner;
    free(socket);
    handle_closed(s);
}

static struct http_socket *socket_of(const struct http_sockets *s, curl_socket_t fd) {
    struct http_socket *socket = s->first;
    while (socket != NULL && socket->fd != fd)
        socket = socket->next;
    return socket;
}

static struct http_socket *socket_new(struct http_sockets *s, curl_socket_t fd, bool ours) {
    struct http_socket *socket = calloc(1, sizeof *socket);
    if (socket == NULL)
        return NULL;
    if (uv_poll_init(s->loop, &socket->poll, fd) != 0) {
        free(socket);
        return NULL;
    }
    socket->owner = s;
    socket->fd = fd;
    socket->ours = ours;
    socket->next = s->first;
    s->first = socket;
    s->handles++;
    return socket;
}

static void socket_end(struct http_socket *socket) {
    struct http_socket **link = &socket->owner->first;
    while (*link != socket)
        link = &(*link)->next;
    *link = socket->next;
    socket->closing = true;
    uv_poll_stop(&socket->poll);
    uv_close((uv_handle_t *)&socket->poll, on_socket_closed);
}

static void socket_disarm(struct http_socket *socket) {
    if (socket->armed != 0)
        uv_poll_stop(&socket->poll);
    socket->armed = 0;
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Watch for what curl wants. A watch that nobody wants stays until its next event, but does not
 * keep the loop alive. */
static void socket_arm(struct http_socket *socket) {
    if (socket->wanted == 0) {
        uv_unref((uv_handle_t *)&socket->poll);
        return;
    }
    uv_ref((uv_handle_t *)&socket->poll);
    if (socket->armed != socket->wanted)
        socket->armed =
            uv_poll_start(&socket->poll, socket->wanted, on_poll) == 0 ? socket->wanted : 0;
}

static void on_timer(uv_timer_t *timer);

/* Refused an allocation, curl returns before it has asked for its next timeout, and would be heard
 * of no more: ask it again after a while, so that the transfer's own timeout is kept. */
#define FORGOTTEN_MS 1000

static void act(struct http_sockets *s, curl_socket_t fd, int flags) {
    int running;
    CURLMcode code = curl_multi_socket_action(s->multi, fd, flags, &running);
    if (code != CURLM_OK && !uv_is_active((uv_handle_t *)&s->timer))
        uv_timer_start(&s->timer, on_timer, FORGOTTEN_MS, 0);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct http_socket *socket = (struct http_socket *)poll;
    struct http_sockets *s = socket->owner;
    if (status < 0)
        socket->armed = 0; /* libuv has stopped it */
    if (socket->wanted == 0) {
        socket_disarm(socket);
        return;
    }
    int flags = ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0) |
                (status < 0 ? CURL_CSELECT_ERR : 0);
    s->pumping = true; /* a timeout of 0 asked for in here is served by the pump */
    act(s, socket->fd, flags);
    s->pumping = false;
    if (!socket->closing) /* freed by its close callback only, so still there */
        socket_arm(socket);
    pump(s);
}

/* curl's socket function: its interest in a descriptor has changed. */
static int on_interest(CURL *easy, curl_socket_t fd, int what, void *context, void *unused) {
    struct http_sockets *s = context;
    struct http_socket *socket = socket_of(s, fd);
    (void)easy;
    (void)unused;
    if (socket == NULL && what != CURL_POLL_REMOVE)
        socket = socket_new(s, fd, false);
    if (socket == NULL)
        return what == CURL_POLL_REMOVE ? 0 : -1;
    socket->wanted = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                     ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    if (what == CURL_POLL_REMOVE) {
        socket->wanted = 0;
        if (!socket->ours) {
            socket_end(socket);
            return 0;
        }
    }
    socket_arm(socket);
    return 0;
}

static void on_soon(uv_idle_t *soon) {
    uv_idle_stop(soon);
    pump(soon->data);
}

static void on_timer(uv_timer_t *timer) {
    struct http_sockets *s = timer->data;
    s->due = true;
    pump(s);
}

/* curl's timer function. curl is on the stack. */
static int on_timeout(CURLM *multi, long timeout_ms, void *context) {
    struct http_sockets *s = context;
    (void)multi;
    s->due = timeout_ms == 0;
    if (timeout_ms > 0) {
        uv_update_time(s->loop); /* a commit may have blocked the loop meanwhile */
        return uv_timer_start(&s->timer, on_timer, (uint64_t)timeout_ms, 0) == 0 ? 0 : -1;
    }
    uv_timer_stop(&s->timer);
    if (s->due && !s->pumping)
        uv_idle_start(&s->soon, on_soon);
    return 0;
}

void http_sockets_drain(struct http_sockets *s) {
    int left;
    CURLMsg *message;
    while (!s->closing && (message = curl_multi_info_read(s->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle; /* the message dies with the removal */
        CURLcode code = message->data.result;
        curl_multi_remove_handle(s->multi, easy);
        s->events.finished(s->events.context, easy, code);
    }
}

/* Hand on what is finished and serve timeouts of 0, until curl waits for something. */
static void pump(struct http_sockets *s) {
    s->pumping = true;
    for (int round = 0; !s->closing && round < PUMP_ROUNDS_MAX; round++) {
        if (s->due) {
            s->due = false;
            act(s, CURL_SOCKET_TIMEOUT, 0);
        }
        http_sockets_drain(s);
        if (!s->due)
            break;
    }
    s->pumping = false;
    if (s->due && !s->closing)
        uv_idle_start(&s->soon, on_soon);
}

curl_socket_t http_sockets_open_one(struct http_sockets *s, const struct curl_sockaddr *address) {
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (socket_new(s, fd, true) == NULL) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    return fd;
}

int http_sockets_close_one(void *context, curl_socket_t fd) {
    struct http_sockets *s = context;
    struct http_socket *socket = socket_of(s, fd);
    if (socket != NULL)
        socket_end(socket);
    return close(fd);
}

int http_sockets_open(struct http_sockets *s, uv_loop_t *loop,
                      const struct http_sockets_events *events) {
    CURLM *multi = curl_multi_init();
    if (multi == NULL)
        return -1;
    *s = (struct http_sockets){.loop = loop, .multi = multi, .events = *events, .handles = 2};
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_interest);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, s);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, s);
    uv_timer_init(loop, &s->timer);
    uv_idle_init(loop, &s->soon);
    s->timer.data = s;
    s->soon.data = s;
    return 0;
}

static void on_timer_closed(uv_handle_t *handle) {
    handle_closed(handle->data);
}

void http_sockets_close(struct http_sockets *s) {
    curl_multi_cleanup(s->multi); /* closes the idle connections, through http_sockets_close_one */
    s->multi = NULL;
    s->closing = true;
    while (s->first != NULL)
        socket_end(s->first);
    uv_close((uv_handle_t *)&s->timer, on_timer_closed);
    uv_close((uv_handle_t *)&s->soon, on_timer_closed);
}
