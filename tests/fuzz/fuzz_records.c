/* Payloads of stored records, behind a checksum that is right: what an older or a newer program may
 * have written. The first byte says which kind, and of which
 * version. What must be true: texts lie inside the record;
 * what is read and written again reads the same. */
#include "fuzz.h"

#include "store/records/ledger.h"
#include "store/tables/codec.h"

static void check_damaged(const struct winnow_error *err) {
    MUST(err->code == WINNOW_DAMAGED && is_printable(err->text, strlen(err->text)));
}

static void check_inside(struct record r, struct text t) {
    const char *at = (const char *)r.at;
    MUST(t.size == 0 || (t.at >= at && t.at + t.size <= at + r.size));
}

static void check_same_facts(const struct facts *a, const struct facts *b) {
    MUST(a->known == b->known && a->flags == b->flags && a->source == b->source);
    MUST(a->follow_keys.size == b->follow_keys.size);
    MUST(a->at_least == b->at_least && a->tie_count == b->tie_count);
    for (uint8_t i = 0; i < a->tie_count; i++)
        MUST(a->ties[i].dataset == b->ties[i].dataset && a->ties[i].talked == b->ties[i].talked &&
             a->ties[i].heard == b->ties[i].heard && a->ties[i].messages == b->ties[i].messages);
    for (int i = 0; i < FACT_COUNT; i++)
        MUST(!facts_known(a, (enum fact_id)i) || a->sources[i] == b->sources[i]);
    for (int i = 0; i < FACT_COUNT; i++) {
        if (!facts_known(a, (enum fact_id)i))
            continue;
        if (fact_types[i] == FACT_TEXT) {
            struct text left = facts_text(a, (enum fact_id)i);
            struct text right = facts_text(b, (enum fact_id)i);
            MUST(left.size == right.size && memcmp(left.at, right.at, left.size) == 0);
        } else if (fact_types[i] != FACT_FLAG)
            MUST(a->value[i] == b->value[i]);
    }
}

static void check_facts(struct record r) {
    struct facts f;
    struct facts again;
    struct winnow_error err = {0};
    facts_clear(&f);
    facts_clear(&again);
    if (codec_facts_read(r, &f, &err) != 0) {
        check_damaged(&err);
        return;
    }
    check_inside(r, f.follow_keys);
    for (int slot = 0; slot < FACT_TEXT_COUNT; slot++)
        if (facts_known(&f, (enum fact_id)fact_texts[slot]) && f.texts[slot].size != 0)
            check_inside(r, f.texts[slot]);
    unsigned char *to = malloc(CODEC_FACTS_MAX + 2 * r.size);
    MUST(to != NULL);
    size_t size = codec_facts_write(&f, to);
    MUST(codec_facts_read((struct record){to, size, 3}, &again, &err) == 0);
    check_same_facts(&f, &again);
    free(to);
}

static void check_texts(struct record r) {
    struct facts f;
    struct facts again;
    struct winnow_error err = {0};
    facts_clear(&f);
    if (codec_texts_read(r, &f, &err) != 0) {
        check_damaged(&err);
        return;
    }
    f.known = UINT64_C(1) << FACT_HANDLE | UINT64_C(1) << FACT_NAME | UINT64_C(1) << FACT_BIO;
    again = f;
    unsigned char *to = malloc(CODEC_TEXTS_MAX + 2 * r.size);
    MUST(to != NULL);
    size_t size = codec_texts_write(&f, to);
    MUST(codec_texts_read((struct record){to, size, 2}, &again, &err) == 0);
    check_same_facts(&f, &again);
    free(to);
}

static void check_campaign(struct record r) {
    static struct store_campaign c;
    static struct store_campaign again;
    struct winnow_error err = {0};
    unsigned char to[CODEC_CAMPAIGN_MAX];
    if (codec_campaign_read(r, &c, &err) != 0) {
        check_damaged(&err);
        return;
    }
    size_t size = codec_campaign_write(&c, to);
    MUST(size <= sizeof to);
    MUST(codec_campaign_read((struct record){to, size, 2}, &again, &err) == 0);
    MUST(again.id == c.id && again.followees == c.followees && again.plans == c.plans);
    MUST(strcmp(again.name, c.name) == 0 && strcmp(again.server, c.server) == 0);
    MUST(again.created_ms == c.created_ms && again.verified == c.verified);
}

static void check_ledger(struct record r) {
    static const unsigned char key[12] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9};
    struct store_journal_record journal;
    struct store_open_entry open;
    struct winnow_error err = {0};
    if (ledger_journal_read(key, 12, r, &journal, &err) != 0)
        check_damaged(&err);
    else
        MUST(journal.sequence == 9 && outcome_name(ACTION_UNFOLLOW, journal.outcome) != NULL &&
             r.size == LEDGER_JOURNAL_SIZE);
    err = (struct winnow_error){0};
    if (ledger_open_read(key, 8, r, &open, &err) != 0)
        check_damaged(&err);
    else
        MUST(r.size == LEDGER_OPEN_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const checks[])(struct record) = {check_facts, check_texts, check_campaign,
                                                    check_ledger};
    if (size == 0)
        return 0;
    char *copy = exact_copy(data + 1, size - 1);
    checks[data[0] % 4](
        (struct record){(const unsigned char *)copy, size - 1, (uint8_t)(1 + data[0] / 4 % 3)});
    free(copy);
    return 0;
}
