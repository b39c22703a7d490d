/* Which platform gives which set, for the help of fetch. */
#ifndef CLI_VIEWS_FETCH_HELP_H
#define CLI_VIEWS_FETCH_HELP_H

#include "cli/base/output.h"

void fetch_help(struct output *out);

#endif
