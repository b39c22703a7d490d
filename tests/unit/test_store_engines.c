/* What engine.h promises, asked of each engine: order, one moment for a reader, all or nothing of a
 * write, what lives how long, bounds; and, where there can be several writes, whose may be beside
 * whose. */
#include "store_engines.h"

#include "store/memory/tree.h"

#include <sys/wait.h>

static const char *const names[] = {"a", "b"};

static struct engine *open_two(struct place_of *p) {
    return place_engine(p, names, 2);
}

static struct engine_txn *begin(struct place_of *p, struct engine *e, bool writes,
                                uint32_t campaign) {
    struct engine_txn *t = NULL;
    place_must(p, e->kind->begin(e, writes, campaign, &t, &p->err));
    return t;
}

static void commit(struct place_of *p, struct engine_txn *t) {
    place_must(p, t->engine->kind->commit(t, &p->err));
}

static void leave(struct engine_txn *t) {
    t->engine->kind->abort(t);
}

static struct engine_bytes bytes(const char *text) {
    return (struct engine_bytes){text, strlen(text)};
}

static void put(struct place_of *p, struct engine_txn *t, unsigned table, struct engine_bytes key,
                struct engine_bytes value) {
    void *room = NULL;
    place_must(p, t->engine->kind->put(t, table, key, value.size, false, &room, &p->err));
    if (value.size > 0)
        memcpy(room, value.at, value.size);
}

static void put_text(struct place_of *p, struct engine_txn *t, const char *key, const char *value) {
    put(p, t, 0, bytes(key), bytes(value));
}

/* NULL value: it is not there. */
static void expect(struct place_of *p, struct engine_txn *t, const char *key, const char *value) {
    struct engine_bytes got;
    int found = t->engine->kind->get(t, 0, bytes(key), &got, &p->err);
    assert_int_equal(found, value != NULL);
    if (value != NULL)
        assert_true(got.size == strlen(value) && memcmp(got.at, value, got.size) == 0);
}

/* ---- order: thousands of changes against a plain array ---- */

#define MODEL_MAX 600

struct pair {
    unsigned char key[ENGINE_KEY_MAX];
    size_t key_size;
    uint32_t value;
};

struct model {
    struct pair *pairs; /* in order */
    size_t count;
};

static uint64_t dice_state;

