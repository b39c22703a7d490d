/* Options, start, the loop, the end.
 *
 * Happy path: read the options, open the follow graph, listen on loopback, print the ready line,
 * serve until SIGTERM or SIGINT, write the audit file, exit 0.
 * Failure: a wrong option or an address off loopback is exit 2; a file or port that cannot be
 * had is exit 1; each with a message on stderr. */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define STRINGS_MOST 64

static volatile sig_atomic_t stop_asked;

struct start {
    struct options options;
    struct follows_spec follows;
    struct sockaddr_in address;
    const char *port_file;
    const char *people_file; /* NULL: followees are made up */
    const char *protected_file;
    const char *limit[STRINGS_MOST]; /* applied in order, once the flavour is known */
    int limits;
    uint64_t seed;
    uint64_t token_life_ns;
    uint64_t refresh_life_ns;
    uint64_t code_life_ns;
    bool no_pkce;
    struct faults faults;
};

enum option_id {
    O_LISTEN = 256,
    O_PORT_FILE,
    O_FOLLOWS,
    O_FOLLOWS_FILE,
    O_PEOPLE,
    O_MASTODON_SCOPES,
    O_APP_SCOPES,
    O_DUPLICATES,
    O_ACCOUNT,
    O_HANDLE,
    O_TOKEN,
    O_PASSWORD,
    O_TOKEN_LIFE,
    O_REFRESH_LIFE,
    O_REFRESH_FAILS,
    O_FLAVOUR,
    O_LIMIT,
    O_LIMITS,
    O_FAULT,
    O_FAULT_AT,
    O_FAULT_READS,
    O_SEED,
    O_SLOW,
    O_REDIRECT_TO,
    O_RETRY_AFTER,
    O_NO_APPVIEW,
    O_NO_RELATIONS,
    O_ASTRAY,
    O_LOOK_STATUS,
    O_BATCHES,
    O_REPO,
    O_OLD_NAMES,
    O_DATE_1970,
    O_NUMBER_IDS,
    O_DEAD,
    O_BLOCKING,
    O_HIDE,
    O_REPEAT,
    O_CUT_AFTER,
    O_CUT_FOLLOWING,
    O_PAGE_MOST,
    O_LOOP,
    O_PROTECTED,
    O_AUDIT_FILE,
    O_CLIENT_ID,
    O_CLIENT_SECRET,
    O_REDIRECT_URI,
    O_CODE_LIFE,
    O_NO_PKCE,
    O_SCOPES,
    O_ENDLESS,
    O_SELF_CURSOR,
    O_ERRORS_PAGES,
    O_PROFILE_MORE,
    O_SHOWN_STATUS,
    O_DEAD_TOKEN,
    O_SAME_SAID,
    O_NO_REFRESH,
    O_SLOW_REFRESH,
    O_HELP
};

