/*
 * The agent: PID 1 of the guest. It prepares the machine, connects to the host and runs the
 * operations that the host opens, until the host is gone or sends SHUTDOWN.
 */
#define _GNU_SOURCE
#include "commands/operations.h"
#include "connection/connection.h"
#include "connection/port.h"
#include "files/operations.h"
#include "jobs/operations.h"
#include "loop/child.h"
#include "loop/console.h"
#include "loop/loop.h"
#include "machine/operations.h"
#include "machine/renew.h"
#include "processes/environment.h"
#include "protocol/protocol.h"
#include "runners/operations.h"
#include "sandbox/cgroup.h"
#include "sandbox/mounts.h"
#include "sandbox/namespace.h"
#include "sandbox/settings.h"
#include "sandbox/victims.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <stdio.h>
#include <unistd.h>

#define FILES_SOFT 4096
#define FILES_HARD 65536

/* The operations that the host may open streams for. */
static const struct opener operations[] = {
	{OPERATION_CONFIGURE, configure_open},
	{OPERATION_EXEC, exec_open},
	{OPERATION_RUN, run_open},
	{OPERATION_RESET, reset_open},
	{OPERATION_INSPECT, inspect_open},
	{OPERATION_FILE_READ, file_open},
	{OPERATION_FILE_WRITE, file_open},
	{OPERATION_FILE_STAT, file_open},
	{OPERATION_FILE_LIST, file_open},
	{OPERATION_FILE_MKDIR, file_open},
	{OPERATION_FILE_REMOVE, file_open},
	{OPERATION_FILE_RENAME, file_open},
	{OPERATION_INFO, info_open},
	{OPERATION_SHUTDOWN, shutdown_open},
	{OPERATION_WARM, warm_open},
	{OPERATION_JOB_START, job_start_open},
	{OPERATION_JOB_READ, job_read_open},
	{OPERATION_JOB_STOP, job_stop_open},
	{OPERATION_JOB_LIST, job_list_open},
	{OPERATION_INFO_NOW, info_open},
};

static const struct connection_handlers connection_handlers = {
	.frame = stream_frame,
	.resume = streams_resume,
	.renew = renew_machine,
};

/* Without a console the kernel starts PID 1 with no open descriptors. */
static void open_standard_descriptors(void)
{
	int fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 2)
		fd = dup(fd);
	if (fd > 2)
		close(fd);
}

/* Every process of the guest inherits these. */
static void set_limits(void)
{
	umask(022);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){FILES_SOFT, FILES_HARD});
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

int main(void)
{
	if (getpid() != 1) {
		dprintf(STDERR_FILENO, "microsandbox-agent is the init process of a guest: "
				       "it only runs as process 1\n");
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
	streams_open(operations, sizeof operations / sizeof *operations);
	connection_open(port_open(), &connection_handlers);
	for (;;) {
		loop_turn();
		connection_flush();
	}
}
