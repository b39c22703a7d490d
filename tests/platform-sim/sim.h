/* What the parts of the server share: the simulator's state, a request, a reply, a platform.
 *
 * Happy path: server.c reads a request, serve.c takes it through authorisation, limits, faults
 * and its platform's handler, and server.c sends the reply.
 * Failure: a handler tells of it in the reply it fills; nothing here returns an error. */
#ifndef PLATFORM_SIM_SIM_H
#define PLATFORM_SIM_SIM_H

#include "audit.h"
#include "bill.h"
#include "oauth.h"
#include "session.h"

#include <jansson.h>
#include <microhttpd.h>

enum account_state { ACCOUNT_FINE, ACCOUNT_LOCKED, ACCOUNT_SUSPENDED, ACCOUNT_EXPIRED };

enum astray { ASTRAY_NOT, ASTRAY_WRITES, ASTRAY_ALL };
enum batches { BATCHES_WHOLE, BATCHES_NONE, BATCHES_HOLLOW };
/* What comes behind the last page of a list of followees: nothing; the same again; pages without
 * rows; people whom nobody follows. */
enum endless { ENDLESS_NOT, ENDLESS_REPEAT, ENDLESS_EMPTY, ENDLESS_MORE };

/* What becomes of Bluesky's getRepo: it comes whole; there is none; the connection is cut in the
 * middle; it ends in the middle as if that were all; a byte is another; a record's block is left
 * out; it is somebody else's; it has no follows; it comes slowly. */
enum repo {
    REPO_WHOLE,
    REPO_NONE,
    REPO_CUT,
    REPO_SHORT,
    REPO_HASH,
    REPO_HOLE,
    REPO_OTHER,
    REPO_EMPTY,
    REPO_SLOW
};

struct options {
    const char *account; /* NULL: the platform's default */
    const char *handle;
    const char *token;
    const char *password;
    const char *redirect_to;
    const char *audit_file;
    const char *client_id; /* of the X app */
    const char *client_secret;
    const char *redirect_uri;    /* of the X app */
    const char *scopes;          /* of GitHub's token; NULL: a fine-grained one */
    const char *mastodon_scopes; /* of Mastodon's tokens; NULL: all */
    const char *app_scopes;      /* that Mastodon's apps may ask for; NULL: all */
    enum flavour flavour;
    uint64_t slow_ns;
    uint32_t refresh_fails; /* so many refreshSessions are answered 503 first */
    bool retry_after;       /* Bluesky: newer servers send it with 429, older do not */
    bool appview;           /* Bluesky: profiles are answered */
    bool relations;         /* Mastodon: relationships are answered */
    enum astray astray;     /* who is answered "not found" */
    uint32_t look_status; /* Mastodon's relationships, getRelationships: refused with it; 0: not */
    enum batches batches; /* Bluesky's applyWrites */
    enum repo repo;       /* Bluesky's getRepo */
    bool old_names;       /* X: the parameters until OpenAPI 2.166, and no others */
    bool date_1970;       /* the Date header of every answer is of 1970 */
    bool number_ids;      /* X: ids in rows are numbers */
    uint32_t dead;        /* Bluesky: so is every so manieth account; 0: none */
    uint32_t blocking;    /* Bluesky: every so manieth blocks the account; 0: none */
    uint32_t hide;        /* every so manieth follower is left out of lists and answers; 0: none */
    bool repeat;          /* in their place somebody else stands twice */
    uint32_t cut_after;   /* lists of followers end after so many rows, as if they were over */
    uint32_t cut_following; /* X, Bluesky's getFollows: so does that of followees */
    uint32_t page_most;     /* rows of a page of followers, whatever was asked for; 0: as asked */
    bool loop;              /* lists of followers go round in circles */
    enum endless endless;   /* of the list of followees, and Bluesky's getFollows */
    bool self_cursor;       /* their last page has a cursor, which leads to itself */
    bool errors_pages;      /* X: before each page but the first comes one of errors alone */
    uint32_t profile_more;  /* so many more than the list has, the profile counts */
    uint32_t shown_status;  /* Bluesky's getFollows is refused with it; 0: it is not */
    bool dead_token;        /* no token is known, and what that looks like on snac */
    bool same_said;         /* Mastodon: notifications are of the conversations' last statuses */
    bool no_refresh;        /* X: a grant has no refresh token */
    bool slow_refresh;      /* X: a refresh takes slow_ns */
    char did_doc[256];      /* Bluesky: the account's DID document names this server; "": none */
    bool deactivated;       /* and the account is deactivated here */
};

