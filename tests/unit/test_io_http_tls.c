/* TLS: a server whose certificate nobody vouches for gets no request, and one that speaks no TLS is
 * no connection. The server is OpenSSL's own; without that program the test is skipped. */
#include "http_world.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "scratch_dir.h"

struct tls_server {
    pid_t pid;
    int in, out; /* its standard input keeps it running */
    unsigned port;
    char said[8192];
    size_t size;
};

static pid_t run(char *const argv[], int in, int out) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execvp(argv[0], argv);
    _exit(127);
}

static char key[PATH_MAX + 16], certificate[PATH_MAX + 16];

static bool make_certificate(const char *scratch) {
    static char openssl[] = "openssl", req[] = "req", x509[] = "-x509", nodes[] = "-nodes";
    static char newkey[] = "-newkey", ec[] = "ec", pkeyopt[] = "-pkeyopt";
    static char curve[] = "ec_paramgen_curve:prime256v1", subj[] = "-subj",
                name[] = "/CN=127.0.0.1";
    static char ext[] = "-addext", alt[] = "subjectAltName=IP:127.0.0.1";
    static char keyout[] = "-keyout", out[] = "-out";
    int status, null = open("/dev/null", O_RDWR | O_CLOEXEC);
    snprintf(key, sizeof key, "%s/key.pem", scratch);
    snprintf(certificate, sizeof certificate, "%s/cert.pem", scratch);
    char *argv[] = {openssl, req, x509, nodes,  newkey, ec,  pkeyopt,     curve, subj,
                    name,    ext, alt,  keyout, key,    out, certificate, NULL};
    pid_t pid = run(argv, null, null);
    waitpid(pid, &status, 0);
    close(null);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool hear(struct tls_server *s) {
    ssize_t got = read(s->out, s->said + s->size, sizeof s->said - 1 - s->size);
    if (got <= 0)
        return false;
    s->size += (size_t)got;
    s->said[s->size] = '\0';
    return true;
}

static void start(struct tls_server *s) {
    static char openssl[] = "openssl", s_server[] = "s_server", accept_at[] = "-accept";
    static char anywhere[] = "127.0.0.1:0", cert[] = "-cert", with_key[] = "-key";
    char *argv[] = {openssl, s_server, accept_at, anywhere, cert, certificate, with_key, key, NULL};
    int in[2], out[2];
    const char *at = NULL;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    s->pid = run(argv, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    s->in = in[1];
    s->out = out[0];
    while (at == NULL || strchr(at, '\n') == NULL) {
        assert_true(hear(s));
        at = strstr(s->said, "ACCEPT 127.0.0.1:");
    }
    s->port = (unsigned)strtoul(at + 17, NULL, 10);
}

static void stop(struct tls_server *s) {
    kill(s->pid, SIGTERM);
    while (hear(s))
        continue;
    waitpid(s->pid, NULL, 0);
    close(s->in);
    close(s->out);
}

static void test_unknown_certificate(void **state) {
    struct tls_server s = {0};
    char scratch[PATH_MAX];
    (void)state;
    scratch_make(scratch);
    if (!make_certificate(scratch)) {
        scratch_remove(scratch);
        skip();
    }
    struct world *w = world_open(&(struct raw_server){0}, 1, 10000);
    start(&s);
    http_client_close(w->client);
    world_client_at(w, "https", "127.0.0.1", s.port, 1, 10000);
    world_send(w, 1);
    world_run(w);
    stop(&s);
    assert_int_equal(world_answer(w, 1)->end, HTTP_REFUSED);
    assert_non_null(strstr(world_answer(w, 1)->detail, "certificate"));
    assert_null(strstr(s.said, "sesame"));
    assert_null(strstr(s.said, "POST"));
    world_close(w);
    scratch_remove(scratch);
}

static void test_no_tls_at_all(void **state) {
    struct world *w = world_open(&(struct raw_server){.slam = true}, 1, 10000);
    (void)state;
    http_client_close(w->client);
    world_client_at(w, "https", "127.0.0.1", w->server->port, 1, 10000);
    for (unsigned i = 0; i < 10; i++) {
        world_send(w, i);
        world_run(w);
        assert_int_equal(world_answer(w, i)->end, HTTP_NOT_SENT);
    }
    world_close(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_certificate),
        cmocka_unit_test(test_no_tls_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
