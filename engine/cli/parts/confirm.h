/* The question before the first unfollow. */
#ifndef CLI_PARTS_CONFIRM_H
#define CLI_PARTS_CONFIRM_H

#include "cli/base/cli.h"

/* Show on stderr what is about to begin, and have the number of accounts typed. 0: agreed. */
int confirm_ask(struct cli *cli, const struct winnow_status *status, struct winnow_error *err);

/* The consent hook: may `sum` be spent on `what`? Yes by --yes, else asked where there is a
 * terminal; no where there is none. */
bool confirm_money(void *cli, const char *what, const char *sum);

/* "661383" or "661,383", spaces around? */
bool confirm_matches(const char *line, uint64_t number);

#endif
