/* What GitHub tells of people: repositories of theirs that the account starred, the organisations
 * that both are in, and what the account did in the last 90 days.
 *
 * Happy path: rows newest first, by page number, with a Link header.
 * Failure: an organisation that the account is not in is 404. */
#include "github.h"

#include <stdio.h>
#include <string.h>

#define API         "https://api.github.com/"
#define SITE        "https://github.com/"
#define EVENTS_DAYS 90
#define EVENTS_MOST 300

struct paging {
    uint32_t per_page;
    uint32_t skip; /* rows of the pages before */
    uint32_t rows; /* seen so far, on whatever page */
    uint32_t shown;
    struct buf *out;
};

/* Is this row on the page? Then a comma was put where one is needed. */
static bool on_page(struct paging *paging) {
    uint32_t row = paging->rows++;
    if (row < paging->skip || row - paging->skip >= paging->per_page) {
        return false;
    }
    buf_str(paging->out, paging->shown++ == 0 ? "" : ",");
    return true;
}

static void login_of(const struct sim *sim, uint32_t who, char *out) {
    if (who == SIM_NONE) {
        (void)snprintf(out, ID_MAX, "%.99s", account_handle(sim, P_GITHUB));
    } else {
        follows_handle(&sim->follows, P_GITHUB, who, out);
    }
}

/* ---- stars ---- */

/* The addresses that stand with every repository; nobody here goes there. */
static void addresses_json(const char *full_name, struct buf *out) {
    static const char *const ends[] = {"archive/{archive_format}{/ref}",
                                       "assignees{/user}",
                                       "blobs{/sha}",
                                       "branches{/branch}",
                                       "collaborators{/name}",
                                       "comments{/number}",
                                       "commits{/sha}",
                                       "compare{/base}",
                                       "contents/{+path}",
                                       "contributors",
                                       "deployments",
                                       "downloads",
                                       "events",
                                       "forks",
                                       "git_commits{/sha}",
                                       "git_refs{/sha}",
                                       "git_tags{/sha}",
                                       "hooks",
                                       "issue_comment{/number}",
                                       "issue_events{/id}",
                                       "issues{/number}",
                                       "keys{/key_id}",
                                       "labels{/name}",
                                       "languages",
                                       "merges",
                                       "milestones{/number}",
                                       "notifications{?since,all}",
                                       "pulls{/number}",
                                       "releases{/id}",
                                       "stargazers",
                                       "statuses/{sha}",
                                       "subscribers",
                                       "subscription",
                                       "tags",
                                       "teams",
                                       "trees{/sha}"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        buf_printf(out, ",\"%.*s_url\":\"" API "repos/%s/%s\"", (int)strcspn(ends[i], "{/"),
                   ends[i], full_name, ends[i]);
    }
    buf_printf(out,
               ",\"url\":\"" API "repos/%s\",\"html_url\":\"" SITE "%s\",\"clone_url\":\"" SITE
               "%s.git\",\"svn_url\":\"" SITE "%s\",\"git_url\":\"git://github.com/%s.git\","
               "\"ssh_url\":\"git@github.com:%s.git\",\"mirror_url\":null",
               full_name, full_name, full_name, full_name, full_name, full_name);
}

static void repository_json(struct sim *sim, const struct happening *one, uint32_t index,
                            struct buf *out) {
    char login[ID_MAX];
    char full_name[ID_MAX + 32];
    char when[40];
    login_of(sim, one->who, login);
    (void)snprintf(full_name, sizeof full_name, "%s/work-%u", login, index);
    time_iso(when, sizeof when, (one->ms / 1000 - 86400) * NS_PER_S, false);
    buf_printf(out,
               "{\"id\":%u,\"node_id\":\"R_%u\",\"name\":\"work-%u\",\"full_name\":\"%s\","
               "\"private\":false,\"owner\":",
               index + 1000, index, index, full_name);
    github_user_json(sim, one->who, false, out);
    addresses_json(full_name, out);
    buf_printf(out,
               ",\"description\":null,\"homepage\":null,\"fork\":false,\"created_at\":\"%s\","
               "\"updated_at\":\"%s\",\"pushed_at\":\"%s\",\"size\":1,\"stargazers_count\":3,"
               "\"watchers_count\":3,\"language\":\"C\",\"forks_count\":0,\"archived\":false,"
               "\"disabled\":false,\"open_issues_count\":0,\"license\":null,\"topics\":[],"
               "\"visibility\":\"public\",\"has_downloads\":true,\"has_issues\":true,"
               "\"has_projects\":false,\"has_wiki\":false,\"has_pages\":false,\"forks\":0,"
               "\"open_issues\":0,\"watchers\":3,\"default_branch\":\"main\"}",
               when, when, when);
}

