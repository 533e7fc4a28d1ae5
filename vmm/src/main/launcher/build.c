#define _GNU_SOURCE
#include "build.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "options.h"

pid_t build_start(const struct request *request, const int files[], char *const command[], int report, int *pidfd)
{
	if (command[0] == NULL) {
		errno = ENOENT;
		return -1;
	}
	pid_t child = (pid_t)syscall(SYS_clone, (uint64_t)CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
	if (child != 0)
		return child;
	if (!child_take_files(&request->program, files, report))
		_exit(EXIT_FAILURE);
	if (!child_settle())
		child_fail("binding the build to the launcher");
	umask(022);
	char *words[MAX_WORDS + 2];
	int count = 0;
	while (command[count] != NULL && count < MAX_WORDS) {
		words[count] = command[count];
		count++;
	}
	if ((request->first & BUILD_TEMPLATES) != 0)
		words[count++] = "--templates";
	words[count] = NULL;
	execv(words[0], words);
	child_fail("executing the build");
}
