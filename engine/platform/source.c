/* Looking into a platform's table of sources: see source.h. Cannot fail. */
#include "platform/source.h"

#include "platform/platform.h"

const char *const source_ways[SOURCE_WAYS] = {
    [SOURCE_NONE] = "not",
    [SOURCE_PAGES] = "a list",
    [SOURCE_PARTS] = "list by list",
    [SOURCE_PARTS_AT_ONCE] = "all lists at once",
    [SOURCE_ROWS] = "with the following list",
    [SOURCE_ASKED] = "by asking for those in the roster",
    [SOURCE_HANDLES] = "by handle",
    [SOURCE_HIDDEN] = "by asking for those who are not shown",
    [SOURCE_NEXT] = "by asking for the plan's next entries",
    [SOURCE_ARCHIVE] = "the archive",
    [SOURCE_REPO] = "with the whole repository",
};

const struct platform_source *platform_source(const struct platform *p, enum dataset dataset,
                                              enum source_way way) {
    for (size_t i = 0; i < p->source_count; i++)
        if (p->sources[i].dataset == dataset && p->sources[i].way == way)
            return &p->sources[i];
    return NULL;
}

const struct platform_source *platform_first_source(const struct platform *p,
                                                    enum dataset dataset) {
    for (size_t i = 0; i < p->source_count; i++)
        if (p->sources[i].dataset == dataset && p->sources[i].way != SOURCE_NONE &&
            p->sources[i].way != SOURCE_HANDLES)
            return &p->sources[i];
    return NULL;
}

const struct source_said *platform_why_not(const struct platform *p, enum dataset dataset) {
    const struct platform_source *s = platform_source(p, dataset, SOURCE_NONE);
    return s != NULL ? &s->why_not : NULL;
}

bool platform_has_rows(const struct platform *p, enum dataset dataset) {
    for (size_t i = 0; i < p->source_count; i++)
        if (p->sources[i].dataset == dataset)
            return true;
    return false;
}

bool platform_has_archive(const struct platform *p) {
    for (size_t i = 0; i < p->source_count; i++)
        if (p->sources[i].way == SOURCE_ARCHIVE)
            return true;
    return false;
}

const struct platform_list *platform_following(const struct platform *p) {
    return p->sources[0].list;
}

bool source_is_fetched(const struct platform_source *s) {
    return s->way != SOURCE_NONE && s->way != SOURCE_HANDLES && s->way != SOURCE_NEXT &&
           s->way != SOURCE_ARCHIVE;
}

int64_t source_price_micro(const struct platform_source *s) {
    int64_t most = s->list != NULL ? s->list->price_micro : 0;
    if (s->held != NULL && s->held->price_micro > most)
        most = s->held->price_micro;
    if (s->ask != NULL && s->ask->price_micro > most)
        most = s->ask->price_micro;
    return most;
}
