/* How a file of an X archive is known. Pure. */
#ifndef FORMATS_X_X_JS_H
#define FORMATS_X_X_JS_H

#include "formats/base/reading.h"
#include <stdbool.h>
#include <stddef.h>

bool x_js_is_head(const char *at, size_t size);

/* The input stands at its first byte, behind a byte order mark. Fails as roster_read does. */
int x_js_read(struct reading *r, struct winnow_error *err);

/* The lists of accounts in an X archive. X_ANY: following or follower, as the file says. Of
 * block and mute the relation is ROSTER_OTHER. */
enum x_accounts { X_ANY, X_FOLLOWING, X_FOLLOWER, X_BLOCK, X_MUTE };
int x_accounts_read(struct reading *r, enum x_accounts wanted, struct winnow_error *err);

#endif
