/* What a login in the browser reads: the answers of a server to an exchange, a refresh, a
 * revocation, a registration, a question for its metadata; and the query that the browser brings.
 *
 * What must be true: tokens and ids are there when, and only when, the reply goes on, and are clean
 * for a header; a code or state that is taken is the value that stands in the query. */
#include "adapter.h"

#include "core/http/form.h"
#include "platform/wire/oauth.h"

static bool is_clean(const char *token, size_t room) {
    size_t size = strnlen(token, room);
    for (size_t i = 0; i < size; i++)
        if (token[i] <= 0x20 || token[i] >= 0x7f)
            return false;
    return size < room;
}

static void check_grant(const struct adapter *a, const struct http_response *in) {
    static struct oauth_grant grant; /* large */
    struct reply r;
    memset(&grant, 'x', sizeof grant);
    oauth_read_grant(a->platform, in, &grant, &r);
    check_reply(a, in, &r);
    MUST(is_clean(grant.access, sizeof grant.access) &&
         is_clean(grant.refresh, sizeof grant.refresh));
    MUST((r.action == REPLY_GO_ON) == (grant.access[0] != '\0'));
    MUST(r.action == REPLY_GO_ON || grant.refresh[0] == '\0');
    MUST(grant.life_ms >= 0);
}

static void check_client(const struct adapter *a, const struct http_response *in) {
    struct platform_client client;
    struct reply r;
    memset(&client, 'x', sizeof client);
    oauth_read_register(a->platform, in, &client, &r);
    check_reply(a, in, &r);
    MUST(is_clean(client.id, sizeof client.id) && is_clean(client.secret, sizeof client.secret));
    MUST((r.action == REPLY_GO_ON) == (client.id[0] != '\0'));
}

static void check_query(struct text query) {
    char value[64];
    memset(value, 'x', sizeof value);
    if (!form_value(query, "state", value, sizeof value))
        return;
    size_t size = strnlen(value, sizeof value);
    MUST(size < sizeof value);
    for (size_t i = 0; i < size; i++)
        MUST((unsigned char)value[i] >= 0x20 && value[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct adapter adapters[] = {
        {.platform = &platform_x, .who = {.id = "813286", .handle = "BarackObama"}},
        {.platform = &platform_mastodon, .who = {.id = "1", .handle = "a@b.example"}},
    };
    char *headers;
    char *body;
    struct http_response in = response_of((const char *)data, size, &headers, &body);
    for (size_t i = 0; i < 2; i++) {
        struct reply r;
        check_grant(&adapters[i], &in);
        oauth_read_revoke(adapters[i].platform, &in, &r);
        check_reply(&adapters[i], &in, &r);
    }
    check_client(&adapters[1], &in);
    MUST(!oauth_read_metadata(&in) || in.status == 200);
    check_query(in.body);
    free(headers);
    free(body);
    return 0;
}
