#include "bash.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control.h"

static pid_t pid;
static int commands = -1;      /* write end of bash's standard input */
static int status_read = -1;   /* read end of the pipe of statuses */
static int status_write = -1;  /* kept open; bash opens it through /proc */
static int code = -1;          /* memory file with the code */
static int input = -1;         /* the call's stdin */
static int listing = -1;       /* memory file with the variables */
static char machine[65];      /* the host name in bash's HOSTNAME */
static bool nounset;           /* whether set -u is on */
static unsigned asked;         /* number of the last query for the status */
static unsigned asked_before;  /* the same before the running call, whose answers have higher numbers */

static void fail(const char *what)
{
	dprintf(STDERR_FILENO, "microsandbox-shell: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static int checked(int fd, const char *what)
{
	if (fd < 0) {
		fail(what);
	}
	return move_high(fd);
}

static void make_descriptors(int standard_input[2])
{
	int statuses[2];
	if (pipe2(standard_input, O_CLOEXEC) < 0 || pipe2(statuses, O_CLOEXEC | O_NONBLOCK) < 0) {
		fail("pipe");
	}
	commands = checked(standard_input[1], "pipe");
	status_read = checked(statuses[0], "pipe");
	status_write = checked(statuses[1], "pipe");
	code = checked(memfd_create("code", MFD_CLOEXEC), "memfd_create");
	listing = checked(memfd_create("variables", MFD_CLOEXEC), "memfd_create");
	input = checked(open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null");
}

static void become_bash(int standard_input)
{
	static char *const arguments[] = {"bash", "--noprofile", "--norc", "--noediting", "-i",
	                                  "+o",   "history",     "+H",     "-s",          NULL};
	int null_device = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	/* kill -9 -1 spares only the bash that runs it. Without this nobody could end that bash. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	if (setpgid(0, 0) < 0 || dup2(standard_input, STDIN_FILENO) < 0) {
		fail("bash's descriptors");
	}
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Prompts, traces of this program's lines, and notices of finished jobs between calls go there. */
	dup2(null_device, STDOUT_FILENO);
	dup2(null_device, STDERR_FILENO);
	execv("/bin/bash", arguments);
	_exit(127);
}

static void tell(const char *lines)
{
	for (size_t length = strlen(lines); length > 0;) {
		ssize_t count = write(commands, lines, length);
		if (count >= 0) {
			lines += count;
			length -= (size_t)count;
		} else if (errno != EINTR) {
			return; /* bash is gone; SIGCHLD reports its exit */
		}
	}
}

/* Makes bash report the status of the previous line, and its options. Two numbers in a row are an
   arithmetic error, and the error message repeats them. This needs no process, which would cost more
   than the rest of a short call. "!" hides the failure from set -e and from a trap on ERR. */
static void ask_status(void)
{
	char line[96];
	snprintf(line, sizeof line, "! ((%u $? $-)) 2>/proc/%d/fd/%d\n", ++asked, getpid(), status_write);
	tell(line);
}

void bash_start(void)
{
	int standard_input[2];
	make_descriptors(standard_input);
	gethostname(machine, sizeof machine - 1);
	/* Bash writes the prompts to /dev/null. */
	pid = fork();
	if (pid < 0) {
		fail("fork");
	}
	if (pid == 0) {
		become_bash(standard_input[0]);
	}
	close(standard_input[0]);
	/* In an interactive bash this message would have no line number. */
	tell("command_not_found_handle() { \\builtin printf 'bash: line %d: %s: command not found\\n'"
	     " \"${BASH_LINENO[0]}\" \"$1\" >&2; return 127; }\n");
	ask_status();
	struct pollfd answer = {.fd = status_read, .events = POLLIN};
	while (poll(&answer, 1, 100) == 0) {
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			errno = ECHILD;
			fail("/bin/bash ended at its start");
		}
	}
	bash_status();
}

pid_t bash_pid(void)
{
	return pid;
}

int bash_status_descriptor(void)
{
	return status_read;
}

/* Removes what an editor may have added and bash would take for code: a byte order mark, and carriage
   returns if every line ends in one. If only some lines do, they are intended. */
static void drop_editors_marks(char *text)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t lines = 0;
	size_t returns = 0;
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
		lines++;
		returns += at > text && at[-1] == '\r';
	}
	const char *from = strncmp(text, mark, sizeof mark - 1) == 0 ? text + sizeof mark - 1 : text;
	bool all = lines > 0 && returns == lines;
	for (; *from != 0; from++) {
		bool last = from[1] == 0 || from[1] == '\n';
		if (!all || *from != '\r' || !last) {
			*text++ = *from;
		}
	}
	*text = 0;
}

/* Reads the code at a path and removes the file. Drops NUL bytes, which would make bash take the file
   for a binary one. Returns NULL with errno if that fails. */
static char *read_code(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (file < 0 || fstat(file, &status) < 0) {
		return NULL;
	}
	unlink(path);
	size_t size = (size_t)status.st_size;
	char *text = malloc(size + 1);
	size_t length = 0;
	while (text != NULL && length < size) {
		ssize_t count = read(file, text + length, size - length);
		if (count <= 0) {
			break;
		}
		length += (size_t)count;
	}
	close(file);
	if (text != NULL) {
		size_t kept = 0;
		for (size_t i = 0; i < length; i++) {
			if (text[i] != 0) {
				text[kept++] = text[i];
			}
		}
		text[kept] = 0;
		drop_editors_marks(text);
	}
	return text;
}

