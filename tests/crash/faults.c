/* Resources that fail. The command line's own main runs in a child, with one call made to fail: the
 * Nth allocation, open, read, write, flush, map, rename, for every N; and from the Nth on, as a
 * full disk does. Through a campaign's life: new, login, import, plan, keep, run, status, verify,
 * export, against the platform simulator. Then without descriptors, without room for files to grow,
 * and in a directory that cannot be written to. Each time
 *   - the command ends with an exit code of the contract, and when it is not 0, with a sentence;
 *   - the store opens again and store_check finds nothing; what the command does as a whole is
 * there as a whole or not at all, and all of it after exit code 0;
 *   - no more requests left than intents are in the journal;
 *   - the same command, asked again, succeeds.
 *
 * faults --sim PROGRAM [--tries N] [--seed N] [--command NAME | --only COMMAND:KIND:N[+]]
 * N is the number of tries for a kind of call in a command; 0 (long) is every call. */
#include "child.h"
#include "cmocka_all.h"
#include "inject.h"
#include "temp_directory.h"

#include "store/store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

int winnow_main(int argc, char **argv); /* of engine/cli/main.c */

#define PEOPLE    12
#define BYTES_MAX 262144

struct snapshot { /* of a state directory: the two files that last */
    unsigned char store[BYTES_MAX];
    char credential[4096];
    size_t store_size, credential_size; /* 0: there is none */
};

struct expectation { /* after success; followees and plans also say what "not at all" is */
    uint32_t followees, plans, kept;
    uint64_t settled;
};

struct command {
    const char *name;
    const char *words[12];
    const char *input; /* of standard input; NULL: none */
    bool quick;
    bool reads; /* a file or its input, whose failure is bad input (exit code 2) */
    struct expectation before, after;
};

struct faults {
    char base[PATH_MAX], state[PATH_MAX + 32];
    int words[2]; /* a pipe: what a command says, also when no file may grow */
    uint16_t port;
    pid_t sim;
    uint64_t tries, seed;
    struct snapshot *snapshot;
    const struct command *command;
    struct inject inject;
    rlim_t file_bytes, descriptors; /* RLIM_INFINITY: as they are */
    bool forbidden;                 /* the state directory belongs to another user */
    struct {
        long counts[INJECT_KIND_COUNT];
        int exit_code;
        uint64_t intents;
        long long ahead_ns; /* engine time never goes back, from one command to the next */
    } * shared;
    uint64_t done, failed, by_library, codes[8];
};

static char roster[PATH_MAX + 32], policy[PATH_MAX + 32]; /* filled in once, named in `commands` */
static char server[64];

#define NONE                                                                                       \
    { 0, 0, 0, 0 }
#define LOADED                                                                                     \
    { PEOPLE, 0, 0, 0 }
#define PLANNED                                                                                    \
    { PEOPLE, 1, 0, 0 }
#define KEPT                                                                                       \
    { PEOPLE, 1, 1, 0 }
#define DONE                                                                                       \
    { PEOPLE, 1, 1, PEOPLE - 1 }

