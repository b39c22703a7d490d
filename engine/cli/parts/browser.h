/* Opening an address in the person's browser. */
#ifndef CLI_PARTS_BROWSER_H
#define CLI_PARTS_BROWSER_H

#include <stdbool.h>

/* By xdg-open, where there is a display; false when it was not started. Its words go nowhere. The
 * address stands in its command line, where other users of the machine can read it: it must be
 * worth nothing without what this process alone knows. */
bool browser_open(const char *address);

#endif
