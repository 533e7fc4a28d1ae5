/* CONFIGURE: clock, host name, entropy; and what must be there before anything runs. */
#define _GNU_SOURCE
#include "namespace.h"
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* <linux/random.h> has these; its other names clash with the C library's. */
#define RNDADDENTROPY _IOW('R', 0x03, int[2])
#define RNDRESEEDCRNG _IO('R', 0x07)

static bool set_clock(int64_t nanoseconds)
{
	struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
	return clock_settime(CLOCK_REALTIME, &time) == 0;
}

static bool set_hostname(const char *name)
{
	return !*name || sethostname(name, strlen(name)) == 0;
}

static bool add_entropy(struct slice entropy)
{
	if (entropy.size == 0)
		return true;
	struct {
		int bits, size;
		uint8_t bytes[512];
	} pool = {.bits = (int)entropy.size * 8, .size = (int)entropy.size};
	memcpy(pool.bytes, entropy.data, entropy.size);
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool added = ioctl(fd, RNDADDENTROPY, &pool) == 0 && ioctl(fd, RNDRESEEDCRNG) == 0;
	int error = errno;
	close(fd);
	errno = error;
	return added;
}

/* 127.0.0.1, and with IPv6 in the kernel ::1. A kernel without a network has neither. */
static void raise_loopback(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	struct ifreq request = {.ifr_name = "lo"};
	request.ifr_flags = IFF_UP;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

bool configure_open(struct stream *stream, const struct arguments *arguments)
{
	static bool loopback_is_up;
	if (!loopback_is_up)
		raise_loopback();
	loopback_is_up = true;

	const char *failed = NULL;
	if (!set_clock(arguments->configure.clock))
		failed = "cannot set the clock";
	else if (!set_hostname(arguments->configure.hostname))
		failed = "cannot set the host name";
	else if (!add_entropy(arguments->configure.entropy))
		failed = "cannot add entropy";
	else if (!namespace_ready())
		failed = namespace_failure();
	if (failed)
		stream_end_errno(stream, errno, failed);
	else
		stream_end_ok(stream, NULL, 0);
	return !failed;
}
