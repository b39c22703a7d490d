/* An answer that goes into a file as it comes: what is larger than the memory's cap arrives whole,
 * its own cap holds whether the size is told or not, other statuses come as always, and an answer
 * that ends early, stalls or cannot be written is none. The file has no name and is its owner's
 * alone. */
#include "http_world.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "io/files/scratch_file.h"
#include "temp_directory.h"

#define BLOCK  ((size_t)64 * 1024)
#define BLOCKS 144 /* 9 MiB: more than HTTP_RESPONSE_MAX */

enum what { WHOLE, LENGTH_TOO_LARGE, GROWS_TOO_LARGE, NOT_THERE, CUT, NOTHING, STALLED };

static enum raw_then say(struct raw_server *s, struct raw_peer *p, const char *request) {
    static char block[BLOCK];
    char head[128];
    enum what what = *(enum what *)s->context;
    (void)request;
    memset(block, 'x', sizeof block);
    if (what == NOT_THERE) {
        raw_text(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nno!!!");
        return RAW_CLOSE;
    }
    if (what == GROWS_TOO_LARGE)
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n\r\n");
    else
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                 what == NOTHING ? 0 : BLOCK * BLOCKS);
    raw_text(p, head);
    if (what == STALLED)
        return RAW_KEEP; /* and nothing more */
    for (int i = 0; i < BLOCKS / (what == CUT ? 2 : 1) && what != NOTHING; i++)
        raw_send(p, block, sizeof block);
    return RAW_CLOSE;
}

static int scratch(char directory[PATH_MAX]) {
    struct winnow_error err = {0};
    int fd;
    temp_directory_make(directory);
    if (scratch_file_open(directory, &fd, &err) != 0)
        fail_msg("%s", err.text);
    return fd;
}

static void send_into(struct world *w, struct http_file *file) {
    struct http_request request;
    struct winnow_error err = {0};
    http_request_init(&request);
    buffer_add_text(&request.target, "/file");
    request.file = file;
    int result = http_client_send(w->client, 1, &request, NULL, world_done, w, &err);
    http_request_free(&request);
    if (result != 0)
        fail_msg("%s", err.text);
    world_run(w);
}

static uint64_t seen;

static void note(void *context, uint64_t size) {
    (void)context;
    assert_true(size > seen);
    seen = size;
}

static uint64_t size_of(int fd) {
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return (uint64_t)st.st_size;
}

static void test_answers(void **state) {
    static const struct {
        enum what what;
        uint64_t max;
        enum http_end end;
        uint64_t size; /* in the file; UINT64_MAX: some of it */
    } cases[] = {
        {WHOLE, BLOCK * BLOCKS, HTTP_DONE, BLOCK * BLOCKS},
        {LENGTH_TOO_LARGE, BLOCK * BLOCKS - 1, HTTP_TOO_LARGE, 0},
        {GROWS_TOO_LARGE, BLOCK * BLOCKS - 1, HTTP_TOO_LARGE, UINT64_MAX},
        {GROWS_TOO_LARGE, 10, HTTP_TOO_LARGE, 0},
        {NOT_THERE, BLOCK * BLOCKS, HTTP_DONE, 0},
        {CUT, BLOCK * BLOCKS, HTTP_IN_DOUBT, UINT64_MAX},
        {NOTHING, BLOCK * BLOCKS, HTTP_DONE, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char directory[PATH_MAX];
        enum what what = cases[i].what;
        struct http_file file = {.fd = scratch(directory), .max = cases[i].max, .progress = note};
        struct world *w =
            world_open(&(struct raw_server){.answer = say, .context = &what}, 1, 20000);
        seen = 0;
        send_into(w, &file);
        const struct http_response *r = world_answer(w, 1);
        assert_int_equal(r->end, cases[i].end);
        assert_string_equal(w->answers[1].body, what == NOT_THERE ? "no!!!" : "");
        assert_int_equal(file.size, seen);
        assert_true(size_of(file.fd) <= cases[i].max);
        if (cases[i].size != UINT64_MAX)
            assert_int_equal(size_of(file.fd), cases[i].size);
        close(file.fd);
        world_close(w);
        temp_directory_remove(directory);
    }
}

/* The next request over the same handle has memory, its cap and its time again. */
static void test_memory_after_a_file(void **state) {
    char directory[PATH_MAX];
    enum what what = WHOLE;
    struct http_file file = {.fd = scratch(directory), .max = BLOCK * BLOCKS};
    struct world *w = world_open(&(struct raw_server){.answer = say, .context = &what}, 1, 20000);
    (void)state;
    send_into(w, &file);
    assert_int_equal(world_answer(w, 1)->end, HTTP_DONE);
    world_send_as(w, 2, HTTP_GET, "/memory", NULL, NULL);
    world_run(w);
    assert_int_equal(world_answer(w, 2)->end, HTTP_TOO_LARGE);
    assert_int_equal(size_of(file.fd), BLOCK * BLOCKS);
    close(file.fd);
    world_close(w);
    temp_directory_remove(directory);
}

/* It may take long, but not as long without a byte. */
static void test_stalled(void **state) {
    char directory[PATH_MAX];
    enum what what = STALLED;
    struct http_file file = {.fd = scratch(directory), .max = BLOCK * BLOCKS};
    struct world *w = world_open(&(struct raw_server){.answer = say, .context = &what}, 1, 100);
    (void)state;
    send_into(w, &file);
    assert_int_equal(world_answer(w, 1)->end, HTTP_IN_DOUBT);
    assert_int_equal(file.size, 0);
    close(file.fd);
    world_close(w);
    temp_directory_remove(directory);
}

static void test_cannot_be_written(void **state) {
    enum what what = WHOLE;
    struct http_file file = {.fd = open("/dev/full", O_WRONLY | O_CLOEXEC), .max = BLOCK * BLOCKS};
    struct world *w = world_open(&(struct raw_server){.answer = say, .context = &what}, 1, 20000);
    (void)state;
    assert_true(file.fd >= 0);
    send_into(w, &file);
    assert_int_equal(world_answer(w, 1)->end, HTTP_IN_DOUBT);
    assert_non_null(strstr(world_answer(w, 1)->detail, "could not be kept"));
    close(file.fd);
    world_close(w);
}

static void test_scratch_file(void **state) {
    char directory[PATH_MAX];
    char back[4] = "";
    struct stat st;
    struct winnow_error err = {0};
    int fd = scratch(directory);
    (void)state;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_nlink, 0);
    DIR *all = opendir(directory);
    for (const struct dirent *one = readdir(all); one != NULL; one = readdir(all))
        assert_true(strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0);
    closedir(all);
    assert_int_equal(write(fd, "abc", 3), 3);
    assert_int_equal(pread(fd, back, 3, 0), 3);
    assert_string_equal(back, "abc");
    close(fd);
    temp_directory_remove(directory);
    assert_int_equal(scratch_file_open(directory, &fd, &err), -1);
    assert_int_equal(err.code, WINNOW_STORAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),      cmocka_unit_test(test_memory_after_a_file),
        cmocka_unit_test(test_stalled),      cmocka_unit_test(test_cannot_be_written),
        cmocka_unit_test(test_scratch_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
