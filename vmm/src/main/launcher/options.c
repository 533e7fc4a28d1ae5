#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool number(const char *text, char end, unsigned long most, unsigned long *value, const char **rest)
{
	if (*text < '0' || *text > '9')
		return false;
	char *stop;
	errno = 0;
	*value = strtoul(text, &stop, 10);
	if (errno != 0 || *value > most || *stop != end)
		return false;
	if (rest != NULL)
		*rest = stop + 1;
	return true;
}

bool options_uid_range(uint32_t first, uint32_t last)
{
	return first >= 1000 && first <= last && last <= INT32_MAX;
}

bool options_uids(const char *text, uint32_t *first, uint32_t *last)
{
	unsigned long from, to;
	const char *rest;
	if (!number(text, '-', INT32_MAX, &from, &rest) || !number(rest, 0, INT32_MAX, &to, NULL))
		return false;
	*first = (uint32_t)from;
	*last = (uint32_t)to;
	return options_uid_range(*first, *last);
}

/* Takes one option with its value. Returns NULL, or what is wrong. */
static const char *take(const char *name, char *value, struct options *options)
{
	unsigned long parsed;
	if (strcmp(name, "--build") == 0) {
		if (options->build_count == MAX_BUILD)
			return "--build: too many arguments";
		options->build[options->build_count++] = value;
		return NULL;
	}
	if (strcmp(name, "--socket") == 0) {
		if (!number(value, 0, 1023, &parsed, NULL) || parsed < 3)
			return "--socket: not a descriptor's number";
		options->socket = (int)parsed;
		return NULL;
	}
	if (strcmp(name, "--uids") == 0)
		return options_uids(value, &options->first_uid, &options->last_uid)
			       ? NULL
			       : "--uids: needs FIRST-LAST, both at least 1000";
	if (strcmp(name, "--keep-capability") == 0) {
		if (!number(value, 0, 63, &parsed, NULL))
			return "--keep-capability: not a capability's number (linux/capability.h)";
		options->capabilities |= 1ULL << parsed;
		return NULL;
	}
	/* All others are paths. */
	if (value[0] != '/')
		return "a path has to be absolute";
	if (strcmp(name, "--qemu") == 0) {
		options->qemu = value;
		return NULL;
	}
	if (strcmp(name, "--qemu-read") == 0) {
		if (options->qemu_read_count == MAX_PATHS)
			return "--qemu-read: too many paths";
		options->qemu_reads[options->qemu_read_count++] = value;
		return NULL;
	}
	if (strcmp(name, "--locks") == 0) {
		if (options->lock_count == MAX_LOCKS)
			return "--locks: too many directories";
		options->locks[options->lock_count++] = value;
		return NULL;
	}
	struct rule rule = {.path = value};
	if (strcmp(name, "--read") == 0)
		rule.use = USE_READ;
	else if (strcmp(name, "--execute") == 0)
		rule.use = USE_EXECUTE;
	else if (strcmp(name, "--write") == 0)
		rule.use = USE_WRITE;
	else
		return "there is no such option";
	if (options->rule_count == MAX_PATHS)
		return "too many paths for the server";
	options->rules[options->rule_count++] = rule;
	return NULL;
}

const char *options_parse(int argc, char **argv, struct options *options)
{
	*options = (struct options){.socket = -1};
	if (argc < 2)
		return "needs 'server' or 'serve'";
	if (strcmp(argv[1], "server") == 0)
		options->starts_server = true;
	else if (strcmp(argv[1], "serve") != 0)
		return "needs 'server' or 'serve'";
	int i = 2;
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--qemu-kvm") == 0) {
			options->qemu_kvm = true;
		} else if (strcmp(argv[i], "--qemu-unconfined") == 0) {
			options->qemu_unconfined = true;
		} else if (strcmp(argv[i], "--keep-capabilities") == 0) {
			options->keeps_capabilities = true;
		} else if (strcmp(argv[i], "--no-new-privileges") == 0) {
			options->no_new_privileges = true;
		} else if (i + 1 == argc) {
			return "an option lacks its value";
		} else {
			const char *wrong = take(argv[i], argv[i + 1], options);
			if (wrong != NULL)
				return wrong;
			i++;
		}
	}
	if (options->starts_server != (options->socket < 0))
		return "'serve' needs --socket, and 'server' must not have it";
	if (!options->starts_server)
		return i == argc ? NULL : "'serve' starts no program";
	if (i + 1 >= argc)
		return "needs '--' and the server's command line";
	options->server = argv + i + 1;
	return NULL;
}
