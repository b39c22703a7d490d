/* Mastodon's following_accounts.csv: "Account address,Show boosts,Notify on new posts,Languages",
 * and the older form of one address a line without a header. It has no ids; they are looked up
 * later by the address.
 *
 * Happy path: the first column is the address; it becomes the handle, its domain in lower case.
 * Failures: a record that is no address is skipped and told. A header of another of Mastodon's
 * exports (muted accounts) ends the reading: those are not followees. */
#include "roster/mastodon_csv.h"
#include "roster/csv.h"
#include "roster/reading.h"
#include "roster/utf8.h"

#include <string.h>
#include <strings.h>

static bool is_header(struct text field) {
    static const char name[] = "Account address";
    return field.size == sizeof name - 1 && strncasecmp(field.at, name, field.size) == 0;
}

static struct text without_at(struct text address) {
    bool has = address.size > 0 && address.at[0] == '@';
    return has ? (struct text){address.at + 1, address.size - 1} : address;
}

bool mastodon_is_address(struct text address) {
    address = without_at(address);
    const char *at = memchr(address.at, '@', address.size);
    if (at == NULL || at == address.at || at + 1 == address.at + address.size)
        return false;
    size_t rest = address.size - (size_t)(at + 1 - address.at);
    if (memchr(at + 1, '@', rest) != NULL || utf8_has_control(address.at, address.size))
        return false;
    for (uint32_t i = 0; i < address.size; i++)
        if (strchr(" ,;\"<>/\\", address.at[i]) != NULL)
            return false;
    return true;
}

bool mastodon_is_head(const char *at, size_t size) {
    if (size > 0 && at[size - 1] == '\r')
        size--;
    const char *comma = memchr(at, ',', size);
    struct text first =
        csv_trim((struct text){at, (uint32_t)(comma ? comma - at : (ptrdiff_t)size)});
    if (first.size >= 2 && first.at[0] == '"' && first.at[first.size - 1] == '"')
        first = (struct text){first.at + 1, first.size - 2};
    return is_header(first) || mastodon_is_address(first);
}

static int header_check(const struct csv *c, struct winnow_error *err) {
    for (size_t i = 1; i < c->count; i++)
        if (memmem(c->fields[i].at, c->fields[i].size, "notifications", 13) != NULL)
            return winnow_fail(err, WINNOW_BAD_INPUT,
                               "This is Mastodon's list of muted accounts; import "
                               "following_accounts.csv.");
    return 0;
}

/* The user's part as it is, the domain in lower case. */
static void set_address(struct record *record, struct text address) {
    char lower[FACT_HANDLE_MAX];
    const char *at = address.at;
    if (address.size <= sizeof lower) {
        memcpy(lower, at, address.size);
        char *domain = memchr(lower, '@', address.size);
        for (char *p = domain; p != NULL && p < lower + address.size; p++)
            if (*p >= 'A' && *p <= 'Z')
                *p = (char)(*p | 0x20);
        at = lower;
    }
    record_set_text(record, FACT_HANDLE, at, address.size);
}

static void fill(const struct csv *c, size_t columns, struct record *record) {
    record_clear(record, c->bytes, c->used);
    if (c->bad) {
        record_fail(record, "%s", c->why);
        return;
    }
    if (columns != 0 && c->count != columns) {
        record_fail(record, "The record has %zu columns; the header has %zu.", c->count, columns);
        return;
    }
    struct text address = csv_trim(c->fields[0]);
    if (!mastodon_is_address(address)) {
        record_fail(record, "%s is no address; expected one such as \"alice@example.org\".",
                    RECORD_SHOW(address.at, address.size));
        return;
    }
    set_address(record, without_at(address));
}

static int records_read(struct csv *c, struct reading *r, struct winnow_error *err) {
    size_t columns = 0; /* 0: no header */
    bool first = true;
    int got = 0;
    while ((got = csv_next(c, &r->lines, err)) > 0) {
        if (first && !c->bad && is_header(csv_trim(c->fields[0]))) {
            if (header_check(c, err) != 0)
                return -1;
            columns = c->count;
            first = false;
            continue;
        }
        first = false;
        fill(c, columns, &r->record);
        if (reading_deliver(r, ROSTER_FOLLOWEE, c->line, err) != 0)
            return -1;
    }
    return got;
}

int mastodon_csv_read(struct reading *r, struct winnow_error *err) {
    struct csv c;
    if (csv_init(&c, ',', err) != 0)
        return -1;
    int result = records_read(&c, r, err);
    csv_free(&c);
    return result;
}
