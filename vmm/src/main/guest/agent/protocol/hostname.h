/* What a host name may be. Pure: no I/O. */
#ifndef PROTOCOL_HOSTNAME_H
#define PROTOCOL_HOSTNAME_H

#include <stddef.h>

/* Why it cannot be the machine's name, or NULL. An empty one can: it changes nothing. */
const char *hostname_problem(const char *name, size_t size);

#endif
