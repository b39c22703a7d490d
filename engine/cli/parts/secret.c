/* Reads a secret from standard input into one fixed buffer, past stdio, which would keep a copy.
 *
 * Happy path: secret_read, use, secret_wipe. On a terminal echo is off meanwhile; a signal that
 * comes in between is held until the terminal is as it was, and then does what it does.
 * Failure: nothing given, too long, more than one line, a terminal that cannot hide what is
 * typed; the buffer is wiped then. */
#include "cli/parts/secret.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

void secret_wipe(struct secret *secret) {
    explicit_bzero(secret, sizeof *secret);
}

/* Wait for input; false when a signal came instead. signal_fd -1: only for input. */
static bool input_wait(int signal_fd) {
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = signal_fd, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0)
        if (errno != EINTR)
            return true; /* read will tell */
    return fds[1].revents == 0;
}

/* All bytes to the end of input, or on a terminal to the end of the line. */
static int bytes_read(struct secret *secret, size_t *size, int signal_fd,
                      struct winnow_error *err) {
    size_t at = 0;
    while (at < sizeof secret->text - 1) {
        if (!input_wait(signal_fd))
            return winnow_fail(err, WINNOW_STOPPED,
                               "stopped before anything was given; run login again");
        ssize_t got = read(STDIN_FILENO, secret->text + at, sizeof secret->text - 1 - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return winnow_fail(err, WINNOW_BAD_INPUT,
                               "standard input cannot be read: %s; hand the secret over by a pipe "
                               "or a file",
                               strerror(errno));
        at += (size_t)got;
        if (got == 0 || (signal_fd != -1 && secret->text[at - 1] == '\n'))
            break;
    }
    *size = at;
    return 0;
}

static int line_check(struct secret *secret, size_t size, const char *what,
                      struct winnow_error *err) {
    if (size > 0 && secret->text[size - 1] == '\n')
        size--;
    if (size > 0 && secret->text[size - 1] == '\r')
        size--;
    if (size == 0)
        return winnow_fail(err, WINNOW_BAD_INPUT, "no %s on standard input; give it as one line",
                           what);
    if (size > SECRET_MAX)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "the %s is longer than %d bytes; give it alone, as one line", what,
                           SECRET_MAX);
    secret->text[size] = '\0';
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)secret->text[i] < 0x20 || secret->text[i] == 0x7f)
            return winnow_fail(err, WINNOW_BAD_INPUT,
                               "the %s holds a line end or another control character; give it "
                               "alone, as one line",
                               what);
    return 0;
}

static int input_read(struct secret *secret, const char *what, int signal_fd,
                      struct winnow_error *err) {
    size_t size = 0;
    if (bytes_read(secret, &size, signal_fd, err) != 0)
        return -1;
    return line_check(secret, size, what, err);
}

static int hidden_read(struct secret *secret, const char *what, const struct termios *before,
                       int signal_fd, struct winnow_error *err) {
    struct termios hidden = *before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
        return winnow_fail(err, WINNOW_FAILED,
                           "this terminal cannot hide what is typed; hand the %s over by a pipe",
                           what);
    fprintf(stderr, "%s (not shown): ", what);
    fflush(stderr);
    int result = input_read(secret, what, signal_fd, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, before);
    fputc('\n', stderr);
    return result;
}

static int terminal_read(struct secret *secret, const char *what, const struct termios *before,
                         struct winnow_error *err) {
    sigset_t held, old;
    sigemptyset(&held);
    const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaddset(&held, signals[i]);
    sigprocmask(SIG_BLOCK, &held, &old);
    int signal_fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
    int result = signal_fd == -1
                     ? winnow_fail(err, WINNOW_FAILED, "signals cannot be held: %s; try again",
                                   strerror(errno))
                     : hidden_read(secret, what, before, signal_fd, err);
    if (signal_fd != -1)
        close(signal_fd);
    sigprocmask(SIG_SETMASK, &old, NULL);
    return result;
}

int secret_read(struct secret *secret, const char *what, struct winnow_error *err) {
    struct termios before;
    int result = tcgetattr(STDIN_FILENO, &before) == 0 ? terminal_read(secret, what, &before, err)
                                                       : input_read(secret, what, -1, err);
    if (result != 0)
        secret_wipe(secret);
    return result;
}