static uint32_t roll(uint32_t limit) {
    uint64_t z = (dice_state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

/* Few bytes, so that keys begin with one another; now and then as long as can be. */
static struct pair draw_pair(void) {
    static const unsigned char letters[] = {0, 1, 'a', 'b', 255};
    struct pair one = {.key_size = 1 + (roll(50) == 0 ? ENGINE_KEY_MAX - 1 : roll(6)),
                       .value = roll(UINT32_MAX)};
    for (size_t i = 0; i < one.key_size; i++)
        one.key[i] = letters[roll(5)];
    return one;
}

static int order_of(const struct pair *a, const unsigned char *key, size_t size) {
    int order = memcmp(a->key, key, a->key_size < size ? a->key_size : size);
    return order != 0 ? order : (a->key_size > size) - (a->key_size < size);
}

/* Where it is or would be. */
static size_t find(const struct model *m, const unsigned char *key, size_t size) {
    size_t at = 0;
    while (at < m->count && order_of(&m->pairs[at], key, size) < 0)
        at++;
    return at;
}

static bool has(const struct model *m, size_t at, const struct pair *one) {
    return at < m->count && order_of(&m->pairs[at], one->key, one->key_size) == 0;
}

static void model_put(struct model *m, const struct pair *one) {
    size_t at = find(m, one->key, one->key_size);
    if (!has(m, at, one)) {
        memmove(&m->pairs[at + 1], &m->pairs[at], (m->count - at) * sizeof *m->pairs);
        m->count++;
    }
    m->pairs[at] = *one;
}

static void model_cut(struct model *m, size_t at, size_t count) {
    memmove(&m->pairs[at], &m->pairs[at + count], (m->count - at - count) * sizeof *m->pairs);
    m->count -= count;
}

static struct engine_bytes key_of_pair(const struct pair *one) {
    return (struct engine_bytes){one->key, one->key_size};
}

/* From `from` on, all of them in order and no other. */
static void expect_walk(struct place_of *p, struct engine_txn *t, const struct model *m,
                        const struct pair *from) {
    const struct engine_kind *kind = t->engine->kind;
    struct engine_walk *w;
    struct engine_bytes key;
    struct engine_bytes value;
    size_t at = find(m, from->key, from->key_size);
    place_must(p, kind->walk(t, 1, key_of_pair(from), at % 2 == 0, &w, &p->err));
    for (; at < m->count; at++) {
        assert_int_equal(kind->next(w, &key, &value, &p->err), 1);
        assert_int_equal(order_of(&m->pairs[at], key.at, key.size), 0);
        assert_int_equal(value.size, sizeof m->pairs[at].value);
        assert_memory_equal(value.at, &m->pairs[at].value, value.size);
    }
    assert_int_equal(kind->next(w, &key, &value, &p->err), 0);
    kind->leave(w);
}

static void expect_last(struct place_of *p, struct engine_txn *t, const struct model *m) {
    struct engine_bytes key;
    int found = t->engine->kind->last(t, 1, &key, &p->err);
    assert_int_equal(found, m->count > 0);
    if (found == 1)
        assert_int_equal(order_of(&m->pairs[m->count - 1], key.at, key.size), 0);
}

static void change(struct place_of *p, struct engine_txn *t, struct model *m) {
    struct pair one = draw_pair();
    size_t at = find(m, one.key, one.key_size);
    uint32_t what = m->count >= MODEL_MAX - 1 ? 60 : roll(100);
    if (what < 60) {
        put(p, t, 1, key_of_pair(&one), (struct engine_bytes){&one.value, sizeof one.value});
        model_put(m, &one);
    } else if (what < 95) {
        bool there = has(m, at, &one);
        assert_int_equal(t->engine->kind->remove(t, 1, key_of_pair(&one), &p->err), there);
        if (there)
            model_cut(m, at, 1);
    } else {
        size_t end = at;
        one.key_size = one.key_size > 3 ? 3 : one.key_size;
        at = find(m, one.key, one.key_size);
        for (end = at; end < m->count && m->pairs[end].key_size >= one.key_size &&
                       memcmp(m->pairs[end].key, one.key, one.key_size) == 0;
             end++)
            ;
        place_must(p, t->engine->kind->clear(t, 1, key_of_pair(&one), &p->err));
        model_cut(m, at, end - at);
    }
}

static void test_order(void **state) {
    struct place_of *p = *state;
    struct model m = {calloc(MODEL_MAX, sizeof *m.pairs), 0};
    struct model before = {calloc(MODEL_MAX, sizeof *m.pairs), 0};
    const struct pair first = {.key_size = 0};
    assert_true(m.pairs != NULL && before.pairs != NULL);
    dice_state = 5;
    for (int round = 0; round < 120; round++) {
        struct engine *e = open_two(p);
        struct engine_txn *t = begin(p, e, true, STORE_ALL);
        memcpy(before.pairs, m.pairs, m.count * sizeof *m.pairs);
        before.count = m.count;
        for (uint32_t i = roll(60); i > 0; i--)
            change(p, t, &m);
        struct pair from = draw_pair();
        expect_walk(p, t, &m, &from); /* a write sees what it has changed */
        expect_walk(p, t, &m, &first);
        expect_last(p, t, &m);
        if (roll(4) == 0) {
            leave(t); /* and nobody else ever does */
            memcpy(m.pairs, before.pairs, before.count * sizeof *m.pairs);
            m.count = before.count;
        } else {
            commit(p, t);
        }
        t = begin(p, e, false, 0);
        expect_walk(p, t, &m, &from);
        expect_last(p, t, &m);
        leave(t);
        e->kind->close(e);
    }
    struct engine *e = open_two(p);
    struct engine_txn *t = begin(p, e, true, STORE_ALL);
    place_must(p, e->kind->clear(t, 1, bytes(""), &p->err)); /* all of it */
    m.count = 0;
    expect_walk(p, t, &m, &first);
    commit(p, t);
    e->kind->close(e);
    free(m.pairs);
    free(before.pairs);
}

/* ---- appends among other changes: the end of a table moves by either ---- */

#define NUMBERS      40000u
#define NUMBER_VALUE 150 /* some 24 a page, so that pages split all the time */

struct numbers {
    uint32_t values[NUMBERS]; /* 0: it is not there */
    uint32_t next;            /* after all that were ever there */
};

static struct engine_bytes number_bytes(unsigned char room[4], uint32_t number) {
    put_be(room, number, 4);
    return (struct engine_bytes){room, 4};
}

static void put_number(struct place_of *p, struct engine_txn *t, struct numbers *m, uint32_t number,
                       bool last) {
    unsigned char room[4];
    void *value = NULL;
    m->values[number] = 1 + roll(1000000);
    place_must(p, t->engine->kind->put(t, 0, number_bytes(room, number), NUMBER_VALUE, last, &value,
                                       &p->err));
    memset(value, 7, NUMBER_VALUE);
    memcpy(value, &m->values[number], 4);
}

static void remove_number(struct place_of *p, struct engine_txn *t, struct numbers *m,
                          uint32_t number) {
    unsigned char room[4];
    int there = t->engine->kind->remove(t, 0, number_bytes(room, number), &p->err);
    assert_int_equal(there, m->values[number] != 0);
    m->values[number] = 0;
}

/* Those that share the newest one's first three bytes. */
static void clear_newest(struct place_of *p, struct engine_txn *t, struct numbers *m) {
    unsigned char room[4];
    struct engine_bytes prefix = number_bytes(room, m->next - 1);
    prefix.size = 3;
    place_must(p, t->engine->kind->clear(t, 0, prefix, &p->err));
    for (uint32_t n = (m->next - 1) / 256 * 256; n < m->next; n++)
        m->values[n] = 0;
}

static void change_numbers(struct place_of *p, struct engine_txn *t, struct numbers *m) {
    uint32_t what = roll(200);
    if (what == 0)
        clear_newest(p, t, m);
    else if (what < 5) /* an old one, there or not */
        put_number(p, t, m, roll(m->next), false);
    else if (what < 8)
        for (uint32_t n = m->next; n > 0 && n + roll(60) > m->next; n--)
            remove_number(p, t, m, n - 1);
    else if (what < 11) /* new last ones, of which nobody says so */
        for (uint32_t more = roll(60); more > 0 && m->next < NUMBERS; more--)
            put_number(p, t, m, m->next++, false);
    for (uint32_t more = roll(20); more > 0 && m->next < NUMBERS; more--)
        put_number(p, t, m, m->next++, true);
}

static void expect_numbers(struct place_of *p, struct engine_txn *t, const struct numbers *m) {
    const struct engine_kind *kind = t->engine->kind;
    struct engine_walk *w;
    struct engine_bytes key;
    struct engine_bytes value;
    place_must(p, kind->walk(t, 0, bytes(""), false, &w, &p->err));
    for (uint32_t n = 0; n < m->next; n++) {
        if (m->values[n] == 0)
            continue;
        assert_int_equal(kind->next(w, &key, &value, &p->err), 1);
        assert_int_equal(get_be(key.at, 4), n);
        assert_int_equal(value.size, NUMBER_VALUE);
        assert_memory_equal(value.at, &m->values[n], 4);
    }
    assert_int_equal(kind->next(w, &key, &value, &p->err), 0);
    kind->leave(w);
}

static void test_appends_among_other_changes(void **state) {
    struct place_of *p = *state;
    struct numbers *m = calloc(1, sizeof *m);
    struct engine *e = open_two(p);
    assert_non_null(m);
    dice_state = 9;
    while (m->next < NUMBERS) {
        struct engine_txn *t = begin(p, e, true, STORE_ALL);
        put_number(p, t, m, m->next++, true);
        for (uint32_t i = roll(1000); i > 0; i--)
            change_numbers(p, t, m);
        expect_numbers(p, t, m);
        commit(p, t);
    }
    struct engine_txn *t = begin(p, e, false, 0);
    expect_numbers(p, t, m);
    leave(t);
    e->kind->close(e);
    free(m);
}

/* ---- moments ---- */

static void test_a_reader_sees_one_moment(void **state) {
    struct place_of *p = *state;
    struct engine *e = open_two(p);
    struct engine_bytes held;
    struct engine_txn *t = begin(p, e, true, STORE_ALL);
    put_text(p, t, "k", "one");
    commit(p, t);
    struct engine_txn *reader = begin(p, e, false, 0);
    assert_int_equal(e->kind->get(reader, 0, bytes("k"), &held, &p->err), 1);
    for (int i = 0; i < 50; i++) {
        t = begin(p, e, true, STORE_ALL);
        put_text(p, t, "k", i % 2 == 0 ? "two" : "six");
        put_text(p, t, "new", "x");
        expect(p, reader, "k", "one");
        expect(p, reader, "new", NULL);
        commit(p, t);
        expect(p, reader, "k", "one");
        assert_memory_equal(held.at, "one", 3); /* and what it was given stays */
    }
    struct engine_txn *later = begin(p, e, false, 0);
    expect(p, later, "k", "six");
    t = begin(p, e, true, STORE_ALL);
    assert_int_equal(e->kind->remove(t, 0, bytes("k"), &p->err), 1);
    expect(p, t, "k", NULL);
    expect(p, later, "k", "six");
    leave(t);
    expect(p, reader, "k", "one");
    leave(later);
    leave(reader);
    e->kind->close(e);
}

static void test_a_walk_sees_its_moment(void **state) {
    struct place_of *p = *state;
    struct engine *e = open_two(p);
    struct engine_walk *w;
    struct engine_bytes key;
    struct engine_bytes value;
    struct engine_txn *t = begin(p, e, true, STORE_ALL);
    put_text(p, t, "a", "1");
    put_text(p, t, "c", "1");
    commit(p, t);
    struct engine_txn *reader = begin(p, e, false, 0);
    place_must(p, e->kind->walk(reader, 0, bytes("a"), false, &w, &p->err));
    assert_int_equal(e->kind->next(w, &key, &value, &p->err), 1);
    t = begin(p, e, true, STORE_ALL);
    put_text(p, t, "b", "2");
    assert_int_equal(e->kind->remove(t, 0, bytes("c"), &p->err), 1);
    commit(p, t);
    assert_int_equal(e->kind->next(w, &key, &value, &p->err), 1);
    assert_memory_equal(key.at, "c", 1);
    assert_int_equal(e->kind->next(w, &key, &value, &p->err), 0);
    e->kind->leave(w);
    leave(reader);
    e->kind->close(e);
}

static void test_it_is_there_when_opened_again(void **state) {
    struct place_of *p = *state;
    struct engine *e = open_two(p);
    assert_true(e->lacks_tables);
    struct engine_txn *t = begin(p, e, true, STORE_ALL);
    put_text(p, t, "k", "one");
    commit(p, t);
    assert_false(e->lacks_tables);
    t = begin(p, e, true, STORE_ALL);
    put_text(p, t, "k", "two");
    leave(t);
    e->kind->close(e);
    e = open_two(p);
    assert_false(e->lacks_tables);
    t = begin(p, e, false, 0);
    expect(p, t, "k", "one");
    leave(t);
    e->kind->close(e);
}

/* What a write is given lives until its next change: through any number of reads. */
static void test_what_a_write_is_given(void **state) {
    struct place_of *p = *state;
    struct engine *e = open_two(p);
    struct engine_bytes held;
    struct engine_bytes other;
    struct engine_txn *t = begin(p, e, true, STORE_ALL);
    char key[16];
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "%d", i);
        put_text(p, t, key, key);
    }
    assert_int_equal(e->kind->get(t, 0, bytes("250"), &held, &p->err), 1);
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(e->kind->get(t, 0, bytes(key), &other, &p->err), 1);
    }
    assert_memory_equal(held.at, "250", 3);
    commit(p, t);
    e->kind->close(e);
}

