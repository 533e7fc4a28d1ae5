/* EXEC: a command with its stdin, stdout and stderr. */
#include "commands/operations.h"

#include "loop/child.h"
#include "processes/exit_result.h"
#include "processes/pipes.h"
#include "processes/process.h"
#include "protocol/protocol.h"
#include "protocol/text.h"
#include "sandbox/cgroup.h"
#include "streams/input.h"
#include "streams/output.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct exec {
	struct stream *stream;
	struct child child;
	pid_t pid; /* still known after the child has exited */
	struct cgroup *cgroup;
	struct input input;
	struct output output, errors;
	struct logfile log;
	int failure; /* the pipe on which the child reports that it cannot execute */
	struct timer timeout, quiet;
	int64_t started;
	bool exited, ending;
	struct exit_result result;
};

#define EXEC_OF(member, pointer) ((struct exec *)((char *)(pointer) - offsetof(struct exec, member)))

static void release(struct exec *exec)
{
	child_forget(&exec->child);
	timer_clear(&exec->timeout);
	timer_clear(&exec->quiet);
	exec->input.stream = NULL;
	input_close(&exec->input);
	output_abandon(&exec->output);
	output_abandon(&exec->errors);
	logfile_close(&exec->log);
	close(exec->failure);
	cgroup_release(exec->cgroup);
	free(exec);
}

static void log_finished(struct logfile *log)
{
	struct exec *exec = EXEC_OF(log, log);
	uint8_t payload[256];
	struct writer writer = writer_into(payload, sizeof payload);
	exec->result.stdout_bytes = exec->output.bytes;
	exec->result.stderr_bytes = exec->errors.bytes;
	exit_result_kills(&exec->result, exec->cgroup, 0);
	exec->result.log_path = logfile_path(&exec->log);
	write_exit_result(&writer, &exec->result);
	struct stream *stream = exec->stream;
	release(exec);
	stream_end_ok(stream, payload, writer.size);
}

static void finish(struct exec *exec)
{
	if (exec->ending)
		return;
	exec->ending = true;
	timer_clear(&exec->quiet);
	timer_clear(&exec->timeout);
	if (exec->result.timed_out)
		cgroup_kill(exec->cgroup);
	exec->output.stream = exec->errors.stream = NULL;
	logfile_finish(&exec->log);
}

static bool at_end(const struct exec *exec)
{
	return exec->output.pipe.fd < 0 && exec->errors.pipe.fd < 0;
}

/* Another process may hold the pipes open. Output then ends when they are silent. */
static void quiet_passed(struct timer *timer)
{
	struct exec *exec = EXEC_OF(quiet, timer);
	int64_t last = exec->output.last_read > exec->errors.last_read ? exec->output.last_read
								       : exec->errors.last_read;
	int64_t left = QUIET_MS - (now_us() - last) / 1000;
	bool waiting = output_waiting(&exec->output) > 0 || output_waiting(&exec->errors) > 0;
	if (waiting || left > 0)
		timer_set(timer, waiting ? QUIET_MS : left, quiet_passed);
	else
		finish(exec);
}

static void check_end(struct exec *exec)
{
	if (!exec->exited || exec->ending)
		return;
	if (at_end(exec))
		finish(exec);
	else if (!exec->quiet.set)
		timer_set(&exec->quiet, QUIET_MS, quiet_passed);
}

/* Whether the child has reported that it cannot execute. If so, the stream has ended. */
static bool failed_to_execute(struct exec *exec)
{
	uint8_t payload[MESSAGE_MAX + 8];
	ssize_t size = read(exec->failure, payload, sizeof payload);
	if (size <= 0)
		return false;
	struct stream *stream = exec->stream;
	release(exec);
	stream_end_payload(stream, payload, (size_t)size);
	return true;
}

static void exited(struct child *child, int status)
{
	struct exec *exec = EXEC_OF(child, child);
	exec->exited = true;
	exec->result.wall_us = (uint64_t)(now_us() - exec->started);
	exit_result_status(&exec->result, status);
	if (failed_to_execute(exec))
		return;
	/* The quiet period starts now at the earliest. */
	exec->output.last_read = now_us();
	input_close(&exec->input);
	check_end(exec);
}

static void output_ended(struct output *output)
{
	check_end(EXEC_OF(output, output));
}

static void errors_ended(struct output *output)
{
	check_end(EXEC_OF(errors, output));
}

static void signal_group(struct exec *exec, int signal)
{
	if (exec->exited)
		return;
	/* Before it calls setsid() the child has no process group of its own. */
	if (kill(-exec->pid, signal) < 0 && errno == ESRCH)
		kill(exec->pid, signal);
}

