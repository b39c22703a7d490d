/* Entries that wait for another try: see drain_retries.h. The room is reserved in drain_open, so
 * nothing here fails. */
#include "core/drain/drain_retries.h"

#include <assert.h>

static bool before(const struct drain_entry *a, const struct drain_entry *b) {
    if (a->not_before_ms != b->not_before_ms)
        return a->not_before_ms < b->not_before_ms;
    return a->position < b->position;
}

static void swap(struct drain_entry *a, struct drain_entry *b) {
    struct drain_entry kept = *a;
    *a = *b;
    *b = kept;
}

void retries_push(struct drain *d, const struct drain_entry *entry) {
    uint32_t i = d->retry_count++;
    d->retries[i] = *entry;
    while (i > 0 && before(&d->retries[i], &d->retries[(i - 1) / 2])) {
        swap(&d->retries[i], &d->retries[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

void retries_pop(struct drain *d) {
    assert(d->retry_count > 0);
    d->retries[0] = d->retries[--d->retry_count];
    for (uint32_t i = 0;;) {
        uint32_t least = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < d->retry_count; child++)
            if (before(&d->retries[child], &d->retries[least]))
                least = child;
        if (least == i)
            return;
        swap(&d->retries[i], &d->retries[least]);
        i = least;
    }
}

uint32_t retries_due(struct drain *d, int64_t now_ms, uint32_t most, struct drain_entry *entries) {
    uint32_t count = 0;
    while (count < most && d->retry_count > 0 && d->retries[0].not_before_ms <= now_ms &&
           d->retries[0].ask == 0) {
        if (d->retries[0].together != (count > 0 ? entries[0].together : d->retries[0].together))
            break;
        if (d->retries[0].together != 0 && d->retries[0].together < most)
            most = d->retries[0].together;
        entries[count++] = d->retries[0];
        retries_pop(d);
    }
    for (uint32_t i = 0; i < count; i++)
        retries_push(d, &entries[i]);
    return count;
}

int64_t retries_next_ms(const struct drain *d) {
    return d->retry_count == 0 ? INT64_MAX : d->retries[0].not_before_ms;
}