/* ---- bounds ---- */

static void test_sizes(void **state) {
    struct place_of *p = *state;
    struct engine *e = open_two(p);
    static char longest[ENGINE_KEY_MAX + 1];
    static char big[1 << 20];
    struct engine_bytes got;
    void *room;
    memset(longest, 'k', sizeof longest);
    memset(big, 'v', sizeof big);
    struct engine_txn *t = begin(p, e, true, STORE_ALL);
    put(p, t, 0, (struct engine_bytes){longest, ENGINE_KEY_MAX}, bytes(""));
    put(p, t, 0, bytes("big"), (struct engine_bytes){big, sizeof big});
    commit(p, t);
    t = begin(p, e, false, 0);
    struct engine_bytes key = {longest, ENGINE_KEY_MAX};
    assert_int_equal(e->kind->get(t, 0, key, &got, &p->err), 1);
    assert_int_equal(got.size, 0);
    assert_int_equal(e->kind->get(t, 0, bytes("big"), &got, &p->err), 1);
    assert_true(got.size == sizeof big && memcmp(got.at, big, sizeof big) == 0);
    leave(t);
    for (int k = 0; k < 2; k++) {
        t = begin(p, e, true, STORE_ALL);
        key = (struct engine_bytes){longest, k == 0 ? 0 : sizeof longest};
        assert_int_equal(e->kind->put(t, 0, key, 1, false, &room, &p->err), -1);
        assert_int_equal(p->err.code, WINNOW_STORAGE);
        leave(t);
    }
    e->kind->close(e);
}

