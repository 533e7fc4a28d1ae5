/* The operations on jobs. */
#ifndef JOBS_OPERATIONS_H
#define JOBS_OPERATIONS_H

#include "protocol/arguments.h"
#include "streams/stream.h"

void job_start_open(struct stream *stream, const struct arguments *arguments);
void job_read_open(struct stream *stream, const struct arguments *arguments);
void job_stop_open(struct stream *stream, const struct arguments *arguments);
void job_list_open(struct stream *stream, const struct arguments *arguments);

#endif
