/* libwinnow: everything that the command line does, for programs.
 *
 * Happy path: winnow_make, winnow_campaign_new, winnow_login, winnow_import or winnow_fetch,
 * winnow_plan, winnow_run, winnow_status, winnow_verify, winnow_close.
 *
 * Conventions
 *   errors    a call returns 0, or -1 with `err` filled (error.h); nothing is half-done then, but
 *             winnow_fetch and winnow_run keep what they did and go on from there
 *   times     int64_t milliseconds since 1970-01-01T00:00:00Z; 0 where there is none
 *   money     int64_t millionths of the currency
 *   strings   UTF-8, ended by zero; those in result structs belong to the struct
 *   threads   one `struct winnow` belongs to one thread; a process opens a directory once
 *   fork      close before fork: the store must not cross it
 * Text that came from the network is given as it came: escape it for where you show it. */
#ifndef WINNOW_WINNOW_H
#define WINNOW_WINNOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <winnow/error.h>

/* The version of this header. Until 1.0 a change of MINOR may change calls and structs; PATCH does
 * not. */
#define WINNOW_VERSION_MAJOR 0
#define WINNOW_VERSION_MINOR 1
#define WINNOW_VERSION_PATCH 0
#define WINNOW_VERSION       "0.1.0"

#define WINNOW_NAME_MAX       64 /* of a campaign: [a-z0-9][a-z0-9._-]* */
#define WINNOW_ID_MAX         128
#define WINNOW_HANDLE_MAX     320
#define WINNOW_SERVER_MAX     256
#define WINNOW_DIGEST_HEX     64
#define WINNOW_BUDGETS_MAX    16
#define WINNOW_LINK_MAX       639 /* of a link to a profile */
#define WINNOW_SHOWN_NAME_MAX 512 /* the name that somebody shows */

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* all else is hidden in the shared library */

/* The version of the library that is linked, as WINNOW_VERSION: where they differ, structs may. */
const char *winnow_version(void);

struct winnow; /* an open state directory */

/* ---- what a campaign, an entry, a followee and a dataset may be -----------------------------
 *
 * Constant, name in JSON and CSV. The numbers may grow at the end. */

/* How a campaign's run stands. */
#define WINNOW_RUN_STATES(X)                                                                       \
    X(IDLE, "idle") /* nobody runs it, and nothing speaks against it */                            \
    X(RUNNING, "running")                                                                          \
    X(WAITING, "waiting") /* for a budget, the time of day, the platform */                        \
    X(PAUSED, "paused")   /* by the user */                                                        \
    X(STOPPED, "stopped") /* it ended before its plan; the reason says why */                      \
    X(DONE, "done")       /* every entry of the plan is settled */

/* What became of an entry of the schedule. */
#define WINNOW_ENTRY_STATES(X)                                                                     \
    X(NONE, "") /* there is no entry */                                                            \
    X(PENDING, "pending")                                                                          \
    X(IN_FLIGHT, "in_flight")                                                                      \
    X(RETRY, "retry")       /* it failed, and will be tried again */                               \
    X(IN_DOUBT, "in_doubt") /* it may have happened; it will be asked again */                     \
    X(KEPT, "kept")         /* put on the keep list since the plan */                              \
    X(UNFOLLOWED, "unfollowed")                                                                    \
    X(ALREADY_GONE, "already_gone")                                                                \
    X(TARGET_GONE, "target_gone")                                                                  \
    X(PROTECTED, "protected") /* settled without a request */                                      \
    X(REFUSED, "refused")

/* What the plan says of a followee. */
#define WINNOW_VERDICTS(X)                                                                         \
    X(NONE, "") /* there is no plan */                                                             \
    X(KEPT, "kept")                                                                                \
    X(UNDECIDED, "undecided")                                                                      \
    X(SCHEDULED, "scheduled")                                                                      \
    X(BEYOND_MAX, "beyond_max")

/* How whole a dataset is. */
#define WINNOW_SET_STATES(X)                                                                       \
    X(ABSENT, "absent")                                                                            \
    X(PARTIAL, "partial")                                                                          \
    X(COMPLETE, "complete")

#define X(id, name) WINNOW_RUN_##id,
enum winnow_run_state { WINNOW_RUN_STATES(X) };
#undef X
#define X(id, name) WINNOW_ENTRY_##id,
enum winnow_entry_state { WINNOW_ENTRY_STATES(X) };
#undef X
#define X(id, name) WINNOW_VERDICT_##id,
enum winnow_verdict { WINNOW_VERDICTS(X) };
#undef X
#define X(id, name) WINNOW_SET_##id,
enum winnow_set_state { WINNOW_SET_STATES(X) };
#undef X

const char *winnow_run_state_name(enum winnow_run_state state);
const char *winnow_entry_state_name(enum winnow_entry_state state);
const char *winnow_verdict_name(enum winnow_verdict verdict);
const char *winnow_set_state_name(enum winnow_set_state state);