static void make_small(struct place_of *p, struct engine *e) {
    if (p->in_memory)
        memory_limit(p->memory, 1 << 20);
    else
        assert_int_equal(mdb_env_set_mapsize(((struct lmdb *)e)->env, 1 << 20), 0);
}

/* A write that has no room fails, and leaves what was there. */
static void test_full(void **state) {
    struct place_of *p = *state;
    struct engine *e = open_two(p);
    static const char value[4000];
    char key[16];
    void *room;
    int result = 0;
    struct engine_txn *t = begin(p, e, true, STORE_ALL);
    put_text(p, t, "k", "one");
    commit(p, t);
    make_small(p, e);
    t = begin(p, e, true, STORE_ALL);
    put_text(p, t, "k", "two");
    for (int i = 0; i < 1000 && result == 0; i++) {
        snprintf(key, sizeof key, "%d", i);
        result = e->kind->put(t, 0, bytes(key), sizeof value, false, &room, &p->err);
    }
    assert_int_equal(result, -1);
    assert_int_equal(p->err.code, WINNOW_STORAGE);
    leave(t);
    t = begin(p, e, false, 0);
    expect(p, t, "k", "one");
    expect(p, t, "0", NULL);
    leave(t);
    e->kind->close(e);
}

/* ---- several writes ---- */

