/* Evidence sets, as plan and fetch show them: one line a set. */
#ifndef CLI_VIEWS_EVIDENCE_H
#define CLI_VIEWS_EVIDENCE_H

#include "cli/parts/json.h"

void evidence_print(struct output *out, const char *campaign, const struct winnow_evidence *sets,
                    size_t count);
json_t *evidence_json(const char *campaign, const struct winnow_evidence *sets, size_t count);

#endif
