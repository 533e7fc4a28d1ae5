/*
 * The agent: PID 1 of the guest. It prepares the machine, connects to the host
 * and then serves its operations until the host is gone or asks it to stop.
 */
#define _GNU_SOURCE
#include "cgroup.h"
#include "child.h"
#include "connection.h"
#include "console.h"
#include "environment.h"
#include "loop.h"
#include "mounts.h"
#include "namespace.h"
#include "port.h"
#include "runner.h"
#include "settings.h"
#include "victims.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <stdio.h>
#include <unistd.h>

#define FILES_SOFT 4096
#define FILES_HARD 65536

/* The kernel starts PID 1 without descriptors where there is no console. */
static void open_standard_descriptors(void)
{
	int fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 2)
		fd = dup(fd);
	if (fd > 2)
		close(fd);
}

/* What every process inherits. */
static void set_limits(void)
{
	umask(022);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){FILES_SOFT, FILES_HARD});
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

int main(void)
{
	if (getpid() != 1) {
		dprintf(STDERR_FILENO, "microsandbox-agent is the init of a sandbox's machine: "
				       "it runs as process 1 only\n");
		return 2;
	}
	mounts_open();
	open_standard_descriptors();
	set_limits();
	settings_open();
	victims_open();
	cgroups_open();
	namespace_open();
	environment_open();
	loop_open();
	children_open();
	connection_open(port_open());
	for (;;) {
		loop_turn();
		connection_flush();
	}
}