/* LMDB has one, and lets the other wait: what it then sees is what the first has committed. */
static void test_lmdb_writes_wait(void **state) {
    struct place_of *p = *state;
    int go[2];
    int status;
    char byte;
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) { /* an environment is no process's but its own */
        struct engine *e;
        struct engine_txn *t;
        struct engine_bytes got;
        bool ok = read(go[0], &byte, 1) == 1 && place_try(p, names, 2, &e) == 0 &&
                  e->kind->begin(e, true, 2, &t, &p->err) == 0 &&
                  e->kind->get(t, 0, bytes("k"), &got, &p->err) == 1 &&
                  memcmp(got.at, "two", 3) == 0;
        _exit(ok ? 0 : 1);
    }
    struct engine *e = open_two(p);
    struct engine_txn *t = begin(p, e, true, STORE_ALL);
    put_text(p, t, "k", "one");
    commit(p, t);
    t = begin(p, e, true, 1);
    assert_int_equal(write(go[1], "g", 1), 1);
    for (int i = 0; i < 2000; i++)
        put_text(p, t, "k", "one");
    put_text(p, t, "k", "two");
    commit(p, t);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    e->kind->close(e);
    close(go[0]);
    close(go[1]);
}

static struct engine_bytes keyed(unsigned char room[8], uint32_t campaign, const char *name) {
    put_be(room, campaign, 4);
    memcpy(room + 4, name, strlen(name));
    return (struct engine_bytes){room, 4 + strlen(name)};
}

static void assert_busy(struct place_of *p, int result) {
    assert_int_equal(result, -1);
    assert_int_equal(p->err.code, WINNOW_BUSY);
}

/* In memory there is one a campaign. */
static void test_memory_writes_side_by_side(void **state) {
    struct place_of *p = *state;
    struct engine *e = open_two(p);
    struct engine_txn *other;
    struct engine_bytes got;
    unsigned char room[8];
    struct engine_txn *one = begin(p, e, true, 1);
    struct engine_txn *two = begin(p, e, true, 2);
    assert_busy(p, e->kind->begin(e, true, 1, &other, &p->err));
    assert_busy(p, e->kind->begin(e, true, STORE_ALL, &other, &p->err));
    put(p, one, 0, keyed(room, 1, "k"), bytes("one"));
    put(p, two, 0, keyed(room, 2, "k"), bytes("two"));
    put(p, two, 0, keyed(room, 2, "l"), bytes("two"));
    commit(p, two);
    assert_int_equal(e->kind->get(one, 0, keyed(room, 2, "k"), &got, &p->err), 0);
    commit(p, one); /* on top of what it has not seen */
    struct engine_txn *all = begin(p, e, true, STORE_ALL);
    assert_busy(p, e->kind->begin(e, true, 3, &other, &p->err));
    assert_int_equal(e->kind->get(all, 0, keyed(room, 1, "k"), &got, &p->err), 1);
    assert_memory_equal(got.at, "one", 3);
    assert_int_equal(e->kind->get(all, 0, keyed(room, 2, "l"), &got, &p->err), 1);
    leave(all);
    e->kind->close(e);
}

