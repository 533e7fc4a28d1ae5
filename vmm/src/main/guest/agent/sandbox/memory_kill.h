/* The decoder of the OOM killer's messages in the kernel's log. No I/O. */
#ifndef SANDBOX_MEMORY_KILL_H
#define SANDBOX_MEMORY_KILL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A process that the OOM killer has killed. */
struct memory_victim {
	char name[16]; /* the process's own name; "" if it is not known */
	uint64_t bytes; /* of memory that it had */
};

/* The kernel logs the choice of a victim with its group, and later the kill with its memory. */
struct memory_log {
	pid_t chosen;
	unsigned int group;
};

/*
 * Decodes the next message. Returns true when it completes a victim, with the number of its group
 * below sandbox/code.
 */
bool memory_log_read(struct memory_log *log, const char *message, struct memory_victim *victim,
		     unsigned int *group);

#endif
