/* Reads options by table, strictly: the whole value must make sense, and an error names the
 * option, what was found, and what would do.
 *
 * Happy path: options_scan walks argv with getopt_long and hands each value to the reader of its
 * kind. Failure: USAGE with one sentence; a secret's value is never part of it. */
#include "cli/base/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winnow/winnow.h>

enum { RULES_MAX = 40, LETTERS_MAX = 2 * RULES_MAX + 4, FIRST_VALUE = 256, WORD_MAX = 31 };

/* ---- values --------------------------------------------------------------------------------*/

static int read_switch(const struct option_rule *rule, const char *value, void *field,
                       struct winnow_error *err) {
    (void)rule, (void)value, (void)err;
    *(bool *)field = true;
    return 0;
}

static int read_text(const struct option_rule *rule, const char *value, void *field,
                     struct winnow_error *err) {
    if (*value == '\0')
        return winnow_fail(err, WINNOW_USAGE, "--%s is empty; give it %s", rule->name, rule->value);
    *(const char **)field = value;
    return 0;
}

/* Digits alone: strtoull would take signs, spaces and other bases too. */
static bool digits_read(const char *text, uint64_t *out) {
    size_t size = strspn(text, "0123456789");
    if (size == 0 || text[size] != '\0')
        return false;
    errno = 0;
    unsigned long long n = strtoull(text, NULL, 10);
    *out = n;
    return errno == 0;
}

static int read_count(const struct option_rule *rule, const char *value, void *field,
                      struct winnow_error *err) {
    uint64_t n = 0;
    if (!digits_read(value, &n) || n < rule->min || n > rule->max)
        return winnow_fail(err, WINNOW_USAGE,
                           "--%s: '%s' is no whole number from %" PRIu64 " to %" PRIu64
                           "; give one in digits alone",
                           rule->name, value, rule->min, rule->max);
    *(uint64_t *)field = n;
    return 0;
}

static void choices_join(const char *const *choices, char *out, size_t size) {
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; choices[i] != NULL && at < size; i++) {
        int used = snprintf(out + at, size - at, "%s%s", i == 0 ? "" : ", ", choices[i]);
        at += used < 0 ? 0 : (size_t)used;
    }
}

static int read_choice(const struct option_rule *rule, const char *value, void *field,
                       struct winnow_error *err) {
    struct nearest near;
    nearest_start(&near, value);
    for (int i = 0; rule->choices[i] != NULL; i++) {
        if (strcmp(rule->choices[i], value) == 0) {
            *(int *)field = i;
            return 0;
        }
        nearest_offer(&near, rule->choices[i]);
    }
    char all[160];
    choices_join(rule->choices, all, sizeof all);
    return winnow_fail(err, WINNOW_USAGE, "--%s: '%s' is not known%s choose one of %s", rule->name,
                       value, nearest_ask(&near, "'", "'").text, all);
}

static int read_time(const struct option_rule *rule, const char *value, void *field,
                     struct winnow_error *err) {
    if (winnow_time_parse(value, winnow_now_ms(), field, err) != 0)
        return winnow_fail(err, WINNOW_USAGE,
                           "--%s: '%s' is no time; give a date (2027-03-01), a time "
                           "(2027-03-01T08:00:00Z) or a duration from now on (12h, 3d)",
                           rule->name, value);
    return 0;
}

static int read_duration(const struct option_rule *rule, const char *value, void *field,
                         struct winnow_error *err) {
    int64_t now_ms = winnow_now_ms();
    int64_t then_ms = 0;
    /* winnow_time_parse takes dates too; a duration has no '-' and no ':' */
    bool is_duration = strpbrk(value, "-:") == NULL &&
                       winnow_time_parse(value, now_ms, &then_ms, err) == 0 && then_ms > now_ms;
    uint64_t length = is_duration ? (uint64_t)(then_ms - now_ms) : 0;
    if (!is_duration || length < rule->min || length > rule->max)
        return winnow_fail(err, WINNOW_USAGE,
                           "--%s: '%s' is no duration from %" PRIu64 " ms to %" PRIu64
                           " s; give one such as 30s or 2m",
                           rule->name, value, rule->min, rule->max / 1000);
    *(int64_t *)field = (int64_t)length;
    return 0;
}

