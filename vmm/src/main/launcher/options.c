#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOWEST_UID = 1000,      /* lower ones belong to the system's accounts */
	GRACE = 60,
};

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
	return first >= LOWEST_UID && first <= last && last <= INT32_MAX;
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

static bool add_word(struct words *words, char *word)
{
	if (words->count == MAX_WORDS)
		return false;
	words->word[words->count++] = word;
	return true;
}

static bool add_path(const char **paths, int *count, int most, const char *path)
{
	if (*count == most)
		return false;
	paths[(*count)++] = path;
	return true;
}

/* Takes --read, --execute and --write of the server or, with the prefix --worker-, of workers. */
static const char *take_rule(const char *name, const char *path, struct options *options)
{
	static const char worker[] = "--worker-";
	struct rule *rules = options->rules;
	int *count = &options->rule_count;
	int most = MAX_PATHS;
	if (strncmp(name, worker, sizeof worker - 1) == 0) {
		rules = options->worker.rules;
		count = &options->worker.rule_count;
		/* One more is the namespace's directory. */
		most = MAX_PATHS - 1;
		name += sizeof worker - 1;
	} else {
		name += 2;
	}
	struct rule rule = {.path = path};
	if (strcmp(name, "read") == 0)
		rule.use = USE_READ;
	else if (strcmp(name, "execute") == 0)
		rule.use = USE_EXECUTE;
	else if (strcmp(name, "write") == 0)
		rule.use = USE_WRITE;
	else
		return "there is no such option";
	if (*count == most)
		return "too many paths for the server or for workers";
	rules[(*count)++] = rule;
	return NULL;
}

/* Takes an option whose value is a path. */
static const char *take_path(const char *name, const char *path, struct options *options)
{
	if (path[0] != '/')
		return "a path has to be absolute";
	if (strcmp(name, "--qemu") == 0) {
		options->qemu = path;
		return NULL;
	}
	if (strcmp(name, "--link-from") == 0) {
		options->link_from = path;
		return NULL;
	}
	if (strcmp(name, "--link-in") == 0) {
		options->link_in = path;
		return NULL;
	}
	if (strcmp(name, "--sessions") == 0) {
		options->worker.sessions = path;
		return NULL;
	}
	if (strcmp(name, "--tenants") == 0) {
		options->worker.tenants = path;
		return NULL;
	}
	if (strcmp(name, "--qemu-read") == 0)
		return add_path(options->qemu_reads, &options->qemu_read_count, MAX_PATHS, path)
			       ? NULL
			       : "--qemu-read: too many paths";
	if (strcmp(name, "--locks") == 0)
		return add_path(options->locks, &options->lock_count, MAX_LOCKS, path)
			       ? NULL
			       : "--locks: too many directories";
	return take_rule(name, path, options);
}

/* Takes one option with its value. Returns NULL, or what is wrong. */
static const char *take(const char *name, char *value, struct options *options)
{
	unsigned long parsed;
	if (strcmp(name, "--build") == 0)
		return add_word(&options->build, value) ? NULL : "--build: too many arguments";
	if (strcmp(name, "--worker") == 0)
		return add_word(&options->worker.command, value) ? NULL : "--worker: too many arguments";
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
	if (strcmp(name, "--worker-uids") == 0)
		return options_uids(value, &options->worker.first_uid, &options->worker.last_uid)
			       ? NULL
			       : "--worker-uids: needs FIRST-LAST, both at least 1000";
	if (strcmp(name, "--worker-grace") == 0) {
		if (!number(value, 0, MAX_GRACE, &parsed, NULL))
			return "--worker-grace: not a number of seconds up to 3600";
		options->worker.grace = (unsigned)parsed;
		return NULL;
	}
	if (strcmp(name, "--user") == 0) {
		if (!number(value, 0, INT32_MAX, &parsed, NULL) || parsed < LOWEST_UID)
			return "--user: needs a user's id, at least 1000";
		options->server_uid = (uint32_t)parsed;
		return NULL;
	}
	if (strcmp(name, "--keep-capability") == 0) {
		if (!number(value, 0, 63, &parsed, NULL))
			return "--keep-capability: not a capability's number (linux/capability.h)";
		options->capabilities |= 1ULL << parsed;
		return NULL;
	}
	return take_path(name, value, options);
}

const char *options_parse(int argc, char **argv, struct options *options)
{
	*options = (struct options){.socket = -1, .worker.grace = GRACE};
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
		} else if (strcmp(argv[i], "--settled") == 0) {
			options->settled = true;
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
	if ((options->worker.command.count > 0) != (options->worker.tenants != NULL))
		return "--worker needs --tenants, and --tenants needs --worker";
	if (options->starts_server != (options->socket < 0))
		return "'serve' needs --socket, and 'server' must not have it";
	if (!options->starts_server)
		return i == argc ? NULL : "'serve' starts no program";
	if (i + 1 >= argc)
		return "needs '--' and the server's command line";
	options->server = argv + i + 1;
	return NULL;
}
