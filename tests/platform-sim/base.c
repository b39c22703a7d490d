/* Growing text, bit sets, the table of names, numbers and time.
 *
 * Happy path: see base.h. All structures start zeroed and grow by doubling.
 * Failure: out of memory ends the process; everything else is told by the return value. */
#include "base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void sim_die(const char *format, ...) {
    va_list args;
    fputs("platform-sim: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void *sim_realloc(void *memory, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        sim_die("out of memory");
    }
    void *grown = realloc(memory, count * size);
    if (grown == NULL && count * size != 0) {
        sim_die("out of memory");
    }
    return grown;
}

void buf_clear(struct buf *buf) {
    buf->len = 0;
    if (buf->text != NULL) {
        buf->text[0] = '\0';
    }
}

void buf_free(struct buf *buf) {
    free(buf->text);
    *buf = (struct buf){0};
}

static void buf_room(struct buf *buf, size_t more) {
    size_t need = buf->len + more + 1;
    if (need <= buf->cap) {
        return;
    }
    size_t cap = buf->cap == 0 ? 256 : buf->cap;
    while (cap < need) {
        cap *= 2;
    }
    buf->text = sim_realloc(buf->text, cap, 1);
    buf->cap = cap;
}

void buf_put(struct buf *buf, const char *text, size_t len) {
    buf_room(buf, len);
    if (len != 0) {
        memcpy(buf->text + buf->len, text, len);
    }
    buf->len += len;
    buf->text[buf->len] = '\0';
}

