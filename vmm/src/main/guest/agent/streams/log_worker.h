/* The process that writes an operation's log. */
#ifndef STREAMS_LOG_WORKER_H
#define STREAMS_LOG_WORKER_H

#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

void log_path(char *path, size_t capacity, uint32_t stream);

/* Copies descriptor 0 to the log. Removes the log if it has no more than threshold bytes. */
noreturn void log_worker(uint32_t stream, uint32_t threshold);

#endif
