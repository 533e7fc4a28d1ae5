/* The operation on a command that a stream waits for: EXEC. */
#ifndef COMMAND_OPERATIONS_H
#define COMMAND_OPERATIONS_H

#include "arguments.h"
#include "stream.h"

void exec_open(struct stream *stream, const struct arguments *arguments);

#endif