static const struct option long_options[] = {
    {"listen", required_argument, NULL, O_LISTEN},
    {"port-file", required_argument, NULL, O_PORT_FILE},
    {"follows", required_argument, NULL, O_FOLLOWS},
    {"follows-file", required_argument, NULL, O_FOLLOWS_FILE},
    {"people", required_argument, NULL, O_PEOPLE},
    {"mastodon-scopes", required_argument, NULL, O_MASTODON_SCOPES},
    {"app-scopes", required_argument, NULL, O_APP_SCOPES},
    {"duplicates", required_argument, NULL, O_DUPLICATES},
    {"account", required_argument, NULL, O_ACCOUNT},
    {"handle", required_argument, NULL, O_HANDLE},
    {"token", required_argument, NULL, O_TOKEN},
    {"password", required_argument, NULL, O_PASSWORD},
    {"token-life", required_argument, NULL, O_TOKEN_LIFE},
    {"refresh-life", required_argument, NULL, O_REFRESH_LIFE},
    {"refresh-fails", required_argument, NULL, O_REFRESH_FAILS},
    {"flavour", required_argument, NULL, O_FLAVOUR},
    {"limit", required_argument, NULL, O_LIMIT},
    {"limits", required_argument, NULL, O_LIMITS},
    {"fault", required_argument, NULL, O_FAULT},
    {"fault-at", required_argument, NULL, O_FAULT_AT},
    {"fault-reads", no_argument, NULL, O_FAULT_READS},
    {"seed", required_argument, NULL, O_SEED},
    {"slow", required_argument, NULL, O_SLOW},
    {"redirect-to", required_argument, NULL, O_REDIRECT_TO},
    {"retry-after", no_argument, NULL, O_RETRY_AFTER},
    {"no-appview", no_argument, NULL, O_NO_APPVIEW},
    {"no-relationships", no_argument, NULL, O_NO_RELATIONS},
    {"astray", required_argument, NULL, O_ASTRAY},
    {"look-status", required_argument, NULL, O_LOOK_STATUS},
    {"batches", required_argument, NULL, O_BATCHES},
    {"repo", required_argument, NULL, O_REPO},
    {"x-old-names", no_argument, NULL, O_OLD_NAMES},
    {"date-1970", no_argument, NULL, O_DATE_1970},
    {"number-ids", no_argument, NULL, O_NUMBER_IDS},
    {"dead", required_argument, NULL, O_DEAD},
    {"blocking", required_argument, NULL, O_BLOCKING},
    {"hide-followers", required_argument, NULL, O_HIDE},
    {"repeat-followers", no_argument, NULL, O_REPEAT},
    {"cut-followers", required_argument, NULL, O_CUT_AFTER},
    {"cut-following", required_argument, NULL, O_CUT_FOLLOWING},
    {"page-followers", required_argument, NULL, O_PAGE_MOST},
    {"loop-followers", no_argument, NULL, O_LOOP},
    {"protected", required_argument, NULL, O_PROTECTED},
    {"audit-file", required_argument, NULL, O_AUDIT_FILE},
    {"client-id", required_argument, NULL, O_CLIENT_ID},
    {"client-secret", required_argument, NULL, O_CLIENT_SECRET},
    {"redirect-uri", required_argument, NULL, O_REDIRECT_URI},
    {"code-life", required_argument, NULL, O_CODE_LIFE},
    {"no-pkce", no_argument, NULL, O_NO_PKCE},
    {"scopes", required_argument, NULL, O_SCOPES},
    {"endless", required_argument, NULL, O_ENDLESS},
    {"self-cursor", no_argument, NULL, O_SELF_CURSOR},
    {"errors-pages", no_argument, NULL, O_ERRORS_PAGES},
    {"profile-more", required_argument, NULL, O_PROFILE_MORE},
    {"shown-status", required_argument, NULL, O_SHOWN_STATUS},
    {"dead-token", no_argument, NULL, O_DEAD_TOKEN},
    {"same-said", no_argument, NULL, O_SAME_SAID},
    {"no-refresh", no_argument, NULL, O_NO_REFRESH},
    {"slow-refresh", no_argument, NULL, O_SLOW_REFRESH},
    {"help", no_argument, NULL, O_HELP},
    {NULL, 0, NULL, 0},
};

