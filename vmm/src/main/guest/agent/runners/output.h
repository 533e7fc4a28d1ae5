/* What an interpreter prints: to its client, kept for the next one, or dropped. */
#ifndef RUNNERS_OUTPUT_H
#define RUNNERS_OUTPUT_H

#include "runners/runner.h"

#define LAST_OUTPUT_MAX 800

/* Takes over the pipes' reading ends. What comes out of them is kept. */
void runner_open_output(struct runner *runner, int output, int errors);

/* What a runner prints while nobody listens is kept for the next call, or dropped. */
void runner_keep_output(struct runner *runner);
void runner_drop_output(struct runner *runner);

/* The client no longer wants to have its call's output. */
void runner_ignore_output(struct runner *runner);

/* The same, and nobody else is to have it: it is dropped until the call is over. */
void runner_discard_output(struct runner *runner);

/* Drops what is kept, and what processes that still have the pipes open write from now on. */
void runner_abandon_output(struct runner *runner);

/* The last output of an interpreter that did not start, for the message. */
void runner_last_output(struct runner *runner, char *text, size_t capacity);

#endif
