/* Kernel settings that the sandbox's limits depend on. */
#ifndef SANDBOX_SETTINGS_H
#define SANDBOX_SETTINGS_H

#include <stdbool.h>

/* Applies the settings of the whole machine. */
void settings_open(void);

/* Applies the limits of the caller's IPC namespace. False with errno on failure. */
bool settings_limit_ipc(void);

#endif
