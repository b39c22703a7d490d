/* The followees: what winnow is told of each, what the simulation knows of them, and its own
 * judgement of who may go. */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "scenario.h"
#include "ties.h"

#define NO_POSITION UINT32_MAX
#define KEYS_MAX    3 /* follow records of one followee (Bluesky) */

enum told { TOLD_NO, TOLD_UNKNOWN, TOLD_YES };

struct person {
    uint8_t keys;
    uint8_t there;               /* a bit a key: still followed, at the platform */
    uint8_t confirmed;           /* a bit a key: the journal has it as gone */
    uint32_t position[KEYS_MAX]; /* in the present schedule; NO_POSITION: not in it */
    bool kept;                   /* on the keep list, and that is committed */
    bool ever_kept;
    uint64_t kept_commit;               /* by which it was put on the list or taken off */
    enum told facts[JUDGED_COUNT];      /* as winnow was told by the roster, and by fetches */
    enum told stated;                   /* by the roster: were there interactions? */
    struct exchanged known[FROM_COUNT]; /* as the store has it, source by source */
    struct exchanged now[FROM_COUNT];   /* by the rows that the reading at hand served */
    bool joined;                        /* came into the roster since the reading at hand began */
    bool planned;                       /* the policy let them go when the plan was made */
    struct truth {                      /* at the platform, where facts drift */
        bool follows_me, vanished, wrote, listed, on_other;
    } is;
    struct served {  /* in the reading of evidence at hand, by a row or an explicit word */
        bool truly;  /* as it began, it should have been on the list */
        bool spoilt; /* as the reading is */
        bool yes, no;
        bool last_yes; /* the last time that they were asked about */
    } served;
    struct heard { /* of a precheck, by the process of that number */
        uint64_t process;
        enum told follows_me;
        enum told there[KEYS_MAX];
        bool left_out; /* of the last one that asked for several */
    } heard;
    uint64_t unseen_by; /* the process that was told, by a question since the last try, that there
                           is nobody; 0: none */
    uint64_t gone_by; /* the process that was told, by a question, that they are no more; 0: none */
};

void person_draw(struct person *p, const struct scenario *s, struct dice *d);
/* How it stands at the platform, which the roster tells right for the most part. */
void person_draw_truth(struct person *p, struct dice *d);
/* Invariant 8, by the simulation's own logic: does the policy let them go? */
bool person_may_go(const struct person *p, const struct scenario *s);
/* The same with what the process has heard laid over. */
bool person_may_still_go(const struct person *p, const struct scenario *s, uint64_t process);

#define PERSON_TEXT 64
void person_id(enum which which, uint32_t number, char to[PERSON_TEXT]);
void person_key(enum which which, uint32_t number, uint32_t key, char to[PERSON_TEXT]);

#endif
