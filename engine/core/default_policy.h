/* The policy that a campaign has until it is given another one; `winnow policy` prints it.
 * docs/policy.md explains each of its choices. */
#ifndef CORE_DEFAULT_POLICY_H
#define CORE_DEFAULT_POLICY_H

#include "core/facts.h"

/* JSON with comments in "comment" keys, ending in a newline. Lives forever. */
struct text default_policy(void);

#endif
