/*
 * Processes in the sandbox's namespaces.
 *
 * Never vfork: the parent of a vfork waits until its child executes, and what
 * the sandbox controls (a signal, the file to execute) could make that for ever.
 */
#ifndef PROCESSES_PROCESS_H
#define PROCESSES_PROCESS_H

#include "sandbox/cgroup.h"

#include <stdint.h>
#include <sys/types.h>

struct command {
	char *const *argv;
	char *const *environment; /* added to the default */
	const char *directory; /* NULL: home, or / where that cannot be entered */
	bool root;
	int input, output, errors; /* become 0, 1 and 2 */
	int control;               /* becomes CONTROL_FD; -1: none */
	int failure;               /* where an END payload goes if it cannot be executed */
	const struct cgroup *cgroup;
};

#define CONTROL_FD 200

/* What EAGAIN means to who asked for a process. */
#define NO_PROCESS "the sandbox has as many processes as it may: end some of them"

/* Starts a command in the sandbox. Returns its process, or -1 with errno. */
pid_t process_start(const struct command *command);

/*
 * Forks a process that works on the sandbox's files for the agent: with user
 * sandbox's identity and view of the files, but out of the reach of what runs
 * in the sandbox, and of its limits. Returns 0 in the new process, which has the
 * descriptors as 0, 1 and 2 and no others, and must end with _exit.
 */
pid_t process_fork_worker(int input, int output, int result);

/*
 * Writes an END payload with the status and a message in the manner of printf
 * to a descriptor.
 */
void process_report(int fd, uint16_t status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
