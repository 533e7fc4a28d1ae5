#include "languages/manifest.h"

#include "protocol/protocol.h"

#include <string.h>

static char programs_runner[] = PROGRAMS_RUNNER;

static void split(char *text, char *words[static MANIFEST_WORDS_MAX + 1])
{
	size_t count = 0;
	char *rest;
	for (char *word = strtok_r(text, " \t", &rest); word && count < MANIFEST_WORDS_MAX;
	     word = strtok_r(NULL, " \t", &rest))
		words[count++] = word;
	words[count] = NULL;
}

static void set(struct manifest *manifest, const char *key, char *value)
{
	if (strcmp(key, "start") == 0)
		split(value, manifest->start);
	else if (strcmp(key, "run") == 0)
		manifest->programs = true;
	else if (strcmp(key, "version") == 0)
		split(value, manifest->version);
	else if (strcmp(key, "package") == 0)
		manifest->addable = true;
	else if (strcmp(key, "requires") == 0)
		manifest->requires = value;
	else if (strcmp(key, "alias") == 0 && manifest->alias_count < MANIFEST_ALIASES_MAX)
		manifest->aliases[manifest->alias_count++] = value;
}

bool manifest_parse(char *text, struct manifest *manifest)
{
	*manifest = (struct manifest){0};
	char *rest;
	for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
		char *equals = strchr(line, '=');
		if (*line == '#' || !equals)
			continue;
		*equals = '\0';
		set(manifest, line, equals + 1);
	}
	if (manifest->programs && !manifest->start[0])
		manifest->start[0] = programs_runner;
	return manifest->start[0] != NULL;
}
