/* One transfer: see http_transfer.h.
 *
 * Happy path: prepare, curl sends it once, headers and body arrive in the callbacks, judge says
 * HTTP_DONE, wipe.
 *
 * Sent at most once. When a kept-alive connection turns out to be dead, libcurl sends the request
 * again on a fresh one by itself, whatever the method, up to five times, and tells nobody; the
 * first copy may have been carried out. CURLOPT_PREREQFUNCTION runs each time before a request is
 * written, on such a repeat too: the second time is refused, and the transfer ends as
 * HTTP_IN_DOUBT. That the function ran is also what tells "perhaps sent" from "not sent".
 *
 * No proxy: CURLOPT_PROXY "" switches off http_proxy and its kin. A proxy from the environment
 * would see an http request in clear text, and would decide which address is reached after the
 * loopback check has passed another.
 *
 * HTTP/1.1: one request on a connection at a time, so a cut connection leaves one in doubt, not
 * all.
 *
 * Fails as the verdict says: over a cap HTTP_TOO_LARGE; before the first pass HTTP_NOT_SENT or, for
 * a certificate or an address that our rules forbid, HTTP_REFUSED; after it HTTP_IN_DOUBT. The
 * texts are curl's own for connection errors and fixed ones otherwise: never a URL, a header or a
 * body. */
#include "io/http/http_transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/http/http_origin.h"

#define KEEP_ROOM_MAX ((size_t)256 * 1024) /* a larger response's memory is given back */

/* Runs before a request is written: see above. */
static int on_about_to_send(void *context, char *remote, char *local, int remote_port,
                            int local_port) {
    struct http_transfer *t = context;
    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    t->passes++;
    return t->passes == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    struct http_transfer *t = context;
    if (purpose != CURLSOCKTYPE_IPCXN || (t->plain && !http_address_is_loopback(address))) {
        t->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return http_sockets_open_one(t->sockets, address);
}

/* One line: a status line begins a new set (after "100 Continue"), an empty one ends it, and what
 * comes after that are trailers, which nobody asked for. */
static size_t on_header(char *at, size_t one, size_t size, void *context) {
    struct http_transfer *t = context;
    (void)one;
    if (size >= 5 && memcmp(at, "HTTP/", 5) == 0) {
        buffer_clear(&t->headers);
        t->headers_done = false;
        return size;
    }
    if (t->headers_done)
        return size;
    if (size <= 2 && (at[0] == '\r' || at[0] == '\n')) {
        t->headers_done = true;
        return size;
    }
    buffer_add(&t->headers, at, size);
    t->too_large = t->headers.failed;
    return t->too_large ? 0 : size;
}

static size_t to_file(struct http_transfer *t, const char *at, size_t size) {
    struct http_file *file = t->file;
    t->too_large = size > file->max - file->size;
    for (size_t done = 0; !t->too_large && done < size;) {
        ssize_t put = write(file->fd, at + done, size - done);
        if (put > 0)
            done += (size_t)put;
        else if (errno != EINTR)
            t->file_errno = put == 0 ? ENOSPC : errno;
        if (t->file_errno != 0)
            return 0;
    }
    if (t->too_large)
        return 0;
    file->size += size;
    if (file->progress != NULL)
        file->progress(file->context, file->size);
    return size;
}

static bool has_success(const struct http_transfer *t) {
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status == 200;
}

/* Decoded bytes, so a small compressed answer cannot grow past the cap. */
static size_t on_body(char *at, size_t one, size_t size, void *context) {
    struct http_transfer *t = context;
    (void)one;
    if (t->file != NULL && has_success(t))
        return to_file(t, at, size);
    buffer_add(&t->body, at, size);
    t->too_large = t->body.failed;
    return t->too_large ? 0 : size;
}

#define SET(option, value) (ok = (curl_easy_setopt(t->easy, option, value) == CURLE_OK) && ok)

/* What holds for every request of this handle. */
static bool set_for_good(struct http_transfer *t, const struct http_client_options *options) {
    bool ok = true;
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, t->plain ? "http" : "https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    SET(CURLOPT_USERAGENT, options->user_agent);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
    SET(CURLOPT_ERRORBUFFER, t->curl_error);
    SET(CURLOPT_PREREQFUNCTION, on_about_to_send);
    SET(CURLOPT_PREREQDATA, t);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_CLOSESOCKETFUNCTION, http_sockets_close_one);
    SET(CURLOPT_CLOSESOCKETDATA, t->sockets); /* a connection outlives the transfer that made it */
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    return ok;
}

int http_transfer_init(struct http_transfer *t, struct http_sockets *sockets,
                       const struct http_client_options *options, const struct buffer *origin,
                       bool plain) {
    *t = (struct http_transfer){
        .sockets = sockets, .plain = plain, .timeout_ms = options->timeout_ms};
    buffer_init(&t->url, HTTP_ORIGIN_MAX + HTTP_TARGET_MAX);
    buffer_init(&t->request_body, HTTP_BODY_MAX);
    buffer_init(&t->headers, HTTP_HEADERS_MAX);
    buffer_init(&t->body, HTTP_RESPONSE_MAX);
    buffer_add(&t->url, origin->at, origin->size);
    t->origin_size = origin->size;
    t->easy = curl_easy_init();
    return t->easy != NULL && !t->url.failed && set_for_good(t, options) ? 0 : -1;
}