/* With a media type of its own each row has the time of the star. */
static void starred(struct sim *sim, const struct request *request, struct paging *paging) {
    const struct people *people = &sim->people;
    const char *accept = header(request, "Accept");
    bool timed = accept != NULL && strstr(accept, "star+json") != NULL;
    for (uint32_t i = people->happenings; i-- > 0;) {
        const struct happening *one = &people->happening[i];
        if (!one->ours || one->what != E_LIKE || !on_page(paging)) {
            continue;
        }
        if (timed) {
            char when[40];
            time_iso(when, sizeof when, one->ms * NS_PER_MS, false);
            buf_printf(paging->out, "{\"starred_at\":\"%s\",\"repo\":", when);
        }
        repository_json(sim, one, i, paging->out);
        buf_str(paging->out, timed ? "}" : "");
    }
}

/* ---- organisations ---- */

static void organisation_json(const char *login, uint32_t number, struct buf *out) {
    static const char *const ends[][2] = {
        {"url", ""},
        {"repos_url", "/repos"},
        {"events_url", "/events"},
        {"hooks_url", "/hooks"},
        {"issues_url", "/issues"},
        {"members_url", "/members{/member}"},
        {"public_members_url", "/public_members{/member}"},
    };
    buf_printf(out, "{\"login\":\"%.99s\",\"id\":%u,\"node_id\":\"O_%u\"", login, number + 9000,
               number);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        buf_printf(out, ",\"%s\":\"" API "orgs/%.99s%s\"", ends[i][0], login, ends[i][1]);
    }
    buf_printf(out, ",\"avatar_url\":\"" SITE "%.99s.png\",\"description\":null}", login);
}

static void organisations(struct sim *sim, struct paging *paging) {
    const struct groups *orgs = &sim->people.orgs;
    for (uint32_t i = 0; i < orgs->count; i++) {
        if (on_page(paging)) {
            organisation_json(people_text(&sim->people, orgs->name[i]), i, paging->out);
        }
    }
}

static uint32_t find_organisation(const struct sim *sim, const char *login) {
    const struct groups *orgs = &sim->people.orgs;
    for (uint32_t i = 0; i < orgs->count; i++) {
        if (strcmp(people_text(&sim->people, orgs->name[i]), login) == 0) {
            return i;
        }
    }
    return SIM_NONE;
}

static void members(struct sim *sim, uint32_t org, struct paging *paging) {
    if (on_page(paging)) {
        github_own_json(sim, false, paging->out);
    }
    for (uint32_t at = 0; at < sim->people.count; at++) {
        if ((sim->people.person[at].orgs >> org & 1) != 0 && on_page(paging)) {
            github_user_json(sim, at, false, paging->out);
        }
    }
}

/* ---- what the account did ---- */

/* An issue that somebody opened, and what the account said to it. */
static void comment_json(struct sim *sim, const struct happening *one, uint32_t index,
                         const char *login, const char *when, struct buf *out) {
    buf_printf(out,
               "{\"action\":\"created\",\"issue\":{\"id\":%u,\"node_id\":\"I_%u\",\"number\":3,"
               "\"title\":\"It leaks\",\"state\":\"open\",\"locked\":false,\"assignee\":null,"
               "\"milestone\":null,\"labels\":[],\"comments\":1,\"closed_at\":null,"
               "\"author_association\":\"OWNER\",\"created_at\":\"%s\",\"updated_at\":\"%s\"",
               index, index, when, when);
    static const char *const ends[][2] = {{"url", ""},
                                          {"labels_url", "/labels{/name}"},
                                          {"comments_url", "/comments"},
                                          {"events_url", "/events"},
                                          {"html_url", ""}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        buf_printf(out, ",\"%s\":\"" API "repos/%s/work-%u/issues/3%s\"", ends[i][0], login, index,
                   ends[i][1]);
    }
    buf_printf(out, ",\"repository_url\":\"" API "repos/%s/work-%u\",\"user\":", login, index);
    github_user_json(sim, one->who, false, out);
    buf_printf(out,
               "},\"comment\":{\"id\":%u,\"node_id\":\"C_%u\",\"body\":\"quite so\","
               "\"author_association\":\"NONE\",\"created_at\":\"%s\",\"updated_at\":\"%s\","
               "\"url\":\"" API "comments/%u\",\"html_url\":\"" SITE "comments/%u\","
               "\"issue_url\":\"" API "repos/%s/work-%u/issues/3\",\"user\":",
               index, index, when, when, index, index, login, index);
    github_own_json(sim, false, out);
    buf_str(out, "}}");
}

