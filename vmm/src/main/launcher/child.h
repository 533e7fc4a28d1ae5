/* What every process that the launcher starts has in common: its files, its signals, its end. */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>

#include "requests/request.h"

/* Where a child reports why it could not execute its program; closed when it has. */
enum {
	REPORT = MAX_FILES,
};

/* Moves the files to their numbers, the report to REPORT, and closes all others. */
bool child_take_files(const struct program *program, const int files[], int report);

/*
 * Gives a child the default signals, a session of its own and the directory "/", and binds it to the
 * launcher: it ends if the launcher ends, or has ended.
 */
bool child_settle(void);

/* Writes to the report which step failed, with errno, and ends. */
_Noreturn void child_fail(const char *step);

/* Unblocks all signals and gives them their default action. */
void child_reset_signals(void);

#endif
