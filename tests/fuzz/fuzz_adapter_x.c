/* Answers to the adapter of X: see adapter.h. */
#include "adapter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct adapter adapter = {
        .platform = &platform_x,
        .who = {.id = "813286", .handle = "BarackObama"},
        .looked_at = {{"2244994945", 10}, {"", 0}},
        .success = 200,
    };
    return adapter_one(&adapter, data, size);
}
