/* The calls that an interpreter gets over its control socket. */
#ifndef RUNNERS_CALL_H
#define RUNNERS_CALL_H

#include "runners/runner.h"

/* Each sends a call to an idle runner. */
void runner_call_run(struct runner *runner, const char *code, const char *input);
void runner_call_inspect(struct runner *runner);
/* What is printed meanwhile is dropped. */
void runner_call_warm(struct runner *runner, const uint8_t *modules, size_t size);

/*
 * Has the interpreter make a random state of its own: now if it is idle, else as soon as it has
 * ended what it does. Whoever takes it meanwhile gets it when that is done. One in which no code
 * has run yet does so when somebody takes it: most clones use one language, and what the others do
 * costs each clone time and memory.
 */
void runner_renew(struct runner *runner);

/* Sends RENEW to an idle runner whose random state is that of all clones; else does nothing. */
void runner_renew_if_stale(struct runner *runner);

/* A runner that broke the protocol: kills it. The message says how it did. */
void runner_break_off(struct runner *runner, const char *how);

#endif
