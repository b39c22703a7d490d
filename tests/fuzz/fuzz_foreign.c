/* Text from the network. What must be true: what is shown is clean for a terminal whatever came;
 * cuts end at a character; HTML becomes no longer than the room. */
#include "fuzz.h"

#include "core/base/foreign.h"

static void check_rooms(struct text t, size_t room) {
    char *shown = malloc(room);
    char *plain = malloc(room);
    char *copy = malloc(room);
    MUST(shown != NULL && plain != NULL && copy != NULL);
    size_t size = foreign_show(t, shown, room);
    MUST(size < room && shown[size] == '\0' && size <= FOREIGN_SHOWN_MAX + 3);
    MUST(is_printable(shown, size));
    size = foreign_from_html(t, plain, room);
    MUST(size <= room);
    if (is_utf8(t.at, t.size))
        MUST(is_utf8(plain, size));
    foreign_copy(t, copy, room);
    size = strnlen(copy, room);
    MUST(size < room && size <= t.size && memcmp(copy, t.at, size) == 0);
    if (is_utf8(t.at, t.size))
        MUST(is_utf8(copy, size));
    foreign_fit(t, copy, room);
    size = strnlen(copy, room);
    MUST(size < room && (!is_utf8(t.at, t.size) || is_utf8(copy, size)));
    free(shown);
    free(plain);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *at = exact_copy(data, size);
    struct text t = {at, (uint32_t)size};
    uint64_t seed = seed_of(data, size);
    for (size_t i = 0; i < size; i++)
        MUST(foreign_char(at + i, size - i) == utf8_size(at + i, size - i));
    struct text cut = foreign_cut(t, (size_t)(draw(&seed) % (size + 2)));
    MUST(cut.at == t.at && cut.size <= t.size);
    MUST(!is_utf8(t.at, t.size) || is_utf8(cut.at, cut.size));
    check_rooms(t, 121);
    check_rooms(t, 1 + (size_t)(draw(&seed) % 200));
    free(at);
    return 0;
}
