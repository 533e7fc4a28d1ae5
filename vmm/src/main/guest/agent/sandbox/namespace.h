/*
 * The sandbox's namespaces: processes, mounts, System V IPC and control groups.
 *
 * They live as long as their init process, which does nothing but exist. It adopts orphans, which
 * the kernel reaps for it. If it dies, the next process gets new namespaces.
 */
#ifndef SANDBOX_NAMESPACE_H
#define SANDBOX_NAMESPACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Drops capabilities that root in the sandbox must not have from every process that the agent will
 * start.
 */
void namespace_open(void);

/* Makes the namespaces if there are none. On false, errno and namespace_failure() say why. */
bool namespace_ready(void);
const char *namespace_failure(void);

/* Between these two calls new children of the agent are in the sandbox's process namespace. */
bool namespace_select(void);
void namespace_deselect(void);

/* Gives up the namespaces and kills every process in them. */
void namespace_abandon(void);

/*
 * Call these in a new child. The first enters all but the process namespace, the second only the
 * mounts.
 */
bool namespace_enter(void);
bool namespace_enter_mounts(void);

/* The descriptor of the exchange directory in the sandbox. The agent keeps it open. */
int namespace_exchange(void);

/*
 * fork() into a control group, with clone flags. A pidfd that is not NULL gets a descriptor of the
 * child.
 */
pid_t namespace_clone(int cgroup, uint64_t flags, int *pidfd);

#endif