/* The place of a cursor behind the last page of a list that does not end, from BEHIND on. */
#define BEHIND UINT32_C(100000000)

struct sim {
    struct options options;
    struct people people; /* none: everything about followees is made up */
    struct follows follows;
    struct limits limits;
    struct faults faults;
    struct audit audit;
    struct bits authors; /* of the mentions in the answer at hand */
    struct bill bill;
    struct sessions sessions;
    struct oauth oauth;
    struct names protected_ids;
    enum account_state state[PLATFORMS];
    struct buf body;  /* of the reply in hand */
    struct buf extra; /* header texts of the reply in hand */
    struct sleeper *sleepers;
};

#define SEGMENTS 6

struct request {
    struct MHD_Connection *conn;
    const char *path;
    const char *body; /* zero-terminated */
    size_t body_len;
    uint64_t mono_ns; /* since the audit began */
    uint64_t real_ns;
    enum verb verb;
    char segment_text[256];
    const char *segment[SEGMENTS]; /* of the path, split at slashes */
    int segments;
    enum platform_id platform;
    int op; /* the platform's own number for the endpoint */
    enum kind kind;
    uint32_t points;
    uint32_t target;          /* followee, or SIM_NONE */
    uint32_t record;          /* Bluesky */
    char target_name[ID_MAX]; /* as the client wrote it; "" if it named none */
    json_t *json;             /* the body, if it was JSON */
};

enum delivery { SEND_WHOLE, SEND_SLOW, SEND_HALF, SEND_HUGE, SEND_NOTHING };

#define REPLY_HEADERS 16

struct reply {
    unsigned status;
    struct buf *body;
    const char *type;
    enum delivery delivery;
    const char *header[REPLY_HEADERS];
    size_t header_at[REPLY_HEADERS]; /* value, as an offset into sim->extra */
    int headers;
    bool applied;
    bool already;
    bool clean; /* the client can read from it that the unfollow holds */
    bool dated; /* of 1970 */
};

/* What serve.c asks of each platform. */
struct platform {
    void (*route)(struct sim *sim, struct request *request);
    bool (*authorise)(struct sim *sim, const struct request *request, struct reply *reply);
    void (*rate_headers)(struct sim *sim, const struct request *request, struct reply *reply);
    void (*too_many)(struct sim *sim, const struct request *request, struct reply *reply,
                     const struct limit *limit); /* limit NULL: the fault */
    /* may be NULL: refuses what no counting limit refuses */
    bool (*refuses_too)(const struct sim *sim, const struct request *request);
    void (*state)(struct sim *sim, struct reply *reply, enum account_state state);
    void (*gone)(struct sim *sim, const struct request *request, struct reply *reply);
    /* "Not found" that is about nobody; NULL: as `gone`. */
    void (*astray)(struct sim *sim, const struct request *request, struct reply *reply);
    void (*lie)(struct sim *sim, const struct request *request, struct reply *reply);
    void (*error_500)(struct sim *sim, struct reply *reply);
    /* may be NULL: headers of the 503 fault */
    void (*busy)(struct sim *sim, const struct request *request, struct reply *reply);
    void (*handle)(struct sim *sim, struct request *request, struct reply *reply);
};

extern const struct platform platform_x;
extern const struct platform platform_mastodon;
extern const struct platform platform_bluesky;
extern const struct platform platform_github;

