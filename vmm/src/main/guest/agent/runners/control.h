/* A runner's control socket: what is read from it, and what that does. */
#ifndef RUNNERS_CONTROL_H
#define RUNNERS_CONTROL_H

#include "runners/runner.h"

enum control_step { CONTROL_READ, CONTROL_EMPTY, CONTROL_NO_ROOM, CONTROL_ENDED };

/* Reads once, as much as is welcome, and tells the client what came. */
enum control_step runner_control_step(struct runner *runner);

/* The interpreter is about to end: kills it if it does not. */
void runner_expect_exit(struct runner *runner);

#endif
