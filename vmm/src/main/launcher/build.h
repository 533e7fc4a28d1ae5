/* Starts the command that builds images, with the launcher's rights. */
#ifndef BUILD_H
#define BUILD_H

#include <sys/types.h>

#include "requests/request.h"

/* As qemu_start, for a command line that was fixed when the launcher started. */
pid_t build_start(const struct request *request, const int files[], char *const command[], int report, int *pidfd);

#endif
