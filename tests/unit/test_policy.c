/* Policies: judging in three values, score and explanation, and the exact text of every error in a
 * policy file. */
#include "cmocka_all.h"

#include "core/expr/expr_value.h"
#include "core/policy/policy.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define DAY_MS   INT64_C(86400000)
#define NOW      INT64_C(1790000000000)
#define BITS(x)  (UINT64_C(1) << FACT_##x)

static struct policy *compiled(const char *json) {
    struct policy *p = NULL;
    struct winnow_error err;
    if (policy_compile("policy.json", json, strlen(json), &p, &err) != 0)
        fail_msg("%s", err.text);
    return p;
}

static struct judgement judged(const struct policy *p, const struct facts *f) {
    struct judgement j;
    policy_judge(p, f, NOW, &j);
    return j;
}

/* ---- judging ---- */

static void test_keep_is_decided_by_any_yes(void **state) {
    (void)state;
    struct policy *p = compiled("{\"keep\": [\"bot\", \"verified\", \"moved\"]}");
    struct facts f;
    facts_clear(&f);
    struct judgement j = judged(p, &f);
    assert_int_equal(j.verdict, JUDGED_UNDECIDED);
    assert_int_equal(j.rule, 0);
    assert_int_equal(j.missing, BITS(BOT) | BITS(VERIFIED) | BITS(MOVED));

    facts_set_flag(&f, FACT_BOT, false);
    j = judged(p, &f);
    assert_int_equal(j.verdict, JUDGED_UNDECIDED);
    assert_int_equal(j.rule, 1); /* the first that is unknown */
    assert_int_equal(j.missing, BITS(VERIFIED) | BITS(MOVED));

    facts_set_flag(&f, FACT_MOVED, true);
    j = judged(p, &f);
    assert_int_equal(j.verdict, JUDGED_KEEP); /* whatever `verified` is */
    assert_int_equal(j.rule, 2);
    assert_int_equal(j.missing, 0);

    facts_set_flag(&f, FACT_MOVED, false);
    facts_set_flag(&f, FACT_VERIFIED, false);
    j = judged(p, &f);
    assert_int_equal(j.verdict, JUDGED_SCHEDULE);
    assert_int_equal(j.first, POLICY_NO_RULE);
    assert_float_equal(j.score, 0.0, 0.0);
    policy_free(p);
}

static void test_first_needs_a_yes(void **state) {
    (void)state;
    struct policy *p =
        compiled("{\"keep\": [], \"first\": [\"suspended\", \"moved\", \"suspended or moved\"]}");
    struct facts f;
    facts_clear(&f);
    assert_int_equal(judged(p, &f).first, POLICY_NO_RULE);
    facts_set_flag(&f, FACT_MOVED, true);
    assert_int_equal(judged(p, &f).first, 1);
    facts_set_flag(&f, FACT_SUSPENDED, true);
    assert_int_equal(judged(p, &f).first, 0);
    policy_free(p);
}

static void test_score_and_its_explanation(void **state) {
    (void)state;
    struct policy *p = compiled("{\"keep\": [], \"score\": {\"last_post\": 0.5, \"followers\": -2, "
                                "\"bot\": 10, \"interactions\": 7}}");
    struct facts f;
    facts_clear(&f);
    facts_set_value(&f, FACT_FOLLOWERS, 3);
    facts_set_value(&f, FACT_LAST_POST_AT, NOW - 8 * DAY_MS);
    facts_set_flag(&f, FACT_BOT, true);
    assert_float_equal(judged(p, &f).score, 0.5 * 8 - 2 * 3 + 10, 1e-12);

    /* in the order of values, not of the file; the unknown one adds 0 and says so */
    static const struct {
        const char *name;
        fact_set missing;
        double value, weight, product;
    } expected[] = {
        {"bot", 0, 1, 10, 10},
        {"followers", 0, 3, -2, -6},
        {"interactions", BITS(INTERACTIONS), 0, 7, 0},
        {"last_post", 0, 8, 0.5, 4},
    };
    assert_int_equal(policy_term_count(p), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        struct term_explanation t;
        policy_explain_term(p, i, &f, NOW, &t);
        assert_string_equal(t.name, expected[i].name);
        assert_int_equal(t.missing, expected[i].missing);
        assert_float_equal(t.value, expected[i].value, 0.0);
        assert_float_equal(t.weight, expected[i].weight, 0.0);
        assert_float_equal(t.product, expected[i].product, 0.0);
    }
    policy_free(p);
}

