/* Nearest names and quoted text: see expr_words.h. Nearness is the optimal string alignment
 * distance, reckoned row by row on the stack. */
#include "core/expr/expr_words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>

static int lower(char c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool same(char a, char b) {
    return lower(a) == lower(b);
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* How many letters to insert, drop, change or swap to make b of a; both at most NEAR_SIZE_MAX. */
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t rows[3][NEAR_SIZE_MAX + 1] = {{0}};
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_size; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t change = last[j - 1] + !same(a[i - 1], b[j - 1]);
            row[j] = least(change, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_size];
}

struct near_search near_start(const char *word, size_t size) {
    size_t limit = size / 3 > 1 ? size / 3 : 1;
    return (struct near_search){.word = word, .size = size, .best = NULL, .distance = limit + 1};
}

void near_offer(struct near_search *s, const char *name) {
    size_t size = strlen(name);
    if (s->size > NEAR_SIZE_MAX || size > NEAR_SIZE_MAX)
        return;
    size_t d = distance(s->word, s->size, name, size);
    if (d < s->distance && d < size) {
        s->best = name;
        s->distance = d;
    }
}

void words_clean(char *at, size_t size) {
    for (size_t i = 0; i < size;) {
        ucs4_t c = 0;
        int length = u8_mbtoucr(&c, (const uint8_t *)at + i, size - i);
        bool well_formed = length > 0;
        size_t step = well_formed ? (size_t)length : 1;
        if (!well_formed || c < 0x20 || (c >= 0x7F && c < 0xA0))
            memset(at + i, '?', step);
        i += step;
    }
}

struct quoted words_quote(const char *at, size_t size) {
    struct quoted q;
    char shown[QUOTED_MAX + 1];
    size_t used = least(size, QUOTED_MAX);
    while (used < size && used > 0 && ((unsigned char)at[used] & 0xC0) == 0x80)
        used--;
    if (used > 0)
        memcpy(shown, at, used);
    shown[used] = '\0';
    words_clean(shown, used);
    const char *mark = shown[0] == '\'' || shown[0] == '"' ? "" : "'";
    (void)snprintf(q.text, sizeof q.text, "%s%s%s%s", mark, shown, used < size ? "…" : "", mark);
    return q;
}
