/* Prechecks: the runner asks how it stands with the next entries before they leave. What it asks, how
 * each platform answers (docs/platforms.md), and what whoever reads it right has then been told.
 * Happy path: all are told of. Who has vanished is left out, and some servers leave out more. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which followees ---- */

static const struct look_form {
    const char *first, *between;
} forms[] = {
    [ON_X] = {"/2/users?user.fields=connection_status&ids=", ","},
    [ON_MASTODON] = {"/api/v1/accounts/relationships?with_suspended=true&id[]=", "&id[]="},
    [ON_BLUESKY] = {"/xrpc/app.bsky.graph.getRelationships?actor=did%3Aplc%3Ame&others="
                    "did%3Aplc%3Aperson",
                    "&others=did%3Aplc%3Aperson"},
    [ON_GITHUB] = {"/user/following/login", ""},
};

static bool skip(const char **at, const char *what) {
    size_t size = strlen(what);
    if (strncmp(*at, what, size) != 0)
        return false;
    *at += size;
    return true;
}

static uint32_t read_number(const char **at) {
    char *end;
    unsigned long value = strtoul(*at, &end, 10);
    *at = end;
    return (uint32_t)value;
}

static uint32_t read_ids(const char *at, const char *between, struct on_server *targets) {
    uint32_t count = 0;
    do
        targets[count++] = (struct on_server){read_number(&at) - 1000, 0};
    while (count < PLATFORM_RELATIONS_MAX && between[0] != '\0' && skip(&at, between));
    return *at == '\0' ? count : 0;
}

uint32_t look_targets(struct sim *sim, const struct http_request *q,
                      struct on_server targets[DRAIN_BATCH_MAX]) {
    const struct look_form *form = &forms[sim->s.which];
    char text[8192];
    const char *at = text;
    uint32_t count = 0;
    snprintf(text, sizeof text, "%.*s", (int)q->target.size, q->target.at);
    if (q->method == HTTP_GET && skip(&at, form->first))
        count = read_ids(at, form->between, targets);
    bool ok = count > 0 && count <= sim->s.precheck_max;
    for (uint32_t i = 0; i < count && ok; i++)
        ok = targets[i].number < sim->s.people &&
             targets[i].key < sim->people[targets[i].number].keys;
    if (!ok)
        sim_violated(sim, 0, "a precheck at %u that the platform does not know: %s", count, text);
    return count;
}

/* ---- questions about one, after a "not found" ---- */

enum question question_read(struct sim *sim, const struct http_request *q,
                            struct on_server *target) {
    static const struct {
        enum which which;
        const char *before;
        enum question is;
    } asks[] = {
        {ON_MASTODON,
         "/api/v1/accounts/relationships?with_suspended=true&id[]=", QUESTION_RELATION},
        {ON_MASTODON, "/api/v1/accounts/", QUESTION_PROFILE},
        {ON_GITHUB, "/users/login", QUESTION_PROFILE},
    };
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)q->target.size, q->target.at);
    *target = (struct on_server){0, 0};
    if (strcmp(text, "/api/v1/accounts/1") == 0 || strcmp(text, "/user") == 0)
        return QUESTION_OWN;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        const char *at = text;
        if (asks[i].which != sim->s.which || !skip(&at, asks[i].before))
            continue;
        *target = (struct on_server){read_number(&at) - 1000, 0};
        if (*at == '\0' && target->number < sim->s.people)
            return asks[i].is;
    }
    sim_violated(sim, 0, "a question that the platform does not know: %s", text);
}

/* ---- words ---- */

__attribute__((format(printf, 2, 3))) static void add(struct answer *a, const char *format, ...) {
    size_t used = strlen(a->body);
    va_list args;
    va_start(args, format);
    vsnprintf(a->body + used, sizeof a->body - used, format, args);
    va_end(args);
}

static void say_x_row(uint32_t number, const struct relation *is, bool filled, struct answer *a) {
    bool there = is->there == TOLD_YES;
    bool follows = is->follows_me == TOLD_YES;
    add(a, "%s{\"id\":\"%u\"", a->body[strlen(a->body) - 1] == '[' ? "" : ",", 1000 + number);
    if (filled)
        add(a, ",\"connection_status\":[%s%s%s]", there ? "\"following\"" : "",
            there && follows ? "," : "", follows ? "\"followed_by\"" : "");
    add(a, "}");
}

static const char *word(enum told told) {
    return told == TOLD_YES ? "true" : "false";
}

static void say_mastodon_row(uint32_t number, const struct relation *is, bool filled,
                             struct answer *a) {
    add(a, "%s{\"id\":\"%u\"", a->body[strlen(a->body) - 1] == '[' ? "" : ",", 1000 + number);
    if (filled)
        add(a, ",\"following\":%s,\"followed_by\":%s,\"requested\":false", word(is->there),
            word(is->follows_me));
    add(a, "}");
}

