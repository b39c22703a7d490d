/* The adapters: what each platform's API wants to hear and what its answers mean. Sans-IO: they
 * build a request and read a response, and keep no state. Facts about the platforms stand with
 * their sources in docs/platforms.md and beside the code that uses them. */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "core/facts/facts.h"
#include "core/http/http.h"
#include "core/limiter/limiter.h"
#include "core/reply/outcome.h"
#include "core/reply/reply.h"
#include "platform/source.h"

#include <winnow/error.h>

/* Whose list it is, as the adapters need it. */
struct platform_account {
    const char *id;     /* the platform's id: X and GitHub digits, Mastodon text, Bluesky a DID */
    const char *handle; /* may be "" */
    uint32_t page_max;  /* ask for no more rows a page; 0: the platform's own most */
    bool older_names;   /* X: the server does not know the parameters of OpenAPI 2.167 */
};

/* A page of the following list. `each` is called once a followee, in the platform's order; when
 * it returns non-zero, reading stops and that is returned. */
struct platform_page {
    int (*each)(void *context, const struct facts *followee);
    void *context;
    struct buffer *next; /* out: the next page's cursor; empty and `end` true at the end */
    bool end;
    uint64_t count;        /* out: followees on this page */
    uint64_t skipped;      /* out: rows left out because they were not understood */
    char skipped_why[160]; /* out: the first of them, for a warning; "" when none */
    int64_t less_micro;    /* out: charged less than the rows' price, for what they do not have */
    /* Out, while `each` is called: which conversation the row tells of, and which status, post or
     * other thing that somebody said or did; empty where it is of none. By these, what stands in
     * several rows is known to be one. */
    struct text conversation, said;
    /* Out, while `each` is called: of a row that tells of an exchange, which. */
    struct exchange exchange;
    bool newest_first; /* out: of the following list, the server is known to sort it so */
};

/* The most entries that any platform is asked about in one request. */
#define PLATFORM_RELATIONS_MAX 100

/* How it stands with an entry now; unknown where the platform does not tell. */
struct platform_relation {
    enum tri following, followed_by;
    bool told;  /* the answer speaks of this entry, whatever it says; else it left the entry out */
    bool index; /* a `following` of no is what an index or an absence says: no proof */
};
extern const struct platform_relation platform_relation_unknown;

/* How it stands with several entries, in one request. `is` has `count` places. */
struct platform_relations {
    uint32_t max; /* entries in one such request */
    int (*build)(const struct platform_account *who, const struct target *entries, size_t count,
                 struct http_request *out, struct winnow_error *err);
    /* `out->not_offered`: this server cannot be asked. REPLY_SPLIT: it refuses this request, and
     * perhaps not one for fewer. */
    void (*read)(const struct platform_account *who, const struct target *entries, size_t count,
                 const struct http_response *in, struct platform_relation *is, struct reply *out);
};

#define PLATFORM_SERVER_MAX 255

struct platform_identity {
    char id[FACT_ID_MAX + 1];
    char handle[FACT_HANDLE_MAX + 1];
    int64_t following;                    /* how many the profile says it follows; -1: not told */
    int64_t followers;                    /* and follow it */
    char server[PLATFORM_SERVER_MAX + 1]; /* where the account lives by its own document, as an
                                             origin; "": not told */
};

#define PLATFORM_TOKEN_MAX 8192

/* A session's pair; short-lived memory only, wiped by the caller. */
struct platform_session {
    char access[PLATFORM_TOKEN_MAX + 1];
    char refresh[PLATFORM_TOKEN_MAX + 1];
    struct platform_identity who;
};

/* What may be asked of one followee when the answer to an unfollow (REPLY_ASK) can be about them or
 * about nobody: question 1, 2 ... The answer's reply says what becomes of the entry (TARGET_GONE or
 * ALREADY_SO when it proves that), or REPLY_ASK: put the next question. */
struct platform_question {
    int (*build)(const struct platform_account *who, const struct target *entry, unsigned number,
                 struct http_request *out, struct winnow_error *err);
    void (*read)(const struct platform_account *who, const struct target *entry, unsigned number,
                 const struct http_response *in, struct reply *out);
};

/* The app in whose name somebody logs in. */
#define PLATFORM_CLIENT_MAX 256
struct platform_client {
    char id[PLATFORM_CLIENT_MAX + 1];
    char secret[PLATFORM_CLIENT_MAX + 1]; /* "": a public one */
};

struct platform_oauth; /* oauth.h */

/* What a handle looks like: a name alone, a name at a host, or a host name. */
enum handle_form { HANDLE_NAME, HANDLE_AT_HOST, HANDLE_IS_HOST };

/* A default budget, with where the number comes from; docs/platforms.md prints this table. */
struct platform_budget {
    struct budget_spec spec;
    const char *source;
};

/* Where people look at a profile: the site, then what stands before an id, or a handle. */
struct platform_profiles {
    const char *site;      /* NULL: the server itself */
    const char *by_id;     /* NULL: there is no page by the id */
    const char *by_handle; /* taken where the id is not known */
};

