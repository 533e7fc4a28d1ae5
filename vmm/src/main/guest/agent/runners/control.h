/* Reads a runner's control socket and handles its messages. */
#ifndef RUNNERS_CONTROL_H
#define RUNNERS_CONTROL_H

#include "runners/runner.h"

enum control_step { CONTROL_READ, CONTROL_EMPTY, CONTROL_NO_ROOM, CONTROL_ENDED };

/* Reads once, as much as the client takes, and calls the client for each message. */
enum control_step runner_control_step(struct runner *runner);

/* Kills the interpreter if it does not end within EXITING_MS. */
void runner_expect_exit(struct runner *runner);

#endif
