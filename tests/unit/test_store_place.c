/* A store whose files are taken away, put elsewhere, or worked on by processes that do not know of
 * one another: the next transaction says so, and nothing is written. And what LMDB would die of, or
 * hide, when it opens its tables. */
#include "store_world.h"

#include "store/lmdb/page_format.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static void path_in(const struct world *w, const char *name, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%.4000s/%s", w->directory, name);
}

/* Neither a read nor a write begins, and `words` stand in why. */
static void assert_no_transaction(struct world *w, const char *words) {
    struct store_txn *t = NULL;
    for (int writes = 0; writes < 2; writes++) {
        w->err = (struct winnow_error){0};
        assert_int_equal(writes ? store_write(w->store, STORE_ALL, &t, &w->err)
                                : store_read(w->store, &t, &w->err),
                         -1);
        assert_int_equal(w->err.code, WINNOW_STORAGE);
        if (strstr(w->err.text, words) == NULL)
            fail_msg("\"%s\" is not in \"%s\"", words, w->err.text);
    }
}

static void test_directory_moved_and_put_back(void **state) {
    struct world *w = *state;
    char elsewhere[PATH_MAX];
    snprintf(elsewhere, sizeof elsewhere, "%.4000s-moved", w->directory);
    world_campaign(w, "one");
    assert_int_equal(rename(w->directory, elsewhere), 0);
    assert_no_transaction(w, "data.mdb was removed or moved");
    assert_int_equal(rename(elsewhere, w->directory), 0);
    world_campaign(w, "two");
}

static void test_data_replaced(void **state) {
    struct world *w = *state;
    char data[PATH_MAX];
    char kept[PATH_MAX];
    path_in(w, "data.mdb", data);
    path_in(w, "kept", kept);
    world_campaign(w, "one");
    assert_int_equal(rename(data, kept), 0);
    int fd = open(data, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_no_transaction(w, "data.mdb was replaced");
}

/* In a child: open the store, and say how that went. */
static enum winnow_code opened_by_another(const struct world *w) {
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *s = NULL;
        struct winnow_error err = {0};
        _exit(store_open(w->directory, &s, &err) == 0 ? 0 : (int)err.code);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return (enum winnow_code)WEXITSTATUS(status);
}

/* LMDB would make a new lock file, and two processes would write at once. */
static void test_lock_removed_beside_an_open_store(void **state) {
    struct world *w = *state;
    char lock[PATH_MAX];
    path_in(w, "lock.mdb", lock);
    world_campaign(w, "one");
    assert_int_equal(opened_by_another(w), WINNOW_OK);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(opened_by_another(w), WINNOW_STORAGE);
    assert_int_equal(access(lock, F_OK), -1);
    assert_no_transaction(w, "lock.mdb was removed");
    world_close(w);
    assert_int_equal(opened_by_another(w), WINNOW_OK);
    world_open(w);
    world_campaign(w, "two");
}

static void test_lock_replaced(void **state) {
    struct world *w = *state;
    char lock[PATH_MAX];
    char kept[PATH_MAX];
    path_in(w, "lock.mdb", lock);
    path_in(w, "kept", kept);
    world_campaign(w, "one");
    assert_int_equal(rename(lock, kept), 0);
    int fd = open(lock, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_no_transaction(w, "lock.mdb was replaced");
}

/* ---- the same pid in two namespaces ---- */

/* Opens and reads and writes, once it is told to. */
static void use_when_told(const struct world *w, int go_on) {
    struct world own = *w;
    struct store_campaign c;
    struct store_txn *t = NULL;
    char byte;
    own.store = NULL;
    if (read(go_on, &byte, 1) != 1 || store_open(own.directory, &own.store, NULL) != 0)
        _exit(1);
    for (int i = 0; i < 3; i++) {
        if (store_read(own.store, &t, NULL) != 0 || store_campaign_find(t, "one", &c, NULL) != 0)
            _exit(2);
        store_abort(t);
        if (store_write(own.store, STORE_ALL, &t, NULL) != 0)
            _exit(3);
        c.batches++;
        if (store_campaign_put(t, &c, NULL) != 0 || store_commit(t, NULL) != 0)
            _exit(4);
    }
    if (store_check_sound(own.store, NULL) != 0)
        _exit(5);
    store_close(own.store);
    _exit(0);
}

/* LMDB marks a reader's pid by a lock on the byte of that number. A process of another namespace
 * with the same pid holds that byte; here the parent does. */
static void test_pid_taken_by_another_namespace(void **state) {
    struct world *w = *state;
    int ends[2], status;
    char lock[PATH_MAX];
    path_in(w, "lock.mdb", lock);
    world_campaign(w, "one");
    world_close(w);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        use_when_told(w, ends[0]);
    int fd = open(lock, O_RDWR | O_CLOEXEC);
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = child, .l_len = 1};
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETLK, &byte), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(fd);
    close(ends[0]);
    close(ends[1]);
    world_open(w);
    struct store_txn *t = world_read(w);
    struct store_campaign c;
    world_must(w, store_campaign_find(t, "one", &c, &w->err));
    assert_int_equal(c.batches, 3);
    store_abort(t);
}

