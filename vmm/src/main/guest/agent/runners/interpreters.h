/* Finding the interpreter that an operation names. */
#ifndef RUNNERS_INTERPRETERS_H
#define RUNNERS_INTERPRETERS_H

#include "runners/runner.h"
#include "streams/stream.h"

/* The interpreter of that name, or NULL: then the stream has ended with UNKNOWN_LANGUAGE. */
struct runner *interpreter_named(struct stream *stream, const char *name);

#endif