static void usage(FILE *out) {
    fputs("usage: platform-sim [OPTION...]\n"
          "A made-up X, Mastodon, Bluesky and GitHub on one loopback port, for tests.\n"
          "  --listen 127.0.0.1:PORT   0 takes a free port (default)\n"
          "  --port-file FILE          write the port there once it is open\n"
          "  --follows N               followees with computed ids (default 1000)\n"
          "  --follows-file FILE       followees from `id[TAB]handle` lines\n"
          "  --people FILE             followees with all that is true of them (tests/people)\n"
          "  --duplicates N            N followees have two Bluesky records\n"
          "  --account ID  --handle H  whom the credential belongs to\n"
          "  --token T                 bearer token (default sim-token)\n"
          "  --password P              Bluesky app password (default sim-password)\n"
          "  --token-life TIME         of Bluesky's and X's access tokens (default 2h)\n"
          "  --refresh-life TIME       of their refresh tokens (default 90d)\n"
          "  --refresh-fails N         the first N refreshes are answered 503\n"
          "  --slow-refresh            X: refreshes take --slow\n"
          "  --client-id ID            of the X app (default sim-client)\n"
          "  --client-secret S         makes it a confidential one\n"
          "  --redirect-uri URI        the only one that it has (default: any on loopback)\n"
          "  --code-life TIME          of authorisation codes (default 30s)\n"
          "  --no-pkce                 Mastodon: no metadata, challenges are ignored\n"
          "  --scopes LIST             GitHub's token is a classic one with these\n"
          "  --mastodon-scopes LIST    calls outside of these are refused\n"
          "  --app-scopes LIST         Mastodon's apps that ask for others are refused\n"
          "  --flavour NAME            mastodon, gotosocial, pleroma, pixelfed or snac\n"
          "  --limit NAME=N/TIME[:aligned|first|sliding], --limit NAME=off, --limits off\n"
          "  --fault KIND=PERMILLE     by chance, on writes; --fault-reads: on reads as well\n"
          "  --fault-at N=KIND         on the N-th write\n"
          "  --seed N                  of the chances (default 1)\n"
          "  --slow TIME               how long a slow reply takes (default 2s)\n"
          "  --redirect-to URL         where the redirect fault points\n"
          "  --retry-after             Bluesky's 429 carries Retry-After\n"
          "  --no-appview              Bluesky without an AppView, as a bare PDS\n"
          "  --dead N                  Bluesky: every N-th is taken down, deactivated or deleted\n"
          "  --blocking N              Bluesky: every N-th blocks the account\n"
          "  --no-relationships        Mastodon without relationships\n"
          "  --astray writes|all       \"not found\" to every unfollow, or to every call\n"
          "  --look-status N           relationships are refused with that status\n"
          "  --batches none|hollow     Bluesky without applyWrites, or one that says nothing\n"
          "  --repo none|cut|short|hash|hole|other|empty|slow\n"
          "                            what is wrong with Bluesky's getRepo\n"
          "  --x-old-names             X knows the parameters until OpenAPI 2.166 alone\n"
          "  --date-1970, --number-ids  Date headers of 1970; X's ids are numbers\n"
          "  --hide-followers N        every N-th followee is left out of lists and answers\n"
          "  --repeat-followers        and another follower stands twice in the list instead\n"
          "  --cut-followers N         lists of followers break off after N, as if that were all\n"
          "  --cut-following N         so does X's list of followees, and Bluesky's getFollows\n"
          "  --page-followers N        their pages have N rows at most\n"
          "  --loop-followers          their cursor comes back to the first page\n"
          "  --endless repeat|empty|more  lists of followees, and getFollows, do not end\n"
          "  --self-cursor             their last page has a cursor, which leads to itself\n"
          "  --errors-pages            X: pages of errors alone between those of followees\n"
          "  --profile-more N          the profile counts N more followees than there are\n"
          "  --shown-status N          getFollows is refused with that status\n"
          "  --dead-token              Mastodon: no token is known, as snac answers then\n"
          "  --same-said               Mastodon: notifications of the conversations' statuses\n"
          "  --no-refresh              X grants no refresh token\n"
          "  --protected FILE          ids, one a line, that no write should name\n"
          "  --audit-file FILE         write the audit summary there at the end\n"
          "TIME is 250ms, 2s, 15m, 1h, 1d, or bare seconds.\n",
          out);
}

_Noreturn static void wrong(const char *option, const char *value, const char *why) {
    fprintf(stderr, "platform-sim: --%s %s: %s\n", option, value, why);
    exit(2);
}

static bool parse_address(const char *text, struct sockaddr_in *address) {
    char host[32];
    uint64_t port = 0;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host || !parse_u64(colon + 1, &port) ||
        port > 65535) {
        return false;
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, host, &address->sin_addr) == 1 &&
           ntohl(address->sin_addr.s_addr) >> 24 == 127;
}

static bool parse_u32(const char *text, uint32_t most, uint32_t *out) {
    uint64_t value = 0;
    if (!parse_u64(text, &value) || value > most) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool parse_flavour(const char *text, enum flavour *out) {
    static const char *const names[FLAVOURS] = {"mastodon", "gotosocial", "pleroma", "pixelfed",
                                                "snac"};
    for (int f = 0; f < FLAVOURS; f++) {
        if (strcmp(text, names[f]) == 0) {
            *out = (enum flavour)f;
            return true;
        }
    }
    return false;
}

static bool add_limit(struct start *start, const char *text) {
    if (start->limits == STRINGS_MOST) {
        return false;
    }
    start->limit[start->limits++] = text;
    return true;
}

/* Options that are text; false if this is not one of them. */
static bool take_text(struct start *start, int option, const char *value) {
    const char **to[] = {
        &start->port_file,           &start->follows.file,          &start->options.account,
        &start->options.handle,      &start->options.token,         &start->options.password,
        &start->options.redirect_to, &start->protected_file,        &start->options.audit_file,
        &start->options.client_id,   &start->options.client_secret, &start->options.redirect_uri,
        &start->options.scopes,      &start->people_file,           &start->options.mastodon_scopes,
        &start->options.app_scopes};
    static const int ids[] = {O_PORT_FILE,  O_FOLLOWS_FILE, O_ACCOUNT,         O_HANDLE,
                              O_TOKEN,      O_PASSWORD,     O_REDIRECT_TO,     O_PROTECTED,
                              O_AUDIT_FILE, O_CLIENT_ID,    O_CLIENT_SECRET,   O_REDIRECT_URI,
                              O_SCOPES,     O_PEOPLE,       O_MASTODON_SCOPES, O_APP_SCOPES};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        if (ids[i] == option) {
            *to[i] = value;
            return true;
        }
    }
    return false;
}

