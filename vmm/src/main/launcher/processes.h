/* The processes that the launcher has started for its server. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <poll.h>
#include <stdbool.h>

#include "options.h"
#include "requests/request.h"

/* Starts what a request asks for. Returns 0, or an error; the reply follows when it runs. */
int processes_start(const struct request *request, const int files[], const struct options *options);

/* Says which layers confine QEMU: enum layer. */
void processes_use(uint32_t layers);

/* Adds to what is polled the reports of processes that are being started. Returns the new count. */
int processes_poll(struct pollfd *polled, int count);

/* Reads the reports that poll found readable. */
void processes_read(const struct pollfd *polled, int count);

/* Notes that a process has ended, if it is one of them. */
void processes_ended(int pid, int status);

/* Sends replies and ends that are due. Returns false if there was no room for one. */
bool processes_tell(int socket);

/* Kills one of them. Returns 0, or ESRCH. */
int processes_kill(uint32_t handle);

/* Gives all threads of a QEMU a nice value. Returns 0, or an error. */
int processes_nice(uint32_t handle, int value);

void processes_kill_all(void);

#endif
