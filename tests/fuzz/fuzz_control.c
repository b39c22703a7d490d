/* Bytes on the control socket of a worker, in one piece or two, from somebody who then says no
 * more. What must be true: at most one word is heard a connection, it is a line that was sent, and
 * "ok" is answered exactly then; the worker goes on listening. */
#include "fuzz.h"

#include "../unit/temp_directory.h"
#include "io/control.h"

#include <sys/socket.h>
#include <sys/un.h>

#define LATE_NS UINT64_C(500000000) /* half of what the worker waits for a word */

static char directory[PATH_MAX];
static char path[PATH_MAX + 16];
static uv_loop_t loop;
static struct control *control;
static int words;
static char word[CONTROL_WORD_MAX + 1];

static void heard(void *context, const char *said) {
    (void)context;
    words++;
    MUST(strlen(said) < CONTROL_WORD_MAX);
    memcpy(word, said, strlen(said) + 1);
}

static void leave(void) {
    control_close(control);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    temp_directory_remove(directory);
}

static void listen_there(void) {
    struct winnow_error err;
    temp_directory_make(directory);
    snprintf(path, sizeof path, "%s/control", directory);
    MUST(uv_loop_init(&loop) == 0);
    MUST(control_open(&control, &loop, path, heard, NULL, &err) == 0);
    MUST(atexit(leave) == 0);
}

static int guest(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(fd >= 0 && strlen(path) < sizeof name.sun_path);
    memcpy(name.sun_path, path, strlen(path) + 1);
    MUST(connect(fd, (struct sockaddr *)&name, sizeof name) == 0);
    return fd;
}

/* The worker may have hung up already. */
static void say(int fd, const char *at, size_t size) {
    if (size > 0)
        (void)!send(fd, at, size, MSG_NOSIGNAL);
    for (int turn = 0; turn < 4; turn++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

/* The first line, if it is short enough to be a word. */
static size_t first_line(const char *at, size_t size) {
    size_t most = size < CONTROL_WORD_MAX ? size : CONTROL_WORD_MAX;
    const char *end = memchr(at, '\n', most);
    return end == NULL ? SIZE_MAX : (size_t)(end - at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char answer[8];
    uint64_t seed = seed_of(data, size);
    if (control == NULL)
        listen_there();
    char *line = exact_copy(data, size);
    size_t cut = (size_t)(draw(&seed) % (size + 1));
    uint64_t began = uv_hrtime();
    int fd = guest();
    words = 0;
    say(fd, line, cut);
    say(fd, line + cut, size - cut);
    MUST(shutdown(fd, SHUT_WR) == 0);
    say(fd, "", 0);
    ssize_t got = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    size_t expected = first_line(line, size);
    bool late = uv_hrtime() - began > LATE_NS; /* the machine stood still: it may have hung up */
    MUST(late || words == (expected != SIZE_MAX ? 1 : 0));
    if (words == 1) {
        MUST(strlen(word) == strnlen(line, expected) && memcmp(word, line, strlen(word)) == 0);
        MUST(late || (got == 3 && memcmp(answer, "ok\n", 3) == 0));
    } else {
        MUST(got <= 0); /* hung up on */
    }
    close(fd);
    free(line);
    return 0;
}
