/* Header lines by themselves, deeper than a whole answer gets: names, counts, moments, quotas,
 * waits. What must be true: a value lies inside the headers and is trimmed; a moment is neither in
 * the past nor over WAIT_MAX_MS away; walking all values of a name ends. */
#include "fuzz.h"

#include "platform/wire/answer.h"

#define RECEIVED_MS INT64_C(1795490990000)

static void check_values(const struct http_response *in, const char *name) {
    struct text value;
    struct text first;
    size_t offset = 0;
    size_t count = 0;
    bool any = http_header(in, name, &first);
    for (; header_next(in, name, &offset, &value); count++) {
        MUST(value.at >= in->headers.at);
        MUST(value.at + value.size <= in->headers.at + in->headers.size);
        MUST(memchr(value.at, '\n', value.size) == NULL);
        if (value.size != 0) {
            MUST(value.at[0] != ' ' && value.at[0] != '\t');
            MUST(value.at[value.size - 1] != ' ' && value.at[value.size - 1] != '\r');
        }
        if (count == 0)
            MUST(any && value.at == first.at && value.size == first.size);
        MUST(count <= in->headers.size);
    }
    MUST(any == (count > 0));
}

static bool bounded(int64_t at_ms) {
    return at_ms >= RECEIVED_MS && at_ms <= RECEIVED_MS + WAIT_MAX_MS;
}

static void check_answer(struct answer *a) {
    int64_t at_ms;
    uint64_t number;
    MUST(!header_moment(a, "x-rate-limit-reset", &at_ms) || bounded(at_ms));
    MUST(!header_moment(a, "X-RateLimit-Reset", &at_ms) || bounded(at_ms));
    bool waits = header_retry_after(a, &at_ms);
    MUST(!waits || bounded(at_ms));
    MUST(!header_count(a->in, "x-rate-limit-limit", &number) || number <= (uint64_t)INT64_MAX);
    struct quota quota = header_quota(a, "RateLimit-");
    MUST(!quota.reset_known || bounded(quota.reset_ms));
    answer_observe(a, "requests/5m", &quota);
    MUST(a->out->seen_count == (quota.known && quota.reset_known ? 1u : 0u));
    if (waits) {
        answer_wait(a, "requests/5m", at_ms);
        MUST(a->out->action == REPLY_WAIT && a->out->outcome == OUTCOME_RETRY);
        MUST(a->out->until_ms >= at_ms);
        MUST(is_printable(a->out->reason, strlen(a->out->reason)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"Date", "Link", "Retry-After", "x-rate-limit-reset",
                                        "RateLimit-Remaining"};
    char *headers = exact_copy(data, size);
    struct http_response in = {.end = HTTP_DONE,
                               .status = 429,
                               .headers = {headers, (uint32_t)size},
                               .received_ms = RECEIVED_MS};
    struct reply reply;
    struct answer a = {
        .in = &in, .out = &reply, .form = {.title = "A server"}, .is = WHEN_WRITE | WHEN_ONE};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check_values(&in, names[i]);
    MUST(answer_begin(&a));
    check_answer(&a);
    free(headers);
    return 0;
}
