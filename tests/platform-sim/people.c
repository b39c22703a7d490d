/* People with known answers: see people.h.
 *
 * Happy path: a first pass notes where each line begins and when the follow was; sorted by that,
 * the lines are read again and taken apart one by one, so that no more than one is ever held. What
 * was exchanged goes into one list for all, sorted by time, with posts about nobody in between.
 * Failure: sim_die with file, line and what was expected. */
#include "people.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_MOST 1000000
#define DAY_S       86400
#define ALONE_EVERY (UINT64_C(5) * DAY_S)
#define ALONE_POSTS 250

const char *const label_names[LABELS] = {"stay", "go", "open"};

struct line {
    off_t begin;
    uint64_t followed_s;
    uint32_t number;
};

struct loading {
    struct people *people;
    const char *file;
    FILE *in;
    struct line *line;
    uint32_t lines;
    char *text; /* of the line in hand */
    size_t text_cap;
    const struct line *now; /* in hand */
};

_Noreturn static void wrong(const struct loading *l, uint32_t number, const char *what) {
    sim_die("%s:%u: %s", l->file, number, what);
}

/* ---- reading ---- */

static json_t *parse(const struct loading *l) {
    json_t *json = json_loads(l->text, 0, NULL);
    if (!json_is_object(json)) {
        wrong(l, l->now->number, "the line is no JSON object");
    }
    return json;
}

static const char *text_of(const struct loading *l, const json_t *json, const char *key) {
    const char *text = json_string_value(json_object_get(json, key));
    if (text == NULL) {
        sim_die("%s:%u: \"%s\" is no text", l->file, l->now->number, key);
    }
    return text;
}

static uint64_t number_of(const struct loading *l, const json_t *json, const char *key) {
    const json_t *value = json_object_get(json, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        sim_die("%s:%u: \"%s\" is no whole number from 0 on", l->file, l->now->number, key);
    }
    return (uint64_t)json_integer_value(value);
}

static uint32_t count_of(const struct loading *l, const json_t *json, const char *key) {
    uint64_t value = number_of(l, json, key);
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static bool flag_of(const json_t *json, const char *key) {
    return json_is_true(json_object_get(json, key));
}

static uint32_t keep_text(struct people *people, const char *text) {
    size_t at = people->text.len;
    if (at > UINT32_MAX) {
        sim_die("too many people: over 4 GB of text");
    }
    buf_put(&people->text, text, strlen(text) + 1);
    return (uint32_t)at;
}

const char *people_text(const struct people *people, uint32_t at) {
    return people->text.text + at;
}

/* The names of groups in that key, as bits of the groups known so far. */
static uint32_t groups_of(const struct loading *l, struct groups *groups, const json_t *json,
                          const char *key) {
    uint32_t bits = 0;
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(json, key), i, item) {
        const char *name = json_string_value(item);
        uint32_t at = 0;
        while (name != NULL && at < groups->count &&
               strcmp(people_text(l->people, groups->name[at]), name) != 0) {
            at++;
        }
        if (name == NULL || at == GROUPS) {
            wrong(l, l->now->number, "a name of a group is no text, or there are more than 16");
        }
        if (at == groups->count) {
            groups->name[groups->count++] = keep_text(l->people, name);
        }
        bits |= UINT32_C(1) << at;
    }
    return bits;
}

static enum label label_of(const struct loading *l, const json_t *json) {
    const char *text = text_of(l, json, "label");
    for (int i = 0; i < LABELS; i++) {
        if (strcmp(text, label_names[i]) == 0) {
            return (enum label)i;
        }
    }
    wrong(l, l->now->number, "\"label\" is none of stay, go, open");
}

static void take_ids(const struct loading *l, const json_t *json) {
    static const char *const keys[PLATFORMS] = {"x", "mastodon", "bluesky", "github"};
    const json_t *ids = json_object_get(json, "ids");
    const json_t *handles = json_object_get(json, "handles");
    for (int p = 0; p < PLATFORMS; p++) {
        const char *id = text_of(l, ids, keys[p]);
        const char *handle = text_of(l, handles, keys[p]);
        struct names *names = &l->people->ids[p];
        if (strlen(id) >= ID_MAX || strlen(handle) >= ID_MAX || names_find(names, id) != SIM_NONE) {
            sim_die("%s:%u: the id or handle on %s is too long, or somebody else's", l->file,
                    l->now->number, keys[p]);
        }
        (void)names_add(names, id, strlen(id), handle, strlen(handle));
    }
}

