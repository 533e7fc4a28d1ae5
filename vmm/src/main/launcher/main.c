/*
 * msb-launch: keeps the few rights that the server gives up, and does a few named things with them.
 * docs/launcher.md is its contract.
 *
 *   msb-launch server OPTION... -- PROGRAM ARGUMENT...   starts the server, and serves it
 *   msb-launch serve --socket N OPTION...                serves the process that started it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "options.h"
#include "serve.h"
#include "server.h"

enum {
	USAGE = 64,
	CLOSE_RANGE = 436,
};

static int fail(const char *what)
{
	fprintf(stderr, "msb-launch: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

/* Keeps only the standard descriptors and one more, so that nothing else is handed on. */
static void close_others(int kept)
{
	if (kept < 0) {
		syscall(CLOSE_RANGE, STDERR_FILENO + 1, ~0U, 0);
		return;
	}
	if (kept > STDERR_FILENO + 1)
		syscall(CLOSE_RANGE, STDERR_FILENO + 1, kept - 1, 0);
	syscall(CLOSE_RANGE, kept + 1, ~0U, 0);
	fcntl(kept, F_SETFD, FD_CLOEXEC);
}

/* Leaves the standard streams to the server, so that they end when it closes them. */
static bool leave_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 && close(null) == 0;
}

/* Every QEMU takes descriptors of the launcher's. */
static void raise_limits(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

int main(int argc, char **argv)
{
	static struct options options;
	const char *wrong = options_parse(argc, argv, &options);
	if (wrong != NULL) {
		fprintf(stderr, "msb-launch: %s\n", wrong);
		return USAGE;
	}
	close_others(options.socket);
	/* A nested launcher has its parent's, with which nobody could enter QEMU's root. */
	umask(022);
	sigset_t taken, before;
	sigemptyset(&taken);
	sigaddset(&taken, SIGCHLD);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGHUP);
	sigaddset(&taken, SIGQUIT);
	sigaddset(&taken, SIGUSR1);
	sigprocmask(SIG_BLOCK, &taken, &before);
	int signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return fail("signalfd");
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid_t server = 0;
	if (options.starts_server) {
		int ends[2];
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
			return fail("socketpair");
		server = server_start(&options, ends[1], &before);
		if (server < 0)
			return fail("fork");
		close(ends[1]);
		options.socket = ends[0];
	} else {
		setsid();
	}
	raise_limits();
	if (!leave_streams())
		return fail("/dev/null");
	return serve(&options, options.socket, signals, server);
}
