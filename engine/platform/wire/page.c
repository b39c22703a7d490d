/* Pages of a following list: see page.h. Happy path: each row becomes facts, and `each` takes
 * them. Fails row by row: a bad one is counted in `skipped`, the first with its reason. */
#include "platform/wire/page.h"

#include "core/base/foreign.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

void page_begin(struct platform_page *page) {
    page->end = true;
    page->count = 0;
    page->skipped = 0;
    page->less_micro = 0;
    page->skipped_why[0] = '\0';
    page->conversation = page->said = (struct text){"", 0};
    page->exchange = (struct exchange){0};
    page->newest_first = false;
    buffer_clear(page->next);
}

void page_next(struct platform_page *page, struct text cursor) {
    buffer_add(page->next, cursor.at, cursor.size);
    page->end = false;
}

void page_skip(struct platform_page *page, size_t index, const char *why) {
    if (page->skipped++ == 0)
        snprintf(page->skipped_why, sizeof page->skipped_why, "row %zu of the page: %s", index + 1,
                 why);
}

static int read_one(struct platform_page *page, size_t index, const json_t *from, row_reader *read,
                    struct row *row) {
    struct facts facts = {0};
    facts_clear(&facts);
    row->said = (struct text){"", 0};
    row->exchange = (struct exchange){0};
    row->newest_first = false;
    row->less_micro = 0;
    const char *why = json_is_object(from) ? read(from, row, &facts) : "it is no object";
    if (why != NULL) {
        page_skip(page, index, why);
        return 0;
    }
    page->count++;
    page->less_micro += row->less_micro;
    page->said = row->said;
    page->exchange = row->exchange;
    page->newest_first = row->newest_first;
    return page->each(page->context, &facts);
}

int page_read(struct platform_page *page, const json_t *rows, row_reader *read,
              const struct platform_account *who, int64_t received_ms) {
    struct row row;
    row.who = who;
    row.received_ms = received_ms;
    if (json_is_object(rows))
        return read_one(page, 0, rows, read, &row);
    int stopped = 0;
    for (size_t i = 0; i < json_array_size(rows) && stopped == 0; i++)
        stopped = read_one(page, i, json_array_get(rows, i), read, &row);
    return stopped;
}

void row_text(struct facts *f, enum fact_id id, const json_t *from, const char *key, size_t max) {
    struct text text;
    if (!body_text(from, key, &text))
        return;
    text = foreign_cut(text, max);
    facts_set_text(f, id, text.at, text.size);
}

void row_count(struct facts *f, enum fact_id id, const json_t *from, const char *key) {
    int64_t value;
    if (body_count(from, key, &value))
        facts_set_value(f, id, value);
}

void row_flag(struct facts *f, enum fact_id id, const json_t *from, const char *key) {
    enum tri value = body_flag(from, key);
    if (value != TRI_UNKNOWN)
        facts_set_flag(f, id, value == TRI_YES);
}

void row_time(struct facts *f, enum fact_id id, const json_t *from, const char *key) {
    int64_t value;
    if (body_time(from, key, &value))
        facts_set_value(f, id, value);
}

int64_t page_moment(const json_t *from, const char *key, int64_t received_ms) {
    int64_t time_ms;
    bool known = body_time(from, key, &time_ms) && time_ms > 0 && time_ms <= received_ms + DAY_MS;
    return known ? time_ms : 0;
}

void page_people_add(struct page_people *p, const struct platform_account *who, struct text id,
                     const struct exchange *exchange) {
    if (p->count == PAGE_PEOPLE_MAX || id.size == 0 || foreign_is(id, who->id))
        return;
    for (size_t i = 0; i < p->count; i++)
        if (p->ids[i].size == id.size && memcmp(p->ids[i].at, id.at, id.size) == 0)
            return;
    p->ids[p->count] = id;
    p->exchanges[p->count++] = *exchange;
}

int page_people_tell(struct platform_page *page, const struct page_people *p) {
    struct facts f = {0};
    int stopped = 0;
    page->count++;
    for (size_t i = 0; i < p->count && stopped == 0; i++) {
        facts_clear(&f);
        facts_set_text(&f, FACT_ID, p->ids[i].at, p->ids[i].size);
        page->exchange = p->exchanges[i];
        stopped = page->each(page->context, &f);
    }
    if (p->count > 0)
        return stopped;
    facts_clear(&f);
    facts_set_text(&f, FACT_ID, "", 0);
    page->exchange = (struct exchange){.time_ms = p->time_ms};
    return page->each(page->context, &f);
}
