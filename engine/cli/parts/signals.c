/* Signals: see signals.h. Happy path: catch, the long call, release. Cannot fail: the numbers are
 * good ones. */
#include "cli/parts/signals.h"

#include <signal.h>
#include <stddef.h>
#include <winnow/winnow.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
#define CAUGHT (sizeof caught / sizeof caught[0])

/* A handler is given a number and nothing else, so it finds here whom to tell. */
static struct winnow *volatile told;

static void on_signal(int number) {
    struct winnow *w = told;
    if (w == NULL)
        return;
    if (number == SIGUSR1)
        winnow_ask(w);
    else
        winnow_stop(w);
}

/* nohup(1) and the like have a hang-up ignored: so it stays. */
static void signals_set(void (*handler)(int)) {
    struct sigaction before;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < CAUGHT; i++) {
        bool ignored = caught[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 &&
                       before.sa_handler == SIG_IGN;
        if (!ignored)
            sigaction(caught[i], &action, NULL);
    }
}

void signals_catch(struct winnow *w) {
    told = w;
    signals_set(on_signal);
}

void signals_release(void) {
    signals_set(SIG_DFL);
    told = NULL;
}
