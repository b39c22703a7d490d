/* Ctrl-C and its kin, for a long call: SIGINT, SIGTERM and SIGHUP stop it, SIGUSR1 asks it for a
 * line on where it stands. The library sets no handlers: a program decides what its signals mean. */
#ifndef CLI_PARTS_SIGNALS_H
#define CLI_PARTS_SIGNALS_H

struct winnow;

/* From here on they are for the call that runs on `w`. A SIGHUP that is ignored stays so. */
void signals_catch(struct winnow *w);
/* Before `w` is closed. They end the process again, as without winnow. */
void signals_release(void);

#endif
