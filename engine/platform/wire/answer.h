/* From a response to a `struct reply`: what all adapters share.
 *
 * Happy path: answer_begin, then success by the adapter's own eyes, else answer_judge over its
 * table. The tables are read from the top, the first line that fits wins, and behind each stands
 * a common one in which nothing is ever a success. */
#ifndef PLATFORM_WIRE_ANSWER_H
#define PLATFORM_WIRE_ANSWER_H

#include "core/http/http.h"
#include "core/reply/reply.h"
#include "platform/platform.h"
#include "platform/wire/json.h"

/* No wait is longer: a later time is more likely a server's mistake than its will. */
#define WAIT_MAX_MS (INT64_C(32) * 24 * 60 * 60 * 1000)

/* When a line of a table applies; what is not named does not matter. */
enum rule_when {
    WHEN_WRITE = 1 << 0, /* the request unfollows */
    WHEN_READ = 1 << 1,
    WHEN_MANY = 1 << 2, /* it carries several entries */
    WHEN_ONE = 1 << 3,
    WHEN_JSON = 1 << 4, /* the body is JSON */
    WHEN_NO_JSON = 1 << 5,
};

struct rule {
    int from, to;     /* statuses; 0, 0: any */
    unsigned when;    /* all of these hold */
    const char *word; /* the platform's error code is this; NULL: any */
    const char *part; /* its message has this in it; NULL: any */
    int64_t number;   /* the platform's error number; 0: any */

    enum outcome outcome;
    enum reply_action action;
    enum winnow_code code;
    const char *say; /* what it means and what to do, without a full stop */
};

/* A line of a table: when it applies; then outcome, action, code, and what to say.
 *     RULE(STATUS(403) PART("scope"), RETRY, STOP, CREDENTIAL, "the token lacks a scope"), */
#define RULE(applies, outcome_, action_, code_, say_)                                              \
    {                                                                                              \
        applies.outcome = OUTCOME_##outcome_, .action = REPLY_##action_, .code = WINNOW_##code_,   \
        .say = (say_)                                                                              \
    }
#define STATUS(status)            STATUSES(status, status)
#define STATUSES(lowest, highest) .from = (lowest), .to = (highest),
#define NUMBER(is)                .number = (is),
#define WORD(is)                  .word = (is),
#define PART(has)                 .part = (has),
#define WHEN(holds)               .when = (holds),
#define ANY

/* How somebody's answers say what went wrong. */
struct answer_form {
    const char *title; /* who answers */
    const struct rule *rules;
    size_t rule_count;
    const char *word, *message; /* members of the body; NULL: the adapter finds it elsewhere */
    struct text (*find_word)(const struct http_response *in, const json_t *root); /* NULL: none */
};

/* A response as its adapter understands it. */
struct answer {
    const struct http_response *in;
    struct reply *out;
    struct answer_form form;
    unsigned is; /* WHEN_ bits that hold */
    struct text word, message;
    int64_t number;
    const struct rule *rule; /* X: the one that was found; elsewhere unused */
};

/* The body of a whole response as JSON, or NULL; free with json_decref. */
json_t *answer_body(const struct http_response *in);
/* `is`: what holds of the request; what holds of the body is found here. */
struct answer answer_of(const struct answer_form *form, const struct http_response *in,
                        struct reply *out, unsigned is, const json_t *root);
/* What holds of a request that unfollows so many. */
static inline unsigned when_writes(size_t count) {
    return WHEN_WRITE | (count > 1 ? WHEN_MANY : WHEN_ONE);
}

/* Clear `out` and read the Date header. False when there is nothing more to read: no whole
 * response, or a redirect; `out` says it all then. */
bool answer_begin(const struct answer *a);

/* The line that fits; never NULL. */
const struct rule *answer_rule(const struct answer *a);
/* Fill `out` by that line (or by that of answer_rule). On a read, what concerns one followee
 * stops the run: the list itself was refused. */
void answer_settle(const struct answer *a, const struct rule *rule);
void answer_judge(const struct answer *a);
/* After a precheck was refused and `out` filled: what speaks of the request or of one in it, not of the
 * account, becomes REPLY_SPLIT. Looking is never a reason to stop. */
void answer_relation_refused(const struct answer *a, const struct rule *rule);

void answer_done(const struct answer *a, enum outcome outcome); /* success */
/* After an answer to a question about one followee that is no success: it settles nobody, and
 * nothing is in doubt, since nothing was to be done. */
void answer_question_failed(const struct answer *a);
/* It proves nothing: REPLY_STREAK, with a reason. */
void answer_unsure(const struct answer *a, const char *say);

/* For what no table line says. `say` as in a rule. */
void answer_say(const struct answer *a, enum outcome outcome, enum reply_action action,
                enum winnow_code code, const char *say);

/* Wait for `budget` (NULL: all) until engine time `until_ms`; 0: the server told no time. Never
 * in the past, never over WAIT_MAX_MS. */
void answer_wait(const struct answer *a, const char *budget, int64_t until_ms);

/* ---- times and numbers in headers ------------------------------------------------------------*/

/* The next header of that name after `*offset`, which starts at 0. */
bool header_next(const struct http_response *in, const char *name, size_t *offset,
                 struct text *value);
bool header_count(const struct http_response *in, const char *name, uint64_t *value);

/* A moment in engine time: epoch seconds (decimals allowed), ISO 8601, an HTTP date, or seconds
 * from now (a number too small to be a date); corrected by the Date header. */
bool header_moment(const struct answer *a, const char *name, int64_t *engine_ms);

/* The latest of all Retry-After headers. One in seconds is noted in `out->window_ms`. */
bool header_retry_after(const struct answer *a, int64_t *engine_ms);

/* Note what `<prefix>limit`, `<prefix>remaining` and `<prefix>reset` say on `budget`. */
struct quota {
    bool known;
    uint64_t limit, remaining;
    bool reset_known;
    int64_t reset_ms;
};
#define QUOTA_PREFIX_MAX 32
struct quota header_quota(const struct answer *a, const char *prefix);
void answer_observe(const struct answer *a, const char *budget, const struct quota *quota);
/* When to ask again: the quota's reset, or Retry-After where that is later; 0: not told. */
int64_t answer_until(const struct answer *a, const struct quota *quota);

#endif
