/* Whom a list is of, by the name of its file. */
#ifndef FORMATS_BASE_LIST_NAME_H
#define FORMATS_BASE_LIST_NAME_H

#include "formats/base/roster_sink.h"

/* What the name of a file says, such as "following_accounts.csv": only where all of its words are
 * known. `doubt`: one of them is of another list than followees. Pure. */
enum roster_list roster_list_of_name(const char *name, bool *doubt);

#endif
