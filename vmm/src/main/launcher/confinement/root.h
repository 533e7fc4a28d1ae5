/* A file system root that has nothing but what QEMU reads. */
#ifndef ROOT_H
#define ROOT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes the calling process, which is alone in its mount namespace, see only the given paths, for
 * reading, /dev/urandom, /dev/null, and /proc of its own PID namespace. What does not exist is left
 * out. Returns NULL, or the step that failed, with errno.
 */
const char *root_enter(const char *const paths[], int count, bool kvm);

/* Maps the user and group of a new user namespace to themselves. */
bool root_map_user(uint32_t user, uint32_t group);

#endif
