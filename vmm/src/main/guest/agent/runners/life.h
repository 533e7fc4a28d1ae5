/* The life of an interpreter: how it starts, whose it is, how it ends. */
#ifndef RUNNERS_LIFE_H
#define RUNNERS_LIFE_H

#include "runners/runner.h"

/* How long an interpreter that is started from now on may take to become ready, in milliseconds. */
void runners_set_ready_time(uint32_t milliseconds);
uint32_t runners_ready_time(void);

/* Takes a runner that is not busy, and starts it if need be. False with errno if that fails. */
bool runner_take(struct runner *runner, struct runner_client *client);
void runner_free(struct runner *runner);

/* Kills the interpreter with everything it started. False if there was none. */
bool runner_reset(struct runner *runner);

#endif
