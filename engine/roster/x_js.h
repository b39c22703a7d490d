/* How a file of an X archive is known. Pure. */
#ifndef ROSTER_X_JS_H
#define ROSTER_X_JS_H

#include <stdbool.h>
#include <stddef.h>

bool x_js_is_head(const char *at, size_t size);

#endif