/* What a long call tells while it runs. Any may be NULL. Called on the caller's thread. */
struct winnow_hooks {
    void *context;
    /* a line of input that was left out, or another thing the user should know */
    void (*warn)(void *context, const char *text);
    /* at most ten times a second; total 0: not known */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    /* key=value pairs, level 0 error .. 3 debug, those up to `log_level`; never a secret */
    void (*log)(void *context, int level, const char *line);
    int log_level;
    /* May `sum` ("$0.010"), or less, be spent on `what`? NULL: no. Asked once a call, before
     * anything is bought, and not where a cap on money was given. */
    bool (*consent)(void *context, const char *what, const char *sum);
    /* while winnow_run runs: winnow_ask was called. Read winnow_status and print a line. */
    void (*asked)(void *context);
};

/* Open a state directory. NULL: $WINNOW_STATE, else $XDG_STATE_HOME/winnow, else
 * ~/.local/state/winnow. WINNOW_NOT_FOUND where there is none. On a read-only file system it can be
 * looked at, and calls that write fail with WINNOW_STORAGE. */
int winnow_open(const char *directory, struct winnow **out, struct winnow_error *err);
/* The same, and make it (mode 0700) where there is none. */
int winnow_make(const char *directory, struct winnow **out, struct winnow_error *err);
void winnow_close(struct winnow *w);
const char *winnow_directory(const struct winnow *w);

/* Say "stop" to the long call that runs on `w` (winnow_run, winnow_fetch, logins, winnow_verify), from
 * a signal handler or another thread. It returns WINNOW_STOPPED, and goes on there when it is called
 * again. winnow_run first lets what is in flight come home; a second winnow_stop leaves it in doubt.
 * winnow_ask has winnow_run call hooks.asked. While no call runs, the next one that goes over the
 * network hears it. The library itself sets no signal handler. */
void winnow_stop(struct winnow *w);
void winnow_ask(struct winnow *w);

/* ---- campaigns ---------------------------------------------------------------------------- */

struct winnow_campaign {
    char name[WINNOW_NAME_MAX + 1];
    char platform[16];                   /* x, mastodon, bluesky, github */
    char account[WINNOW_HANDLE_MAX + 1]; /* the id once known, before that as given */
    char handle[WINNOW_HANDLE_MAX + 1];  /* "" until login told it */
    char server[WINNOW_SERVER_MAX + 1];  /* origin, no path: "https://api.x.com" */
    int64_t created_ms;
};

/* server NULL: the platform's own; needed for mastodon. https, or http to loopback. */
int winnow_campaign_new(struct winnow *w, const char *name, const char *platform,
                        const char *account, const char *server, struct winnow_error *err);
int winnow_campaign_get(struct winnow *w, const char *name, struct winnow_campaign *out,
                        struct winnow_error *err);
/* Names in order; stops when `each` returns non-zero and returns that. */
int winnow_campaigns(struct winnow *w,
                     int (*each)(void *context, const struct winnow_campaign *campaign),
                     void *context, struct winnow_error *err);

/* What the platform's rules say on bulk unfollowing, and where; both NULL when nothing is known. */
void winnow_platform_notice(const char *platform, const char **text, const char **source);
/* Does login take a password (true) or a token (false)? */
bool winnow_platform_wants_password(const char *platform);

/* ---- credentials ---------------------------------------------------------------------------*/

/* Store a token, or trade a password for a session (Bluesky app password). Asks the platform who
 * it belongs to, refuses another account, and only then writes the file (mode 0600). The caller
 * wipes `secret`. `server`: NULL, or where the account has moved to (Bluesky): when that server
 * says that it holds the same account, the campaign is on it from then on. */
int winnow_login(struct winnow *w, const char *name, const char *secret, const char *server,
                 const struct winnow_hooks *hooks, struct winnow_error *err);

/* A login in the browser (X, Mastodon). */
struct winnow_browser_options {
    const char *client_id;     /* X: of your app; NULL: that of the last login. Mastodon: NULL */
    const char *client_secret; /* of a confidential app; NULL: it has none. The caller wipes it */
    uint16_t port;             /* of the listener on 127.0.0.1; 0: a free one */
    /* The address to open, and the redirect address that the user's app must have; NULL where
     * winnow registered an app itself. The first is good for
     * one login only; show it to the person and to nobody else. With hooks.context. */
    void (*show)(void *context, const char *address, const char *redirect);
    /* NULL: listen for the browser. Else: get the code that the server shows, from the person,
     * ended by a zero; -1 with err ends the login. With hooks.context. */
    int (*code)(void *context, char *code, size_t room, struct winnow_error *err);
    struct winnow_hooks hooks;
};

/* Authorise in the browser, trade the code for tokens, and then as winnow_login. Waits for at most
 * five minutes; winnow_stop ends it. */
int winnow_login_browser(struct winnow *w, const char *name,
                         const struct winnow_browser_options *options, struct winnow_error *err);
/* Can winnow_login_browser begin without a client id? */
bool winnow_login_remembers(struct winnow *w, const char *name);

struct winnow_logout {
    bool was_in;    /* there was a credential */
    bool revoked;   /* the platform has forgotten it */
    char why[512];  /* not revoked: why; "" else */
    char page[128]; /* where a person can do it; "" not known */
};

