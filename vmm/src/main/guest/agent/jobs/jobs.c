#define _GNU_SOURCE
#include "jobs/jobs.h"

#include "processes/pipes.h"
#include "processes/process.h"
#include "protocol/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define JOB_OF(member, pointer) ((struct job *)((char *)(pointer) - offsetof(struct job, member)))

static struct job *first;
static uint32_t last_number;

struct job *jobs_first(void)
{
	return first;
}

struct job *job_named(const char *id)
{
	struct job *job = first;
	while (job && strcmp(job->id, id) != 0)
		job = job->next;
	return job;
}

static void append(struct job *job)
{
	struct job **link = &first;
	while (*link)
		link = &(*link)->next;
	*link = job;
}

static void take_out(struct job *job)
{
	struct job **link = &first;
	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
}

static void tell_readers(struct job *job)
{
	struct job_reader *next;
	for (struct job_reader *reader = job->readers; reader; reader = next) {
		next = reader->next; /* the reader may remove itself */
		reader->changed(reader);
	}
}

void job_add_reader(struct job *job, struct job_reader *reader)
{
	reader->next = job->readers;
	job->readers = reader;
}

void job_remove_reader(struct job *job, struct job_reader *reader)
{
	for (struct job_reader **link = &job->readers; *link; link = &(*link)->next) {
		if (*link == reader) {
			*link = reader->next;
			return;
		}
	}
}

/* Another operation may take the group from now on. */
static void release_group(struct job *job)
{
	if (!job->cgroup)
		return;
	timer_clear(&job->timeout);
	timer_clear(&job->kill);
	exit_result_kills(&job->result, job->cgroup, 0);
	cgroup_release(job->cgroup);
	job->cgroup = NULL;
}

static void release_group_if_empty(struct job *job)
{
	if (job->cgroup && job->ended && cgroup_is_empty(job->cgroup))
		release_group(job);
}

static void forget(struct job *job)
{
	take_out(job);
	child_forget(&job->child);
	timer_clear(&job->quiet);
	release_group(job);
	job_log_forget(&job->log);
	free(job);
}

void job_discard(struct job *job)
{
	if (job->cgroup)
		cgroup_kill(job->cgroup);
	job->ended = true;
	tell_readers(job);
	forget(job);
}

/* Whether only its record and its log are left. */
static bool is_over(const struct job *job)
{
	return job->ended && !job_log_is_open(&job->log);
}

static struct job *oldest_over(void)
{
	struct job *job = first;
	while (job && !is_over(job))
		job = job->next;
	return job;
}

static void forget_some(void)
{
	for (;;) {
		int count = 0;
		uint64_t held = 0;
		for (struct job *job = first; job; job = job->next) {
			count++;
			if (is_over(job))
				held += job_log_held(&job->log);
		}
		struct job *oldest = oldest_over();
		if (!oldest || (count <= JOBS_KEPT && held <= JOB_LOGS_MAX))
			return;
		forget(oldest);
	}
}

static void end(struct job *job)
{
	timer_clear(&job->quiet);
	job->ended = true;
	if (job->cgroup)
		exit_result_kills(&job->result, job->cgroup, 0);
	tell_readers(job);
	release_group_if_empty(job);
}

/*
 * Another process may hold the pipe open. The job, but not its log, then ends when the pipe is
 * silent, or at end_at if it never is. By then the log has all that the command itself has printed.
 */
static void quiet_passed(struct timer *timer)
{
	struct job *job = JOB_OF(quiet, timer);
	uint64_t size = job_log_size(&job->log);
	bool late = now_us() >= job->end_at;
	if (late || (size == job->size_before && job_log_is_quiet(&job->log))) {
		end(job);
		return;
	}
	job->size_before = size;
	timer_set(timer, QUIET_MS, quiet_passed);
}

static void check_end(struct job *job)
{
	if (!job->exited || job->ended)
		return;
	if (!job_log_is_open(&job->log)) {
		end(job);
		return;
	}
	if (job->quiet.set)
		return;
	job->end_at = now_us() + JOB_END_MS * 1000;
	job->size_before = job_log_size(&job->log);
	timer_set(&job->quiet, QUIET_MS, quiet_passed);
}

static void log_changed(struct job_log *log)
{
	struct job *job = JOB_OF(log, log);
	tell_readers(job);
	check_end(job);
	if (is_over(job))
		forget_some();
}

static void exited(struct child *child, int status)
{
	struct job *job = JOB_OF(child, child);
	job->exited = true;
	job->result.wall_us = (uint64_t)(now_us() - job->started);
	exit_result_status(&job->result, status);
	timer_clear(&job->timeout);
	check_end(job);
}

static void kill_left(struct timer *timer)
{
	struct job *job = JOB_OF(kill, timer);
	if (job->cgroup)
		cgroup_kill(job->cgroup);
}

