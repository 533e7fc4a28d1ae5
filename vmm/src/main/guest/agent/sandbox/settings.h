/* Settings of the kernel that the sandbox's limits depend on. */
#ifndef SANDBOX_SETTINGS_H
#define SANDBOX_SETTINGS_H

#include <stdbool.h>

/* Those of the machine. */
void settings_open(void);

/* Those of the caller's IPC namespace. False with errno where one could not be set. */
bool settings_limit_ipc(void);

#endif
