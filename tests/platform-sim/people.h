/* People with known answers, of whom the simulator tells the truth: profiles, relations, and all
 * that was exchanged with the account, in order of time.
 *
 * Happy path: people_load reads one JSON object a line (tests/people/README.md); people are then
 * indexes 0 .. count-1, oldest follow first.
 * Failure: a file that cannot be read, or a line that is no person, ends the process with a message
 * that names file and line. */
#ifndef PLATFORM_SIM_PEOPLE_H
#define PLATFORM_SIM_PEOPLE_H

#include "base.h"

enum label { LABEL_STAY, LABEL_GO, LABEL_OPEN, LABELS };
extern const char *const label_names[LABELS];

/* What is exchanged; E_ALONE is a post of the account's that is about nobody. */
enum exchange { E_REPLY, E_MENTION, E_QUOTE, E_BOOST, E_LIKE, E_BOOKMARK, E_MESSAGE, E_ALONE };

#define GROUPS 16 /* lists, or organisations, at most */

struct person {
    uint32_t name, bio, lang, note; /* of people->text */
    uint32_t followers, following, posts;
    uint64_t created_s, followed_s;
    uint64_t last_post_s; /* 0: never */
    uint32_t lists, orgs; /* bit sets */
    enum label label;
    bool mutual, verified, bot, is_protected, suspended, deleted, moved, egg, notify, endorsed;
    bool lost; /* unfollowed on Mastodon: lists, bell and endorsement went with it */
};

struct happening {
    uint64_t ms;  /* since 1970; no two are at the same */
    uint32_t who; /* SIM_NONE: nobody */
    enum exchange what;
    bool ours;        /* the account did it; else they did it to the account */
    bool last_letter; /* the newest message of that person's conversation */
};

struct groups {
    uint32_t name[GROUPS]; /* of people->text */
    uint32_t count;
};

struct people {
    struct person *person;
    uint32_t count;
    struct names ids[PLATFORMS];
    struct happening *happening; /* oldest first */
    uint32_t happenings;
    uint32_t room;
    struct groups lists, orgs;
    struct buf text;
    uint64_t now_s; /* the day on which all this is true */
};

void people_load(struct people *people, const char *file);
void people_free(struct people *people);
const char *people_text(const struct people *people, uint32_t at);

/* The first happening whose time is not before; people->happenings if there is none. */
uint32_t happening_from(const struct people *people, uint64_t ms);
/* Did it happen in the last so many days? */
bool happened_within(const struct people *people, const struct happening *one, uint32_t days);

#endif
