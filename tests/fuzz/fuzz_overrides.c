/* Budget overrides of the command line. What must be true: one that is taken makes a limiter that
 * grants a first request, or has no such budget; one that is not is explained. */
#include "fuzz.h"

#include "work/budgets/budgets.h"

static void check_fill(const struct platform *p, const char *text) {
    struct limiter l;
    struct winnow_error err = {0};
    limiter_init(&l, PACE_BURST);
    const char *const overrides[] = {text};
    if (budgets_fill(&l, p, overrides, 1, &err) != 0)
        MUST(err.code == WINNOW_USAGE && err.text[0] != '\0');
    else
        for (size_t i = 0; i < l.count; i++)
            MUST(l.budgets[i].spec.limit > 0 && l.budgets[i].spec.period_ms > 0);
    limiter_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct budget_override o;
    struct winnow_error err = {0};
    char *text = string_copy(data, size);
    if (budget_override_parse(text, &o, &err) == 0) {
        MUST(o.name[0] != '\0' && strnlen(o.name, sizeof o.name) < sizeof o.name);
        MUST(o.off || (o.limit >= 1 && o.limit <= 1000000000 && o.period_ms > 0));
        check_fill(&platform_x, text);
        check_fill(&platform_bluesky, text);
    } else {
        MUST(err.code == WINNOW_USAGE && err.text[0] != '\0');
    }
    free(text);
    return 0;
}
