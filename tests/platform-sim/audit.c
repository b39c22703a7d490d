/* The audit: one growing array of 24 byte entries, and counters beside it.
 *
 * Happy path: entries are appended in order of arrival; the summary is derived from them and the
 * counters. The sums over windows are computed when asked for, with two pointers over the array.
 * Failure: none but running out of memory. */
#include "audit.h"

#include <stdlib.h>

#define STRANGERS_KEPT 100000

void audit_add(struct audit *audit, const struct entry *entry) {
    if (audit->count == audit->room) {
        audit->room = audit->room == 0 ? 4096 : audit->room * 2;
        audit->entry = sim_realloc(audit->entry, audit->room, sizeof *audit->entry);
    }
    audit->entry[audit->count++] = *entry;
}

uint32_t audit_stranger(struct audit *audit, const char *name) {
    uint32_t at = names_find(&audit->strangers, name);
    if (at != SIM_NONE || audit->strangers.count >= STRANGERS_KEPT) {
        return at;
    }
    size_t len = 0;
    while (name[len] > ' ' && name[len] < 0x7f) {
        len++; /* one word a column, whatever the client sent */
    }
    return names_add(&audit->strangers, name, len, "", 0);
}

void audit_free(struct audit *audit) {
    free(audit->entry);
    names_free(&audit->strangers);
    *audit = (struct audit){0};
}

static uint32_t entry_cost(const struct limit *limit, const struct entry *entry) {
    struct charge charge = {.platform = (enum platform_id)entry->platform,
                            .kind = (enum kind)entry->kind,
                            .points = entry->points,
                            .authorised = (entry->flags & ENTRY_AUTHORISED) != 0};
    return limit_cost(limit, &charge);
}

uint64_t audit_most_in_any_window(const struct audit *audit, const struct limit *limit,
                                  uint64_t *counted) {
    uint64_t sum = 0;
    uint64_t most = 0;
    size_t first = 0;
    *counted = 0;
    for (size_t i = 0; i < audit->count; i++) {
        uint32_t cost = entry_cost(limit, &audit->entry[i]);
        if (cost == 0) {
            continue;
        }
        *counted += 1;
        sum += cost;
        while (audit->entry[first].at_ns + limit->period_ns <= audit->entry[i].at_ns) {
            sum -= entry_cost(limit, &audit->entry[first++]);
        }
        most = sum > most ? sum : most;
    }
    return most;
}

static void limit_json(const struct audit *audit, const struct limit *limit, struct buf *out) {
    uint64_t counted = 0;
    uint64_t any = audit_most_in_any_window(audit, limit, &counted);
    uint64_t server = limit->window == W_SLIDING ? any : limit->most_arrived;
    buf_printf(out, "{\"name\":\"%s\",\"limit\":%llu,\"period_ms\":%llu,\"kind\":\"%s\",",
               limit->name, (unsigned long long)limit->limit,
               (unsigned long long)(limit->period_ns / NS_PER_MS), window_name(limit->window));
    buf_printf(out, "\"requests\":%llu,\"max_in_server_window\":%llu,\"max_in_any_window\":%llu,",
               (unsigned long long)counted, (unsigned long long)server, (unsigned long long)any);
    buf_printf(out, "\"exceeded_server\":%s,\"exceeded\":%s}",
               server > limit->limit ? "true" : "false", any > limit->limit ? "true" : "false");
}

static void count_json(struct buf *out, const char *name, uint64_t value) {
    buf_printf(out, "\"%s\":%llu,", name, (unsigned long long)value);
}

static void counters_json(const struct counters *is, struct buf *out) {
    count_json(out, "requests", is->requests);
    count_json(out, "writes", is->writes);
    count_json(out, "unfollows_sent", is->unfollows_sent);
    count_json(out, "unfollows_applied", is->unfollows_applied);
    count_json(out, "follows_applied", is->follows_applied);
    count_json(out, "already_gone", is->already_gone);
    count_json(out, "target_gone", is->target_gone);
    count_json(out, "rejected_429", is->rejected_429);
    count_json(out, "unauthorised", is->unauthorised);
    count_json(out, "protected_touched", is->protected_touched);
    count_json(out, "duplicate_sends", is->duplicate_sends);
    count_json(out, "drifted", is->drifted);
}

static void faults_json(const struct counters *is, struct buf *out) {
    uint64_t total = 0;
    const char *comma = "";
    buf_str(out, "\"faults\":{");
    for (int f = FAULT_NONE + 1; f < FAULTS; f++) {
        total += is->faults[f];
        if (is->faults[f] != 0) {
            buf_printf(out, "%s\"%s\":%llu", comma, fault_name((enum fault)f),
                       (unsigned long long)is->faults[f]);
            comma = ",";
        }
    }
    buf_printf(out, "},\"faults_total\":%llu,", (unsigned long long)total);
}

