/* Reaping: the agent is the parent of what it starts, and of every orphan. */
#ifndef LOOP_CHILD_H
#define LOOP_CHILD_H

#include <sys/types.h>

struct child {
	struct child *next;
	pid_t pid; /* 0: none, or it has exited */
	/* status as from waitpid. */
	void (*exited)(struct child *child, int status);
};

void children_open(void);
void child_watch(struct child *child, pid_t pid, void (*exited)(struct child *child, int status));
/* Lets the child exit without a call back. */
void child_forget(struct child *child);

#endif
