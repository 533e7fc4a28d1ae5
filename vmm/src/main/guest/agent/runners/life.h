/* The life cycle of an interpreter: start, clients, end. */
#ifndef RUNNERS_LIFE_H
#define RUNNERS_LIFE_H

#include "runners/runner.h"

/*
 * Takes a runner that is not busy, and starts it if it does not run. False with errno on failure.
 */
bool runner_take(struct runner *runner, struct runner_client *client);
/* Gives the runner back. */
void runner_free(struct runner *runner);

/* Kills the interpreter with everything it started. False if there was none. */
bool runner_reset(struct runner *runner);

#endif