static void platforms_json(const struct counters *is, const struct follows *follows,
                           struct buf *out) {
    buf_str(out, "\"requests_by_platform\":{");
    for (int p = 0; p < PLATFORMS; p++) {
        buf_printf(out, "%s\"%s\":%llu", p == 0 ? "" : ",", platform_name((enum platform_id)p),
                   (unsigned long long)is->by_platform[p]);
    }
    buf_str(out, "},\"still_followed\":{");
    for (int p = 0; p < PLATFORMS; p++) {
        buf_printf(out, "%s\"%s\":%u", p == 0 ? "" : ",", platform_name((enum platform_id)p),
                   follows->followed[p].set);
    }
    buf_printf(out, "},\"still_recorded\":%u,", follows->records.set);
}

/* Of each label: how many people there are, and how many of them were unfollowed on each platform.
 * Who vanished from the platform itself was not. */
static void people_json(const struct follows *follows, struct buf *out) {
    const struct people *people = follows->people;
    uint32_t all[LABELS] = {0};
    uint32_t gone[PLATFORMS][LABELS] = {{0}};
    for (uint32_t at = 0; people != NULL && at < people->count; at++) {
        enum label label = people->person[at].label;
        all[label]++;
        for (int p = 0; p < PLATFORMS; p++) {
            bool vanished = p != P_BLUESKY && bits_has(&follows->vanished[p], at);
            gone[p][label] += !vanished && !bits_has(&follows->followed[p], at) ? 1 : 0;
        }
    }
    buf_str(out, "\"people\":{");
    for (int l = 0; l < LABELS; l++) {
        buf_printf(out, "\"%s\":%u,", label_names[l], all[l]);
    }
    buf_str(out, "\"unfollowed\":{");
    for (int p = 0; p < PLATFORMS; p++) {
        buf_printf(out, "%s\"%s\":{", p == 0 ? "" : ",", platform_name((enum platform_id)p));
        for (int l = 0; l < LABELS; l++) {
            buf_printf(out, "%s\"%s\":%u", l == 0 ? "" : ",", label_names[l], gone[p][l]);
        }
        buf_str(out, "}");
    }
    buf_str(out, "}},");
}

void audit_json(const struct audit *audit, const struct limits *limits,
                const struct follows *follows, const struct bill *bill, struct buf *out) {
    buf_str(out, "{\"version\":1,");
    count_json(out, "uptime_ms", (clock_mono_ns() - audit->begin_mono_ns) / NS_PER_MS);
    counters_json(&audit->is, out);
    faults_json(&audit->is, out);
    platforms_json(&audit->is, follows, out);
    if (follows->people != NULL) {
        people_json(follows, out);
    }
    bill_json(bill, out);
    buf_str(out, ",\"limits\":[");
    const char *comma = "";
    bool exceeded = false;
    for (int i = 0; i < LIMITS; i++) {
        const struct limit *limit = &limits->limit[i];
        uint64_t counted = 0;
        if (!limit->on) {
            continue;
        }
        buf_str(out, comma);
        limit_json(audit, limit, out);
        exceeded = exceeded || audit_most_in_any_window(audit, limit, &counted) > limit->limit;
        comma = ",";
    }
    buf_printf(out, "],\"any_limit_exceeded\":%s}\n", exceeded ? "true" : "false");
}

static void target_text(const struct audit *audit, const struct follows *follows,
                        const struct entry *entry, char *out) {
    out[0] = '-';
    out[1] = '\0';
    if (entry->target == SIM_NONE) {
        return;
    }
    if ((entry->flags & ENTRY_STRANGER) == 0) {
        follows_id(follows, (enum platform_id)entry->platform, entry->target, out);
        return;
    }
    const char *name = names_id(&audit->strangers, entry->target);
    for (size_t i = 0; i + 1 < ID_MAX && name[i] != '\0'; i++) {
        out[i] = name[i];
        out[i + 1] = '\0';
    }
}

void audit_line(const struct audit *audit, const struct follows *follows, size_t at,
                struct buf *out) {
    static const char *const kinds[KINDS] = {"unfollow", "follow", "batch",   "item",  "list",
                                             "read",     "login",  "refresh", "other", "read",
                                             "read",     "list",   "list"};
    static const char *const verbs[] = {"GET", "POST", "PUT", "DELETE", "-"};
    const struct entry *entry = &audit->entry[at];
    char target[ID_MAX];
    char record[16] = "-";
    target_text(audit, follows, entry, target);
    if (entry->record != SIM_NONE) {
        record_key(follows, entry->record, record);
    }
    buf_printf(out, "%llu.%06llu %s %s %s %s %u %u %s %s\n",
               (unsigned long long)(entry->at_ns / NS_PER_MS),
               (unsigned long long)(entry->at_ns % NS_PER_MS), verbs[entry->verb_fault & 7],
               platform_name((enum platform_id)entry->platform), kinds[entry->kind], target,
               entry->status, entry->flags & ENTRY_APPLIED ? 1u : 0u, record,
               fault_name((enum fault)(entry->verb_fault >> 3)));
}
