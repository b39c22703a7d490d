/* The ledger's records as bytes, inside the store only. */
#ifndef STORE_RECORDS_LEDGER_H
#define STORE_RECORDS_LEDGER_H

#include "store/tables/tables.h"

#define LEDGER_JOURNAL_SIZE 48
#define LEDGER_OPEN_SIZE    24
#define LEDGER_STATES_CHUNK 1024

int ledger_journal_read(const unsigned char *key, size_t key_size, struct record record,
                        struct store_journal_record *out, struct winnow_error *err);
int ledger_progress_put(struct store_txn *t, uint32_t campaign, const struct store_progress *p,
                        struct winnow_error *err);
/* Write one event, and change `p`, which the caller puts. */
int ledger_event(struct store_txn *t, uint32_t campaign, struct store_progress *p,
                 const struct store_event *event, struct winnow_error *err);

int ledger_open_read(const unsigned char *key, size_t key_size, struct record record,
                     struct store_open_entry *out, struct winnow_error *err);

#endif
