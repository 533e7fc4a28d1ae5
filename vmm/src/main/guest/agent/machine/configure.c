/* CONFIGURE: sets clock, host name and entropy, and makes the sandbox's namespaces. */
#define _GNU_SOURCE
#include "languages/language.h"
#include "machine/identity.h"
#include "machine/operations.h"
#include "protocol/protocol.h"
#include "sandbox/namespace.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* Enables 127.0.0.1, and ::1 if the kernel has IPv6. A kernel may have no network at all. */
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

/* Draws a version 4 UUID, as systemd does. */
static void draw_machine_id(void)
{
	uint8_t id[MACHINE_ID_SIZE];
	if (getrandom(id, sizeof id, 0) != sizeof id)
		return;
	id[6] = (id[6] & 0x0f) | 0x40;
	id[8] = (id[8] & 0x3f) | 0x80;
	identity_set_machine_id(id);
}

static void set_up_once(void)
{
	static bool done;
	if (done)
		return;
	raise_loopback();
	draw_machine_id();
	done = true;
}

void configure_open(struct stream *stream, const struct arguments *arguments)
{
	const char *hostname = arguments->configure.hostname;
	const struct slice name = {(const uint8_t *)hostname, (uint32_t)strlen(hostname)};
	const char *failed = NULL;
	if (!identity_set_clock(arguments->configure.clock))
		failed = "cannot set the clock";
	else if (!identity_set_hostname(name))
		failed = "cannot set the host name";
	else if (!identity_add_entropy(arguments->configure.entropy))
		failed = "cannot add entropy";
	else if (!namespace_ready())
		failed = namespace_failure();
	if (failed) {
		stream_end_errno(stream, errno, failed);
		return;
	}
	languages_set_ready_time(arguments->configure.ready);
	set_up_once();
	streams_configured();
	stream_end_ok(stream, NULL, 0);
}
