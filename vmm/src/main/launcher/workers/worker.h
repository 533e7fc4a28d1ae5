/* Starts the worker of a namespace, and connects to it. */
#ifndef WORKER_H
#define WORKER_H

#include <sys/types.h>

#include "options.h"
#include "workers/tenant.h"

/*
 * Starts a worker by a launcher of its own, which is this program again, in its namespace's directory:
 * the addresses of its sockets have no room for long paths. Returns that launcher's
 * process id, or -1 with errno.
 *
 * report: where it says why it could not be executed
 * pidfd: a descriptor of the process, close-on-exec
 */
pid_t worker_start(const struct options *options, const struct tenant *tenant, int report, int *pidfd);

/*
 * Connects to a socket of a worker: SOCKET_HTTP, SOCKET_CONTROL. Returns the connection, or -1 with
 * errno: it does not wait.
 */
int worker_connect(const struct options *options, const struct tenant *tenant, uint32_t which);

#endif
