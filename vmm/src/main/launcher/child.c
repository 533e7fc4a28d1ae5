#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confinement/rights.h"

enum {
	CLOSE_RANGE = 436,
	FREE_NUMBERS = 64,     /* above all that a program gets */
};

static void close_from(unsigned first)
{
	if (syscall(CLOSE_RANGE, first, ~0U, 0) == 0)
		return;
	/* A kernel before 5.9. */
	long most = sysconf(_SC_OPEN_MAX);
	for (long file = first; file < (most > 0 ? most : 1024); file++)
		close((int)file);
}

bool child_take_files(const struct program *program, const int files[], int report)
{
	int moved[MAX_FILES];
	for (int i = 0; i < program->count; i++)
		if ((moved[i] = fcntl(files[i], F_DUPFD_CLOEXEC, FREE_NUMBERS)) < 0)
			return false;
	if ((report = fcntl(report, F_DUPFD_CLOEXEC, FREE_NUMBERS)) < 0)
		return false;
	for (int number = 0; number < MAX_FILES; number++)
		close(number);
	/* Nobody else opens files here, so these are 0, 1 and 2. */
	for (int number = 0; number <= STDERR_FILENO; number++)
		if (open("/dev/null", O_RDWR) != number)
			return false;
	for (int i = 0; i < program->count; i++)
		if (dup2(moved[i], program->number[i]) < 0)
			return false;
	if (dup3(report, REPORT, O_CLOEXEC) < 0)
		return false;
	close_from(REPORT + 1);
	return true;
}

void child_reset_signals(void)
{
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

bool child_settle(void)
{
	child_reset_signals();
	setsid();
	umask(077);
	if (chdir("/") < 0 || !rights_die_with_parent())
		return false;
	/* If the launcher has ended before that, nobody reads the report any more. */
	struct pollfd report = {.fd = REPORT};
	if (poll(&report, 1, 0) != 0)
		_exit(EXIT_FAILURE);
	return true;
}

_Noreturn void child_fail(const char *step)
{
	char text[MAX_REASON];
	int length = snprintf(text, sizeof text, "%s: %s", step, strerror(errno));
	if (length > 0 && write(REPORT, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1) < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_FAILURE);
}
