/* Evidence sets: see evidence.h. Cannot fail but for memory in the JSON, which is NULL then. */
#include "cli/views/evidence.h"

#include "cli/base/format.h"
#include "cli/parts/getting.h"

static void line_print(struct output *out, const char *campaign, const struct winnow_evidence *e) {
    char when[224] = "";
    char since[40] = "";
    char undecided[120] = "";
    char date[32];
    struct getting_text get = getting(&e->get, campaign);
    if (e->as_of_ms != 0 && (e->count > 0 || e->state != WINNOW_SET_ABSENT)) {
        winnow_time_text(e->as_of_ms, date);
        snprintf(when, sizeof when, "  %.10s  %s%s%s", date, format_count(e->count).text,
                 e->expected >= 0 ? " of " : "",
                 e->expected >= 0 ? format_count((uint64_t)e->expected).text : "");
    }
    if (e->since_ms != 0) {
        winnow_time_text(e->since_ms, date);
        snprintf(since, sizeof since, "  since %.10s", date);
    }
    if (e->undecided > 0)
        snprintf(undecided, sizeof undecided, "  %s undecided", format_count(e->undecided).text);
    out_line(out, "  %-10s %-8s%s%s%s%s%s%s%s", e->set, winnow_set_state_name(e->state), when,
             since, undecided, *e->why != '\0' ? "  " : "", e->why, *get.text != '\0' ? "  " : "",
             get.text);
}

void evidence_print(struct output *out, const char *campaign, const struct winnow_evidence *sets,
                    size_t count) {
    if (count == 0)
        return;
    fputc('\n', out->file);
    out_title(out, "evidence");
    for (size_t i = 0; i < count; i++)
        line_print(out, campaign, &sets[i]);
}

json_t *evidence_json(const char *campaign, const struct winnow_evidence *sets, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct winnow_evidence *e = &sets[i];
        array = json_append(
            array, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "set", json_text(e->set),
                             "state", json_text(winnow_set_state_name(e->state)), "as_of",
                             json_time(e->as_of_ms), "count", json_count(e->count), "expected",
                             e->expected < 0 ? json_null() : json_integer(e->expected), "since",
                             json_time(e->since_ms), "why", json_text_or_null(e->why), "undecided",
                             json_count(e->undecided), "get",
                             json_text_or_null(getting(&e->get, campaign).text)));
    }
    return array;
}
