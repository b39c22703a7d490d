/* The condition language: every operator, every value, three-valued throughout, and the exact text
 * and column of every error. A case is one line: facts, condition, result, missing facts. */
#include "cmocka_all.h"

#include "core/expr/expr.h"
#include "core/expr/expr_value.h"
#include "core/expr/expr_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define DAY_MS   INT64_C(86400000)
#define NOW      INT64_C(1790000000000) /* 2026-09-21T14:13:20Z */
#define BITS(x)  (UINT64_C(1) << FACT_##x)

/* ---- helpers ---- */

static struct expr *compiled(const char *source) {
    struct expr *e = NULL;
    struct expr_error error;
    if (expr_compile(source, strlen(source), &e, &error) != 0)
        fail_msg("%s\n  column %zu: %s", source, error.column, error.text);
    return e;
}

/* Set a fact from "name=value", "name=-30d" (days before now), "name=yes|no" or "name='text'"; with
 * a '+' behind a number or days it is known in part. */
static void set_fact(struct facts *f, const char *setting) {
    const char *value = strchr(setting, '=') + 1;
    int id = fact_find(setting, (size_t)(value - 1 - setting));
    assert_true(id >= 0);
    switch (fact_types[id]) {
    case FACT_TEXT: {
        const char *end = strchr(value + 1, '\'');
        facts_set_text(f, (enum fact_id)id, value + 1, (size_t)(end - value - 1));
        break;
    }
    case FACT_FLAG:
        facts_set_flag(f, (enum fact_id)id, value[0] == 'y');
        break;
    case FACT_NUMBER:
        facts_set_value(f, (enum fact_id)id, strtoll(value, NULL, 10));
        break;
    case FACT_TIME:
        facts_set_value(f, (enum fact_id)id, NOW + strtoll(value, NULL, 10) * DAY_MS);
        break;
    }
    size_t size = strcspn(value, ";");
    if (size > 0 && value[size - 1] == '+')
        f->at_least |= FACT_SET(id);
}

/* Facts from settings separated by ';'. */
static struct facts facts_of(const char *settings) {
    struct facts f;
    facts_clear(&f);
    while (*settings != '\0') {
        set_fact(&f, settings);
        const char *next = strchr(settings, ';');
        settings = next == NULL ? "" : next + 1;
    }
    return f;
}

struct eval_case {
    const char *facts, *source;
    enum tri result;
    fact_set missing;
};

static void check_cases(const struct eval_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct eval_case *c = &cases[i];
        struct facts f = facts_of(c->facts);
        struct expr *e = compiled(c->source);
        enum tri result = expr_eval(e, &f, NOW);
        fact_set missing = expr_missing(e, &f, NOW);
        if (result != c->result || missing != c->missing)
            fail_msg("{%s} %s: is %d missing %" PRIx64 ", expected %d missing %" PRIx64, c->facts,
                     c->source, (int)result, missing, (int)c->result, c->missing);
        /* what it may lack is among what it may read */
        assert_int_equal(missing & ~expr_facts(e), 0);
        expr_free(e);
    }
}

/* ---- evaluation ---- */

#define N TRI_NO
#define U TRI_UNKNOWN
#define Y TRI_YES

static void test_and_or_not_in_full(void **state) {
    (void)state;
    static const char *const states[] = {"no", NULL, "yes"}; /* by enum tri */
    struct expr *both = compiled("verified and bot"), *either = compiled("verified or bot");
    struct expr *neither = compiled("not verified and not bot");
    for (int a = N; a <= (int)Y; a++)
        for (int b = N; b <= (int)Y; b++) {
            struct facts f;
            facts_clear(&f);
            if (states[a] != NULL)
                facts_set_flag(&f, FACT_VERIFIED, a == (int)Y);
            if (states[b] != NULL)
                facts_set_flag(&f, FACT_BOT, b == (int)Y);
            uint32_t lacking = (a == (int)U ? BITS(VERIFIED) : 0) | (b == (int)U ? BITS(BOT) : 0);
            enum tri and = tri_and((enum tri)a, (enum tri)b), or = tri_or((enum tri)a, (enum tri)b);
            assert_int_equal(expr_eval(both, &f, NOW), and);
            assert_int_equal(expr_missing(both, &f, NOW), and == U ? lacking : 0);
            assert_int_equal(expr_eval(either, &f, NOW), or);
            assert_int_equal(expr_missing(either, &f, NOW), or == U ? lacking : 0);
            assert_int_equal(expr_eval(neither, &f, NOW), tri_not(or));
        }
    expr_free(both);
    expr_free(either);
    expr_free(neither);
}

static void test_precedence_and_grouping(void **state) {
    (void)state;
    static const struct eval_case cases[] = {
        {"bot=yes;verified=no;moved=no", "bot or verified and moved", Y, 0},
        {"bot=yes;verified=no;moved=no", "(bot or verified) and moved", N, 0},
        {"bot=no;verified=no", "not bot or verified", Y, 0},
        {"bot=no;verified=yes", "not (bot or verified)", N, 0},
        {"bot=yes", "not not bot", Y, 0},
        {"bot=no;lang='en'", "not lang == 'en' or bot", N, 0},
        {"bot=yes;verified=yes;moved=no", "bot and verified and moved", N, 0},
        {"bot=no;verified=no;moved=yes", "bot or verified or moved", Y, 0},
        {"bot=no;verified=yes;moved=yes", "bot and verified or moved", Y, 0},
        {"bot=no", "bot and verified or bot and moved", N, 0},
        {"bot=yes", "bot and (verified or moved)", U, BITS(VERIFIED) | BITS(MOVED)},
        {"bot=yes", "bot or (verified and moved)", Y, 0},
        {"verified=no", "(verified or bot) and (verified or moved)", U, BITS(BOT) | BITS(MOVED)},
    };
    check_cases(cases, COUNT(cases));
}