static void test_explain_rules(void **state) {
    (void)state;
    struct policy *p = compiled("{\"keep\": [\"bot\", \"verified\"], \"first\": [\"moved\"], "
                                "\"keep_top\": [{\"by\": \"lang\", \"n\": 5, \"of\": \"posts\"}]}");
    struct facts f;
    facts_clear(&f);
    facts_set_flag(&f, FACT_BOT, true);
    struct rule_explanation r;
    policy_explain_keep(p, 0, &f, NOW, &r);
    assert_int_equal(r.result, TRI_YES);
    assert_memory_equal(r.source.at, "bot", 3);
    policy_explain_keep(p, 1, &f, NOW, &r);
    assert_int_equal(r.result, TRI_UNKNOWN);
    assert_int_equal(r.missing, BITS(VERIFIED));
    policy_explain_first(p, 0, &f, NOW, &r);
    assert_int_equal(r.missing, BITS(MOVED));
    struct top_explanation t;
    policy_explain_top(p, 0, &t);
    assert_string_equal(t.by, "lang");
    assert_string_equal(t.of, "posts");
    assert_int_equal(t.n, 5);
    assert_int_equal(policy_keep_count(p), 2);
    assert_int_equal(policy_first_count(p), 1);
    assert_int_equal(policy_top_count(p), 1);
    assert_memory_equal(policy_keep_source(p, 1).at, "verified", 8);
    assert_memory_equal(policy_first_source(p, 0).at, "moved", 5);
    policy_free(p);
}

static void test_top_readings(void **state) {
    (void)state;
    struct policy *p = compiled(
        "{\"keep\": [], \"keep_top\": [{\"by\": \"lang\", \"n\": 1, \"of\": \"followers\"}, "
        "{\"by\": \"courtesy\", \"n\": 1, \"of\": \"age_days\"}]}");
    struct facts f;
    struct top_reading r;
    facts_clear(&f);
    policy_top_read(p, 0, &f, NOW, &r);
    assert_false(r.group_known);
    assert_int_equal(r.missing, BITS(FOLLOWERS));
    policy_top_read(p, 1, &f, NOW, &r);
    assert_false(r.group_known);
    assert_int_equal(r.missing, BITS(CREATED_AT));
    facts_set_text(&f, FACT_LANG, "en", 2);
    facts_set_value(&f, FACT_FOLLOWERS, 9);
    facts_set_flag(&f, FACT_FOLLOWS_ME, false);
    policy_top_read(p, 0, &f, NOW, &r);
    assert_true(r.group_known);
    assert_int_equal(r.group.size, 2);
    assert_int_equal(r.missing, 0);
    assert_float_equal(r.value, 9.0, 0.0);
    policy_top_read(p, 1, &f, NOW, &r);
    assert_true(r.group_known);
    assert_memory_equal(r.group.at, "no", 2);
    policy_free(p);
}

static void test_undecided_and_facts(void **state) {
    (void)state;
    static const char *const names[] = {"hold", "keep", "schedule"};
    for (int u = UNDECIDED_HOLD; u <= (int)UNDECIDED_SCHEDULE; u++) {
        char json[64];
        (void)snprintf(json, sizeof json, "{\"keep\": [], \"undecided\": \"%s\"}", names[u]);
        struct policy *p = compiled(json);
        assert_int_equal(policy_undecided(p), u);
        policy_free(p);
    }
    struct policy *p = compiled("{\"keep\": [\"lang == 'en'\"], \"first\": [\"moved\"], \"score\": "
                                "{\"bot\": 1}, \"keep_top\": [{\"by\": \"verified\", \"n\": 1, "
                                "\"of\": \"posts\"}]}");
    assert_int_equal(policy_undecided(p), UNDECIDED_HOLD);
    assert_int_equal(policy_facts(p),
                     BITS(LANG) | BITS(MOVED) | BITS(BOT) | BITS(VERIFIED) | BITS(POSTS));
    policy_free(p);
}

static void test_canonical_form(void **state) {
    (void)state;
    struct policy *a = compiled("{\"score\": {\"noise\": 2, \"bot\": 1.5}, \"keep\": [\"bot\"]}");
    struct policy *b = compiled("\xEF\xBB\xBF{\n \"name\": \"x\", \"comment\": \"y\", \"$schema\": "
                                "\"z\",\n \"keep\": [\"bot\"], \"score\": {\"bot\": 1.5, "
                                "\"noise\": 2}}\n");
    struct policy *c = compiled("{\"score\": {\"noise\": 3, \"bot\": 1.5}, \"keep\": [\"bot\"]}");
    const char *expected = "{\"keep\":[\"bot\"],\"score\":{\"bot\":1.5,\"noise\":2}}";
    assert_int_equal(policy_canonical(a).size, strlen(expected));
    assert_memory_equal(policy_canonical(a).at, expected, strlen(expected));
    assert_int_equal(policy_canonical(b).size, strlen(expected));
    assert_memory_equal(policy_canonical(b).at, expected, strlen(expected));
    assert_memory_not_equal(policy_canonical(c).at, expected, strlen(expected));
    policy_free(a);
    policy_free(b);
    policy_free(c);
}

