/* The way of one API request: route, authorise, charge, draw a fault, handle, spoil, record.
 *
 * Happy path: serve() fills the reply, with rate headers, and appends one line to the audit.
 * Failure: each step may end the request early with the platform's own error; every request is
 * recorded whatever became of it. Limits come before faults, so a spoilt request is charged. */
#include "sim.h"

#include <string.h>

static const struct platform *const platforms[PLATFORMS] = {&platform_x, &platform_mastodon,
                                                            &platform_bluesky, &platform_github};

static bool is_write(enum kind kind) {
    return kind == K_UNFOLLOW || kind == K_FOLLOW || kind == K_BATCH;
}

void note_target(struct sim *sim, enum platform_id platform, enum kind kind, uint32_t target,
                 uint32_t record, const char *name) {
    char id[ID_MAX];
    bool found = name[0] != '\0' && names_find(&sim->protected_ids, name) != SIM_NONE;
    if (!found && target != SIM_NONE && sim->protected_ids.count != 0) {
        follows_id(&sim->follows, platform, target, id);
        found = names_find(&sim->protected_ids, id) != SIM_NONE;
    }
    sim->audit.is.protected_touched += found ? 1 : 0;
    if (kind == K_UNFOLLOW) {
        uint32_t key = platform == P_BLUESKY ? record : target;
        sim->audit.is.unfollows_sent++;
        sim->audit.is.duplicate_sends += bits_has(&sim->follows.confirmed[platform], key) ? 1 : 0;
    }
}

static void drift(struct sim *sim, enum platform_id platform) {
    const struct bits *from =
        platform == P_BLUESKY ? &sim->follows.records : &sim->follows.followed[platform];
    uint32_t victim = bits_select(from, faults_random(&sim->faults, from->set));
    if (victim == SIM_NONE) {
        return;
    }
    sim->audit.is.drifted++;
    if (platform == P_BLUESKY) {
        (void)record_drop(&sim->follows, victim);
    } else {
        (void)follows_drop(&sim->follows, platform, victim);
    }
}

static void set_state(struct sim *sim, const struct request *request, enum fault fault) {
    enum platform_id p = request->platform;
    if (fault == FAULT_LOCKED) {
        sim->state[p] = ACCOUNT_LOCKED;
    } else if (fault == FAULT_SUSPENDED) {
        sim->state[p] = ACCOUNT_SUSPENDED;
    } else if (p == P_BLUESKY) {
        session_expire_access(&sim->sessions, request->mono_ns);
    } else {
        sim->state[p] = ACCOUNT_EXPIRED;
    }
}

/* The target vanished from the platform, so it is followed no more. */
static void target_gone(struct sim *sim, struct request *request, struct reply *reply) {
    if (request->platform == P_BLUESKY && request->record != SIM_NONE) {
        (void)record_drop(&sim->follows, request->record);
    } else if (request->platform != P_BLUESKY && request->target != SIM_NONE) {
        (void)follows_drop(&sim->follows, request->platform, request->target);
        (void)bits_add(&sim->follows.vanished[request->platform], request->target);
    }
    sim->audit.is.target_gone++;
    platforms[request->platform]->gone(sim, request, reply);
}

/* Faults that answer in the handler's place; true if the request is answered. */
static bool spoil_before(struct sim *sim, struct request *request, struct reply *reply,
                         enum fault fault) {
    const struct platform *platform = platforms[request->platform];
    switch (fault) {
    case FAULT_429:
    case FAULT_429_BARE:
        reply_drop_headers(reply);
        platform->too_many(sim, request, reply, NULL);
        if (fault == FAULT_429_BARE) {
            reply_drop_headers(reply);
        }
        return true;
    case FAULT_500:
        platform->error_500(sim, reply);
        return true;
    case FAULT_503:
        reply->type = "text/html";
        if (platform->busy != NULL) {
            platform->busy(sim, request, reply);
        }
        reply_text(reply, 503,
                   "<html><head><title>503 Service Temporarily Unavailable</title></head>\n"
                   "<body><h1>Over capacity</h1></body></html>\n");
        return true;
    case FAULT_CUT_BEFORE:
        reply->status = 0;
        reply->delivery = SEND_NOTHING;
        return true;
    case FAULT_LOCKED:
    case FAULT_SUSPENDED:
        set_state(sim, request, fault);
        platform->state(sim, reply, sim->state[request->platform]);
        return true;
    case FAULT_EXPIRED:
        set_state(sim, request, fault);
        platform->state(sim, reply, ACCOUNT_EXPIRED);
        return true;
    case FAULT_GONE:
        target_gone(sim, request, reply);
        return true;
    case FAULT_REDIRECT:
        reply_header(sim, reply, "Location", "%s", sim->options.redirect_to);
        reply_text(reply, 302, "");
        return true;
    case FAULT_LIE:
        platform->lie(sim, request, reply);
        return true;
    default:
        return false;
    }
}

