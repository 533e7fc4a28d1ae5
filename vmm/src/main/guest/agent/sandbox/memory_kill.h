/* What the kernel's log says of processes that it killed for want of memory. */
#ifndef SANDBOX_MEMORY_KILL_H
#define SANDBOX_MEMORY_KILL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A process that was killed. */
struct memory_victim {
	char name[16]; /* as the process called itself; "" if the log did not say */
	uint64_t bytes; /* that it had */
};

/* The log has one message for the choice, with the group, and one for the end, with the memory. */
struct memory_log {
	pid_t chosen;
	unsigned int group;
};

/*
 * Reads the next message. Returns whether it ends what is known of a victim: the
 * process and the number of its group below sandbox/code.
 */
bool memory_log_read(struct memory_log *log, const char *message, struct memory_victim *victim,
		     unsigned int *group);

#endif
