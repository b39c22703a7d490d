/* Records of campaigns and followees as bytes, inside the store only. Little-endian; numbers of
 * facts as LEB128, which keeps a followee near 60 bytes. Layout: docs/storage-format.md. */
#ifndef STORE_TABLES_CODEC_H
#define STORE_TABLES_CODEC_H

#include "store/tables/tables.h"

/* Entries, or decisions, of a plan in a record. */
#define PLAN_CHUNK 336

/* Upper bounds of what the encoders write. */
#define CODEC_FACTS_MAX                                                                            \
    (48 + 10 * FACT_COUNT + 1 + 3 * FACT_COUNT + 1 + 36 * TIES_MAX + 4 * FACT_TEXT_COUNT +         \
     FACT_TEXTS_MAX + FOLLOW_KEYS_MAX)
#define CODEC_TEXTS_MAX    (16 + FACT_HANDLE_MAX + FACT_NAME_MAX + FACT_BIO_MAX)
#define CODEC_CAMPAIGN_MAX (64 + sizeof(struct store_campaign))

/* What plans read of everybody: all facts but those of codec_texts, and follow keys. */
size_t codec_facts_write(const struct facts *f, unsigned char *to);
int codec_facts_read(struct record r, struct facts *out, struct winnow_error *err);

/* What is read of a few: handle, name, bio. Reads on top of codec_facts_read's result. */
size_t codec_texts_write(const struct facts *f, unsigned char *to);
int codec_texts_read(struct record r, struct facts *out, struct winnow_error *err);

size_t codec_campaign_write(const struct store_campaign *c, unsigned char *to);
int codec_campaign_read(struct record r, struct store_campaign *out, struct winnow_error *err);

#endif
