/* FILE_READ. */
#define _GNU_SOURCE
#include "files/worker.h"

#include "protocol/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

noreturn void file_read(const struct arguments *arguments)
{
	static char buffer[32768];
	const char *path = arguments->read.path;
	struct stat stat;
	/* Check before opening, because opening a device or a FIFO can have side effects. */
	if (fstatat(AT_FDCWD, path, &stat, 0) < 0)
		worker_fail_errno(path);
	worker_require_regular(&stat, path);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &stat) < 0)
		worker_fail_errno(path);
	worker_require_regular(&stat, path);

	uint64_t offset = arguments->read.offset, left = arguments->read.length;
	bool made_up = file_is_made_up(fd, &stat);
	uint64_t size = (uint64_t)stat.st_size;
	if (!made_up) {
		uint64_t there = offset < size ? size - offset : 0;
		left = left < there ? left : there;
	}
	while (left > 0) {
		size_t wanted = left < sizeof buffer ? (size_t)left : sizeof buffer;
		ssize_t got = pread(fd, buffer, wanted, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			worker_fail_errno(path);
		if (got == 0 && made_up)
			break;
		if (got == 0)
			worker_fail(STATUS_CHANGED, path, "shrank while it was read");
		worker_output(buffer, (size_t)got);
		offset += (uint64_t)got;
		left -= (uint64_t)got;
	}
	if (fstat(fd, &stat) < 0)
		worker_fail_errno(path);
	worker_succeed_stat(&stat, "");
}
