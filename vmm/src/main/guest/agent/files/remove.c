/*
 * FILE_REMOVE. The walk keeps one directory open and does not recurse, so it removes trees of any
 * depth.
 */
#define _GNU_SOURCE
#include "files/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct level {
	struct level *above;
	dev_t device;
	ino_t inode;
	char name[]; /* of this directory in the one above */
};

static const char *top;

static noreturn void fail(void)
{
	worker_fail_errno(top);
}

static struct level *descend(struct level *above, int *directory, const char *name)
{
	struct stat stat;
	struct level *level = malloc(sizeof *level + strlen(name) + 1);
	int fd = openat(*directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!level || fd < 0 || fstat(fd, &stat) < 0)
		fail();
	*level = (struct level){.above = above, .device = stat.st_dev, .inode = stat.st_ino};
	strcpy(level->name, name);
	if (*directory >= 0)
		close(*directory);
	*directory = fd;
	return level;
}

/* Returns to the directory above, if it is still the same one, and removes the one below. */
static struct level *ascend(struct level *level, int *directory)
{
	struct stat stat;
	struct level *above = level->above;
	int fd = openat(*directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &stat) < 0)
		fail();
	if (stat.st_dev != above->device || stat.st_ino != above->inode) {
		errno = EBUSY;
		fail();
	}
	close(*directory);
	*directory = fd;
	if (unlinkat(fd, level->name, AT_REMOVEDIR) < 0)
		fail();
	free(level);
	return above;
}

/* Removes entries up to the first directory. Returns its name, or NULL if there is none. */
static const char *remove_files(int fd)
{
	static char name[NAME_MAX + 1];
	const char *found = NULL;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;
	if (!directory)
		fail();
	for (struct dirent *entry; !found && (entry = readdir(directory));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		struct stat stat;
		if (fstatat(fd, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue;
			fail();
		}
		if (S_ISDIR(stat.st_mode))
			found = strcpy(name, entry->d_name);
		else if (unlinkat(fd, entry->d_name, 0) < 0 && errno != ENOENT)
			fail();
	}
	closedir(directory);
	return found;
}

static void remove_tree(void)
{
	int directory = AT_FDCWD;
	struct level *level = descend(NULL, &directory, top);
	for (;;) {
		const char *name = remove_files(directory);
		if (name)
			level = descend(level, &directory, name);
		else if (level->above)
			level = ascend(level, &directory);
		else
			break;
	}
	if (rmdir(top) < 0)
		fail();
}

noreturn void file_remove(const struct arguments *arguments)
{
	struct stat stat;
	top = arguments->remove.path;
	if (fstatat(AT_FDCWD, top, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		fail();
	if (!S_ISDIR(stat.st_mode)) {
		if (unlink(top) < 0)
			fail();
	} else if (arguments->remove.recursive) {
		remove_tree();
	} else if (rmdir(top) < 0) {
		fail();
	}
	worker_succeed(NULL, 0);
}
