/* winnow logout: have the platform forget the credential, and remove it.
 *
 * Happy path: revoked, removed, said. What was not revoked is said with where to do it by hand.
 * Failure: a worker that runs, no such campaign, a disk that does not remove the file. */
#include "cli/base/cli.h"
#include "cli/parts/json.h"
#include "cli/parts/signals.h"

static int logout_tell(struct cli *cli, const struct winnow_logout *out, struct winnow_error *err) {
    const char *name = cli->words[0];
    if (cli->json)
        return json_emit(cli,
                         json_pack("{s:i,s:o,s:b,s:b,s:o}", "version", 1, "name", json_text(name),
                                   "was_logged_in", out->was_in ? 1 : 0, "revoked",
                                   out->revoked ? 1 : 0, "why", json_text_or_null(out->why)),
                         err);
    if (!out->was_in)
        cli_say(cli, "nobody was logged in");
    else if (out->revoked)
        cli_say(cli, "logged out: the platform has revoked the credential, and its file is gone");
    else
        cli_say(cli, "logged out: the file is gone, but the credential was not revoked: %s%s%s",
                out->why, *out->page == '\0' ? "" : "; do it by hand at ", out->page);
    return 0;
}

static int logout_call(struct cli *cli, struct winnow_error *err) {
    struct winnow_logout out;
    if (cli_open(cli, err) != 0)
        return -1;
    signals_catch(cli->w);
    int result = winnow_logout(cli->w, cli->words[0], &out, err);
    signals_release();
    if (result != 0)
        return -1;
    return logout_tell(cli, &out, err);
}

const struct command command_logout = {
    .name = "logout",
    .usage = "NAME",
    .summary = "revoke the credential where the platform can, and remove it",
    .details = "X and Mastodon revoke what a login in the browser got, Bluesky ends the session.\n"
               "A token that was handed over is removed here, and stays good at the platform\n"
               "until its owner takes it back: the command says where. Everything else of the\n"
               "campaign stays.",
    .min_words = 1,
    .max_words = 1,
    .call = logout_call,
};