static const struct command commands[] = {
    {"new",
     {"new", "o", "--platform", "x", "--account", "813286", "--server", server},
     NULL,
     false,
     false,
     NONE,
     NONE},
    {"login", {"login", "o", "--token-stdin"}, "sim-token\n", true, true, NONE, NONE},
    {"import", {"import", "o", roster}, NULL, false, true, NONE, LOADED},
    {"plan", {"plan", "o", "--policy", policy}, NULL, false, true, LOADED, PLANNED},
    {"keep", {"keep", "o", "1000000007"}, NULL, false, false, PLANNED, KEPT},
    {"run",
     {"run", "o", "--yes", "--pace", "burst", "--budget", "unfollow/15m=off", "--budget",
      "unfollow/1d=off", "--until", "2m"},
     NULL,
     true,
     false,
     KEPT,
     DONE},
    {"status", {"--json", "status", "o"}, NULL, false, false, DONE, DONE},
    {"verify", {"verify", "o"}, NULL, false, false, DONE, DONE},
    {"export", {"export", "o", "journal"}, NULL, false, false, DONE, DONE},
    {"show", {"show", "o"}, NULL, false, false, DONE, DONE},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static void must(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

/* ---- files ---- */

static size_t load(const char *path, void *to, size_t room) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    size_t size = fread(to, 1, room, file);
    fclose(file);
    must(size < room, path);
    return size;
}

static void save(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    must(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0, path);
    must(chmod(path, 0600) == 0, path);
}

static void in_state(const struct faults *f, const char *name, char path[2 * PATH_MAX]) {
    snprintf(path, 2 * PATH_MAX, "%s%s", f->state, name);
}

static void take_snapshot(struct faults *f) {
    char path[2 * PATH_MAX];
    in_state(f, "/store/data.mdb", path);
    f->snapshot->store_size = load(path, f->snapshot->store, sizeof f->snapshot->store);
    in_state(f, "/credentials/o", path);
    f->snapshot->credential_size =
        load(path, f->snapshot->credential, sizeof f->snapshot->credential);
}

static void restore(struct faults *f) {
    static const char *const folders[] = {"", "/store", "/credentials", "/run"};
    char path[2 * PATH_MAX];
    temp_directory_remove(f->state);
    if (f->snapshot->store_size == 0)
        return;
    for (size_t i = 0; i < 4; i++) {
        in_state(f, folders[i], path);
        must(mkdir(path, 0700) == 0, path);
    }
    in_state(f, "/store/data.mdb", path);
    save(path, f->snapshot->store, f->snapshot->store_size);
    in_state(f, "/credentials/o", path);
    if (f->snapshot->credential_size > 0)
        save(path, f->snapshot->credential, f->snapshot->credential_size);
}

/* ---- the simulator ---- */

static void start_sim(struct faults *f, const char *program) {
    int from[2];
    char line[256];
    must(pipe(from) == 0, "pipe");
    f->sim = fork();
    must(f->sim >= 0, "fork");
    if (f->sim == 0) {
        dup2(from[1], 1);
        close(from[0]);
        execl(program, program, "--follows", "12", "--limits", "off", (char *)NULL);
        _exit(127);
    }
    close(from[1]);
    FILE *said = fdopen(from[0], "r");
    must(said != NULL && fgets(line, sizeof line, said) != NULL, program);
    must(sscanf(line, "listening on http://127.0.0.1:%" SCNu16, &f->port) == 1, line);
    snprintf(server, sizeof server, "http://127.0.0.1:%u", f->port);
    fclose(said);
}

/* How many unfollows the simulator was asked for so far. */
static uint64_t sent(const struct faults *f) {
    static const char ask[] = "GET /sim/audit HTTP/1.0\r\n\r\n";
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(f->port)};
    char answer[65536];
    size_t size = 0;
    ssize_t got;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "the simulator");
    must(write(fd, ask, sizeof ask - 1) == (ssize_t)sizeof ask - 1, "the simulator");
    while (size < sizeof answer - 1 &&
           (got = read(fd, answer + size, sizeof answer - 1 - size)) > 0)
        size += (size_t)got;
    close(fd);
    answer[size] = '\0';
    const char *at = strstr(answer, "\"unfollows_sent\"");
    must(at != NULL, "the simulator's audit");
    return strtoull(at + strcspn(at, "0123456789"), NULL, 10);
}

/* ---- a command ---- */

static void redirect(const struct faults *f) {
    int in = open("/dev/null", O_RDONLY);
    if (f->command->input != NULL) {
        int pair[2];
        must(pipe(pair) == 0, "pipe");
        must(write(pair[1], f->command->input, strlen(f->command->input)) > 0, "pipe");
        close(pair[1]);
        close(in);
        in = pair[0];
    }
    int nowhere = open("/dev/null", O_WRONLY);
    must(in >= 0 && nowhere >= 0, "/dev/null");
    dup2(in, 0);
    dup2(nowhere, 1);
    dup2(f->words[1], 2);
    for (int fd = 3; fd < 64; fd++)
        close(fd);
}

