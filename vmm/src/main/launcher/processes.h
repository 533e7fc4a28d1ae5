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

/*
 * Starts the worker of a namespace. Returns 0, or an error: EBUSY if it runs already. The reply follows
 * when it runs. why then says more, or is empty.
 */
int processes_start_worker(const struct request *request, const struct options *options, char why[MAX_REASON]);

/* Connects to a worker. Returns a descriptor, or -1 with errno. */
int processes_connect(const struct request *request, const struct options *options);

/* Notes that a process has ended, if it is one of them. */
void processes_ended(int pid, int status);

/* Sends replies and ends that are due. Returns false if there was no room for one. */
bool processes_tell(int socket);

/* Kills one of them. Returns 0, or ESRCH. */
int processes_kill(uint32_t handle);

/* Gives all threads of a QEMU a nice value. Returns 0, or an error. */
int processes_nice(uint32_t handle, int value);

/* Whether a worker of any namespace runs, and that of one. */
bool processes_have_workers(void);
bool processes_have_worker(const char *namespace);

/* Kills all but workers. */
void processes_kill_others(void);

/* Sends a signal to all workers. */
void processes_signal_workers(int number);

void processes_kill_all(void);

#endif
