/* The operations on files. */
#ifndef FILES_OPERATIONS_H
#define FILES_OPERATIONS_H

#include "protocol/arguments.h"
#include "streams/stream.h"

void file_open(struct stream *stream, const struct arguments *arguments);

#endif
