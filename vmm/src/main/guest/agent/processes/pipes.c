#define _GNU_SOURCE
#include "processes/pipes.h"

#include "protocol/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool make(struct pipe_ends *ends, int agent)
{
	int fds[2];
	*ends = NO_PIPE;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	*ends = (struct pipe_ends){.agent = fds[agent], .process = fds[!agent]};
	/* User sandbox owns the pipe, so that a process can open it again: echo > /dev/stderr. */
	return fchown(fds[0], SANDBOX_UID, SANDBOX_GID) == 0 &&
	       fcntl(ends->agent, F_SETFL, O_NONBLOCK) == 0;
}

bool pipe_to_process(struct pipe_ends *ends)
{
	return make(ends, 1);
}

bool pipe_from_process(struct pipe_ends *ends)
{
	return make(ends, 0);
}

void pipe_close_process(struct pipe_ends *ends)
{
	if (ends->process >= 0)
		close(ends->process);
	ends->process = -1;
}

void pipe_close(struct pipe_ends *ends)
{
	int error = errno;
	pipe_close_process(ends);
	if (ends->agent >= 0)
		close(ends->agent);
	ends->agent = -1;
	errno = error;
}