/* ---- errors ---- */

static void check_error(const char *json, size_t size, enum winnow_code code, const char *text) {
    struct policy *p = NULL;
    struct winnow_error err = {.code = WINNOW_OK};
    int result = policy_compile("policy.json", json, size, &p, &err);
    if (result == 0)
        policy_free(p);
    if (result == 0 || err.code != code || strcmp(err.text, text) != 0)
        fail_msg("%.80s\n     got %s\nexpected %s", json, result == 0 ? "no error" : err.text,
                 text);
}

static void test_errors(void **state) {
    (void)state;
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"", "policy.json: line 1, column 0: unexpected token near end of file"},
        {"{", "policy.json: line 1, column 1: string or '}' expected near end of file"},
        {"{\"keep\": [}", "policy.json: line 1, column 11: unexpected token near '}'"},
        {"{\"keep\": []} x", "policy.json: line 1, column 14: end of file expected near 'x'"},
        {"{\"keep\": [], \"keep\": []}",
         "policy.json: line 1, column 19: duplicate object key near '\"keep\"'"},
        {"{'keep': []}", "policy.json: line 1, column 2: string or '}' expected near '''"},
        {"{\"keep\": [\"\xff\"]}",
         "policy.json: line 1, column 11: unable to decode byte 0xff near '\"'"},
        {"{\"\\\xef\xbb\xbf\": 1}", /* the parser's excerpt ends inside a character */
         "policy.json: line 1, column 4: invalid escape near '\"\\?'"},
        {"[]", "policy.json: expected an object with keep, first, score, keep_top and undecided, "
               "found a list"},
        {"5", "policy.json: expected an object with keep, first, score, keep_top and undecided, "
              "found a number"},
        {"{}", "policy.json: keep is missing; \"keep\": [] keeps nobody but the keep list"},
        {"{\"keeep\": []}", "policy.json: unknown key 'keeep' (did you mean 'keep'?)"},
        {"{\"zap\": []}",
         "policy.json: unknown key 'zap', expected keep, first, score, keep_top and undecided"},
        {"{\"keep\": {}}", "policy.json: keep: expected a list of rules, found an object"},
        {"{\"keep\": \"bot\"}", "policy.json: keep: expected a list of rules, found 'bot'"},
        {"{\"keep\": [5]}", "policy.json: keep[0]: expected a rule as text, found a number"},
        {"{\"keep\": [\"bot\", null]}",
         "policy.json: keep[1]: expected a rule as text, found null"},
        {"{\"keep\": [\"bot\", \"moved\", \"not bot and   folowers > 3\"]}",
         "policy.json: keep[2], column 15: unknown name 'folowers' (did you mean 'followers'?)"},
        {"{\"keep\": [\"\"]}",
         "policy.json: keep[0], column 1: found the end, expected a condition"},
        {"{\"keep\": [], \"first\": [\"moved\", \"lang > 5\"]}",
         "policy.json: first[1], column 6: found '>', expected ==, !=, ~, in or not in after "
         "'lang', which is text"},
        {"{\"keep\": [], \"first\": 1}",
         "policy.json: first: expected a list of rules, found a number"},
        {"{\"keep\": [], \"score\": []}",
         "policy.json: score: expected an object of names and weights, found a list"},
        {"{\"keep\": [], \"score\": {\"noize\": 1}}",
         "policy.json: score: unknown name 'noize' (did you mean 'noise'?)"},
        {"{\"keep\": [], \"score\": {\"xyzzy\": 1}}",
         "policy.json: score: unknown name 'xyzzy', expected a fact or a derived value such as "
         "interactions or noise"},
        {"{\"keep\": [], \"score\": {\"noise\": \"1\"}}",
         "policy.json: score.noise: expected a weight (a number), found '1'"},
        {"{\"keep\": [], \"score\": {\"noise\": true}}",
         "policy.json: score.noise: expected a weight (a number), found true"},
        {"{\"keep\": [], \"score\": {\"lang\": 1}}",
         "policy.json: score.lang: expected a number, a flag or a duration, but it is text"},
        {"{\"keep\": [], \"score\": {\"created_at\": 1}}",
         "policy.json: score.created_at: expected a number, a flag or a duration, but it is a time "
         "(use its name without _at)"},
        {"{\"keep\": [], \"score\": {\"noise\": 1000001}}",
         "policy.json: score.noise: expected a weight from -1000000 to 1000000"},
        {"{\"keep\": [], \"score\": {\"noise\": 1e999}}",
         "policy.json: line 1, column 37: real number overflow near '1e999'"},
        {"{\"keep\": [], \"keep_top\": {}}",
         "policy.json: keep_top: expected a list of objects with by, n and of, found an object"},
        {"{\"keep\": [], \"keep_top\": [1]}",
         "policy.json: keep_top[0]: expected an object with by, n and of, found a number"},
        {"{\"keep\": [], \"keep_top\": [{}]}", "policy.json: keep_top[0].by is missing"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": \"lang\"}]}",
         "policy.json: keep_top[0].of is missing"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": \"lang\", \"of\": \"posts\"}]}",
         "policy.json: keep_top[0].n: expected a whole number from 1 to 100000"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": \"lang\", \"of\": \"posts\", \"n\": 0}]}",
         "policy.json: keep_top[0].n: expected a whole number from 1 to 100000"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": \"lang\", \"of\": \"posts\", \"n\": 1.5}]}",
         "policy.json: keep_top[0].n: expected a whole number from 1 to 100000"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": \"lang\", \"of\": \"posts\", \"num\": 5}]}",
         "policy.json: keep_top[0]: unknown key 'num', expected by, n and of"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": \"lagn\", \"of\": \"posts\", \"n\": 5}]}",
         "policy.json: keep_top[0].by: unknown name 'lagn' (did you mean 'lang'?)"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": 4, \"of\": \"posts\", \"n\": 5}]}",
         "policy.json: keep_top[0].by: expected a name, found a number"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": \"handle\", \"of\": \"posts\", \"n\": 5}]}",
         "policy.json: keep_top[0].by: expected lang or a flag such as bot, found 'handle'"},
        {"{\"keep\": [], \"keep_top\": [{\"by\": \"lang\", \"of\": \"bio\", \"n\": 5}]}",
         "policy.json: keep_top[0].of: expected a number such as interactions, found 'bio'"},
        {"{\"keep\": [], \"undecided\": \"drop\"}",
         "policy.json: undecided: expected \"hold\", \"keep\" or \"schedule\", found 'drop'"},
        {"{\"keep\": [], \"undecided\": 1}",
         "policy.json: undecided: expected \"hold\", \"keep\" or \"schedule\", found a number"},
        {"{\"keep\": [], \"name\": 1}", "policy.json: name: expected text, found a number"},
        {"{\"keep\": [], \"unde\\u001bcided\": \"hold\"}",
         "policy.json: unknown key 'unde?cided' (did you mean 'undecided'?)"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_error(cases[i].json, strlen(cases[i].json), WINNOW_BAD_INPUT, cases[i].text);
}

