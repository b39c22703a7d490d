/* Handles in their one form: the first byte says on which platform. In that form already a handle
 * stays as it is, so that two ways to write one person's end at the same bytes. */
#include "fuzz.h"

#include "platform/handles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct platform *const platforms[] = {&platform_x, &platform_mastodon,
                                                       &platform_bluesky, &platform_github};
    char first[FACT_HANDLE_MAX + 1];
    char second[FACT_HANDLE_MAX + 1];
    if (size < 2 || size > FACT_HANDLE_MAX || !is_utf8((const char *)data + 1, size - 1))
        return 0;
    const struct platform *p = platforms[data[0] % 4];
    struct text handle = {(const char *)data + 1, (uint32_t)size - 1};
    struct text once = platform_handle(p, "https://social.example", handle, first);
    MUST(once.size <= FACT_HANDLE_MAX && is_utf8(once.at, once.size));
    if (once.size == 0 || once.at[0] == '@') /* more than one '@' in front is no handle */
        return 0;
    struct text twice = platform_handle(p, "https://social.example", once, second);
    MUST(twice.size == once.size && memcmp(twice.at, once.at, once.size) == 0);
    return 0;
}