void http_transfer_free(struct http_transfer *t) {
    http_transfer_wipe(t);
    if (t->easy != NULL)
        curl_easy_cleanup(t->easy);
    t->easy = NULL;
    buffer_free(&t->url);
    buffer_free(&t->request_body);
    buffer_free(&t->headers);
    buffer_free(&t->body);
}

void http_response_wipe(struct buffer *headers, struct buffer *body) {
    if (body->size != 0) /* the answer to a login holds the tokens */
        explicit_bzero(body->at, body->size);
    if (body->room > KEEP_ROOM_MAX)
        buffer_free(body);
    buffer_clear(body);
    buffer_clear(headers);
}

void http_transfer_wipe(struct http_transfer *t) {
    if (t->authorization_size != 0)
        explicit_bzero(t->authorization, t->authorization_size);
    t->authorization_size = 0;
    if (t->request_body.size != 0) /* a login's body holds a password */
        explicit_bzero(t->request_body.at, t->request_body.size);
    buffer_clear(&t->request_body);
    t->file = NULL;
    http_response_wipe(&t->headers, &t->body);
}

bool http_is_one_line(const char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* An absolute path and query, of visible ASCII, without the fragment that curl would cut off. */
static bool is_target(const struct buffer *target) {
    if (target->failed || target->size == 0 || target->at[0] != '/')
        return false;
    for (size_t i = 0; i < target->size; i++) {
        unsigned char c = (unsigned char)target->at[i];
        if (c <= 0x20 || c >= 0x7f || c == '#')
            return false;
    }
    return true;
}

/* NULL: the default */
static bool is_value(const char *text) {
    return text == NULL || (strlen(text) <= HTTP_VALUE_MAX && http_is_one_line(text));
}

static int check(const struct http_request *r, const char *secret, struct winnow_error *err) {
    if (!is_target(&r->target))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "the request's target is no absolute path of visible ASCII");
    if (r->body.failed || (r->method == HTTP_GET && r->body.size != 0))
        return winnow_fail(err, WINNOW_BAD_INPUT, "the request's body is too large, or of a GET");
    if (!is_value(r->content_type) || !is_value(r->accept) || !is_value(r->header))
        return winnow_fail(err, WINNOW_BAD_INPUT,
                           "the request's Content-Type, Accept or other header is over %d bytes "
                           "or has line breaks or control characters",
                           HTTP_VALUE_MAX);
    if (r->secret == HTTP_NO_SECRET)
        return 0;
    if (secret == NULL || secret[0] == '\0')
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "there is no credential for this request: run `winnow login`");
    if (strlen(secret) > HTTP_SECRET_MAX || !http_is_one_line(secret))
        return winnow_fail(err, WINNOW_CREDENTIAL,
                           "the credential is over %zu bytes or has line breaks or control "
                           "characters: run `winnow login` again",
                           HTTP_SECRET_MAX);
    return 0;
}

/* The header lines are the transfer's own memory, linked as curl wants them; curl copies none. All
 * values were checked and fit. */
static bool set_lines(struct http_transfer *t, const struct http_request *r, const char *secret) {
    static char no_expect[] = "Expect:"; /* never wait for a 100, never repeat after a 417 */
    size_t count = 0;
    snprintf(t->accept, sizeof t->accept, "Accept: %s",
             r->accept == NULL ? "application/json" : r->accept);
    snprintf(t->content_type, sizeof t->content_type, "Content-Type:%s%s",
             r->content_type == NULL ? "" : " ", r->content_type == NULL ? "" : r->content_type);
    t->lines[count++].data = t->accept;
    t->lines[count++].data = t->content_type; /* empty: none, instead of curl's form type */
    t->lines[count++].data = no_expect;
    if (r->header != NULL) {
        snprintf(t->header, sizeof t->header, "%s", r->header);
        t->lines[count++].data = t->header;
    }
    if (r->secret != HTTP_NO_SECRET) {
        const char *scheme = r->secret == HTTP_CLIENT_SECRET ? "Basic" : "Bearer";
        int size = snprintf(t->authorization, sizeof t->authorization, "Authorization: %s %s",
                            scheme, secret);
        t->authorization_size = (size_t)size;
        t->lines[count++].data = t->authorization;
    }
    for (size_t i = 0; i < count; i++)
        t->lines[i].next = i + 1 < count ? &t->lines[i + 1] : NULL;
    return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->lines) == CURLE_OK;
}

/* GET and DELETE without a body; everything else as curl's POST under its own name, which sends
 * "Content-Length: 0" for an empty body. */
