/* The process that writes a job's log. */
#ifndef JOBS_LOG_WORKER_H
#define JOBS_LOG_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

/* The first letter of a job's id. The names of other operations' logs begin with a digit. */
#define JOB_ID_PREFIX 'j'

/* The state of a log, in memory that worker and agent share. */
struct job_log_state {
	_Atomic uint64_t size;    /* bytes in the log, with the hole */
	_Atomic uint64_t gap_end; /* where the hole ends; 0: none */
	_Atomic uint64_t dropped; /* bytes that did not fit on the disk */
	_Atomic bool wanted;      /* the agent waits for JOB_LOG_NEWS */
};

/* The path of a job's log. */
void job_log_path(char *path, size_t capacity, const char *id);

/* Messages to the agent. The first two carry the log's descriptor. */
enum job_log_message { JOB_LOG_NAMED = 'n', JOB_LOG_NAMELESS = 'm', JOB_LOG_NEWS = 'w' };

/* Whether the agent still has the job of this id, so that its log stays. */
typedef bool job_log_kept(const char *id);

/*
 * Removes the logs of jobs that are not kept, then copies descriptor 0 to the log. Descriptor 1 is
 * a socket to the agent.
 */
noreturn void job_log_worker(const char *id, struct job_log_state *state, job_log_kept *is_kept);

#endif
