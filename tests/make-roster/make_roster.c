/* make-roster COUNT [SEED]: a made-up roster as JSONL on standard output.
 *
 * The shape is that of a very large account which followed back for years: most followees are
 * silent and were never talked to, a fifth follow back, few had an exchange, some are verified,
 * suspended, deleted or moved, and one line in twelve lacks a fact or two. A line has 182 bytes on
 * average. The same COUNT and SEED give the same bytes on every machine.
 *
 * Happy path: the k-th followee gets the place p(k) in a fixed shuffle of all ids in order; early
 * ids count up, later ones carry their time as X's do; the rest is drawn from a generator.
 * Failures: a wrong COUNT is exit code 2, a write that fails is 1. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT_MAX UINT64_C(100000000)

#define EARLY_ID_MAX   UINT64_C(3300000000) /* ids counted up until about here */
#define LATE_ID_MIN    UINT64_C(700000000000000000)
#define LATE_ID_MAX    UINT64_C(1900000000000000000)
#define ID_EPOCH_MS    INT64_C(1288834974657) /* of the time in a late id */
#define FIRST_DAY      INT64_C(13230)         /* 2006-03-23, in days since 1970 */
#define EARLY_LAST_DAY INT64_C(16436)         /* 2015-01-01 */
#define TODAY          INT64_C(20759)         /* 2026-11-02 */

struct generator {
    uint64_t state;
};

