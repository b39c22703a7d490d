/* Reading a policy file: see policy.h. jansson parses the JSON, each key has one reader, and every
 * rule is compiled. The first thing wrong ends it: the error names the file, the key with its
 * index, for a rule the column, what was found and what was expected, and the half-built policy is
 * freed. */
#include "core/expr/expr_words.h"
#include "core/policy/policy_compiled.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *name; /* the file's, for errors */
    struct policy *policy;
    struct winnow_error *err;
};

static const char *const root_expected = "keep, first, score, keep_top and undecided";
static const char *const undecided_expected = "\"hold\", \"keep\" or \"schedule\"";

/* ---- what was found, for errors ---- */

static const char *json_kind(const json_t *v) {
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    }
    return "";
}

static struct quoted quote_string(const char *s) {
    return words_quote(s, strlen(s));
}

/* `value` is not what belongs at `key`; a text is shown, of anything else its kind. */
static int fail_kind(const struct reader *r, const char *key, const char *expected,
                     const json_t *value) {
    struct quoted text = quote_string(json_is_string(value) ? json_string_value(value) : "");
    return winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: %s: expected %s, found %s", r->name, key,
                       expected, json_is_string(value) ? text.text : json_kind(value));
}

/* A name that is none of the known ones; `where` is "" or "score: " and the like, `expected` helps
 * when nothing is near. */
static int fail_unknown(const struct reader *r, const char *where, const char *what,
                        const struct near_search *near, const char *expected) {
    struct quoted found = words_quote(near->word, near->size);
    if (near->best != NULL)
        return winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: %sunknown %s %s (did you mean '%s'?)",
                           r->name, where, what, found.text, near->best);
    return winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: %sunknown %s %s, expected %s", r->name, where,
                       what, found.text, expected);
}

/* The value of that name, or -1 with the error filled. */
static int find_value(const struct reader *r, const char *where, const char *name) {
    int value = value_find(name, strlen(name));
    if (value >= 0)
        return value;
    struct near_search near = near_start(name, strlen(name));
    for (size_t i = 0; i < VALUE_COUNT; i++)
        near_offer(&near, value_infos[i].name);
    return fail_unknown(r, where, "name", &near,
                        "a fact or a derived value such as interactions or noise");
}

/* Every key of `object` must be one of `keys` (NULL-ended); `expected` names them for people. */
static int check_keys(const struct reader *r, const char *where, json_t *object,
                      const char *const *keys, const char *expected) {
    const char *found;
    json_t *ignored;
    json_object_foreach(object, found, ignored) {
        struct near_search near = near_start(found, strlen(found));
        size_t i = 0;
        for (; keys[i] != NULL && strcmp(keys[i], found) != 0; i++)
            near_offer(&near, keys[i]);
        if (keys[i] == NULL)
            return fail_unknown(r, where, "key", &near, expected);
    }
    return 0;
}

/* ---- keep, first ---- */

static int compile_rule(const struct reader *r, const char *key, size_t i, const json_t *source,
                        struct expr **out) {
    struct expr_error error;
    if (!json_is_string(source)) {
        char where[32];
        (void)snprintf(where, sizeof where, "%s[%zu]", key, i);
        return fail_kind(r, where, "a rule as text", source);
    }
    if (expr_compile(json_string_value(source), json_string_length(source), out, &error) == 0)
        return 0;
    if (error.column == 0)
        return winnow_fail(r->err, WINNOW_NO_MEMORY, "%s: out of memory", r->name);
    return winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: %s[%zu], column %zu: %s", r->name, key, i,
                       error.column, error.text);
}

static int read_rules(const struct reader *r, const char *key, const json_t *list,
                      struct policy_rules *out) {
    if (list == NULL)
        return 0;
    if (!json_is_array(list))
        return fail_kind(r, key, "a list of rules", list);
    size_t count = json_array_size(list);
    if (count > POLICY_RULES_MAX)
        return winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: %s: %zu rules, at most %d are possible",
                           r->name, key, count, POLICY_RULES_MAX);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what is wanted */
    out->rules = calloc(count + 1, sizeof out->rules[0]);
    if (out->rules == NULL)
        return winnow_fail(r->err, WINNOW_NO_MEMORY, "%s: out of memory", r->name);
    for (size_t i = 0; i < count; i++) {
        if (compile_rule(r, key, i, json_array_get(list, i), &out->rules[i]) != 0)
            return -1;
        out->count++;
        r->policy->facts |= expr_facts(out->rules[i]);
    }
    return 0;
}

/* ---- score ---- */

