/* winnow login: store a credential for a campaign.
 *
 * Happy path: the secret comes by standard input, the library asks the platform whose it is and
 * stores it, the buffer is wiped.
 * Failure: USAGE for a secret in the command line, the wrong kind, or no way to get one. */
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "json.h"
#include "secret.h"

struct login_options {
    bool token_stdin, password_stdin;
    char refused; /* what a refused option would fill */
};

static const struct option_rule rules[] = {
    {.name = "token-stdin",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct login_options, token_stdin),
     .help = "read the access token from standard input (x, mastodon, github)"},
    {.name = "password-stdin",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct login_options, password_stdin),
     .help = "read the app password from standard input (bluesky)"},
    {.name = "token",
     .value = "TOKEN",
     .kind = OPTION_SECRET,
     .at = offsetof(struct login_options, refused)},
    {.name = "password",
     .value = "PASSWORD",
     .kind = OPTION_SECRET,
     .at = offsetof(struct login_options, refused)},
};

static int words_refuse(const struct cli *cli, struct winnow_error *err) {
    if (cli->word_count == 1)
        return 0;
    return winnow_fail(err, WINNOW_USAGE,
                       "login takes a campaign's name alone; if the other word was a token or a "
                       "password, treat it as known to others and replace it: every user of this "
                       "machine can read a command line. Hand it over with --token-stdin or "
                       "--password-stdin");
}

static int kind_check(const struct winnow_campaign *campaign, const struct login_options *options,
                      bool password, struct winnow_error *err) {
    if (options->token_stdin && options->password_stdin)
        return winnow_fail(err, WINNOW_USAGE,
                           "--token-stdin and --password-stdin exclude each other; for %s use "
                           "--%s-stdin",
                           campaign->platform, password ? "password" : "token");
    if (password ? options->token_stdin : options->password_stdin)
        return winnow_fail(err, WINNOW_USAGE, "%s takes %s; use --%s-stdin", campaign->platform,
                           password ? "an app password" : "an access token",
                           password ? "password" : "token");
    bool piped = options->token_stdin || options->password_stdin;
    if (!piped && isatty(STDIN_FILENO) == 0)
        return winnow_fail(err, WINNOW_USAGE,
                           "standard input is no terminal to ask at; hand the secret over with "
                           "'winnow login %s --%s-stdin'",
                           campaign->name, password ? "password" : "token");
    return 0;
}

static void notice_say(struct cli *cli, const char *platform) {
    const char *text = NULL;
    const char *source = NULL;
    winnow_platform_notice(platform, &text, &source);
    if (text != NULL)
        cli_say(cli, "note: %s (%s)", text, source == NULL ? "no source" : source);
}

static int login_tell(struct cli *cli, const char *name, struct winnow_error *err) {
    struct winnow_campaign c;
    if (winnow_campaign_get(cli->w, name, &c, err) != 0)
        return -1;
    notice_say(cli, c.platform);
    if (cli->json)
        return json_emit(cli,
                         json_pack("{s:i,s:o,s:o,s:o}", "version", 1, "name", json_text(c.name),
                                   "account", json_text(c.account), "handle",
                                   json_text_or_null(c.handle)),
                         err);
    cli_say(cli, "logged in to %s as %s%s%s; next: winnow fetch %s, or winnow import %s FILE",
            c.server, c.account, *c.handle == '\0' ? "" : " @", c.handle, name, name);
    return 0;
}

static int login_call(struct cli *cli, struct winnow_error *err) {
    const char *name = cli->words[0];
    struct winnow_campaign campaign;
    if (words_refuse(cli, err) != 0 || cli_open(cli, err) != 0 ||
        winnow_campaign_get(cli->w, name, &campaign, err) != 0)
        return -1;
    bool password = winnow_platform_wants_password(campaign.platform);
    if (kind_check(&campaign, cli->options, password, err) != 0)
        return -1;
    struct secret secret = {0};
    if (secret_read(&secret, password ? "app password" : "access token", err) != 0)
        return -1;
    struct winnow_hooks hooks = cli_hooks(cli);
    int result = winnow_login(cli->w, name, secret.text, &hooks, err);
    secret_wipe(&secret);
    return result != 0 ? -1 : login_tell(cli, name, err);
}

const struct command command_login = {
    .name = "login",
    .usage = "NAME [--token-stdin | --password-stdin]",
    .summary = "store a credential, after asking the platform whose it is",
    .details = "Asks for the credential with echo off, or reads it as one line from standard\n"
               "input. It is checked with the platform, refused when it belongs to another\n"
               "account, and stored in a file that only you can read. A secret in the command\n"
               "line is refused: other users of the machine could read it there.\n\n"
               "  winnow login obama --token-stdin < token.txt",
    RULES_OF(rules),
    .options_size = sizeof(struct login_options),
    .min_words = 1,
    .max_words = SIZE_MAX, /* too many are refused with a word on secrets */
    .call = login_call,
};
