/* Asks before the first unfollow: a number has to be typed, since a "y" is typed by habit. And
 * before money is spent on reading, where a "y" is enough.
 *
 * Happy path: the number matches.
 * Failure: USAGE where nobody can be asked, or the answer is another; nothing has been sent. */
#include "cli/parts/confirm.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/format.h"

bool confirm_matches(const char *line, uint64_t number) {
    char digits[32];
    size_t used = 0;
    for (; *line != '\0'; line++) {
        if (strchr(", \t\r\n", *line) != NULL)
            continue;
        if (used == sizeof digits - 1)
            return false;
        digits[used++] = *line;
    }
    digits[used] = '\0';
    char wanted[32];
    snprintf(wanted, sizeof wanted, "%" PRIu64, number);
    return strcmp(digits, wanted) == 0;
}

__attribute__((format(printf, 1, 2))) static void line_write(const char *format, ...) {
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    escaped_write(stderr, line);
    fputc('\n', stderr);
}

static void summary_write(const struct winnow_status *s) {
    line_write("%s is about to unfollow %s of %s on %s.", s->campaign.name,
               format_things(s->progress.remaining, "account").text, s->campaign.account,
               s->campaign.platform);
    line_write("  plan    %s", s->plan.digest);
    line_write("  kept    %s, undecided %s, of %s", format_count(s->plan.kept).text,
               format_count(s->plan.undecided).text, format_count(s->plan.followees).text);
    line_write("  done    %s, by the budgets", format_when(s->eta_quota_ms, winnow_now_ms()).text);
    if (*s->currency != '\0')
        line_write("  money   %s, besides %s spent by now",
                   format_money(s->total_micro - s->spent_micro, s->currency).text,
                   format_money(s->spent_micro, s->currency).text);
    fputs("Type the number of accounts to unfollow to begin, or nothing to leave it: ", stderr);
    fflush(stderr);
}

int confirm_ask(struct cli *cli, const struct winnow_status *status, struct winnow_error *err) {
    const char *name = status->campaign.name;
    if (isatty(STDIN_FILENO) == 0)
        return winnow_fail(err, WINNOW_USAGE,
                           "the first run of a plan asks for the number of accounts, and standard "
                           "input is no terminal; look at it with 'winnow show %s' and begin with "
                           "'winnow run %s --yes'",
                           name, name);
    fflush(cli->out.file);
    summary_write(status);
    char line[64] = "";
    bool got = fgets(line, sizeof line, stdin) != NULL;
    if (got && confirm_matches(line, status->progress.remaining))
        return 0;
    if (!got)
        fputc('\n', stderr);
    return winnow_fail(err, WINNOW_USAGE,
                       "that is not the number of accounts, so nothing was sent; run "
                       "'winnow run %s' again when it is right",
                       name);
}

bool confirm_money(void *context, const char *what, const char *sum) {
    struct cli *cli = context;
    char line[16] = "";
    if (cli->agreed)
        return true;
    if (isatty(STDIN_FILENO) == 0)
        return false;
    progress_clear(&cli->progress);
    fflush(cli->out.file);
    fprintf(stderr, "winnow: %s costs up to ", what);
    escaped_write(stderr, sum);
    fputs(". Spend it? [y/N] ", stderr);
    fflush(stderr);
    /* A signal is for the call that asks (signals.h): it ends the wait, and stands for no answer. */
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&input, 1, -1) < 0)
        return false;
    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}
