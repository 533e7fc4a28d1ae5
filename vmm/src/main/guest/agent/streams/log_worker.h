/* The process that writes a log. */
#ifndef STREAMS_LOG_WORKER_H
#define STREAMS_LOG_WORKER_H

#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

void log_path(char *path, size_t capacity, uint32_t stream);

/* Copies descriptor 0 to the log; removes it if that is no more than threshold bytes. */
noreturn void log_worker(uint32_t stream, uint32_t threshold);

#endif
