/*
 * The log of an operation's output (section 8 of the protocol).
 *
 * Up to the threshold, output is only kept in memory: most operations never
 * need a file. Beyond it a worker process writes the file, so that its memory
 * is the sandbox's and a slow disk is nobody else's problem.
 */
#ifndef STREAMS_LOGFILE_H
#define STREAMS_LOGFILE_H

#include "loop/child.h"
#include "loop/loop.h"

#include <stddef.h>

struct logfile {
	uint32_t stream;
	uint32_t threshold;
	uint64_t bytes;
	uint8_t *held;
	size_t held_size;
	bool started, failed, finishing;
	struct source pipe;
	struct child worker;
	void (*caught_up)(struct logfile *log);
	void (*finished)(struct logfile *log);
};

/* caught_up: output may be read again. finished: after logfile_finish. */
void logfile_open(struct logfile *log, uint32_t stream, uint32_t threshold,
		  void (*caught_up)(struct logfile *log), void (*finished)(struct logfile *log));
void logfile_append(struct logfile *log, const uint8_t *data, size_t size);
/* Whether no more may be appended for now. */
bool logfile_is_behind(const struct logfile *log);
/* Completes or removes the file, then calls finished: perhaps at once. */
void logfile_finish(struct logfile *log);
/* Once finished: where the log is, or "" where there is none. */
const char *logfile_path(const struct logfile *log);
void logfile_close(struct logfile *log);

#endif
