#define _GNU_SOURCE
#include "workers/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "requests/protocol.h"

/* Whether an open file's path is below a directory. */
static bool is_below(const char *path, const char *directory)
{
	char real[PATH_MAX];
	if (realpath(directory, real) == NULL)
		return false;
	size_t length = strlen(real);
	return strncmp(path, real, length) == 0 && path[length] == '/';
}

/* Whether the server may have an open file linked. Returns 0, or an error. */
static int check(const struct options *options, int file)
{
	int flags = fcntl(file, F_GETFL);
	struct stat status;
	if (flags < 0 || fstat(file, &status) < 0)
		return errno;
	/* With O_PATH, neither its mode nor Landlock has been looked at. */
	if ((flags & O_PATH) != 0 || (flags & O_ACCMODE) != O_RDONLY || !S_ISREG(status.st_mode) ||
	    status.st_uid != geteuid())
		return EPERM;
	char entry[40], path[PATH_MAX];
	snprintf(entry, sizeof entry, "/proc/self/fd/%d", file);
	ssize_t length = readlink(entry, path, sizeof path - 1);
	if (length < 0)
		return errno;
	path[length] = 0;
	return is_below(path, options->link_from) || is_below(path, options->link_in) ? 0 : EPERM;
}

int link_file(const struct options *options, int file, const char *name, char link[PATH_MAX])
{
	if (options->link_from == NULL || options->link_in == NULL)
		return EPERM;
	int error = check(options, file);
	if (error != 0)
		return error;
	int length = snprintf(link, PATH_MAX, "%s/links", options->link_in);
	if (length < 0 || length + MAX_ENTRY >= PATH_MAX)
		return ENAMETOOLONG;
	int links = open(link, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (links < 0)
		return errno;
	/* The server may have put another directory in its place, but only one of its own. */
	struct stat status;
	uint32_t user = options->server_uid != 0 ? options->server_uid : geteuid();
	char entry[40];
	snprintf(entry, sizeof entry, "/proc/self/fd/%d", file);
	if (fstat(links, &status) < 0 || status.st_uid != user)
		error = EPERM;
	else if (linkat(AT_FDCWD, entry, links, name, AT_SYMLINK_FOLLOW) < 0)
		error = errno;
	close(links);
	snprintf(link + length, (size_t)(PATH_MAX - length), "/%s", name);
	return error;
}
