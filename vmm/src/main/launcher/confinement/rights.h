/* Capabilities, limits and the death signal of a process that is about to execute a program. */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

enum capability {
	HAS_CHOWN = 0,
	HAS_KILL = 5,
	HAS_SETGID = 6,
	HAS_SETUID = 7,
	HAS_SYS_ADMIN = 21,
	HAS_SYS_NICE = 23,
};

/* Whether the calling process has a capability. */
bool rights_has(enum capability capability);

/*
 * Uses files as another user, who has no right to everybody's, but may still give files away. For
 * children of a process that has CAP_SETUID and CAP_CHOWN.
 */
bool rights_use_files_as(uint32_t user);

/*
 * Keeps programs that are executed from getting any capability but those of a mask. It takes
 * CAP_SETPCAP; without that, no_new_privs alone keeps them from it.
 */
void rights_bound(uint64_t capabilities);

/* Gives up all capabilities but those of a mask, for ever, and those that files would give. */
bool rights_keep(uint64_t capabilities);

/* Switches to a user and group without any other group. */
bool rights_become(uint32_t user);

/* Whether a range of users exists in this user namespace. */
bool rights_users_exist(uint32_t first, uint32_t last);

/* Limits what QEMU may take. own_user: nobody else has its user, so its threads can be counted. */
bool rights_limit_qemu(bool own_user);

/* Makes the kernel kill the calling process when its parent ends. */
bool rights_die_with_parent(void);

#endif
