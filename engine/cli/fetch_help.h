/* Which platform gives which set, for the help of fetch. */
#ifndef CLI_FETCH_HELP_H
#define CLI_FETCH_HELP_H

#include "output.h"

void fetch_help(struct output *out);

#endif
