/*
 * Processes in the sandbox's namespaces.
 *
 * They are never started with vfork(): the parent of a vfork() waits until its child executes, and
 * the sandbox could prevent that for ever, by a signal or by the file to execute.
 */
#ifndef PROCESSES_PROCESS_H
#define PROCESSES_PROCESS_H

#include "sandbox/cgroup.h"

#include <stdint.h>
#include <sys/types.h>

struct command {
	char *const *argv;
	char *const *environment; /* added to the default */
	const char *directory; /* NULL: home, or / if home cannot be entered */
	bool root;
	int input, output, errors; /* become 0, 1 and 2 */
	int control;               /* becomes CONTROL_FD; -1: none */
	int failure;               /* gets an END payload if it cannot be executed */
	const struct cgroup *cgroup;
};

#define CONTROL_FD 200

/* The message for EAGAIN from process_start(). */
#define NO_PROCESS "the sandbox has reached its process limit: end some processes"

/* Starts a command in the sandbox. Returns its pid, or -1 with errno. */
pid_t process_start(const struct command *command);

/*
 * Forks a worker of the agent. It has the identity of user sandbox and its view of the files, but
 * processes of the sandbox cannot reach it, and their limits do not apply to it. Returns 0 in the
 * worker, which has the descriptors as 0, 1 and 2 and no others, and must end with _exit().
 */
pid_t process_fork_worker(int input, int output, int result);

/*
 * Writes an END payload to a descriptor: the status, and a message formatted as by printf().
 */
void process_report(int fd, uint16_t status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
