#define _GNU_SOURCE
#include "runners/upload.h"

#include "protocol/protocol.h"
#include "sandbox/mounts.h"
#include "sandbox/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool upload_open(struct upload *upload, uint32_t stream, const char *suffix)
{
	snprintf(upload->name, sizeof upload->name, "%u.%s", stream, suffix);
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	upload->fd = openat(namespace_exchange(), upload->name, flags, 0600);
	/* User sandbox owns the directory, and may have made a file of this name. */
	if (upload->fd < 0 && errno == EEXIST &&
	    unlinkat(namespace_exchange(), upload->name, 0) == 0)
		upload->fd = openat(namespace_exchange(), upload->name, flags, 0600);
	return upload->fd >= 0 && fchown(upload->fd, SANDBOX_UID, SANDBOX_GID) == 0;
}

int upload_write(struct upload *upload, struct slice data)
{
	upload->bytes += data.size;
	if (upload->bytes > upload->most)
		return EFBIG;
	for (uint32_t done = 0; done < data.size;) {
		ssize_t step = write(upload->fd, data.data + done, data.size - done);
		if (step < 0 && errno != EINTR)
			return errno;
		done += step > 0 ? (uint32_t)step : 0;
	}
	return 0;
}

void upload_close(struct upload *upload)
{
	if (upload->fd >= 0)
		close(upload->fd);
	upload->fd = -1;
}

void upload_remove(struct upload *upload)
{
	upload_close(upload);
	if (*upload->name)
		unlinkat(namespace_exchange(), upload->name, 0);
}

void upload_path(char *path, size_t capacity, const struct upload *upload)
{
	if (*upload->name)
		snprintf(path, capacity, EXCHANGE_DIRECTORY "/%s", upload->name);
	else
		*path = '\0';
}
