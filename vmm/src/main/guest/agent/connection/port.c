#include "connection/port.h"

#include "loop/console.h"
#include "protocol/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"
#define FIND_MS 10000
#define PAUSE_MS 2

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
}

static int is_our_port(const char *device)
{
	char path[300], name[sizeof PORT_NAME + 1];
	snprintf(path, sizeof path, PORTS "/%s/name", device);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t size = read(fd, name, sizeof name);
	close(fd);
	return size >= (ssize_t)strlen(PORT_NAME) &&
	       memcmp(name, PORT_NAME, strlen(PORT_NAME)) == 0 &&
	       (size == (ssize_t)strlen(PORT_NAME) || name[strlen(PORT_NAME)] == '\n');
}

static int try_open(void)
{
	DIR *ports = opendir(PORTS);
	if (!ports)
		return -1;
	int fd = -1;
	for (struct dirent *entry; fd < 0 && (entry = readdir(ports));) {
		if (entry->d_name[0] == '.' || !is_our_port(entry->d_name))
			continue;
		char path[300];
		snprintf(path, sizeof path, "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	}
	closedir(ports);
	return fd;
}

/* The driver reports a hang-up until the host has opened its side. */
static void wait_for_host(int fd)
{
	struct pollfd poll_port = {.fd = fd, .events = POLLIN | POLLOUT};
	while (poll(&poll_port, 1, -1) < 0 || poll_port.revents & POLLHUP)
		pause_briefly();
}

int port_open(void)
{
	/*
	 * The host announces ports after the driver has found the device, which may be after PID 1
	 * starts.
	 */
	for (int waited = 0; waited < FIND_MS; waited += PAUSE_MS) {
		int fd = try_open();
		if (fd >= 0) {
			wait_for_host(fd);
			return fd;
		}
		pause_briefly();
	}
	die("no virtio port is named " PORT_NAME
	    ": the machine needs a virtio-serial device with that port");
}