/* serve.c */
void serve(struct sim *sim, struct request *request, struct reply *reply);

/* reply.c */
void reply_header(struct sim *sim, struct reply *reply, const char *name, const char *format, ...)
    SIM_PRINTF(4, 5);
void reply_drop_headers(struct reply *reply);
void reply_text(struct reply *reply, unsigned status, const char *body);
void reply_printf(struct reply *reply, unsigned status, const char *format, ...) SIM_PRINTF(3, 4);
const char *query(const struct request *request, const char *key);
/* A number in the query between least and most; fallback if it is absent or no number. */
uint32_t query_number(const struct request *request, const char *key, uint32_t fallback,
                      uint32_t most);
const char *header(const struct request *request, const char *name);
bool bearer_is(const struct request *request, const char *scheme, const char *token);
const char *account_id(const struct sim *sim, enum platform_id platform);
const char *account_handle(const struct sim *sim, enum platform_id platform);
struct charge charge_of(const struct request *request, bool authorised);
uint64_t seconds_up(uint64_t ns);

/* Facts of a followee: a person's, or made up but steady. */
struct facts {
    uint32_t followers;
    uint32_t following;
    uint32_t posts;
    uint64_t created_s;
    uint64_t last_post_s; /* 0: never posted */
    bool mutual;
    bool verified;
    bool bot;
    bool locked;
};
struct facts facts_of(const struct sim *sim, uint32_t followee);

/* The account's followers: the mutual ones among its followees, each at a place of its own. */
uint32_t followers_count(const struct sim *sim, enum platform_id platform);
/* A page of at most `most` followers from `*place` on, which moves on: SIM_NONE at the end. Each is
 * handed to `each`, with how many came before it; how many there were is returned. */
uint32_t followers_page(struct sim *sim, enum platform_id platform, uint32_t *place, uint32_t most,
                        void (*each)(struct sim *sim, uint32_t at, uint32_t n, struct buf *out),
                        struct buf *out);
/* Is this one left out of what the server tells? */
bool hidden(const struct sim *sim, uint32_t followee);
/* The lists that the account has put people in. */
#define LISTS 2
bool in_list(uint32_t followee, uint32_t list);
/* Has the account talked to them? */
bool talked_to(uint32_t followee);

/* appview.c */
void appview_serve(struct sim *sim, const struct request *request, struct reply *reply);

/* bluesky.c: a CID of 59 letters, and a zero */
void cid_text(uint64_t seed, char *out);
/* bluesky.c: one audit line an item of a batch */
void bluesky_items(struct sim *sim, const struct request *request, const struct reply *reply,
                   uint8_t fault);
/* serve.c: counts a write that names a protected followee or repeats a confirmed one */
void note_target(struct sim *sim, enum platform_id platform, enum kind kind, uint32_t target,
                 uint32_t record, const char *name);

/* oauth.c */
bool oauth_path(const char *path);
void oauth_serve(struct sim *sim, struct request *request, struct reply *reply);
bool oauth_knows(struct sim *sim, const struct request *request);
uint32_t oauth_app(struct sim *sim, const char *id, const char *secret, const char *redirect,
                   bool mastodon);
void oauth_json(const struct oauth *oauth, struct buf *out);
/* All access tokens end at once; refresh tokens stay. */
void oauth_end_access(struct oauth *oauth);

/* control.c: everything under /sim/ */
enum MHD_Result control(struct sim *sim, struct request *request);

/* server.c */
enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
                           const char *method, const char *version, const char *upload,
                           size_t *upload_size, void **state);
void on_completed(void *cls, struct MHD_Connection *conn, void **state,
                  enum MHD_RequestTerminationCode why);
enum MHD_Result send_text(struct MHD_Connection *conn, unsigned status, const char *type,
                          const struct buf *body);
/* Wakes slow replies that are due (all of them if `all`); true if some still sleep. */
bool sleepers_wake(struct sim *sim, bool all);

#endif
