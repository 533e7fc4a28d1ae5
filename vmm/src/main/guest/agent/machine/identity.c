#define _GNU_SOURCE
#include "machine/identity.h"

#include "loop/console.h"
#include "protocol/protocol.h"
#include "sandbox/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* From <linux/random.h>. Other names in that header clash with the C library's. */
#define RNDADDENTROPY _IOW('R', 0x03, int[2])
#define RNDRESEEDCRNG _IO('R', 0x07)

bool identity_set_clock(int64_t nanoseconds)
{
	struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
	return clock_settime(CLOCK_REALTIME, &time) == 0;
}

bool identity_add_entropy(struct slice entropy)
{
	if (entropy.size == 0)
		return true;
	struct {
		int bits, size;
		uint8_t bytes[ENTROPY_MAX];
	} pool = {.bits = (int)entropy.size * 8, .size = (int)entropy.size};
	memcpy(pool.bytes, entropy.data, entropy.size);
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool added = ioctl(fd, RNDADDENTROPY, &pool) == 0 && ioctl(fd, RNDRESEEDCRNG) == 0;
	int error = errno;
	close(fd);
	explicit_bzero(&pool, sizeof pool);
	errno = error;
	return added;
}

/* Opens a regular file on the sandbox's disk, without following symbolic links. */
static int open_inside(const char *path)
{
	int root = open(SANDBOX_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	struct open_how how = {
		.flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
	close(root);
	struct stat stat;
	if (fd >= 0 && (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Writes in place, which needs no room if the file has the same length already. */
static void write_inside(const char *path, const char *text, size_t size)
{
	int fd = open_inside(path);
	if (fd < 0)
		return;
	bool written = pwrite(fd, text, size, 0) == (ssize_t)size &&
		       ftruncate(fd, (off_t)size) == 0;
	if (!written)
		complain_on_console("cannot write /%s: %m", path);
	close(fd);
}

bool identity_set_hostname(struct slice name)
{
	char line[HOSTNAME_MAX + 1];
	if (name.size == 0)
		return true;
	if (sethostname((const char *)name.data, name.size) < 0)
		return false;
	memcpy(line, name.data, name.size);
	line[name.size] = '\n';
	write_inside("etc/hostname", line, name.size + 1);
	return true;
}

void identity_set_machine_id(const uint8_t *id)
{
	static const char digits[] = "0123456789abcdef";
	char line[2 * MACHINE_ID_SIZE + 1];
	for (int i = 0; i < MACHINE_ID_SIZE; i++) {
		line[2 * i] = digits[id[i] >> 4];
		line[2 * i + 1] = digits[id[i] & 15];
	}
	line[sizeof line - 1] = '\n';
	write_inside("etc/machine-id", line, sizeof line);
}
