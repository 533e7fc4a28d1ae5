/* The operations on files. */
#ifndef FILE_OPERATIONS_H
#define FILE_OPERATIONS_H

#include "arguments.h"
#include "stream.h"

void file_open(struct stream *stream, const struct arguments *arguments);

#endif
