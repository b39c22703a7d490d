/* The traps of libcurl's multi interface on libuv, one regression test each: see http_sockets.c and
 * http_transfer.c. */
#include "http_world.h"

#include <curl/curl.h>
#include <netdb.h>
#include <sched.h>

/* The second witness: every request header that curl writes, counted by its debug callback. */
static atomic_uint headers_out;

static int on_debug(CURL *easy, curl_infotype type, char *at, size_t size, void *context) {
    (void)easy;
    (void)at;
    (void)size;
    (void)context;
    if (type == CURLINFO_HEADER_OUT)
        atomic_fetch_add(&headers_out, 1);
    return 0;
}

/* The linker puts it between (--wrap): each transfer is watched from here on. */
CURLMcode __real_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy) {
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
    return __real_curl_multi_add_handle(multi, easy);
}

static int reset_witness(void **state) {
    (void)state;
    atomic_store(&headers_out, 0);
    return 0;
}

static enum raw_then never(struct raw_server *s, struct raw_peer *p, const char *request) {
    (void)s;
    (void)p;
    (void)request;
    return RAW_KEEP;
}

static void test_last_completion_by_timeout_is_not_lost(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = never}, 1, 150);
    (void)state;
    world_send(w, 1);
    world_run(w);
    assert_int_equal(world_answer(w, 1)->end, HTTP_IN_DOUBT);
    assert_int_equal(http_client_free_slots(w->client), 1);
    world_close(w);
}

static enum raw_then second_dies(struct raw_server *s, struct raw_peer *p, const char *request) {
    (void)request;
    if (p->requests == 1) {
        raw_ok(p);
        return RAW_KEEP;
    }
    return *(enum raw_then *)s->context; /* read, then gone without an answer */
}

static void dead_connection(enum http_method method, enum raw_then then) {
    struct world *w =
        world_open(&(struct raw_server){.answer = second_dies, .context = &then}, 1, 10000);
    world_send_as(w, 1, method, "/first", NULL, "sesame");
    world_run(w);
    world_send_as(w, 2, method, "/second", NULL, "sesame");
    world_run(w);
    assert_int_equal(world_answer(w, 1)->end, HTTP_DONE);
    assert_int_equal(world_answer(w, 2)->end, HTTP_IN_DOUBT);
    assert_int_equal(world_answer(w, 2)->status, 0);
    world_send_as(w, 3, method, "/third", NULL, "sesame"); /* the handle is good for more */
    world_run(w);
    assert_int_equal(world_answer(w, 3)->end, HTTP_DONE);
    world_stop(w);
    assert_int_equal(raw_count(w->server, " /first "), 1);
    assert_int_equal(raw_count(w->server, " /second "), 1);
    assert_int_equal(raw_count(w->server, " /third "), 1);
    assert_int_equal(atomic_load(&w->server->requests), 3);
    assert_int_equal(atomic_load(&headers_out), 3);
    world_free(w);
}

static void test_dead_connection_sends_nothing_twice(void **state) {
    static const enum http_method methods[] = {HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE};
    for (size_t i = 0; i < 4; i++) {
        reset_witness(state);
        dead_connection(methods[i], RAW_CLOSE);
        reset_witness(state);
        dead_connection(methods[i], RAW_RESET);
    }
}

static enum raw_then ok_then_close(struct raw_server *s, struct raw_peer *p, const char *request) {
    (void)s;
    (void)request;
    raw_ok(p);
    return RAW_CLOSE;
}

/* Closed while idle and seen to be: the next request goes to a new connection and is not in doubt.
 */
static void test_connection_closed_while_idle(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = ok_then_close}, 1, 10000);
    (void)state;
    for (unsigned i = 1; i <= 20; i++) {
        world_send(w, i);
        world_run(w);
        while (atomic_load(&w->server->closed) < i)
            sched_yield();
        assert_int_equal(world_answer(w, i)->end, HTTP_DONE);
    }
    world_stop(w);
    assert_int_equal(atomic_load(&w->server->requests), 20);
    assert_int_equal(atomic_load(&headers_out), 20);
    world_free(w);
}