/* Options without a value; false if this is not one of them. */
static bool take_switch(struct start *start, int option) {
    struct options *o = &start->options;
    bool *to[] = {&start->faults.on_reads, &o->retry_after, &o->appview,
                  &o->relations,           &o->repeat,      &o->loop,
                  &start->no_pkce,         &o->old_names,   &o->date_1970,
                  &o->number_ids,          &o->self_cursor, &o->errors_pages,
                  &o->dead_token,          &o->same_said,   &o->no_refresh,
                  &o->slow_refresh};
    static const struct {
        int option;
        bool value;
    } switches[] = {{O_FAULT_READS, true},   {O_RETRY_AFTER, true}, {O_NO_APPVIEW, false},
                    {O_NO_RELATIONS, false}, {O_REPEAT, true},      {O_LOOP, true},
                    {O_NO_PKCE, true},       {O_OLD_NAMES, true},   {O_DATE_1970, true},
                    {O_NUMBER_IDS, true},    {O_SELF_CURSOR, true}, {O_ERRORS_PAGES, true},
                    {O_DEAD_TOKEN, true},    {O_SAME_SAID, true},   {O_NO_REFRESH, true},
                    {O_SLOW_REFRESH, true}};
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        if (switches[i].option == option) {
            *to[i] = switches[i].value;
            return true;
        }
    }
    return false;
}

/* The place of a word among `count`, from 1 on; false if it is none of them. */
static bool one_of(const char *value, const char *const *words, unsigned count, unsigned *to) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(value, words[i]) == 0) {
            *to = i + 1;
            return true;
        }
    }
    return false;
}

static bool take_word(struct options *o, int option, const char *value) {
    static const char *const astray[] = {"writes", "all"};
    static const char *const batches[] = {"none", "hollow"};
    static const char *const endless[] = {"repeat", "empty", "more"};
    static const char *const repo[] = {"none", "cut",   "short", "hash",
                                       "hole", "other", "empty", "slow"};
    unsigned is = 0;
    bool known = option == O_ASTRAY    ? one_of(value, astray, 2, &is)
                 : option == O_REPO    ? one_of(value, repo, 8, &is)
                 : option == O_ENDLESS ? one_of(value, endless, 3, &is)
                                       : one_of(value, batches, 2, &is);
    if (known && option == O_ENDLESS) {
        o->endless = (enum endless)is;
    } else if (known && option == O_REPO) {
        o->repo = (enum repo)is;
    } else if (known && option == O_ASTRAY) {
        o->astray = (enum astray)is;
    } else if (known) {
        o->batches = (enum batches)is;
    }
    return known;
}

