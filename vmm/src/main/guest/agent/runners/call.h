/* Sends calls to an interpreter over its control socket. */
#ifndef RUNNERS_CALL_H
#define RUNNERS_CALL_H

#include "runners/runner.h"

/* Each sends a call to an idle runner. */
void runner_call_run(struct runner *runner, const char *code, const char *input);
void runner_call_inspect(struct runner *runner);
/* Output of the call is dropped. */
void runner_call_warm(struct runner *runner, const uint8_t *modules, size_t size);

/*
 * Has the interpreter renew its random state, now if it is idle, or else when its call is over. A
 * client that takes it in the meantime waits for that. An interpreter in which no code has run
 * renews itself only when a client takes it: most clones use one language, and the renewal of the
 * others would cost each clone time and memory.
 */
void runner_renew(struct runner *runner);

/* Sends RENEW if the runner is stale and idle. */
void runner_renew_if_stale(struct runner *runner);

/* Kills a runner that has broken the protocol. how completes "the runner sent ...". */
void runner_break_off(struct runner *runner, const char *how);

#endif
