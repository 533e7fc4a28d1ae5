/*
 * The directories and the users of namespaces, each of which has a worker. TENANTS/NAME belongs to the
 * namespace's user: its owner is the only record of who that is. Whatever is below it may have been
 * made by a stolen worker.
 */
#ifndef TENANT_H
#define TENANT_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "requests/protocol.h"

struct tenant {
	char name[MAX_NAME];
	uint32_t user;          /* 0: the launcher's own */
};

/* Whether each worker has a user of its own here. */
bool tenants_have_users(const struct options *options);

/* Whether workers can be started, and kept from each other. */
bool tenants_are_apart(const struct options *options);

/*
 * Makes a namespace's directories, and gives them to its user. Returns 0, or an error; why then says
 * more, or is empty.
 */
int tenant_prepare(const struct options *options, const char *name, struct tenant *tenant, char why[MAX_REASON]);

/*
 * Opens the directory of a namespace that has one, and says who its user is. Returns a descriptor, or
 * -1 with errno.
 */
int tenant_find(const struct options *options, const char *name, struct tenant *tenant);

/* Opens a directory of a namespace, such as "run", if it is its user's. Returns a descriptor, or -1. */
int tenant_open(const struct options *options, const struct tenant *tenant, const char *directory);

#endif
