/* See json_text.h. Happy path: measured, allocated, written; jansson's own buffer, which grows
 * while it writes, is not used. */
#include "work/campaign/json_text.h"

#include <stdlib.h>

char *json_text_make(const json_t *root, size_t *size) {
    size_t needed = root == NULL ? 0 : json_dumpb(root, NULL, 0, JSON_COMPACT);
    char *text = needed == 0 ? NULL : malloc(needed + 1);
    if (text == NULL)
        return NULL;
    if (json_dumpb(root, text, needed, JSON_COMPACT) != needed) {
        free(text);
        return NULL;
    }
    text[needed] = '\0';
    *size = needed;
    return text;
}
