/* Evidence sets in the store: see evidence.h. A small JSON note each: the reason as its number and
 * counts, and as the sentence, which is all that older notes have. Fails as the store does, and
 * with WINNOW_DAMAGED when what is stored is no such note. */
#include "work/evidence/evidence.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "work/campaign/json_text.h"

int evidence_put(struct store_txn *t, uint32_t campaign, enum dataset set, const struct evidence *e,
                 struct winnow_error *err) {
    char sentence[WHY_MAX];
    why_sentence(&e->why, sentence);
    json_t *root =
        json_pack("{s:i, s:I, s:I, s:I, s:i, s:I, s:I, s:i, s:I, s:I, s:s}", "state", (int)e->state,
                  "as_of_ms", (json_int_t)e->as_of_ms, "count", (json_int_t)e->count, "expected",
                  (json_int_t)e->expected, "batch", (int)e->batch, "people", (json_int_t)e->people,
                  "since_ms", (json_int_t)e->since_ms, "reason", (int)e->why.reason, "n",
                  (json_int_t)e->why.n, "m", (json_int_t)e->why.m, "why", sentence);
    size_t size = 0;
    char *text = json_text_make(root, &size);
    json_decref(root);
    if (text == NULL)
        return winnow_fail(err, WINNOW_NO_MEMORY, "out of memory");
    int result =
        store_note_put(t, campaign, STORE_NOTE_EVIDENCE, dataset_names[set], text, size, err);
    free(text);
    return result;
}

/* A note without a number, or with one that is not known here, has its sentence. */
static struct why read_why(const json_t *root, const char *sentence) {
    json_int_t reason = json_integer_value(json_object_get(root, "reason"));
    if (reason <= REASON_NONE || reason >= REASON_COUNT)
        return why_said(sentence[0] != '\0' ? REASON_SAID : REASON_NONE, sentence);
    struct why why = why_said((enum reason)reason, sentence);
    why.n = (uint64_t)json_integer_value(json_object_get(root, "n"));
    why.m = (uint64_t)json_integer_value(json_object_get(root, "m"));
    return why;
}

static bool read_note(json_t *root, struct evidence *out) {
    int state;
    int batch;
    const char *why;
    json_int_t as_of_ms;
    json_int_t count;
    json_int_t expected;
    json_int_t people = 0; /* notes of before November 2026 do not tell */
    json_int_t since_ms = 0;
    if (json_unpack(root, "{s:i, s:I, s:I, s:I, s:i, s?I, s?I, s:s}", "state", &state, "as_of_ms",
                    &as_of_ms, "count", &count, "expected", &expected, "batch", &batch, "people",
                    &people, "since_ms", &since_ms, "why", &why) != 0 ||
        state < WINNOW_SET_ABSENT || state > WINNOW_SET_COMPLETE || batch < 0 ||
        batch > UINT16_MAX || people < 0 || people > UINT32_MAX || strlen(why) >= WHY_MAX)
        return false;
    *out = (struct evidence){.state = (enum winnow_set_state)state,
                             .as_of_ms = as_of_ms,
                             .count = (uint64_t)count,
                             .expected = (uint64_t)expected,
                             .batch = (uint16_t)batch,
                             .people = (uint32_t)people,
                             .since_ms = (int64_t)since_ms,
                             .why = read_why(root, why)};
    return true;
}

int evidence_get(struct store_txn *t, uint32_t campaign, enum dataset set, struct evidence *out,
                 struct winnow_error *err) {
    const void *bytes;
    size_t size;
    *out = (struct evidence){.state = WINNOW_SET_ABSENT};
    int found =
        store_note_get(t, campaign, STORE_NOTE_EVIDENCE, dataset_names[set], &bytes, &size, err);
    if (found <= 0)
        return found;
    json_t *root = json_loadb(bytes, size, 0, NULL);
    bool whole = root != NULL && read_note(root, out);
    json_decref(root);
    return whole
               ? 0
               : winnow_fail(err, WINNOW_DAMAGED, "the note on the evidence \"%s\" cannot be read",
                             dataset_names[set]);
}
