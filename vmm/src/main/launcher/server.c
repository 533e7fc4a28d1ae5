#define _GNU_SOURCE
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confinement/landlock.h"
#include "confinement/rights.h"

enum {
	SOCKET = 3,
	CANNOT_EXECUTE = 126,
};

_Noreturn static void fail(const char *what, const char *detail)
{
	fprintf(stderr, "msb-launch: %s%s: %s\n", what, detail, strerror(errno));
	_exit(CANNOT_EXECUTE);
}

static void confine(const struct options *options)
{
	int rules = -1;
	if (options->rule_count > 0 && landlock_version() > 0) {
		rules = landlock_begin(false);
		if (rules < 0)
			fail("Landlock", "");
		for (int i = 0; i < options->rule_count; i++)
			if (!landlock_allow(rules, options->rules[i].path, options->rules[i].use))
				fail("Landlock's rule for ", options->rules[i].path);
	}
	if (options->server_uid != 0) {
		rights_bound(options->capabilities);
		if (!rights_become(options->server_uid))
			fail("changing the user", "");
		/* The launcher reaches its sockets by the group of their directory. Nobody else is in its own. */
		umask(007);
	}
	if (!options->keeps_capabilities && !rights_keep(options->capabilities))
		fail("giving up capabilities", "");
	if ((options->no_new_privileges || rules >= 0) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail("no_new_privs", "");
	if (rules >= 0 && !landlock_confine(rules))
		fail("Landlock", "");
	if (rules >= 0)
		close(rules);
}

pid_t server_start(const struct options *options, int socket, const sigset_t *mask)
{
	pid_t launcher = getpid();
	pid_t child = fork();
	if (child != 0)
		return child;
	/* dup2 clears close-on-exec, except of a descriptor onto itself. */
	int moved = socket == SOCKET ? dup(socket) : socket;
	if (moved < 0 || dup2(moved, SOCKET) < 0)
		fail("its socket", "");
	/* With its process id, because what the server starts inherits the variable, but no socket. */
	char number[40];
	snprintf(number, sizeof number, "%d:%d", SOCKET, getpid());
	setenv("MICROSANDBOX_LAUNCH_SOCKET", number, 1);
	confine(options);
	/* A change of users clears the death signal, so it comes after. */
	if (!rights_die_with_parent())
		fail("binding the server to its launcher", "");
	if (getppid() != launcher)
		_exit(CANNOT_EXECUTE);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(options->server[0], options->server);
	fail("cannot execute ", options->server[0]);
}
