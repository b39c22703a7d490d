/* Answers to the adapter of Mastodon: see adapter.h. */
#include "adapter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct adapter adapter = {
        .platform = &platform_mastodon,
        .who = {.id = "1", .handle = "trwnh"},
        .looked_at = {{"14715", 5}, {"", 0}},
        .success = 200,
    };
    return adapter_one(&adapter, data, size);
}