/* Have the platform revoke the credential where it can, then remove the file, revoked or not. */
int winnow_logout(struct winnow *w, const char *name, struct winnow_logout *out,
                  struct winnow_error *err);

/* ---- the roster ----------------------------------------------------------------------------*/

enum winnow_format {
    WINNOW_FORMAT_AUTO, /* by the first bytes and the name */
    WINNOW_FORMAT_JSONL,
    WINNOW_FORMAT_CSV,
    WINNOW_FORMAT_MASTODON_CSV,     /* following_accounts.csv */
    WINNOW_FORMAT_X_JS,             /* a list of an X archive: following.js, tweets.js and so on */
    WINNOW_FORMAT_X_ARCHIVE,        /* the zip file, or the folder that it was unpacked to */
    WINNOW_FORMAT_USERS_JSON,       /* users as `gh api` and web exporters save them */
    WINNOW_FORMAT_MASTODON_ARCHIVE, /* the zip or .tar.gz file, or the folder it was unpacked to */
    WINNOW_FORMAT_BLUESKY_CAR,      /* repo.car: all public records of an account */
};

/* Whom a list is of. Where neither its form nor its name tells, winnow_import asks for it. */
enum winnow_list {
    WINNOW_LIST_UNSAID,
    WINNOW_LIST_FOLLOWING,
    WINNOW_LIST_FOLLOWERS,
    WINNOW_LIST_BLOCKS, /* nothing is stored; followees in it are counted */
    WINNOW_LIST_MUTES,
};

struct winnow_import_options {
    const char *const *files; /* "-": standard input */
    size_t file_count;
    enum winnow_format format;
    bool strict;             /* one bad line, and nothing is imported */
    bool followers_complete; /* follower files are the whole list: those absent do not follow */
    enum winnow_list as;
    bool rounded_ids;  /* take ids that look as if a spreadsheet had rounded them */
    bool add_unlisted; /* take followees whom the complete following list does not have */
    struct winnow_hooks hooks;
};

/* What an archive has of one kind, and whether that is all. Only of what is complete may one say
 * that somebody is not in it. */
struct winnow_import_set {
    char name[16]; /* following, followers, posts, messages, likes, boosts, ... */
    enum winnow_set_state state;
    char why[160]; /* partial: what is missing */
    int64_t as_of_ms;
    uint64_t count, expected; /* elements read; by the archive's own word */
};
#define WINNOW_IMPORT_SETS 6

struct winnow_import_result {
    uint64_t lines;   /* records read */
    uint64_t added;   /* followees that are new */
    uint64_t changed; /* followees of whom a fact changed or became known */
    uint64_t unchanged;
    uint64_t skipped; /* bad lines, each told to hooks.warn with file and number (first 100) */
    uint64_t unknown_keys;
    uint64_t cut;          /* texts longer than their cap */
    uint64_t not_followed; /* follower-file ids that are not followees */
    uint64_t followees;    /* in the roster now */
    uint64_t unresolved;   /* of them, those known by their handle alone */
    uint64_t unlisted;     /* left out: not on the following list, which is complete */
    uint64_t blocked;      /* followees that an archive has as blocked */
    uint64_t muted;        /* and as muted */
    struct winnow_import_set sets[WINNOW_IMPORT_SETS]; /* of the last archive */
    size_t set_count;                                  /* 0: there was no archive */
};

int winnow_import(struct winnow *w, const char *name, const struct winnow_import_options *options,
                  struct winnow_import_result *out, struct winnow_error *err);

/* What brings something that is missing: which call, and of what. */
enum winnow_way { WINNOW_BY_NOTHING, WINNOW_BY_IMPORT, WINNOW_BY_FETCH };
struct winnow_getting {
    enum winnow_way by;
    char what[64];          /* import: the file, as the platform calls it; fetch: the set, as
                               winnow_fetch_options.sets has it */
    uint64_t next;          /* fetch: of the next entries alone; 0: of all */
    int64_t max_cost_micro; /* fetch: what has to be allowed, in all; 0: it is free */
};

/* What a campaign has been told, set by set: following, followers, profiles, lists, posts,
 * messages, reactions. What rests on absence ("does not follow back") is known only from a complete
 * set. */
struct winnow_evidence {
    char set[16];
    enum winnow_set_state state;
    int64_t as_of_ms;          /* of when; 0: never */
    uint64_t count;            /* rows that were read */
    int64_t expected;          /* by the source's own count; -1: not told */
    int64_t since_ms;          /* of what is kept for a time: how far back it went; 0: not told */
    char why[160];             /* what is missing, for a person; "" */
    struct winnow_getting get; /* by nothing when it is complete, or nothing would bring it */
    uint64_t undecided;        /* in a plan: followees left undecided who lack a fact of this set */
};

#define WINNOW_EVIDENCE_SETS 12

/* What winnow_fetch reads: bits of `sets`. There is one for each set of evidence, see
 * winnow_fetch_set. */
#define WINNOW_FETCH_FOLLOWING    1u
#define WINNOW_FETCH_FOLLOWERS    2u
#define WINNOW_FETCH_PROFILES     4u
#define WINNOW_FETCH_LISTS        8u
#define WINNOW_FETCH_INTERACTIONS (1u << 31) /* all that tells of exchanges */