/* ---- what was exchanged ---- */

static void add_happening(struct people *people, const struct happening *one) {
    if (people->happenings == people->room) {
        people->room = people->room == 0 ? 4096 : people->room * 2;
        people->happening = sim_realloc(people->happening, people->room, sizeof *people->happening);
    }
    people->happening[people->happenings++] = *one;
}

static void take_exchange(const struct loading *l, uint32_t who, const json_t *json) {
    static const char *const words[] = {"reply", "mention",  "quote",  "boost",
                                        "like",  "bookmark", "message"};
    const char *side = json_string_value(json_array_get(json, 0));
    const char *what = json_string_value(json_array_get(json, 1));
    const json_t *when = json_array_get(json, 2);
    struct happening one = {.who = who};
    int kind = 0;
    bool ours = side != NULL && strcmp(side, "we") == 0;
    bool theirs = side != NULL && strcmp(side, "they") == 0;
    while (what != NULL && kind < E_ALONE && strcmp(what, words[kind]) != 0) {
        kind++;
    }
    if ((!ours && !theirs) || what == NULL || kind == E_ALONE || !json_is_integer(when) ||
        json_integer_value(when) < 0) {
        wrong(l, l->now->number, "an exchange is not [we or they, what, seconds]");
    }
    one.what = (enum exchange)kind;
    one.ours = ours;
    one.ms = (uint64_t)json_integer_value(when) * 1000;
    add_happening(l->people, &one);
}

static int by_time(const void *a, const void *b) {
    const struct happening *one = a;
    const struct happening *two = b;
    if (one->ms != two->ms) {
        return one->ms < two->ms ? -1 : 1;
    }
    return one->who < two->who ? -1 : one->who > two->who ? 1 : 0;
}

/* Each gets a millisecond of its own, so that ids made of it are different and in order. */
static void order_happenings(struct people *people) {
    for (uint64_t i = 1; i <= ALONE_POSTS; i++) {
        struct happening one = {.who = SIM_NONE, .what = E_ALONE, .ours = true};
        one.ms = (people->now_s - i * ALONE_EVERY) * 1000;
        add_happening(people, &one);
    }
    qsort(people->happening, people->happenings, sizeof *people->happening, by_time);
    struct bits met = {0};
    bits_grow(&met, people->count);
    for (uint32_t i = people->happenings; i-- > 0;) {
        struct happening *one = &people->happening[i];
        one->last_letter = one->what == E_MESSAGE && bits_add(&met, one->who);
    }
    bits_free(&met);
    for (uint32_t i = 1; i < people->happenings; i++) {
        if (people->happening[i].ms <= people->happening[i - 1].ms) {
            people->happening[i].ms = people->happening[i - 1].ms + 1;
        }
    }
}