static void test_comparisons(void **state) {
    (void)state;
    static const struct eval_case cases[] = {
        {"followers=10", "followers < 10", N, 0},
        {"followers=10", "followers <= 10", Y, 0},
        {"followers=10", "followers > 10", N, 0},
        {"followers=10", "followers >= 10", Y, 0},
        {"followers=10", "followers = 10", Y, 0},
        {"followers=10", "followers == 10", Y, 0},
        {"followers=10", "followers != 10", N, 0},
        {"followers=9", "followers < 10", Y, 0},
        {"followers=9", "followers <= 10", Y, 0},
        {"followers=9", "followers > 10", N, 0},
        {"followers=9", "followers >= 10", N, 0},
        {"followers=9", "followers == 10", N, 0},
        {"followers=9", "followers != 10", Y, 0},
        {"followers=11", "followers <= 10", N, 0},
        {"followers=11", "followers != 10", Y, 0},
        {"", "followers < 10", U, BITS(FOLLOWERS)},
        {"", "followers != 10", U, BITS(FOLLOWERS)},
        {"followers=11", "10 < followers", Y, 0},
        {"followers=11", "10 >= followers", N, 0},
        {"followers=11", "11 == followers", Y, 0},
        {"followers=11", "11 != followers", N, 0},
        {"followers=1500", "followers == 1.5k", Y, 0},
        {"followers=2000000", "followers == 2m", Y, 0},
        {"followers=3;following=5", "followers < following", Y, 0},
        {"followers=3", "followers < following", U, BITS(FOLLOWING)},
        {"", "followers < following", U, BITS(FOLLOWERS) | BITS(FOLLOWING)},
        {"followers=-5", "followers == 0", Y, 0},
        {"followers=9223372036854775807", "followers > 1m", Y, 0},
    };
    check_cases(cases, COUNT(cases));
}

static void test_durations_and_times(void **state) {
    (void)state;
    static const struct eval_case cases[] = {
        {"followed_at=-30", "followed < 30d", N, 0},
        {"followed_at=-30", "followed <= 30d", Y, 0},
        {"followed_at=-30", "followed == 720h", Y, 0},
        {"followed_at=-30", "followed == 2592000s", Y, 0},
        {"followed_at=-28", "followed == 4w", Y, 0},
        {"followed_at=-365", "followed >= 1y", Y, 0},
        {"followed_at=-364", "followed >= 1y", N, 0},
        {"followed_at=5", "followed == 0d", Y, 0}, /* clocks differ: the future is now */
        {"", "followed < 30d", U, BITS(FOLLOWED_AT)},
        {"followed_at=-2993", "followed == 8.2y", Y, 0}, /* 8.2 is no double */
        {"created_at=-2000", "created > 5y", Y, 0},
        {"created_at=-2000", "1y < created", Y, 0},
        {"created_at=-2000;followed_at=-10", "followed < created", Y, 0},
        {"created_at=-2000;followed_at=-10", "followed_at > created_at", Y, 0},
        {"created_at=0", "created_at > '2026-09-21'", Y, 0},
        {"created_at=0", "created_at < '2026-09-21T14:13:21Z'", Y, 0},
        {"created_at=-400", "age_days > 1y", Y, 0},
        {"created_at=-400", "age_days == 400", Y, 0},
        {"created_at=-400;last_post_at=-3", "days_silent < created", Y, 0},
        {"created_at=-99999999", "created > 999999d", N, 0}, /* cut under "never" */
    };
    check_cases(cases, COUNT(cases));
}

static void test_never_is_longer_than_any_duration(void **state) {
    (void)state;
    const uint32_t post = BITS(LAST_POST_AT), talk = BITS(LAST_INTERACTION_AT);
    const struct eval_case cases[] = {
        {"interactions=0", "last_interaction < 1y", N, 0},
        {"interactions=0", "last_interaction > 999999d", Y, 0},
        {"interactions=3", "last_interaction < 1y", U, talk},
        {"", "last_interaction < 1y", U, talk | BITS(INTERACTIONS)},
        {"interactions=3;last_interaction_at=-10", "last_interaction < 1y", Y, 0},
        {"last_interaction_at=-10", "last_interaction < 1y", Y, 0},
        /* evidence that contradicts itself: the kinder reading */
        {"interactions=0;last_interaction_at=-10", "last_interaction < 1y", Y, 0},
        {"posts=0", "last_post > 2y", Y, 0},
        {"posts=5", "last_post > 2y", U, post},
        {"", "last_post > 2y", U, post | BITS(POSTS)},
        {"last_post_at=-1000", "last_post > 2y", Y, 0},
        {"posts=0;last_post_at=-1", "last_post > 2y", N, 0},
    };
    check_cases(cases, COUNT(cases));
}

