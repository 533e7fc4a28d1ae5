/* Serves requests until the server ends. */
#ifndef SERVE_H
#define SERVE_H

#include <sys/types.h>

#include "options.h"

/*
 * Serves the socket. Returns the status with which to exit.
 *
 * signals: a signalfd of SIGCHLD and of the signals that end the launcher
 * server: the server's process, to which other processes' signals are passed on; 0 if it is not a
 *     child of the launcher, which then ends when the socket does
 */
int serve(struct options *options, int socket, int signals, pid_t server);

#endif