static void say_bluesky_row(uint32_t number, const struct relation *is, bool filled,
                            struct answer *a) {
    add(a, "%s{\"did\":\"did:plc:person%u\"", a->body[strlen(a->body) - 1] == '[' ? "" : ",",
        1000 + number);
    if (filled && is->there == TOLD_YES)
        add(a, ",\"following\":\"at://did:plc:me/app.bsky.graph.follow/p%uk0\"", number);
    if (filled && is->follows_me == TOLD_YES)
        add(a, ",\"followedBy\":\"at://did:plc:person%u/app.bsky.graph.follow/f\"", 1000 + number);
    add(a, "}");
}

/* An AppView is no proof that a record is gone, nor, without the record, that they do not follow.
 */
static void forget_untold(enum which which, bool filled, struct relation *is) {
    bool neither = is->there == TOLD_NO && is->follows_me == TOLD_NO;
    if (!filled || (which == ON_BLUESKY && neither))
        is->there = is->follows_me = TOLD_UNKNOWN;
    if (which == ON_BLUESKY)
        is->there = TOLD_UNKNOWN;
}

/* Who has vanished is in no row, and a row that is not filled tells nothing. */
static void say_rows(struct server *v, const struct on_server *targets, uint32_t count,
                     struct answer *a) {
    static const struct {
        const char *begin, *end;
        void (*row)(uint32_t number, const struct relation *is, bool filled, struct answer *a);
    } forms_of[] = {
        [ON_X] = {"{\"data\":[", "]}", say_x_row},
        [ON_MASTODON] = {"[", "]", say_mastodon_row},
        [ON_BLUESKY] = {"{\"relationships\":[", "]}", say_bluesky_row},
    };
    uint32_t left_out_one_in = dice_one_in(v->dice, 4) ? 4 : 0;
    a->status = 200;
    add(a, "%s", forms_of[v->s->which].begin);
    for (uint32_t i = 0; i < count; i++) {
        struct relation *is = &a->relations[i];
        bool left_out =
            v->people[targets[i].number].is.vanished || dice_one_in(v->dice, left_out_one_in);
        bool filled = !left_out && !dice_one_in(v->dice, left_out_one_in);
        is->row = !left_out;
        if (!left_out)
            forms_of[v->s->which].row(targets[i].number, is, filled, a);
        forget_untold(v->s->which, filled, is);
    }
    add(a, "%s", forms_of[v->s->which].end);
}

static void say_one(struct answer *a) {
    struct relation *is = &a->relations[0];
    bool there = is->there == TOLD_YES;
    is->follows_me = TOLD_UNKNOWN;
    is->row = true;
    a->status = there ? 204 : 404;
    if (there)
        return;
    is->there = TOLD_UNKNOWN; /* a server that knows nobody says the same */
    add(a, "{\"message\":\"Not Found\"}");
}

/* A PDS without an AppView; or one whose AppView is away. */
static void say_not_offered(uint32_t count, struct answer *a) {
    a->status = 400;
    add(a, "{\"error\":\"InvalidRequest\",\"message\":\"No service configured\"}");
    for (uint32_t i = 0; i < count; i++)
        a->relations[i] = (struct relation){TOLD_UNKNOWN, TOLD_UNKNOWN, true};
}

static void say_refused_whole(enum which which, struct answer *a) {
    a->said = SAID_NOTHING;
    a->status = which == ON_BLUESKY ? 400 : 404;
    add(a, which == ON_BLUESKY ? "{\"error\":\"InvalidRequest\",\"message\":\"others/0\"}"
                               : "{\"error\":\"Not Found: target account not found\"}");
}

/* How it stands with a target: on Bluesky with any of the followee's records. */
static struct relation relation_of(const struct server *v, const struct on_server *target) {
    const struct person *p = &v->people[target->number];
    bool there = v->s->which == ON_BLUESKY ? p->there != 0 : (p->there >> target->key & 1) != 0;
    return (struct relation){there ? TOLD_YES : TOLD_NO, p->is.follows_me ? TOLD_YES : TOLD_NO,
                             false};
}

/* As GoToSocial: one who is not there fails the whole call. */
static bool refuses_all(const struct server *v, const struct on_server *targets, uint32_t count) {
    bool gone = false;
    for (uint32_t i = 0; i < count; i++)
        gone = gone || v->people[targets[i].number].is.vanished;
    return gone && v->s->picky && v->s->which != ON_X;
}

