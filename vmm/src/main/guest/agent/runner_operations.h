/* The operations on interpreters. */
#ifndef RUNNER_OPERATIONS_H
#define RUNNER_OPERATIONS_H

#include "arguments.h"
#include "stream.h"

void run_open(struct stream *stream, const struct arguments *arguments);
void reset_open(struct stream *stream, const struct arguments *arguments);
void inspect_open(struct stream *stream, const struct arguments *arguments);
void warm_open(struct stream *stream, const struct arguments *arguments);

#endif
