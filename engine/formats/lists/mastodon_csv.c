/* Mastodon's following_accounts.csv: "Account address,Show boosts,Notify on new posts,Languages",
 * and the older form of one address a line without a header. It has no ids; they are looked up
 * later by the address. The lists of followers, blocked and muted accounts that Mastodon,
 * GoToSocial and Misskey write have the same form, some without a header.
 *
 * Happy path: the first column is the address; it becomes the handle, its domain in lower case.
 * Failures: a record that is no address is skipped and told. A list of which
 * nothing tells whom it lists ends the reading: nobody is taken for a followee by a guess. */
#include "formats/lists/mastodon_csv.h"

#include "core/base/utf8.h"
#include "formats/base/csv.h"

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

/* Comma, or what a spreadsheet of another country puts in its place. */
static char separator_of(const char *at, size_t size, char said) {
    if (said != '\0')
        return said;
    for (size_t i = 0; i < size; i++)
        if (at[i] == ',' || at[i] == ';' || at[i] == '\t')
            return at[i];
    return ',';
}

bool mastodon_is_head(const char *at, size_t size, char said) {
    if (size > 0 && at[size - 1] == '\r')
        size--;
    const char *stop = memchr(at, separator_of(at, size, said), size);
    struct text first = csv_trim((struct text){at, (uint32_t)(stop ? stop - at : (ptrdiff_t)size)});
    if (first.size >= 2 && first.at[0] == '"' && first.at[first.size - 1] == '"')
        first = (struct text){first.at + 1, first.size - 2};
    return is_header(first) || mastodon_is_address(first);
}

static bool names_column(const struct csv *c, const char *word) {
    for (size_t i = 1; i < c->count; i++)
        if (memmem(c->fields[i].at, c->fields[i].size, word, strlen(word)) != NULL)
            return true;
    return false;
}

/* Whom the list is of, by its header: only lists of followees have "Show boosts" and so on, only
 * lists of muted accounts "Hide notifications"; "Account address" alone may be any. */
static int header_check(struct reading *r, const struct csv *c, struct winnow_error *err) {
    bool muted = names_column(c, "Hide notifications");
    bool following = !muted && (names_column(c, "boosts") || names_column(c, "Languages"));
    if (muted && r->options->as == ROSTER_LIST_UNSAID)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "This is Mastodon's list of muted accounts; import "
                           "following_accounts.csv, or say --as mutes to count those that are "
                           "followed.");
    return reading_relation(r,
                            muted       ? ROSTER_LIST_MUTES
                            : following ? ROSTER_LIST_FOLLOWING
                                        : ROSTER_LIST_UNSAID,
                            "a list of addresses in the form of Mastodon's", err);
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

static void fill(const struct csv *c, size_t at, struct record *record) {
    record_clear(record, c->bytes, c->used);
    if (c->bad) {
        record_fail(record, "%s", c->why);
        return;
    }
    struct text address = csv_trim(c->fields[at]);
    if (!mastodon_is_address(address)) {
        record_fail(record, "%s is no address; expected one such as \"alice@example.org\".",
                    RECORD_SHOW(address.at, address.size));
        return;
    }
    set_address(record, without_at(address));
}

/* Without a header: how many of the columns are people. Some exports have more about the one in the
 * first (Misskey's "withReplies=true"), some people write all addresses on one line. */
static size_t addresses(const struct csv *c) {
    size_t last = 0;
    for (size_t i = 1; i < c->count; i++)
        if (mastodon_is_address(csv_trim(c->fields[i])))
            last = i;
    return last + 1;
}

static int deliver(struct reading *r, const struct csv *c, size_t columns,
                   struct winnow_error *err) {
    size_t people = columns == 0 && !c->bad ? addresses(c) : 1;
    for (size_t i = 0; i < people; i++) {
        fill(c, i, &r->record);
        if (columns != 0 && c->count != columns && !c->bad)
            record_fail(&r->record, "The record has %zu columns; the header has %zu.", c->count,
                        columns);
        if (reading_deliver(r, r->relation, c->line, err) != 0)
            return -1;
    }
    return 0;
}

static int records_read(struct csv *c, struct reading *r, struct winnow_error *err) {
    size_t columns = 0; /* 0: no header */
    bool first = true;
    int got = 0;
    while ((got = csv_next(c, &r->lines, err)) > 0) {
        bool header = first && !c->bad && is_header(csv_trim(c->fields[0]));
        if (header && header_check(r, c, err) != 0)
            return -1;
        if (first && !header &&
            reading_relation(r, ROSTER_LIST_UNSAID, "a list of addresses", err) != 0)
            return -1;
        first = false;
        if (header)
            columns = c->count;
        else if (deliver(r, c, columns, err) != 0)
            return -1;
    }
    return got;
}

int mastodon_csv_read(struct reading *r, struct winnow_error *err) {
    const char *at = NULL;
    size_t size = 0;
    struct csv c;
    if (lines_peek(&r->lines, &at, &size, err) != 0 ||
        csv_init(&c, separator_of(at, size, r->separator), err) != 0)
        return -1;
    int result = records_read(&c, r, err);
    csv_free(&c);
    return result;
}
