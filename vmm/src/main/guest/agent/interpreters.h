/* Finding the interpreter that an operation names. */
#ifndef INTERPRETERS_H
#define INTERPRETERS_H

#include "runner.h"
#include "stream.h"

/* The interpreter of that name, or NULL: then the stream has ended with UNKNOWN_LANGUAGE. */
struct runner *interpreter_named(struct stream *stream, const char *name);

#endif
