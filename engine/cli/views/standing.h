/* Where a campaign stands, as status and run show it. */
#ifndef CLI_VIEWS_STANDING_H
#define CLI_VIEWS_STANDING_H

#include "cli/base/cli.h"
#include "cli/parts/json.h"

uint64_t standing_settled(const struct winnow_status *s);
/* One line: "obama waiting: 1,234 of 661,383 settled (0.2 %), ..." */
void standing_line(const struct winnow_status *s, int64_t now_ms, char *line, size_t size);
/* The block that `status` prints. */
void standing_print(struct output *out, const struct winnow_status *s, int64_t now_ms);
/* An element of "campaigns" in the contract of docs/operations.md. */
json_t *standing_json(const struct winnow_status *s);

#endif
