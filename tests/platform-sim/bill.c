/* X's bill: see bill.h. Happy path: each resource is counted as it is written into an answer.
 * Failure: none but running out of memory. */
#include "bill.h"

#define USER_MICRO   10000
#define POST_MICRO   5000
#define LIST_MICRO   5000
#define DELETE_MICRO 10000

void bill_user(struct bill *bill, uint32_t at) {
    bill->users++;
    if (at == BILL_OWN) {
        return;
    }
    bits_grow(&bill->seen, at + 1);
    if (!bits_add(&bill->seen, at)) {
        bill->again++;
    }
}

void bill_free(struct bill *bill) {
    bits_free(&bill->seen);
    *bill = (struct bill){0};
}

void bill_json(const struct bill *bill, struct buf *out) {
    uint64_t micro = bill->users * USER_MICRO + bill->posts * POST_MICRO +
                     bill->lists * LIST_MICRO + bill->deletes * DELETE_MICRO;
    buf_printf(
        out,
        "\"bill\":{\"users\":%llu,\"posts\":%llu,\"lists\":%llu,\"deletes\":%llu,\"micro\":%llu,"
        "\"micro_once_a_day\":%llu}",
        (unsigned long long)bill->users, (unsigned long long)bill->posts,
        (unsigned long long)bill->lists, (unsigned long long)bill->deletes,
        (unsigned long long)micro, (unsigned long long)(micro - bill->again * USER_MICRO));
}
