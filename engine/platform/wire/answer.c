/* From a response to a reply: see answer.h. Happy path: a 2xx that the adapter confirms. Fails
 * into a reply that never says more than the response does: what is not understood is in doubt
 * when it looks like success, and a refusal that stops the run at the third in a row when not. */
#include "platform/wire/answer.h"

#include "core/base/foreign.h"
#include "core/base/text_time.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Behind every platform's table. A refusal that names no reason is tried again behind others, so
 * that three in a row, which stop the run, cost nobody a final outcome. A 5xx is in doubt: a proxy
 * may speak for a server that has done it. What looks like success in unknown words is in doubt
 * too. */
/* clang-format off */
static const struct rule common[] = {
    RULE(STATUSES(300, 399),                 RETRY,    STOP,     NETWORK, "the server redirects, and a credential is not sent after a redirect: check --server"),
    RULE(STATUS(408),                        IN_DOUBT, BACK_OFF, OK,      "the server gave up waiting"),
    RULE(STATUS(409),                        RETRY,    BACK_OFF, OK,      "the server was busy with something else on the same data"),
    RULE(STATUSES(423, 425),                 RETRY,    BACK_OFF, OK,      "the server was not ready for it"),
    RULE(STATUSES(400, 499) WHEN(WHEN_READ), RETRY,    STOP,     FAILED,  "the platform refused to answer: check --account, --server and the credential"),
    RULE(STATUSES(400, 499),                 RETRY,    STREAK,   SAFETY,  "the platform refused it"),
    RULE(STATUSES(500, 599),                 IN_DOUBT, BACK_OFF, OK,      "the server is in trouble"),
    RULE(ANY,                                IN_DOUBT, BACK_OFF, OK,      "the answer is not one that the platform gives"),
};
/* clang-format on */

/* clang-format off */
static const struct rule ends[] = {
    [HTTP_DONE] =      RULE(ANY, NONE,     GO_ON,    OK,      NULL),
    [HTTP_NOT_SENT] =  RULE(ANY, RETRY,    BACK_OFF, NETWORK, "the server could not be reached"),
    [HTTP_IN_DOUBT] =  RULE(ANY, IN_DOUBT, BACK_OFF, NETWORK, "no whole answer came back"),
    [HTTP_TOO_LARGE] = RULE(ANY, IN_DOUBT, BACK_OFF, NETWORK, "the answer is larger than winnow reads"),
    [HTTP_REFUSED] =   RULE(ANY, RETRY,    STOP,     NETWORK, "nothing was sent, for safety: check --server"),
};
/* clang-format on */

/* The reason: what it means first, the foreign text last, where a cut does least harm. */
static void say(const struct answer *a, const char *what) {
    char shown[FOREIGN_SHOWN_MAX + 1];
    char whole[sizeof a->out->reason + sizeof shown];
    const struct http_response *in = a->in;
    if (in->end != HTTP_DONE) {
        struct text detail = {in->detail, (uint32_t)strnlen(in->detail, sizeof in->detail)};
        foreign_show(detail, shown, sizeof shown);
        snprintf(whole, sizeof whole, "%s (%s%s%s)", what, a->form.title,
                 shown[0] == '\0' ? "" : ": ", shown);
    } else {
        foreign_show(a->message.size != 0 ? a->message : a->word, shown, sizeof shown);
        snprintf(whole, sizeof whole, "%s (%s answered %d%s%s)", what, a->form.title, in->status,
                 shown[0] == '\0' ? "" : ": ", shown);
    }
    foreign_fit((struct text){whole, (uint32_t)strlen(whole)}, a->out->reason,
                sizeof a->out->reason);
}

static void read_date(const struct answer *a) {
    struct text date;
    int64_t date_ms;
    if (!http_header(a->in, "Date", &date) || !text_time_read_http(date.at, date.size, &date_ms))
        return;
    a->out->date_known = true;
    a->out->skew_ms = date_ms - a->in->received_ms;
}

json_t *answer_body(const struct http_response *in) {
    return in->end == HTTP_DONE ? body_parse(in->body) : NULL;
}

static struct text member(const json_t *root, const char *key) {
    struct text t;
    return key != NULL && body_text(root, key, &t) ? t : (struct text){"", 0};
}

struct answer answer_of(const struct answer_form *form, const struct http_response *in,
                        struct reply *out, unsigned is, const json_t *root) {
    struct answer a = {.in = in,
                       .out = out,
                       .form = *form,
                       .is = is | (root != NULL ? WHEN_JSON : WHEN_NO_JSON),
                       .word = member(root, form->word),
                       .message = member(root, form->message)};
    if (form->find_word != NULL && in->end == HTTP_DONE)
        a.word = form->find_word(in, root);
    return a;
}

