/* Seccomp: the system calls that QEMU may still make (seccomp(2)). */
#ifndef SECCOMP_H
#define SECCOMP_H

#include <stdbool.h>

/* Whether the kernel filters system calls. */
bool seccomp_works(void);

/*
 * Filters the calling process's system calls for ever, and executes a program. Nothing else can be
 * executed any more, by nobody: the filter lets only this one execve pass, which carries a random
 * secret in registers that execve does not use. The kernel clears them. Needs no_new_privs.
 * Returns only if that fails, with the errno.
 */
int seccomp_execute(const char *path, char *const argv[], char *const envp[], bool kvm);

#endif
