/* Pipes between the agent and a process. I/O on the agent's end never blocks. */
#ifndef PROCESSES_PIPES_H
#define PROCESSES_PIPES_H

#include <stdbool.h>

struct pipe_ends {
	int agent; /* -1: closed */
	int process;
};

#define NO_PIPE ((struct pipe_ends){-1, -1})

bool pipe_to_process(struct pipe_ends *ends);
bool pipe_from_process(struct pipe_ends *ends);
void pipe_close(struct pipe_ends *ends);
/* Closes the agent's copy of the process's end, after the process has inherited it. */
void pipe_close_process(struct pipe_ends *ends);

#endif
