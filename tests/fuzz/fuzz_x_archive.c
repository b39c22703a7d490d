/* What a whole archive of X has beside its lists of accounts: the first byte says whether the rest
 * is a manifest, or which kind of posts or messages. Posts and messages that were read to their
 * end, cut anywhere before the list's end, are never taken for whole, since only of a whole list
 * nothing is taken for "never talked to". A manifest names nothing outside of its archive. */
#include "fuzz.h"

#include "formats/pack/pack.h"
#include "formats/x/x_manifest.h"
#include "formats/x/x_people.h"
#include "formats/x/x_talk.h"

#define SELF 813286

struct bytes {
    const uint8_t *at;
    size_t left;
};

static int give(void *context, char *to, size_t size, size_t *got, struct winnow_error *err) {
    struct bytes *b = context;
    (void)err;
    *got = b->left < size ? b->left : size;
    memcpy(to, b->at, *got);
    b->at += *got;
    b->left -= *got;
    return 0;
}

static void skipped(void *context, uint64_t line, const char *why) {
    (void)context;
    MUST(line >= 1 && why[0] != '\0' && is_printable(why, strlen(why)));
}

static const struct roster_sink sink = {.skipped = skipped};

static void one_manifest(const uint8_t *at, size_t size) {
    struct bytes bytes = {at, size};
    struct lines lines;
    struct x_manifest m;
    struct winnow_error err = {0};
    MUST(lines_open_source(&lines, (struct lines_source){&bytes, give}, &sink, &err) == 0);
    if (x_manifest_read(&m, &lines, &err) != 0)
        MUST(err.code == WINNOW_BAD_INPUT && is_printable(err.text, strlen(err.text)));
    MUST(m.file_count <= X_MANIFEST_FILES && !(m.says_whole && m.says_partial));
    for (uint32_t i = 0; i < m.file_count; i++)
        MUST(pack_name_is_safe(m.files[i].name) && m.files[i].count >= -1);
    x_manifest_free(&m);
    lines_close(&lines);
}

struct talk_seen {
    int result;
    uint64_t people, elements;
};

static void one_talk(struct talk_seen *seen, const uint8_t *at, size_t size,
                     enum x_talk_kind kind) {
    struct bytes bytes = {at, size};
    struct roster_counts counts = {0};
    struct winnow_error err = {0};
    struct x_talked talked = {.self = SELF, .remember = size % 3 == 0};
    struct reading *r = calloc(1, sizeof *r);
    MUST(r != NULL);
    r->sink = &sink;
    r->counts = &counts;
    record_init(&r->record);
    x_people_init(&talked.people, 16);
    x_people_init(&talked.posts, 16);
    MUST(lines_open_source(&r->lines, (struct lines_source){&bytes, give}, &sink, &err) == 0);
    seen->result = x_talk_read(r, kind, &talked, &err);
    if (seen->result != 0)
        MUST(err.code == WINNOW_BAD_INPUT && is_printable(err.text, strlen(err.text)));
    seen->people = talked.people.count;
    seen->elements = r->elements;
    MUST(counts.skipped <= counts.lines && talked.people.count <= 16);
    for (uint32_t i = 0; i < talked.people.count; i++) {
        const struct x_person *one = &talked.people.all[i];
        const struct x_spoken *spoken = x_people_spoken(&talked.people, one);
        MUST(one->id != SELF && one->id != 0 && spoken != NULL);
        MUST(!tie_is_empty(&spoken->posts) || !tie_is_empty(&spoken->messages));
    }
    x_people_free(&talked.people);
    x_people_free(&talked.posts);
    lines_close(&r->lines);
    free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct talk_seen whole;
    struct talk_seen cut;
    if (size < 2)
        return 0;
    if (data[0] % 3 == 0) { /* as the corpus has it */
        one_manifest(data + 1, size - 1);
        return 0;
    }
    static const enum x_talk_kind posts[] = {X_TALK_POSTS, X_TALK_COMMUNITY, X_TALK_CIRCLE,
                                             X_TALK_NOTES};
    static const enum x_talk_kind messages[] = {X_TALK_PAIRS, X_TALK_GROUPS, X_TALK_EVENTS};
    enum x_talk_kind kind = data[0] % 3 == 1 ? posts[data[0] / 3 % 4] : messages[data[0] / 3 % 3];
    one_talk(&whole, data + 1, size - 1, kind);
    uint64_t seed = seed_of(data, size);
    const uint8_t *close = memrchr(data + 1, ']', size - 1);
    if (whole.result != 0 || close == NULL)
        return 0;
    one_talk(&cut, data + 1, (size_t)(draw(&seed) % (size_t)(close - data)), kind);
    MUST(cut.result != 0 && cut.elements <= whole.elements);
    return 0;
}
