#define _GNU_SOURCE
#include "sandbox/settings.h"

#include "loop/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PAGE 4096

static bool set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t written = write(fd, value, strlen(value));
	int error = errno;
	close(fd);
	errno = error;
	return written >= 0;
}

void settings_open(void)
{
	/*
	 * Open files count as memory of their group, which has a limit. With a limit of the whole
	 * machine, one process could use it up for all others.
	 */
	if (!set("/proc/sys/fs/file-max", "10000000"))
		die("cannot set fs.file-max: %m");
	/* A dump of all tasks would push the message that names the victim out of the log. */
	if (!set("/proc/sys/vm/oom_dump_tasks", "0"))
		die("cannot set vm.oom_dump_tasks: %m");
}

/*
 * System V shared memory, queues and semaphores outlive their processes, so a kill frees none of
 * them. The limits leave room for everything else that the sandbox needs.
 */
bool settings_limit_ipc(void)
{
	struct sysinfo info;
	char pages[32];
	sysinfo(&info);
	snprintf(pages, sizeof pages, "%llu", (unsigned long long)info.totalram * info.mem_unit / PAGE / 16);
	return set("/proc/sys/kernel/shmall", pages) && set("/proc/sys/kernel/msgmni", "128") &&
	       set("/proc/sys/kernel/sem", "32000 32000 500 128");
}
