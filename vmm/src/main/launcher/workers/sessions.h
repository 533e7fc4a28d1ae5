/*
 * Moves sessions between the server's directory and those of namespaces. On the way, a session has a
 * hidden name in the directory of its namespace. What was interrupted goes on with the next move in the
 * same direction.
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "options.h"
#include "requests/protocol.h"

/*
 * Moves a session of the launcher's user to a namespace, and gives it to its user. Returns 0, or an
 * error; why then says more, or is empty.
 */
int sessions_adopt(const struct options *options, const char *id, const char *namespace, char why[MAX_REASON]);

/*
 * Moves all sessions of a namespace to the server's, and gives them to the launcher's user. No worker
 * of it may run. Returns 0, or an error.
 */
int sessions_give_back(const struct options *options, const char *namespace);

#endif
