/* Victims of the OOM killer, as the kernel's log names them. */
#ifndef SANDBOX_VICTIMS_H
#define SANDBOX_VICTIMS_H

#include "sandbox/memory_kill.h"

/* Opens the log at its end: only later messages are read. */
void victims_open(void);

/* Reads new messages of the log. Calls killed for each victim, with the number of its group. */
void victims_read(void (*killed)(unsigned int group, const struct memory_victim *victim));

#endif
