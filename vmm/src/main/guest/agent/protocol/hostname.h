/* The check of a host name. No I/O. */
#ifndef PROTOCOL_HOSTNAME_H
#define PROTOCOL_HOSTNAME_H

#include <stddef.h>

/*
 * Returns why the name is not valid, or NULL. An empty name is valid: it leaves the host name
 * unchanged.
 */
const char *hostname_problem(const char *name, size_t size);

#endif
