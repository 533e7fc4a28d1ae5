/*
 * The jobs: commands that no stream waits for. They, and what they printed, are the machine's:
 * whoever the host is, and however often it becomes another.
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

/* Somebody who waits for output or the end. */
struct job_reader {
	struct job_reader *next;
	/* Something became of the job. */
	void (*changed)(struct job_reader *reader);
};

struct job {
	struct job *next; /* a younger one */
	char id[JOB_ID_MAX + 1];
	char label[JOB_LABEL_MAX + 1];
	struct child child;
	struct cgroup *cgroup; /* NULL: nothing is left in it, and it is somebody else's again */
	struct job_log log;
	struct timer timeout, kill, quiet;
	uint64_t size_before; /* of the log, at the last look whether it is quiet */
	int64_t started;      /* now_us() */
	int64_t end_at;       /* likewise, once the command has exited: at the latest */
	uint64_t started_at;  /* wall clock, ns */
	bool exited; /* the command */
	bool ended;  /* and its output is in the log */
	bool stopped; /* it was asked to */
	struct exit_result result;
	struct job_reader *readers;
};

/*
 * Starts one. NULL with errno: EBUSY where as many run as may. What could not be executed says
 * so on the descriptor that failure gets, and is to be discarded then.
 */
struct job *job_start(const struct arguments *arguments, int *failure);
/* It never was. */
void job_discard(struct job *job);

struct job *job_named(const char *id);
/* The oldest; the next ones follow. */
struct job *jobs_first(void);

/* SIGTERM to all of it, SIGKILL to what is left a while later; or another signal, once. */
void job_stop(struct job *job, int signal);

void job_add_reader(struct job *job, struct job_reader *reader);
void job_remove_reader(struct job *job, struct job_reader *reader);

/* The record job. */
void write_job(struct writer *writer, struct job *job);

#endif