bool answer_begin(const struct answer *a) {
    *a->out = (struct reply){.outcome = OUTCOME_NONE, .code = WINNOW_OK};
    if (a->in->end != HTTP_DONE) {
        size_t end = (size_t)a->in->end < COUNT(ends) ? (size_t)a->in->end : HTTP_IN_DOUBT;
        answer_settle(a, &ends[end]);
        return false;
    }
    read_date(a);
    if (a->in->status < 300 || a->in->status > 399)
        return true;
    struct answer redirect = *a;
    if (!http_header(a->in, "Location", &redirect.message))
        redirect.message = (struct text){"", 0};
    answer_settle(&redirect, &common[0]);
    return false;
}

static bool fits(const struct answer *a, const struct rule *r) {
    if (r->to != 0 && (a->in->status < r->from || a->in->status > r->to))
        return false;
    if ((r->when & a->is) != r->when)
        return false;
    if (r->number != 0 && r->number != a->number)
        return false;
    if (r->word != NULL && !foreign_is(a->word, r->word))
        return false;
    return r->part == NULL || foreign_has(a->message, r->part);
}

const struct rule *answer_rule(const struct answer *a) {
    for (size_t i = 0; i < a->form.rule_count; i++)
        if (fits(a, &a->form.rules[i]))
            return &a->form.rules[i];
    size_t i = 0;
    while (i + 1 < COUNT(common) && !fits(a, &common[i]))
        i++;
    return &common[i];
}

/* On a read nobody is unfollowed: what would settle an entry there is a refusal of the list. */
static void as_read(struct reply *out) {
    if (out->outcome == OUTCOME_TARGET_GONE)
        out->code = WINNOW_NOT_FOUND;
    out->of_this = out->action == REPLY_STREAK;
    if (out->action == REPLY_GO_ON || out->action == REPLY_STREAK || out->action == REPLY_SPLIT ||
        out->action == REPLY_ASK) {
        out->action = REPLY_STOP;
        if (out->code == WINNOW_OK)
            out->code = WINNOW_FAILED;
    }
    out->outcome = OUTCOME_RETRY;
}

void answer_settle(const struct answer *a, const struct rule *rule) {
    a->out->outcome = rule->outcome;
    a->out->action = rule->action;
    a->out->code = rule->code;
    say(a, rule->say);
    if ((a->is & WHEN_READ) != 0)
        as_read(a->out);
    int64_t later;
    if (rule->action == REPLY_BACK_OFF && a->in->end == HTTP_DONE && header_retry_after(a, &later))
        a->out->until_ms = later;
}

void answer_judge(const struct answer *a) {
    answer_settle(a, answer_rule(a));
}

void answer_relation_refused(const struct answer *a, const struct rule *rule) {
    bool of_this = rule->action == REPLY_STREAK || rule->action == REPLY_ASK ||
                   rule->action == REPLY_GO_ON || rule->action == REPLY_SPLIT ||
                   (rule->action == REPLY_STOP &&
                    (rule->code == WINNOW_FAILED || rule->code == WINNOW_NETWORK));
    if (of_this && a->in->end == HTTP_DONE && a->in->status >= 400 && a->in->status <= 499)
        a->out->action = REPLY_SPLIT;
}

void answer_done(const struct answer *a, enum outcome outcome) {
    a->out->outcome = outcome;
    a->out->action = REPLY_GO_ON;
}

void answer_say(const struct answer *a, enum outcome outcome, enum reply_action action,
                enum winnow_code code, const char *what) {
    struct rule rule = {.outcome = outcome, .action = action, .code = code, .say = what};
    answer_settle(a, &rule);
}

void answer_unsure(const struct answer *a, const char *what) {
    answer_say(a, OUTCOME_RETRY, REPLY_STREAK, WINNOW_SAFETY, what);
}

void answer_question_failed(const struct answer *a) {
    if (a->out->action != REPLY_GO_ON)
        a->out->outcome = OUTCOME_RETRY;
    if (a->out->action == REPLY_SPLIT)
        a->out->action = REPLY_STREAK;
}

/* Into [received, received + WAIT_MAX_MS]. */
static int64_t bounded(const struct answer *a, int64_t engine_ms) {
    int64_t now = a->in->received_ms;
    if (engine_ms < now)
        return now;
    return engine_ms > now + WAIT_MAX_MS ? now + WAIT_MAX_MS : engine_ms;
}

/* Resets and Date are whole seconds, rounded down (seen on PDS 0.4.217), so a reset may be up to a
 * second later than it reads; and asking too early costs points there. */
#define ROUNDING_MS 1000

void answer_wait(const struct answer *a, const char *budget, int64_t until_ms) {
    bool capped = until_ms >= a->in->received_ms + WAIT_MAX_MS;
    answer_say(a, OUTCOME_RETRY, REPLY_WAIT, WINNOW_OK,
               capped ? "the platform's limit is reached until a time over 32 days away; winnow "
                        "asks again after 32 days"
                      : "the platform's limit is reached");
    a->out->budget = budget;
    a->out->until_ms = until_ms == 0 ? 0 : bounded(a, until_ms) + ROUNDING_MS;
}

