/*
 * The log of an operation's output (section 8 of the protocol).
 *
 * Up to the threshold output is kept in memory only, since most operations never need a file.
 * Beyond it a worker process writes the file: its memory then counts as the sandbox's, and a slow
 * disk delays only this operation.
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

/*
 * caught_up: output may be read again. finished: the file that logfile_finish() completes is done.
 */
void logfile_open(struct logfile *log, uint32_t stream, uint32_t threshold,
		  void (*caught_up)(struct logfile *log), void (*finished)(struct logfile *log));
void logfile_append(struct logfile *log, const uint8_t *data, size_t size);
/* Whether the worker lags behind: nothing more may be appended for now. */
bool logfile_is_behind(const struct logfile *log);
/* Completes or removes the file, then calls finished, possibly before it returns. */
void logfile_finish(struct logfile *log);
/* The path of the finished log, or "" if there is none. Valid until the next call. */
const char *logfile_path(const struct logfile *log);
void logfile_close(struct logfile *log);

#endif
