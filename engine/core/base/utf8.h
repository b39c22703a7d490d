/* UTF-8 as the Unicode standard has it (table 3-7): no overlong forms, no surrogates, nothing
 * above U+10FFFF. Pure. */
#ifndef CORE_BASE_UTF8_H
#define CORE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Nothing but U+0001 to U+007F: what nearly all lines are, told fast. False says nothing. */
bool utf8_is_ascii(const char *at, size_t size);

bool utf8_valid(const char *at, size_t size);

/* The longest size up to `max` that cuts no character of the valid text in two. */
size_t utf8_cut(const char *at, size_t size, size_t max);

/* C0 and C1 control characters and DEL, in valid text. */
bool utf8_has_control(const char *at, size_t size);

#endif
