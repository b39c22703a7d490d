/* How a file of Mastodon's is known. Pure. */
#ifndef FORMATS_LISTS_MASTODON_CSV_H
#define FORMATS_LISTS_MASTODON_CSV_H

#include "core/facts/facts.h"
#include "formats/base/reading.h"

/* "alice@example.org", with or without an @ in front. */
bool mastodon_is_address(struct text address);

/* The first line is following_accounts.csv's header, or begins with an address. `said` is the
 * separator that the file itself tells; 0: it does not. */
bool mastodon_is_head(const char *at, size_t size, char said);

/* The input stands at its first byte, behind a byte order mark. Fails as roster_read does. */
int mastodon_csv_read(struct reading *r, struct winnow_error *err);

#endif
