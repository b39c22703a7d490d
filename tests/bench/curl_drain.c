/* bench-curl-drain URL IDS FIRST COUNT CONNECTIONS: what a drain's speed is held against. Sends COUNT
 * unfollows to URL/ID, as winnow does, for the IDS file's lines from FIRST on, by so many connections
 * that are kept open: a plain loop over libcurl's multi interface, which writes nothing down. Exits
 * with 1 and a message when anything fails, also when an answer is not 200. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 256
#define ID_MAX          32

struct drain {
    CURLM *multi;
    struct curl_slist *headers;
    const char *url;
    FILE *ids;
    long to_send, to_end;
};

static int drain_fail(const char *what) {
    fprintf(stderr, "bench-curl-drain: %s\n", what);
    return -1;
}

static size_t drop_body(char *at, size_t one, size_t size, void *context) {
    (void)at;
    (void)one;
    (void)context;
    return size;
}

static int send_next(struct drain *d, CURL *easy) {
    char id[ID_MAX];
    char url[512];
    if (fgets(id, sizeof id, d->ids) == NULL)
        return drain_fail("there are not so many ids");
    id[strcspn(id, "\n")] = '\0';
    snprintf(url, sizeof url, "%s/%s", d->url, id);
    d->to_send--;
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
                   curl_multi_add_handle(d->multi, easy) == CURLM_OK
               ? 0
               : drain_fail("a request cannot be sent");
}

static int start_one(struct drain *d) {
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        return drain_fail("out of memory");
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, d->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return send_next(d, easy);
}

static int end_one(struct drain *d, const CURLMsg *message) {
    CURL *easy = message->easy_handle;
    long status = 0;
    if (message->data.result != CURLE_OK)
        return drain_fail(curl_easy_strerror(message->data.result));
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return drain_fail("an answer is not 200");
    curl_multi_remove_handle(d->multi, easy);
    d->to_end--;
    if (d->to_send > 0)
        return send_next(d, easy);
    curl_easy_cleanup(easy);
    return 0;
}

static int drain_all(struct drain *d) {
    while (d->to_end > 0) {
        int running, left;
        CURLMsg *message;
        if (curl_multi_perform(d->multi, &running) != CURLM_OK)
            return drain_fail("libcurl failed");
        bool ended = false;
        while ((message = curl_multi_info_read(d->multi, &left)) != NULL) {
            ended = true;
            if (message->msg == CURLMSG_DONE && end_one(d, message) != 0)
                return -1;
        }
        if (!ended && curl_multi_poll(d->multi, NULL, 0, 1000, NULL) != CURLM_OK)
            return drain_fail("libcurl failed");
    }
    return 0;
}

static int skip_lines(FILE *file, long count) {
    char line[ID_MAX];
    while (count-- > 0)
        if (fgets(line, sizeof line, file) == NULL)
            return drain_fail("there are not so many ids");
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: bench-curl-drain URL IDS FIRST COUNT CONNECTIONS\n");
        return 1;
    }
    long count = strtol(argv[4], NULL, 10);
    long connections = strtol(argv[5], NULL, 10);
    struct drain d = {.url = argv[1], .to_send = count, .to_end = count};
    if (connections < 1 || connections > CONNECTIONS_MAX || count < connections)
        return drain_fail("1 to 256 connections, and as many requests or more") != 0;
    d.ids = fopen(argv[2], "r");
    if (d.ids == NULL || skip_lines(d.ids, strtol(argv[3], NULL, 10) - 1) != 0)
        return drain_fail("the ids cannot be read") != 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    d.multi = curl_multi_init();
    d.headers = curl_slist_append(NULL, "Authorization: Bearer sim-token");
    d.headers = curl_slist_append(d.headers, "Accept: application/json");
    curl_multi_setopt(d.multi, CURLMOPT_MAXCONNECTS, connections);
    int result = 0;
    for (long i = 0; i < connections && result == 0; i++)
        result = start_one(&d);
    if (result == 0)
        result = drain_all(&d);
    curl_multi_cleanup(d.multi);
    curl_slist_free_all(d.headers);
    curl_global_cleanup();
    fclose(d.ids);
    return result != 0;
}
