/* The person's browser: see browser.h. Happy path: xdg-open is spawned with its streams at
 * /dev/null and without what process_harden ignores. Fails, to false, without a display or without
 * xdg-open; the address was printed anyway. */
#include "cli/parts/browser.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

static bool has_display(void) {
    const char *x11 = getenv("DISPLAY");
    const char *wayland = getenv("WAYLAND_DISPLAY");
    return (x11 != NULL && *x11 != '\0') || (wayland != NULL && *wayland != '\0');
}

static bool spawn(const posix_spawn_file_actions_t *files, const posix_spawnattr_t *how,
                  const char *address) {
    union { /* posix_spawn takes char *, and writes to none */
        const char *text[3];
        char *words[3];
    } argv = {{"xdg-open", address, NULL}};
    pid_t pid; /* not waited for: this process ends soon, and init takes it */
    return posix_spawnp(&pid, "xdg-open", files, how, argv.words, environ) == 0;
}

bool browser_open(const char *address) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t defaults;
    bool started = false;
    if (!has_display() || posix_spawn_file_actions_init(&files) != 0)
        return false;
    if (posix_spawnattr_init(&how) == 0) {
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE);
        sigaddset(&defaults, SIGXFSZ);
        bool ready = posix_spawnattr_setsigdefault(&how, &defaults) == 0 &&
                     posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF) == 0;
        for (int fd = 0; fd <= 2; fd++)
            ready =
                posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0) == 0 && ready;
        started = ready && spawn(&files, &how, address);
        posix_spawnattr_destroy(&how);
    }
    posix_spawn_file_actions_destroy(&files);
    return started;
}