/* Faults that spoil a good answer on its way out. */
static void spoil_after(struct reply *reply, enum fault fault) {
    if (fault == FAULT_NONE || fault == FAULT_DRIFT) {
        return;
    }
    if (reply->status == 204) {
        reply_text(reply, 200, "{\"message\":\"this answer has a body\"}");
    }
    if (fault == FAULT_SLOW) {
        reply->delivery = SEND_SLOW;
        return;
    }
    reply->clean = false;
    if (fault == FAULT_CUT_AFTER) {
        reply->status = 0;
        reply->delivery = SEND_NOTHING;
    } else if (fault == FAULT_CUT_BODY) {
        reply->delivery = SEND_HALF;
    } else if (fault == FAULT_WRONG_JSON) {
        reply->body->len /= 2;
        reply->body->text[reply->body->len] = '\0';
    } else if (fault == FAULT_HUGE_BODY) {
        reply->delivery = SEND_HUGE;
    }
}

static void count(struct sim *sim, const struct request *request, const struct reply *reply,
                  enum fault fault) {
    struct counters *is = &sim->audit.is;
    is->requests++;
    is->by_platform[request->platform]++;
    is->faults[fault] += fault != FAULT_NONE ? 1 : 0;
    if (request->kind == K_UNFOLLOW) {
        is->unfollows_applied += reply->applied ? 1 : 0;
        is->already_gone += reply->already ? 1 : 0;
    }
    is->follows_applied += request->kind == K_FOLLOW && reply->applied ? 1 : 0;
    uint32_t key = request->platform == P_BLUESKY ? request->record : request->target;
    if (request->kind == K_UNFOLLOW && reply->clean && key != SIM_NONE) {
        (void)bits_add(&sim->follows.confirmed[request->platform], key);
    }
}

static void record(struct sim *sim, const struct request *request, const struct reply *reply,
                   enum fault fault, bool authorised) {
    struct entry entry = {
        .at_ns = request->mono_ns,
        .target = request->target,
        .record = request->record,
        .status = (uint16_t)reply->status,
        .points = (uint16_t)(request->points > UINT16_MAX ? UINT16_MAX : request->points),
        .platform = (uint8_t)request->platform,
        .kind = (uint8_t)request->kind,
        .verb_fault = (uint8_t)((unsigned)request->verb | (unsigned)fault << 3),
    };
    entry.flags =
        (uint8_t)((reply->applied ? ENTRY_APPLIED : 0) | (authorised ? ENTRY_AUTHORISED : 0));
    if (entry.target == SIM_NONE && request->target_name[0] != '\0') {
        entry.target = audit_stranger(&sim->audit, request->target_name);
        entry.flags |= ENTRY_STRANGER;
    }
    audit_add(&sim->audit, &entry);
    if (request->kind == K_BATCH) {
        bluesky_items(sim, request, reply, entry.verb_fault);
    }
}

/* Past the credential and the limits: what the account's state, the fault and the handler do. */
static enum fault answer(struct sim *sim, struct request *request, struct reply *reply,
                         uint64_t write) {
    const struct platform *platform = platforms[request->platform];
    enum account_state state = sim->state[request->platform];
    bool session = request->kind == K_LOGIN || request->kind == K_REFRESH;
    if (state != ACCOUNT_FINE && !session) {
        sim->audit.is.unauthorised += state == ACCOUNT_EXPIRED ? 1 : 0;
        platform->state(sim, reply, state);
        return FAULT_NONE;
    }
    enum astray astray = sim->options.astray;
    if (!session && (astray == ASTRAY_ALL || (astray == ASTRAY_WRITES && write != 0))) {
        (platform->astray != NULL ? platform->astray : platform->gone)(sim, request, reply);
        return FAULT_NONE;
    }
    enum fault fault = session ? FAULT_NONE : faults_draw(&sim->faults, write);
    if (fault == FAULT_DRIFT) {
        drift(sim, request->platform);
    }
    if (!spoil_before(sim, request, reply, fault)) {
        platform->handle(sim, request, reply);
        spoil_after(reply, fault);
    }
    return fault;
}

void serve(struct sim *sim, struct request *request, struct reply *reply) {
    const struct platform *platform = platforms[request->platform];
    if (sim->options.date_1970) {
        reply->dated = true;
    }
    platform->route(sim, request);
    uint64_t write = 0;
    if (is_write(request->kind)) {
        write = ++sim->audit.is.writes;
        if (request->kind != K_BATCH) {
            note_target(sim, request->platform, request->kind, request->target, request->record,
                        request->target_name);
        }
    }
    enum fault fault = FAULT_NONE;
    bool authorised = platform->authorise(sim, request, reply);
    struct charge charge = charge_of(request, authorised);
    const struct limit *refused = limits_charge(&sim->limits, &charge, request->real_ns);
    if (authorised || refused != NULL) {
        platform->rate_headers(sim, request, reply);
    }
    bool refused_too = refused == NULL && authorised && platform->refuses_too != NULL &&
                       platform->refuses_too(sim, request);
    if (refused != NULL || refused_too) {
        platform->too_many(sim, request, reply, refused);
        sim->audit.is.rejected_429++;
    } else if (authorised) {
        fault = answer(sim, request, reply, write);
    } else {
        sim->audit.is.unauthorised++;
    }
    count(sim, request, reply, fault);
    record(sim, request, reply, fault, authorised);
}
