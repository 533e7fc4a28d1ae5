/* Settings of the kernel that the sandbox's limits depend on. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>

/* Those of the machine. */
void settings_open(void);

/* Those of the caller's IPC namespace. False with errno where one could not be set. */
bool settings_limit_ipc(void);

#endif
