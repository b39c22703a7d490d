/* The list in a file of an X archive: `window.YTD.NAME.part0 = [` element, element ... `]`, perhaps
 * with a byte order mark in front and a ';' behind.
 *
 * Happy path: x_list_open; while x_list_next is 1, one value is pulled from `json`.
 * Failures: WINNOW_BAD_INPUT for another kind of file, broken JSON, an end before the list's end or
 * something behind it; so x_list_next is 0 only for a file that is whole. */
#ifndef FORMATS_X_X_LIST_H
#define FORMATS_X_X_LIST_H

#include "formats/base/json_pull.h"

#define X_LIST_NAME_MAX 64
#define X_ID_MAX        19 /* digits of an id on X */

struct x_list {
    struct json_pull json;
    char name[X_LIST_NAME_MAX]; /* as the head has it; "" of a bare list */
    uint64_t elements;          /* begun so far */
    bool in_element;
    struct winnow_error *err;
};

/* `lines` stands at its first byte. */
int x_list_open(struct x_list *x, struct lines *lines, struct winnow_error *err);
/* 1: an element is next; 0: the list and the file have ended; -1. */
int x_list_next(struct x_list *x);
/* After a -1 of `json`: fill `err` with what is wrong and where. Returns -1. */
int x_list_fail(struct x_list *x);

/* 1 to X_ID_MAX digits, the first of them no needless zero. */
bool x_is_id(const char *at, size_t size);

#endif