static void kill_left(struct timer *timer)
{
	cgroup_kill(EXEC_OF(timeout, timer)->cgroup);
}

static void timed_out(struct timer *timer)
{
	struct exec *exec = EXEC_OF(timeout, timer);
	if (!exec->exited)
		exec->result.timed_out = 1;
	signal_group(exec, SIGTERM);
	/* A stopped process handles SIGTERM only after SIGCONT. */
	signal_group(exec, SIGCONT);
	timer_set(timer, TERMINATE_MS, kill_left);
}

static void on_data(struct stream *stream, uint8_t channel, struct slice data)
{
	(void)channel;
	struct exec *exec = stream->state;
	input_data(&exec->input, data);
}

static void on_eof(struct stream *stream, uint8_t channel)
{
	(void)channel;
	struct exec *exec = stream->state;
	input_eof(&exec->input);
}

static void on_signal(struct stream *stream, int signal)
{
	signal_group(stream->state, signal);
}

static void on_cancel(struct stream *stream)
{
	struct exec *exec = stream->state;
	cgroup_kill(exec->cgroup);
	release(exec);
	stream_end(stream, STATUS_CANCELLED, "cancelled");
}

static void on_resume(struct stream *stream)
{
	struct exec *exec = stream->state;
	output_resume(&exec->output);
	output_resume(&exec->errors);
}

static void log_caught_up(struct logfile *log)
{
	on_resume(EXEC_OF(log, log)->stream);
}

static const struct handlers handlers = {
	.inputs = 1u << CHANNEL_INPUT,
	.data = on_data,
	.eof = on_eof,
	.signal = on_signal,
	.cancel = on_cancel,
	.resume = on_resume,
};

struct pipes {
	struct pipe_ends input, output, errors, failure;
};

static bool open_pipes(struct pipes *pipes)
{
	pipes->input = pipes->output = pipes->errors = pipes->failure = NO_PIPE;
	return pipe_to_process(&pipes->input) && pipe_from_process(&pipes->output) &&
	       pipe_from_process(&pipes->errors) && pipe_from_process(&pipes->failure);
}

static void close_pipes(struct pipes *pipes)
{
	pipe_close(&pipes->input);
	pipe_close(&pipes->output);
	pipe_close(&pipes->errors);
	pipe_close(&pipes->failure);
}

static pid_t start(const struct arguments *arguments, const struct pipes *pipes,
		   const struct cgroup *cgroup)
{
	const char *directory = arguments->exec.directory;
	return process_start(&(struct command){
		.argv = arguments->exec.argv,
		.environment = arguments->exec.environment,
		.directory = *directory ? directory : NULL,
		.root = arguments->exec.user == USER_ROOT,
		.input = pipes->input.process,
		.output = pipes->output.process,
		.errors = pipes->errors.process,
		.control = -1,
		.failure = pipes->failure.process,
		.cgroup = cgroup,
	});
}

static void refuse(struct stream *stream, int error)
{
	stream_end_errno(stream, error, error == EAGAIN ? NO_PROCESS : "cannot start a process");
}

void exec_open(struct stream *stream, const struct arguments *arguments)
{
	struct pipes pipes;
	struct exec *exec = calloc(1, sizeof *exec);
	struct cgroup *cgroup = exec ? cgroup_take() : NULL;
	bool piped = cgroup && open_pipes(&pipes);
	pid_t pid = piped ? start(arguments, &pipes, cgroup) : -1;
	if (pid < 0) {
		int error = errno;
		if (cgroup) {
			close_pipes(&pipes);
			cgroup_release(cgroup);
		}
		free(exec);
		refuse(stream, error);
		return;
	}
	exec->stream = stream;
	exec->cgroup = cgroup;
	exec->pid = pid;
	exec->started = now_us();
	exec->failure = pipes.failure.agent;
	child_watch(&exec->child, pid, exited);
	logfile_open(&exec->log, stream->id, arguments->exec.log_threshold, log_caught_up, log_finished);
	input_open(&exec->input, stream, pipes.input.agent);
	output_open(&exec->output, pipes.output.agent, stream, CHANNEL_OUTPUT, output_ended);
	output_open(&exec->errors, pipes.errors.agent, stream, CHANNEL_ERRORS, errors_ended);
	exec->output.log = exec->errors.log = &exec->log;
	pipe_close_process(&pipes.input);
	pipe_close_process(&pipes.output);
	pipe_close_process(&pipes.errors);
	pipe_close_process(&pipes.failure);
	if (arguments->exec.timeout > 0)
		timer_set(&exec->timeout, arguments->exec.timeout, timed_out);
	stream->handlers = &handlers;
	stream->state = exec;
}
