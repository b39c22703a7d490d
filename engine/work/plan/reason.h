/* Followees in words: how much somebody posts, what was exchanged, who follows whom, and why
 * somebody stays, goes or cannot be judged; and the kinds by which a plan is looked over.
 *
 * Pure over facts and a time; the facts are counted (coverages_count) before. What is unknown is
 * left out or said to be unknown, and what was seen in part is "at least" so much. A text ends by a
 * zero, and where the room is short, before the piece that does not fit. */
#ifndef WORK_PLAN_REASON_H
#define WORK_PLAN_REASON_H

#include "core/facts/facts.h"

#define REASON_SIZE 256

/* All in one: "181 posts a day, you never reacted; follows back". */
void reason_words(const struct facts *f, int64_t now_ms, char to[REASON_SIZE]);

/* "181 posts a day", "silent since May 2014", "never posted", "suspended" */
void reason_volume(const struct facts *f, int64_t now_ms, char to[REASON_SIZE]);
/* "you talked to them 3 times, last in May 2025", and what came from them; "" where nobody looked
 */
void reason_talked(const struct facts *f, char to[REASON_SIZE]);
void reason_heard(const struct facts *f, char to[REASON_SIZE]);
/* "follows back; on your list press": all the rest */
void reason_relation(const struct facts *f, char to[REASON_SIZE]);

/* What is not known: "whether you talked to them, whether they follow back". */
void reason_missing(fact_set missing, char to[REASON_SIZE]);

/* The kinds of followees in a plan: name for machines, the head of a group, and for those who stay
 * what is said of them in a sentence, after their count. */
#define KINDS(X)                                                                                   \
    /* they go, by what is true of them */                                                         \
    X(LOUD, "loud_one_way", "loud, and do not follow back", "")                                    \
    X(LOUD_BACK, "loud_mutual", "loud, and follow back", "")                                       \
    X(LOUD_OPEN, "loud", "loud; whether they follow back is not known", "")                        \
    X(QUIET, "quiet_one_way", "quiet, and do not follow back", "")                                 \
    X(QUIET_BACK, "quiet_mutual", "quiet, and follow back", "")                                    \
    X(QUIET_OPEN, "quiet", "quiet; whether they follow back is not known", "")                     \
    X(BOT, "bots", "bots", "")                                                                     \
    X(SILENT, "silent", "silent for a year or longer", "")                                         \
    X(NEVER, "never_posted", "never posted", "")                                                   \
    X(GONE, "gone", "gone: suspended, deleted or moved away", "")                                  \
    X(UNKNOWN, "unknown_one_way", "do not follow back; how much they post is not known", "")       \
    X(UNKNOWN_BACK, "unknown_mutual", "follow back; how much they post is not known", "")          \
    X(UNKNOWN_OPEN, "unknown", "nothing is known of how much they post", "")                       \
    /* they stay, by what keeps them */                                                            \
    X(LISTED, "keep_list", "on the keep list", "on the keep list")                                 \
    X(TALKED, "talked_to", "you talked to them", "you talked to")                                  \
    X(MESSAGES, "messages", "you wrote each other in private", "you wrote with in private")        \
    X(HEARD, "heard_from", "you heard from them within a year", "you heard from within a year")    \
    X(EXCHANGED, "exchanged", "there was an exchange", "you had an exchange with")                 \
    X(ON_LIST, "on_list", "on a list of yours", "on your lists")                                   \
    X(NOTED, "noted", "you marked them for yourself", "you marked for yourself")                   \
    X(PRIVATE, "private", "private accounts that follow back", "private and following back")       \
    X(RECENT, "recent", "you followed them lately", "you followed lately")                         \
    X(NEWEST, "newest", "among your newest follows", "among your newest follows")                  \
    X(VOICE, "large", "large voices", "with a large following")                                    \
    X(MUTUAL, "mutual", "follow back", "following back")                                           \
    X(ACTIVE, "active", "posted lately", "posting of late")                                        \
    X(ALIVE, "alive", "are still there", "still there")                                            \
    X(RULE, "rule", "a rule of your policy", "kept by your policy")                                \
    X(TOP, "top", "the best of their group", "the best of their group")                            \
    X(KEPT_OPEN, "kept_undecided", "cannot be judged, and the policy keeps those",                 \
      "that cannot be judged")                                                                     \
    /* neither */                                                                                  \
    X(OPEN, "undecided", "cannot be judged", "")                                                   \
    X(BEYOND, "beyond_max", "come after --max", "")

enum reason_kind {
#define X(id, name, head, clause) KIND_##id,
    KINDS(X)
#undef X
        KIND_COUNT
};
#define KIND_STAY_FIRST KIND_LISTED

struct kind_words {
    const char *name, *head, *clause;
};
extern const struct kind_words kind_words[KIND_COUNT];

#define KIND_LOUD_A_DAY  5.0
#define KIND_SILENT_DAYS 365.0

/* Of somebody who goes. */
enum reason_kind kind_to_go(const struct facts *f, int64_t now_ms);
/* Of whom a goal's rule (core/policy/goal.h) keeps; KIND_RULE for any other rule. */
enum reason_kind kind_of_rule(struct text rule);

/* Why somebody of that kind stays: "you talked to them 3 times, last in May 2025". `rule`: its
 * text, for KIND_RULE. */
void reason_kept(enum reason_kind kind, struct text rule, const struct facts *f, int64_t now_ms,
                 char to[REASON_SIZE]);

#endif
