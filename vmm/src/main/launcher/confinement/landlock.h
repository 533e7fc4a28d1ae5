/* Landlock: what of the file system, and of other processes, a program may still reach (landlock(7)). */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stdbool.h>

#include "options.h"

/* The running kernel's version of Landlock; 0 if it has none. */
int landlock_version(void);

/*
 * Begins a set of rules that forbids every use of files of which the kernel knows, signals to
 * processes outside of the set, and their abstract sockets. If no_tcp is set, TCP too. Returns a
 * descriptor, or -1.
 */
int landlock_begin(bool no_tcp);

/* Allows a use of a file, or of all below a directory. What does not exist is left out. */
bool landlock_allow(int rules, const char *path, enum use use);

/* Allows reading a device, and writing to it and controlling it if written is set. */
bool landlock_allow_device(int rules, const char *path, bool written);

/* Allows opening an open file again, for reading. */
bool landlock_allow_reopening(int rules, int file);

/* Applies the rules to the calling thread and its children for ever. Needs no_new_privs. */
bool landlock_confine(int rules);

#endif
