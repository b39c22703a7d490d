/* The window of one budget, for limiter.c: a log of costs, each with the time of its answer. */
#ifndef CORE_LIMITER_LIMITER_WINDOW_H
#define CORE_LIMITER_LIMITER_WINDOW_H

#include "core/limiter/limiter.h"

/* Let what is over be over. */
void window_pass(struct budget *b, int64_t now_ms);

/* What is left of the limit, held costs taken off. After window_pass. */
uint64_t window_room(const struct budget *b);

/* When `cost` has room: at most now_ms when it has now, INT64_MAX when only an answer to what is
 * in flight (or nothing) can make room. After window_pass. */
int64_t window_ready(const struct budget *b, uint64_t cost, int64_t now_ms);

/* Make sure that window_enter will have memory. */
bool window_reserve(struct budget *b);

/* A cost becomes used at `now_ms`. */
void window_enter(struct budget *b, uint64_t cost, int64_t now_ms);

/* When some of what is used becomes free; 0 when nothing is used. After window_pass. */
int64_t window_frees_at(const struct budget *b);

#endif
