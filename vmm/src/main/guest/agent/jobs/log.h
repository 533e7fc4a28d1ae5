/*
 * The log of a job's output (section 8 of the protocol), as the agent sees it.
 *
 * A worker process copies the pipe to a file. So a flood of output does not load the agent, and the
 * file's memory counts as the sandbox's. The agent reads the file through a descriptor from the
 * worker, and does not depend on the file's name.
 */
#ifndef JOBS_LOG_H
#define JOBS_LOG_H

#include "jobs/log_worker.h"
#include "loop/child.h"
#include "loop/loop.h"

#include <stddef.h>

struct job_log {
	const char *id;
	struct job_log_state *state;
	struct child worker;
	struct source control;
	int pipe; /* the pipe that the job writes to; the agent only asks whether it is empty */
	int file; /* -1: the worker has not opened it, or cannot */
	bool named;
	/* The log may have changed. */
	void (*changed)(struct job_log *log);
};

/* Takes ownership of the pipe's read end. On false, with errno, the caller keeps it. */
bool job_log_open(struct job_log *log, const char *id, int pipe, job_log_kept *is_kept,
		  void (*changed)(struct job_log *log));
/* Whether the worker still runs. */
bool job_log_is_open(const struct job_log *log);
uint64_t job_log_size(const struct job_log *log);
/* Reads the log and sets the offset of what it has read: see job_window(). */
size_t job_log_read(struct job_log *log, uint64_t *offset, uint8_t *data, size_t most);
/* Requests one call of changed when the log grows. False if it has more than bytes already. */
bool job_log_await(struct job_log *log, uint64_t bytes);
/* Whether the pipe is empty. */
bool job_log_is_quiet(const struct job_log *log);
/* How many bytes of the sandbox's memory the log takes. */
uint64_t job_log_held(const struct job_log *log);
/* The path of the log; "": none. Valid until the next call. */
const char *job_log_name(const struct job_log *log);
/* Closes the log and frees its memory. */
void job_log_forget(struct job_log *log);

#endif
