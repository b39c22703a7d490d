/* What the syntax of ids, handles and keys is made of. Each platform's own stands in its adapter and
 * is named in its row. Pure; cannot fail. */
#ifndef PLATFORM_IDS_H
#define PLATFORM_IDS_H

#include "core/base/text.h"

#include <stdbool.h>
#include <stddef.h>

#define ID_DIGITS  "0123456789"
#define ID_LOWER   "abcdefghijklmnopqrstuvwxyz"
#define ID_LETTERS ID_LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* 1 to `max` characters, each one of those allowed. */
bool id_made_of(struct text t, const char *allowed, size_t max);
/* Digits alone, one at least. */
bool id_is_digits(struct text t);
/* At most 19 digits, and the first of them no needless zero: "012" is no other way to write 12, but
 * nobody's. */
bool id_is_number(struct text t);

#endif
