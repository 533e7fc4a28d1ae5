#define _GNU_SOURCE
#include "sandbox/victims.h"

#include "loop/console.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* As many messages as the log holds, so that a flood of messages does not block the agent. */
#define MESSAGES_AT_ONCE 2048

static int kernel_log = -1;
static struct memory_log state;

void victims_open(void)
{
	kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kernel_log < 0 || lseek(kernel_log, 0, SEEK_END) < 0)
		die("cannot read the kernel's log: %m");
}

void victims_read(void (*killed)(unsigned int group, const struct memory_victim *victim))
{
	char record[1024];
	for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
		ssize_t size = read(kernel_log, record, sizeof record - 1);
		/*
		 * Messages that were overwritten before they were read (EPIPE), or that are too
		 * long.
		 */
		if (size < 0 && (errno == EPIPE || errno == EINVAL || errno == EINTR))
			continue;
		if (size <= 0)
			return;
		record[size] = '\0';
		const char *message = strchr(record, ';');
		struct memory_victim victim;
		unsigned int group;
		if (message && memory_log_read(&state, message + 1, &victim, &group))
			killed(group, &victim);
	}
}
