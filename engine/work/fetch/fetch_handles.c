/* The ids of those whom a file named by their handle alone. Happy path: the platform is asked for
 * them in chunks (fetch_chunks.h); the id is theirs from then on, or they turn out to be somebody
 * whom the roster knows already, who then has what the file said of them. Who is not found (a
 * handle that is gone, or was never one) stays without an id, and the policy does not touch them.
 */
#include "work/pages/fetch_chunks.h"

#include <string.h>

static bool wanted(const struct fetching *f, const struct facts *facts) {
    struct text handle = facts_text(facts, FACT_HANDLE);
    return !facts_known(facts, FACT_ID) &&
           platform_check_account(f->platform, handle.at, handle.size, NULL) == 0;
}

/* With the handle, by which the two are found to be one. */
static int handles_take(struct fetching *f, uint32_t number, const struct facts *row) {
    struct facts facts = *row;
    struct facts known;
    char handle[FACT_HANDLE_MAX + 1];
    if (store_followee_get(f->txn, f->campaign.id, number, STORE_FACTS_AND_TEXTS, &known, f->err) !=
        0)
        return -1;
    if (facts_known(&known, FACT_ID)) /* an import was faster */
        return 0;
    text_copy(handle, sizeof handle, facts_text(&known, FACT_HANDLE));
    if (!facts_known(&facts, FACT_HANDLE))
        facts_set_text(&facts, FACT_HANDLE, handle, strlen(handle));
    f->result->resolved++;
    return fetch_merge_known(f, &facts, f->err) < 0 ? -1 : 0;
}

int fetch_handles(struct fetching *f, struct winnow_error *err) {
    const struct platform_source *source =
        platform_source(f->platform, DATASET_FOLLOWING, SOURCE_HANDLES);
    const struct chunks chunks = {
        .name = "handles",
        .doing = "looking up handles",
        .ask = source->ask,
        .by = FACT_HANDLE,
        .wanted = wanted,
        .take = handles_take,
    };
    bool nobody = false;
    int result = f->campaign.unresolved == 0 ? 0 : fetch_chunks(f, &chunks, &nobody, err);
    f->result->unresolved = f->campaign.unresolved;
    if (result == 1) {
        char why[WHY_MAX];
        why_sentence(&f->refused, why);
        hooks_warn(&f->options->hooks, "%u handles could not be looked up: %s",
                   f->campaign.unresolved, why);
    }
    return result < 0 ? -1 : 0;
}