void question_answer(struct server *v, int64_t now_ms, const struct on_server *target,
                     struct answer *a) {
    const struct person *p = &v->people[target->number];
    bool own = v->question == QUESTION_OWN;
    (void)now_ms;
    if (v->question == QUESTION_RELATION) {
        look_answer(v, target, 1, a);
        a->ambiguous = a->said == SAID_YES && a->relations[0].there == TOLD_YES;
        return;
    }
    if (p->is.vanished && !own) {
        say_astray(v->s->which, 0, a);
        return;
    }
    a->end = HTTP_DONE;
    a->said = SAID_YES;
    a->status = 200;
    a->ambiguous = !own;
    if (own)
        add(a, "{\"id\":%s,\"login\":\"me\"}", v->s->which == ON_MASTODON ? "\"1\"" : "1");
    else
        add(a, v->s->which == ON_MASTODON ? "{\"id\":\"%u\"}" : "{\"id\":%u,\"login\":\"a\"}",
            1000 + target->number);
}

void look_answer(struct server *v, const struct on_server *targets, uint32_t count,
                 struct answer *a) {
    for (uint32_t i = 0; i < count; i++)
        a->relations[i] = relation_of(v, &targets[i]);
    a->end = HTTP_DONE;
    a->said = SAID_YES;
    if (v->s->which == ON_GITHUB)
        say_one(a);
    else if (v->s->which == ON_BLUESKY && (v->s->bare || dice_one_in(v->dice, 30)))
        say_not_offered(count, a);
    else if (refuses_all(v, targets, count))
        say_refused_whole(v->s->which, a);
    else
        say_rows(v, targets, count, a);
}

/* ---- what was heard ---- */

/* By any of their records. */
static bool has_row(const struct air *a, uint32_t number) {
    for (uint32_t i = 0; i < a->count; i++)
        if (a->targets[i].number == number && a->answer.relations[i].row)
            return true;
    return false;
}

/* The newest word counts; none does not take the word before away. */
void precheck_heard(struct sim *sim, const struct air *a) {
    for (uint32_t i = 0; i < a->count; i++) {
        const struct relation *is = &a->answer.relations[i];
        struct person *p = &sim->people[a->targets[i].number];
        struct heard *h = &p->heard;
        if (h->process != sim->process) {
            *h = (struct heard){.process = sim->process, .follows_me = TOLD_UNKNOWN};
            for (uint32_t k = 0; k < KEYS_MAX; k++)
                h->there[k] = TOLD_UNKNOWN;
        }
        h->left_out = a->count > 1 && !has_row(a, a->targets[i].number);
        if (is->follows_me != TOLD_UNKNOWN)
            h->follows_me = is->follows_me;
        if (is->there != TOLD_UNKNOWN)
            h->there[a->targets[i].key] = is->there;
        sim_trace(sim, "  followee %u: there %d, follows %d", a->targets[i].number, is->there,
                  is->follows_me);
    }
}

/* An entry leaves: nobody of whom the process was told that it must not. */
void look_check_leaving(struct sim *sim, uint32_t position, const struct on_server *target) {
    const struct person *p = &sim->people[target->number];
    if (p->heard.process == sim->process && p->heard.there[target->key] == TOLD_NO)
        sim_violated(sim, 0, "entry %u leaves, and a precheck had told that followee %u is gone",
                     position, target->number);
    /* A look that is not offered any more is not asked alone either; X is paid for each. */
    if (p->heard.process == sim->process && p->heard.left_out && sim->s.which != ON_X &&
        sim->book.entries[position].intents <= 1 &&
        sim->runner.drain.precheck.state != PRECHECK_OFF)
        sim_violated(sim, 8,
                     "entry %u leaves, and a precheck left out followee %u, who was not asked "
                     "about alone",
                     position, target->number);
    if (!person_may_still_go(p, &sim->s, sim->process))
        sim_violated(sim, 8,
                     "entry %u leaves, and by what a precheck had told the policy keeps "
                     "followee %u",
                     position, target->number);
}

/* ---- drift ---- */

/* Somebody follows back or stops, writes, is put on a list or taken off, vanishes, or is unfollowed
 * by hand. */
void look_drift(struct sim *sim) {
    uint32_t who = dice_below(&sim->dice, sim->s.people);
    struct person *p = &sim->people[who];
    uint32_t what = dice_below(&sim->dice, 8);
    if (what < 4)
        p->is.follows_me = what != 0;
    else if (what == 4)
        p->is.wrote = true;
    else if (what == 7)
        p->is.listed = !p->is.listed;
    else if (what == 5)
        p->there = (uint8_t)(p->there & ~(1u << dice_below(&sim->dice, p->keys)));
    else if (what == 6)
        p->is.vanished = true;
    if (p->is.vanished && sim->s.which != ON_BLUESKY) /* there the record stays */
        p->there = 0;
    sim->met.drifts++;
    sim_trace(sim, "followee %u: drift %u", who, what);
}
