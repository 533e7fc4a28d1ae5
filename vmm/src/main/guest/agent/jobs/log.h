/*
 * The log of a job's output (section 8 of the protocol), as the agent sees it.
 *
 * A worker process copies the pipe to a file, so that the agent has no part in a flood, and the
 * file's memory is the sandbox's. The agent reads the file through a descriptor of the worker's:
 * what becomes of its name does not matter.
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
	int pipe; /* what the job writes to: to see whether something is left in it */
	int file; /* -1: not there yet, or never */
	bool named;
	/* Something may have become of it. */
	void (*changed)(struct job_log *log);
};

/* Takes over the pipe's reading end. False with errno, and nothing taken over. */
bool job_log_open(struct job_log *log, const char *id, int pipe, job_log_kept *is_kept,
		  void (*changed)(struct job_log *log));
/* Whether output is still taken. */
bool job_log_is_open(const struct job_log *log);
uint64_t job_log_size(const struct job_log *log);
/* Bytes of the log, and where they are: see job_window. */
size_t job_log_read(struct job_log *log, uint64_t *offset, uint8_t *data, size_t most);
/* Has changed called, once, when there is more than so many bytes; false: there is already. */
bool job_log_await(struct job_log *log, uint64_t bytes);
/* Whether the pipe is empty now. */
bool job_log_is_quiet(const struct job_log *log);
/* What it takes in the sandbox's memory. */
uint64_t job_log_held(const struct job_log *log);
/* "": it has none. Valid until the next call. */
const char *job_log_name(const struct job_log *log);
/* Frees its memory, and all else. */
void job_log_forget(struct job_log *log);

#endif
