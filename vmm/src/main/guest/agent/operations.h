/* The operations (section 5 of the protocol): one function opens each. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "arguments.h"
#include "stream.h"

/* Starts the operation on its new stream, which it will end. */
void operation_open(struct stream *stream, const struct arguments *arguments);

/* Returns whether it ended with status 0. */
bool configure_open(struct stream *stream, const struct arguments *arguments);
void exec_open(struct stream *stream, const struct arguments *arguments);
void run_open(struct stream *stream, const struct arguments *arguments);
void reset_open(struct stream *stream, const struct arguments *arguments);
void inspect_open(struct stream *stream, const struct arguments *arguments);
void warm_open(struct stream *stream, const struct arguments *arguments);
void file_open(struct stream *stream, const struct arguments *arguments);
void info_open(struct stream *stream, const struct arguments *arguments);
void shutdown_open(struct stream *stream, const struct arguments *arguments);
void job_start_open(struct stream *stream, const struct arguments *arguments);
void job_read_open(struct stream *stream, const struct arguments *arguments);
void job_stop_open(struct stream *stream, const struct arguments *arguments);
void job_list_open(struct stream *stream, const struct arguments *arguments);

#endif
