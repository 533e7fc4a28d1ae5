/*
 * The control groups:
 *
 *   agent          PID 1, with protected memory and a high share of the CPU
 *   sandbox        the whole sandbox: its memory, which includes its disk
 *     code         users' processes: limits of memory and processes
 *       0, 1, ...  one for each operation, with an equal share of the CPU
 *     tools        file workers, with memory, a process limit and a CPU share of their own:
 *                  they start and finish during a fork bomb, and when files have used up
 *                  the memory of code
 *
 * A group is used again for a later operation and never removed. Files that an operation has written
 * stay charged to its group, and a removed group with charges stays in the kernel's memory.
 */
#ifndef SANDBOX_CGROUP_H
#define SANDBOX_CGROUP_H

#include "sandbox/memory_kill.h"

#include <stdbool.h>
#include <stdint.h>

struct cgroup {
	int directory;
	bool taken;
	const void *left_by; /* not taken: the owner of processes that may still be in it */
	uint32_t oom_kills; /* at the time it was taken */
	struct memory_victim victim; /* the newest in the kernel's log */
};

void cgroups_open(void);

/* Takes an empty group. NULL with errno: EAGAIN when processes are left in too many groups. */
struct cgroup *cgroup_take(void);
/*
 * The operation has ended. Processes that it has left stay in the group, which is not taken until
 * they end.
 */
void cgroup_release(struct cgroup *cgroup);
/* As cgroup_release(), but cgroup_kill_left() can kill the processes later. */
void cgroup_leave(struct cgroup *cgroup, const void *owner);
/* Kills every process that the owner has left. */
void cgroup_kill_left(const void *owner);
void cgroup_kill(const struct cgroup *cgroup);
/* Sends a signal to every process in the group. May miss processes that start in the meantime. */
void cgroup_signal(const struct cgroup *cgroup, int signal);
/* Whether the group has no process. */
bool cgroup_is_empty(const struct cgroup *cgroup);
uint32_t cgroup_oom_kills(const struct cgroup *cgroup);
/* The newest OOM victim of the group since the last call; without a name if there is none. */
struct memory_victim cgroup_victim(struct cgroup *cgroup);

/* The descriptor of the group tools, for clone3(). */
int cgroup_tools(void);
/* The descriptor of a cgroup namespace whose root is sandbox/code: all that the sandbox may see. */
int cgroup_namespace(void);

void cgroup_kill_all(void);
bool cgroup_all_gone(void);

uint64_t cgroup_memory_limit(void);
uint64_t cgroup_memory_used(void);
uint32_t cgroup_process_limit(void);
uint32_t cgroup_processes(void);

#endif
