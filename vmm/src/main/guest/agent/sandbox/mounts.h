/* The mounts: the agent's own, and those that make the sandbox's world. */
#ifndef SANDBOX_MOUNTS_H
#define SANDBOX_MOUNTS_H

#define SANDBOX_ROOT "/overlay/root"
/* Where RUN puts code and stdin, apart from the disk: a full disk must not stop code from running. */
#define EXCHANGE_DIRECTORY "/run/microsandbox"

/* The agent's: kernel file systems, and the writable layer over the image. */
void mounts_open(void);

/*
 * In a process that is alone in a new mount namespace: makes the sandbox's root
 * its root and mounts what belongs there. Returns what failed (errno says why),
 * or NULL.
 */
const char *mounts_enter_sandbox(void);

#endif