static enum raw_then half_then_reset(struct raw_server *s, struct raw_peer *p,
                                     const char *request) {
    (void)s;
    (void)request;
    raw_text(p, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
    return RAW_RESET;
}

/* A reset shows as POLLERR, which libuv reports as UV_EBADF after stopping the watch. */
static void test_reset_is_told_to_curl(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = half_then_reset}, 4, 10000);
    (void)state;
    for (unsigned round = 0; round < 25; round++) {
        for (unsigned i = 0; i < 4; i++)
            world_send(w, round * 4 + i);
        world_run(w);
    }
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(world_answer(w, i)->end, HTTP_IN_DOUBT);
        assert_null(
            strcasestr(w->answers[i].response.detail, "timeout")); /* told, not waited for */
    }
    world_stop(w);
    assert_int_equal(atomic_load(&w->server->requests), 100);
    world_free(w);
}

/* The server closes as soon as it has accepted: curl closes the descriptor before it says REMOVE,
 * and the number is soon another socket's. */
static void test_close_before_remove(void **state) {
    struct world *w = world_open(&(struct raw_server){.slam = true}, 8, 10000);
    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        for (unsigned i = 0; i < 8; i++)
            world_send(w, round * 8 + i);
        world_run(w);
    }
    for (unsigned i = 0; i < 800; i++) {
        enum http_end end = world_answer(w, i)->end;
        assert_true(end == HTTP_IN_DOUBT || end == HTTP_NOT_SENT);
    }
    world_stop(w);
    assert_true(atomic_load(&headers_out) <= 800);
    world_free(w);
}

static void send_next(struct world *w, uint64_t id) {
    (void)id;
    if (w->next < 1000)
        world_send(w, w->next++);
}

static enum raw_then sometimes(struct raw_server *s, struct raw_peer *p, const char *request) {
    unsigned n = atomic_load(&s->requests);
    (void)request;
    if (n % 7 == 0)
        return n % 2 == 0 ? RAW_CLOSE : RAW_RESET;
    raw_ok(p);
    return n % 11 == 0 ? RAW_CLOSE : RAW_KEEP;
}

static void thousand(enum raw_then (*answer)(struct raw_server *, struct raw_peer *, const char *),
                     bool all_done) {
    struct world *w = world_open(&(struct raw_server){.answer = answer}, 8, 20000);
    char line[48];
    w->after = send_next; /* sends from within the done callback */
    for (w->next = 0; w->next < 8;)
        world_send(w, w->next++);
    world_run(w);
    assert_int_equal(w->done, 1000);
    world_stop(w);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "POST /n/%u HTTP/1.1", i);
        enum http_end end = world_answer(w, i)->end;
        unsigned seen = raw_count(w->server, line);
        if (end == HTTP_DONE)
            assert_int_equal(seen, 1);
        else if (end == HTTP_NOT_SENT)
            assert_int_equal(seen, 0);
        else
            assert_true(seen <= 1); /* in doubt: on its way as the server hung up */
        if (all_done)
            assert_int_equal(end, HTTP_DONE);
    }
    assert_true(atomic_load(&headers_out) >= atomic_load(&w->server->requests));
    if (all_done)
        assert_int_equal(atomic_load(&headers_out), atomic_load(&w->server->requests));
    world_free(w);
}

static void test_thousand_over_eight(void **state) {
    (void)state;
    thousand(NULL, true);
}

static void test_thousand_over_eight_that_die(void **state) {
    (void)state;
    thousand(sometimes, false);
}

/* What the callback reads stays what it was when the callback sends: with one connection the next
 * request takes the very handle that the response came by. */
static void read_after_send(void *context, uint64_t id, const struct http_response *r) {
    struct world *w = context;
    if (id < 5)
        world_send(w, id + 1);
    world_done(w, id, r);
}

static void test_response_outlives_the_next_send(void **state) {
    struct world *w = world_open(&(struct raw_server){0}, 1, 10000);
    struct http_request request;
    (void)state;
    http_request_init(&request);
    buffer_add_text(&request.target, "/zero");
    assert_int_equal(http_client_send(w->client, 0, &request, NULL, read_after_send, w, NULL), 0);
    http_request_free(&request);
    world_run(w);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(world_answer(w, i)->end, HTTP_DONE);
        assert_string_equal(w->answers[i].body, "{}");
        assert_non_null(strstr(w->answers[i].headers, "application/json"));
    }
    world_close(w);
}

/* Where this machine's name leads, when that is a loopback address; else 0. */
static in_addr_t own_address(char *name, size_t size) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    struct sockaddr_in first;
    if (gethostname(name, size) != 0 || getaddrinfo(name, NULL, &hints, &found) != 0)
        return 0;
    memcpy(&first, found->ai_addr, sizeof first);
    freeaddrinfo(found);
    return ntohl(first.sin_addr.s_addr) >> 24 == 127 ? first.sin_addr.s_addr : 0;
}

