/* The ledger's records as bytes, inside the store only. */
#ifndef STORE_RECORDS_LEDGER_H
#define STORE_RECORDS_LEDGER_H

#include "store/lmdb/tables.h"

#define LEDGER_JOURNAL_SIZE 48
#define LEDGER_OPEN_SIZE    24
#define LEDGER_STATES_CHUNK 1024

int ledger_journal_read(const unsigned char *key, size_t key_size, struct record record,
                        struct store_journal_record *out, struct winnow_error *err);
int ledger_open_read(const unsigned char *key, size_t key_size, struct record record,
                     struct store_open_entry *out, struct winnow_error *err);

#endif