/* The bit of a set by its name ("posts"), or WINNOW_FETCH_INTERACTIONS; 0: there is none. */
uint32_t winnow_fetch_set(const char *name, size_t size);

/* What a platform tells of a set, and how that is read. */
struct winnow_source {
    const char *platform, *title; /* "x", "X" */
    const char *set;
    const char *how;      /* "a list"; NULL: it cannot be had, as why_not says */
    const char *why_not;  /* NULL: it can */
    const char *bound;    /* why it is never whole; NULL: it can be */
    const char *scope;    /* that a token needs for it; NULL: none of its own */
    int64_t price_micro;  /* the most that a row costs */
    const char *currency; /* NULL where the platform is free */
};

/* The platforms' names, one by one ("x"); NULL: there are no more. */
const char *winnow_platform_name(size_t number);

/* All of them, set by set, the platforms in one order. */
void winnow_sources(void (*each)(void *context, const struct winnow_source *source), void *context);

struct winnow_fetch_options {
    uint32_t sets;      /* 0: all that costs nothing; where rows cost, WINNOW_FETCH_FOLLOWING */
    int64_t max_age_ms; /* pass over a set that is complete and younger; 0: none */
    int64_t
        max_cost_micro; /* stop before the campaign has spent more, in all; 0: see hooks.consent */
    const char *const *budgets; /* NAME=LIMIT/PERIOD overrides */
    size_t budget_count;
    bool restart;  /* forget the stored cursors */
    uint64_t next; /* profiles of the plan's next so many entries alone; 0: of all */
    struct winnow_hooks hooks;
};

struct winnow_fetch_result {
    uint64_t pages, followees, added, changed, skipped; /* of the following list */
    bool following;                                     /* it was read */
    bool end;                                           /* to its end */
    bool complete;                                      /* and it is whole */
    int64_t told;   /* how many the profile says it follows; -1: not told */
    int64_t hidden; /* followees that the platform does not show to the account; -1: not told */
    int64_t gone;   /* of them, those of whom it says that they were taken away or are not there */
    uint64_t resolved;   /* handles whose id was looked up in this call */
    uint64_t unresolved; /* followees that still have none */
    int64_t cost_micro;
    char currency[8];                                      /* "" where the platform is free */
    struct winnow_evidence evidence[WINNOW_EVIDENCE_SETS]; /* of the sets that were asked for */
    size_t evidence_count;
};

/* Read sets from the platform into the roster; each resumes from its stored cursor. winnow_stop
 * ends it. Followers, lists and mentions on X need max_cost_micro: every row costs. */
int winnow_fetch(struct winnow *w, const char *name, const struct winnow_fetch_options *options,
                 struct winnow_fetch_result *out, struct winnow_error *err);

/* ---- plans ---------------------------------------------------------------------------------*/

/* A goal's policy as JSON: for the campaign of that name, with the numbers for its size and without
 * the rules that nobody in it has facts for; NULL: in general. The caller frees it with free(). */
int winnow_goal_policy(struct winnow *w, const char *goal, uint32_t since_days, const char *name,
                       char **json, struct winnow_error *err);

/* Followees of a plan that one looks at together, with some of them. */
struct winnow_sample {
    char id[WINNOW_ID_MAX + 1];
    char handle[WINNOW_HANDLE_MAX + 1]; /* "" unknown */
    char words[256];                    /* as the reason of a winnow_entry */
};
#define WINNOW_GROUP_SAMPLES 5

struct winnow_group {
    char side[12];   /* go, stay, undecided, beyond */
    char kind[24];   /* "loud_one_way"; "rule" for each rule of the user's own */
    char words[96];  /* "loud, and do not follow back" */
    char clause[64]; /* stay: after a count, in a sentence: "you talked to" */
    uint64_t count;
    double posts_a_day;                                 /* of those of whom it is known */
    uint64_t posts_unknown;                             /* the others */
    struct winnow_sample samples[WINNOW_GROUP_SAMPLES]; /* by the plan's seed */
    size_t sample_count;
};
#define WINNOW_GROUPS_MAX 56

struct winnow_plan_options {
    const char *policy; /* JSON text; NULL: the goal's, else the last plan's, else by size */
    size_t policy_size;
    const char *policy_name;    /* for errors: the file's name */
    const char *goal;           /* "declutter" and so on (winnow_goals); NULL: none asked for */
    uint32_t since_days;        /* of the goal "inactive"; 0: a year */
    uint64_t max;               /* schedule at most so many followees; 0: all */
    uint64_t seed;              /* breaks ties; 0 is as good as any */
    int64_t now_ms;             /* 0: the present */
    const char *const *budgets; /* NAME=LIMIT/PERIOD overrides, kept with the plan for its dates */
    size_t budget_count;
    struct winnow_group *groups; /* room for WINNOW_GROUPS_MAX; NULL: not looked at */
    struct winnow_hooks hooks;
};

struct winnow_plan_count {
    char name[64];  /* a fact's name, or "keep list", "keep[0]", "keep_top[1]", "first[0]" */
    char text[160]; /* the rule's text, cut; of a fact, in words: "whether they follow back" */
    uint64_t count;
};