/* A key of campaign 0 is one write's alone from its first look on. */
static void test_memory_shared_keys(void **state) {
    struct place_of *p = *state;
    struct engine *e = open_two(p);
    struct engine_bytes got;
    unsigned char room[8];
    void *to;
    struct engine_txn *one = begin(p, e, true, 1);
    struct engine_txn *two = begin(p, e, true, 2);
    assert_int_equal(e->kind->get(one, 0, keyed(room, 0, "k"), &got, &p->err), 0);
    assert_busy(p, e->kind->put(two, 0, keyed(room, 0, "k"), 1, false, &to, &p->err));
    assert_busy(p, e->kind->get(two, 0, keyed(room, 0, "k"), &got, &p->err));
    put(p, two, 0, keyed(room, 0, "l"), bytes("two"));
    assert_busy(p, e->kind->remove(one, 0, keyed(room, 0, "l"), &p->err));
    struct engine_txn *reader = begin(p, e, false, 0); /* whoever only reads waits for nobody */
    assert_int_equal(e->kind->get(reader, 0, keyed(room, 0, "l"), &got, &p->err), 0);
    leave(reader);
    leave(one);
    assert_int_equal(e->kind->get(two, 0, keyed(room, 0, "k"), &got, &p->err), 0);
    commit(p, two);
    one = begin(p, e, true, 1);
    two = begin(p, e, true, 2);
    put(p, two, 0, keyed(room, 0, "l"), bytes("six"));
    put(p, two, 0, keyed(room, 0, "m"), bytes("new"));
    commit(p, two);
    /* as they were last committed, though one began before */
    assert_int_equal(e->kind->get(one, 0, keyed(room, 0, "l"), &got, &p->err), 1);
    assert_memory_equal(got.at, "six", 3);
    assert_int_equal(e->kind->remove(one, 0, keyed(room, 0, "m"), &p->err), 1);
    put(p, one, 0, keyed(room, 0, "l"), bytes("ten"));
    commit(p, one);
    reader = begin(p, e, false, 0);
    assert_int_equal(e->kind->get(reader, 0, keyed(room, 0, "l"), &got, &p->err), 1);
    assert_memory_equal(got.at, "ten", 3);
    assert_int_equal(e->kind->get(reader, 0, keyed(room, 0, "m"), &got, &p->err), 0);
    leave(reader);
    e->kind->close(e);
}

/* Keys that come in order, from either side, and go from one, are what bends a tree. */
static void test_memory_tree_stays_low(void **state) {
    unsigned char key[4];
    const struct engine_bytes k = {key, 4};
    size_t old;
    (void)state;
    for (int falls = 0; falls < 2; falls++) {
        struct tree *root = NULL;
        for (uint32_t i = 0; i < 40000; i++) {
            put_be(key, falls ? 40000 - i : i, 4);
            struct tree_item *item = tree_item_new(k, 0);
            assert_true(item != NULL && tree_put(&root, item, &old) && old == 0);
            tree_item_release(item);
        }
        assert_true(root->height <= 23); /* 1.44 log2(40000) */
        for (uint32_t i = 0; i < 39900; i++) {
            put_be(key, falls ? 40000 - i : i, 4);
            assert_int_equal(tree_remove(&root, k, &old), 1);
            assert_int_equal(old, 4);
        }
        assert_true(root->height <= 10);
        tree_release(root);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_EACH(test_order),
        ON_EACH(test_appends_among_other_changes),
        ON_EACH(test_a_reader_sees_one_moment),
        ON_EACH(test_a_walk_sees_its_moment),
        ON_EACH(test_it_is_there_when_opened_again),
        ON_EACH(test_what_a_write_is_given),
        ON_EACH(test_sizes),
        ON_EACH(test_full),
        {"test_lmdb_writes_wait", test_lmdb_writes_wait, place_make_lmdb, place_remove, NULL},
        {"test_memory_writes_side_by_side", test_memory_writes_side_by_side, place_make_memory,
         place_remove, NULL},
        cmocka_unit_test(test_memory_tree_stays_low),
        {"test_memory_shared_keys", test_memory_shared_keys, place_make_memory, place_remove, NULL},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
