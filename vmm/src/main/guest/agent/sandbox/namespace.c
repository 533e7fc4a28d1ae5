#define _GNU_SOURCE
#include "sandbox/namespace.h"

#include "loop/child.h"
#include "loop/console.h"
#include "sandbox/cgroup.h"
#include "sandbox/mounts.h"
#include "sandbox/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Capabilities that root in the sandbox does not have. Each reaches past the sandbox's namespaces
 * and groups, to the agent or to the machine.
 */
static const int withheld[] = {
	CAP_SYS_ADMIN,       /* mount sysfs writable, unbind the agent's port, set usermode helpers */
	CAP_SYS_PTRACE,      /* trace a child of the agent before it drops the agent's rights */
	CAP_DAC_READ_SEARCH, /* open files outside the sandbox's root (open_by_handle_at) */
	CAP_SYS_NICE,        /* set real-time priorities above the agent's */
	CAP_SYS_RESOURCE,    /* lower the oom_score_adj of processes that must die first */
	CAP_MKNOD,           /* make device nodes of the disk and the console */
	CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_BOOT, CAP_SYS_TIME,
	CAP_BPF, CAP_PERFMON, CAP_MAC_ADMIN, CAP_MAC_OVERRIDE,
};

static struct child init;
static int init_fd = -1, own_pids = -1, exchange = -1;
static const char *failure = "";

pid_t namespace_clone(int cgroup, uint64_t flags, int *pidfd)
{
	struct clone_args arguments = {
		.flags = flags | CLONE_INTO_CGROUP | (pidfd ? CLONE_PIDFD : 0),
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup,
	};
	return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

void namespace_open(void)
{
	for (unsigned int i = 0; i < sizeof withheld / sizeof *withheld; i++)
		if (prctl(PR_CAPBSET_DROP, withheld[i], 0, 0, 0) < 0)
			die("cannot withhold capability %d: %m", withheld[i]);
	own_pids = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own_pids < 0)
		die("cannot open /proc/self/ns/pid: %m");
}

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};
	return syscall(SYS_capset, &header, none) == 0;
}

/* The init process: prepares its namespaces, reports success or failure, and waits for its end. */
static noreturn void be_init(int report)
{
	char text[128] = "";
	const char *failed = NULL;
	if (setns(cgroup_namespace(), CLONE_NEWCGROUP) < 0)
		failed = "cgroup namespace";
	/*
	 * Close the agent's descriptors: whoever controls this process must not reach the agent's
	 * port.
	 */
	dup2(report, 0);
	syscall(SYS_close_range, 1, ~0u, 0);
	int adjustment = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (adjustment < 0 || write(adjustment, "-1000", 5) < 0 || close(adjustment) < 0)
		failed = "oom_score_adj";
	if (!failed && !settings_limit_ipc())
		failed = "limits of System V IPC";
	if (!failed)
		failed = mounts_enter_sandbox();
	/* Without capabilities, it could be traced by root in the sandbox if it were dumpable. */
	if (!failed && (!drop_capabilities() || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		failed = "capabilities";
	if (failed)
		snprintf(text, sizeof text, "%s: %s", failed, strerror(errno));
	/* The kernel then reaps the orphans that it adopts. */
	signal(SIGCHLD, SIG_IGN);
	setsid();
	if (write(0, text, strlen(text) + 1) < 0 || failed)
		_exit(1);
	close(0);
	for (;;)
		pause();
}

void namespace_abandon(void)
{
	if (init_fd < 0)
		return;
	if (init.pid)
		kill(init.pid, SIGKILL);
	child_forget(&init);
	close(init_fd);
	close(exchange);
	init_fd = exchange = -1;
}

static void init_exited(struct child *child, int status)
{
	(void)child;
	complain_on_console("the sandbox's init ended (status %x): a new one follows", status);
	namespace_abandon();
}

static bool give_up(const char *reason)
{
	int error = errno ? errno : EIO;
	complain_on_console("cannot make the sandbox's namespaces: %s: %s", reason, strerror(error));
	failure = reason;
	namespace_abandon();
	errno = error;
	return false;
}

bool namespace_ready(void)
{
	if (init_fd >= 0)
		return true;
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return give_up("a pipe");
	pid_t pid = namespace_clone(cgroup_tools(), CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC,
				    &init_fd);
	if (pid == 0)
		be_init(report[1]);
	int error = errno;
	close(report[1]);
	/* It is alone in its namespaces, so nothing can keep it from answering. */
	static char text[128];
	ssize_t size = pid > 0 ? read(report[0], text, sizeof text - 1) : 0;
	close(report[0]);
	if (pid < 0) {
		init_fd = -1;
		errno = error;
		return give_up("a process");
	}
	child_watch(&init, pid, init_exited);
	if (size <= 0 || text[0]) {
		errno = EIO;
		return give_up(size > 0 ? text : "its init did not start");
	}
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/root" EXCHANGE_DIRECTORY, pid);
	exchange = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return exchange >= 0 || give_up(EXCHANGE_DIRECTORY);
}

const char *namespace_failure(void)
{
	return failure;
}

bool namespace_select(void)
{
	return namespace_ready() && setns(init_fd, CLONE_NEWPID) == 0;
}

void namespace_deselect(void)
{
	if (setns(own_pids, CLONE_NEWPID) < 0)
		die("cannot return to the agent's process namespace: %m");
}

bool namespace_enter(void)
{
	return setns(init_fd, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWCGROUP) == 0;
}

bool namespace_enter_mounts(void)
{
	return setns(init_fd, CLONE_NEWNS) == 0;
}

int namespace_exchange(void)
{
	return exchange;
}
