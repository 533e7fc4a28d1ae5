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
static int status_read = -1;   /* where statuses arrive */
static int status_write = -1;  /* kept open, and opened by bash through /proc */
static int code = -1;          /* memory file with the code */
static int input = -1;         /* the call's stdin */
static int listing = -1;       /* memory file with the variables */
static char machine[65];      /* the name that bash has in HOSTNAME */
static bool nounset;           /* whether set -u is on */
static unsigned asked;         /* number of the last question for the status */
static unsigned asked_before;  /* the same before the running call: older answers are not its */

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
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	/* kill -9 -1 ends everything but the bash that says it, which nobody could end any more. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	if (setpgid(0, 0) < 0 || dup2(standard_input, STDIN_FILENO) < 0) {
		fail("bash's descriptors");
	}
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Between calls that is where prompts, traces of our lines and notices of finished jobs go. */
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
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
			return; /* bash is gone, which its exit tells */
		}
	}
}

/* Has bash say the status of the line before, and its options: two numbers in a row are no arithmetic,
   and the message about them repeats them. It takes no process, which would cost more than all else
   that a short call does. "!" keeps it from set -e and from a trap on ERR. */
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
	/* The prompts are written to /dev/null. */
	pid = fork();
	if (pid < 0) {
		fail("fork");
	}
	if (pid == 0) {
		become_bash(standard_input[0]);
	}
	close(standard_input[0]);
	/* An interactive bash names no line in this message. */
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

/* What an editor may add to code and bash takes for part of it: a byte order mark, carriage returns
   at the end of every line. Those of some lines only are meant. */
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

/* The code at a path, without its NUL bytes, which bash takes for a sign of a binary file. The file
   is removed. NULL with errno where that fails. */
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

/* Whether there is a command in the code at all. */
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

/* Whether the code asks that an unset variable end it: set -u, ${x:?}. */
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

/* An unset variable makes an interactive bash give up a command, not a file. Code that relies on
   being given up is therefore one command, in braces; all other code is read command by command,
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

/* The status in an answer, whatever trace or prefix stands before it. -1: the line is no answer to a
   question of the running call. */
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
	/* Traps and traces of the session (set -x) may write there too. Bash writes a message in
	   pieces: what follows the last end of a line waits for its rest. */
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
			/* After an interrupt a second answer tells the status of the first. */
			int answer = status < 0 ? read_answer(line) : -1;
			status = answer < 0 ? status : answer;
		}
		memmove(text, line, length);
		if (length == sizeof text) {
			length = 0; /* no answer is that long */
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
	/* SRANDOM needs no seed: bash takes each from the kernel. */
	if (getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed) {
		snprintf(line, sizeof line, "RANDOM=%u\n", seed);
		tell(line);
	}
	/* Names have letters, digits, dots and hyphens only. */
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
	/* What is stopped acts on nothing else. */
	kill(-pid, SIGCONT);
	/* It may have hit bash after the code, where it takes our question with it. */
	ask_status();
}