static void test_texts(void **state) {
    (void)state;
    static const struct eval_case cases[] = {
        {"lang='en'", "lang == 'en'", Y, 0},
        {"lang='en'", "lang = \"en\"", Y, 0},
        {"lang='en'", "lang == 'EN'", N, 0},
        {"lang='en'", "lang != 'en'", N, 0},
        {"lang='en'", "lang != 'de'", Y, 0},
        {"lang='en'", "lang in ('de', 'en')", Y, 0},
        {"lang='en'", "lang in ('de','fr')", N, 0},
        {"lang='en'", "lang not in ('de','fr')", Y, 0},
        {"lang='en'", "lang == 'e'", N, 0},
        {"", "lang == 'en'", U, BITS(LANG)},
        {"", "lang != 'en'", U, BITS(LANG)},
        {"", "lang not in ('en')", U, BITS(LANG)},
        {"bio=''", "bio == ''", Y, 0},
        {"bio=''", "bio ~ 'x'", N, 0},
        {"bio='Crypto and NFTs'", "bio ~ 'nft'", Y, 0},
        {"bio='Crypto and NFTs'", "bio ~ 'CRYPTO'", Y, 0},
        {"bio='Crypto and NFTs'", "bio ~ 'nfts!'", N, 0},
        {"bio='aab'", "bio ~ 'ab'", Y, 0},
        {"bio='ÄRZTE in Köln'", "bio ~ 'ärzte'", Y, 0},
        {"bio='ÄRZTE in Köln'", "bio ~ 'KÖLN'", Y, 0},
        {"bio='ПРИВЕТ'", "bio ~ 'привет'", Y, 0},
        {"bio='\xFF\xFEnft'", "bio ~ 'nft'", Y, 0}, /* malformed text does no harm */
        {"bio='nf\xC3'", "bio ~ 'nft'", N, 0},
        {"bio='it\"s'", "bio ~ '\"s'", Y, 0},
        {"", "bio ~ 'nft'", U, BITS(BIO)},
        {"id='123'", "id == '123'", Y, 0},
        {"handle='alice'", "handle in ('bob', 'alice')", Y, 0},
        {"name='Alice'", "name ~ 'lic'", Y, 0},
    };
    check_cases(cases, COUNT(cases));
}

static void test_lists(void **state) {
    (void)state;
    static const struct eval_case cases[] = {
        {"lists='vip\nnews\n'", "in_list('vip')", Y, 0},
        {"lists='vip\nnews\n'", "in_list('News')", Y, 0}, /* case folded */
        {"lists='vip\nnews\n'", "in_list('new')", N, 0},
        {"lists='vip\nnews\n'", "in_list('newsy')", N, 0},
        {"lists='vip\nnews\n'", "in_list('a', 'news')", Y, 0},
        {"lists='vip\nnews\n'", "not in_list('vip')", N, 0},
        {"lists='vip'", "in_list('vip')", Y, 0},
        {"lists=''", "in_list('vip')", N, 0},
        {"", "in_list('vip')", U, BITS(LISTS)},
        {"lists='vip\nnews\n'", "lists == 2", Y, 0},
        {"lists=''", "lists > 0", N, 0},
        {"", "lists > 0", U, BITS(LISTS)},
        /* of some lists, after an empty line: there may be others */
        {"lists='\nvip\n'", "in_list('vip')", Y, 0},
        {"lists='\nvip\n'", "in_list('news')", U, BITS(LISTS)},
        {"lists='\nvip\n'", "in_list('')", U, BITS(LISTS)},
        {"lists='\n'", "in_list('vip')", U, BITS(LISTS)},
        {"lists='\nvip\n'", "lists > 0", Y, 0},
        {"lists='\nvip\n'", "lists == 0", N, 0},
        {"lists='\nvip\n'", "lists == 1", U, BITS(LISTS)},
        {"lists='\nvip\n'", "lists >= 1", Y, 0},
        {"lists='\nvip\n'", "lists < 1", N, 0},
        {"lists='\nvip\n'", "lists > 1", U, BITS(LISTS)},
        {"lists='\nvip\n';posts=0", "posts < lists", U, BITS(LISTS)},
        {"lists='\nvip\n'", "known(lists)", Y, 0},
    };
    check_cases(cases, COUNT(cases));
}

static void test_known(void **state) {
    (void)state;
    static const struct eval_case cases[] = {
        {"", "known(followed_at)", N, 0},
        {"followed_at=-1", "known(followed_at)", Y, 0},
        {"followed_at=-1", "known(followed)", Y, 0},
        {"posts=0", "known(last_post)", Y, 0},
        {"posts=1", "known(last_post)", N, 0},
        {"bio=''", "known(bio)", Y, 0},
        {"", "not known(bio)", Y, 0},
        {"", "known(bot) and bot", N, 0},
        {"", "known(followed) and followed < 30d", N, 0},
        {"followed_at=-3", "known(followed) and followed < 30d", Y, 0},
        {"follows_me=no", "known(courtesy)", Y, 0},
        {"follows_me=yes", "known(courtesy)", N, 0},
    };
    check_cases(cases, COUNT(cases));
}

static void test_flags(void **state) {
    (void)state;
    static const struct eval_case cases[] = {
        {"follows_me=yes", "mutual", Y, 0},
        {"follows_me=no", "mutual", N, 0},
        {"", "mutual", U, BITS(FOLLOWS_ME)},
        {"follows_me=yes", "follows_me", Y, 0},
        {"verified=yes", "verified", Y, 0},
        {"bot=yes", "bot", Y, 0},
        {"protected=yes", "protected", Y, 0},
        {"suspended=yes", "suspended", Y, 0},
        {"deleted=yes", "deleted", Y, 0},
        {"moved=yes", "moved", Y, 0},
        {"default_avatar=yes", "default_avatar", Y, 0},
        {"default_avatar=no", "default_avatar", N, 0},
        {"follows_me=yes;interactions=0", "courtesy", Y, 0},
        {"follows_me=yes;interactions=1", "courtesy", N, 0},
        {"follows_me=no", "courtesy", N, 0},
        {"interactions=1", "courtesy", N, 0},
        {"interactions=0", "courtesy", U, BITS(FOLLOWS_ME)},
        {"follows_me=yes", "courtesy", U, BITS(INTERACTIONS)},
        {"", "courtesy", U, BITS(FOLLOWS_ME) | BITS(INTERACTIONS)},
    };
    check_cases(cases, COUNT(cases));
}

