/* Answers to the adapter of Bluesky: see adapter.h. */
#include "adapter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct adapter adapter = {
        .platform = &platform_bluesky,
        .who = {.id = "did:plc:p424pq3i3lovzq6sxvf2ygjk", .handle = ""},
        .looked_at = {{"did:plc:ewvi7nxzyoun6zhxrhs64oiz", 32}, {"3jzfcijpj2z2a", 13}},
        .success = 200,
    };
    return adapter_one(&adapter, data, size);
}
