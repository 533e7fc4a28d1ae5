/* Starting an interpreter's process, with everything that connects it to the agent. */
#ifndef RUNNERS_SPAWN_H
#define RUNNERS_SPAWN_H

#include "processes/pipes.h"
#include "runners/runner.h"

struct runner_ends {
	struct pipe_ends output, errors, failure;
	int control[2]; /* the agent's, the process's */
	int input;
};

/* Starts it in the runner's group and sets its pid. The agent's ends are the caller's to close. */
bool runner_spawn(struct runner *runner, struct runner_ends *ends);

#endif