/* Options that need reading; false if the value is wrong. */
static bool take_value(struct start *start, int option, const char *value) {
    switch (option) {
    case O_LISTEN:
        return parse_address(value, &start->address);
    case O_FOLLOWS:
        return parse_u32(value, 50000000, &start->follows.generated);
    case O_DUPLICATES:
        return parse_u32(value, 50000000, &start->follows.duplicates);
    case O_TOKEN_LIFE:
        return parse_period(value, &start->token_life_ns);
    case O_REFRESH_LIFE:
        return parse_period(value, &start->refresh_life_ns);
    case O_CODE_LIFE:
        return parse_period(value, &start->code_life_ns);
    case O_REFRESH_FAILS:
        return parse_u32(value, 1000, &start->options.refresh_fails);
    case O_ASTRAY:
    case O_BATCHES:
    case O_REPO:
    case O_ENDLESS:
        return take_word(&start->options, option, value);
    case O_LOOK_STATUS:
        return parse_u32(value, 599, &start->options.look_status);
    case O_PROFILE_MORE:
        return parse_u32(value, 50000000, &start->options.profile_more);
    case O_SHOWN_STATUS:
        return parse_u32(value, 599, &start->options.shown_status);
    case O_DEAD:
        return parse_u32(value, 50000000, &start->options.dead);
    case O_BLOCKING:
        return parse_u32(value, 50000000, &start->options.blocking);
    case O_HIDE:
        return parse_u32(value, 50000000, &start->options.hide);
    case O_CUT_AFTER:
        return parse_u32(value, 50000000, &start->options.cut_after);
    case O_CUT_FOLLOWING:
        return parse_u32(value, 50000000, &start->options.cut_following);
    case O_PAGE_MOST:
        return parse_u32(value, 1000, &start->options.page_most);
    case O_FLAVOUR:
        return parse_flavour(value, &start->options.flavour);
    case O_LIMIT:
        return add_limit(start, value);
    case O_LIMITS:
        return strcmp(value, "off") == 0 && add_limit(start, "off");
    case O_FAULT:
        return faults_option(&start->faults, value);
    case O_FAULT_AT:
        return faults_at_option(&start->faults, value);
    case O_SEED:
        return parse_u64(value, &start->seed);
    case O_SLOW:
        return parse_period(value, &start->options.slow_ns);
    default:
        return false;
    }
}

static void take_options(struct start *start, int argc, char **argv) {
    int index = 0;
    for (int o = getopt_long(argc, argv, "h", long_options, &index); o != -1;
         o = getopt_long(argc, argv, "h", long_options, &index)) {
        if (o == O_HELP || o == 'h') {
            usage(stdout);
            exit(0);
        }
        if (o == '?') {
            exit(2);
        }
        if (!take_switch(start, o) && !take_text(start, o, optarg) &&
            !take_value(start, o, optarg)) {
            wrong(long_options[index].name, optarg,
                  o == O_LISTEN ? "must be an address in 127.0.0.0/8 and a port"
                                : "is not understood; see --help");
        }
    }
    if (optind < argc) {
        fprintf(stderr, "platform-sim: %s: no arguments besides options\n", argv[optind]);
        exit(2);
    }
}

static void open_limits(struct sim *sim, const struct start *start) {
    limits_init(&sim->limits, start->options.flavour);
    for (int i = 0; i < start->limits; i++) {
        if (strcmp(start->limit[i], "off") == 0) {
            limits_off(&sim->limits);
        } else if (!limits_set(&sim->limits, start->limit[i])) {
            wrong("limit", start->limit[i], "is not NAME=N/TIME[:aligned|first|sliding]");
        }
    }
}

static void open_oauth(struct sim *sim, const struct start *start) {
    const struct options *o = &start->options;
    sim->oauth.seed = start->seed;
    sim->oauth.code_life_ns = start->code_life_ns;
    sim->oauth.token_life_ns = start->token_life_ns;
    sim->oauth.refresh_life_ns = start->refresh_life_ns;
    sim->oauth.no_pkce = start->no_pkce;
    (void)oauth_app(sim, o->client_id, o->client_secret, o->redirect_uri, false);
}

/* Deleted accounts leave the lists of their followers on Mastodon and GitHub; suspended ones do so
 * on GitHub. */
static void take_off(struct sim *sim) {
    for (uint32_t at = 0; at < sim->people.count; at++) {
        const struct person *p = &sim->people.person[at];
        for (int on = 0; on < 2; on++) {
            enum platform_id platform = on == 0 ? P_MASTODON : P_GITHUB;
            if (p->deleted || (p->suspended && platform == P_GITHUB)) {
                (void)follows_drop(&sim->follows, platform, at);
                (void)bits_add(&sim->follows.vanished[platform], at);
            }
        }
    }
}

static struct sim *open_sim(const struct start *start) {
    struct sim *sim = sim_realloc(NULL, 1, sizeof *sim);
    memset(sim, 0, sizeof *sim);
    sim->options = start->options;
    sim->faults = start->faults;
    sim->faults.random = start->seed;
    sim->sessions.seed = start->seed;
    sim->sessions.life_ns = start->token_life_ns;
    sim->sessions.refresh_life_ns = start->refresh_life_ns;
    sim->sessions.grace_ns = 7200 * NS_PER_S;
    open_oauth(sim, start);
    open_limits(sim, start);
    struct follows_spec follows = start->follows;
    if (start->people_file != NULL) {
        people_load(&sim->people, start->people_file);
        follows.people = &sim->people;
        follows.file = NULL;
    }
    if (!follows_open(&sim->follows, &follows)) {
        sim_die("%s: %s", start->follows.file, strerror(errno));
    }
    take_off(sim);
    if (start->protected_file != NULL && !names_load(&sim->protected_ids, start->protected_file)) {
        sim_die("%s: %s", start->protected_file, strerror(errno));
    }
    sim->audit.begin_mono_ns = clock_mono_ns();
    return sim;
}

