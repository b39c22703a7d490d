/* What all readers do with a record: see reading.h. Happy path: the record is good, the platform
 * admits it, and the sink takes it. Else it is skipped, counted and told. */
#include "formats/base/reading.h"

#include "formats/base/list_name.h"

void reading_skip(struct reading *r, uint64_t line, const char *why) {
    r->counts->lines++;
    r->counts->skipped++;
    r->sink->skipped(r->sink->context, line, why);
}

static const char *const list_words[] = {
    [ROSTER_LIST_FOLLOWING] = "following",
    [ROSTER_LIST_FOLLOWERS] = "followers",
    [ROSTER_LIST_BLOCKS] = "blocks",
    [ROSTER_LIST_MUTES] = "mutes",
};

int reading_relation(struct reading *r, enum roster_list form_says, const char *form,
                     struct winnow_error *err) {
    static const enum roster_relation relations[] = {
        [ROSTER_LIST_FOLLOWING] = ROSTER_FOLLOWEE,
        [ROSTER_LIST_FOLLOWERS] = ROSTER_FOLLOWER,
        [ROSTER_LIST_BLOCKS] = ROSTER_BLOCKED,
        [ROSTER_LIST_MUTES] = ROSTER_MUTED,
    };
    enum roster_list list = r->options->as;
    bool doubt = false;
    r->counts->form = form;
    if (form_says != ROSTER_LIST_UNSAID && list != ROSTER_LIST_UNSAID && form_says != list)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file says of itself that it lists %s, and --as says %s.",
                           list_words[form_says], list_words[list]);
    if (list == ROSTER_LIST_UNSAID)
        list = form_says;
    if (list == ROSTER_LIST_UNSAID && r->options->name != NULL)
        list = roster_list_of_name(r->options->name, &doubt);
    if (list == ROSTER_LIST_UNSAID)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file is %s, which does not tell whom it lists: say --as following, "
                           "followers, blocks or mutes.",
                           form);
    r->relation = relations[list];
    return 0;
}

/* A list in winnow's own form is of followees, unless the file's name says otherwise. */
int reading_own_form(struct reading *r, const char *form, struct winnow_error *err) {
    bool doubt = false;
    if (r->options->as == ROSTER_LIST_UNSAID && r->options->name != NULL)
        (void)roster_list_of_name(r->options->name, &doubt);
    if (doubt)
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "The file is %s, and its name may mean others than followees: say --as "
                           "following, followers, blocks or mutes.",
                           form);
    r->counts->form = form;
    r->relation = ROSTER_FOLLOWEE;
    return r->options->as == ROSTER_LIST_UNSAID
               ? 0
               : reading_relation(r, ROSTER_LIST_UNSAID, form, err);
}

/* Ids that went through a floating-point number: 15 digits of them are left in a spreadsheet, 16 or
 * 17 in JavaScript, and zeros stand in place of the others. */
static void count_zeros(struct roster_counts *counts, struct text id) {
    uint32_t zeros = 0;
    if (id.size < 17 || id.size > 20 || id.at[0] < '1' || id.at[0] > '9')
        return;
    while (zeros < id.size && id.at[id.size - 1 - zeros] == '0')
        zeros++;
    counts->long_ids++;
    counts->zeros_two += zeros >= 2;
    counts->zeros_behind_15 += zeros >= id.size - 15;
}

static bool admitted(struct reading *r) {
    const struct roster_admit *admit = r->sink->admit;
    struct record *record = &r->record;
    if (facts_known(&record->facts, FACT_ID))
        count_zeros(r->counts, facts_text(&record->facts, FACT_ID));
    if (admit == NULL || admit->call(admit->context, &record->facts, r->handle, record->why))
        return true;
    record->bad = true;
    return false;
}

int reading_deliver(struct reading *r, enum roster_relation relation, uint64_t line,
                    struct winnow_error *err) {
    struct record *record = &r->record;
    record_end(record);
    if (!record->bad && (record->facts.known & r->keys) == 0)
        record_fail(record, r->keys == (UINT64_C(1) << FACT_ID)
                                ? "There is no \"id\"."
                                : "There is no \"id\" and no \"handle\".");
    if (record->bad || !admitted(r)) {
        reading_skip(r, line, record->why);
        return 0;
    }
    r->counts->lines++;
    r->counts->cut += record->cut;
    r->counts->followees += relation == ROSTER_FOLLOWEE;
    r->counts->followers += relation == ROSTER_FOLLOWER;
    r->counts->others += relation != ROSTER_FOLLOWEE && relation != ROSTER_FOLLOWER;
    r->counts->by_handle += relation == ROSTER_FOLLOWER && !facts_known(&record->facts, FACT_ID);
    return r->sink->followee(r->sink->context, relation, &record->facts, err) == 0 ? 0 : -1;
}
