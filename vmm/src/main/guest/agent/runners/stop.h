/* Stops a call: by SIGINT, by SIGINT again, and at last by SIGKILL. */
#ifndef RUNNERS_STOP_H
#define RUNNERS_STOP_H

#include "runners/runner.h"

/* Sends SIGINT to an interpreter that runs a call. */
void runner_interrupt(struct runner *runner);
/* Starts the sequence of signals, which ends with the call. */
void runner_stop(struct runner *runner);

#endif
