/* The page of an account on its platform, for a person to look at. Pure. */
#ifndef PLATFORM_PROFILE_H
#define PLATFORM_PROFILE_H

#include "platform/platform.h"

#define PROFILE_LINK_SIZE 640 /* a server, and a handle; not one that is all escapes */

/* The link to whoever has that id or that handle, either of which may be empty; `server` is the
 * campaign's, as an origin. By the id where the platform has such pages: a handle changes hands.
 * False and "" where what is known makes no link. What is no letter of a link is escaped. */
bool platform_profile_link(const struct platform *p, const char *server, struct text id,
                           struct text handle, char out[PROFILE_LINK_SIZE]);

#endif
