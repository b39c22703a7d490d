/* Random bytes: see random.h. Happy path: getrandom gives all at once. Fails with WINNOW_FAILED
 * where the kernel has none to give; there is no second source. */
#include "io/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int random_bytes(unsigned char *out, size_t size, struct winnow_error *err) {
    while (size > 0) {
        ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return winnow_fail(err, WINNOW_FAILED, "the kernel gives no random bytes: %s",
                               strerror(errno));
        out += got;
        size -= (size_t)got;
    }
    return 0;
}
