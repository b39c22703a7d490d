/* The state of the process before anything else happens. */
#ifndef CLI_BASE_PROCESS_H
#define CLI_BASE_PROCESS_H

/* No core files, no debugger of the same user, no half-open standard descriptors, private files,
 * SIGPIPE and SIGXFSZ (a file that may not grow) as error codes, no log of TLS secrets, an end with
 * a sentence when JSON finds no memory. Never fails: each step is worth having alone. */
void process_harden(void);

#endif
