/* winnow new: make a campaign.
 *
 * Happy path: the campaign is stored, and the next command is told.
 * Failure: USAGE for a missing option; what the library finds wrong with name, account or server.
 */
#include <stdio.h>
#include <string.h>

#include "cli/base/cli.h"
#include "cli/parts/json.h"

struct new_options {
    const char *platform, *account, *server;
};

static const struct option_rule rules[] = {
    {.name = "platform",
     .value = "NAME",
     .kind = OPTION_TEXT,
     .at = offsetof(struct new_options, platform),
     .help = "x, mastodon, bluesky or github"},
    {.name = "account",
     .value = "ID",
     .kind = OPTION_TEXT,
     .at = offsetof(struct new_options, account),
     .help = "the account's id or handle"},
    {.name = "server",
     .value = "URL",
     .kind = OPTION_TEXT,
     .at = offsetof(struct new_options, server),
     .help = "where it lives; needed for mastodon"},
};

static int platform_check(const char *platform, struct winnow_error *err) {
    struct nearest near;
    char names[128] = "";
    const char *name;
    nearest_start(&near, platform);
    for (size_t i = 0; (name = winnow_platform_name(i)) != NULL; i++) {
        if (strcmp(name, platform) == 0)
            return 0;
        nearest_offer(&near, name);
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : ", ", name);
    }
    return winnow_fail(err, WINNOW_USAGE, "--platform: '%.64s' is not known%s choose one of %s",
                       platform, nearest_ask(&near, "'", "'").text, names);
}

static int new_tell(struct cli *cli, const char *name, struct winnow_error *err) {
    struct winnow_campaign c;
    if (winnow_campaign_get(cli->w, name, &c, err) != 0)
        return -1;
    if (cli->json)
        return json_emit(cli,
                         json_pack("{s:i,s:o,s:o,s:o,s:o,s:o}", "version", 1, "name",
                                   json_text(c.name), "platform", json_text(c.platform), "account",
                                   json_text(c.account), "server", json_text(c.server), "created",
                                   json_time(c.created_ms)),
                         err);
    cli_say(cli, "campaign %s made for %s on %s (%s); next: winnow login %s", c.name, c.account,
            c.platform, c.server, c.name);
    return 0;
}

static int new_call(struct cli *cli, struct winnow_error *err) {
    const struct new_options *options = cli->options;
    const char *name = cli->words[0];
    if (options->platform == NULL || options->account == NULL)
        return winnow_fail(err, WINNOW_USAGE, "new needs --%s; see 'winnow new --help'",
                           options->platform == NULL ? "platform" : "account");
    if (platform_check(options->platform, err) != 0 || cli_make(cli, err) != 0)
        return -1;
    if (winnow_campaign_new(cli->w, name, options->platform, options->account, options->server,
                            err) != 0)
        return -1;
    return new_tell(cli, name, err);
}

const struct command command_new = {
    .name = "new",
    .usage = "NAME --platform x|mastodon|bluesky|github --account ID-or-handle [--server URL]",
    .summary = "make a campaign",
    .details = "Makes a campaign: an account, its roster, plan, journal and budgets, under one\n"
               "name (small letters, digits, dot, dash, underscore). It stays at one account.\n"
               "Servers are reached by https; http is allowed to loopback addresses only.",
    RULES_OF(rules),
    .options_size = sizeof(struct new_options),
    .min_words = 1,
    .max_words = 1,
    .call = new_call,
};
