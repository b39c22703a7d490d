/* The control socket with real sockets. control_send blocks until it is heard, so it speaks from a
 * child while the test runs the loop; rude peers are plain sockets of the test's own. */
#include "cmocka_all.h"

#include "io/control.h"
#include "io_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 8
#define TURNS     50 /* more than any exchange here takes */
#define AT_ONCE   8  /* so many connections are served at a time */

struct ear {
    uv_loop_t loop;
    struct control *control;
    char words[WORDS_MAX][CONTROL_WORD_MAX];
    int count;
    bool close_when_heard;
};

static void on_word(void *context, const char *word) {
    struct ear *e = context;
    if (e->count < WORDS_MAX)
        snprintf(e->words[e->count], CONTROL_WORD_MAX, "%s", word);
    e->count++;
    if (e->close_when_heard)
        control_close(e->control);
}

static void turn(struct ear *e) {
    for (int i = 0; i < TURNS; i++)
        uv_run(&e->loop, UV_RUN_NOWAIT);
}

static void ear_open(struct ear *e, const char *path) {
    struct winnow_error err;
    *e = (struct ear){0};
    assert_int_equal(uv_loop_init(&e->loop), 0);
    if (control_open(&e->control, &e->loop, path, on_word, e, &err) != 0)
        fail_msg("%s", err.text);
}

/* The loop is empty then: every handle was closed by control.c. */
static void ear_end(struct ear *e) {
    uv_run(&e->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&e->loop), 0);
}

static void ear_close(struct ear *e) {
    control_close(e->control);
    ear_end(e);
}

/* ---- winnow's own client, in a child ---- */

enum sent { SENT_HEARD, SENT_NOT_HEARD, SENT_FAILED };

static enum sent send_word(const char *path, const char *word) {
    bool heard = false;
    if (control_send(path, word, &heard, NULL) != 0)
        return SENT_FAILED;
    return heard ? SENT_HEARD : SENT_NOT_HEARD;
}

struct child {
    uv_signal_t signal;
    pid_t pid;
    int status;
};

static void on_child(uv_signal_t *signal, int number) {
    struct child *c = signal->data;
    (void)number;
    if (waitpid(c->pid, &c->status, WNOHANG) == c->pid)
        uv_close((uv_handle_t *)signal, NULL);
}

static enum sent send_to(struct ear *e, const char *path, const char *word) {
    struct child c = {.status = -1};
    uv_signal_init(&e->loop, &c.signal);
    c.signal.data = &c;
    uv_signal_start(&c.signal, on_child, SIGCHLD);
    c.pid = fork();
    if (c.pid == 0)
        _exit((int)send_word(path, word));
    while (!uv_is_closing((uv_handle_t *)&c.signal))
        uv_run(&e->loop, UV_RUN_ONCE);
    turn(e);
    assert_true(WIFEXITED(c.status));
    return (enum sent)WEXITSTATUS(c.status);
}

/* ---- plain sockets ---- */

static struct sockaddr_un name_of(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if ((size_t)snprintf(name.sun_path, sizeof name.sun_path, "%s", path) >= sizeof name.sun_path)
        abort();
    return name;
}

static int plain_socket(void) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    return fd;
}

static int plain_connect(struct ear *e, const char *path) {
    struct sockaddr_un name = name_of(path);
    int fd = plain_socket();
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    turn(e);
    return fd;
}

