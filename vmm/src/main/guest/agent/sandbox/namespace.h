/*
 * The sandbox's namespaces: processes, mounts, System V IPC, view of the groups.
 *
 * They live as long as their init, a process that only exists: whose parent has
 * gone is adopted by it and reaped by the kernel. Should it die nevertheless,
 * new namespaces are made for the next process.
 */
#ifndef SANDBOX_NAMESPACE_H
#define SANDBOX_NAMESPACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Takes from everything the agent will start what root in the sandbox must not be able to do. */
void namespace_open(void);

/* Makes the namespaces where there are none. On false errno and namespace_failure say why. */
bool namespace_ready(void);
const char *namespace_failure(void);

/* Between these the agent's new children are in the process namespace. */
bool namespace_select(void);
void namespace_deselect(void);

/* Gives the namespaces up, with everything in them. */
void namespace_abandon(void);

/* In a new child: enters everything but the process namespace, or the mounts only. */
bool namespace_enter(void);
bool namespace_enter_mounts(void);

/* The descriptor of a directory inside the sandbox, which the agent keeps. */
int namespace_exchange(void);

/* fork with a control group, flags and, where pidfd is not NULL, a descriptor of the child. */
pid_t namespace_clone(int cgroup, uint64_t flags, int *pidfd);

#endif
