/* The operations on the machine as a whole. */
#ifndef MACHINE_OPERATIONS_H
#define MACHINE_OPERATIONS_H

#include "protocol/arguments.h"
#include "streams/stream.h"

void configure_open(struct stream *stream, const struct arguments *arguments);
void info_open(struct stream *stream, const struct arguments *arguments);
void shutdown_open(struct stream *stream, const struct arguments *arguments);

#endif
