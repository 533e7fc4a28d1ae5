#include "child.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "call_directory.h"

/* Replaces the placeholders in a word with their directories. Cuts a result that is too long. */
static char *substituted(const char *word, const struct recipe *recipe)
{
	const struct {
		const char *name, *path;
	} directories[] = {{"{dir}", call_directory_path()}, {"{language}", recipe->directory}};
	char *out = malloc(PATH_MAX);
	size_t used = 0;
	while (out != NULL && *word != 0 && used < PATH_MAX - 1) {
		size_t skip = 0;
		for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
			size_t length = strlen(directories[i].name);
			if (strncmp(word, directories[i].name, length) == 0) {
				used += (size_t)snprintf(out + used, PATH_MAX - used, "%s", directories[i].path);
				used = used < PATH_MAX ? used : PATH_MAX - 1;
				skip = length;
			}
		}
		if (skip == 0) {
			out[used++] = *word;
			skip = 1;
		}
		word += skip;
	}
	if (out != NULL) {
		out[used] = 0;
	}
	return out;
}

static void execute(const struct command *command, const struct recipe *recipe)
{
	char *words[RECIPE_WORDS_MAX + 1] = {NULL};
	for (size_t i = 0; command->words[i] != NULL; i++) {
		words[i] = substituted(command->words[i], recipe);
	}
	sigset_t none;
	/* Ends a program that kills all other processes, this one included. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	if (dup2(command->input, STDIN_FILENO) >= 0
	    && (chdir(command->directory) == 0 || chdir("/") == 0)) {
		execvp(words[0], words);
	}
	dprintf(STDERR_FILENO, "cannot start %s: %s\n", words[0], strerror(errno));
	_exit(127);
}

pid_t child_start(const struct command *command, const struct recipe *recipe)
{
	pid_t pid = fork();
	if (pid == 0) {
		execute(command, recipe);
	}
	if (pid > 0) {
		setpgid(pid, pid);
	}
	return pid;
}
