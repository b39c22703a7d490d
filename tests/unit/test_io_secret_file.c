/* Credential files: modes, links, sizes, cut writes, and the lock between two processes. */
#include "cmocka_all.h"

#include "io/files/secret_file.h"
#include "scratch_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[PATH_MAX], path[PATH_MAX + 32];

static int set_up(void **state) {
    (void)state;
    scratch_make(scratch);
    snprintf(path, sizeof path, "%s/secrets/token", scratch);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(scratch);
    return 0;
}

static void write_ok(const char *text) {
    struct winnow_error err = {0};
    if (secret_file_write(path, text, strlen(text), &err) != 0)
        fail_msg("%s", err.text);
}

static void read_fails(enum winnow_code code, const char *says) {
    char text[256];
    size_t size;
    struct winnow_error err = {0};
    assert_int_equal(secret_file_read(path, text, sizeof text, &size, &err), -1);
    assert_int_equal(err.code, code);
    if (strstr(err.text, says) == NULL)
        fail_msg("%s", err.text);
}

static void assert_reads(const char *expected) {
    char text[256];
    size_t size;
    struct winnow_error err = {0};
    if (secret_file_read(path, text, sizeof text, &size, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected));
}

static mode_t mode_of(const char *name) {
    struct stat st;
    assert_int_equal(lstat(name, &st), 0);
    return st.st_mode & 07777;
}

/* Files in the directory of the credential. */
static unsigned files(void) {
    char directory[PATH_MAX + 32];
    unsigned count = 0;
    snprintf(directory, sizeof directory, "%s/secrets", scratch);
    DIR *all = opendir(directory);
    assert_non_null(all);
    for (struct dirent *e = readdir(all); e != NULL; e = readdir(all))
        count += e->d_name[0] != '.';
    closedir(all);
    return count;
}

static void test_write_and_read(void **state) {
    char directory[PATH_MAX + 32];
    mode_t mask = umask(0);
    (void)state;
    write_ok("first");
    assert_reads("first");
    write_ok("");
    assert_reads("");
    write_ok("second");
    umask(mask);
    assert_reads("second");
    snprintf(directory, sizeof directory, "%s/secrets", scratch);
    assert_int_equal(mode_of(directory), 0700);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(files(), 1); /* nothing left beside it */
}

static void test_open_to_others(void **state) {
    static const mode_t modes[] = {0640, 0604, 0660, 0644, 0601};
    (void)state;
    write_ok("x");
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        chmod(path, modes[i]);
        read_fails(WINNOW_CREDENTIAL, "chmod 600");
    }
    chmod(path, 0400);
    assert_reads("x");
}

static void test_directory_open_to_others(void **state) {
    char directory[PATH_MAX + 32];
    struct winnow_error err = {0};
    (void)state;
    write_ok("x");
    snprintf(directory, sizeof directory, "%s/secrets", scratch);
    chmod(directory, 0770);
    assert_int_equal(secret_file_write(path, "y", 1, &err), -1);
    assert_non_null(strstr(err.text, "chmod 700"));
    chmod(directory, 0700);
    assert_reads("x");
}

static void test_not_a_file(void **state) {
    char target[PATH_MAX + 32];
    (void)state;
    read_fails(WINNOW_CREDENTIAL, "winnow login");
    write_ok("x");
    snprintf(target, sizeof target, "%s/elsewhere", scratch);
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    read_fails(WINNOW_CREDENTIAL, "symbolic link");
    write_ok("y"); /* replaces the link, not what it leads to */
    assert_int_equal(mode_of(path), 0600);
    assert_reads("y");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    read_fails(WINNOW_CREDENTIAL, "no regular file"); /* and does not wait for a writer */
    unlink(path);
    mkdir(path, 0700);
    read_fails(WINNOW_CREDENTIAL, "no regular file");
}

static void test_sizes(void **state) {
    static char big[SECRET_FILE_MAX + 1], back[SECRET_FILE_MAX + 2];
    struct winnow_error err = {0};
    size_t size;
    (void)state;
    memset(big, 's', sizeof big);
    assert_int_equal(secret_file_write(path, big, sizeof big, &err), -1);
    assert_int_equal(secret_file_write(path, big, SECRET_FILE_MAX, &err), 0);
    assert_int_equal(secret_file_read(path, back, sizeof back, &size, &err), 0);
    assert_int_equal(size, SECRET_FILE_MAX);
    assert_int_equal(truncate(path, SECRET_FILE_MAX + 1), 0);
    read_fails(WINNOW_CREDENTIAL, "too large");
    write_ok("12345678");
    assert_int_equal(secret_file_read(path, back, 8, &size, &err), -1);
    assert_int_equal(secret_file_read(path, back, 9, &size, &err), 0);
}

/* The disk is full in the middle: the old file stays, and nothing beside it. */
static void test_cut_write(void **state) {
    static char big[4096];
    struct winnow_error err = {0};
    struct rlimit before, small = {1000, 1000};
    (void)state;
    write_ok("old");
    memset(big, 's', sizeof big);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    int result = secret_file_write(path, big, sizeof big, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(result, -1);
    assert_int_equal(err.code, WINNOW_STORAGE);
    assert_null(strstr(err.text, "sss"));
    assert_reads("old");
    assert_int_equal(files(), 1);
}

/* What a killed writer left is in nobody's way, even under this process's name. */
static void test_left_over(void **state) {
    char left[PATH_MAX + 64];
    (void)state;
    write_ok("old");
    snprintf(left, sizeof left, "%s~new-%ld", path, (long)getpid());
    int fd = open(left, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, "half", 4), 4);
    close(fd);
    write_ok("new");
    assert_reads("new");
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(files(), 1);
}

/* Two processes add one to a number under the lock; no addition is lost. */
static void add_one(int times) {
    for (int i = 0; i < times; i++) {
        char text[32];
        size_t size;
        struct secret_lock lock;
        if (secret_file_lock(path, SECRET_LOCK_WAIT_MS, &lock, NULL) != 0 ||
            secret_file_read(path, text, sizeof text, &size, NULL) != 0)
            _exit(1);
        snprintf(text, sizeof text, "%ld", strtol(text, NULL, 10) + 1);
        if (secret_file_write(path, text, strlen(text), NULL) != 0)
            _exit(1);
        secret_file_unlock(&lock);
    }
}

static void test_lock(void **state) {
    int status = -1;
    (void)state;
    write_ok("0");
    pid_t child = fork();
    if (child == 0) {
        add_one(15);
        _exit(0);
    }
    add_one(15);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_reads("30");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_and_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open_to_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_directory_open_to_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lock, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