static bool set_method(struct http_transfer *t, enum http_method method) {
    bool ok = true;
    bool bare = t->request_body.size == 0 && (method == HTTP_GET || method == HTTP_DELETE);
    const char *custom =
        method == HTTP_GET || method == HTTP_POST ? NULL : http_method_name(method);
    SET(CURLOPT_POSTFIELDS, NULL);
    if (bare)
        SET(CURLOPT_HTTPGET, 1L);
    else {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE, (long)t->request_body.size);
        SET(CURLOPT_POSTFIELDS, buffer_text(&t->request_body));
    }
    SET(CURLOPT_CUSTOMREQUEST, custom);
    return ok;
}

/* A file may take long, and is given up when nothing comes for as long as any other answer may take
 * as a whole. */
static bool set_bounds(struct http_transfer *t, struct http_file *file) {
    bool ok = true;
    long stalled_s = (long)(t->timeout_ms / 1000) + 1;
    int64_t timeout_ms = t->timeout_ms;
    if (file != NULL && timeout_ms < HTTP_FILE_TIMEOUT_MS)
        timeout_ms = HTTP_FILE_TIMEOUT_MS;
    t->file = file;
    t->file_errno = 0;
    SET(CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    SET(CURLOPT_LOW_SPEED_LIMIT, file != NULL ? 1L : 0L); /* bytes a second */
    SET(CURLOPT_LOW_SPEED_TIME, file != NULL ? stalled_s : 0L);
    SET(CURLOPT_MAXFILESIZE_LARGE, file != NULL && file->max > HTTP_RESPONSE_MAX
                                       ? (curl_off_t)file->max
                                       : (curl_off_t)HTTP_RESPONSE_MAX);
    return ok;
}

int http_transfer_prepare(struct http_transfer *t, const struct http_request *request,
                          const char *secret, struct winnow_error *err) {
    if (check(request, secret, err) != 0)
        return -1;
    http_transfer_wipe(t);
    t->headers_done = t->too_large = t->address_refused = false;
    t->passes = 0;
    t->curl_error[0] = '\0';
    t->url.size = t->origin_size;
    buffer_add(&t->url, request->target.at, request->target.size);
    buffer_add(&t->request_body, request->body.at, request->body.size);
    if (!t->url.failed && !t->request_body.failed && set_lines(t, request, secret) &&
        set_method(t, request->method) && set_bounds(t, request->file) &&
        curl_easy_setopt(t->easy, CURLOPT_URL, t->url.at) == CURLE_OK)
        return 0;
    http_transfer_wipe(t);
    return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory for a request");
}

static void explain(struct http_response *r, enum http_end end, const char *what, const char *why) {
    r->end = end;
    int size =
        snprintf(r->detail, sizeof r->detail, "%s%s%s", what, why[0] == '\0' ? "" : ": ", why);
    if (size >= (int)sizeof r->detail)
        memcpy(r->detail + sizeof r->detail - 4, "...", 4);
}

static bool is_certificate(CURLcode code) {
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CRL_BADFILE ||
           code == CURLE_SSL_INVALIDCERTSTATUS || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH;
}

static const char *name_of(CURLcode code) {
    return code == CURLE_ABORTED_BY_CALLBACK ? "ended on request" : curl_easy_strerror(code);
}

static void judge_unsent(const struct http_transfer *t, CURLcode code, struct http_response *r) {
    const char *why = t->curl_error[0] != '\0' ? t->curl_error : name_of(code);
    if (t->address_refused)
        explain(r, HTTP_REFUSED, "http is for this machine only; use https",
                "the server's name leads to another address");
    else if (is_certificate(code))
        explain(r, HTTP_REFUSED, "bad certificate; check --server and ca-certificates", why);
    else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
        explain(r, HTTP_REFUSED, "not a request for this server", curl_easy_strerror(code));
    else
        explain(r, HTTP_NOT_SENT, "no connection", why);
}

static void judge_sent(struct http_transfer *t, CURLcode code, struct http_response *r) {
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (t->too_large || code == CURLE_FILESIZE_EXCEEDED)
        explain(r, HTTP_TOO_LARGE, "the response is over the cap",
                t->headers.failed ? "its headers" : "its body");
    else if (t->file_errno != 0)
        explain(r, HTTP_IN_DOUBT, "the response could not be kept", strerror(t->file_errno));
    else if (t->passes > 1)
        explain(r, HTTP_IN_DOUBT, "the connection was closed before a response", "");
    else if (code != CURLE_OK)
        explain(r, HTTP_IN_DOUBT, "no whole response", name_of(code));
    else if (status < 100 || status > 599)
        explain(r, HTTP_IN_DOUBT, "the response's status is not between 100 and 599", "");
    else
        *r = (struct http_response){.end = HTTP_DONE, .status = (int)status};
}

void http_transfer_judge(struct http_transfer *t, CURLcode code, struct http_response *response) {
    *response = (struct http_response){0};
    if (t->passes == 0)
        judge_unsent(t, code, response);
    else
        judge_sent(t, code, response);
    if (response->end != HTTP_DONE)
        return;
    response->headers = (struct text){buffer_text(&t->headers), (uint32_t)t->headers.size};
    response->body = (struct text){buffer_text(&t->body), (uint32_t)t->body.size};
}
