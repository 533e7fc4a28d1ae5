#include "recipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[4096];
static char directory[PATH_MAX];

static void fail(const char *problem)
{
	dprintf(STDERR_FILENO, "microsandbox-program: %s/manifest: %s\n", directory, problem);
	_exit(1);
}

static void read_text(void)
{
	int manifest = open("manifest", O_RDONLY | O_CLOEXEC);
	ssize_t size = manifest < 0 ? -1 : read(manifest, text, sizeof text);
	if (size < 0) {
		fail(strerror(errno));
	}
	if (size == sizeof text) {
		fail("longer than 4 KiB");
	}
	text[size] = 0;
	close(manifest);
}

static void split(char *line, char *words[RECIPE_WORDS_MAX + 1])
{
	size_t count = 0;
	char *rest;
	for (char *word = strtok_r(line, " \t", &rest); word != NULL;
	     word = strtok_r(NULL, " \t", &rest)) {
		if (count == RECIPE_WORDS_MAX) {
			fail("a command of too many words");
		}
		words[count++] = word;
	}
	words[count] = NULL;
}

static void set(struct recipe *recipe, const char *key, char *value)
{
	if (strcmp(key, "file") == 0) {
		recipe->file = value;
	} else if (strcmp(key, "compile") == 0) {
		split(value, recipe->compile);
	} else if (strcmp(key, "run") == 0) {
		split(value, recipe->run);
	} else if (strcmp(key, "env") == 0 && (strchr(value, '=') == NULL || putenv(value) != 0)) {
		fail("env needs NAME=VALUE");
	}
}

void recipe_read(struct recipe *recipe)
{
	if (getcwd(directory, sizeof directory) == NULL) {
		fail(strerror(errno));
	}
	*recipe = (struct recipe){.language = strrchr(directory, '/') + 1, .directory = directory};
	read_text();
	char *rest;
	for (char *line = strtok_r(text, "\r\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\r\n", &rest)) {
		char *equals = strchr(line, '=');
		if (*line != '#' && equals != NULL) {
			*equals = 0;
			set(recipe, line, equals + 1);
		}
	}
	if (recipe->file == NULL || *recipe->file == 0 || strchr(recipe->file, '/') != NULL) {
		fail("no file=NAME for the code");
	}
	if (recipe->run[0] == NULL) {
		fail("no run=COMMAND");
	}
}
