/* Names of datasets: see dataset.h. Pure; cannot fail. */
#include "core/facts/dataset.h"

#include <string.h>

const char *const dataset_names[DATASET_COUNT] = {
    "following", "followers", "profiles", "lists",     "posts",    "messages",
    "reactions", "likes",     "boosts",   "bookmarks", "endorsed", "blocks",
};

int dataset_find(const char *name, size_t size) {
    for (int set = 0; set < DATASET_COUNT; set++)
        if (strlen(dataset_names[set]) == size && memcmp(dataset_names[set], name, size) == 0)
            return set;
    return -1;
}
