/* bench-sort-append DIR COUNT: what a plan's time is held against. Makes COUNT keys, sorts them
 * with qsort, and appends them with 16-byte values to an LMDB environment in DIR, in one
 * transaction with full sync. Plain on purpose; exits 1 with a message when anything fails. */
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mixed(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static int compare(const void *a, const void *b) {
    return memcmp(a, b, 16);
}

static int check(int code, const char *doing) {
    if (code != 0)
        fprintf(stderr, "%s: %s\n", doing, mdb_strerror(code));
    return code;
}

static int append_all(MDB_txn *txn, unsigned char (*keys)[16], size_t count) {
    MDB_dbi queue;
    unsigned char bytes[16] = {0};
    int code = check(mdb_dbi_open(txn, "queue", MDB_CREATE, &queue), "opening the table");
    for (size_t i = 0; i < count && code == 0; i++) {
        MDB_val key = {sizeof keys[i], keys[i]};
        MDB_val value = {sizeof bytes, bytes};
        memcpy(bytes, keys[i], 8);
        code = check(mdb_put(txn, queue, &key, &value, MDB_APPEND), "appending");
    }
    return code;
}

int main(int argc, char **argv) {
    size_t count = argc == 3 ? (size_t)strtoull(argv[2], NULL, 10) : 0;
    unsigned char(*keys)[16] = calloc(count + 1, sizeof *keys);
    MDB_env *env;
    MDB_txn *txn;
    if (count == 0 || keys == NULL) {
        fprintf(stderr, "usage: bench-sort-append DIR COUNT\n");
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t random = mixed(i);
        for (int k = 0; k < 8; k++) {
            keys[i][k] = (unsigned char)(random >> (56 - 8 * k));
            keys[i][8 + k] = (unsigned char)((uint64_t)i >> (56 - 8 * k));
        }
    }
    qsort(keys, count, sizeof *keys, compare);
    if (check(mdb_env_create(&env), "LMDB") != 0)
        return 1;
    mdb_env_set_maxdbs(env, 1);
    mdb_env_set_mapsize(env, (size_t)4 << 30);
    if (check(mdb_env_open(env, argv[1], 0, 0600), "opening") != 0 ||
        check(mdb_txn_begin(env, NULL, 0, &txn), "beginning") != 0 ||
        append_all(txn, keys, count) != 0 || check(mdb_txn_commit(txn), "committing") != 0)
        return 1;
    mdb_env_close(env);
    free(keys);
    return 0;
}
