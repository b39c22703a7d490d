/* winnow login: store a credential for a campaign.
 *
 * Happy path: the secret comes by standard input, or the person authorises in the browser; the
 * library asks the platform whose it is and stores it, the buffer is wiped.
 * Failure: USAGE for a secret in the command line, the wrong kind, or no way to get one. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/cli.h"
#include "cli/parts/browser.h"
#include "cli/parts/json.h"
#include "cli/parts/secret.h"
#include "cli/parts/signals.h"

struct login_options {
    bool token_stdin, password_stdin;
    bool client_secret_stdin, paste, no_browser;
    const char *client_id;
    const char *server;
    uint64_t port;
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
    {.name = "client-id",
     .value = "ID",
     .kind = OPTION_TEXT,
     .at = offsetof(struct login_options, client_id),
     .help = "log in in the browser by your app of that client id (x)"},
    {.name = "client-secret-stdin",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct login_options, client_secret_stdin),
     .help = "read the app's secret, if it has one, from standard input"},
    {.name = "server",
     .value = "URL",
     .kind = OPTION_TEXT,
     .at = offsetof(struct login_options, server),
     .help = "where the account has moved to: the campaign goes along (bluesky)"},
    {.name = "port",
     .value = "N",
     .kind = OPTION_COUNT,
     .at = offsetof(struct login_options, port),
     .min = 1,
     .max = 65535,
     .help = "wait for the browser on this port of 127.0.0.1 (default: a free one)"},
    {.name = "paste",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct login_options, paste),
     .help = "read the code that the server shows from standard input (mastodon)"},
    {.name = "no-browser",
     .kind = OPTION_SWITCH,
     .at = offsetof(struct login_options, no_browser),
     .help = "print the address and open no browser"},
    {.name = "client-secret",
     .value = "SECRET",
     .kind = OPTION_SECRET,
     .at = offsetof(struct login_options, refused)},
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

static int login_handed(struct cli *cli, const struct winnow_campaign *campaign,
                        struct winnow_error *err) {
    const struct login_options *options = cli->options;
    bool password = winnow_platform_wants_password(campaign->platform);
    if (kind_check(campaign, cli->options, password, err) != 0)
        return -1;
    struct secret secret = {0};
    if (secret_read(&secret, password ? "app password" : "access token", err) != 0)
        return -1;
    struct winnow_hooks hooks = cli_hooks(cli);
    signals_catch(cli->w);
    int result = winnow_login(cli->w, campaign->name, secret.text, options->server, &hooks, err);
    signals_release();
    secret_wipe(&secret);
    return result;
}

/* ---- in the browser ---- */

static void address_show(void *context, const char *address, const char *redirect) {
    struct cli *cli = context;
    const struct login_options *options = cli->options;
    bool opened = !options->no_browser && browser_open(address);
    cli_say(cli, "%s and allow it there:",
            opened ? "your browser opens this address; log in"
                   : "open this address in a browser, log in");
    fprintf(stderr, "\n  %s\n\n", address);
    if (redirect != NULL)
        cli_say(cli, "the app must have the redirect address %s, to the letter", redirect);
    if (!options->paste)
        cli_say(cli, "waiting for the browser for five minutes");
}

static int code_ask(void *context, char *code, size_t room, struct winnow_error *err) {
    struct secret secret = {0};
    struct cli *cli = context;
    if (isatty(STDIN_FILENO) == 0)
        cli_say(cli, "reading the code that it shows from standard input");
    if (secret_read(&secret, "code", err) != 0)
        return -1;
    size_t size = strlen(secret.text);
    int result = size < room ? 0 : winnow_fail(err, WINNOW_BAD_INPUT, "the code is too long");
    if (result == 0)
        memcpy(code, secret.text, size + 1);
    secret_wipe(&secret);
    return result;
}

static int browser_check(const struct login_options *options, struct winnow_error *err) {
    if (options->token_stdin || options->password_stdin)
        return winnow_fail(
            err, WINNOW_USAGE,
            "--token-stdin and --password-stdin hand a credential over; --client-id, "
            "--client-secret-stdin, --port, --paste and --no-browser are for a login "
            "in the browser");
    if (options->server != NULL)
        return winnow_fail(err, WINNOW_USAGE,
                           "--server is for an account on Bluesky that has moved: it goes with "
                           "--password-stdin");
    if (options->client_secret_stdin && options->client_id == NULL)
        return winnow_fail(err, WINNOW_USAGE, "--client-secret-stdin needs --client-id");
    if (options->paste && options->port != 0)
        return winnow_fail(err, WINNOW_USAGE, "--paste listens on no port: leave out --port");
    return 0;
}

static int login_browser(struct cli *cli, const char *name, struct winnow_error *err) {
    const struct login_options *options = cli->options;
    struct secret secret = {0};
    if (browser_check(options, err) != 0 ||
        (options->client_secret_stdin && secret_read(&secret, "client secret", err) != 0))
        return -1;
    struct winnow_browser_options how = {
        .client_id = options->client_id,
        .client_secret = options->client_secret_stdin ? secret.text : NULL,
        .port = (uint16_t)options->port,
        .show = address_show,
        .code = options->paste ? code_ask : NULL,
        .hooks = cli_hooks(cli),
    };
    signals_catch(cli->w);
    int result = winnow_login_browser(cli->w, name, &how, err);
    signals_release();
    secret_wipe(&secret);
    return result;
}

/* Asked for by its options, or by none where nothing more is needed. */
static bool wants_browser(struct cli *cli, const char *name) {
    const struct login_options *o = cli->options;
    if (o->client_id != NULL || o->client_secret_stdin || o->paste || o->no_browser || o->port != 0)
        return true;
    return !o->token_stdin && !o->password_stdin && o->server == NULL &&
           winnow_login_remembers(cli->w, name);
}

static int login_call(struct cli *cli, struct winnow_error *err) {
    const char *name = cli->words[0];
    struct winnow_campaign campaign;
    if (words_refuse(cli, err) != 0 || cli_open(cli, err) != 0 ||
        winnow_campaign_get(cli->w, name, &campaign, err) != 0)
        return -1;
    int result = wants_browser(cli, name) ? login_browser(cli, name, err)
                                          : login_handed(cli, &campaign, err);
    return result != 0 ? -1 : login_tell(cli, name, err);
}

const struct command command_login = {
    .name = "login",
    .usage = "NAME [--token-stdin | --password-stdin | --client-id ID]",
    .summary = "store a credential, after asking the platform whose it is",
    .details = "Asks for the credential with echo off, or reads it as one line from standard\n"
               "input. It is checked with the platform, refused when it belongs to another\n"
               "account, and stored in a file that only you can read. A secret in the command\n"
               "line is refused: other users of the machine could read it there.\n\n"
               "Or you log in in the browser: on Mastodon with nothing but the name, on X with\n"
               "the client id of an app of yours, whose redirect address must be the one that is\n"
               "printed, so give --port. Tokens got so are refreshed before they expire.\n\n"
               "A Bluesky account that has moved to another server (PDS) keeps its DID: log in\n"
               "there with --server URL. That server is asked whether it holds the same DID; then\n"
               "the campaign goes on there, with its roster, journal and keep list.\n\n"
               "  winnow login obama --token-stdin < token.txt\n"
               "  winnow login obama --client-id ID --port 8765",
    RULES_OF(rules),
    .options_size = sizeof(struct login_options),
    .min_words = 1,
    .max_words = SIZE_MAX, /* too many are refused with a word on secrets */
    .call = login_call,
};
