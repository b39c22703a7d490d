/* Handles in one form: blanks, '@', hosts in Unicode and in punycode, names alone. */
#include "platform/handles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void one_form(void **state) {
    (void)state;
    static const struct {
        const struct platform *platform;
        const char *handle, *form;
    } table[] = {
        {&platform_x, "alice", "alice"},
        {&platform_x, " @Alice\t", "Alice"},
        {&platform_x, "@", ""},
        {&platform_x, "@ alice", "alice"},
        {&platform_github, "Octo-Cat", "Octo-Cat"},
        {&platform_mastodon, "alice", "alice@social.example"},
        {&platform_mastodon, "@Alice", "Alice@social.example"},
        {&platform_mastodon, "alice@B.Example", "alice@b.example"},
        {&platform_mastodon, "alice@b.example:8080", "alice@b.example:8080"},
        {&platform_mastodon, "user0@\xD5\xB0\xD5\xA1\xD5\xB5.\xD5\xB0\xD5\xA1\xD5\xB5",
         "user0@xn--y9a3aq.xn--y9a3aq"},
        {&platform_mastodon, "user0@XN--Y9A3AQ.xn--y9a3aq", "user0@xn--y9a3aq.xn--y9a3aq"},
        {&platform_mastodon, "a@M\xC3\xBCnchen.example", "a@xn--mnchen-3ya.example"},
        {&platform_mastodon, "a@Mu\xCC\x88nchen.example", "a@xn--mnchen-3ya.example"}, /* u + ¨ */
        {&platform_mastodon, "a@\xE2\x98\xA0..example", "a@\xE2\x98\xA0..example"},    /* none */
        {&platform_mastodon, "@@", "@"},
        {&platform_bluesky, "@Alice.BSKY.Social", "alice.bsky.social"},
        {&platform_bluesky, "alice.bsky.social", "alice.bsky.social"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char room[FACT_HANDLE_MAX + 1];
        char found[FACT_HANDLE_MAX + 1] = {0};
        struct text handle = {table[i].handle, (uint32_t)strlen(table[i].handle)};
        struct text form =
            platform_handle(table[i].platform, "https://Social.Example", handle, room);
        memcpy(found, form.at, form.size);
        assert_string_equal(found, table[i].form);
    }
}

/* A host of any length is refused in silence, not cut: what is left would be somebody else's. */
static void long_ones(void **state) {
    (void)state;
    char long_host[FACT_HANDLE_MAX];
    char room[FACT_HANDLE_MAX + 1];
    for (size_t i = 0; i < sizeof long_host; i++)
        long_host[i] = i == 1 ? '@' : 'A';
    struct text handle = {long_host, sizeof long_host};
    struct text form = platform_handle(&platform_mastodon, "https://a.example", handle, room);
    assert_int_equal(form.size, sizeof long_host);
    memset(long_host, 'A', sizeof long_host);
    form = platform_handle(&platform_mastodon, "https://a.example", handle, room);
    assert_memory_equal(form.at, long_host, sizeof long_host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_form),
        cmocka_unit_test(long_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
