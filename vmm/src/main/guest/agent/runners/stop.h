/* Ending what an interpreter runs: by SIGINT, by SIGINT again, in the end by SIGKILL. */
#ifndef RUNNERS_STOP_H
#define RUNNERS_STOP_H

#include "runners/runner.h"

void runner_interrupt(struct runner *runner);
/* Interrupts, again and harder, until the call is over. */
void runner_stop(struct runner *runner);

#endif