static int plain_listen(const char *path, int backlog) {
    struct sockaddr_un name = name_of(path);
    int fd = plain_socket();
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
    if (backlog >= 0)
        assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static void plain_say(struct ear *e, int fd, const char *bytes) {
    size_t size = strlen(bytes);
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
    turn(e);
}

static bool hung_up_on(int fd) {
    char bytes[16];
    ssize_t got;
    do
        got = recv(fd, bytes, sizeof bytes, 0);
    while (got > 0);
    return got == 0 || errno == ECONNRESET;
}

/* ---- tests ---- */

static void test_a_word_is_heard(void **state) {
    struct folder_path path = in_folder(state, "control");
    struct stat st;
    struct ear e;
    ear_open(&e, path.text);
    assert_int_equal(stat(path.text, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(send_to(&e, path.text, "poke"), SENT_HEARD);
    assert_int_equal(send_to(&e, path.text, "again"), SENT_HEARD);
    assert_int_equal(e.count, 2);
    assert_string_equal(e.words[0], "poke");
    assert_string_equal(e.words[1], "again");
    ear_close(&e);
    assert_int_equal(access(path.text, F_OK), -1);
    assert_int_equal(send_word(path.text, "poke"), SENT_NOT_HEARD);
}

static void test_mode_whatever_the_umask(void **state) {
    struct folder_path path = in_folder(state, "control");
    struct stat st;
    struct ear e;
    mode_t mask = umask(0);
    ear_open(&e, path.text);
    assert_int_equal(umask(mask), 0); /* left as it was */
    assert_int_equal(stat(path.text, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    ear_close(&e);
}

static void test_nobody(void **state) {
    assert_int_equal(send_word(in_folder(state, "control").text, "poke"), SENT_NOT_HEARD);
    assert_int_equal(send_word(in_folder(state, "no/control").text, "poke"), SENT_NOT_HEARD);
}

static void test_a_dead_workers_socket_is_replaced(void **state) {
    struct folder_path path = in_folder(state, "control");
    struct ear e;
    close(plain_listen(path.text, 1));
    assert_int_equal(send_word(path.text, "poke"), SENT_NOT_HEARD);
    ear_open(&e, path.text);
    assert_int_equal(send_to(&e, path.text, "poke"), SENT_HEARD);
    ear_close(&e);
}

static void assert_open_is_busy(struct ear *e, const char *path) {
    struct control *second = NULL;
    struct winnow_error err = {0};
    assert_int_equal(control_open(&second, &e->loop, path, on_word, e, &err), -1);
    assert_int_equal(err.code, WINNOW_BUSY);
    assert_int_equal(access(path, F_OK), 0);
}

static void test_a_live_worker_is_left_alone(void **state) {
    struct folder_path path = in_folder(state, "control");
    struct ear e;
    ear_open(&e, path.text);
    assert_open_is_busy(&e, path.text);
    assert_int_equal(send_to(&e, path.text, "poke"), SENT_HEARD);
    ear_close(&e);
}

/* So busy that the kernel queues no more for it: alive all the same. */
static void test_a_live_worker_with_a_full_queue(void **state) {
    struct folder_path path = in_folder(state, "control");
    struct sockaddr_un name = name_of(path.text);
    struct ear e = {0};
    int listener = plain_listen(path.text, 0), peers[4], count = 0;
    while (count < 4) {
        peers[count] = plain_socket();
        if (connect(peers[count++], (struct sockaddr *)&name, sizeof name) != 0)
            break;
    }
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(uv_loop_init(&e.loop), 0);
    assert_open_is_busy(&e, path.text);
    ear_end(&e);
    while (count > 0)
        close(peers[--count]);
    close(listener);
}

static void test_the_longest_word(void **state) {
    struct folder_path path = in_folder(state, "control");
    char word[CONTROL_WORD_MAX + 1];
    struct ear e;
    ear_open(&e, path.text);
    memset(word, 'w', sizeof word);
    word[CONTROL_WORD_MAX] = '\0';
    assert_int_equal(send_to(&e, path.text, word), SENT_FAILED);
    assert_int_equal(e.count, 0);
    word[CONTROL_WORD_MAX - 1] = '\0'; /* and a newline makes it CONTROL_WORD_MAX */
    assert_int_equal(send_to(&e, path.text, word), SENT_HEARD);
    assert_int_equal(e.count, 1);
    assert_string_equal(e.words[0], word);
    ear_close(&e);
}

static void test_too_long_a_line_is_dropped(void **state) {
    struct folder_path path = in_folder(state, "control");
    char line[CONTROL_WORD_MAX + 2];
    struct ear e;
    ear_open(&e, path.text);
    memset(line, 'w', sizeof line);
    line[CONTROL_WORD_MAX + 1] = '\0';
    line[CONTROL_WORD_MAX] = '\n'; /* one byte too late */
    int fd = plain_connect(&e, path.text);
    plain_say(&e, fd, line);
    assert_true(hung_up_on(fd));
    close(fd);
    assert_int_equal(e.count, 0);
    assert_int_equal(send_to(&e, path.text, "poke"), SENT_HEARD);
    ear_close(&e);
}

static void test_a_word_in_pieces(void **state) {
    struct folder_path path = in_folder(state, "control");
    struct ear e;
    ear_open(&e, path.text);
    int fd = plain_connect(&e, path.text);
    plain_say(&e, fd, "po");
    assert_int_equal(e.count, 0);
    plain_say(&e, fd, "ke\nand more\n");
    assert_int_equal(e.count, 1); /* one word a connection */
    assert_string_equal(e.words[0], "poke");
    assert_true(hung_up_on(fd));
    close(fd);
    fd = plain_connect(&e, path.text);
    plain_say(&e, fd, "half a w");
    close(fd);
    turn(&e);
    assert_int_equal(e.count, 1);
    ear_close(&e);
}

static void test_ten_at_once(void **state) {
    struct folder_path path = in_folder(state, "control");
    int peers[AT_ONCE + 2], dropped = 0;
    struct ear e;
    ear_open(&e, path.text);
    for (int i = 0; i < AT_ONCE + 2; i++)
        peers[i] = plain_connect(&e, path.text);
    for (int i = 0; i < AT_ONCE + 2; i++)
        dropped += hung_up_on(peers[i]);
    assert_int_equal(dropped, 2);
    assert_false(hung_up_on(peers[0]));
    plain_say(&e, peers[0], "poke\n");
    assert_int_equal(e.count, 1);
    for (int i = 0; i < AT_ONCE + 2; i++)
        close(peers[i]);
    turn(&e);
    assert_int_equal(send_to(&e, path.text, "after"), SENT_HEARD); /* their places are free again */
    ear_close(&e);
}

/* Peers that say nothing do not keep the places: a word is heard as soon as they are put out. */
static void test_the_silent_are_put_out(void **state) {
    struct folder_path path = in_folder(state, "control");
    int peers[AT_ONCE];
    struct ear e;
    ear_open(&e, path.text);
    for (int i = 0; i < AT_ONCE; i++)
        peers[i] = plain_connect(&e, path.text);
    for (int i = 0; i < AT_ONCE; i++) {
        while (!hung_up_on(peers[i]))
            uv_run(&e.loop, UV_RUN_ONCE);
        close(peers[i]);
    }
    assert_int_equal(send_to(&e, path.text, "poke"), SENT_HEARD);
    ear_close(&e);
}

static void test_longer_than_a_sockets_name(void **state) {
    struct folder_path path = in_folder(state, "");
    struct ear e;
    for (int i = 0; i < 6; i++) {
        size_t used = strlen(path.text);
        snprintf(path.text + used, sizeof path.text - used, "a-state-directory-far-down-%d/", i);
        assert_int_equal(mkdir(path.text, 0700), 0);
    }
    strncat(path.text, "control", sizeof path.text - strlen(path.text) - 1);
    assert_true(strlen(path.text) > sizeof name_of("").sun_path);
    ear_open(&e, path.text);
    assert_open_is_busy(&e, path.text);
    assert_int_equal(send_to(&e, path.text, "poke"), SENT_HEARD);
    ear_close(&e);
    assert_int_equal(access(path.text, F_OK), -1);
    assert_int_equal(send_word(path.text, "poke"), SENT_NOT_HEARD);
}

static void test_closed_with_guests(void **state) {
    struct folder_path path = in_folder(state, "control");
    struct ear e;
    ear_open(&e, path.text);
    int silent = plain_connect(&e, path.text), half = plain_connect(&e, path.text);
    plain_say(&e, half, "po");
    ear_close(&e);
    assert_true(hung_up_on(silent));
    assert_true(hung_up_on(half));
    close(silent);
    close(half);
}

static void test_closed_by_what_it_hears(void **state) {
    struct folder_path path = in_folder(state, "control");
    struct ear e;
    ear_open(&e, path.text);
    e.close_when_heard = true;
    int silent = plain_connect(&e, path.text), fd = plain_connect(&e, path.text);
    plain_say(&e, fd, "stop\nmore\n");
    ear_end(&e);
    assert_int_equal(e.count, 1);
    close(silent);
    close(fd);
}

static void test_no_folder(void **state) {
    struct folder_path path = in_folder(state, "a/b/control");
    struct control *control = NULL;
    struct winnow_error err = {0};
    struct ear e = {0};
    assert_int_equal(uv_loop_init(&e.loop), 0);
    assert_int_equal(control_open(&control, &e.loop, path.text, on_word, &e, &err), -1);
    assert_int_equal(err.code, WINNOW_STORAGE);
    ear_end(&e);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_DISK(test_a_word_is_heard),
        ON_DISK(test_mode_whatever_the_umask),
        ON_DISK(test_nobody),
        ON_DISK(test_a_dead_workers_socket_is_replaced),
        ON_DISK(test_a_live_worker_is_left_alone),
        ON_DISK(test_a_live_worker_with_a_full_queue),
        ON_DISK(test_the_longest_word),
        ON_DISK(test_too_long_a_line_is_dropped),
        ON_DISK(test_a_word_in_pieces),
        ON_DISK(test_ten_at_once),
        ON_DISK(test_the_silent_are_put_out),
        ON_DISK(test_longer_than_a_sockets_name),
        ON_DISK(test_closed_with_guests),
        ON_DISK(test_closed_by_what_it_hears),
        ON_DISK(test_no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
