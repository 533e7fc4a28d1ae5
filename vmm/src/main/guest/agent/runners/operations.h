/* The operations on interpreters. */
#ifndef RUNNERS_OPERATIONS_H
#define RUNNERS_OPERATIONS_H

#include "protocol/arguments.h"
#include "streams/stream.h"

void run_open(struct stream *stream, const struct arguments *arguments);
void reset_open(struct stream *stream, const struct arguments *arguments);
void inspect_open(struct stream *stream, const struct arguments *arguments);
void warm_open(struct stream *stream, const struct arguments *arguments);

#endif
