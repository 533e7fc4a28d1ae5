#define _GNU_SOURCE
#include "runners/spawn.h"

#include "processes/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static bool open_ends(struct runner_ends *ends)
{
	*ends = (struct runner_ends){NO_PIPE, NO_PIPE, NO_PIPE, {-1, -1}, -1};
	ends->input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return ends->input >= 0 && pipe_from_process(&ends->output) &&
	       pipe_from_process(&ends->errors) && pipe_from_process(&ends->failure) &&
	       socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->control) == 0 &&
	       fcntl(ends->control[0], F_SETFL, O_NONBLOCK) == 0;
}

static void close_ends(struct runner_ends *ends, bool agents_too)
{
	int error = errno;
	void (*close_pipe)(struct pipe_ends *) = agents_too ? pipe_close : pipe_close_process;
	close_pipe(&ends->output);
	close_pipe(&ends->errors);
	close_pipe(&ends->failure);
	if (ends->input >= 0)
		close(ends->input);
	if (ends->control[1] >= 0)
		close(ends->control[1]);
	if (agents_too && ends->control[0] >= 0)
		close(ends->control[0]);
	errno = error;
}

static pid_t start_process(struct runner *runner, const struct runner_ends *ends)
{
	char variable[48];
	snprintf(variable, sizeof variable, "MICROSANDBOX_CONTROL_FD=%d", CONTROL_FD);
	return process_start(&(struct command){
		.argv = runner->language->manifest.start,
		.environment = (char *[]){variable, NULL},
		.directory = runner->language->directory,
		.input = ends->input,
		.output = ends->output.process,
		.errors = ends->errors.process,
		.control = ends->control[1],
		.failure = ends->failure.process,
		.cgroup = runner->cgroup,
	});
}

bool runner_spawn(struct runner *runner, struct runner_ends *ends)
{
	pid_t pid = open_ends(ends) ? start_process(runner, ends) : -1;
	close_ends(ends, pid < 0);
	runner->pid = pid;
	return pid > 0;
}
