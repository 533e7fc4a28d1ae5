/*
 * Writes a file in place: appends, or overwrites a file that cannot be replaced. The worker has all
 * of the content, and reserves room for it, before it changes the file. So neither a broken stream
 * nor a full disk damages the file. A concurrent reader may see part of the content.
 */
#define _GNU_SOURCE
#include "files/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

bool copy_file(int from, int to)
{
	static char buffer[65536];
	for (;;) {
		ssize_t size = read(from, buffer, sizeof buffer);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return size == 0;
		for (ssize_t done = 0; done < size;) {
			ssize_t step = write(to, buffer + done, (size_t)(size - done));
			if (step < 0 && errno != EINTR)
				return false;
			done += step > 0 ? step : 0;
		}
	}
}

/* False with errno if there is no room. A file system that cannot reserve may still fail later. */
static bool reserve(int fd, off_t offset, off_t size)
{
	if (size == 0 || fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, size) == 0)
		return true;
	return errno != ENOSPC && errno != EFBIG;
}

noreturn void write_in_place(const char *path, int content, bool append)
{
	struct stat stat, new;
	int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(path, flags | (append ? O_APPEND : 0));
	if (fd < 0 || fstat(fd, &stat) < 0 || fstat(content, &new) < 0 ||
	    lseek(content, 0, SEEK_SET) < 0)
		worker_fail_errno(path);
	worker_require_regular(&stat, path);
	if (!reserve(fd, append ? stat.st_size : 0, new.st_size))
		worker_fail_errno(path);
	/* The rest is quick, and to stop in the middle would damage the file. */
	signal(SIGTERM, SIG_IGN);
	bool made_up = file_is_made_up(fd, &stat);
	bool done = copy_file(content, fd);
	if (done && !append && !made_up)
		done = ftruncate(fd, new.st_size) == 0;
	if (!done && made_up)
		worker_fail_errno(path);
	if (!done)
		worker_fail(errno, path, "was written only in part");
	if (fstat(fd, &stat) < 0)
		worker_fail_errno(path);
	worker_succeed_stat(&stat, "");
}
