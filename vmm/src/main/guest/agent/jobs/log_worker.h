/* The process that writes a job's log. */
#ifndef JOBS_LOG_WORKER_H
#define JOBS_LOG_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

/* What an id begins with; logs of other operations have names that begin with a digit. */
#define JOB_ID_PREFIX 'j'

/* What the worker tells the agent, in memory that they share. */
struct job_log_state {
	_Atomic uint64_t size;    /* bytes in the log, the gap included */
	_Atomic uint64_t gap_end; /* 0: no gap */
	_Atomic uint64_t dropped; /* bytes that the disk had no room for */
	_Atomic bool wanted;      /* the agent waits for bytes: say when there are some */
};

/* Where a job's log is, if it could be made there. */
void job_log_path(char *path, size_t capacity, const char *id);

/* What a message to the agent begins with; a descriptor of the log comes with the first two. */
enum job_log_message { JOB_LOG_NAMED = 'n', JOB_LOG_NAMELESS = 'm', JOB_LOG_NEWS = 'w' };

/* Whether the agent still has the job of this name: its log stays. */
typedef bool job_log_kept(const char *id);

/*
 * Removes the logs of jobs that are not kept. Copies descriptor 0 to the log, talking to the agent
 * over the socket that is descriptor 1.
 */
noreturn void job_log_worker(const char *id, struct job_log_state *state, job_log_kept *is_kept);

#endif
