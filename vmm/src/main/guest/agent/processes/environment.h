/* The environment of processes in the sandbox (section 7 of the protocol). */
#ifndef PROCESSES_ENVIRONMENT_H
#define PROCESSES_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the image's /etc/environment. */
void environment_open(void);

/*
 * Returns the default environment with the entries of extra (NULL-terminated, or NULL). A later
 * entry replaces an earlier one of the same name. The caller frees the array. NULL without memory.
 */
char **environment_build(char *const *extra, bool root);

const char *environment_get(char *const *environment, const char *name);

/* Splits the text of an /etc/environment into entries, in place. Returns their number. No I/O. */
size_t environment_parse(char *text, char **entries, size_t capacity);

#endif
