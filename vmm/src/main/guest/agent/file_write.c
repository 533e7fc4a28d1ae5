/*
 * FILE_WRITE. Without append the content is written beside the target and takes
 * its place when all of it is there; until then the old content stays.
 */
#define _GNU_SOURCE
#include "file_worker.h"

#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define LINKS_MAX 40

/* What is to be removed when the operation does not succeed; "" for nothing. */
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

/* The size of the directory part with its slash, 0 where there is none. */
static size_t directory_size(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Follows links at the end of path, also to where nothing is yet. */
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

static bool copy_content(int fd)
{
	static char buffer[65536];
	for (;;) {
		ssize_t size = read(STDIN_FILENO, buffer, sizeof buffer);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return size == 0;
		for (ssize_t done = 0; done < size;) {
			ssize_t step = write(fd, buffer + done, (size_t)(size - done));
			if (step < 0 && errno != EINTR)
				return false;
			done += step > 0 ? step : 0;
		}
	}
}

static noreturn void append(const char *path, mode_t mode, bool exclusive)
{
	bool created = true;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 && errno == EEXIST && !exclusive) {
		created = false;
		fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	struct stat stat;
	if (fd < 0 || fstat(fd, &stat) < 0)
		worker_fail_errno(path);
	worker_require_regular(&stat, path);
	if (created && fchmod(fd, mode) < 0)
		worker_fail_errno(path);
	if (!copy_content(fd)) {
		int error = errno;
		/* All of it or nothing. */
		if (ftruncate(fd, stat.st_size) < 0 || (created && unlink(path) < 0))
			worker_fail(error, path, "written in part only");
		errno = error;
		worker_fail_errno(path);
	}
	if (fstat(fd, &stat) < 0)
		worker_fail_errno(path);
	worker_succeed_stat(&stat, "");
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
		/* Known to the signal handler before it exists: unlinking too much is impossible. */
		strcpy(temporary, name);
		int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
}

static void check_existing(const struct stat *old, const char *path, bool exclusive)
{
	if (exclusive)
		worker_fail(EEXIST, path, "exists already");
	worker_require_regular(old, path);
	/* Replacing needs a writable directory only; overwriting needs a writable file. */
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		worker_fail_errno(path);
}

static noreturn void replace(const char *path, mode_t mode, bool exclusive)
{
	struct stat old, new;
	bool exists = lstat(path, &old) == 0;
	if (exists)
		check_existing(&old, path, exclusive);
	int fd = create_temporary(path);
	if (fd < 0)
		fail(path);
	bool owned = !exists || (old.st_uid == geteuid() && old.st_gid == getegid());
	if (!owned && fchown(fd, old.st_uid, old.st_gid) < 0) {
		remove_temporary(0);
		worker_fail(EPERM, path, "belongs to another user and cannot be replaced: append, "
					 "remove it first, or write as root with a command");
	}
	if (!copy_content(fd) || fchmod(fd, exists ? old.st_mode & MODE_MAX : mode) < 0)
		fail(path);
	if (!rename_path(temporary, path, !exclusive))
		fail(path);
	*temporary = '\0';
	if (fstat(fd, &new) < 0)
		fail(path);
	worker_succeed_stat(&new, "");
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
	if (flags & WRITE_APPEND)
		append(path, arguments->write.mode, exclusive);
	replace(path, arguments->write.mode, exclusive);
}
