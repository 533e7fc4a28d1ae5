/* Starts the process of an interpreter, with its control socket and pipes. */
#ifndef RUNNERS_SPAWN_H
#define RUNNERS_SPAWN_H

#include "processes/pipes.h"
#include "runners/runner.h"

struct runner_ends {
	struct pipe_ends output, errors, failure;
	int control[2]; /* the agent's, the process's */
	int input;
};

/* Starts the process in the runner's group and sets its pid. The caller owns the agent's ends. */
bool runner_spawn(struct runner *runner, struct runner_ends *ends);

#endif