/* splitmix64, by S. Vigna: public domain, and the same everywhere. */
static uint64_t draw(struct generator *g) {
    uint64_t z = (g->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t below(struct generator *g, uint64_t limit) {
    return draw(g) % limit;
}

static bool chance(struct generator *g, unsigned per_10000) {
    return below(g, 10000) < per_10000;
}

/* Spread over many sizes, small ones being common: 0 to 2^bits - 1. */
static uint64_t skewed(struct generator *g, unsigned bits) {
    uint64_t size = below(g, bits + 1);
    return size == 0 ? 0 : draw(g) >> (64 - size);
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* A factor that makes k -> k * factor % count a shuffle. */
static uint64_t shuffle_factor(uint64_t count, uint64_t seed) {
    uint64_t factor = count / 2 + seed % (count / 4 + 1) + 1;
    while (common_divisor(factor, count) != 1)
        factor++;
    return factor;
}

struct followee {
    uint64_t id;
    int64_t created_day, last_post_day; /* days since 1970 */
    bool active, big, mutual, gone;
    uint64_t followers, posts, interactions;
};

/* The id at that place, 0 being the smallest, and the day on which such ids were given out. Four
 * in five are early ones. */
static void place_id(struct followee *f, struct generator *g, uint64_t place, uint64_t count) {
    uint64_t early = count - count / 5;
    if (place < early) {
        uint64_t stride = (EARLY_ID_MAX - 12) / early;
        f->id = 12 + place * stride + (place > 0 ? below(g, stride) : 0);
        f->created_day =
            FIRST_DAY + (int64_t)(f->id * (uint64_t)(EARLY_LAST_DAY - FIRST_DAY) / EARLY_ID_MAX);
        return;
    }
    uint64_t stride = (LATE_ID_MAX - LATE_ID_MIN) / (count - early);
    f->id = LATE_ID_MIN + (place - early) * stride + below(g, stride);
    f->created_day = ((int64_t)(f->id >> 22) + ID_EPOCH_MS) / 86400000;
}

static void draw_activity(struct followee *f, struct generator *g) {
    f->active = chance(g, 1700);
    int64_t life = TODAY - f->created_day;
    if (f->active)
        f->last_post_day = TODAY - (int64_t)below(g, life < 60 ? (uint64_t)life + 1 : 60);
    else
        f->last_post_day = f->created_day + (int64_t)(below(g, (uint64_t)life * 2 / 3 + 1));
    f->posts = skewed(g, f->active ? 17 : 11);
    f->big = chance(g, 60);
    f->followers = f->big ? 100000 + skewed(g, 24) : skewed(g, f->active ? 14 : 10);
}

static void draw_relation(struct followee *f, struct generator *g) {
    f->mutual = chance(g, f->active ? 3400 : 1900);
    bool talked = chance(g, f->mutual ? 900 : 150) && (f->active || chance(g, 3000));
    f->interactions = talked ? 1 + skewed(g, 7) : 0;
    f->gone = !f->active && chance(g, 600);
}

static const char *draw_lang(struct generator *g) {
    static const struct {
        const char *lang;
        unsigned upto; /* per mille, added up */
    } shares[] = {
        {"en", 540}, {"es", 660}, {"pt", 740}, {"id", 790}, {"ja", 835}, {"ar", 875}, {"fr", 910},
        {"tr", 935}, {"de", 955}, {"it", 968}, {"hi", 979}, {"ru", 988}, {"nl", 994}, {"ko", 1000},
    };
    uint64_t at = below(g, 1000);
    size_t i = 0;
    while (shares[i].upto <= at)
        i++;
    return shares[i].lang;
}

static void print_handle(struct generator *g) {
    static const char *const firsts[] = {"anna",  "ben",  "carla", "dan",  "eve",  "fatima",
                                         "goran", "hana", "ivan",  "june", "kofi", "lena",
                                         "mia",   "noor", "omar",  "pia"};
    static const char *const lasts[] = {"news",  "art",  "dc",  "nyc",  "wood",  "fan",
                                        "tech",  "sky",  "run", "jazz", "books", "2012",
                                        "votes", "farm", "x",   "lab"};
    /* One draw a statement: the order in which arguments are evaluated is the compiler's choice. */
    const char *first = firsts[below(g, 16)];
    const char *last = lasts[below(g, 16)];
    printf(",\"handle\":\"%s_%s%" PRIu64 "\"", first, last, below(g, 10000));
}

/* H. Hinnant's civil_from_days, for days after 1970. */
static void print_day(const char *key, int64_t day) {
    int64_t z = day + 719468;
    int64_t era = z / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t day_of_month = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    printf(",\"%s\":\"%04" PRId64 "-%02" PRId64 "-%02" PRId64, key, year, month, day_of_month);
}

static void print_time(struct generator *g, const char *key, int64_t day) {
    print_day(key, day);
    uint64_t second = below(g, 86400);
    printf("T%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 "Z\"", second / 3600, second / 60 % 60,
           second % 60);
}

static void print_relation(const struct followee *f, struct generator *g) {
    if (!chance(g, 250))
        printf(",\"follows_me\":%s", f->mutual ? "true" : "false");
    if (!chance(g, 200))
        printf(",\"interactions\":%" PRIu64, f->interactions);
    if (f->interactions > 0) {
        int64_t back = (int64_t)below(g, 2500);
        int64_t first = f->created_day > TODAY - back ? f->created_day : TODAY - back;
        print_time(g, "last_interaction_at", first);
    }
    unsigned vip = f->interactions > 20 ? 2500 : f->big ? 300 : 2;
    const char *list = chance(g, vip) ? "\"vip\"" : chance(g, f->big ? 900 : 4) ? "\"press\"" : "";
    printf(",\"lists\":[%s]", list);
}

/* What only some have: it is told of them, and of the others left unknown. */
static void print_marks(const struct followee *f, struct generator *g) {
    if (f->big) {
        printf(",\"verified\":%s", chance(g, 7000) ? "true" : "false");
        printf(",\"bot\":%s", chance(g, 300) ? "true" : "false");
    } else if (chance(g, 120))
        printf(",\"verified\":true");
    else if (chance(g, 90))
        printf(",\"bot\":true");
    if (f->gone)
        printf(chance(g, 6000) ? ",\"suspended\":true" : ",\"deleted\":true");
    else if (chance(g, 40))
        printf(",\"moved\":true");
    else if (!f->active && chance(g, 500))
        printf(",\"default_avatar\":true");
}

static void print_followee(const struct followee *f, struct generator *g) {
    printf("{\"id\":\"%" PRIu64 "\"", f->id);
    print_handle(g);
    if (!chance(g, 300))
        printf(",\"lang\":\"%s\"", draw_lang(g));
    printf(",\"followers\":%" PRIu64, f->followers);
    if (!chance(g, 150))
        printf(",\"posts\":%" PRIu64, f->posts);
    print_day("created_at", f->created_day);
    putchar('"');
    if (f->posts > 0 && !chance(g, 300)) {
        if (f->active) {
            print_time(g, "last_post_at", f->last_post_day);
        } else {
            print_day("last_post_at", f->last_post_day);
            putchar('"');
        }
    }
    print_relation(f, g);
    print_marks(f, g);
    fputs("}\n", stdout);
}

static bool read_number(const char *text, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

int main(int argc, char **argv) {
    uint64_t count = 0;
    uint64_t seed = 1;
    if (argc < 2 || argc > 3 || !read_number(argv[1], &count) || count > COUNT_MAX ||
        (argc == 3 && !read_number(argv[2], &seed))) {
        fprintf(stderr, "usage: make-roster COUNT [SEED]; COUNT is at most %" PRIu64 "\n",
                COUNT_MAX);
        return 2;
    }
    struct generator g = {seed};
    uint64_t factor = count > 0 ? shuffle_factor(count, draw(&g)) : 0;
    for (uint64_t k = 0; k < count; k++) {
        struct followee f = {0};
        place_id(&f, &g, k * factor % count, count);
        draw_activity(&f, &g);
        draw_relation(&f, &g);
        print_followee(&f, &g);
    }
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        perror("make-roster");
        return 1;
    }
    return 0;
}