void buf_str(struct buf *buf, const char *text) {
    buf_put(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...) {
    buf_room(buf, 256);
    va_list args;
    va_start(args, format);
    int len = vsnprintf(buf->text + buf->len, buf->cap - buf->len, format, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    if ((size_t)len >= buf->cap - buf->len) {
        buf_room(buf, (size_t)len);
        va_start(args, format);
        len = vsnprintf(buf->text + buf->len, buf->cap - buf->len, format, args);
        va_end(args);
    }
    buf->len += (size_t)len;
}

/* Bytes of the UTF-8 character at `text`; 0 if it is none of more than one byte. */
static size_t utf8_len(const char *text) {
    unsigned char first = (unsigned char)text[0];
    size_t len = first >= 0xf0 && first <= 0xf4  ? 4
                 : first >= 0xe0 && first < 0xf0 ? 3
                 : first >= 0xc2 && first < 0xe0 ? 2
                                                 : 0;
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return len;
}

void buf_json(struct buf *buf, const char *text) {
    buf_put(buf, "\"", 1);
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        size_t len = utf8_len(at);
        if (len != 0) {
            buf_put(buf, at, len);
            at += len - 1;
        } else if (c == '"' || c == '\\') {
            buf_printf(buf, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7f) {
            buf_printf(buf, "\\u%04x", c); /* other raw bytes as Latin-1: enough for messages */
        } else {
            buf_put(buf, at, 1);
        }
    }
    buf_put(buf, "\"", 1);
}

void bits_grow(struct bits *bits, uint32_t count) {
    if (count <= bits->count) {
        return;
    }
    uint32_t need = count / 64 + 1;
    if (need > bits->words) {
        uint32_t words = bits->words == 0 ? need : bits->words;
        while (words < need) {
            words *= 2;
        }
        bits->word = sim_realloc(bits->word, words, sizeof(uint64_t));
        memset(bits->word + bits->words, 0, (words - bits->words) * sizeof(uint64_t));
        bits->words = words;
    }
    bits->count = count;
}

void bits_fill(struct bits *bits, uint32_t count) {
    bits_grow(bits, count);
    for (uint32_t i = 0; i < count; i++) {
        (void)bits_add(bits, i);
    }
}

void bits_free(struct bits *bits) {
    free(bits->word);
    *bits = (struct bits){0};
}

bool bits_has(const struct bits *bits, uint32_t at) {
    return at < bits->count && ((bits->word[at / 64] >> (at % 64)) & 1) != 0;
}

bool bits_add(struct bits *bits, uint32_t at) {
    if (at >= bits->count || bits_has(bits, at)) {
        return false;
    }
    bits->word[at / 64] |= UINT64_C(1) << (at % 64);
    bits->set++;
    return true;
}

bool bits_drop(struct bits *bits, uint32_t at) {
    if (!bits_has(bits, at)) {
        return false;
    }
    bits->word[at / 64] &= ~(UINT64_C(1) << (at % 64));
    bits->set--;
    return true;
}

uint32_t bits_next(const struct bits *bits, uint32_t from) {
    if (from >= bits->count) {
        return SIM_NONE;
    }
    uint64_t word = bits->word[from / 64] & (~UINT64_C(0) << (from % 64));
    for (uint32_t w = from / 64;; word = bits->word[w]) {
        if (word != 0) {
            return w * 64 + (uint32_t)__builtin_ctzll(word);
        }
        if (++w >= bits->words) {
            return SIM_NONE;
        }
    }
}

uint32_t bits_prev(const struct bits *bits, uint32_t below) {
    if (below > bits->count) {
        below = bits->count;
    }
    if (below == 0) {
        return SIM_NONE;
    }
    uint32_t last = below - 1;
    uint64_t word = bits->word[last / 64] & (~UINT64_C(0) >> (63 - last % 64));
    for (uint32_t w = last / 64;; word = bits->word[w]) {
        if (word != 0) {
            return w * 64 + 63 - (uint32_t)__builtin_clzll(word);
        }
        if (w-- == 0) {
            return SIM_NONE;
        }
    }
}

uint32_t bits_select(const struct bits *bits, uint32_t nth) {
    for (uint32_t w = 0; w < bits->words; w++) {
        uint64_t word = bits->word[w];
        uint32_t here = (uint32_t)__builtin_popcountll(word);
        if (nth >= here) {
            nth -= here;
            continue;
        }
        for (; nth > 0; nth--) {
            word &= word - 1;
        }
        return w * 64 + (uint32_t)__builtin_ctzll(word);
    }
    return SIM_NONE;
}

static uint32_t name_hash(const char *text, size_t len) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return (uint32_t)(sim_mix(hash) >> 32);
}

const char *names_id(const struct names *names, uint32_t at) {
    return names->text + names->offset[at];
}

const char *names_handle(const struct names *names, uint32_t at) {
    const char *id = names_id(names, at);
    const char *handle = id + strlen(id) + 1;
    return *handle != '\0' ? handle : id;
}

static void names_insert(const struct names *names, uint32_t *table, const char *key, uint32_t at) {
    uint32_t slot = name_hash(key, strlen(key)) & (names->slots - 1);
    while (table[slot] != SIM_NONE) {
        slot = (slot + 1) & (names->slots - 1);
    }
    table[slot] = at;
}

static void names_rehash(struct names *names, uint32_t slots) {
    names->slots = slots;
    names->by_id = sim_realloc(names->by_id, names->slots, sizeof(uint32_t));
    names->by_handle = sim_realloc(names->by_handle, names->slots, sizeof(uint32_t));
    memset(names->by_id, 0xff, names->slots * sizeof(uint32_t));
    memset(names->by_handle, 0xff, names->slots * sizeof(uint32_t));
    for (uint32_t i = 0; i < names->count; i++) {
        names_insert(names, names->by_id, names_id(names, i), i);
        names_insert(names, names->by_handle, names_handle(names, i), i);
    }
}

void names_reserve(struct names *names, uint32_t more) {
    uint32_t slots = names->slots == 0 ? 1024 : names->slots;
    while (slots / 2 < names->count + more + 1) {
        slots *= 2;
    }
    if (slots != names->slots) {
        names_rehash(names, slots);
    }
}

static uint32_t names_lookup(const struct names *names, const uint32_t *table, const char *key,
                             bool handle) {
    if (names->slots == 0) {
        return SIM_NONE;
    }
    uint32_t slot = name_hash(key, strlen(key)) & (names->slots - 1);
    for (; table[slot] != SIM_NONE; slot = (slot + 1) & (names->slots - 1)) {
        uint32_t at = table[slot];
        const char *have = handle ? names_handle(names, at) : names_id(names, at);
        if (strcmp(have, key) == 0) {
            return at;
        }
    }
    return SIM_NONE;
}

uint32_t names_find(const struct names *names, const char *id) {
    return names_lookup(names, names->by_id, id, false);
}

uint32_t names_find_handle(const struct names *names, const char *handle) {
    return names_lookup(names, names->by_handle, handle, true);
}

static void names_text(struct names *names, const char *text, size_t len) {
    memcpy(names->text + names->len, text, len);
    names->text[names->len + len] = '\0';
    names->len += len + 1;
}

uint32_t names_add(struct names *names, const char *id, size_t id_len, const char *handle,
                   size_t handle_len) {
    if (names->len + id_len + handle_len + 2 > names->cap) {
        names->cap = names->cap * 2 + id_len + handle_len + 4096;
        names->text = sim_realloc(names->text, names->cap, 1);
    }
    if (names->count == names->room) {
        names->room = names->room == 0 ? 256 : names->room * 2;
        names->offset = sim_realloc(names->offset, names->room, sizeof(uint32_t));
    }
    if (names->len > UINT32_MAX) {
        sim_die("too many names: over 4 GB of text");
    }
    if (names->count + 1 > names->slots / 2) {
        names_rehash(names, names->slots == 0 ? 1024 : names->slots * 2);
    }
    uint32_t at = names->count++;
    names->offset[at] = (uint32_t)names->len;
    names_text(names, id, id_len);
    names_text(names, handle, handle_len);
    names_insert(names, names->by_id, names_id(names, at), at);
    names_insert(names, names->by_handle, names_handle(names, at), at);
    return at;
}

void names_free(struct names *names) {
    free(names->text);
    free(names->offset);
    free(names->by_id);
    free(names->by_handle);
    *names = (struct names){0};
}

bool names_load(struct names *names, const char *file) {
    FILE *in = fopen(file, "r");
    if (in == NULL) {
        return false;
    }
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t len = getline(&line, &cap, in); len >= 0; len = getline(&line, &cap, in)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        size_t id_len = strcspn(line, "\t");
        const char *handle = line[id_len] == '\t' ? line + id_len + 1 : "";
        line[id_len] = '\0';
        if (names_find(names, line) == SIM_NONE) {
            (void)names_add(names, line, id_len, handle, strlen(handle));
        }
    }
    bool read_all = ferror(in) == 0;
    free(line);
    fclose(in);
    return read_all;
}