/* What the last command said. */
static void hear(const struct faults *f, char *to, size_t room) {
    size_t size = 0;
    ssize_t got;
    while (size < room - 1 && (got = read(f->words[0], to + size, room - 1 - size)) > 0)
        size += (size_t)got;
    to[size] = '\0';
    while (read(f->words[0], &(char[4096]){0}, 4096) > 0)
        continue;
}

static void limit(int resource, rlim_t most) {
    struct rlimit l = {most, most};
    must(most == RLIM_INFINITY || setrlimit((__rlimit_resource_t)resource, &l) == 0, "setrlimit");
}

/* Where it died goes the way of what it said. */
static void on_death(int signal_number) {
    void *calls[24];
    inject_disarm();
    backtrace_symbols_fd(calls, backtrace(calls, 24), STDERR_FILENO);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static int run_command(struct child *c, void *context) {
    struct faults *f = context;
    char *words[16] = {(char *)(uintptr_t) "winnow"};
    int count = 1;
    (void)c;
    for (; f->command->words[count - 1] != NULL; count++)
        words[count] = (char *)(uintptr_t)f->command->words[count - 1];
    setenv("WINNOW_STATE", f->state, 1);
    redirect(f);
    signal(SIGXFSZ, SIG_IGN); /* its default would end the process before write can say EFBIG */
    if (f->forbidden)
        must(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
    limit(RLIMIT_FSIZE, f->file_bytes);
    limit(RLIMIT_NOFILE, f->descriptors);
    signal(SIGABRT, on_death);
    signal(SIGSEGV, on_death);
    signal(SIGFPE, on_death);
    optind = 0;
    f->inject.ahead_ns = f->shared->ahead_ns;
    inject_arm(&f->inject);
    int code = winnow_main(count, words);
    f->shared->ahead_ns = inject_ahead_ns();
    inject_disarm();
    f->shared->exit_code = code;
    for (int kind = 0; kind < INJECT_KIND_COUNT; kind++)
        f->shared->counts[kind] = inject_count((enum inject_kind)kind);
    return code;
}

static void run(struct faults *f, struct child *c) {
    f->shared->exit_code = -1;
    child_run(c, run_command, f);
    if (f->shared->exit_code < 0) /* it called _exit */
        f->shared->exit_code = c->status;
}

/* ---- what must hold afterwards ---- */

static int say(struct child *c, const char *what, const char *more) {
    snprintf(c->text, sizeof c->text, "%s%s%s", what, more[0] != '\0' ? ": " : "", more);
    return 1;
}

static int count_intents(void *context, const struct store_journal_record *record) {
    *(uint64_t *)context += record->kind == STORE_JOURNAL_INTENT;
    return 0;
}

static int judge_campaign(struct child *c, struct faults *f, struct store_txn *t) {
    struct winnow_error err = {0};
    struct store_campaign campaign;
    struct store_progress p = {0};
    struct store_check check;
    const struct expectation *before = &f->command->before, *after = &f->command->after;
    bool success = f->shared->exit_code == 0;
    f->shared->intents = 0;
    if (store_campaign_find(t, "o", &campaign, &err) != 0)
        return success || f->command != commands ? say(c, "the campaign", err.text) : 0;
    if (store_check(t, campaign.id, &check, &err) != 0 || check.mismatches != 0)
        return say(c, "store_check", check.first[0] != '\0' ? check.first : err.text);
    if (store_keep_check(t, &campaign, &err) != 0 ||
        store_progress_get(t, campaign.id, &p, &err) < 0 ||
        store_journal_each(t, campaign.id, 0, count_intents, &f->shared->intents, &err) != 0)
        return say(c, "reading", err.text);
    uint64_t settled = 0;
    for (int o = OUTCOME_DONE; o <= OUTCOME_REFUSED; o++)
        settled += p.settled[o];
    bool as_after = campaign.followees == after->followees && campaign.plans == after->plans &&
                    campaign.keep_count == after->kept && settled >= after->settled;
    bool as_before = campaign.followees == before->followees && campaign.plans == before->plans &&
                     campaign.keep_count == before->kept;
    if (success ? !as_after : !as_after && !as_before)
        return say(c, success ? "it said that it had done it" : "half of it was done", "");
    return 0;
}

static int judge_store(struct child *c, void *context) {
    struct faults *f = context;
    char path[2 * PATH_MAX];
    struct winnow_error err = {0};
    struct store *s;
    struct store_txn *t;
    in_state(f, "/store", path);
    if (access(path, F_OK) != 0)
        return f->snapshot->store_size == 0 ? 0 : say(c, "the store is gone", "");
    if (store_open(path, &s, &err) != 0)
        return say(c, "the store does not open again", err.text);
    if (store_read(s, &t, &err) != 0)
        return say(c, "the store cannot be read", err.text);
    int result = judge_campaign(c, f, t);
    store_abort(t);
    store_close(s);
    return result;
}

/* A sentence of ours, and not one of somebody else's as the last words. */
static bool speaks(const char *said) {
    const char *at = strstr(said, "winnow: ");
    return at != NULL && strlen(at) > strlen("winnow: ") + 12;
}

/* Did it die in libuv or libcurl? libuv calls abort where it is refused memory for its table of
 * descriptors, and libcurl 7.88 divides by the size of a table that it did not get. Nothing can be
 * done about that from outside, and nothing has left by then that has no intent. */
static bool library_died(const struct child *c, const char *said) {
    const char *at = strstr(said, c->signal == SIGABRT ? "(abort+" : "libc.so.6(+"); /* 2nd frame */
    const char *by = at != NULL && c->signal != SIGALRM ? strchr(at, '\n') : NULL;
    size_t line = by != NULL ? strcspn(by + 1, "\n") : 0;
    const char *uv = by != NULL ? strstr(by, "libuv.so") : NULL;
    const char *curl = by != NULL ? strstr(by, "libcurl.so") : NULL;
    return (uv != NULL && uv < by + 1 + line) || (curl != NULL && curl < by + 1 + line);
}

static bool judge_end(struct child *c, struct faults *f, const char *said) {
    if (c->signal != 0 && library_died(c, said)) {
        f->by_library++;
        return true;
    }
    if (c->signal != 0)
        return say(c, c->signal == SIGALRM ? "it hangs" : strsignal(c->signal), said) == 0;
    int code = f->shared->exit_code;
    if (code < 0 || code > 7 || (code == 2 && !f->command->reads))
        return say(c, "an exit code that this cannot have", said) == 0;
    if (code == 7)
        return say(c, "it says that the store is damaged", said) == 0;
    if (code != 0 && !speaks(said))
        return say(c, "it fails without a word", said) == 0;
    return true;
}

/* The same without a fault: it must succeed on what the fault left. */
static bool judge_again(struct child *c, const struct faults *f) {
    struct faults again = *f;
    char said[4096];
    if (f->command == commands && f->shared->exit_code == 0)
        return true; /* a campaign of that name is there */
    again.inject = (struct inject){.quick = f->command->quick};
    again.file_bytes = again.descriptors = RLIM_INFINITY;
    again.forbidden = false;
    /* A run whose network failed waits before it tries again, longer than it was given here. */
    for (int i = 0; i < 8 && (i == 0 || (f->command->quick && f->shared->exit_code == 6)); i++) {
        run(&again, c);
        hear(f, said, sizeof said);
    }
    bool made = f->command == commands && strstr(said, "already") != NULL;
    if (c->signal == 0 && (f->shared->exit_code == 0 || made))
        return true;
    return say(c, "asked again, it fails", c->signal != 0 ? strsignal(c->signal) : said) == 0;
}

static bool judge(struct child *c, struct faults *f, uint64_t sent_before) {
    char said[16384];
    hear(f, said, sizeof said);
    if (!judge_end(c, f, said))
        return false;
    if (f->shared->exit_code >= 0)
        f->codes[f->shared->exit_code]++;
    child_run(c, judge_store, f);
    if (c->signal != 0)
        return say(c, "opening the store again", strsignal(c->signal)) == 0;
    if (c->result != 0)
        return false;
    if (f->command->quick && sent(f) - sent_before > f->shared->intents)
        return say(c, "more requests left than have an intent", "") == 0;
    return judge_again(c, f);
}

static bool try_fault(struct faults *f, struct child *c, const char *name) {
    uint64_t sent_before = f->command->quick ? sent(f) : 0;
    restore(f);
    if (f->forbidden) {
        char path[2 * PATH_MAX];
        in_state(f, "", path);
        must(f->snapshot->store_size == 0 || chmod(path, 0755) == 0, path);
    }
    f->inject.quick = f->command->quick;
    run(f, c);
    f->done++;
    if (judge(c, f, sent_before))
        return true;
    f->failed++;
    printf("FAILED %s, %s %ld%s: %s\n", f->command->name, name, f->inject.at,
           f->inject.for_good ? " and all after" : "", c->text);
    if (f->inject.at > 0)
        printf("  again: scripts/crash --faults --only %s:%s:%ld%s\n", f->command->name, name,
               f->inject.at, f->inject.for_good ? "+" : "");
    return false;
}

/* ---- all of them ---- */

static const char *const kinds[] = {
#define X(id, name, error) name,
    INJECT_KINDS(X)
#undef X
};

/* Every call, or `tries` of them, evenly spread from a place that the seed says. */
static void each_call(struct faults *f, struct child *c, enum inject_kind kind, long calls,
                      bool for_good) {
    long tries = f->tries == 0 || (long)f->tries > calls ? calls : (long)f->tries;
    for (long i = 0; i < tries; i++) {
        long at = 1 + (i * calls / tries + (long)(f->seed % (uint64_t)(calls / tries))) % calls;
        f->inject = (struct inject){.kind = kind, .at = at, .for_good = for_good};
        try_fault(f, c, kinds[kind]);
    }
}

static void each_limit(struct faults *f, struct child *c) {
    f->inject = (struct inject){.at = 0};
    for (rlim_t most = 0; most < 24; most += f->tries == 0 ? 1 : 3) {
        f->descriptors = most < 3 ? 3 : most;
        try_fault(f, c, "descriptors");
    }
    f->descriptors = RLIM_INFINITY;
    for (rlim_t most = 0; most < 160; most += f->tries == 0 ? 2 : 20) {
        f->file_bytes = most * 1024 + most % 3;
        try_fault(f, c, "file size");
    }
    f->file_bytes = RLIM_INFINITY;
    f->forbidden = geteuid() == 0;
    if (f->forbidden)
        try_fault(f, c, "forbidden");
    f->forbidden = false;
}

static void each_kind(struct faults *f, struct child *c) {
    long counts[INJECT_KIND_COUNT];
    f->inject = (struct inject){.at = 0};
    if (!try_fault(f, c, "no fault"))
        return;
    restore(f);
    run(f, c); /* try_fault asked twice; this leaves the first's counts */
    must(c->signal == 0 && f->shared->exit_code == 0, f->command->name);
    memcpy(counts, f->shared->counts, sizeof counts);
    struct snapshot *next = malloc(sizeof *next);
    struct snapshot *here = f->snapshot;
    must(next != NULL, "memory");
    f->snapshot = next;
    take_snapshot(f);
    f->snapshot = here;
    printf("%s:", f->command->name);
    for (int kind = 0; kind < INJECT_KIND_COUNT; kind++)
        printf(" %s %ld", kinds[kind], counts[kind]);
    printf("\n");
    for (int kind = 0; kind < INJECT_KIND_COUNT; kind++) {
        if (counts[kind] == 0)
            continue;
        if (kind != INJECT_SHORT && kind != INJECT_READ_ONLY)
            each_call(f, c, (enum inject_kind)kind, counts[kind], false);
        if (kind != INJECT_MEMORY || f->tries == 0)
            each_call(f, c, (enum inject_kind)kind, counts[kind], true);
    }
    each_limit(f, c);
    *f->snapshot = *next;
    free(next);
}

static void write_inputs(const struct faults *f) {
    snprintf(roster, sizeof roster, "%s/roster.jsonl", f->base);
    snprintf(policy, sizeof policy, "%s/policy.json", f->base);
    FILE *file = fopen(roster, "w");
    must(file != NULL, roster);
    for (int i = 0; i < PEOPLE; i++)
        fprintf(file, "{\"id\":\"%d\",\"handle\":\"user%d\",\"bio\":\"\\u00e9\",\"lists\":[]}\n",
                1000000000 + 7 * i, i);
    fclose(file);
    file = fopen(policy, "w");
    must(file != NULL, policy);
    fprintf(file, "{\"keep\":[\"in_list('vip')\"],\"undecided\":\"schedule\"}\n");
    fclose(file);
}

/* Without faults, to be there for the next command. */
static void go_past(struct faults *f, struct child *c) {
    f->inject = (struct inject){.quick = f->command->quick};
    restore(f);
    run(f, c);
    must(c->signal == 0 && f->shared->exit_code == 0, f->command->name);
    take_snapshot(f);
}

static void only_one(struct faults *f, struct child *c, const char *what) {
    char name[32], kind[32], more[2] = "";
    long at = 0;
    must(sscanf(what, "%31[^:]:%31[^:]:%ld%1s", name, kind, &at, more) >= 3, what);
    for (f->command = commands; strcmp(f->command->name, name) != 0; f->command++) {
        must(f->command + 1 < commands + COMMANDS, name);
        go_past(f, c);
    }
    for (int k = 0; k < INJECT_KIND_COUNT; k++)
        if (strcmp(kinds[k], kind) == 0)
            f->inject =
                (struct inject){.kind = (enum inject_kind)k, .at = at, .for_good = more[0] == '+'};
    must(f->inject.at > 0, kind);
    try_fault(f, c, kind);
}

/* `name` NULL: all commands. */
static void each_command(struct faults *f, struct child *c, const char *name) {
    for (f->command = commands; f->command < commands + COMMANDS; f->command++)
        if (name == NULL || strcmp(name, f->command->name) == 0)
            each_kind(f, c);
        else
            go_past(f, c);
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"tries", 1, NULL, 't'},   {"seed", 1, NULL, 's'},
                                            {"sim", 1, NULL, 'p'},     {"only", 1, NULL, 'o'},
                                            {"command", 1, NULL, 'c'}, {0}};
    struct faults f = {.tries = 12, .file_bytes = RLIM_INFINITY, .descriptors = RLIM_INFINITY};
    const char *sim = NULL, *only = NULL, *name = NULL;
    struct child *c = child_new();
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == '?')
            return 2;
        if (o == 't' || o == 's')
            *(o == 't' ? &f.tries : &f.seed) = strtoull(optarg, NULL, 10);
        else
            *(o == 'p' ? &sim : o == 'c' ? &name : &only) = optarg;
    }
    must(sim != NULL, "--sim PROGRAM is needed");
    f.snapshot = calloc(1, sizeof *f.snapshot);
    f.shared =
        mmap(NULL, sizeof *f.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(f.snapshot != NULL && f.shared != MAP_FAILED, "memory");
    temp_directory_make(f.base);
    snprintf(f.state, sizeof f.state, "%s/state", f.base);
    must(pipe2(f.words, O_NONBLOCK | O_CLOEXEC) == 0 &&
             fcntl(f.words[1], F_SETPIPE_SZ, 1 << 20) > 0,
         "pipe");
    write_inputs(&f);
    start_sim(&f, sim);
    if (only != NULL)
        only_one(&f, c, only);
    else
        each_command(&f, c, name);
    kill(f.sim, SIGTERM);
    temp_directory_remove(f.base);
    printf("faults: seed %" PRIu64 ", %" PRIu64 " tries, %" PRIu64 " FAILED; exit codes", f.seed,
           f.done, f.failed);
    for (int i = 0; i < 8; i++)
        printf(" %d:%" PRIu64, i, f.codes[i]);
    printf("; %" PRIu64 " died in libuv or libcurl\n", f.by_library);
    return f.failed == 0 ? 0 : 1;
}
