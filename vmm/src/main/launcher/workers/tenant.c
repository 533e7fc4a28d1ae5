#define _GNU_SOURCE
#include "workers/tenant.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confinement/landlock.h"
#include "confinement/rights.h"
#include "user.h"
#include "workers/tree.h"

enum {
	MOST_USERS = 1024,      /* of the range; more are not looked at */
	DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
};

/*
 * What a worker finds in its directory. The launcher of a container is root without the right to
 * everybody's files (CAP_DAC_OVERRIDE), so it reaches what it needs by its group. Sockets get that
 * group from their directory.
 */
static const struct {
	const char *name;
	mode_t mode;
} PARTS[] = {
	{"run", 02770},
	{"links", 0770},
	{"sessions", 0700},
	{"tmp", 0700},
};

/* Whether everybody may pass through all directories above a path. */
static bool reachable(const char *path)
{
	char part[PATH_MAX];
	struct stat status;
	for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
		size_t length = (size_t)(at - path) + 1;
		if (length >= sizeof part)
			return false;
		memcpy(part, path, length);
		part[length] = 0;
		if (stat(part, &status) < 0 || (status.st_mode & S_IXOTH) == 0)
			return false;
	}
	return true;
}

/*
 * Whether everybody may get to what workers use, such as the program. What does not exist is left
 * out of the rules too. A link is followed: what counts is where it leads.
 */
static bool reachable_files(const struct worker_options *worker)
{
	for (int i = 0; i < worker->rule_count; i++) {
		char real[PATH_MAX];
		bool found = realpath(worker->rules[i].path, real) != NULL;
		if (found ? !reachable(real) : errno != ENOENT)
			return false;
	}
	return true;
}

bool tenants_have_users(const struct options *options)
{
	const struct worker_options *worker = &options->worker;
	bool apart = options->first_uid > worker->last_uid || options->last_uid < worker->first_uid;
	return worker->first_uid != 0 && apart && rights_has(HAS_CHOWN) && rights_has(HAS_SETUID) &&
	       rights_has(HAS_SETGID) && rights_has(HAS_KILL) &&
	       rights_users_exist(worker->first_uid, worker->last_uid) && reachable(worker->tenants) &&
	       reachable_files(worker);
}

bool tenants_are_apart(const struct options *options)
{
	return options->worker.command.count > 0 && (landlock_version() > 0 || tenants_have_users(options));
}

static int refuse(int error, char why[MAX_REASON], const char *name, const char *text)
{
	snprintf(why, MAX_REASON, "the directory of namespace '%s' %s", name, text);
	return error;
}

/* Opens the directory of all namespaces, which nobody else may write to. Returns -1 with errno. */
static int open_all(const struct options *options)
{
	const char *path = options->worker.tenants;
	if (mkdir(path, 0700) == 0 && chmod(path, 0711) < 0)
		return -1;
	int all = open(path, DIRECTORY);
	struct stat status;
	if (all < 0)
		return -1;
	if (fstat(all, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 022) == 0)
		return all;
	close(all);
	errno = EPERM;
	return -1;
}