void job_stop(struct job *job, int signal)
{
	release_group_if_empty(job);
	if (!job->cgroup)
		return;
	job->stopped = true;
	if (signal == SIGKILL) {
		cgroup_kill(job->cgroup);
	} else if (signal > 0) {
		cgroup_signal(job->cgroup, signal);
	} else {
		cgroup_signal(job->cgroup, SIGTERM);
		/* A stopped process handles SIGTERM only after SIGCONT. */
		cgroup_signal(job->cgroup, SIGCONT);
		if (!job->kill.set)
			timer_set(&job->kill, TERMINATE_MS, kill_left);
	}
}

static void timed_out(struct timer *timer)
{
	struct job *job = JOB_OF(timeout, timer);
	bool stopped = job->stopped;
	job->result.timed_out = 1;
	job_stop(job, 0);
	job->stopped = stopped;
}

static int running(void)
{
	int count = 0;
	for (struct job *job = first; job; job = job->next)
		count += !is_over(job);
	return count;
}

/*
 * The random digits tell the job from one of the same number in another sandbox, or in this one
 * before it was restored to a checkpoint.
 */
static void name(struct job *job)
{
	uint16_t tag = 0;
	if (getrandom(&tag, sizeof tag, GRND_NONBLOCK) < 0)
		tag = 0;
	snprintf(job->id, sizeof job->id, "%c%u-%04x", JOB_ID_PREFIX, ++last_number, tag);
}

static pid_t start(struct job *job, const struct arguments *arguments, int output, int failure)
{
	const char *directory = arguments->job_start.directory;
	int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (input < 0)
		return -1;
	pid_t pid = process_start(&(struct command){
		.argv = arguments->job_start.argv,
		.environment = arguments->job_start.environment,
		.directory = *directory ? directory : NULL,
		.root = arguments->job_start.user == USER_ROOT,
		.input = input,
		.output = output,
		.errors = output,
		.control = -1,
		.failure = failure,
		.cgroup = job->cgroup,
	});
	int error = errno;
	close(input);
	errno = error;
	return pid;
}

static bool is_kept(const char *id)
{
	return job_named(id) != NULL;
}

static bool start_with_log(struct job *job, const struct arguments *arguments, int *failure)
{
	struct pipe_ends output = NO_PIPE, failed = NO_PIPE;
	pid_t pid = -1;
	if (pipe_from_process(&output) && pipe_from_process(&failed) &&
	    job_log_open(&job->log, job->id, output.agent, is_kept, log_changed)) {
		output.agent = -1; /* the log's */
		pid = start(job, arguments, output.process, failed.process);
		if (pid < 0) {
			int error = errno;
			job_log_forget(&job->log);
			errno = error;
		}
	}
	pipe_close_process(&failed);
	if (pid < 0) {
		pipe_close(&output);
		pipe_close(&failed);
		return false;
	}
	pipe_close_process(&output);
	child_watch(&job->child, pid, exited);
	*failure = failed.agent;
	return true;
}

struct job *job_start(const struct arguments *arguments, int *failure)
{
	if (running() >= JOBS_RUNNING_MAX) {
		errno = EBUSY;
		return NULL;
	}
	struct job *job = calloc(1, sizeof *job);
	if (!job)
		return NULL;
	job->cgroup = cgroup_take();
	if (!job->cgroup) {
		free(job);
		return NULL;
	}
	name(job);
	const char *label = arguments->job_start.label;
	text_copy(job->label, sizeof job->label - 1, label, strlen(label));
	job->started = now_us();
	job->started_at = clock_ns(CLOCK_REALTIME);
	job->result.kind = EXIT_RUNNING;
	/*
	 * Before the log's worker starts, because it removes the logs of jobs that are not in the
	 * list.
	 */
	append(job);
	if (!start_with_log(job, arguments, failure)) {
		int error = errno;
		take_out(job);
		cgroup_release(job->cgroup);
		free(job);
		errno = error;
		return NULL;
	}
	if (arguments->job_start.timeout > 0)
		timer_set(&job->timeout, arguments->job_start.timeout, timed_out);
	forget_some();
	return job;
}

void write_job(struct writer *writer, struct job *job)
{
	release_group_if_empty(job);
	if (job->cgroup)
		exit_result_kills(&job->result, job->cgroup, 0);
	struct exit_result result = job->result;
	if (!job->ended) {
		result.kind = EXIT_RUNNING;
		result.code = 0;
	}
	if (!job->exited)
		result.wall_us = (uint64_t)(now_us() - job->started);
	result.stdout_bytes = job_log_size(&job->log);
	result.log_path = job_log_name(&job->log);
	write_string(writer, job->id);
	write_string(writer, job->label);
	write_exit_result(writer, &result);
	write_u64(writer, job->started_at);
	write_u8(writer, job->stopped);
	write_u8(writer, job->ended && job->cgroup);
	write_u64(writer, job->log.state->gap_end);
	write_u64(writer, job->log.state->dropped);
}