static void event_json(struct sim *sim, const struct happening *one, uint32_t index,
                       struct buf *out) {
    char login[ID_MAX];
    char when[40];
    const char *own = account_handle(sim, P_GITHUB);
    login_of(sim, one->who, login);
    time_iso(when, sizeof when, one->ms * NS_PER_MS, false);
    buf_printf(out,
               "{\"id\":\"%u\",\"type\":\"%s\",\"actor\":{\"id\":%.99s,\"login\":\"%.99s\","
               "\"display_login\":\"%.99s\",\"gravatar_id\":\"\",\"url\":\"" API "users/%.99s\","
               "\"avatar_url\":\"" SITE "%.99s.png\"},",
               index + 30000000,
               one->what == E_ALONE  ? "PushEvent"
               : one->what == E_LIKE ? "WatchEvent"
                                     : "IssueCommentEvent",
               account_id(sim, P_GITHUB), own, own, own, own);
    buf_printf(out,
               "\"repo\":{\"id\":%u,\"name\":\"%s/work-%u\",\"url\":\"" API "repos/%s/work-%u\"},"
               "\"payload\":",
               index + 1000, login, index, login, index);
    if (one->what == E_ALONE) {
        buf_printf(out, "{\"push_id\":%u,\"ref\":\"refs/heads/main\"}", index);
    } else if (one->what == E_LIKE) {
        buf_str(out, "{\"action\":\"started\"}");
    } else {
        comment_json(sim, one, index, login, when, out);
    }
    buf_printf(out, ",\"public\":true,\"created_at\":\"%s\"}", when);
}

static void events(struct sim *sim, struct paging *paging) {
    const struct people *people = &sim->people;
    for (uint32_t i = people->happenings; i-- > 0 && paging->rows < EVENTS_MOST;) {
        const struct happening *one = &people->happening[i];
        bool told = one->ours && one->what != E_BOOST && one->what != E_BOOKMARK &&
                    one->what != E_MESSAGE && happened_within(people, one, EVENTS_DAYS);
        if (told && on_page(paging)) {
            event_json(sim, one, i, paging->out);
        }
    }
}

static void links(struct sim *sim, const struct request *request, struct reply *reply,
                  const struct paging *paging) {
    const char *host = header(request, "Host");
    char base[400];
    uint32_t page = paging->skip / paging->per_page + 1;
    uint32_t last = (paging->rows + paging->per_page - 1) / paging->per_page;
    if (page >= last) {
        return;
    }
    (void)snprintf(base, sizeof base,
                   "http://%.99s%.200s?per_page=%u&page=", host != NULL ? host : "localhost",
                   request->path, paging->per_page);
    reply_header(sim, reply, "Link", "<%s%u>; rel=\"next\", <%s%u>; rel=\"last\"", base, page + 1,
                 base, last);
}

void github_people(struct sim *sim, const struct request *request, struct reply *reply) {
    uint32_t page = query_number(request, "page", 1, 100000);
    uint32_t org = request->op == OP_MEMBERS ? find_organisation(sim, request->segment[1]) : 0;
    bool mine =
        request->op != OP_EVENTS || strcmp(request->segment[1], account_handle(sim, P_GITHUB)) == 0;
    struct paging paging = {.per_page = query_number(request, "per_page", 30, 100),
                            .out = reply->body};
    if (org == SIM_NONE || !mine) {
        github_not_found(sim, request, reply);
        return;
    }
    paging.per_page = paging.per_page == 0 ? 30 : paging.per_page;
    paging.skip = (page == 0 ? 0 : page - 1) * paging.per_page;
    reply_text(reply, 200, "[");
    if (request->op == OP_STARRED) {
        starred(sim, request, &paging);
    } else if (request->op == OP_ORGS) {
        organisations(sim, &paging);
    } else if (request->op == OP_MEMBERS) {
        members(sim, org, &paging);
    } else {
        events(sim, &paging);
    }
    buf_str(reply->body, "]");
    links(sim, request, reply, &paging);
}