#define WINNOW_PLAN_COUNTS_MAX 64
#define WINNOW_PLAN_SAMPLE     5

struct winnow_entry {
    uint64_t position; /* 1 is first */
    char id[WINNOW_ID_MAX + 1];
    char handle[WINNOW_HANDLE_MAX + 1]; /* "" unknown */
    char reason[256]; /* in words: "181 posts a day, you never reacted; follows back" */
    double score;
    enum winnow_entry_state state;
    int64_t due_ms; /* pending: when it is due at even pace, 0: not known */
    int64_t posts;  /* -1: unknown */
};

struct winnow_plan_diff {
    bool any; /* there was an earlier plan */
    char digest[WINNOW_DIGEST_HEX + 1];
    uint64_t newly_scheduled, no_longer_scheduled, same;
};

/* What a goal would do with the roster, whatever the plan's own is. */
struct winnow_goal {
    char name[16];    /* "declutter" */
    char meaning[96]; /* "who is no tie of yours goes, the loudest first" */
    uint64_t kept, undecided, scheduled;
    int64_t finish_even_ms; /* if it were started now */
    int64_t cost_micro;
    double relief; /* share of the followees' known posts a day that would be gone, 0..1 */
};
#define WINNOW_GOALS 5

/* A rule of a goal that is not used, since nobody in the campaign has the facts for it. */
struct winnow_aside {
    char rule[320];
    char unknown[128]; /* those facts, comma-separated */
    char words[96];    /* whom it would keep: "private accounts that follow back" */
};
#define WINNOW_ASIDE_MAX 16

/* What money could add, the best first. */
struct winnow_buy {
    char tells[96];
    struct winnow_getting get; /* max_cost_micro is the most that it can cost, or $5 */
    int64_t each_micro;        /* the most that one row costs */
    int64_t most_micro;        /* all of it; -1: how many rows there are is not told before */
    /* Of profiles: so many of the plan's next entries (`next`) have none, and are the only ones
     * that it can change; of them, a rule could keep so many (`open`) by it. All 0: it is no
     * profile. */
    uint64_t next, unknown, open;
};
#define WINNOW_BUYS_MAX 4

struct winnow_plan {
    char digest[WINNOW_DIGEST_HEX + 1];
    int64_t created_ms;
    uint64_t followees, kept, undecided, beyond_max; /* followees */
    uint64_t scheduled;                              /* entries: follows to take back */
    uint64_t duplicates; /* entries beyond the first of a scheduled followee, who has several
                            follow records (Bluesky): followees + duplicates =
                            kept + undecided + beyond_max + scheduled */
    struct winnow_plan_count kept_by[WINNOW_PLAN_COUNTS_MAX];
    size_t kept_by_count;
    struct winnow_plan_count missing[WINNOW_PLAN_COUNTS_MAX]; /* undecided for want of a fact */
    size_t missing_count;
    struct winnow_entry head[WINNOW_PLAN_SAMPLE], tail[WINNOW_PLAN_SAMPLE];
    size_t head_count, tail_count;
    int64_t finish_even_ms, finish_burst_ms; /* if it were started now */
    char tightest[32];                       /* the budget that decides */
    char currency[8];                        /* "" where the platform is free */
    int64_t cost_micro;                      /* all unfollows */
    int64_t undo_cost_micro;
    bool volume_known;
    double volume_day1, volume_day7, volume_day30; /* share of the followees' posts a day, 0..1 */
    uint64_t volume_unknown;                       /* scheduled whose posts a day are unknown */
    /* So many of the first take away most of the posts that go at all; 0: relief flattens nowhere.
     * The shares are of all known posts a day. */
    uint64_t bend;
    double bend_relief, relief;
    uint64_t keep_noted; /* handles on the keep list that protect nobody yet */
    struct winnow_plan_diff diff;
    char goal[16];      /* "" where the policy is the user's own */
    bool goal_by_size;  /* nobody asked for one: it goes by the size of the roster */
    int64_t since_days; /* of the goal "inactive"; 0: a year */
    struct winnow_goal goals[WINNOW_GOALS];
    size_t goal_count;
    struct winnow_aside aside[WINNOW_ASIDE_MAX];
    size_t aside_count;
    struct winnow_buy buys[WINNOW_BUYS_MAX];
    size_t buy_count;
    struct winnow_evidence evidence[WINNOW_EVIDENCE_SETS]; /* what the facts rest on */
    size_t evidence_count;
    size_t group_count; /* of options.groups: to go, staying, undecided, beyond --max */
};

int winnow_plan(struct winnow *w, const char *name, const struct winnow_plan_options *options,
                struct winnow_plan *out, struct winnow_error *err);

/* The schedule from `offset` (0-based), at most `count` entries (0: all). */
int winnow_show(struct winnow *w, const char *name, uint64_t offset, uint64_t count,
                int (*each)(void *context, const struct winnow_entry *entry), void *context,
                struct winnow_error *err);