/* The file in which a platform hands its people what it has of them, as import reads it. */
enum platform_archive { ARCHIVE_OF_NONE, ARCHIVE_OF_X, ARCHIVE_OF_MASTODON, ARCHIVE_OF_BLUESKY };

typedef bool platform_syntax(struct text t);

/* How one action is asked for, and what its answer means. */
struct platform_action {
    uint32_t batch_max;  /* entries in one such request */
    int64_t price_micro; /* of each; 0: free */
    /* NULL: this platform is not asked for it, and only its price is known. */
    int (*build)(const struct platform_account *who, const struct target *entries, size_t count,
                 struct http_request *out, struct winnow_error *err);
    void (*read)(const struct platform_account *who, size_t count, const struct http_response *in,
                 struct reply *out);
};

/* A platform is one row. All that is not of all platforms stands here or in the adapter's two files,
 * and nobody else asks which platform it is. */
struct platform {
    const char *name;           /* "x" */
    const char *title;          /* "X" */
    const char *default_server; /* NULL: --server is needed */

    platform_syntax *id;
    platform_syntax *also; /* another syntax of ids; NULL: none */
    platform_syntax *handle;
    const char *id_expected;    /* what an id looks like, for an error */
    const char *exact_expected; /* the same without `also`; NULL: as id_expected */
    const char *account_expected;
    enum handle_form handle_form;
    struct platform_profiles profiles;
    enum platform_archive archive;
    const char *archive_file; /* its name, where a source is the archive */

    const struct platform_budget *budgets;
    size_t budget_count;
    struct platform_action actions[ACTION_COUNT];
    int64_t price_whoami_micro;     /* the account's own profile */
    int64_t price_relation_micro;   /* an entry that is asked about */
    uint32_t relation_max;          /* entries in one such request */
    enum budget_call relation_call; /* what it counts as */
    const char *currency;           /* "USD"; NULL: free */
    const char *notice; /* what the platform's rules say on bulk unfollowing; NULL: nothing known */
    const char *notice_source;
    /* The id alone does not take a follow back: a key is needed, on GitHub the login, which is the
     * handle, on Bluesky a record key, which only the list of records tells. */
    bool needs_key, handle_is_key;
    bool sessions; /* login takes a password for a session (Bluesky); else a token */

    /* What it tells, and how that is read. The following list stands first; what tells of exchanges
     * is read one after another, in the order of the rows. */
    const struct platform_source *sources;
    size_t source_count;

    /* Look at entries: how does it stand with each of them now? `is` has `count` places. */
    int (*build_relation)(const struct platform_account *who, const struct target *entries,
                          size_t count, struct http_request *out, struct winnow_error *err);
    void (*read_relation)(const struct platform_account *who, const struct target *entries,
                          size_t count, const struct http_response *in,
                          struct platform_relation *is, struct reply *out);
    /* The same of those about to be unfollowed, where it tells more; NULL: as build_relation. */
    const struct platform_relations *relations;
    const struct platform_question *question; /* NULL: no answer of its is a REPLY_ASK */

    int (*build_whoami)(struct http_request *out, struct winnow_error *err);
    void (*read_whoami)(const struct http_response *in, struct platform_identity *who,
                        struct reply *out);

    /* What a token may do, by the answer to build_whoami: a stop where it lacks what unfollowing
     * needs, a note for the user where that cannot be seen. NULL: the answer does not tell. */
    void (*read_scopes)(const struct http_response *in, struct reply *out, const char **note);
    const char *token_page;             /* where a person takes a token back */
    const struct platform_oauth *oauth; /* login in the browser; NULL: there is none */

    /* Only where `sessions`. */
    int (*build_session)(const char *identifier, const char *password, struct http_request *out,
                         struct winnow_error *err);
    int (*build_refresh)(struct http_request *out, struct winnow_error *err);
    int (*build_session_end)(struct http_request *out, struct winnow_error *err);
    void (*read_session)(const struct http_response *in, struct platform_session *session,
                         struct reply *out);
};

/* All of them: platform_x ... */
#define PLATFORMS(X)       X(x) X(mastodon) X(bluesky) X(github)
#define PLATFORM_ROW(name) extern const struct platform platform_##name;
PLATFORMS(PLATFORM_ROW)

/* One by one; NULL: there are no more. */
const struct platform *platform_at(size_t number);
/* The platform of that name, or NULL. */
const struct platform *platform_find(const char *name);

/* Is this a well-formed id for the platform (on GitHub also a login)? Fills err with what is
 * expected. */
int platform_check_id(const struct platform *p, const char *id, size_t size,
                      struct winnow_error *err);

/* The same without logins: what a file may have as an id. */
int platform_check_exact_id(const struct platform *p, struct text id, struct winnow_error *err);

/* The same for what a person gives as --account: an id or a handle, without the '@' before it. */
int platform_check_account(const struct platform *p, const char *account, size_t size,
                           struct winnow_error *err);

#endif
