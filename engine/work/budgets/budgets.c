/* A campaign's budgets: see budgets.h. Happy path: defaults, overrides, stored state. Fails with
 * WINNOW_USAGE on an override that cannot be, naming what is known. */
#include "work/budgets/budgets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text_time.h"

static int bad_override(const char *text, const char *why, struct winnow_error *err) {
    return winnow_fail(err, WINNOW_USAGE,
                       "budget \"%.64s\": %s; give NAME=LIMIT/PERIOD like unfollow/15m=50/15m, or "
                       "NAME=off",
                       text, why);
}

/* Where the kind of window stands that earlier versions took (":aligned") and no decision read. */
static const char *kind_of(const char *text) {
    static const char *const names[] = {":sliding", ":aligned", ":first"};
    const char *colon = strrchr(text, ':');
    for (int i = 0; i < 3 && colon != NULL; i++)
        if (strcmp(colon, names[i]) == 0)
            return colon;
    return NULL;
}

void budget_override_take(char *to, const char *stored) {
    const char *kind = kind_of(stored);
    size_t size = kind != NULL ? (size_t)(kind - stored) : strlen(stored);
    memcpy(to, stored, size);
    to[size] = '\0';
}

int budget_override_parse(const char *text, struct budget_override *out, struct winnow_error *err) {
    *out = (struct budget_override){0};
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof out->name)
        return bad_override(text, "no NAME=", err);
    memcpy(out->name, text, (size_t)(equals - text));
    const char *value = equals + 1;
    if (strcmp(value, "off") == 0) {
        out->off = true;
        return 0;
    }
    char *end;
    errno = 0;
    if (value[0] < '0' || value[0] > '9')
        return bad_override(text, "the limit is not a whole number", err);
    unsigned long long limit = strtoull(value, &end, 10);
    if (errno != 0 || *end != '/' || limit == 0 || limit > 1000000000)
        return bad_override(text, "the limit is not a number from 1 to 1,000,000,000 before a /",
                            err);
    out->limit = limit;
    if (kind_of(end) != NULL)
        return bad_override(text,
                            "the kind of window is not given any more: every budget holds in any "
                            "span of its period; leave out what stands from the colon on",
                            err);
    if (!text_duration_read(end + 1, strlen(end + 1), &out->period_ms))
        return bad_override(text, "the period is no duration like 15m, 1h or 1d", err);
    return 0;
}

int winnow_budget_check(const char *text, struct winnow_error *err) {
    struct budget_override ignored;
    return budget_override_parse(text, &ignored, err);
}

static int unknown_name(const struct platform *p, const char *name, struct winnow_error *err) {
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < p->budget_count; i++) {
        int n = snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ",
                         p->budgets[i].spec.name);
        used = n < 0 ? used : used + (size_t)n;
        if (used >= sizeof known)
            break;
    }
    return winnow_fail(err, WINNOW_USAGE, "%s has no budget \"%s\"; it has %s", p->title, name,
                       known);
}

static int check_names(const struct platform *p, const struct budget_override *o,
                       struct winnow_error *err) {
    for (size_t i = 0; i < p->budget_count; i++)
        if (strcmp(p->budgets[i].spec.name, o->name) == 0)
            return 0;
    return unknown_name(p, o->name, err);
}

int budgets_fill(struct limiter *l, const struct platform *p, const char *const *overrides,
                 size_t count, struct winnow_error *err) {
    struct budget_override parsed[WINNOW_BUDGETS_MAX];
    if (count > WINNOW_BUDGETS_MAX)
        return winnow_fail(err, WINNOW_USAGE, "more than %d budgets given", WINNOW_BUDGETS_MAX);
    for (size_t i = 0; i < count; i++)
        if (budget_override_parse(overrides[i], &parsed[i], err) != 0 ||
            check_names(p, &parsed[i], err) != 0)
            return -1;
    for (size_t i = 0; i < p->budget_count; i++) {
        struct budget_spec spec = p->budgets[i].spec;
        bool off = false;
        for (size_t k = 0; k < count; k++) {
            if (strcmp(parsed[k].name, spec.name) != 0)
                continue;
            off = parsed[k].off;
            spec.limit = parsed[k].limit;
            spec.period_ms = parsed[k].period_ms;
        }
        if (!off && limiter_add(l, &spec, err) != 0)
            return -1;
    }
    return 0;
}

struct budgets_time budgets_time(const struct limiter *l, const struct platform *p,
                                 enum action action, uint64_t entries) {
    uint32_t batch = p->actions[action].batch_max;
    struct budgets_time out = {0, 0, ""};
    uint64_t requests = (entries + batch - 1) / batch;
    for (size_t i = 0; i < l->count && entries > 0; i++) {
        const struct budget_spec *s = &l->budgets[i].spec;
        uint64_t cost = entries * s->costs.each[action] + requests * s->costs.write;
        if (cost == 0 || s->kind == BUDGET_TOTAL)
            continue;
        int64_t even = (int64_t)((double)cost * (double)s->period_ms / (double)s->limit);
        int64_t burst = (int64_t)((cost - 1) / s->limit) * s->period_ms;
        if (even >= out.even_ms)
            out.tightest = s->name;
        out.even_ms = even > out.even_ms ? even : out.even_ms;
        out.burst_ms = burst > out.burst_ms ? burst : out.burst_ms;
    }
    return out;
}