/* Whom one looks at: a side of the plan or the roster, and of those whom a condition is true of. */
enum winnow_side {
    WINNOW_SIDE_SCHEDULE, /* who goes, in that order */
    WINNOW_SIDE_KEPT,
    WINNOW_SIDE_UNDECIDED,
    WINNOW_SIDE_ROSTER, /* everybody who is followed; needs no plan */
};

struct winnow_filter {
    enum winnow_side side;
    const char *where; /* a condition as in a policy: "noise > 50 and not mutual"; NULL: none */
    uint64_t offset, count; /* of those who match; count 0: all */
    uint64_t sample, seed;  /* so many of them, drawn; 0: all */
    const char *sort;       /* by a name of a policy's, the greatest first; "-NAME": the least */
};

struct winnow_filter_result {
    uint64_t of, matched; /* of whom, by the side; whom the condition is true of */
    uint64_t shown;
    uint64_t unknown;  /* of whom it cannot be said whether it is true: they are not shown */
    char missing[256]; /* for want of what, in words */
};

struct winnow_row {
    struct winnow_entry
        entry; /* position 0 and WINNOW_ENTRY_NONE for who does not go; the reason is why */
    enum winnow_verdict verdict;
    char name[WINNOW_SHOWN_NAME_MAX + 1];
    char link[WINNOW_LINK_MAX + 1];
    const char *const *values; /* of the columns; "" unknown; they live until the call returns */
};

#define WINNOW_COLUMNS_MAX 80

/* The names that a policy and a column may read, one after the other; NULL at the end. */
const char *winnow_value_name(size_t i);

/* Rows of the present plan. A column is position, link, verdict, reason, state, score, due, or any
 * name of a policy's; WINNOW_USAGE for others. Stops when `each` returns non-zero and returns that.
 */
int winnow_review(struct winnow *w, const char *name, const struct winnow_filter *filter,
                  const char *const *columns, size_t column_count,
                  int (*each)(void *context, const struct winnow_row *row), void *context,
                  struct winnow_filter_result *out, struct winnow_error *err);

struct winnow_explained_rule {
    char where[32]; /* "keep[0]", "first[1]" */
    char text[512];
    char result[8];    /* yes, no, unknown */
    char missing[160]; /* names of the facts that were missing, comma-separated */
};

struct winnow_explained_term {
    char name[64];
    bool known;
    double value, weight, product;
};

struct winnow_explained_fact {
    char name[32];
    char value[256];  /* as a roster's CSV has it; a longer one is cut */
    char source[16];  /* import, archive, fetch; "": not known */
    int64_t as_of_ms; /* of when it is, which for an archive is before it was imported */
};

struct winnow_explanation {
    char id[WINNOW_ID_MAX + 1];
    char handle[WINNOW_HANDLE_MAX + 1];
    char name[WINNOW_SHOWN_NAME_MAX + 1]; /* "" unknown */
    char link[WINNOW_LINK_MAX + 1];       /* the profile; "" where nothing makes one */
    enum winnow_verdict verdict;
    char because[400]; /* in words */
    /* What is known, in words; "" where nothing is. */
    char posting[256], talked[256], heard[256], relation[256];
    char missing[256];      /* what could not be known and would decide; "" nothing */
    int64_t heard_since_ms; /* how far back `heard` goes; 0: not told, or to the first */
    bool on_keep_list;
    struct winnow_entry entry; /* when scheduled: position > 0 */
    double score;
    struct winnow_explained_rule *rules; /* owned by the explanation */
    size_t rule_count;
    struct winnow_explained_term *terms;
    size_t term_count;
    struct winnow_explained_fact *facts; /* what is known, and from where */
    size_t fact_count;
};

/* `who` is an id, or a handle with or without @. Free with winnow_explanation_free. */
int winnow_explain(struct winnow *w, const char *name, const char *who,
                   struct winnow_explanation *out, struct winnow_error *err);
void winnow_explanation_free(struct winnow_explanation *e);

/* ---- the keep list -------------------------------------------------------------------------*/

struct winnow_keep_result {
    uint64_t changed;   /* added, or removed */
    uint64_t noted;     /* of them, by the handle alone: they protect nobody yet */
    uint64_t unchanged; /* were (or were not) there already */
    uint64_t too_late;  /* unfollowed before, or a request for it has left: winnow cannot
                           promise these */
};

#define WINNOW_KEEP_REMOVE 1u
#define WINNOW_KEEP_NOTE   2u /* whoever is not in the roster too, for when they come */

/* Put followees on the keep list, or take them off; `how` is 0 or bits of the above. All or none:
 * one that is not known, or a handle that several have, is an error that names it. A running worker
 * obeys from its next request on. */
int winnow_keep(struct winnow *w, const char *name, const char *const *who, size_t count,
                unsigned how, struct winnow_keep_result *out, struct winnow_error *err);
/* Everybody whom a condition is true of, or who is on a list of the platform's. */
struct winnow_keep_filter {
    const char *where; /* as of a winnow_filter */
    const char *list;  /* or the name of a list */
    bool next_to_all;  /* also where nine in ten or more would be kept: else WINNOW_USAGE, which
                          tells how many of how many */
};
int winnow_keep_where(struct winnow *w, const char *name, const struct winnow_keep_filter *filter,
                      unsigned how, struct winnow_keep_result *out,
                      struct winnow_filter_result *told, struct winnow_error *err);