/* A name needs the resolver's thread and its wake-up descriptors, which curl opens and closes by
 * itself; their numbers go to sockets afterwards. The server hangs up on the TLS greeting. A client
 * for each round, as curl remembers what a name leads to. */
static void test_descriptors_of_the_resolver(void **state) {
    char name[128];
    in_addr_t address = own_address(name, sizeof name);
    (void)state;
    if (address == 0)
        skip();
    struct world *w = world_open(&(struct raw_server){.slam = true, .address = address}, 4, 20000);
    for (unsigned i = 0; i < 40; i++) {
        if (i % 4 == 0) {
            http_client_close(w->client);
            world_client_at(w, "https", name, w->server->port, 4, 20000);
        }
        world_send(w, i);
        if (i % 4 == 3)
            world_run(w);
    }
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(world_answer(w, i)->end, HTTP_NOT_SENT);
    world_stop(w);
    assert_int_equal(atomic_load(&w->server->accepted), 40);
    world_free(w);
}

static void test_abort_all(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = never}, 4, 20000);
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        world_send(w, i);
    while (atomic_load(&w->server->requests) < 3)
        uv_run(&w->loop, UV_RUN_NOWAIT);
    world_send(w, 3); /* this one has not left */
    http_client_abort_all(w->client);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(world_answer(w, i)->end, HTTP_IN_DOUBT);
    assert_int_equal(world_answer(w, 3)->end, HTTP_NOT_SENT);
    assert_int_equal(http_client_free_slots(w->client), 4);
    world_stop(w);
    assert_int_equal(raw_count(w->server, "/n/3"), 0);
    world_free(w);
}

static void abort_others(struct world *w, uint64_t id) {
    (void)id;
    w->after = NULL;
    http_client_abort_all(w->client);
    world_send(w, 9);
}

static enum raw_then only_first(struct raw_server *s, struct raw_peer *p, const char *request) {
    (void)s;
    if (strncmp(request, "POST /n/0 ", 10) == 0 || strncmp(request, "POST /n/9 ", 10) == 0)
        raw_ok(p);
    return RAW_KEEP;
}

static void test_abort_and_send_from_the_callback(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = only_first}, 3, 20000);
    (void)state;
    w->after = abort_others;
    for (unsigned i = 0; i < 3; i++)
        world_send(w, i);
    world_run(w);
    assert_int_equal(world_answer(w, 0)->end, HTTP_DONE);
    assert_true(world_answer(w, 1)->end != HTTP_DONE && world_answer(w, 2)->end != HTTP_DONE);
    assert_int_equal(world_answer(w, 9)->end, HTTP_DONE);
    world_close(w);
}

static void close_all(struct world *w, uint64_t id) {
    (void)id;
    http_client_close(w->client);
    w->closed = true;
}

static void test_close_from_the_callback(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = only_first}, 3, 20000);
    (void)state;
    w->after = close_all;
    for (unsigned i = 0; i < 3; i++)
        world_send(w, i);
    world_run(w);
    assert_int_equal(w->done, 1); /* the others end without a callback */
    world_close(w);
}

static void test_close_with_transfers_pending(void **state) {
    struct world *w = world_open(&(struct raw_server){.answer = never}, 4, 20000);
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        world_send(w, i);
    while (atomic_load(&w->server->requests) < 4)
        uv_run(&w->loop, UV_RUN_NOWAIT);
    world_stop(w);
    assert_int_equal(w->done, 0);
    world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_last_completion_by_timeout_is_not_lost, reset_witness),
        cmocka_unit_test_setup(test_dead_connection_sends_nothing_twice, reset_witness),
        cmocka_unit_test_setup(test_connection_closed_while_idle, reset_witness),
        cmocka_unit_test_setup(test_reset_is_told_to_curl, reset_witness),
        cmocka_unit_test_setup(test_close_before_remove, reset_witness),
        cmocka_unit_test_setup(test_thousand_over_eight, reset_witness),
        cmocka_unit_test_setup(test_thousand_over_eight_that_die, reset_witness),
        cmocka_unit_test_setup(test_response_outlives_the_next_send, reset_witness),
        cmocka_unit_test_setup(test_descriptors_of_the_resolver, reset_witness),
        cmocka_unit_test_setup(test_abort_all, reset_witness),
        cmocka_unit_test_setup(test_abort_and_send_from_the_callback, reset_witness),
        cmocka_unit_test_setup(test_close_from_the_callback, reset_witness),
        cmocka_unit_test_setup(test_close_with_transfers_pending, reset_witness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
