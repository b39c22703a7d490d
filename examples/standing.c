/* How the campaigns of a state directory stand, one a line: `standing [DIRECTORY]`. The same file
 * is C and C++.
 *
 *   cc standing.c $(pkg-config --cflags --libs winnow) */
#include <inttypes.h>
#include <stdio.h>

#include <winnow/winnow.h>

struct names {
    char all[64][WINNOW_NAME_MAX + 1];
    size_t count;
};

static int note(void *context, const struct winnow_campaign *campaign) {
    struct names *names = (struct names *)context;
    snprintf(names->all[names->count++], sizeof names->all[0], "%s", campaign->name);
    return names->count == 64; /* non-zero ends the list */
}

int main(int argc, char **argv) {
    static struct names names;
    struct winnow_error err;
    struct winnow *w;
    if (winnow_open(argc > 1 ? argv[1] : NULL, &w, &err) != 0 ||
        winnow_campaigns(w, note, &names, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return winnow_code_exit(err.code);
    }
    printf("libwinnow %s\n", winnow_version());
    for (size_t i = 0; i < names.count; i++) {
        static struct winnow_status status; /* it is large */
        if (winnow_status(w, names.all[i], &status, &err) != 0)
            printf("%s: %s\n", names.all[i], err.text);
        else
            printf("%s: %s, %" PRIu64 " unfollowed, %" PRIu64 " to go\n", names.all[i],
                   winnow_run_state_name(status.state), status.progress.unfollowed,
                   status.progress.remaining);
    }
    winnow_close(w);
    return 0;
}
