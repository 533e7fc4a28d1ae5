/* Starts QEMU, confined: docs/launcher.md. */
#ifndef QEMU_H
#define QEMU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "options.h"
#include "requests/request.h"

/* Finds QEMU and what can confine it here. Returns the layers. May be called again. */
uint32_t qemu_prepare(const struct options *options);

/* Whether layers keep files and other processes from QEMU. */
bool qemu_is_confined(uint32_t active);

/*
 * Starts a QEMU. Returns its process id, or -1 with errno.
 *
 * user: its user; 0 for the launcher's own
 * report: where it says why it could not be executed
 * pidfd: a descriptor of the process, close-on-exec
 */
pid_t qemu_start(const struct request *request, const int files[], uint32_t user, int report, int *pidfd);

#endif