/* Whether the code has any command. */
static bool has_command(const char *text)
{
	for (;;) {
		text += strspn(text, " \t\n");
		if (*text != '#') {
			return *text != 0;
		}
		text += strcspn(text, "\n");
	}
}

/* Whether the code may want to end at an unset variable: set -u, ${x:?}. */
static bool forbids_unset(const char *text)
{
	if (nounset || strstr(text, "nounset") != NULL) {
		return true;
	}
	for (const char *at = text; (at = strstr(at, "set -")) != NULL; at += 5) {
		if (memchr(at + 5, 'u', strcspn(at + 5, " \t\n;&|")) != NULL) {
			return true;
		}
	}
	for (const char *at = text; (at = strstr(at, "${")) != NULL; at += 2) {
		if (memchr(at, '?', strcspn(at, "}\n")) != NULL) {
			return true;
		}
	}
	return false;
}

static bool write_fully(int file, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t count = write(file, text, length);
		if (count < 0 && errno != EINTR) {
			return false;
		}
		if (count > 0) {
			text += count;
			length -= (size_t)count;
		}
	}
	return true;
}

/* At an unset variable an interactive bash ends the command, not the file. Code that relies on the end
   of the file is therefore made one command, in braces. Bash reads all other code command by command,
   so that aliases and options take effect within it. */
static int load_code(const char *path)
{
	char *text = read_code(path);
	if (text == NULL) {
		return errno;
	}
	bool braces = forbids_unset(text) && has_command(text);
	bool written = ftruncate(code, 0) == 0 && lseek(code, 0, SEEK_SET) == 0
	               && (!braces || write_fully(code, "{ ", 2))
	               && write_fully(code, text, strlen(text))
	               && (!braces || write_fully(code, "\n}\n", 3));
	int error = written ? 0 : errno;
	free(text);
	return error;
}

static int load_input(const char *path)
{
	int file = open(*path ? path : "/dev/null", O_RDONLY | O_CLOEXEC);
	if (file < 0) {
		return errno;
	}
	if (*path) {
		unlink(path);
	}
	int error = dup3(file, input, O_CLOEXEC) < 0 ? errno : 0;
	close(file);
	return error;
}

int bash_run(const char *code_path, const char *stdin_path)
{
	int error = load_code(code_path);
	if (error == 0) {
		error = load_input(stdin_path);
	}
	if (error != 0) {
		return error;
	}
	asked_before = asked;
	char line[160];
	snprintf(line, sizeof line, "\\. /proc/%1$d/fd/%2$d 0</proc/%1$d/fd/%3$d 1>/proc/%1$d/fd/1"
	         " 2>/proc/%1$d/fd/2\n", getpid(), code, input);
	tell(line);
	ask_status();
	return 0;
}

/* Returns the status in an answer, whatever trace or prefix precedes it. Returns -1 if the line does
   not answer a query of the running call. */
static int read_answer(const char *line)
{
	unsigned number;
	int value;
	int end = 0;
	line = strstr(line, "((: ");
	if (line == NULL || sscanf(line, "((: %u %d %n", &number, &value, &end) != 2 || end == 0
	    || number <= asked_before) {
		return -1;
	}
	nounset = memchr(line + end, 'u', strcspn(line + end, ":")) != NULL;
	return value;
}

int bash_status(void)
{
	/* Traps and traces of the session (set -x) may write here too. Bash writes a message in
	   pieces, so an incomplete line is kept until its rest arrives. */
	static char text[4096];
	static size_t length;
	int status = -1;
	ssize_t count;
	while ((count = read(status_read, text + length, sizeof text - length)) > 0) {
		length += (size_t)count;
		char *line = text;
		for (char *end; (end = memchr(line, '\n', length)) != NULL; line = end + 1) {
			*end = 0;
			length -= (size_t)(end + 1 - line);
			/* After an interrupt, a second answer has the status of the first query. */
			int answer = status < 0 ? read_answer(line) : -1;
			status = answer < 0 ? status : answer;
		}
		memmove(text, line, length);
		if (length == sizeof text) {
			length = 0; /* too long for an answer */
		}
	}
	return status;
}

int bash_list_variables(void)
{
	char line[128];
	if (ftruncate(listing, 0) < 0) {
		return -1;
	}
	asked_before = asked;
	snprintf(line, sizeof line, "\\declare -p >/proc/%d/fd/%d\n", getpid(), listing);
	tell(line);
	ask_status();
	return listing;
}

void bash_renew(void)
{
	char line[256];
	char name[sizeof machine] = "";
	unsigned seed;
	asked_before = asked;
	/* SRANDOM needs no seed: bash gets each number from the kernel. */
	if (getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed) {
		snprintf(line, sizeof line, "RANDOM=%u\n", seed);
		tell(line);
	}
	/* Host names have only letters, digits, dots and hyphens, so they need no quotes. */
	gethostname(name, sizeof name - 1);
	if (strcmp(name, machine) != 0) {
		snprintf(line, sizeof line, "HOSTNAME=${HOSTNAME/%s/%s}\n", machine, name);
		tell(line);
		memcpy(machine, name, sizeof machine);
	}
	ask_status();
}

void bash_interrupt(void)
{
	kill(-pid, SIGINT);
	/* A stopped process does not act on any other signal. */
	kill(-pid, SIGCONT);
	/* If the interrupt hit bash after the code, it has discarded the query. */
	ask_status();
}
