/* Who was killed for want of memory, from the kernel's log. */
#ifndef SANDBOX_VICTIMS_H
#define SANDBOX_VICTIMS_H

#include "sandbox/memory_kill.h"

/* What the log says from here on is read. */
void victims_open(void);

/* Reads what is new in the log. Tells of each victim, with the number of its group. */
void victims_read(void (*killed)(unsigned int group, const struct memory_victim *victim));

#endif