/* "25" or "25.50": up to six places. */
static bool money_read(const char *text, int64_t *micro) {
    size_t whole = strspn(text, "0123456789");
    size_t places = 0;
    if (text[whole] == '.') {
        places = strspn(text + whole + 1, "0123456789");
        if (places == 0 || places > 6 || text[whole + 1 + places] != '\0')
            return false;
    } else if (text[whole] != '\0') {
        return false;
    }
    if (whole == 0 || whole > 9)
        return false;
    int64_t amount = strtoll(text, NULL, 10) * 1000000;
    int64_t part = places == 0 ? 0 : strtoll(text + whole + 1, NULL, 10);
    for (size_t i = places; i < 6; i++)
        part *= 10;
    *micro = amount + part;
    return true;
}

static int read_money(const struct option_rule *rule, const char *value, void *field,
                      struct winnow_error *err) {
    int64_t micro = 0;
    if (!money_read(value, &micro) || micro == 0)
        return winnow_fail(err, WINNOW_USAGE,
                           "--%s: '%s' is no amount of money above zero; give one such as 25 or "
                           "25.50, in the platform's currency and without its sign",
                           rule->name, value);
    *(int64_t *)field = micro;
    return 0;
}

static int read_budget(const struct option_rule *rule, const char *value, void *field,
                       struct winnow_error *err) {
    struct text_list *list = field;
    if (winnow_budget_check(value, err) != 0)
        return winnow_fail_at(err, "--%s", rule->name);
    if (list->count == WINNOW_BUDGETS_MAX)
        return winnow_fail(err, WINNOW_USAGE, "--%s is given more than %d times; leave some out",
                           rule->name, WINNOW_BUDGETS_MAX);
    if (list->items == NULL)
        list->items = calloc(WINNOW_BUDGETS_MAX, sizeof *list->items);
    if (list->items == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory; close other programs");
    list->items[list->count++] = value;
    return 0;
}

static int read_secret(const struct option_rule *rule, const char *value, void *field,
                       struct winnow_error *err) {
    (void)value, (void)field;
    return winnow_fail(err, WINNOW_USAGE,
                       "--%s is refused: every user of this machine can read a command line, and "
                       "the shell keeps it; treat what you typed as known to others, replace it, "
                       "and hand the new one over with --%s-stdin",
                       rule->name, rule->name);
}

typedef int value_reader(const struct option_rule *rule, const char *value, void *field,
                         struct winnow_error *err);

static value_reader *const readers[] = {
    [OPTION_SWITCH] = read_switch, [OPTION_TEXT] = read_text,
    [OPTION_COUNT] = read_count,   [OPTION_CHOICE] = read_choice,
    [OPTION_TIME] = read_time,     [OPTION_DURATION] = read_duration,
    [OPTION_MONEY] = read_money,   [OPTION_BUDGET_LIST] = read_budget,
    [OPTION_SECRET] = read_secret,
};

void options_free(const struct option_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        if (table->rules[i].kind != OPTION_BUDGET_LIST)
            continue;
        struct text_list *list = (void *)((char *)table->target + table->rules[i].at);
        free(list->items);
        *list = (struct text_list){0};
    }
}

/* ---- the scan ------------------------------------------------------------------------------*/

/* Both tables as getopt wants them; rule i has the value FIRST_VALUE + i. */
struct flat {
    const struct option_rule *rules[RULES_MAX];
    void *targets[RULES_MAX];
    struct option options[RULES_MAX + 1];
    char letters[LETTERS_MAX];
    size_t count;
};

static void flat_fill(struct flat *flat, const struct option_scan *scan) {
    *flat = (struct flat){0};
    size_t at = 0;
    if (scan->stop_at_word)
        flat->letters[at++] = '+';
    flat->letters[at++] = ':';
    for (size_t t = 0; t < 2; t++) {
        const struct option_table *table = &scan->tables[t];
        for (size_t i = 0; i < table->count && flat->count < RULES_MAX; i++) {
            size_t n = flat->count++;
            const struct option_rule *rule = &table->rules[i];
            flat->rules[n] = rule;
            flat->targets[n] = table->target;
            flat->options[n] = (struct option){
                .name = rule->name,
                .has_arg = rule->value == NULL ? no_argument : required_argument,
                .val = FIRST_VALUE + (int)n,
            };
            if (rule->letter != 0)
                flat->letters[at++] = rule->letter;
        }
    }
}

static const struct option_rule *rule_by_letter(const struct flat *flat, int letter, size_t *n) {
    for (size_t i = 0; i < flat->count; i++)
        if (flat->rules[i]->letter != 0 && flat->rules[i]->letter == letter) {
            *n = i;
            return flat->rules[i];
        }
    return NULL;
}

