/* winnow pause and winnow resume: hold a campaign and let it go on, from another terminal.
 *
 * Happy path: the wish is stored, and a running worker follows it at once.
 * Failure: no such campaign. */
#include "cli/base/cli.h"
#include "cli/parts/json.h"

static int pause_tell(struct cli *cli, bool paused, struct winnow_error *err) {
    const char *name = cli->words[0];
    struct winnow_status status = {0};
    if (winnow_status(cli->w, name, &status, err) != 0)
        return -1;
    if (cli->json)
        return json_emit(cli,
                         json_pack("{s:i,s:o,s:b,s:o}", "version", 1, "name", json_text(name),
                                   "paused", paused ? 1 : 0, "pid",
                                   status.pid == 0 ? json_null() : json_integer(status.pid)),
                         err);
    if (paused)
        cli_say(cli, "%s is paused; go on with: winnow resume %s", name, name);
    else if (status.pid != 0)
        cli_say(cli, "%s goes on, process %jd; watch it with: winnow status %s --watch", name,
                (intmax_t)status.pid, name);
    else if (status.worker)
        cli_say(cli, "%s goes on, in another container; watch it with: winnow status %s --watch",
                name, name);
    else
        cli_say(cli, "%s is no longer paused, and no worker runs; start one with: winnow run %s",
                name, name);
    return 0;
}

static int pause_call(struct cli *cli, struct winnow_error *err) {
    if (cli_open(cli, err) != 0 || winnow_pause(cli->w, cli->words[0], err) != 0)
        return -1;
    return pause_tell(cli, true, err);
}

static int resume_call(struct cli *cli, struct winnow_error *err) {
    if (cli_open(cli, err) != 0 || winnow_resume(cli->w, cli->words[0], err) != 0)
        return -1;
    return pause_tell(cli, false, err);
}

const struct command command_pause = {
    .name = "pause",
    .usage = "NAME",
    .summary = "hold a campaign, also one that runs in another terminal",
    .details = "Nothing more is sent until 'winnow resume NAME'. The pause is stored: a worker\n"
               "that is started later keeps to it.",
    .min_words = 1,
    .max_words = 1,
    .call = pause_call,
};

const struct command command_resume = {
    .name = "resume",
    .usage = "NAME",
    .summary = "let a paused campaign go on",
    .details = "Ends a pause. A worker that runs goes on at once; this command starts none.",
    .min_words = 1,
    .max_words = 1,
    .call = resume_call,
};
