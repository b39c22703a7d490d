/* winnow doctor: look the machine and the state directory over.
 *
 * Happy path: every finding is good or a warning.
 * Failure: a bad finding; the exit code is 1. */
#include "cli/base/cli.h"
#include "cli/parts/json.h"

struct findings {
    struct cli *cli;
    json_t *list;
    unsigned bad;
};

static const char *const level_names[] = {"good", "warning", "bad"};

static void finding_tell(void *context, int level, const char *what, const char *detail) {
    struct findings *f = context;
    const char *name = level_names[level < 0 || level > 2 ? 2 : level];
    if (level != 0 && level != 1)
        f->bad++;
    if (f->cli->json)
        f->list = json_append(f->list, json_pack("{s:s,s:o,s:o}", "level", name, "what",
                                                 json_text(what), "detail", json_text(detail)));
    else
        out_line(&f->cli->out, "%-8s %-24s %s", name, what, detail);
}

static int doctor_call(struct cli *cli, struct winnow_error *err) {
    struct findings findings = {.cli = cli};
    if (cli_open(cli, err) != 0)
        return -1;
    findings.list = cli->json ? json_array() : NULL;
    if (winnow_doctor(cli->w, finding_tell, &findings, err) != 0) {
        json_decref(findings.list);
        return -1;
    }
    if (cli->json &&
        json_emit(cli,
                  json_pack("{s:i,s:o,s:o}", "version", 1, "directory",
                            json_text(winnow_directory(cli->w)), "findings", findings.list),
                  err) != 0)
        return -1;
    if (findings.bad > 0)
        return winnow_fail(err, WINNOW_FAILED,
                           "%u of the findings %s bad; mend what is before "
                           "'winnow run'",
                           findings.bad, findings.bad == 1 ? "is" : "are");
    return 0;
}

const struct command command_doctor = {
    .name = "doctor",
    .usage = "",
    .summary = "look the machine and the state directory over",
    .details = "Checks what a run of months depends on: the state directory and its rights, free\n"
               "space, the clock, the store, the credentials. Each finding is good, a warning\n"
               "or bad; with a bad one the exit code is 1.",
    .call = doctor_call,
};
