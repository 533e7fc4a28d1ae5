#define _GNU_SOURCE
#include "processes/process.h"

#include "processes/environment.h"
#include "protocol/protocol.h"
#include "protocol/text.h"
#include "sandbox/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COMMANDS_OOM_SCORE "200"

void process_report(int fd, uint16_t status, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);

	uint8_t payload[MESSAGE_MAX + 8];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u16(&writer, status);
	write_message(&writer, message);
	while (write(fd, payload, writer.size) < 0 && errno == EINTR)
		;
}

static void unblock_signals(void)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* System calls, because the C library's wrappers would synchronize with other threads. */
static bool become_sandbox_user(void)
{
	gid_t group = SANDBOX_GID;
	return syscall(SYS_setgroups, 1, &group) == 0 &&
	       syscall(SYS_setresgid, group, group, group) == 0 &&
	       syscall(SYS_setresuid, SANDBOX_UID, SANDBOX_UID, SANDBOX_UID) == 0;
}

static bool become_root(void)
{
	/*
	 * It keeps the agent's identity. The bounding set removes the withheld capabilities at
	 * exec.
	 */
	return syscall(SYS_setgroups, 0, NULL) == 0;
}

static void place(int fd, int target)
{
	if (fd == target)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, target);
}

static void execute(const struct command *command, char **environment)
{
	const char *name = command->argv[0];
	if (strchr(name, '/')) {
		execve(name, command->argv, environment);
		return;
	}
	int error = ENOENT;
	const char *path = environment_get(environment, "PATH");
	while (path && *path) {
		size_t length = strcspn(path, ":");
		char file[4096];
		int size = snprintf(file, sizeof file, "%.*s%s%s", (int)length, path,
				    length ? "/" : "", name);
		path += length + (path[length] == ':');
		if (size >= (int)sizeof file)
			continue;
		execve(file, command->argv, environment);
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return;
		if (errno == EACCES)
			error = EACCES;
	}
	errno = error;
}

/* Adds thousandths of the memory limit to the score by which the OOM killer chooses a victim. */
static void set_oom_score(const char *adjustment)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, adjustment, strlen(adjustment)) < 0) {
		/*
		 * The OOM killer may then choose another victim. The result names the one it chose.
		 */
	}
	close(fd);
}

/* A relative directory is below home. For an absolute one, home need not exist. */
static bool enter(const char *directory)
{
	return (directory[0] == '/' || chdir(SANDBOX_HOME) == 0) && chdir(directory) == 0;
}

/* Without home a command runs in /, because only a command can repair home. */
static bool enter_home(void)
{
	if (chdir(SANDBOX_HOME) == 0)
		return true;
	dprintf(2, "microsandbox: " SANDBOX_HOME ": %s; the command runs in /\n", strerror(errno));
	return chdir("/") == 0;
}

static noreturn void run_command(const struct command *command)
{
	/* A command is killed before an interpreter, which has state. */
	if (command->control < 0)
		set_oom_score(COMMANDS_OOM_SCORE);
	/* It is greater than 2, so the descriptors that become 0 to 2 do not replace it. */
	int failure = command->failure;
	if (!namespace_enter()) {
		process_report(failure, (uint16_t)errno, "cannot enter the sandbox: %s",
			       strerror(errno));
		_exit(127);
	}
	setsid();
	place(command->input, 0);
	place(command->output, 1);
	place(command->errors, 2);
	if (command->control >= 0)
		place(command->control, CONTROL_FD);
	unblock_signals();
	if (!(command->root ? become_root() : become_sandbox_user())) {
		process_report(failure, (uint16_t)errno, "cannot change the user: %s", strerror(errno));
		_exit(127);
	}
	if (!(command->directory ? enter(command->directory) : enter_home())) {
		process_report(failure, (uint16_t)errno, "%s: %s",
			       command->directory ? command->directory : "/", strerror(errno));
		_exit(127);
	}
	char **environment = environment_build(command->environment, command->root);
	if (environment)
		execute(command, environment);
	process_report(failure, (uint16_t)errno, "cannot execute %s: %s", command->argv[0],
		       strerror(errno));
	_exit(127);
}

static pid_t fork_into(int cgroup)
{
	return namespace_clone(cgroup, 0, NULL);
}

pid_t process_start(const struct command *command)
{
	/* A namespace whose init has just died takes no new processes. Make a new one, once. */
	for (int attempt = 0; attempt < 2; attempt++) {
		if (!namespace_select()) {
			if (errno != ESRCH)
				return -1;
			namespace_abandon();
			continue;
		}
		pid_t pid = fork_into(command->cgroup->directory);
		if (pid == 0)
			run_command(command);
		int error = errno;
		namespace_deselect();
		errno = error;
		if (pid > 0 || error != ENOMEM)
			return pid;
		namespace_abandon();
	}
	return -1;
}

pid_t process_fork_worker(int input, int output, int result)
{
	if (!namespace_ready())
		return -1;
	pid_t pid = fork_into(cgroup_tools());
	if (pid != 0)
		return pid;
	set_oom_score("-900");
	if (!namespace_enter_mounts() || !become_sandbox_user()) {
		process_report(result, (uint16_t)errno, "cannot enter the sandbox: %s",
			       strerror(errno));
		_exit(1);
	}
	place(input, 0);
	place(output, 1);
	place(result, 2);
	syscall(SYS_close_range, 3, ~0u, 0);
	if (chdir(SANDBOX_HOME) < 0 && chdir("/") < 0)
		_exit(1);
	return 0;
}
