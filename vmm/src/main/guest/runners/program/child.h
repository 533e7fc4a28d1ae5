/* Starts a compiler or a program, in a process group of its own. */

#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include "recipe.h"

struct command {
	char *const *words;    /* may have the placeholders {dir} and {language} */
	const char *directory; /* where it starts */
	int input;             /* its standard input */
};

/* Starts a command. Returns its process, or -1 with errno. */
pid_t child_start(const struct command *command, const struct recipe *recipe);

#endif
