/* Handles in one form, so that two ways to write one person's are the same bytes but for the case
 * of letters (which is the store's to compare). Every handle that enters the store, and every one
 * that somebody asks for, goes through here. Pure. */
#ifndef PLATFORM_HANDLES_H
#define PLATFORM_HANDLES_H

#include "platform/platform.h"

/* Blanks around it and an '@' before it go. On Mastodon and kin a name alone is at `server` (an
 * origin, such as "https://mastodon.social"), and the host is in small letters and in ASCII, as
 * IDNA has it ("xn--..."): Mastodon's API writes hosts in Unicode, its exports in punycode
 * (mastodon/mastodon issue 20571). On Bluesky the host name is in small letters.
 *
 * The result is a part of `handle`, or lies in `room`. It is empty when nothing is left, and as it
 * was, without blanks and '@', when it cannot be a handle there. */
struct text platform_handle(const struct platform *p, const char *server, struct text handle,
                            char room[FACT_HANDLE_MAX + 1]);

/* The same of a followee's handle, when it is known. */
void platform_handle_of(const struct platform *p, const char *server, struct facts *facts,
                        char room[FACT_HANDLE_MAX + 1]);

#endif
