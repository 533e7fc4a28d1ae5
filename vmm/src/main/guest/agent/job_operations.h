/* The operations on jobs. */
#ifndef JOB_OPERATIONS_H
#define JOB_OPERATIONS_H

#include "arguments.h"
#include "stream.h"

void job_start_open(struct stream *stream, const struct arguments *arguments);
void job_read_open(struct stream *stream, const struct arguments *arguments);
void job_stop_open(struct stream *stream, const struct arguments *arguments);
void job_list_open(struct stream *stream, const struct arguments *arguments);

#endif
