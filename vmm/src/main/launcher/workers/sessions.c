#define _GNU_SOURCE
#include "workers/sessions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confinement/rights.h"
#include "requests/request.h"
#include "workers/tenant.h"
#include "workers/tree.h"

enum {
	DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	MAX_HIDDEN = MAX_ENTRY + 16,
	NO_REPLACE = 1, /* RENAME_NOREPLACE, which musl lacks */
};

/* The hidden names on the way to a namespace, and back. */
static const char ADOPTED[] = ".adopted-";
static const char RETURNED[] = ".returned-";

/* A namespace's directory, its sessions, and the server's sessions. */
struct places {
	int namespace;
	int sessions;
	int server;
	uint32_t user;          /* the namespace's; 0: the launcher's own */
};

typedef int step(const struct places *places, const char *name);

/* Takes a step for each entry of a directory that begins with a prefix; it gets the rest of the name. */
static int for_each(int directory, const char *prefix, step *take, const struct places *places)
{
	int copy = openat(directory, ".", DIRECTORY);
	DIR *names = copy >= 0 ? fdopendir(copy) : NULL;
	if (names == NULL) {
		int failed = errno;
		if (copy >= 0)
			close(copy);
		return failed;
	}
	int error = 0;
	size_t length = strlen(prefix);
	struct dirent *entry;
	while (error == 0 && (entry = readdir(names)) != NULL)
		if (strncmp(entry->d_name, prefix, length) == 0 && request_is_entry(entry->d_name + length))
			error = take(places, entry->d_name + length);
	closedir(names);
	return error;
}

static int move(int from, const char *from_prefix, int to, const char *to_prefix, const char *id)
{
	char before[MAX_HIDDEN], after[MAX_HIDDEN];
	snprintf(before, sizeof before, "%s%s", from_prefix, id);
	snprintf(after, sizeof after, "%s%s", to_prefix, id);
	return syscall(SYS_renameat2, from, before, to, after, NO_REPLACE) < 0 ? errno : 0;
}

/* Gives a hidden session to a user. */
static int give(const struct places *places, const char *prefix, const char *id, uint32_t user, bool shared)
{
	char name[MAX_HIDDEN];
	snprintf(name, sizeof name, "%s%s", prefix, id);
	int session = openat(places->namespace, name, DIRECTORY);
	if (session < 0)
		return errno;
	uint32_t group = user == geteuid() ? getegid() : user;
	int error = tree_give(session, user, group, shared);
	if (error == 0 && fchown(session, user, group) < 0)
		error = errno;
	close(session);
	return error;
}

static int give_to_namespace(const struct places *places, const char *id)
{
	return places->user == 0 ? 0 : give(places, ADOPTED, id, places->user, false);
}

static int show_in_namespace(const struct places *places, const char *id)
{
	return move(places->namespace, ADOPTED, places->sessions, "", id);
}

static int hide_from_namespace(const struct places *places, const char *id)
{
	return move(places->sessions, "", places->namespace, RETURNED, id);
}

static int give_to_server(const struct places *places, const char *id)
{
	return places->user == 0 ? 0 : give(places, RETURNED, id, geteuid(), true);
}

static int show_in_server(const struct places *places, const char *id)
{
	return move(places->namespace, RETURNED, places->server, "", id);
}

static int finish_adoptions(const struct places *places)
{
	return for_each(places->namespace, ADOPTED, show_in_namespace, places);
}

/*
 * Whether a worker of an earlier server still suspends its computers here. The lock is a POSIX one, as the
 * JDK's are, and is held until the calling process ends.
 */
static bool is_in_use(const struct places *places)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int lock = openat(places->namespace, "lock", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return lock >= 0 && fcntl(lock, F_SETLK, &whole) < 0;
}

static int begin_returns(const struct places *places)
{
	if (is_in_use(places))
		return EBUSY;
	int error = for_each(places->sessions, "", hide_from_namespace, places);
	return error != 0 ? error : for_each(places->namespace, RETURNED, give_to_server, places);
}

/*
 * Does as the namespace's user what only that user may: the launcher of a container has no right to
 * everybody's files.
 */
static int as_user(struct places *places, int (*work)(const struct places *))
{
	pid_t child = fork();
	if (child == 0) {
		if (places->user != 0 && !rights_use_files_as(places->user))
			_exit(EPERM);
		places->sessions = openat(places->namespace, "sessions", DIRECTORY);
		_exit(places->sessions < 0 ? errno : work(places));
	}
	if (child < 0)
		return errno;
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static bool is_own(int directory, const char *name)
{
	struct stat status;
	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode) &&
	       status.st_uid == geteuid();
}

static int adopt(struct places *places, const char *id)
{
	struct stat status;
	if (is_own(places->server, id)) {
		int error = move(places->server, "", places->namespace, ADOPTED, id);
		if (error != 0)
			return error;
	} else if (fstatat(places->server, id, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		return EPERM;
	} else {
		char name[MAX_HIDDEN];
		snprintf(name, sizeof name, "%s%s", ADOPTED, id);
		if (fstatat(places->namespace, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return errno;
	}
	int error = for_each(places->namespace, ADOPTED, give_to_namespace, places);
	return error != 0 ? error : as_user(places, finish_adoptions);
}

static int give_back(struct places *places)
{
	int error = as_user(places, begin_returns);
	return error != 0 ? error : for_each(places->namespace, RETURNED, show_in_server, places);
}

/* Opens the server's sessions. */
static int open_server(const struct options *options)
{
	if (options->worker.sessions == NULL) {
		errno = EPERM;
		return -1;
	}
	int server = open(options->worker.sessions, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	if (server < 0 || (fstat(server, &status) == 0 && status.st_uid == geteuid()))
		return server;
	close(server);
	errno = EPERM;
	return -1;
}

int sessions_adopt(const struct options *options, const char *id, const char *namespace, char why[MAX_REASON])
{
	struct tenant tenant;
	struct places places = {.server = open_server(options)};
	if (places.server < 0)
		return errno;
	int error = tenant_prepare(options, namespace, &tenant, why);
	places.namespace = error == 0 ? tenant_find(options, namespace, &tenant) : -1;
	if (error == 0 && places.namespace < 0)
		error = errno;
	places.user = tenant.user;
	if (error == 0)
		error = adopt(&places, id);
	if (places.namespace >= 0)
		close(places.namespace);
	close(places.server);
	return error;
}

int sessions_give_back(const struct options *options, const char *namespace)
{
	struct tenant tenant;
	struct places places = {.server = open_server(options)};
	if (places.server < 0)
		return errno;
	places.namespace = tenant_find(options, namespace, &tenant);
	places.user = tenant.user;
	/* Who has no directory has no sessions. */
	int error = places.namespace >= 0 ? give_back(&places) : errno == ENOENT ? 0 : errno;
	if (places.namespace >= 0)
		close(places.namespace);
	close(places.server);
	return error;
}
