/* Starts the server, confined as the command line says. */
#ifndef SERVER_H
#define SERVER_H

#include <signal.h>
#include <sys/types.h>

#include "options.h"

/*
 * Starts the server. It finds its socket by the variable MICROSANDBOX_LAUNCH_SOCKET. Returns its
 * process id, or -1 with errno.
 *
 * mask: the signals that were blocked when the launcher started
 */
pid_t server_start(const struct options *options, int socket, const sigset_t *mask);

#endif
