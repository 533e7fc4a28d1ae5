#define _GNU_SOURCE
#include "workers/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "child.h"

enum {
	MOST_OPTIONS = 600,     /* all that options.h has room for, twice a path each, and a few */
};

/* What stands for the namespace's directory in a worker's command line. */
static const char PLACE[] = "@TENANT@";

/* The command line of a worker's launcher. It is only ever made in the process that executes it. */
static const char *line[MOST_OPTIONS + 1];
static int words;
static char directory[PATH_MAX];

static void add(const char *word)
{
	if (words == MOST_OPTIONS) {
		errno = E2BIG;
		child_fail("the worker's command line");
	}
	line[words++] = word;
}

static void add_option(const char *name, const char *value)
{
	add(name);
	add(value);
}

/* A text that lives as long as the process. */
__attribute__((format(printf, 1, 2))) static const char *text(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *made;
	if (vasprintf(&made, format, arguments) < 0)
		child_fail("the worker's command line");
	va_end(arguments);
	return made;
}

static const char *with_directory(const char *word)
{
	const char *place = strstr(word, PLACE);
	return place == NULL ? word
			     : text("%.*s%s%s", (int)(place - word), word, directory,
				    with_directory(place + sizeof PLACE - 1));
}

static void add_rules(const struct worker_options *worker)
{
	static const char *const names[] = {
		[USE_READ] = "--read", [USE_EXECUTE] = "--execute", [USE_WRITE] = "--write"};
	for (int i = 0; i < worker->rule_count; i++)
		add_option(names[worker->rules[i].use], worker->rules[i].path);
	add_option("--write", directory);
}

/* What QEMU is and how it is confined is the launcher's own, as it was configured. */
static void add_qemu(const struct options *options)
{
	if (options->qemu != NULL)
		add_option("--qemu", options->qemu);
	for (int i = 0; i < options->qemu_read_count; i++)
		add_option("--qemu-read", options->qemu_reads[i]);
	for (int i = 0; i < options->lock_count; i++)
		add_option("--locks", options->locks[i]);
	if (options->first_uid != 0)
		add_option("--uids", text("%u-%u", options->first_uid, options->last_uid));
	if (options->qemu_kvm)
		add("--qemu-kvm");
	if (options->qemu_unconfined)
		add("--qemu-unconfined");
	add("--settled");
}

_Noreturn static void run(const struct options *options, const struct tenant *tenant, int report)
{
	/* Both of its streams are the launcher's log. */
	static const struct program streams = {.count = 2, .number = {STDOUT_FILENO, STDERR_FILENO}};
	static const int files[] = {STDERR_FILENO, STDERR_FILENO};
	if (!child_take_files(&streams, files, report))
		_exit(EXIT_FAILURE);
	if (!child_settle())
		child_fail("binding the worker to the launcher");
	int length = snprintf(directory, sizeof directory, "%s/%s", options->worker.tenants, tenant->name);
	if (length < 0 || (size_t)length >= sizeof directory) {
		errno = ENAMETOOLONG;
		child_fail("the namespace's directory");
	}
	if (chdir(directory) < 0)
		child_fail("entering the namespace's directory");
	add("msb-launch");
	add("server");
	add("--no-new-privileges");
	if (tenant->user != 0)
		add_option("--user", text("%u", tenant->user));
	add_rules(&options->worker);
	if (options->link_from != NULL) {
		add_option("--link-from", options->link_from);
		add_option("--link-in", directory);
	}
	add_qemu(options);
	add("--");
	for (int i = 0; i < options->worker.command.count; i++)
		add(with_directory(options->worker.command.word[i]));
	add_option("--namespace", tenant->name);
	execv("/proc/self/exe", (char *const *)line);
	child_fail("executing the worker's launcher");
}

pid_t worker_start(const struct options *options, const struct tenant *tenant, int report, int *pidfd)
{
	pid_t child = (pid_t)syscall(SYS_clone, (uint64_t)CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
	if (child == 0)
		run(options, tenant, report);
	return child;
}

/* Opens a socket's name, without following links, if it is a socket of the worker's user. */
static int open_socket(const struct options *options, const struct tenant *tenant, const char *name)
{
	int run = tenant_open(options, tenant, "run");
	if (run < 0)
		return -1;
	int named = openat(run, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int error = errno;
	close(run);
	struct stat status;
	uint32_t user = tenant->user != 0 ? tenant->user : geteuid();
	if (named >= 0 && fstat(named, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_uid == user)
		return named;
	if (named >= 0)
		close(named);
	errno = named >= 0 ? EPERM : error;
	return -1;
}

int worker_connect(const struct options *options, const struct tenant *tenant, uint32_t which)
{
	static const char *const names[SOCKETS] = {[SOCKET_HTTP] = "http.sock", [SOCKET_CONTROL] = "control.sock"};
	int named = open_socket(options, tenant, names[which]);
	if (named < 0)
		return -1;
	/* By its descriptor: an address has no room for long paths, and this one is what was looked at. */
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", named);
	int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool connected = connection >= 0 && connect(connection, (struct sockaddr *)&address, sizeof address) == 0 &&
			 fcntl(connection, F_SETFL, 0) == 0;
	int error = errno;
	close(named);
	if (connected)
		return connection;
	if (connection >= 0)
		close(connection);
	errno = error;
	return -1;
}