/* ---- the tree of tables ---- */

struct file {
    unsigned char *bytes;
    size_t size;
};

static struct file read_data(const struct world *w) {
    char path[PATH_MAX];
    struct stat st;
    path_in(w, "data.mdb", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &st), 0);
    struct file f = {malloc((size_t)st.st_size), (size_t)st.st_size};
    assert_non_null(f.bytes);
    assert_int_equal(read(fd, f.bytes, f.size), f.size);
    close(fd);
    return f;
}

static void write_data(const struct world *w, const struct file *f) {
    char path[PATH_MAX];
    path_in(w, "data.mdb", path);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, f->bytes, f->size), f->size);
    close(fd);
}

/* The record of a table in the tree of tables, which is one leaf here. */
static unsigned char *table_record(struct file *f, const char *name) {
    unsigned char *meta = f->bytes + PAGE_HEAD;
    if (page_u64(f->bytes + PAGE + PAGE_HEAD + META_TXN_AT) > page_u64(meta + META_TXN_AT))
        meta = f->bytes + PAGE + PAGE_HEAD;
    unsigned char *leaf = f->bytes + PAGE * page_u64(meta + META_MAIN_AT + TREE_ROOT_AT);
    assert_int_equal(page_u16(leaf + PAGE_FLAGS_AT), PAGE_LEAF);
    size_t nodes = (size_t)(page_u16(leaf + PAGE_LOWER_AT) - PAGE_HEAD) / 2;
    for (size_t i = 0; i < nodes; i++) {
        unsigned char *node = leaf + page_u16(leaf + PAGE_HEAD + 2 * i);
        size_t size = page_u16(node + NODE_KEY_AT);
        if (size == strlen(name) && memcmp(node + NODE_HEAD, name, size) == 0)
            return node + NODE_HEAD + size;
    }
    fail_msg("no table %s", name);
    return NULL;
}

static const char *const every_table[] = {
#define X(id, name) name,
    TABLES(X)
#undef X
};

/* A root past the end of the file was the end of every command, by SIGBUS. */
static void test_roots_that_are_elsewhere(void **state) {
    struct world *w = *state;
    world_campaign(w, "one");
    world_close(w);
    struct file f = read_data(w);
    static const uint64_t wrong[] = {0, 1, 1000000, UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof every_table / sizeof every_table[0]; i++) {
        unsigned char *record = table_record(&f, every_table[i]);
        uint64_t root = page_u64(record + TREE_ROOT_AT);
        for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
            memcpy(record + TREE_ROOT_AT, &wrong[k], sizeof wrong[k]);
            write_data(w, &f);
            struct store *s = NULL;
            w->err = (struct winnow_error){0};
            assert_int_equal(store_open(w->directory, &s, &w->err), -1);
            assert_int_equal(w->err.code, WINNOW_DAMAGED);
        }
        memcpy(record + TREE_ROOT_AT, &root, sizeof root);
    }
    write_data(w, &f);
    free(f.bytes);
    world_open(w);
    assert_int_equal(w->err.code, WINNOW_DAMAGED); /* of the last refusal: this one went well */
}

/* A campaign that damage hides is not "no such campaign". */
static void test_hidden_campaign_is_damage(void **state) {
    struct world *w = *state;
    struct store_campaign c;
    world_campaign(w, "one");
    world_campaign(w, "two");
    struct store_txn *t = world_read(w);
    assert_int_equal(store_campaign_find(t, "three", &c, &w->err), -1);
    assert_int_equal(w->err.code, WINNOW_NOT_FOUND);
    store_abort(t);
    world_close(w);
    struct file f = read_data(w);
    unsigned char *leaf = f.bytes + PAGE * page_u64(table_record(&f, "campaigns") + TREE_ROOT_AT);
    uint16_t lower = (uint16_t)(page_u16(leaf + PAGE_LOWER_AT) - 2); /* one node less */
    memcpy(leaf + PAGE_LOWER_AT, &lower, sizeof lower);
    write_data(w, &f);
    free(f.bytes);
    world_open(w);
    for (int writes = 0; writes < 2; writes++) {
        t = writes ? world_write(w) : world_read(w);
        assert_int_equal(store_campaign_find(t, "two", &c, &w->err), -1);
        assert_int_equal(w->err.code, WINNOW_DAMAGED);
        store_abort(t);
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, world_make, world_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_directory_moved_and_put_back),
        WITH_STORE(test_data_replaced),
        WITH_STORE(test_lock_removed_beside_an_open_store),
        WITH_STORE(test_lock_replaced),
        WITH_STORE(test_pid_taken_by_another_namespace),
        WITH_STORE(test_roots_that_are_elsewhere),
        WITH_STORE(test_hidden_campaign_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
