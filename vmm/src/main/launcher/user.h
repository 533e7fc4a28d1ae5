/* Users without an account, one for each QEMU. Nobody else has one while a QEMU uses it. */
#ifndef USER_H
#define USER_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

struct user {
	uint32_t id;    /* 0: the launcher's own */
	int lock;       /* held as long as the process may live; -1 if there is none */
};

/* Whether some thread on this host has a user. */
bool user_lives(uint32_t id);

/* Whether this process may give QEMU a user of its own. */
bool user_may_change(const struct options *options);

/*
 * Takes a user of the range that no other launcher has taken and that no process has. Returns 0, or
 * an error: EAGAIN if all are in use.
 */
int user_take(const struct options *options, struct user *user);

/* Gives it back once its process has ended. */
void user_release(struct user *user);

#endif