/* Only the option's name: what follows '=' may be a secret. */
static int option_unknown(const struct flat *flat, const struct option_scan *scan, const char *word,
                          struct winnow_error *err) {
    char name[WORD_MAX + 3];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    struct nearest near;
    nearest_start(&near, name + strspn(name, "-"));
    for (size_t i = 0; i < flat->count; i++)
        if (flat->rules[i]->help != NULL)
            nearest_offer(&near, flat->rules[i]->name);
    bool known = *scan->command != '\0';
    return winnow_fail(err, WINNOW_USAGE, "unknown option '%s'%s see 'winnow %s%s'", name,
                       nearest_ask(&near, "--", "").text, known ? scan->command : "",
                       known ? " --help" : "--help");
}

static int option_letter_unknown(const struct option_scan *scan, char letter,
                                 struct winnow_error *err) {
    return winnow_fail(err, WINNOW_USAGE,
                       "unknown option '-%c'; options have two dashes, see 'winnow %s%s', and put "
                       "-- before a word that begins with one",
                       letter, scan->command, *scan->command == '\0' ? "--help" : " --help");
}

static int option_wrong(const struct flat *flat, const struct option_scan *scan, int code,
                        struct winnow_error *err) {
    if (optopt >= FIRST_VALUE) {
        const struct option_rule *rule = flat->rules[optopt - FIRST_VALUE];
        if (code == ':')
            return winnow_fail(err, WINNOW_USAGE, "--%s needs a value: --%s %s", rule->name,
                               rule->name, rule->value);
        return winnow_fail(err, WINNOW_USAGE, "--%s takes no value; leave out '=' and the rest",
                           rule->name);
    }
    if (optopt != 0)
        return option_letter_unknown(scan, (char)optopt, err);
    return option_unknown(flat, scan, scan->argv[optind - 1], err);
}

/* The word by which getopt found the option: the value may have been a word of its own. */
static const char *matched_word(const struct option_scan *scan, const struct option_rule *rule) {
    bool apart = rule->value != NULL && optarg == scan->argv[optind - 1];
    return scan->argv[optind - (apart ? 2 : 1)] + 2;
}

static int option_take(const struct flat *flat, const struct option_scan *scan, int code,
                       struct winnow_error *err) {
    size_t n = 0;
    const struct option_rule *rule;
    if (code >= FIRST_VALUE) {
        n = (size_t)(code - FIRST_VALUE);
        rule = flat->rules[n];
        const char *word = matched_word(scan, rule);
        if (strcspn(word, "=") != strlen(rule->name))
            return option_unknown(flat, scan, word - 2, err);
    } else {
        rule = rule_by_letter(flat, code, &n);
        if (rule == NULL)
            return option_letter_unknown(scan, (char)code, err);
    }
    void *field = (char *)flat->targets[n] + rule->at;
    return readers[rule->kind](rule, optarg, field, err);
}

int options_scan(const struct option_scan *scan, int *first_word, struct winnow_error *err) {
    struct flat flat;
    flat_fill(&flat, scan);
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    for (;;) {
        int code = getopt_long(scan->argc, scan->argv, flat.letters, flat.options, NULL);
        if (code == -1)
            break;
        bool wrong = code == '?' || code == ':';
        if ((wrong ? option_wrong(&flat, scan, code, err) : option_take(&flat, scan, code, err)) !=
            0)
            return -1;
    }
    *first_word = optind;
    return 0;
}

/* ---- the nearest name ----------------------------------------------------------------------*/

static size_t least(size_t a, size_t b, size_t c) {
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Letters added, left out, changed, or two neighbours swapped; words over WORD_MAX are cut. */
static size_t edit_distance(const char *a, const char *b) {
    size_t rows[3][WORD_MAX + 1];
    size_t a_size = strnlen(a, WORD_MAX);
    size_t b_size = strnlen(b, WORD_MAX);
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t changed = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(changed, last[j] + 1, now[j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1, now[j]);
        }
    }
    return rows[a_size % 3][b_size];
}

void nearest_start(struct nearest *n, const char *word) {
    *n = (struct nearest){.word = word, .distance = strlen(word) < 4 ? 2 : 3};
}

void nearest_offer(struct nearest *n, const char *name) {
    size_t distance = edit_distance(n->word, name);
    /* the beginning of a name is near, however long the rest */
    size_t size = strlen(n->word);
    if (size >= 2 && strncmp(n->word, name, size) == 0)
        distance = 1;
    if (distance >= n->distance)
        return;
    n->distance = distance;
    n->best = name;
}

struct nearest_text nearest_ask(const struct nearest *n, const char *before, const char *after) {
    struct nearest_text out = {";"};
    if (n->best != NULL)
        snprintf(out.text, sizeof out.text, ", did you mean %s%.31s%s?", before, n->best, after);
    return out;
}