uint64_t sim_mix(uint64_t value) {
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static uint64_t clock_ns(clockid_t which) {
    struct timespec now = {0};
    (void)clock_gettime(which, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_mono_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t clock_real_ns(void) {
    return clock_ns(CLOCK_REALTIME);
}

void time_iso(char *out, size_t size, uint64_t real_ns, bool micros) {
    time_t seconds = (time_t)(real_ns / NS_PER_S);
    struct tm tm = {0};
    (void)gmtime_r(&seconds, &tm);
    size_t len = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
    if (micros) {
        (void)snprintf(out + len, size - len, ".%06uZ", (unsigned)(real_ns % NS_PER_S / 1000));
    } else {
        (void)snprintf(out + len, size - len, "Z");
    }
}

bool parse_u64(const char *text, uint64_t *out) {
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    *out = value;
    return errno == 0 && *end == '\0';
}

bool parse_period(const char *text, uint64_t *ns) {
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"", NS_PER_S},       {"ms", NS_PER_MS},      {"s", NS_PER_S},
                 {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}, {"d", 86400 * NS_PER_S}};
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *ns = value * units[i].ns;
            return errno == 0 && value > 0 && value <= UINT64_MAX / 4 / units[i].ns;
        }
    }
    return false;
}

void base64url(struct buf *out, const char *data, size_t len) {
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)(unsigned char)data[i] << 16;
        group |= left > 1 ? (uint32_t)(unsigned char)data[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)(unsigned char)data[i + 2] : 0;
        char quad[4] = {digit[group >> 18], digit[(group >> 12) & 63], digit[(group >> 6) & 63],
                        digit[group & 63]};
        buf_put(out, quad, left > 2 ? 4 : left + 1);
    }
}
