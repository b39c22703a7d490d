/* The platforms' sources as a caller of the library sees them. Cannot fail. */
#include <string.h>
#include <winnow/winnow.h>

#include "core/facts/dataset.h"
#include "platform/platform.h"

_Static_assert(WINNOW_FETCH_FOLLOWING == 1u << DATASET_FOLLOWING, "a set's bit is its number's");
_Static_assert(WINNOW_FETCH_FOLLOWERS == 1u << DATASET_FOLLOWERS, "a set's bit is its number's");
_Static_assert(WINNOW_FETCH_PROFILES == 1u << DATASET_PROFILES, "a set's bit is its number's");
_Static_assert(WINNOW_FETCH_LISTS == 1u << DATASET_LISTS, "a set's bit is its number's");
_Static_assert(DATASET_COUNT == WINNOW_EVIDENCE_SETS, "winnow.h promises room for all");
_Static_assert(DATASET_COUNT < 31, "the last bit is that of interactions");

uint32_t winnow_fetch_set(const char *name, size_t size) {
    static const char together[] = "interactions";
    int set = dataset_find(name, size);
    if (set >= 0)
        return 1u << set;
    return size == strlen(together) && memcmp(name, together, size) == 0 ? WINNOW_FETCH_INTERACTIONS
                                                                         : 0;
}

static struct winnow_source view(const struct platform *p, const struct platform_source *s) {
    bool is_none = s->way == SOURCE_NONE;
    return (struct winnow_source){
        .platform = p->name,
        .title = p->title,
        .set = dataset_names[s->dataset],
        .how = is_none ? NULL : source_ways[s->way],
        .why_not = is_none ? s->why_not.say : NULL,
        .bound = s->bound.reason == REASON_NONE ? NULL : s->bound.say,
        .scope = s->scope,
        .price_micro = source_price_micro(s),
        .currency = p->currency,
    };
}

void winnow_sources(void (*each)(void *context, const struct winnow_source *source),
                    void *context) {
    for (int set = 0; set < DATASET_COUNT; set++)
        for (size_t k = 0; platform_at(k) != NULL; k++) {
            const struct platform *p = platform_at(k);
            for (size_t i = 0; i < p->source_count; i++) {
                struct winnow_source source = view(p, &p->sources[i]);
                if (p->sources[i].dataset == (enum dataset)set &&
                    p->sources[i].way != SOURCE_HANDLES)
                    each(context, &source);
            }
        }
}