struct winnow_keep_review {
    uint64_t rows, marked;
    uint64_t not_taken;  /* marked rows whose id makes no sense or is not in the roster, and rows
                            that could not be read; each is told to hooks.warn with its line */
    uint64_t other_plan; /* rows of another plan than the present one: taken all the same */
    struct winnow_keep_result kept;
};
/* Take the marked rows of an exported review ("-": standard input), by their ids. A mark is
 * anything in the column keep but "no", "n", "0", "false" and "-". */
int winnow_keep_review(struct winnow *w, const char *name, const char *file, unsigned how,
                       const struct winnow_hooks *hooks, struct winnow_keep_review *out,
                       struct winnow_error *err);
/* A handle whose id is not known protects nobody yet: `id` is "" then. */
int winnow_keep_list(struct winnow *w, const char *name,
                     int (*each)(void *context, const char *id, const char *handle), void *context,
                     struct winnow_error *err);

/* ---- the run -------------------------------------------------------------------------------*/

enum winnow_pace { WINNOW_PACE_EVEN, WINNOW_PACE_BURST };

/* The precheck asks how it stands with the next entries before they are unfollowed. Who has become
 * kept by the policy (follows back by now) or is not followed any more is settled without a request.
 * It is made where one free request tells of many, never, or always, whatever it costs. */
enum winnow_precheck { WINNOW_PRECHECK_CHEAP, WINNOW_PRECHECK_OFF, WINNOW_PRECHECK_ALWAYS };

struct winnow_run_options {
    enum winnow_pace pace;
    enum winnow_precheck precheck;
    /* Buy the profile of who is about to be unfollowed, where none is known, and keep who the
     * plan's policy keeps by it. Only with max_cost_micro, and where profiles cost (X). It tells
     * what a precheck would. */
    bool buy_profiles;
    uint64_t max_actions;       /* stop after this many requests to unfollow; 0: none */
    uint64_t per_day;           /* the user's daily cap; 0: none */
    const char *quiet;          /* nothing leaves in these hours of the local day, like
                                   "23:00-07:00"; NULL: none */
    int64_t max_cost_micro;     /* stop before more than this is spent; 0: none */
    int64_t until_ms;           /* stop then; 0: never */
    const char *digest;         /* the plan that the user agreed to (hex); NULL: the present one */
    const char *const *budgets; /* NAME=LIMIT/PERIOD, or NAME=off; none: those of the plan */
    size_t budget_count;
    uint32_t connections; /* 0: 2; at most 64 */
    int64_t timeout_ms;   /* of a whole request; 0: 30 s */
    struct winnow_hooks hooks;
};

/* Drain the schedule until it is done, stopped or capped. Blocks: months, with a large plan. Heeds
 * winnow_stop and winnow_ask. Returns 0 when every entry is settled. */
int winnow_run(struct winnow *w, const char *name, const struct winnow_run_options *options,
               struct winnow_error *err);

struct winnow_forecast_options {
    /* As for winnow_run, the pace left out: both are told. With none of them given, those of the
     * last run. */
    const struct winnow_run_options *run; /* NULL: none given */
    bool faults;                          /* drive it through simulated faults as well */
    uint64_t seed;                        /* of the faults */
};

#define WINNOW_FORECAST_MARKS 4 /* after 1, 7, 30 and 90 days */

struct winnow_forecast_one {
    int64_t finish_ms;
    bool capped;      /* it ends by a cap of the user's, not by the schedule's end */
    char reason[256]; /* capped: which */
    uint64_t requests, settled;
    uint64_t settled_at[WINNOW_FORECAST_MARKS];
    double volume_at[WINNOW_FORECAST_MARKS]; /* share of the followees' posts a day, 0 to 1 */
    uint64_t waits;                          /* of more than a minute */
    int64_t longest_wait_ms;
    int64_t cost_micro; /* of the requests that are charged */
};

#define WINNOW_FORECAST_RUNS 9 /* with faults */

struct winnow_forecast {
    int64_t start_ms;
    uint64_t remaining;
    char currency[8];
    bool volume_known;
    struct winnow_forecast_one even, burst;
    enum winnow_pace pace;                                   /* of those with faults */
    struct winnow_forecast_one faulty[WINNOW_FORECAST_RUNS]; /* the earliest finish first */
    size_t faulty_count;
};

/* Quiet hours as winnow_run takes them: WINNOW_USAGE says what is expected. */
int winnow_quiet_check(const char *text, struct winnow_error *err);

/* The rest of the campaign in virtual time, by the drain that runs it. Sends and changes nothing.
 */
int winnow_forecast(struct winnow *w, const char *name,
                    const struct winnow_forecast_options *options, struct winnow_forecast *out,
                    struct winnow_error *err);

int winnow_pause(struct winnow *w, const char *name, struct winnow_error *err);
int winnow_resume(struct winnow *w, const char *name, struct winnow_error *err);

/* ---- where it stands -----------------------------------------------------------------------*/

struct winnow_budget_status {
    char name[32];
    uint64_t limit, used;
    int64_t period_ms, resets_at_ms;
};

