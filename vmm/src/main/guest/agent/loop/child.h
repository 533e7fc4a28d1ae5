/* Reaping. The agent is the parent of every process that it starts, and of every orphan. */
#ifndef LOOP_CHILD_H
#define LOOP_CHILD_H

#include <sys/types.h>

struct child {
	struct child *next;
	pid_t pid; /* 0: none, or it has exited */
	/* status: as waitpid() gives it. */
	void (*exited)(struct child *child, int status);
};

void children_open(void);
void child_watch(struct child *child, pid_t pid, void (*exited)(struct child *child, int status));
/* Ignores the exit of the child. */
void child_forget(struct child *child);

#endif