/* ---- headers ---------------------------------------------------------------------------------*/

bool header_next(const struct http_response *in, const char *name, size_t *offset,
                 struct text *value) {
    if (*offset >= in->headers.size)
        return false;
    struct http_response rest = {
        .headers = {in->headers.at + *offset, in->headers.size - (uint32_t)*offset}};
    if (!http_header(&rest, name, value))
        return false;
    *offset = (size_t)(value->at + value->size - in->headers.at);
    return true;
}

/* Digits with optional decimals, which are dropped; no more than fits in 18 digits. */
static bool number_read(struct text t, int64_t *value) {
    uint32_t i = 0;
    int64_t sum = 0;
    for (; i < t.size && t.at[i] >= '0' && t.at[i] <= '9'; i++)
        sum = sum > INT64_C(99999999999999999) ? INT64_C(999999999999999999)
                                               : sum * 10 + (t.at[i] - '0');
    if (i == 0)
        return false;
    if (i < t.size && t.at[i] == '.')
        for (i++; i < t.size && t.at[i] >= '0' && t.at[i] <= '9';)
            i++;
    *value = sum;
    return i == t.size;
}

bool header_count(const struct http_response *in, const char *name, uint64_t *value) {
    struct text text;
    int64_t number;
    if (!http_header(in, name, &text) || !number_read(text, &number))
        return false;
    *value = (uint64_t)number;
    return true;
}

/* A number under this is seconds from now (the IETF draft's RateLimit-Reset), one over the other
 * is milliseconds; between them lie the epoch seconds of the years 2001 to 5138. */
#define EPOCH_S_MIN  INT64_C(1000000000)
#define EPOCH_MS_MIN INT64_C(100000000000)

static bool moment(const struct answer *a, struct text t, int64_t *engine_ms) {
    int64_t number;
    int64_t server_ms;
    if (number_read(t, &number)) {
        if (number < EPOCH_S_MIN) {
            *engine_ms = bounded(a, a->in->received_ms + number * 1000);
            return true;
        }
        server_ms = number < EPOCH_MS_MIN ? number * 1000 : number;
    } else if (!text_time_read(t.at, t.size, &server_ms) &&
               !text_time_read_http(t.at, t.size, &server_ms)) {
        return false;
    }
    *engine_ms = bounded(a, a->out->date_known ? server_ms - a->out->skew_ms : server_ms);
    return true;
}

bool header_moment(const struct answer *a, const char *name, int64_t *engine_ms) {
    struct text text;
    return http_header(a->in, name, &text) && moment(a, text, engine_ms);
}

/* GoToSocial at boot sends two Retry-After headers, a number and a date: the later one counts. A
 * number needs no clock to be right, and so names the wait by itself. */
bool header_retry_after(const struct answer *a, int64_t *engine_ms) {
    bool found = false;
    size_t offset = 0;
    struct text text;
    int64_t one;
    while (header_next(a->in, "Retry-After", &offset, &text)) {
        int64_t number;
        if (!moment(a, text, &one))
            continue;
        if (number_read(text, &number) && number < EPOCH_S_MIN &&
            one - a->in->received_ms > a->out->window_ms)
            a->out->window_ms = one - a->in->received_ms;
        if (!found || one > *engine_ms)
            *engine_ms = one;
        found = true;
    }
    return found;
}

struct quota header_quota(const struct answer *a, const char *prefix) {
    struct quota q = {.known = false};
    char name[QUOTA_PREFIX_MAX + sizeof "remaining"];
    size_t size = strnlen(prefix, QUOTA_PREFIX_MAX);
    memcpy(name, prefix, size);
    memcpy(name + size, "limit", sizeof "limit");
    if (!header_count(a->in, name, &q.limit))
        q.limit = 0;
    memcpy(name + size, "remaining", sizeof "remaining");
    q.known = header_count(a->in, name, &q.remaining);
    memcpy(name + size, "reset", sizeof "reset");
    q.reset_known = header_moment(a, name, &q.reset_ms);
    return q;
}

int64_t answer_until(const struct answer *a, const struct quota *quota) {
    int64_t until = quota->reset_known ? quota->reset_ms : 0;
    int64_t later;
    return header_retry_after(a, &later) && later > until ? later : until;
}

void answer_observe(const struct answer *a, const char *budget, const struct quota *quota) {
    struct reply *out = a->out;
    if (!quota->known || !quota->reset_known || out->seen_count == REPLY_OBSERVATIONS_MAX)
        return;
    out->seen[out->seen_count++] = (struct reply_observation){
        .budget = budget,
        /* not told: what is left is the least that the limit can be */
        .limit = quota->limit != 0 ? quota->limit : quota->remaining,
        .remaining = quota->remaining,
        .reset_ms = quota->reset_ms,
    };
}
