/* winnow, the program: make the process safe to hold a credential, run the command line, and see
 * that all output has arrived.
 *
 * Happy path: process_harden, output_open, cli_main, output_close. A stdout that cannot be
 * written turns success into exit code 1; a reader that went away does not. */
#include "cli/base/cli.h"
#include "cli/base/process.h"

int main(int argc, char **argv) {
    process_harden();
    setvbuf(stderr, NULL, _IOLBF, 0); /* a line in one piece, where others write beside us */
    struct cli cli = {.program = "winnow", .log_level = -1};
    if (output_open(&cli.out) != 0)
        return 1;
    progress_init(&cli.progress);
    int code = cli_main(&cli, argc, argv);
    winnow_close(cli.w);
    return output_close(&cli.out, code);
}
