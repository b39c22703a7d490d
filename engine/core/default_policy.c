/* The default policy: see default_policy.h. A text, so that what `winnow policy` prints is what is
 * compiled; a unit test compiles it. Cannot fail. */
#include "core/default_policy.h"

static const char json[] =
    "{\n"
    "  \"comment\": \"winnow's default policy; the language is explained in docs/policy.md\",\n"
    "  \"keep\": [\n"
    "    \"known(lists) and lists > 0\",\n"
    "    \"last_interaction < 1y\",\n"
    "    \"mutual and interactions > 0\",\n"
    "    \"interactions >= 10\",\n"
    "    \"known(followed) and followed < 30d\",\n"
    "    \"followers >= 100k and verified and not (known(bot) and bot)\"\n"
    "  ],\n"
    "  \"score\": {\n"
    "    \"noise\": 100,\n"
    "    \"posts_per_day\": 25,\n"
    "    \"days_silent\": 0.5,\n"
    "    \"courtesy\": 150,\n"
    "    \"bot\": 200,\n"
    "    \"default_avatar\": 100,\n"
    "    \"interactions\": -50,\n"
    "    \"suspended\": -10000,\n"
    "    \"deleted\": -10000,\n"
    "    \"moved\": -10000\n"
    "  },\n"
    "  \"keep_top\": [{ \"by\": \"lang\", \"n\": 50, \"of\": \"interactions\" }],\n"
    "  \"undecided\": \"hold\"\n"
    "}\n";

struct text default_policy(void) {
    return (struct text){json, sizeof json - 1};
}