/* Money that went into something other than unfollows. */
struct winnow_spent {
    const char *kind; /* static: account, following, people, lists, posts, looks */
    int64_t micro;
};
#define WINNOW_SPENT_KINDS 6

struct winnow_status {
    struct winnow_campaign campaign;
    enum winnow_run_state state;
    bool worker; /* a process runs it */
    int64_t pid; /* of the worker; 0: none, or it is in another container */
    char reason[512];
    bool planned;
    struct {
        char digest[WINNOW_DIGEST_HEX + 1];
        int64_t created_ms;
        uint64_t followees, kept, undecided, scheduled;
    } plan;
    struct {
        uint64_t unfollowed, already_gone, target_gone, kept_back, refused, in_doubt, remaining;
        uint64_t retrying; /* of remaining: tried, and to be tried again */
        uint64_t requests; /* sent so far */
    } progress;            /* kept_back is "protected" in JSON */
    struct winnow_budget_status budgets[WINNOW_BUDGETS_MAX];
    size_t budget_count;
    char waiting_reason[256]; /* "" not waiting */
    int64_t waiting_until_ms;
    int64_t eta_quota_ms;    /* by what the budgets allow; 0: not known */
    int64_t eta_observed_ms; /* by the pace seen */
    char currency[8];
    int64_t spent_micro, total_micro;              /* in all: by now, and when the plan is done */
    int64_t unfollows_micro;                       /* of what is spent */
    struct winnow_spent reads[WINNOW_SPENT_KINDS]; /* and the rest of it */
    uint64_t followees, keep_list;
    uint64_t keep_noted; /* handles on the keep list that protect nobody yet: no id is known */
    char keep_noted_names[400];
    bool logged_in;
    int64_t last_outcome_ms;
};

int winnow_status(struct winnow *w, const char *name, struct winnow_status *out,
                  struct winnow_error *err);
/* The same as it would be reckoned in a run with these options: budgets, pace and dates. */
int winnow_status_of_run(struct winnow *w, const char *name,
                         const struct winnow_run_options *options, struct winnow_status *out,
                         struct winnow_error *err);

struct winnow_verify_result {
    uint64_t journal_records, entries, budgets, mismatches;
    char first[512];                            /* the first mismatch, "" when there is none */
    uint64_t sampled, still_followed, not_told; /* of the sample: asked of the platform */
    char example[WINNOW_ID_MAX + 1];            /* one that is still followed */
};

struct winnow_verify_options {
    uint64_t sample; /* ask the platform about so many of those counted as taken back; 0: none */
    uint64_t seed;   /* of the sample */
    int64_t max_cost_micro; /* as for winnow_fetch */
    struct winnow_hooks hooks;
};

#define WINNOW_SAMPLE_MAX 1000

/* Derive every counter, state and budget again from the journal and compare. A sample is asked for
 * one by one or in small groups, within the read budgets, which are waited for. options NULL: none.
 */
int winnow_verify(struct winnow *w, const char *name, const struct winnow_verify_options *options,
                  struct winnow_verify_result *out, struct winnow_error *err);

enum winnow_export_what {
    WINNOW_EXPORT_ROSTER,
    WINNOW_EXPORT_SCHEDULE,
    WINNOW_EXPORT_JOURNAL,
    WINNOW_EXPORT_REVIEW, /* for a spreadsheet: to be marked and given to winnow_keep_review */
};

/* Write CSV (text fields that a spreadsheet would take for a formula get a leading ') or JSONL. */
int winnow_export(struct winnow *w, const char *name, enum winnow_export_what what, bool csv,
                  FILE *out, struct winnow_error *err);

struct winnow_export_options {
    enum winnow_export_what what;
    bool csv;
    /* NULL: all. A roster's side is WINNOW_SIDE_ROSTER, a schedule's WINNOW_SIDE_SCHEDULE; a
     * journal has none. */
    const struct winnow_filter *filter;
    const char *const *columns; /* of a review, between the reason and the mark; NULL: the usual */
    size_t column_count;
};
int winnow_export_some(struct winnow *w, const char *name,
                       const struct winnow_export_options *options, FILE *out,
                       struct winnow_filter_result *told, struct winnow_error *err);

/* Look the machine and the state directory over; level 0 good, 1 warning, 2 bad. Returns -1 only
 * when it could not look. */
int winnow_doctor(struct winnow *w,
                  void (*each)(void *context, int level, const char *what, const char *detail),
                  void *context, struct winnow_error *err);

/* ---- helpers the command line and other front ends share -----------------------------------*/

/* RFC 3339 in UTC, whole seconds: "2026-11-24T03:00:00Z"; `text` takes at least 32 bytes. */
void winnow_time_text(int64_t time_ms, char *text);
/* An RFC 3339 time, a date, or a duration from `now_ms` on ("90m", "12h", "3d"). */
int winnow_time_parse(const char *text, int64_t now_ms, int64_t *out, struct winnow_error *err);
int64_t winnow_now_ms(void);
/* Check NAME=LIMIT/PERIOD or NAME=off, without a campaign. */
int winnow_budget_check(const char *text, struct winnow_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
