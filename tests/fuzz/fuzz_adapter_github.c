/* Answers to the adapter of GitHub: see adapter.h. */
#include "adapter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct adapter adapter = {
        .platform = &platform_github,
        .who = {.id = "583231", .handle = "octocat"},
        .looked_at = {{"1", 1}, {"mojombo", 7}},
        .success = 204,
    };
    return adapter_one(&adapter, data, size);
}