static void test_derived_values(void **state) {
    (void)state;
    const uint32_t all_noise =
        BITS(POSTS) | BITS(CREATED_AT) | BITS(INTERACTIONS) | BITS(LAST_POST_AT);
    const struct eval_case cases[] = {
        {"last_post_at=-3", "days_silent == 3", Y, 0},
        {"last_post_at=-3;posts=0", "days_silent == 3", Y, 0},
        {"posts=0;created_at=-50", "days_silent == 50", Y, 0},
        {"posts=0", "days_silent > 3", U, BITS(CREATED_AT)},
        {"posts=4;created_at=-50", "days_silent > 3", U, BITS(LAST_POST_AT)},
        {"", "days_silent > 3", U, BITS(LAST_POST_AT) | BITS(POSTS)},
        {"created_at=-50", "age_days == 50", Y, 0},
        {"following=10;followers=4", "ratio == 2.5", Y, 0},
        {"following=10;followers=0", "ratio == 10", Y, 0},
        {"following=0", "ratio == 0", Y, 0},
        {"following=1", "ratio > 0", U, BITS(FOLLOWERS)},
        {"followers=1", "ratio > 0", U, BITS(FOLLOWING)},
        {"followers=7", "reach == 7", Y, 0},
        {"posts=100;created_at=-50", "posts_per_day == 2", Y, 0},
        {"posts=100;created_at=0", "posts_per_day == 100", Y, 0}, /* a day at least */
        {"posts=0", "posts_per_day == 0", Y, 0},
        {"posts=100", "posts_per_day > 0", U, BITS(CREATED_AT)},
        {"posts=100;created_at=-50;interactions=0;last_post_at=-1", "noise == 2", Y, 0},
        {"posts=100;created_at=-50;interactions=50;last_post_at=-1", "noise == 1", Y, 0},
        {"posts=100;interactions=100", "noise == 0", Y, 0},
        {"posts=0", "noise == 0", Y, 0},
        {"last_post_at=-30", "noise == 0", Y, 0},
        {"last_post_at=-29", "noise > 0", U, all_noise & ~BITS(LAST_POST_AT)},
        {"posts=100;created_at=-50;interactions=0", "noise > 0", U, BITS(LAST_POST_AT)},
        {"posts=100;created_at=-50;interactions=0", "noise < 3", Y, 0}, /* silent or not */
        {"posts=100;created_at=-50;interactions=0", "at_least(noise) == 2", Y, 0},
        {"posts=100;created_at=-50;last_post_at=-1", "noise > 0", U, BITS(INTERACTIONS)},
        {"", "noise > 0", U, all_noise},
    };
    check_cases(cases, COUNT(cases));
}

static void test_numbers_for_scores(void **state) {
    (void)state;
    struct facts f = facts_of("follows_me=yes;created_at=-2;posts=0");
    double v = -1.0;
    assert_int_equal(value_number(VALUE_MUTUAL, &f, NOW, &v), 0);
    assert_float_equal(v, 1.0, 0.0);
    assert_int_equal(value_number(VALUE_BOT, &f, NOW, &v), BITS(BOT));
    assert_int_equal(value_number(VALUE_CREATED, &f, NOW, &v), 0);
    assert_float_equal(v, 2.0, 0.0);
    assert_int_equal(value_number(VALUE_LAST_POST, &f, NOW, &v), 0);
    assert_float_equal(v, VALUE_NEVER, 0.0);
    facts_set_value(&f, FACT_FOLLOWERS, INT64_MAX);
    assert_int_equal(value_number(VALUE_FOLLOWERS, &f, NOW, &v), 0);
    assert_float_equal(v, VALUE_NUMBER_MAX, 0.0);
    facts_set_value(&f, FACT_CREATED_AT, INT64_MIN);
    assert_int_equal(value_number(VALUE_CREATED, &f, INT64_MAX, &v), 0);
    assert_float_equal(v, VALUE_DAYS_MAX, 0.0);
}

