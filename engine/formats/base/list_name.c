/* Whom a list is of, by its file's name: see reader.h. Happy path: the name is cut into words; one
 * of them names a list, and all others are known to say nothing else. Cannot fail. */
#include "formats/base/list_name.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *word;
    enum roster_list list;
} words[] = {
    {"following", ROSTER_LIST_FOLLOWING}, {"followings", ROSTER_LIST_FOLLOWING},
    {"followers", ROSTER_LIST_FOLLOWERS}, {"follower", ROSTER_LIST_FOLLOWERS},
    {"blocked", ROSTER_LIST_BLOCKS},      {"blocks", ROSTER_LIST_BLOCKS},
    {"blocking", ROSTER_LIST_BLOCKS},     {"block", ROSTER_LIST_BLOCKS},
    {"muted", ROSTER_LIST_MUTES},         {"mutes", ROSTER_LIST_MUTES},
    {"muting", ROSTER_LIST_MUTES},        {"mute", ROSTER_LIST_MUTES},
};

/* They say nothing on whom it lists. */
static const char *const silent[] = {
    "accounts", "account", "list",    "export", "user",     "users",   "all",     "my",
    "csv",      "json",    "jsonl",   "txt",    "mastodon", "misskey", "sharkey", "gotosocial",
    "pixelfed", "github",  "twitter", "x",      "js",       "part",    "copy",    "tsv",
};

static bool is_word(const char *at, size_t size, const char *word) {
    if (strlen(word) != size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (tolower((unsigned char)at[i]) != word[i])
            return false;
    return true;
}

static enum roster_list list_of(const char *at, size_t size) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_word(at, size, words[i].word))
            return words[i].list;
    return ROSTER_LIST_UNSAID;
}

static bool says_nothing(const char *at, size_t size) {
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        if (is_word(at, size, silent[i]))
            return true;
    return false;
}

enum roster_list roster_list_of_name(const char *name, bool *doubt) {
    enum roster_list list = ROSTER_LIST_UNSAID;
    bool sure = true;
    *doubt = false;
    const char *slash = strrchr(name, '/');
    const char *at = slash != NULL ? slash + 1 : name;
    while (*at != '\0') {
        size_t size = 0;
        while (isalpha((unsigned char)at[size]) || (unsigned char)at[size] >= 0x80)
            size++;
        enum roster_list one = size == 0 ? ROSTER_LIST_UNSAID : list_of(at, size);
        if (one == ROSTER_LIST_UNSAID)
            sure = sure && (size == 0 || says_nothing(at, size));
        else
            sure = sure && (list == ROSTER_LIST_UNSAID || list == one);
        *doubt = *doubt || (one != ROSTER_LIST_UNSAID && one != ROSTER_LIST_FOLLOWING);
        list = one != ROSTER_LIST_UNSAID ? one : list;
        at += size > 0 ? size : 1;
    }
    return sure ? list : ROSTER_LIST_UNSAID;
}
