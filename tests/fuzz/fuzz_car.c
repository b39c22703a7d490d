/* A file of blocks: whatever stands in it, each block that is in the index is there again by its
 * hash, and a file that was cut has no more blocks than the whole one. */
#include "fuzz.h"

#include "formats/bluesky/car.h"

#include <sys/mman.h>
#include <unistd.h>

#define BLOCKS 64

static int file_of(const void *at, size_t size) {
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("car", MFD_CLOEXEC);
    MUST(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, at, size, 0) == (ssize_t)size);
    return fd;
}

static uint32_t one(const uint8_t *at, size_t size, int *result) {
    const struct car_options options = {.blocks = BLOCKS};
    struct winnow_error err = {0};
    struct car *c;
    unsigned char *bytes;
    size_t got;
    uint32_t blocks = 0;
    *result = car_open(file_of(at, size), &options, &c, &err);
    if (*result != 0) {
        MUST(err.code == WINNOW_BAD_INPUT && is_printable(err.text, strlen(err.text)));
        return 0;
    }
    MUST(car_is_head(at, size));
    MUST(car_blocks(c) <= BLOCKS && car_cut_at(c) <= size);
    int found = car_get(c, car_root(c), CAR_BLOCK_MAX, &bytes, &got, &err);
    MUST(found == (car_has(c, car_root(c)) ? 1 : 0) && (found == 1) == (bytes != NULL));
    MUST(got <= size);
    if (got > 0)
        MUST(memmem(at, size, bytes, got) != NULL);
    free(bytes);
    blocks = car_blocks(c);
    car_close(c);
    return blocks;
}

/* A value with all that is in it is passed, or refused, in one way. */
static void one_value(const uint8_t *at, size_t size) {
    struct dag d;
    char *copy = exact_copy(at, size);
    dag_start(&d, copy, size);
    if (dag_pass(&d) == 0)
        MUST(d.fault == NULL && (const char *)d.at > copy && (const char *)d.at <= copy + size);
    else
        MUST(d.fault != NULL && dag_value(&d) == DAG_FAILED);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int result;
    int cut_result;
    one_value(data, size);
    uint32_t blocks = one(data, size, &result);
    if (result != 0 || size == 0)
        return 0;
    uint64_t seed = seed_of(data, size);
    uint32_t left = one(data, (size_t)(draw(&seed) % size), &cut_result);
    MUST(left <= blocks);
    return 0;
}
