/* EXEC: a command that a stream waits for. */
#ifndef COMMANDS_OPERATIONS_H
#define COMMANDS_OPERATIONS_H

#include "protocol/arguments.h"
#include "streams/stream.h"

void exec_open(struct stream *stream, const struct arguments *arguments);

#endif
