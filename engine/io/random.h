/* Random bytes from the kernel, for secrets. */
#ifndef IO_RANDOM_H
#define IO_RANDOM_H

#include <stddef.h>
#include <winnow/error.h>

/* Waits until the kernel has gathered enough, which is so soon after the machine started. */
int random_bytes(unsigned char *out, size_t size, struct winnow_error *err);

#endif
