/* Finds the interpreter that an operation names. */
#ifndef RUNNERS_INTERPRETERS_H
#define RUNNERS_INTERPRETERS_H

#include "runners/runner.h"
#include "streams/stream.h"

/* Returns the runner of a language. On NULL the stream has ended with UNKNOWN_LANGUAGE. */
struct runner *interpreter_named(struct stream *stream, const char *name);

#endif
