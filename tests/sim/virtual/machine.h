/* The machine under the engine: its clocks and its disk. Both are put under the production code by
 * the linker (--wrap=clock_start, --wrap=store_open, --wrap=mdb_env_open, --wrap=mdb_txn_commit), in
 * this program alone. The disk is LMDB's file, or the store's engine in memory, whose commits meet
 * the same faults. */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "dice.h"

#include <stdbool.h>
#include <stdint.h>

enum disk_fault {
    DISK_WELL,
    DISK_REFUSES,      /* the commit fails, and nothing of it is there */
    DISK_LIES,         /* the commit fails, and all of it is there */
    DISK_CRASH_BEFORE, /* the process dies before the commit */
    DISK_CRASH_AFTER,  /* and after it, before anything leaves */
};

struct machine {
    /* true time, which nobody but the simulation knows */
    int64_t now_ms;
    int64_t booted_ms;
    int64_t wall_offset_ms; /* the wall clock minus true time */
    unsigned char boot_id[16];
    bool boot_id_known;
    /* the disk */
    enum disk_fault next_fault; /* strikes at the next commit */
    enum disk_fault struck;     /* that one has */
    bool dead;                  /* the process is: nothing reaches the disk any more */
    bool map_writes;            /* LMDB writes through its map: faster, for the full campaign */
    struct memory *memory;      /* the store is there; NULL: in LMDB's file */
    uint64_t file_limit;        /* UINT64_MAX: none */
    int steps_left;             /* of a rotation, until the process dies; -1: it does not */
    uint64_t commits;
};

/* A store in memory from now on, until machine_free. */
void machine_in_memory(struct machine *m);
void machine_free(struct machine *m);

/* The machine that the wrapped calls belong to from now on. */
void machine_use(struct machine *m);
void machine_boot(struct machine *m, struct dice *d);

/* A step of a rotation: a file is written, flushed, renamed, a request leaves, arrives, is
 * answered. True: the process dies before it. */
bool machine_step(struct machine *m);
#define ROTATION_STEPS 11

/* No file may grow past `bytes`, as if the disk were full; UINT64_MAX: any may. */
void machine_limit_files(uint64_t bytes);

#endif
