#define _GNU_SOURCE
#include "files/worker.h"

#include "processes/process.h"
#include "protocol/protocol.h"
#include "protocol/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* RENAME_NOREPLACE of <linux/fs.h>. Other names in that header clash with the C library's. */
#define NO_REPLACE 1

noreturn void worker_succeed(const void *result, size_t size)
{
	uint8_t payload[8192];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u16(&writer, STATUS_OK);
	write_string(&writer, "");
	write_raw(&writer, result, size);
	/* Write it before the exit: the agent reads it when the worker has ended. */
	while (write(STDERR_FILENO, payload, writer.size) < 0 && errno == EINTR)
		;
	_exit(0);
}

noreturn void worker_fail(int status, const char *path, const char *reason)
{
	process_report(STDERR_FILENO, (uint16_t)status, "%.900s: %s", path, reason);
	_exit(0);
}

/* A dangling link exists, so "No such file" alone would confuse. */
static void fail_dangling(const char *path)
{
	char target[PATH_MAX], reason[PATH_MAX + 64];
	ssize_t size = readlink(path, target, sizeof target - 1);
	if (size < 0)
		return;
	target[size] = '\0';
	snprintf(reason, sizeof reason, "is a symbolic link to %.900s, which is not there", target);
	worker_fail(ENOENT, path, reason);
}

/* The worker is outside the sandbox's process namespace, so these do not exist for it. */
static bool is_of_the_asking_process(const char *path)
{
	return strncmp(path, "/proc/self", 10) == 0 || strncmp(path, "/proc/thread-self", 17) == 0;
}

noreturn void worker_fail_errno(const char *path)
{
	int error = errno;
	if (error == ENOENT && is_of_the_asking_process(path))
		worker_fail(error, path, "is a process's own: use a command");
	if (error == ENOENT)
		fail_dangling(path);
	worker_fail(error, path, strerror(error));
}

void write_stat(struct writer *writer, const struct stat *stat, const char *target)
{
	uint8_t type = S_ISREG(stat->st_mode)	? FILE_TYPE_FILE
		       : S_ISDIR(stat->st_mode) ? FILE_TYPE_DIRECTORY
		       : S_ISLNK(stat->st_mode) ? FILE_TYPE_SYMBOLIC_LINK
						: FILE_TYPE_OTHER;
	write_u8(writer, type);
	write_u32(writer, stat->st_mode & MODE_MAX);
	write_u32(writer, stat->st_uid);
	write_u32(writer, stat->st_gid);
	write_u64(writer, (uint64_t)stat->st_size);
	write_u64(writer, (uint64_t)(stat->st_mtim.tv_sec * 1000000000LL + stat->st_mtim.tv_nsec));
	write_string(writer, target);
}

noreturn void worker_succeed_stat(const struct stat *stat, const char *target)
{
	uint8_t result[PATH_MAX + 64];
	struct writer writer = writer_into(result, sizeof result);
	write_stat(&writer, stat, target);
	worker_succeed(result, writer.size);
}

void worker_require_regular(const struct stat *stat, const char *path)
{
	switch (stat->st_mode & S_IFMT) {
	case S_IFREG:
		return;
	case S_IFDIR:
		worker_fail(EISDIR, path, "is a directory");
	case S_IFIFO:
		worker_fail(EINVAL, path, "is a FIFO, not a regular file: use a command");
	case S_IFSOCK:
		worker_fail(EINVAL, path, "is a socket, not a regular file: use a command");
	default:
		worker_fail(EINVAL, path, "is a device, not a regular file: use a command");
	}
}

bool file_is_made_up(int fd, const struct stat *stat)
{
	struct statfs system;
	if (stat->st_size == 0)
		return true;
	return fstatfs(fd, &system) == 0 &&
	       (system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC ||
		system.f_type == CGROUP2_SUPER_MAGIC);
}

void worker_output(const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t step = write(STDOUT_FILENO, (const char *)data + done, size - done);
		if (step < 0 && errno != EINTR)
			_exit(1);
		done += step > 0 ? (size_t)step : 0;
	}
}

bool make_directories(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t length = strlen(path);
	if (length >= sizeof part) {
		errno = ENAMETOOLONG;
		return false;
	}
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, path[i] ? 0777 : mode) < 0 && errno != EEXIST) {
			/*
			 * In a read-only directory mkdir() may say EROFS of a directory that
			 * exists.
			 */
			struct stat stat;
			int error = errno;
			if (lstat(part, &stat) < 0) {
				errno = error;
				return false;
			}
		}
	}
	return true;
}

bool rename_path(const char *from, const char *to, bool replace)
{
	unsigned int flags = replace ? 0 : NO_REPLACE;
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags) == 0;
}

static noreturn void file_stat(const struct arguments *arguments)
{
	const char *path = arguments->stat.path;
	struct stat stat;
	char target[PATH_MAX] = "";
	if (fstatat(AT_FDCWD, path, &stat, arguments->stat.follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		worker_fail_errno(path);
	if (S_ISLNK(stat.st_mode) && readlink(path, target, sizeof target - 1) < 0)
		worker_fail_errno(path);
	worker_succeed_stat(&stat, target);
}

static noreturn void file_mkdir(const struct arguments *arguments)
{
	const char *path = arguments->mkdir.path;
	mode_t mode = arguments->mkdir.mode;
	struct stat stat;
	if (arguments->mkdir.parents) {
		if (lstat(path, &stat) == 0 && S_ISDIR(stat.st_mode))
			worker_succeed(NULL, 0);
		if (!make_directories(path, mode))
			worker_fail_errno(path);
		if (fstatat(AT_FDCWD, path, &stat, 0) < 0)
			worker_fail_errno(path);
		if (!S_ISDIR(stat.st_mode))
			worker_fail(EEXIST, path, "exists and is not a directory");
	} else if (mkdir(path, mode) < 0) {
		worker_fail_errno(path);
	}
	/*
	 * mkdir() applies the umask and ignores some bits. Another user's directory keeps its mode.
	 */
	if (chmod(path, mode) < 0 && errno != EPERM)
		worker_fail_errno(path);
	worker_succeed(NULL, 0);
}

static noreturn void file_rename(const struct arguments *arguments)
{
	const char *from = arguments->rename.from, *to = arguments->rename.to;
	if (rename_path(from, to, arguments->rename.replace))
		worker_succeed(NULL, 0);
	int error = errno;
	struct stat stat;
	/* The message names the path that caused the error. */
	bool about_from = lstat(from, &stat) < 0;
	worker_fail(error, about_from ? from : to, strerror(error));
}

noreturn void file_worker(const struct arguments *arguments)
{
	switch (arguments->operation) {
	case OPERATION_FILE_READ:
		file_read(arguments);
	case OPERATION_FILE_WRITE:
		file_write(arguments);
	case OPERATION_FILE_LIST:
		file_list(arguments);
	case OPERATION_FILE_STAT:
		file_stat(arguments);
	case OPERATION_FILE_MKDIR:
		file_mkdir(arguments);
	case OPERATION_FILE_REMOVE:
		file_remove(arguments);
	default:
		file_rename(arguments);
	}
}
