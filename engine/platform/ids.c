/* Parts of the syntax of ids: see ids.h. */
#include "platform/ids.h"

#include <string.h>

bool id_made_of(struct text t, const char *allowed, size_t max) {
    if (t.size == 0 || t.size > max)
        return false;
    for (uint32_t i = 0; i < t.size; i++)
        if (t.at[i] == '\0' || strchr(allowed, t.at[i]) == NULL)
            return false;
    return true;
}

bool id_is_digits(struct text t) {
    for (uint32_t i = 0; i < t.size; i++)
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
    return t.size > 0;
}

bool id_is_number(struct text t) {
    return t.size <= 19 && id_is_digits(t) && (t.size == 1 || t.at[0] != '0');
}
