/* Mounts: those of the agent, and those of the sandbox's mount namespace. */
#ifndef SANDBOX_MOUNTS_H
#define SANDBOX_MOUNTS_H

#define SANDBOX_ROOT "/overlay/root"
/*
 * RUN puts code and stdin here. It is no part of the disk, so that code runs even when the disk is
 * full.
 */
#define EXCHANGE_DIRECTORY "/run/microsandbox"

/* Mounts the agent's kernel file systems, and the writable layer over the image. */
void mounts_open(void);

/*
 * Call this in a process that is alone in a new mount namespace. It makes the sandbox's root the
 * root of the namespace, and mounts the sandbox's file systems. Returns what failed, with errno, or
 * NULL.
 */
const char *mounts_enter_sandbox(void);

#endif