static int read_term(const struct reader *r, const char *name, const json_t *weight) {
    char where[sizeof "score." + QUOTED_MAX];
    int value = find_value(r, "score: ", name);
    if (value < 0)
        return -1;
    (void)snprintf(where, sizeof where, "score.%s", name);
    enum value_type type = value_infos[value].type;
    if (type == VALUE_TEXT || type == VALUE_TIME)
        return winnow_fail(r->err, WINNOW_BAD_INPUT,
                           "%s: %s: expected a number, a flag or a duration, but it is %s", r->name,
                           where,
                           type == VALUE_TEXT ? "text" : "a time (use its name without _at)");
    if (!json_is_number(weight))
        return fail_kind(r, where, "a weight (a number)", weight);
    double w = json_number_value(weight);
    if (!(fabs(w) <= POLICY_WEIGHT_MAX))
        return winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: %s: expected a weight from -%.0f to %.0f",
                           r->name, where, POLICY_WEIGHT_MAX, POLICY_WEIGHT_MAX);
    r->policy->terms[r->policy->term_count++] =
        (struct policy_term){.value = (enum value_id)value, .weight = w};
    r->policy->facts |= value_infos[value].facts;
    return 0;
}

static bool stands_after(struct policy_term a, struct policy_term b) {
    enum value_type left = value_infos[a.value].type, right = value_infos[b.value].type;
    return left != right ? left > right : a.value > b.value;
}

/* Flags, then numbers, then times, and not in the order of the file: a sum of doubles depends on
 * its order, and the order of keys in JSON means nothing. */
static void sort_terms(struct policy *p) {
    for (size_t i = 1; i < p->term_count; i++) {
        struct policy_term term = p->terms[i];
        size_t at = i;
        for (; at > 0 && stands_after(p->terms[at - 1], term); at--)
            p->terms[at] = p->terms[at - 1];
        p->terms[at] = term;
    }
}

_Static_assert(VALUE_COUNT <= POLICY_TERMS_MAX, "each value can be a term once");

static int read_score(const struct reader *r, json_t *score) {
    const char *name;
    json_t *weight;
    if (score == NULL)
        return 0;
    if (!json_is_object(score))
        return fail_kind(r, "score", "an object of names and weights", score);
    json_object_foreach(score, name, weight) {
        if (read_term(r, name, weight) != 0)
            return -1;
    }
    sort_terms(r->policy);
    return 0;
}

/* ---- keep_top ---- */

/* The value named at `key` of one keep_top, or -1 with the error filled. */
static int read_top_name(const struct reader *r, const char *where, const json_t *object,
                         const char *key) {
    const json_t *name = json_object_get(object, key);
    char at[48];
    (void)snprintf(at, sizeof at, "%s.%s", where, key);
    if (name == NULL)
        return winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: %s is missing", r->name, at);
    if (!json_is_string(name))
        return fail_kind(r, at, "a name", name);
    (void)snprintf(at, sizeof at, "%s.%s: ", where, key);
    return find_value(r, at, json_string_value(name));
}

static int read_top_n(const struct reader *r, const char *where, const json_t *object,
                      uint32_t *out) {
    const json_t *n = json_object_get(object, "n");
    if (!json_is_integer(n) || json_integer_value(n) < 1 ||
        json_integer_value(n) > POLICY_TOP_N_MAX)
        return winnow_fail(r->err, WINNOW_BAD_INPUT,
                           "%s: %s.n: expected a whole number from 1 to %d", r->name, where,
                           POLICY_TOP_N_MAX);
    *out = (uint32_t)json_integer_value(n);
    return 0;
}

static int read_top(const struct reader *r, size_t i, json_t *object) {
    static const char *const keys[] = {"by", "n", "of", NULL};
    char where[32], within[40];
    (void)snprintf(where, sizeof where, "keep_top[%zu]", i);
    (void)snprintf(within, sizeof within, "%s: ", where);
    if (!json_is_object(object))
        return fail_kind(r, where, "an object with by, n and of", object);
    if (check_keys(r, within, object, keys, "by, n and of") != 0)
        return -1;
    int by = read_top_name(r, where, object, "by");
    int of = by < 0 ? -1 : read_top_name(r, where, object, "of");
    uint32_t n = 0;
    if (of < 0 || read_top_n(r, where, object, &n) != 0)
        return -1;
    if (by != VALUE_LANG && value_infos[by].type != VALUE_FLAG)
        return winnow_fail(r->err, WINNOW_BAD_INPUT,
                           "%s: %s.by: expected lang or a flag such as bot, found '%s'", r->name,
                           where, value_infos[by].name);
    if (value_infos[of].type != VALUE_NUMBER && value_infos[of].type != VALUE_DAYS)
        return winnow_fail(r->err, WINNOW_BAD_INPUT,
                           "%s: %s.of: expected a number such as interactions, found '%s'", r->name,
                           where, value_infos[of].name);
    r->policy->tops[r->policy->top_count++] =
        (struct policy_top){.by = (enum value_id)by, .of = (enum value_id)of, .n = n};
    r->policy->facts |= value_infos[by].facts | value_infos[of].facts;
    return 0;
}

static int read_tops(const struct reader *r, const json_t *list) {
    if (list == NULL)
        return 0;
    if (!json_is_array(list))
        return fail_kind(r, "keep_top", "a list of objects with by, n and of", list);
    size_t count = json_array_size(list);
    if (count > POLICY_TOPS_MAX)
        return winnow_fail(r->err, WINNOW_BAD_INPUT,
                           "%s: keep_top: %zu entries, at most %d are possible", r->name, count,
                           POLICY_TOPS_MAX);
    for (size_t i = 0; i < count; i++)
        if (read_top(r, i, json_array_get(list, i)) != 0)
            return -1;
    return 0;
}

