/*
 * FILE_WRITE. The worker writes the content to a temporary file beside the target, and renames it
 * over the target when it has all of it. Until then the old content stays. Appends, and files that
 * cannot be replaced, are written in place (place.c), also only when the worker has all of the
 * content.
 */
#define _GNU_SOURCE
#include "files/worker.h"

#include "protocol/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LINKS_MAX 40

/* The file to remove when the operation does not succeed; "": none. */
static char temporary[PATH_MAX + 64];

static void remove_temporary(int signal)
{
	if (*temporary)
		unlink(temporary);
	if (signal)
		_exit(1);
}

static noreturn void fail(const char *path)
{
	int error = errno;
	remove_temporary(0);
	errno = error;
	worker_fail_errno(path);
}

/* The size of the directory part with its slash, or 0 if there is none. */
static size_t directory_size(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Follows symbolic links at the end of path, even if the last target does not exist. */
static void resolve(char path[static PATH_MAX], const char *given)
{
	if (strlen(given) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		worker_fail_errno(given);
	}
	strcpy(path, given);
	for (int i = 0; i < LINKS_MAX; i++) {
		char target[PATH_MAX];
		ssize_t size = readlink(path, target, sizeof target - 1);
		if (size < 0)
			return;
		target[size] = '\0';
		size_t kept = *target == '/' ? 0 : directory_size(path);
		if (kept + (size_t)size >= PATH_MAX) {
			errno = ENAMETOOLONG;
			worker_fail_errno(given);
		}
		memcpy(path + kept, target, (size_t)size + 1);
	}
	errno = ELOOP;
	worker_fail_errno(given);
}

static void make_parents(const char *path)
{
	char parent[PATH_MAX];
	size_t size = directory_size(path);
	if (size <= 1 || size >= sizeof parent)
		return;
	memcpy(parent, path, size - 1);
	parent[size - 1] = '\0';
	if (!make_directories(parent, 0777))
		worker_fail_errno(parent);
}

static int create_temporary(const char *path)
{
	size_t kept = directory_size(path);
	for (;;) {
		uint64_t random;
		char name[PATH_MAX + 64];
		if (getrandom(&random, sizeof random, 0) < 0)
			return -1;
		snprintf(name, sizeof name, "%.*s.msb-%016llx.tmp", (int)kept, path,
			 (unsigned long long)random);
		/*
		 * The signal handler knows the random name before the file exists, and no other
		 * file has it.
		 */
		strcpy(temporary, name);
		int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
}

/* Receives all of the content into a file without a name. */
static int receive_aside(const char *path)
{
	int fd = create_temporary("/tmp/");
	if (fd < 0)
		worker_fail_errno("/tmp");
	remove_temporary(0);
	*temporary = '\0';
	if (!copy_file(STDIN_FILENO, fd))
		worker_fail_errno(path);
	return fd;
}

static void check_existing(const struct stat *old, const char *path, bool exclusive)
{
	if (exclusive)
		worker_fail(EEXIST, path, "exists already");
	worker_require_regular(old, path);
	/*
	 * A rename needs only a writable directory. Require a writable file too, as a write does.
	 */
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		worker_fail_errno(path);
}

/* Copies extended attributes, such as access lists, as far as this user may set them. */
static void copy_attributes(const char *path, int fd)
{
	char names[4096], value[4096];
	ssize_t size = llistxattr(path, names, sizeof names);
	for (char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		ssize_t length = lgetxattr(path, name, value, sizeof value);
		if (length >= 0)
			fsetxattr(fd, name, value, (size_t)length, 0);
	}
}

/* Gives the new file the owner and attributes of the old one. False if it cannot have the owner. */
static bool keep_owner(const char *path, int fd, const struct stat *old)
{
	bool owned = old->st_uid == geteuid() && old->st_gid == getegid();
	if (!owned && fchown(fd, old->st_uid, old->st_gid) < 0)
		return false;
	copy_attributes(path, fd);
	return true;
}

static noreturn void succeed(const char *path, int fd)
{
	struct stat stat;
	if (fstat(fd, &stat) < 0)
		fail(path);
	worker_succeed_stat(&stat, "");
}

/* Whether a rename failed because the target can only be written in place. */
static bool is_irreplaceable(int error)
{
	/* A mount point, or a file in another user's sticky directory. */
	return error == EBUSY || error == EPERM || error == EACCES;
}

static noreturn void replace(const char *path, mode_t mode, bool exclusive)
{
	struct stat old;
	bool exists = lstat(path, &old) == 0;
	if (exists)
		check_existing(&old, path, exclusive);
	int fd = create_temporary(path);
	/*
	 * With ENOSPC there is no room for content either. Otherwise the directory takes no new
	 * files.
	 */
	if (fd < 0 && exists && errno != ENOSPC)
		write_in_place(path, receive_aside(path), false);
	if (fd < 0)
		fail(path);
	if (exists && !keep_owner(path, fd, &old)) {
		remove_temporary(0);
		*temporary = '\0';
		write_in_place(path, receive_aside(path), false);
	}
	if (!copy_file(STDIN_FILENO, fd) || fchmod(fd, exists ? old.st_mode & MODE_MAX : mode) < 0)
		fail(path);
	if (!rename_path(temporary, path, !exclusive)) {
		if (!exists || !is_irreplaceable(errno))
			fail(path);
		remove_temporary(0);
		write_in_place(path, fd, false);
	}
	*temporary = '\0';
	succeed(path, fd);
}

noreturn void file_write(const struct arguments *arguments)
{
	char path[PATH_MAX];
	uint8_t flags = arguments->write.flags;
	bool exclusive = flags & WRITE_EXCLUSIVE;
	struct stat stat;
	if (exclusive && lstat(arguments->write.path, &stat) == 0)
		worker_fail(EEXIST, arguments->write.path, "exists already");
	signal(SIGTERM, remove_temporary);
	resolve(path, arguments->write.path);
	if (flags & WRITE_PARENTS)
		make_parents(path);
	size_t size = strlen(path);
	if (path[size - 1] == '/')
		worker_fail(EISDIR, path, "is a directory");
	if ((flags & WRITE_APPEND) && lstat(path, &stat) == 0) {
		check_existing(&stat, path, exclusive);
		write_in_place(path, receive_aside(path), true);
	}
	/* An append must not replace a file that appears in the meantime. */
	replace(path, arguments->write.mode, exclusive || (flags & WRITE_APPEND));
}
