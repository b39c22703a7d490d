/* A text that lies somewhere else, and is not ended by a zero. Whoever hands one over says how long
 * it lives. */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include <stdint.h>

struct text {
    const char *at;
    uint32_t size; /* bytes */
};

#endif