/* ---- undecided ---- */

static int read_undecided(const struct reader *r, const json_t *value) {
    if (value == NULL)
        return 0; /* hold: the policy was allocated zeroed */
    for (int u = UNDECIDED_HOLD; json_is_string(value) && u <= UNDECIDED_SCHEDULE; u++) {
        if (strcmp(policy_undecided_name((enum policy_undecided)u), json_string_value(value)) != 0)
            continue;
        r->policy->undecided = (enum policy_undecided)u;
        return 0;
    }
    return fail_kind(r, "undecided", undecided_expected, value);
}

/* ---- the whole ---- */

/* These decide nothing. "aside" has rules that a goal does not use (goal.h). */
static const char *const notes[] = {"$schema", "name", "comment", "goal", NULL};

static int check_notes(const struct reader *r, const json_t *root) {
    for (size_t i = 0; notes[i] != NULL; i++) {
        const json_t *note = json_object_get(root, notes[i]);
        if (note != NULL && !json_is_string(note))
            return fail_kind(r, notes[i], "text", note);
    }
    const json_t *aside = json_object_get(root, "aside");
    if (aside != NULL && !json_is_array(aside))
        return fail_kind(r, "aside", "a list of rules", aside);
    return 0;
}

static int read_root(const struct reader *r, json_t *root) {
    static const char *const keys[] = {"keep",      "first",   "score", "keep_top",
                                       "undecided", "$schema", "name",  "comment",
                                       "goal",      "aside",   NULL};
    if (!json_is_object(root))
        return winnow_fail(
            r->err, WINNOW_BAD_INPUT,
            "%s: expected an object with keep, first, score, keep_top and undecided, "
            "found %s",
            r->name, json_kind(root));
    if (check_keys(r, "", root, keys, root_expected) != 0 || check_notes(r, root) != 0)
        return -1;
    /* A policy that forgot it would unfollow everybody. */
    if (json_object_get(root, "keep") == NULL)
        return winnow_fail(r->err, WINNOW_BAD_INPUT,
                           "%s: keep is missing; \"keep\": [] keeps nobody but the keep list",
                           r->name);
    if (read_rules(r, "keep", json_object_get(root, "keep"), &r->policy->keep) != 0 ||
        read_rules(r, "first", json_object_get(root, "first"), &r->policy->first) != 0 ||
        read_score(r, json_object_get(root, "score")) != 0 ||
        read_tops(r, json_object_get(root, "keep_top")) != 0 ||
        read_undecided(r, json_object_get(root, "undecided")) != 0)
        return -1;
    return 0;
}

static int set_canonical(const struct reader *r, json_t *root) {
    for (size_t i = 0; notes[i] != NULL; i++)
        (void)json_object_del(root, notes[i]);
    (void)json_object_del(root, "aside");
    r->policy->canonical = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    if (r->policy->canonical == NULL)
        return winnow_fail(r->err, WINNOW_NO_MEMORY, "%s: out of memory", r->name);
    r->policy->canonical_size = strlen(r->policy->canonical);
    return 0;
}

static json_t *parse_json(const struct reader *r, const char *json, size_t size) {
    json_error_t error;
    if (size > POLICY_SIZE_MAX) {
        (void)winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: %zu bytes, a policy has at most %d",
                          r->name, size, POLICY_SIZE_MAX);
        return NULL;
    }
    if (size >= 3 && memcmp(json, "\xEF\xBB\xBF", 3) == 0) { /* the mark some editors put first */
        json += 3;
        size -= 3;
    }
    json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (root == NULL && error.line < 1) /* jansson found no place to blame: no memory */
        (void)winnow_fail(r->err, WINNOW_NO_MEMORY, "%s: out of memory", r->name);
    else if (root == NULL) {
        words_clean(error.text, strlen(error.text)); /* its excerpt may end inside a character */
        (void)winnow_fail(r->err, WINNOW_BAD_INPUT, "%s: line %d, column %d: %s", r->name,
                          error.line, error.column, error.text);
    }
    return root;
}

int policy_compile(const char *name, const char *json, size_t size, struct policy **out,
                   struct winnow_error *err) {
    struct reader r = {.name = name, .err = err};
    json_t *root = parse_json(&r, json, size);
    if (root == NULL)
        return -1;
    r.policy = calloc(1, sizeof *r.policy);
    if (r.policy == NULL) {
        json_decref(root);
        return winnow_fail(err, WINNOW_NO_MEMORY, "%s: out of memory", name);
    }
    int result = read_root(&r, root) == 0 && set_canonical(&r, root) == 0 ? 0 : -1;
    json_decref(root);
    if (result == 0)
        *out = r.policy;
    else
        policy_free(r.policy);
    return result;
}
