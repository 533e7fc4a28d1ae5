/*
 * Jobs: commands that no stream waits for. Jobs and their logs belong to the machine, not to a
 * connection, and survive RENEW.
 */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "jobs/log.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "processes/exit_result.h"
#include "protocol/arguments.h"
#include "protocol/protocol.h"
#include "sandbox/cgroup.h"

/* A JOB_READ that waits for output or the end. */
struct job_reader {
	struct job_reader *next;
	/* The job or its log may have changed. */
	void (*changed)(struct job_reader *reader);
};

struct job {
	struct job *next; /* the next newer job */
	char id[JOB_ID_MAX + 1];
	char label[JOB_LABEL_MAX + 1];
	struct child child;
	struct cgroup *cgroup; /* NULL: released when the job had ended and the group was empty */
	struct job_log log;
	struct timer timeout, kill, quiet;
	uint64_t size_before; /* size of the log when it was last checked for silence */
	int64_t started;      /* now_us() */
	int64_t end_at;       /* now_us(): the latest end, once its command has exited */
	uint64_t started_at;  /* wall clock, ns */
	bool exited;  /* its command has exited */
	bool ended;   /* and its output is in the log */
	bool stopped; /* by JOB_STOP */
	struct exit_result result;
	struct job_reader *readers;
};

/*
 * Starts a job. NULL with errno: EBUSY if JOBS_RUNNING_MAX run. If the command cannot be executed,
 * an END payload comes from the descriptor that failure gets. The caller then discards the job.
 */
struct job *job_start(const struct arguments *arguments, int *failure);
/* Kills and forgets a job whose JOB_START fails. */
void job_discard(struct job *job);

struct job *job_named(const char *id);
/* The oldest job. Its next ones are newer. */
struct job *jobs_first(void);

/* Sends a signal to all processes of the job. 0: SIGTERM, and SIGKILL after TERMINATE_MS. */
void job_stop(struct job *job, int signal);

void job_add_reader(struct job *job, struct job_reader *reader);
void job_remove_reader(struct job *job, struct job_reader *reader);

/* The record job. */
void write_job(struct writer *writer, struct job *job);

#endif
