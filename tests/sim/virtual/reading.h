/* Evidence: lists that the platform gives to one that fetches, whole or spoilt in one of many ways,
 * and what may be concluded from what was served. */
#ifndef SIM_READING_H
#define SIM_READING_H

#include "people.h"

struct sim;

enum set { SET_FOLLOWERS, SET_FOLLOWING, SET_LISTS, SET_TALK, SETS };

enum spoil {
    SPOIL_NONE,
    SPOIL_CUT,      /* it says that it is at its end, and is not */
    SPOIL_HIDDEN,   /* some are left out */
    SPOIL_REPEATED, /* the same, and others are there twice in their place */
    SPOIL_EMPTY,
    SPOIL_BAD_ROWS, /* some cannot be understood */
    SPOIL_CIRCLE,   /* a page leads back to itself */
    SPOIL_REFUSED,
    SPOIL_ENDLESS,     /* behind the last page come the same rows, under ever new cursors */
    SPOIL_NO_ROWS,     /* or pages without rows */
    SPOIL_SELF,        /* or itself */
    SPOIL_DEAD_TOKEN,  /* the token is nobody's, and then every list is empty, without an error */
    SPOIL_STRANGER,    /* it is another account's */
    SPOIL_FIRST_ONLY,  /* only the first of those asked about is answered for */
    SPOIL_UNFILLED,    /* rows that do not tell */
    SPOIL_CONTRADICTS, /* somebody is answered for twice, the second time otherwise */
    SPOILS
};

#define ROWS_MAX 1024

struct row {         /* of a list that has pages */
    uint32_t number; /* who; from s->people on: somebody else */
    uint8_t part;    /* 1, 2: which of several lists; list 1 is "vip". SET_TALK: enum from */
    uint8_t form;    /* SET_TALK: what was done, and by whom (ties.h) */
    uint16_t twin;   /* the row, from 1 on, of a conversation with the same message; 0: none */
    bool bad;
};

/* From a fetch's beginning to its end, over as many tries as it takes. */
struct reading {
    bool open;
    enum set set;
    enum spoil spoil;
    int64_t told; /* by the profile; -1: nothing */
    struct row rows[ROWS_MAX];
    bool row_served[ROWS_MAX]; /* while who it is about was in the roster */
    uint32_t count, per_page;
    bool vip_first;      /* of the names of lists */
    bool begun;          /* something of it was served, so that it is gone on with */
    bool told_heard;     /* the profile was */
    uint8_t ends_served; /* a bit a part; bit 0: of what has no parts */
    bool bad_served, refused;
    /* SET_TALK: a bit a source */
    uint8_t parts_served, parts_bad, parts_refused, parts_learned;
    uint8_t refuse_from[FROM_COUNT]; /* the page from which on it is refused */
    uint32_t roster; /* people in it as it began; and as it perhaps began anew, from the first such
                        time to the last, when it may have been at its end; 0: it was not */
    uint32_t anew_from, anew_to;
    bool joined;  /* somebody came into the roster meanwhile, who was not looked for */
    bool unclear; /* or perhaps behind its end, when it will be read once more */
};

/* SET_TALK: a request for that source, and that page of it. True: it is refused. */
bool reading_refuses(struct sim *sim, enum from from, uint32_t page);
/* A page of it: rows of that part (0: of all), and whether another follows. */
struct row_page {
    const struct row *rows[ROWS_MAX];
    uint32_t count;
    uint32_t last; /* page that has rows, from 0 on */
    bool more;
};
void reading_add(struct reading *r, uint32_t number, uint32_t part, uint32_t form);
void reading_page(struct sim *sim, uint32_t part, uint32_t page, struct row_page *out);

/* One fetch of one set by the production code, or of what is left of it. What was learned must
 * follow from what was served. False: the process died, or its store failed. */
bool reading_fetch(struct sim *sim);
/* Somebody came into the roster between two tries. */
void reading_joined(struct sim *sim);
/* After that, with the store open again: what was learned all the same. */
void reading_learn(struct sim *sim);

#endif
