#define _GNU_SOURCE
#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "confinement/landlock.h"
#include "confinement/rights.h"
#include "confinement/root.h"
#include "confinement/seccomp.h"
#include "user.h"

/* QEMU's libraries and firmware, for all but odd systems: --qemu-read adds others. */
static const char *const COMMON[] = {
	"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
	"/usr/share/qemu", "/usr/share/seabios", "/usr/share/ipxe", "/usr/local/share/qemu",
};

enum {
	COMMON_COUNT = sizeof COMMON / sizeof *COMMON,
	NAMESPACES = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
};

static char program[PATH_MAX];
static const char *readable[COMMON_COUNT + MAX_PATHS + 1];
static int readable_count;
static uint32_t layers;
static bool in_user_namespace;

static pid_t start(uint64_t flags, int *pidfd)
{
	return (pid_t)syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
}

/* The flags of clone for the layers that are on. */
static uint64_t namespaces(void)
{
	if ((layers & LAYER_NAMESPACES) == 0)
		return 0;
	uint64_t flags = NAMESPACES;
	if ((layers & LAYER_OWN_ROOT) != 0)
		flags |= CLONE_NEWNS;
	if (in_user_namespace)
		flags |= CLONE_NEWUSER;
	return flags;
}

/* Enters the namespaces' insides. Returns NULL, or the step that failed. */
static const char *enter(uint32_t user, uint32_t group, bool kvm)
{
	if (in_user_namespace && !root_map_user(user, group))
		return "mapping the user";
	return (layers & LAYER_OWN_ROOT) != 0 ? root_enter(readable, readable_count, kvm) : NULL;
}

/* Whether a process can be started with the layers that are on. */
static bool works(void)
{
	int pidfd;
	uint32_t user = geteuid(), group = getegid();
	pid_t child = start(namespaces(), &pidfd);
	if (child == 0) {
		bool entered = enter(user, group, false) == NULL && access(program, X_OK) == 0;
		_exit(entered ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	if (child < 0)
		return false;
	close(pidfd);
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* Switches the namespaces on as far as this host permits. */
static void try_namespaces(void)
{
	uint32_t others = layers;
	bool may = rights_has(HAS_SYS_ADMIN);
	/* Who may change users has to do it outside of a user namespace, which maps only one. */
	in_user_namespace = !may && (layers & LAYER_OWN_USER) == 0;
	if (!may && !in_user_namespace)
		return;
	layers = others | LAYER_NAMESPACES | LAYER_OWN_ROOT;
	if (works())
		return;
	layers = others | LAYER_NAMESPACES;
	if (!works())
		layers = others;
}

uint32_t qemu_prepare(const struct options *options)
{
	layers = 0;
	readable_count = 0;
	in_user_namespace = false;
	if (rights_has(HAS_SYS_NICE))
		layers |= LAYER_NICE;
	if (landlock_version() > 0)
		layers |= LAYER_LANDLOCK;
	if (seccomp_works())
		layers |= LAYER_SECCOMP;
	if (user_may_change(options))
		layers |= LAYER_OWN_USER;
	if (options->qemu == NULL || realpath(options->qemu, program) == NULL || access(program, X_OK) < 0)
		return layers;
	layers |= LAYER_QEMU;
	readable[readable_count++] = program;
	for (int i = 0; i < COMMON_COUNT; i++)
		readable[readable_count++] = COMMON[i];
	for (int i = 0; i < options->qemu_read_count; i++)
		readable[readable_count++] = options->qemu_reads[i];
	try_namespaces();
	return layers;
}

bool qemu_is_confined(uint32_t active)
{
	return (active & LAYER_SECCOMP) != 0 && (active & (LAYER_OWN_USER | LAYER_LANDLOCK | LAYER_OWN_ROOT)) != 0;
}

static int landlock_rules(const struct program *files, bool kvm)
{
	int rules = landlock_begin(true);
	if (rules < 0)
		child_fail("Landlock");
	for (int i = 0; i < readable_count; i++)
		if (!landlock_allow(rules, readable[i], USE_EXECUTE))
			child_fail("Landlock's rule for QEMU's files");
	if (!landlock_allow_device(rules, "/dev/urandom", false))
		child_fail("Landlock's rule for /dev/urandom");
	if (kvm && !landlock_allow_device(rules, "/dev/kvm", true))
		child_fail("Landlock's rule for /dev/kvm");
	for (int i = 0; i < files->count; i++) {
		/* QEMU opens its kernel again, by /proc/self/fd. That gives nothing that the descriptor does
		   not give, if it was opened for reading: with O_PATH it takes no right to read. */
		int number = files->number[i];
		int flags = fcntl(number, F_GETFL);
		struct stat status;
		if (flags < 0 || fstat(number, &status) < 0)
			child_fail("QEMU's files");
		if (S_ISREG(status.st_mode) && (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_WRONLY &&
		    !landlock_allow_reopening(rules, number) && errno != EBADFD)
			child_fail("Landlock's rule for an open file");
	}
	return rules;
}

_Noreturn static void run(const struct request *request, const int files[], uint32_t user, uint32_t own_user,
			  uint32_t own_group, int report)
{
	bool kvm = (request->first & QEMU_USES_KVM) != 0;
	struct program wanted = request->program;
	if (!child_take_files(&wanted, files, report))
		_exit(EXIT_FAILURE);
	const char *failed = enter(own_user, own_group, kvm);
	if (failed != NULL)
		child_fail(failed);
	int rules = (layers & LAYER_LANDLOCK) != 0 ? landlock_rules(&wanted, kvm) : -1;
	if (!rights_limit_qemu(user != 0))
		child_fail("setting limits");
	rights_bound(0);
	if (user != 0 && !rights_become(user))
		child_fail("changing the user");
	if (!rights_keep(0))
		child_fail("giving up capabilities");
	/* A change of users clears the death signal, so it comes after. */
	if (!child_settle())
		child_fail("binding QEMU to the launcher");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		child_fail("no_new_privs");
	if (rules >= 0 && !landlock_confine(rules))
		child_fail("Landlock");
	if (rules >= 0)
		close(rules);
	static char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", NULL};
	wanted.argument[0] = program;
	if ((layers & LAYER_SECCOMP) != 0)
		errno = seccomp_execute(program, wanted.argument, environment, kvm);
	else
		execve(program, wanted.argument, environment);
	child_fail("executing QEMU");
}

pid_t qemu_start(const struct request *request, const int files[], uint32_t user, int report, int *pidfd)
{
	uint32_t own_user = geteuid(), own_group = getegid();
	pid_t child = start(namespaces(), pidfd);
	if (child == 0)
		run(request, files, user, own_user, own_group, report);
	return child;
}
