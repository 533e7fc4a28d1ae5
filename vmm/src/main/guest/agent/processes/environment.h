/* The environment of what runs in the sandbox (section 7 of the protocol). */
#ifndef PROCESSES_ENVIRONMENT_H
#define PROCESSES_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the image's /etc/environment. */
void environment_open(void);

/*
 * The default environment with the entries of extra (NULL-terminated, or NULL)
 * added, later ones in place of earlier ones of the same name. Allocated.
 */
char **environment_build(char *const *extra, bool root);

const char *environment_get(char *const *environment, const char *name);

/* Cuts the text of an /etc/environment into entries, in place. Returns how many. Pure. */
size_t environment_parse(char *text, char **entries, size_t capacity);

#endif