/* A user that no namespace has, and nobody else. Returns 0 if there is none. */
static uint32_t unused(const struct options *options, int all)
{
	uint32_t first = options->worker.first_uid;
	bool taken[MOST_USERS] = {false};
	int copy = openat(all, ".", DIRECTORY);
	DIR *names = copy >= 0 ? fdopendir(copy) : NULL;
	if (names == NULL) {
		if (copy >= 0)
			close(copy);
		return 0;
	}
	struct dirent *entry;
	struct stat status;
	while ((entry = readdir(names)) != NULL)
		if (fstatat(all, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_uid >= first &&
		    status.st_uid - first < MOST_USERS)
			taken[status.st_uid - first] = true;
	closedir(names);
	for (uint32_t i = 0; i < MOST_USERS && first + i <= options->worker.last_uid; i++)
		if (!taken[i] && !user_lives(first + i))
			return first + i;
	return 0;
}

/* Finds the user of a namespace's directory, and gives it to one if it has none yet. */
static int find_user(const struct options *options, int all, int directory, struct tenant *tenant, char *why)
{
	const struct worker_options *worker = &options->worker;
	bool users = tenants_have_users(options);
	struct stat status;
	if (fstat(directory, &status) < 0)
		return errno;
	bool own = status.st_uid == geteuid();
	if (own && !users)
		return 0;
	if (!own && (status.st_uid < worker->first_uid || status.st_uid > worker->last_uid))
		return refuse(EPERM, why, tenant->name, "belongs to a user who is not of the range of workers' users");
	if (!own && !users)
		return refuse(EPERM, why, tenant->name, "belongs to a user whom this launcher cannot give to its worker");
	tenant->user = own ? unused(options, all) : status.st_uid;
	if (tenant->user == 0)
		return EAGAIN;
	/* First of all: from now on it says who the user is, even if the rest is done at the next start. */
	return own && (fchmod(directory, 0770) < 0 || fchown(directory, tenant->user, getegid()) < 0) ? errno : 0;
}

/* Makes a directory in a namespace's. What is the launcher's, it gives to the namespace's user. */
static int make_part(int directory, const struct tenant *tenant, const char *name, mode_t mode, char *why)
{
	if (mkdirat(directory, name, 0700) < 0 && errno != EEXIST)
		return errno;
	struct stat status;
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	uint32_t user = tenant->user != 0 ? tenant->user : geteuid();
	if (!S_ISDIR(status.st_mode) || (status.st_uid != user && status.st_uid != geteuid()))
		return refuse(EPERM, why, tenant->name, "has something in it that is not its user's directory");
	if (tenant->user == 0 || status.st_uid == user)
		return 0;
	int part = openat(directory, name, DIRECTORY);
	if (part < 0)
		return errno;
	/* Only its owner may change its mode, so this fails for what a worker has put in its place since. */
	uint32_t group = (mode & S_IRWXG) != 0 ? getegid() : user;
	int error = fchmod(part, mode) < 0 ? errno : tree_give(part, user, group, false);
	if (error == 0 && fchown(part, user, group) < 0)
		error = errno;
	close(part);
	return error;
}

int tenant_prepare(const struct options *options, const char *name, struct tenant *tenant, char why[MAX_REASON])
{
	*tenant = (struct tenant){.user = 0};
	snprintf(tenant->name, sizeof tenant->name, "%s", name);
	why[0] = 0;
	int all = open_all(options);
	if (all < 0)
		return errno;
	/* Another launcher of the same home might take the same user. */
	int error = flock(all, LOCK_EX | LOCK_NB) < 0 ? EAGAIN : 0;
	if (error == 0 && mkdirat(all, name, 0700) < 0 && errno != EEXIST)
		error = errno;
	int directory = error == 0 ? openat(all, name, DIRECTORY) : -1;
	if (error == 0 && directory < 0)
		error = errno;
	if (error == 0)
		error = find_user(options, all, directory, tenant, why);
	for (size_t i = 0; error == 0 && i < sizeof PARTS / sizeof *PARTS; i++)
		error = make_part(directory, tenant, PARTS[i].name, PARTS[i].mode, why);
	if (directory >= 0)
		close(directory);
	close(all);
	return error;
}

int tenant_find(const struct options *options, const char *name, struct tenant *tenant)
{
	*tenant = (struct tenant){.user = 0};
	snprintf(tenant->name, sizeof tenant->name, "%s", name);
	int all = open_all(options);
	int directory = all >= 0 ? openat(all, name, DIRECTORY) : -1;
	int error = errno;
	if (all >= 0)
		close(all);
	struct stat status;
	if (directory < 0 || fstat(directory, &status) < 0) {
		errno = error;
		return directory;
	}
	bool own = status.st_uid == geteuid();
	if (!own)
		tenant->user = status.st_uid;
	if (own || (status.st_uid >= options->worker.first_uid && status.st_uid <= options->worker.last_uid &&
		    tenants_have_users(options)))
		return directory;
	close(directory);
	errno = EPERM;
	return -1;
}

int tenant_open(const struct options *options, const struct tenant *tenant, const char *name)
{
	int all = open_all(options);
	int directory = all >= 0 ? openat(all, tenant->name, DIRECTORY) : -1;
	int part = directory >= 0 ? openat(directory, name, DIRECTORY) : -1;
	int error = errno;
	if (directory >= 0)
		close(directory);
	if (all >= 0)
		close(all);
	struct stat status;
	uint32_t user = tenant->user != 0 ? tenant->user : geteuid();
	if (part >= 0 && fstat(part, &status) == 0 && status.st_uid == user)
		return part;
	if (part >= 0)
		close(part);
	errno = part >= 0 ? EPERM : error;
	return -1;
}
