#define _GNU_SOURCE
#include "workers/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DEEPEST = 16,
	MOST_ENTRIES = 100000,
};

struct give {
	uint32_t user;
	uint32_t group;
	bool shared;
	int entries;
};

static int give_all(int directory, struct give *give, int depth);

static int give_file(int directory, const char *name, const struct stat *status, const struct give *give)
{
	if (status->st_uid == give->user)
		return 0;
	if (status->st_nlink == 1 || give->shared)
		return fchownat(directory, name, give->user, give->group, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
	int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file < 0)
		return errno;
	int error = fchmod(file, (status->st_mode & 0777) | 0444) < 0 ? errno : 0;
	close(file);
	return error;
}

static int give_directory(int parent, const char *name, struct give *give, int depth)
{
	int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return errno;
	int error = give_all(directory, give, depth + 1);
	if (error == 0 && fchown(directory, give->user, give->group) < 0)
		error = errno;
	close(directory);
	return error;
}

static int give_entry(int directory, const char *name, struct give *give, int depth)
{
	struct stat status;
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	if (++give->entries > MOST_ENTRIES)
		return E2BIG;
	/* A worker that has ended leaves its sockets. */
	if (S_ISREG(status.st_mode) || S_ISSOCK(status.st_mode))
		return give_file(directory, name, &status, give);
	if (!S_ISDIR(status.st_mode))
		return EINVAL;
	return status.st_uid == give->user ? 0 : give_directory(directory, name, give, depth);
}

static int give_all(int directory, struct give *give, int depth)
{
	if (depth > DEEPEST)
		return ELOOP;
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = copy >= 0 ? fdopendir(copy) : NULL;
	if (names == NULL) {
		int failed = errno;
		if (copy >= 0)
			close(copy);
		return failed;
	}
	int error = 0;
	struct dirent *entry;
	while (error == 0 && (entry = readdir(names)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			error = give_entry(directory, entry->d_name, give, depth);
	closedir(names);
	return error;
}

int tree_give(int directory, uint32_t user, uint32_t group, bool shared)
{
	struct give give = {.user = user, .group = group, .shared = shared};
	return give_all(directory, &give, 0);
}
