/* Links files for a worker, whose user may not link what is the launcher's (protected_hardlinks). */
#ifndef LINK_H
#define LINK_H

#include <limits.h>

#include "options.h"

/*
 * Gives an open file a further name in the directory of links. The file has to be the launcher's, open
 * for reading, and from the directory of what may be linked, or linked before.
 *
 * link: gets the new name's path
 *
 * Returns 0, or an error.
 */
int link_file(const struct options *options, int file, const char *name, char link[PATH_MAX]);

#endif
