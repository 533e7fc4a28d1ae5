/*
 * A worker that has been taken over. It listens on its two sockets, and tries what it is told by the
 * lines that it receives: a word, and up to two texts. It answers each with a line: "GRANTED", or an
 * error. What would harm others if it succeeded is tried in a form that does not: with signal 0.
 *
 * Arguments: the directory of its namespace, which it is started in, and what the launcher appends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKETS = 2 };

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	unlink(address.sun_path);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0) {
		perror(address.sun_path);
		exit(1);
	}
	return listener;
}

static int try_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	int connection = socket(AF_UNIX, SOCK_STREAM, 0);
	int result = connect(connection, (struct sockaddr *)&address, sizeof address);
	int error = errno;
	close(connection);
	errno = error;
	return result;
}

static int try_memory(int pid)
{
	char path[60];
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	return open(path, O_RDWR);
}

static int try_trace(int pid)
{
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
		return -1;
	waitpid(pid, NULL, __WALL);
	return (int)ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static int try_new_file(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT, 0666);
	return file < 0 || write(file, "x", 1) != 1 ? -1 : close(file);
}

static int attempt(const char *what, const char *first, const char *second)
{
	if (strcmp(what, "read") == 0)
		return open(first, O_RDONLY);
	if (strcmp(what, "create") == 0)
		return try_new_file(first);
	if (strcmp(what, "connect") == 0)
		return try_connect(first);
	if (strcmp(what, "kill") == 0)
		return kill(atoi(first), 0);
	if (strcmp(what, "memory") == 0)
		return try_memory(atoi(first));
	if (strcmp(what, "trace") == 0)
		return try_trace(atoi(first));
	if (strcmp(what, "link") == 0)
		return link(first, second);
	if (strcmp(what, "symlink") == 0)
		return symlink(first, second);
	if (strcmp(what, "rename") == 0)
		return rename(first, second);
	if (strcmp(what, "mkdir") == 0)
		return mkdir(first, 0777);
	if (strcmp(what, "root") == 0)
		return setuid(0);
	errno = EINVAL;
	return -1;
}

static void serve(int connection, int argc, char **argv)
{
	FILE *in = fdopen(connection, "r");
	FILE *out = fdopen(dup(connection), "w");
	char line[4096];
	while (fgets(line, sizeof line, in) != NULL) {
		char what[40] = "", first[2000] = "", second[2000] = "";
		sscanf(line, "%39s %1999s %1999s", what, first, second);
		if (strcmp(what, "exit") == 0)
			exit(atoi(first));
		if (strcmp(what, "about") == 0)
			fprintf(out, "user %d of %s, pid %d\n", getuid(), argv[argc - 1], getpid());
		else if (attempt(what, first, second) >= 0)
			fprintf(out, "GRANTED\n");
		else
			fprintf(out, "%s\n", strerror(errno));
		fflush(out);
	}
	fclose(in);
	fclose(out);
}

int main(int argc, char **argv)
{
	char directory[4096];
	if (argc != 4 || getcwd(directory, sizeof directory) == NULL || strcmp(argv[1], directory) != 0)
		return 2;
	struct pollfd listeners[SOCKETS] = {
		{.fd = listen_at("run/control.sock"), .events = POLLIN},
		{.fd = listen_at("run/http.sock"), .events = POLLIN},
	};
	while (poll(listeners, SOCKETS, -1) > 0)
		for (int i = 0; i < SOCKETS; i++)
			if (listeners[i].revents != 0)
				serve(accept(listeners[i].fd, NULL, NULL), argc, argv);
	return 1;
}