/* {"keep": [X, X, ...]} with `count` times X */
static char *listed(const char *head, const char *item, size_t count, const char *tail) {
    char *s = malloc(strlen(head) + (strlen(item) + 1) * count + strlen(tail) + 1);
    assert_non_null(s);
    char *at = stpcpy(s, head);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ',';
        at = stpcpy(at, item);
    }
    (void)stpcpy(at, tail);
    return s;
}

static void test_caps(void **state) {
    (void)state;
    char *json = listed("{\"keep\": [", "\"bot\"", 256, "]}");
    struct policy *p = compiled(json);
    assert_int_equal(policy_keep_count(p), 256);
    policy_free(p);
    free(json);
    json = listed("{\"keep\": [", "\"bot\"", 257, "]}");
    check_error(json, strlen(json), WINNOW_BAD_INPUT,
                "policy.json: keep: 257 rules, at most 256 are possible");
    free(json);
    json = listed("{\"keep\": [], \"keep_top\": [", "{\"by\":\"lang\",\"n\":1,\"of\":\"posts\"}", 9,
                  "]}");
    check_error(json, strlen(json), WINNOW_BAD_INPUT,
                "policy.json: keep_top: 9 entries, at most 8 are possible");
    free(json);
    json = calloc(1, POLICY_SIZE_MAX + 1);
    assert_non_null(json);
    check_error(json, POLICY_SIZE_MAX + 1, WINNOW_BAD_INPUT,
                "policy.json: 1048577 bytes, a policy has at most 1048576");
    free(json);
    json = listed("{\"keep\": ", "[", 5000, "");
    struct winnow_error err;
    assert_int_equal(policy_compile("policy.json", json, strlen(json), &p, &err), -1);
    free(json);
}

