/* Policy files. What must be true: an error is a sentence for a terminal that begins with the
 * file's name; the canonical form is a policy too, with itself as its canonical form, and judges
 * the same; a followee that is kept is kept by a rule that says yes. */
#include "random_facts.h"

#include "core/policy/policy.h"

#include <math.h>

static void check_judgement(const struct policy *p, const struct judgement *j,
                            const struct facts *f) {
    struct rule_explanation rule;
    MUST(j->verdict == JUDGED_SCHEDULE || j->rule < policy_keep_count(p));
    MUST((j->verdict == JUDGED_UNDECIDED) == (j->missing != 0));
    MUST((j->missing & ~policy_facts(p)) == 0 && (j->missing & f->known & ~f->at_least) == 0);
    for (size_t i = 0; i < policy_keep_count(p); i++) {
        policy_explain_keep(p, i, f, FUZZ_NOW_MS, &rule);
        MUST(j->verdict == JUDGED_KEEP || rule.result != TRI_YES);
        MUST(j->verdict != JUDGED_SCHEDULE || rule.result == TRI_NO);
        if (j->verdict == JUDGED_KEEP && i == j->rule)
            MUST(rule.result == TRI_YES);
    }
    if (j->verdict != JUDGED_KEEP) {
        MUST(isfinite(j->score));
        MUST(j->first == POLICY_NO_RULE || j->first < policy_first_count(p));
    }
}

static void check_explanations(const struct policy *p, const struct facts *f) {
    struct term_explanation term;
    struct top_explanation top;
    struct top_reading reading;
    for (size_t i = 0; i < policy_term_count(p); i++) {
        policy_explain_term(p, i, f, FUZZ_NOW_MS, &term);
        MUST(term.name != NULL && isfinite(term.product));
        MUST(fabs(term.weight) <= POLICY_WEIGHT_MAX && (term.missing == 0 || term.product == 0.0));
    }
    for (size_t i = 0; i < policy_top_count(p); i++) {
        policy_explain_top(p, i, &top);
        policy_top_read(p, i, f, FUZZ_NOW_MS, &reading);
        MUST(top.n >= 1 && top.n <= POLICY_TOP_N_MAX);
        MUST(reading.missing != 0 || isfinite(reading.value));
    }
}

static bool same(const struct judgement *a, const struct judgement *b) {
    return a->verdict == b->verdict && a->missing == b->missing &&
           (a->verdict == JUDGED_SCHEDULE || a->rule == b->rule) &&
           (a->verdict == JUDGED_KEEP || (a->first == b->first && a->score == b->score));
}

static void check_policy(const struct policy *p, uint64_t seed) {
    struct text canonical = policy_canonical(p);
    struct policy *again = NULL;
    struct winnow_error err = {0};
    MUST(is_utf8(canonical.at, canonical.size));
    MUST(policy_compile("again", canonical.at, canonical.size, &again, &err) == 0);
    MUST(policy_canonical(again).size == canonical.size);
    MUST(memcmp(policy_canonical(again).at, canonical.at, canonical.size) == 0);
    MUST(policy_facts(again) == policy_facts(p) && policy_undecided(again) == policy_undecided(p));
    for (int i = 0; i < 4; i++) {
        struct facts f;
        struct judgement first = {0};
        struct judgement second = {0};
        random_facts(&seed, &f);
        policy_judge(p, &f, FUZZ_NOW_MS, &first);
        policy_judge(again, &f, FUZZ_NOW_MS, &second);
        MUST(same(&first, &second));
        check_judgement(p, &first, &f);
        check_explanations(p, &f);
    }
    policy_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *json = exact_copy(data, size);
    struct policy *p = NULL;
    struct winnow_error err = {0};
    if (policy_compile("p.json", json, size, &p, &err) == 0) {
        check_policy(p, seed_of(data, size));
        policy_free(p);
    } else {
        MUST(err.code == WINNOW_BAD_INPUT && strncmp(err.text, "p.json", 6) == 0);
        MUST(is_printable(err.text, strlen(err.text)));
    }
    free(json);
    return 0;
}