static void close_sim(struct sim *sim) {
    follows_free(&sim->follows);
    people_free(&sim->people);
    limits_free(&sim->limits);
    faults_free(&sim->faults);
    audit_free(&sim->audit);
    bill_free(&sim->bill);
    names_free(&sim->protected_ids);
    buf_free(&sim->body);
    buf_free(&sim->extra);
    free(sim);
}

/* The whole file or none of it: written beside, then renamed. */
static void write_file(const char *file, const char *text) {
    struct buf beside = {0};
    buf_printf(&beside, "%s.new", file);
    FILE *out = fopen(beside.text, "w");
    bool written = out != NULL && fputs(text, out) >= 0;
    written = out != NULL && fclose(out) == 0 && written;
    if (!written || rename(beside.text, file) != 0) {
        sim_die("%s: %s", file, strerror(errno));
    }
    buf_free(&beside);
}

static void on_signal(int signal) {
    (void)signal;
    stop_asked = 1;
}

static void catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

static struct MHD_Daemon *listen_on(struct sim *sim, const struct sockaddr_in *address) {
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0, NULL, NULL,
                            on_request, sim, MHD_OPTION_SOCK_ADDR, address,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)128 * 1024,
                            MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
}

static void announce(struct MHD_Daemon *daemon, const struct start *start) {
    char host[INET_ADDRSTRLEN] = "";
    char port[16];
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    (void)inet_ntop(AF_INET, &start->address.sin_addr, host, sizeof host);
    (void)snprintf(port, sizeof port, "%u\n", info != NULL ? info->port : 0u);
    if (start->port_file != NULL) {
        write_file(start->port_file, port);
    }
    printf("listening on http://%s:%s", host, port);
    (void)fflush(stdout);
}

/* One thread does it all: the library's epoll, and now and then a look at the clock and flag. */
static void run(struct sim *sim, struct MHD_Daemon *daemon) {
    bool sleeping = false;
    while (!stop_asked) {
        if (MHD_run_wait(daemon, sleeping ? 5 : 50) == MHD_NO) {
            sim_die("the HTTP library failed");
        }
        sleeping = sim->sleepers != NULL && sleepers_wake(sim, false);
    }
    (void)sleepers_wake(sim, true);
    (void)MHD_run_wait(daemon, 0);
    (void)sleepers_wake(sim, true);
    (void)MHD_run_wait(daemon, 0);
}

int main(int argc, char **argv) {
    struct start start = {
        .options = {.token = "sim-token",
                    .password = "sim-password",
                    .redirect_to = "http://127.0.0.2:9/elsewhere",
                    .client_id = "sim-client",
                    .client_secret = "",
                    .redirect_uri = "",
                    .slow_ns = 2 * NS_PER_S,
                    .appview = true,
                    .relations = true},
        .follows = {.generated = 1000},
        .seed = 1,
        .code_life_ns = 30 * NS_PER_S,
        .token_life_ns = 7200 * NS_PER_S,
        .refresh_life_ns = UINT64_C(7776000) * NS_PER_S,
    };
    (void)parse_address("127.0.0.1:0", &start.address);
    take_options(&start, argc, argv);
    struct sim *sim = open_sim(&start);
    catch_signals();
    struct MHD_Daemon *daemon = listen_on(sim, &start.address);
    if (daemon == NULL) {
        sim_die("cannot listen on port %u: %s", ntohs(start.address.sin_port), strerror(errno));
    }
    announce(daemon, &start);
    run(sim, daemon);
    MHD_stop_daemon(daemon);
    if (start.options.audit_file != NULL) {
        buf_clear(&sim->body);
        audit_json(&sim->audit, &sim->limits, &sim->follows, &sim->bill, &sim->body);
        write_file(start.options.audit_file, sim->body.text);
    }
    close_sim(sim);
    return 0;
}
