/*
 * The control groups:
 *
 *   agent          PID 1: memory it keeps, and the processor when it wants it
 *   sandbox        everything of the sandbox: memory, its disk included
 *     code         what users run: the limits of memory and processes
 *       0, 1, ...  one for each operation, with its share of the processor
 *     tools        file workers: some memory, a process limit and a share of the
 *                  processor of their own, so that they start and finish while a fork
 *                  bomb is on, or files have taken all memory that code may have
 *
 * An operation's group is not removed but used again: the memory of files that
 * an operation wrote stays charged to its group, and a removed group with
 * charges left stays in the kernel's memory for ever.
 */
#ifndef SANDBOX_CGROUP_H
#define SANDBOX_CGROUP_H

#include "sandbox/memory_kill.h"

#include <stdbool.h>
#include <stdint.h>

struct cgroup {
	int directory;
	bool taken;
	const void *left_by; /* of one that is not taken: whose processes may be in it */
	uint32_t oom_kills; /* before it was taken */
	struct memory_victim victim; /* the newest that the kernel's log told of */
};

void cgroups_open(void);

/* An empty group, or NULL with errno: EAGAIN when too many have processes left in them. */
struct cgroup *cgroup_take(void);
/* The operation is over. Processes that it left behind stay in the group, which stays theirs. */
void cgroup_release(struct cgroup *cgroup);
/* As cgroup_release(), but the owner can end later what is left. */
void cgroup_leave(struct cgroup *cgroup, const void *owner);
/* Ends all that an owner has left. */
void cgroup_kill_left(const void *owner);
void cgroup_kill(const struct cgroup *cgroup);
/* A signal for every process in it now; those that are made meanwhile may be left out. */
void cgroup_signal(const struct cgroup *cgroup, int signal);
/* Whether no process is left in it. */
bool cgroup_is_empty(const struct cgroup *cgroup);
uint32_t cgroup_oom_kills(const struct cgroup *cgroup);
/* The newest process of the group that was killed for want of memory, since it was asked last. */
struct memory_victim cgroup_victim(struct cgroup *cgroup);

/* For clone3. */
int cgroup_tools(void);
/* A cgroup namespace whose root is sandbox/code: what the sandbox may see. */
int cgroup_namespace(void);

void cgroup_kill_all(void);
bool cgroup_all_gone(void);

uint64_t cgroup_memory_limit(void);
uint64_t cgroup_memory_used(void);
uint32_t cgroup_process_limit(void);
uint32_t cgroup_processes(void);

#endif
