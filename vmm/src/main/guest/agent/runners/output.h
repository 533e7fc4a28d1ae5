/* An interpreter's output: it goes to the client, is kept for the next one, or is dropped. */
#ifndef RUNNERS_OUTPUT_H
#define RUNNERS_OUTPUT_H

#include "runners/runner.h"

#define LAST_OUTPUT_MAX 800

/* Takes ownership of the pipes' read ends. Output is kept. */
void runner_open_output(struct runner *runner, int output, int errors);

/* Keeps output for the next call, or drops it, from now on while no client listens. */
void runner_keep_output(struct runner *runner);
void runner_drop_output(struct runner *runner);

/* Stops sending output to the client. */
void runner_ignore_output(struct runner *runner);

/* The same, and drops output until the call is over. */
void runner_discard_output(struct runner *runner);

/* Drops kept output, and all that other processes still write to the pipes. */
void runner_abandon_output(struct runner *runner);

/* Gets the last output of an interpreter that did not start, for a message. */
void runner_last_output(struct runner *runner, char *text, size_t capacity);

#endif