/* ---- the documentation is what the code does ---- */

static char *file_text(const char *path) {
    FILE *in = fopen(path, "r");
    if (in == NULL)
        fail_msg("cannot open %s", path);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    size_t size = fread(text, 1, (1 << 20) - 1, in);
    (void)fclose(in);
    assert_true(size > 0);
    return text;
}

/* The next block that the fence opens, ended by a zero in place; *at moves past it. */
static char *next_block(char **at, const char *fence) {
    char *open = strstr(*at, fence);
    if (open == NULL)
        return NULL;
    open += strlen(fence);
    char *end = strstr(open, "```");
    assert_non_null(end);
    *end = '\0';
    *at = end + 1;
    return open;
}

static void test_documented_policies(void **state) {
    (void)state;
    char *text = file_text(SOURCE_DIR "/docs/policy.md"), *at = text, *block;
    int count = 0;
    for (; (block = next_block(&at, "```json\n")) != NULL; count++)
        policy_free(compiled(block));
    assert_int_equal(count, 5);
    free(text);
}

/* A block of pairs of lines: what is wrong, and what winnow says. */
static void check_documented_errors(const char *fence, const char *before, const char *after) {
    char *text = file_text(SOURCE_DIR "/docs/policy.md"), *at = text;
    char *block = next_block(&at, fence), *state = NULL;
    assert_non_null(block);
    int count = 0;
    for (char *line = strtok_r(block, "\n", &state); line != NULL; count++) {
        char json[256];
        (void)snprintf(json, sizeof json, "%s%s%s", before, line, after);
        check_error(json, strlen(json), WINNOW_BAD_INPUT, strtok_r(NULL, "\n", &state));
        line = strtok_r(NULL, "\n", &state);
    }
    assert_true(count >= 5);
    free(text);
}

static void test_documented_errors(void **state) {
    (void)state;
    check_documented_errors("```rule-errors\n", "{\"keep\": [\"", "\"]}");
    check_documented_errors("```file-errors\n", "", "");
}

static void test_documented_names(void **state) {
    (void)state;
    char *text = file_text(SOURCE_DIR "/docs/policy.md");
    for (int v = 0; v < VALUE_COUNT; v++) {
        char name[40];
        (void)snprintf(name, sizeof name, "`%s`", value_infos[v].name);
        if (strstr(text, name) == NULL)
            fail_msg("docs/policy.md does not tell of %s", name);
    }
    free(text);
}

static bool enumerates(const json_t *list, const char *name) {
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        if (strcmp(json_string_value(item), name) == 0)
            return true;
    }
    return false;
}

/* The schema allows the names that the compiler does, and no others. */
static void test_schema_knows_the_names(void **state) {
    (void)state;
    json_error_t error;
    json_t *schema = json_load_file(SOURCE_DIR "/docs/policy.schema.json", 0, &error), *top, *score;
    assert_non_null(schema);
    assert_int_equal(json_unpack(schema, "{s:{s:{s:o}, s:{s:{s:o}}}}", "properties", "score",
                                 "properties", &score, "keep_top", "items", "properties", &top),
                     0);
    const json_t *by = json_object_get(json_object_get(top, "by"), "enum");
    const json_t *of = json_object_get(json_object_get(top, "of"), "enum");
    for (int v = 0; v < VALUE_COUNT; v++) {
        const char *name = value_infos[v].name;
        enum value_type type = value_infos[v].type;
        assert_int_equal(json_object_get(score, name) != NULL,
                         type != VALUE_TEXT && type != VALUE_TIME);
        assert_int_equal(enumerates(by, name), type == VALUE_FLAG || v == VALUE_LANG);
        assert_int_equal(enumerates(of, name), type == VALUE_NUMBER || type == VALUE_DAYS);
    }
    json_decref(schema);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep_is_decided_by_any_yes),
        cmocka_unit_test(test_first_needs_a_yes),
        cmocka_unit_test(test_score_and_its_explanation),
        cmocka_unit_test(test_explain_rules),
        cmocka_unit_test(test_top_readings),
        cmocka_unit_test(test_undecided_and_facts),
        cmocka_unit_test(test_canonical_form),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_documented_policies),
        cmocka_unit_test(test_documented_errors),
        cmocka_unit_test(test_documented_names),
        cmocka_unit_test(test_schema_knows_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