uint32_t happening_from(const struct people *people, uint64_t ms) {
    uint32_t low = 0;
    uint32_t high = people->happenings;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (people->happening[middle].ms < ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool happened_within(const struct people *people, const struct happening *one, uint32_t days) {
    return one->ms / 1000 + (uint64_t)days * DAY_S > people->now_s;
}

/* ---- people ---- */

static void take_person(const struct loading *l, const json_t *json) {
    struct people *people = l->people;
    const json_t *last = json_object_get(json, "last_post_at");
    uint32_t at = people->count++;
    struct person *p = &people->person[at];
    *p = (struct person){
        .name = keep_text(people, text_of(l, json, "name")),
        .bio = keep_text(people, text_of(l, json, "bio")),
        .lang = keep_text(people, text_of(l, json, "lang")),
        .note = keep_text(people, text_of(l, json, "note")),
        .followers = count_of(l, json, "followers"),
        .following = count_of(l, json, "following"),
        .posts = count_of(l, json, "posts"),
        .created_s = number_of(l, json, "created_at"),
        .followed_s = number_of(l, json, "followed_at"),
        .last_post_s = json_is_integer(last) ? number_of(l, json, "last_post_at") : 0,
        .lists = groups_of(l, &people->lists, json, "lists"),
        .orgs = groups_of(l, &people->orgs, json, "orgs"),
        .label = label_of(l, json),
        .mutual = flag_of(json, "mutual"),
        .verified = flag_of(json, "verified"),
        .bot = flag_of(json, "bot"),
        .is_protected = flag_of(json, "protected"),
        .suspended = flag_of(json, "suspended"),
        .deleted = flag_of(json, "deleted"),
        .moved = flag_of(json, "moved"),
        .egg = flag_of(json, "default_avatar"),
        .notify = flag_of(json, "notify"),
        .endorsed = flag_of(json, "endorsed"),
    };
    take_ids(l, json);
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(json, "exchanges"), i, item) {
        take_exchange(l, at, item);
    }
    uint64_t now_s = number_of(l, json, "now");
    people->now_s = now_s > people->now_s ? now_s : people->now_s;
}

static int by_follow(const void *a, const void *b) {
    const struct line *one = a;
    const struct line *two = b;
    if (one->followed_s != two->followed_s) {
        return one->followed_s < two->followed_s ? -1 : 1;
    }
    return one->number < two->number ? -1 : 1;
}

/* The time of the follow without taking the line apart, which would be done twice. In a JSON string
 * the quotes before the colon would have a backslash: it is a key. */
static uint64_t peek_followed(const struct loading *l) {
    static const char key[] = "\"followed_at\":";
    const char *at = strstr(l->text, key);
    if (at != NULL) {
        at += sizeof key - 1;
        at += strspn(at, " ");
        if (*at >= '0' && *at <= '9') {
            return strtoull(at, NULL, 10);
        }
    }
    json_t *json = parse(l);
    uint64_t followed_s = number_of(l, json, "followed_at");
    json_decref(json);
    return followed_s;
}

static void find_lines(struct loading *l) {
    uint32_t room = 0;
    off_t begin = 0;
    for (ssize_t len = 0; (len = getline(&l->text, &l->text_cap, l->in)) >= 0; begin += len) {
        if (l->lines == PEOPLE_MOST) {
            wrong(l, l->lines + 1, "more than 1000000 people");
        }
        if (l->lines == room) {
            room = room == 0 ? 4096 : room * 2;
            l->line = sim_realloc(l->line, room, sizeof *l->line);
        }
        struct line *line = &l->line[l->lines++];
        *line = (struct line){.begin = begin, .number = l->lines};
        l->now = line;
        line->followed_s = peek_followed(l);
    }
    if (ferror(l->in) != 0) {
        sim_die("%s: %s", l->file, strerror(errno));
    }
    if (l->lines == 0) {
        sim_die("%s: nobody is in it", l->file);
    }
}

static void take_line(struct loading *l, const struct line *line) {
    l->now = line;
    if (fseeko(l->in, line->begin, SEEK_SET) != 0 || getline(&l->text, &l->text_cap, l->in) < 0) {
        wrong(l, line->number, "the line is gone: was the file changed meanwhile?");
    }
    json_t *json = parse(l);
    if (number_of(l, json, "followed_at") != line->followed_s) {
        wrong(l, line->number, "\"followed_at\" stands in it twice");
    }
    take_person(l, json);
    json_decref(json);
}

void people_load(struct people *people, const char *file) {
    struct loading l = {.people = people, .file = file, .in = fopen(file, "r")};
    if (l.in == NULL) {
        sim_die("%s: %s", file, strerror(errno));
    }
    find_lines(&l);
    qsort(l.line, l.lines, sizeof *l.line, by_follow);
    people->person = sim_realloc(NULL, l.lines, sizeof *people->person);
    for (int p = 0; p < PLATFORMS; p++) {
        names_reserve(&people->ids[p], l.lines);
    }
    for (uint32_t i = 0; i < l.lines; i++) {
        take_line(&l, &l.line[i]);
    }
    free(l.line);
    free(l.text);
    (void)fclose(l.in);
    if (people->now_s < ALONE_POSTS * ALONE_EVERY) {
        sim_die("%s: \"now\" is before 1974", file);
    }
    order_happenings(people);
}

void people_free(struct people *people) {
    for (int p = 0; p < PLATFORMS; p++) {
        names_free(&people->ids[p]);
    }
    free(people->person);
    free(people->happening);
    buf_free(&people->text);
    *people = (struct people){0};
}