static void test_volume(void **state) {
    (void)state;
    static const struct {
        const char *facts;
        uint32_t volume;
    } cases[] = {
        {"posts=100;created_at=-50", 2000},
        {"posts=100;created_at=-50;last_post_at=-29", 2000},
        {"posts=100;created_at=-50;last_post_at=-30", 0},
        {"posts=100;created_at=-50;suspended=yes", 0},
        {"posts=100;created_at=-50;deleted=yes", 0},
        {"deleted=yes", 0},
        {"posts=0", 0},
        {"posts=1;created_at=-3", 333},
        {"posts=100", VALUE_VOLUME_UNKNOWN},
        {"", VALUE_VOLUME_UNKNOWN},
        {"posts=9223372036854775807;created_at=0", VALUE_VOLUME_UNKNOWN - 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct facts f = facts_of(cases[i].facts);
        assert_int_equal(value_volume(&f, NOW), cases[i].volume);
    }
}

static void test_facts_read(void **state) {
    (void)state;
    static const struct {
        const char *source;
        fact_set facts;
    } cases[] = {
        {"mutual", BITS(FOLLOWS_ME)},
        {"followers < following", BITS(FOLLOWERS) | BITS(FOLLOWING)},
        {"in_list('a') or lang == 'en'", BITS(LISTS) | BITS(LANG)},
        {"last_post > 1y", BITS(LAST_POST_AT) | BITS(POSTS)},
        {"known(bio)", BITS(BIO)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct expr *e = compiled(cases[i].source);
        assert_int_equal(expr_facts(e), cases[i].facts);
        assert_int_equal(expr_source(e).size, strlen(cases[i].source));
        assert_memory_equal(expr_source(e).at, cases[i].source, strlen(cases[i].source));
        expr_free(e);
    }
}

/* The expression keeps what it needs of the source. */
static void test_source_may_go_away(void **state) {
    (void)state;
    char source[] = "lang in ('de', 'en') and bio ~ 'NFT' and in_list('vip')";
    struct expr *e = compiled(source);
    memset(source, 'x', sizeof source - 1);
    struct facts f = facts_of("lang='en';bio='nfts';lists='vip\n'");
    assert_int_equal(expr_eval(e, &f, NOW), Y);
    expr_free(e);
}

/* Learning a fact may turn unknown into yes or no, and nothing else: the property that makes it
 * safe to plan on part of the evidence. known() is left out, being meant to break it. */
static uint64_t rolled(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static struct facts random_facts(uint64_t *seed) {
    struct facts f;
    facts_clear(&f);
    for (int id = 0; id < FACT_COUNT; id++) {
        if (fact_types[id] == FACT_FLAG)
            facts_set_flag(&f, (enum fact_id)id, rolled(seed) % 2);
        else if (fact_types[id] == FACT_TIME)
            facts_set_value(&f, (enum fact_id)id, NOW - (int64_t)(rolled(seed) % 60) * DAY_MS);
        else if (fact_types[id] == FACT_NUMBER)
            facts_set_value(&f, (enum fact_id)id, (int64_t)(rolled(seed) % 4));
        else
            facts_set_text(&f, (enum fact_id)id, "en\n", rolled(seed) % 4);
    }
    if (f.value[FACT_POSTS] == 0) /* evidence that does not contradict itself */
        f.known &= ~BITS(LAST_POST_AT);
    if (f.value[FACT_INTERACTIONS] == 0)
        f.known &= ~BITS(LAST_INTERACTION_AT);
    if (f.value[FACT_TALKED_TO] == 0)
        f.known &= ~BITS(LAST_TALKED_AT);
    if (f.value[FACT_HEARD_FROM] == 0)
        f.known &= ~BITS(LAST_HEARD_AT);
    return f;
}

/* What was seen in part: 2 or more, and a day ago or later. */
static void test_at_least(void **state) {
    (void)state;
    static const struct eval_case cases[] = {
        {"heard_from=2+", "heard_from > 0", Y, 0},
        {"heard_from=2+", "heard_from >= 2", Y, 0},
        {"heard_from=2+", "heard_from > 2", U, BITS(HEARD_FROM)},
        {"heard_from=2+", "heard_from < 5", U, BITS(HEARD_FROM)},
        {"heard_from=2+", "heard_from < 2", N, 0},
        {"heard_from=2+", "heard_from == 2", U, BITS(HEARD_FROM)},
        {"heard_from=2+", "heard_from != 1", Y, 0},
        {"heard_from=0+", "heard_from == 0", U, BITS(HEARD_FROM)},
        {"heard_from=0", "heard_from == 0", Y, 0},
        {"heard_from=2+;posts=1", "posts < heard_from", U, BITS(HEARD_FROM)},
        {"heard_from=2+;posts=1", "heard_from > posts", Y, 0},
        {"heard_from=0+", "at_least(heard_from) == 0", Y, 0},
        {"heard_from=2+", "at_least(heard_from) < 5", Y, 0},
        {"heard_from=2", "at_least(heard_from) == 2", Y, 0},
        {"", "at_least(heard_from) == 0", U, BITS(HEARD_FROM)},
        {"heard_from=0+", "known(heard_from)", Y, 0},
        {"last_heard_at=-10+;heard_from=1+", "last_heard < 30d", Y, 0},
        {"last_heard_at=-40+;heard_from=1+", "last_heard < 30d", U,
         BITS(LAST_HEARD_AT) | BITS(HEARD_FROM)},
        {"last_heard_at=-40+;heard_from=1+", "at_least(last_heard) < 30d", N, 0},
        {"heard_from=0+", "last_heard > 30d", U, BITS(LAST_HEARD_AT) | BITS(HEARD_FROM)},
        {"heard_from=0+", "at_least(last_heard) > 30d", Y, 0},
        {"heard_from=0", "last_heard > 30d", Y, 0},
        {"last_heard_at=-10+", "last_heard_at > '2020-01-01'", Y, 0},
        {"last_heard_at=-10+", "last_heard_at < '2020-01-01'", N, 0},
        {"last_heard_at=-10+", "last_heard_at < '2099-01-01'", U, BITS(LAST_HEARD_AT)},
        {"follows_me=yes;interactions=0+", "courtesy", U, BITS(INTERACTIONS)},
        {"follows_me=yes;interactions=1+", "courtesy", N, 0},
        {"posts=100;created_at=-10;last_post_at=-1;interactions=0+", "noise > 5", U,
         BITS(INTERACTIONS)},
        {"posts=100;created_at=-10;last_post_at=-1;interactions=0+", "noise > 11", N, 0},
        {"followed_after=-10", "followed < 30d", Y, 0},
        {"followed_after=-40", "followed < 30d", U, BITS(FOLLOWED_AT)},
        {"followed_after=-40;followed_at=-35", "followed < 30d", N, 0},
        {"followed_after=-40", "at_least(followed) < 30d", N, 0},
        {"lists='\nvip\n'", "at_least(lists) == 1", Y, 0},
    };
    check_cases(cases, COUNT(cases));
}

/* "At least" is never "exactly": what is decided by what was seen is the same whatever else there
 * was, more of it and later. */
static void test_what_was_seen_never_decides_for_the_rest(void **state) {
    (void)state;
    static const char *const sources[] = {
        "talked_to > 1 or heard_from < 2",
        "not (interactions == 1) and messages <= 2",
        "last_talked < 20d or last_heard > 40d",
        "courtesy or noise > 0.02 and interactions < 3",
        "last_interaction_at < '2026-01-01' or talked_to >= heard_from",
        "last_interaction > 30d and not (heard_from != 0)",
    };
    uint64_t seed = 4711;
    for (size_t s = 0; s < COUNT(sources); s++) {
        struct expr *e = compiled(sources[s]);
        uint32_t decided = 0;
        for (int i = 0; i < 20000; i++) {
            struct facts seen = random_facts(&seed);
            seen.known &= rolled(&seed) | rolled(&seed);
            seen.at_least = seen.known & FACTS_SEEN_IN_PART & rolled(&seed);
            struct facts all = seen;
            all.at_least = 0;
            for (int id = 0; id < FACT_COUNT; id++)
                if ((seen.at_least & FACT_SET(id)) != 0)
                    all.value[id] += fact_types[id] == FACT_TIME
                                         ? (int64_t)(rolled(&seed) % 60) * DAY_MS
                                         : (int64_t)(rolled(&seed) % 4);
            enum tri before = expr_eval(e, &seen, NOW);
            decided += before != U;
            if (before != U)
                assert_int_equal(before, expr_eval(e, &all, NOW));
        }
        assert_true(decided > 1000);
        expr_free(e);
    }
}

static void test_learning_never_changes_a_decision(void **state) {
    (void)state;
    static const char *const sources[] = {
        "mutual and interactions > 0 or last_interaction < 30d",
        "not (followers > following) and ratio < 1",
        "noise > 0.05 or days_silent > 20 or courtesy",
        "last_post < 10d and not bot or lang == 'en' and bio ~ 'e'",
        "posts_per_day > 0.1 and age_days > 10 or in_list('en')",
        "noise < 0.05 and last_interaction > 30d and lists == 0",
    };
    uint64_t seed = 42;
    for (size_t s = 0; s < COUNT(sources); s++) {
        struct expr *e = compiled(sources[s]);
        for (int i = 0; i < 5000; i++) {
            struct facts all = random_facts(&seed), some = all;
            some.known &= rolled(&seed) | rolled(&seed);
            enum tri before = expr_eval(e, &some, NOW), after = expr_eval(e, &all, NOW);
            if (before != U)
                assert_int_equal(before, after);
            assert_int_equal(expr_missing(e, &some, NOW) == 0, before != U);
            assert_int_equal(expr_missing(e, &some, NOW) & some.known, 0);
        }
        expr_free(e);
    }
}

/* ---- errors ---- */

static void check_error(const char *source, size_t size, size_t column, const char *text) {
    struct expr *e = NULL;
    struct expr_error error;
    int result = expr_compile(source, size, &e, &error);
    if (result == 0)
        expr_free(e);
    if (result == 0 || error.column != column || strcmp(error.text, text) != 0)
        fail_msg("%.60s\n     got column %zu: %s\nexpected column %zu: %s", source,
                 result == 0 ? 0 : error.column, result == 0 ? "no error" : error.text, column,
                 text);
}

static void test_errors(void **state) {
    (void)state;
    static const struct {
        const char *source;
        size_t column;
        const char *text;
    } cases[] = {
        {"", 1, "found the end, expected a condition"},
        {"   ", 4, "found the end, expected a condition"},
        {"folowers > 3", 1, "unknown name 'folowers' (did you mean 'followers'?)"},
        {"xyzzy", 1,
         "unknown name 'xyzzy', expected a fact or a derived value such as followers or "
         "days_silent"},
        {"AND bot", 1, "unknown name 'AND' (did you mean 'and'?)"},
        {"mutual and", 11, "found the end, expected a condition"},
        {"mutual adn bot", 8, "found 'adn', expected 'and', 'or' or the end (did you mean 'and'?)"},
        {"mutual bot", 8, "found 'bot', expected 'and', 'or' or the end"},
        {"(mutual", 8, "found the end, expected 'and', 'or' or ')'"},
        {"(mutual and bot", 16, "found the end, expected 'and', 'or' or ')'"},
        {"mutual)", 7, "found ')', expected 'and', 'or' or the end"},
        {"()", 2, "found ')', expected a condition"},
        {"not", 4, "found the end, expected a condition"},
        {"or bot", 1, "found 'or', expected a condition"},
        {"mutual && bot", 8, "found '&&', expected 'and'"},
        {"mutual || bot", 8, "found '||', expected 'or'"},
        {"!mutual", 1, "found '!', expected 'not'"},
        {"mutual # bot", 8, "found '#', expected 'and', 'or' or the end"},
        {"mutual and ä", 12, "found 'ä', expected a condition"},
        {"followers", 10,
         "found the end, expected a comparison such as < or >= after 'followers', which is a "
         "number"},
        {"followers >", 12, "found the end, expected a number to compare with 'followers'"},
        {"followers > bot", 13,
         "found 'bot', which is yes or no, expected a number to compare with 'followers'"},
        {"followers > lang", 13,
         "found 'lang', which is text, expected a number to compare with 'followers'"},
        {"followers > 'x'", 13, "found 'x', expected a number to compare with 'followers'"},
        {"followers > 30d", 13, "found '30d', expected a number to compare with 'followers'"},
        {"followers ~ 'x'", 11,
         "found '~', expected a comparison such as < or >= after 'followers', which is a number"},
        {"followers > folowing", 13, "unknown name 'folowing' (did you mean 'following'?)"},
        {"1 < followers < 5", 15, "found '<', expected 'and', 'or' or the end"},
        {"followers > 1x", 13,
         "found '1x', expected a number such as 10, 1.5k or 2m, or a duration such as 12h, 30d, 4w "
         "or 1y"},
        {"followers > 1kk", 13,
         "found '1kk', expected a number such as 10, 1.5k or 2m, or a duration such as 12h, 30d, "
         "4w or 1y"},
        {"followers > 12345678901234567", 13,
         "found '12345678901234567', expected a number of at most 15 digits"},
        {"followers > 999999999999999m", 13,
         "found '999999999999999m', expected a number up to 1e15"},
        {"followers > -1", 13, "found '-', expected a number to compare with 'followers'"},
        {"followers > .5", 13, "found '.', expected a number to compare with 'followers'"},
        {"10", 3, "found the end, expected a comparison such as < or >="},
        {"10 <", 5,
         "found the end, expected a name: one side of a comparison is a fact or a derived value"},
        {"10 < 'x'", 6,
         "found 'x', expected a name: one side of a comparison is a fact or a derived value"},
        {"10 < foo", 6,
         "unknown name 'foo', expected a fact or a derived value such as followers or days_silent"},
        {"10 < lang", 1, "found '10', expected text in quotes to compare with 'lang'"},
        {"30d > followers", 1, "found '30d', expected a number to compare with 'followers'"},
        {"30d bot", 5, "found 'bot', expected a comparison such as < or >="},
        {"last_interaction < 365", 20,
         "found '365', expected a duration such as 30d, 4w or 1y to compare with "
         "'last_interaction'"},
        {"last_interaction < 'x'", 20,
         "found 'x', expected a duration such as 30d, 4w or 1y to compare with 'last_interaction'"},
        {"last_interaction < followers", 20,
         "found 'followers', which is a number, expected a duration such as 30d, 4w or 1y to "
         "compare with 'last_interaction'"},
        {"last_interaction < 1000000d", 20,
         "found '1000000d', expected a duration of less than 1000000d"},
        {"age_days > 'x'", 12,
         "found 'x', expected a number of days, or a duration such as 30d to compare with "
         "'age_days'"},
        {"created_at > 30d", 14,
         "found '30d', expected a date such as '2020-01-31' to compare with 'created_at'"},
        {"created_at < 'soon'", 14,
         "found 'soon', expected a date such as '2020-01-31' to compare with 'created_at'"},
        {"created_at > created", 14,
         "found 'created', which is a duration, expected a date such as '2020-01-31' to compare "
         "with 'created_at'"},
        {"lang", 5, "found the end, expected ==, !=, ~, in or not in after 'lang', which is text"},
        {"lang < 'en'", 6,
         "found '<', expected ==, !=, ~, in or not in after 'lang', which is text"},
        {"lang == en", 9, "found 'en', expected text in quotes to compare with 'lang'"},
        {"lang == 5", 9, "found '5', expected text in quotes to compare with 'lang'"},
        {"lang == mutual", 9, "found 'mutual', expected text in quotes to compare with 'lang'"},
        {"lang not 'en'", 10, "found 'en', expected 'in' after 'not'"},
        {"lang in 'en'", 9, "found 'en', expected '(' and texts in quotes"},
        {"lang in ('en'", 14, "found the end, expected ',' or ')'"},
        {"lang in ()", 10, "found ')', expected text in quotes"},
        {"lang in ('en' 'de')", 15, "found 'de', expected ',' or ')'"},
        {"lang in (5)", 10, "found '5', expected text in quotes"},
        {"bio ~ ''", 7,
         "found '', expected at least one character: every text contains the empty one"},
        {"bio ~ 'x", 7, "found 'x, expected a closing '"},
        {"bio ~ \"x", 7, "found \"x, expected a closing \""},
        {"'en' == lang", 1,
         "found 'en', expected a condition that begins with a name, such as lang == 'en'"},
        {"verified == 1", 10,
         "found '==', but 'verified' is yes or no by itself: write verified or not verified"},
        {"verified in ('x')", 10,
         "found 'in', but 'verified' is yes or no by itself: write verified or not verified"},
        {"lists ~ 'vip'", 7,
         "found '~', expected a comparison such as < or >=, or in_list('vip') after 'lists', which "
         "is a number"},
        {"in_list", 8, "found the end, expected '(' and texts in quotes"},
        {"in_list vip", 9, "found 'vip', expected '(' and texts in quotes"},
        {"in_list(vip)", 9, "found 'vip', expected text in quotes"},
        {"in_list('vip'", 14, "found the end, expected ',' or ')'"},
        {"in_lst('vip')", 1, "unknown name 'in_lst' (did you mean 'in_list'?)"},
        {"known", 6, "found the end, expected '(' and a name"},
        {"known bot", 7, "found 'bot', expected '(' and a name"},
        {"known(bto)", 7, "unknown name 'bto' (did you mean 'bio'?)"},
        {"known(5)", 7, "found '5', expected a name"},
        {"known(bot", 10, "found the end, expected ')'"},
        {"known()", 7, "found ')', expected a name"},
        {"mutual and\x01", 11, "found '?', expected a condition"},
        {"lang == '\xc2\x9b", 9, "found '??, expected a closing '"},
        {"bot = true", 5, "found '=', but 'bot' is yes or no by itself: write bot or not bot"},
        {"inlist('x')", 1, "unknown name 'inlist' (did you mean 'in_list'?)"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_error(cases[i].source, strlen(cases[i].source), cases[i].column, cases[i].text);
}

static char *repeated(const char *head, const char *unit, size_t times, const char *tail) {
    char *s = malloc(strlen(head) + strlen(unit) * times + strlen(tail) + 1);
    assert_non_null(s);
    char *at = stpcpy(s, head);
    for (size_t i = 0; i < times; i++)
        at = stpcpy(at, unit);
    (void)stpcpy(at, tail);
    return s;
}

static void test_caps(void **state) {
    (void)state;
    char *deep = repeated("", "(", 65, "bot");
    check_error(deep, strlen(deep), 65, "more than 64 parentheses and nots within each other");
    free(deep);
    deep = repeated("", "not ", 65, "bot");
    check_error(deep, strlen(deep), 257, "more than 64 parentheses and nots within each other");
    free(deep);
    char *parts = repeated("bot", " or bot", 341, " or bot"); /* 1 + 3 * 342 instructions */
    check_error(parts, strlen(parts), 2395,
                "the condition has more than 1024 parts; split it into several rules");
    free(parts);
    char *longest = repeated("bot", " ", EXPR_SIZE_MAX - 3, "");
    struct expr *e = compiled(longest);
    expr_free(e);
    free(longest);
    longest = repeated("bot", " ", EXPR_SIZE_MAX - 2, "");
    check_error(longest, strlen(longest), EXPR_SIZE_MAX + 1,
                "the condition is longer than 4096 bytes; split it into several rules");
    free(longest);
}

/* The deepest stack that the caps allow, all of it used. */
static void test_deepest(void **state) {
    (void)state;
    char *deep = repeated("", "bot or verified and (", 64, "bot or verified and moved");
    char *closed = repeated(deep, ")", 64, "");
    struct expr *e = compiled(closed);
    struct facts f = facts_of("bot=no;verified=yes;moved=yes");
    assert_int_equal(expr_eval(e, &f, NOW), Y);
    facts_set_flag(&f, FACT_MOVED, false);
    assert_int_equal(expr_eval(e, &f, NOW), N);
    facts_clear(&f);
    assert_int_equal(expr_missing(e, &f, NOW), BITS(BOT) | BITS(VERIFIED) | BITS(MOVED));
    expr_free(e);
    free(closed);
    free(deep);
}

/* Any bytes compile or are refused with a column within them, and never read beyond. */
static void test_any_bytes(void **state) {
    (void)state;
    static const char *const pieces[] = {"bot",  "lang", "followers", "(",     ")",  "and ", "or ",
                                         "not ", "in ",  "'x'",       "<",     "==", "10",   "30d",
                                         "~",    " ",    "in_list",   "known", ",",  "\xC3", "'"};
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char source[128] = "";
        size_t size = 0;
        for (uint64_t n = rolled(&seed) % 9; n > 0; n--) {
            const char *piece = pieces[rolled(&seed) % COUNT(pieces)];
            memcpy(source + size, piece, strlen(piece));
            size += strlen(piece);
        }
        char *exact = malloc(size + 1); /* so that a sanitizer sees a byte too far */
        memcpy(exact, source, size);
        struct expr *e = NULL;
        struct expr_error error;
        char *tight = realloc(exact, size == 0 ? 1 : size);
        if (expr_compile(tight, size, &e, &error) == 0) {
            struct facts f = facts_of("bot=yes;lang='xx'");
            (void)expr_eval(e, &f, NOW);
            expr_free(e);
        } else {
            assert_in_range(error.column, 1, size + 1);
            assert_true(strlen(error.text) > 5);
        }
        free(tight);
    }
}

/* ---- words ---- */

static void test_nearest_names(void **state) {
    (void)state;
    static const struct {
        const char *word, *best;
    } cases[] = {
        {"folowers", "followers"},
        {"follwoers", "followers"},
        {"Followers", "followers"},
        {"bots", "bot"},
        {"b", NULL},
        {"zzzzzz", NULL},
        {"lagn", "lang"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct near_search near = near_start(cases[i].word, strlen(cases[i].word));
        for (int v = 0; v < VALUE_COUNT; v++)
            near_offer(&near, value_infos[v].name);
        if (cases[i].best == NULL)
            assert_null(near.best);
        else
            assert_string_equal(near.best, cases[i].best);
    }
}

static void test_quotes(void **state) {
    (void)state;
    assert_string_equal(words_quote("abc", 3).text, "'abc'");
    assert_string_equal(words_quote("'abc'", 5).text, "'abc'");
    assert_string_equal(words_quote("a\x1b[31m", 6).text, "'a?[31m'");
    assert_string_equal(words_quote("", 0).text, "''");
    assert_string_equal(words_quote("0123456789012345678901234567890123456789X", 41).text,
                        "'0123456789012345678901234567890123456789…'");
    /* not cut within a character */
    assert_string_equal(words_quote("012345678901234567890123456789012345678ä!", 42).text,
                        "'012345678901234567890123456789012345678…'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_and_or_not_in_full),
        cmocka_unit_test(test_precedence_and_grouping),
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_durations_and_times),
        cmocka_unit_test(test_never_is_longer_than_any_duration),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_derived_values),
        cmocka_unit_test(test_numbers_for_scores),
        cmocka_unit_test(test_volume),
        cmocka_unit_test(test_facts_read),
        cmocka_unit_test(test_source_may_go_away),
        cmocka_unit_test(test_at_least),
        cmocka_unit_test(test_what_was_seen_never_decides_for_the_rest),
        cmocka_unit_test(test_learning_never_changes_a_decision),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_deepest),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_nearest_names),
        cmocka_unit_test(test_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
