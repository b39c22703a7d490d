/* The lock of a worker: its holder is named, and it goes when the holder goes, however that is.
 * Other processes are children; they talk through pipes, so nothing here waits for a time. */
#include "cmocka_all.h"

#include "io/files/process_lock.h"
#include "io_folder.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that holds the lock until it is told to go on or killed. */
struct holder {
    pid_t pid;
    int ready, go_on;
};

static void hold(const char *path, int ready, int go_on) {
    struct process_lock lock;
    char byte;
    if (process_lock_take(path, &lock, NULL) != 0 || write(ready, "x", 1) != 1)
        _exit(1);
    if (read(go_on, &byte, 1) != 1)
        _exit(2);
    process_lock_release(&lock);
    if (write(ready, "x", 1) != 1 || read(go_on, &byte, 1) != 1)
        _exit(3);
    _exit(0);
}

static void expect_byte(int fd) {
    char byte;
    assert_int_equal(read(fd, &byte, 1), 1);
}

static struct holder start_holder(const char *path) {
    int ready[2], go_on[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(pipe2(go_on, O_CLOEXEC), 0);
    struct holder h = {.pid = fork(), .ready = ready[0], .go_on = go_on[1]};
    if (h.pid == 0)
        hold(path, ready[1], go_on[0]);
    close(ready[1]);
    close(go_on[0]);
    expect_byte(h.ready);
    return h;
}

static void end_holder(struct holder *h) {
    int status;
    assert_int_equal(waitpid(h->pid, &status, 0), h->pid);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    close(h->ready);
    close(h->go_on);
}

static int64_t holder_of(const char *path) {
    struct process_holder holder;
    struct winnow_error err;
    if (process_lock_holder(path, &holder, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(holder.held, holder.pid != 0);
    return holder.pid;
}

/* Who holds it as another process sees it; `apart`: from a PID namespace of its own. False: such a
 * namespace is not to be had here. */
static bool seen_by_another(const char *path, bool apart, struct process_holder *out) {
    int ends[2], status;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        struct process_holder seen;
        if (apart && unshare(CLONE_NEWPID) != 0)
            _exit(2);
        pid_t inside = apart ? fork() : 0;
        if (inside > 0)
            _exit(waitpid(inside, &status, 0) == inside ? WEXITSTATUS(status) : 1);
        bool whole = process_lock_holder(path, &seen, NULL) == 0 &&
                     write(ends[1], &seen, sizeof seen) == sizeof seen;
        _exit(whole ? 0 : 1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], out, sizeof *out);
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ends[0]);
    if (apart && WEXITSTATUS(status) == 2)
        return false;
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(got, sizeof *out);
    return true;
}

static int64_t holder_seen_by_another(const char *path) {
    struct process_holder seen;
    assert_true(seen_by_another(path, false, &seen));
    return seen.pid;
}

static void assert_busy(const char *path, pid_t holder) {
    struct process_lock lock = {7};
    struct winnow_error err = {0};
    char number[32];
    assert_int_equal(process_lock_take(path, &lock, &err), -1);
    assert_int_equal(err.code, WINNOW_BUSY);
    assert_int_equal(lock.fd, -1);
    snprintf(number, sizeof number, "%ld", (long)holder);
    assert_non_null(strstr(err.text, number));
}

static void test_taken_and_released(void **state) {
    struct folder_path path = in_folder(state, "run.lock");
    struct process_lock lock;
    struct stat st;
    assert_int_equal(holder_of(path.text), 0); /* no file yet */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
        assert_true(lock.fd >= 0);
        assert_int_equal(holder_seen_by_another(path.text), getpid());
        process_lock_release(&lock);
        assert_int_equal(lock.fd, -1);
        assert_int_equal(holder_seen_by_another(path.text), 0);
    }
    process_lock_release(&lock);
    assert_int_equal(stat(path.text, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_the_holder_is_named(void **state) {
    struct folder_path path = in_folder(state, "run.lock");
    struct holder h = start_holder(path.text);
    assert_int_equal(holder_of(path.text), h.pid);
    assert_busy(path.text, h.pid);
    assert_busy(path.text, h.pid); /* asking took nothing from it */
    assert_int_equal(holder_of(path.text), h.pid);
    kill(h.pid, SIGKILL);
    end_holder(&h);
}

static void test_killed_and_free(void **state) {
    struct folder_path path = in_folder(state, "run.lock");
    struct process_lock lock;
    struct holder h = start_holder(path.text);
    kill(h.pid, SIGKILL);
    end_holder(&h);
    assert_int_equal(holder_of(path.text), 0);
    assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
    process_lock_release(&lock);
}

static void test_released_and_free(void **state) {
    struct folder_path path = in_folder(state, "run.lock");
    struct process_lock lock;
    struct holder h = start_holder(path.text);
    assert_int_equal(write(h.go_on, "x", 1), 1);
    expect_byte(h.ready); /* released, and still alive */
    assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
    process_lock_release(&lock);
    assert_int_equal(write(h.go_on, "x", 1), 1);
    end_holder(&h);
}

/* POSIX drops the lock with any descriptor of the file that the process closes: asking for the
 * holder, or taking again, must not be such a close. */
static void test_asking_does_not_lose_it(void **state) {
    struct folder_path path = in_folder(state, "run.lock");
    struct process_lock lock;
    assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
    assert_int_equal(holder_of(path.text), 0); /* no other process */
    assert_int_equal(holder_seen_by_another(path.text), getpid());
    assert_busy(path.text, getpid());
    assert_int_equal(holder_seen_by_another(path.text), getpid());
    process_lock_release(&lock);
}

static void test_two_campaigns(void **state) {
    struct folder_path path = in_folder(state, "a.lock"), other = in_folder(state, "b.lock");
    struct process_lock lock, second;
    assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
    assert_int_equal(process_lock_take(other.text, &second, NULL), 0);
    process_lock_release(&second);
    assert_int_equal(holder_seen_by_another(path.text), getpid());
    process_lock_release(&lock);
}

static void test_no_link_and_no_folder(void **state) {
    struct folder_path path = in_folder(state, "run.lock"), other = in_folder(state, "other");
    struct folder_path nowhere = in_folder(state, "other/a/run.lock");
    struct process_lock lock;
    struct winnow_error err = {0};
    assert_int_equal(symlink(other.text, path.text), 0);
    assert_int_equal(process_lock_take(path.text, &lock, &err), -1);
    assert_int_equal(err.code, WINNOW_STORAGE);
    assert_int_equal(lock.fd, -1);
    assert_int_equal(access(other.text, F_OK), -1);
    assert_int_equal(process_lock_take(nowhere.text, &lock, &err), -1);
    assert_int_equal(err.code, WINNOW_STORAGE);
}

/* Two containers on one volume: the kernel names no pid of a holder in another namespace. */
static void test_held_in_another_namespace(void **state) {
    struct folder_path path = in_folder(state, "run.lock");
    struct process_lock lock;
    struct process_holder seen;
    char name[PROCESS_NAME_MAX];
    assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
    if (!seen_by_another(path.text, true, &seen)) {
        process_lock_release(&lock);
        skip();
    }
    assert_true(seen.held);
    assert_int_equal(seen.pid, 0);
    process_holder_name(seen, name);
    assert_string_equal(name, "a process in another container");
    process_lock_release(&lock);
}

/* Said where the store takes nothing any more; gone when the next one begins. */
static void test_last_word(void **state) {
    struct folder_path path = in_folder(state, "run.lock");
    struct process_lock lock;
    struct stat file;
    char word[PROCESS_WORD_MAX], longest[2 * PROCESS_WORD_MAX];
    process_lock_said(path.text, word);
    assert_string_equal(word, "");
    assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
    assert_int_equal(stat(path.text, &file), 0);
    assert_int_equal(file.st_size, PROCESS_WORD_MAX); /* so that it needs no room later */
    process_lock_say(&lock, "the disk is full");
    process_lock_release(&lock);
    process_lock_said(path.text, word);
    assert_string_equal(word, "the disk is full");
    assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    process_lock_say(&lock, longest);
    process_lock_release(&lock);
    process_lock_said(path.text, word);
    assert_int_equal(strlen(word), PROCESS_WORD_MAX - 1);
    assert_int_equal(process_lock_take(path.text, &lock, NULL), 0);
    process_lock_release(&lock);
    process_lock_said(path.text, word);
    assert_string_equal(word, "");
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_DISK(test_taken_and_released),
        ON_DISK(test_the_holder_is_named),
        ON_DISK(test_killed_and_free),
        ON_DISK(test_released_and_free),
        ON_DISK(test_asking_does_not_lose_it),
        ON_DISK(test_two_campaigns),
        ON_DISK(test_no_link_and_no_folder),
        ON_DISK(test_held_in_another_namespace),
        ON_DISK(test_last_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
