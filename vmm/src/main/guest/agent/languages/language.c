#include "languages/language.h"

#include "protocol/protocol.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MANIFEST_MAX 4096

/* The usable languages, followed by those whose program is missing in the image. */
static struct language table[LANGUAGES_MAX];
static size_t table_size, usable;
static uint32_t ready_time; /* CONFIGURE comes before any interpreter starts. */

static char *read_manifest(const char *directory)
{
	char path[sizeof table[0].directory + 16];
	snprintf(path, sizeof path, "%s/manifest", directory);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	char *text = malloc(MANIFEST_MAX);
	ssize_t size = text ? read(fd, text, MANIFEST_MAX - 1) : -1;
	close(fd);
	if (size < 0) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

/*
 * Reads the manifest from the agent's own root, which is the unchanged image. Changes in the
 * sandbox's root have no effect.
 */
static void add(const char *name)
{
	struct language *language = &table[table_size];
	if (table_size == LANGUAGES_MAX || strlen(name) >= sizeof language->name)
		return;
	strcpy(language->name, name);
	snprintf(language->directory, sizeof language->directory, RUNNERS_DIRECTORY "/%s", name);
	char *text = read_manifest(language->directory);
	if (!text)
		return;
	if (!manifest_parse(text, &language->manifest)) {
		free(text);
		return;
	}
	const char *requires = language->manifest.requires;
	language->missing = requires && access(requires, F_OK) < 0;
	usable += !language->missing;
	table_size++;
}

static int compare(const void *a, const void *b)
{
	const struct language *first = a, *second = b;
	if (first->missing != second->missing)
		return first->missing ? 1 : -1;
	return strcmp(first->name, second->name);
}

static void load(void)
{
	static bool loaded;
	if (loaded)
		return;
	loaded = true;
	DIR *directory = opendir(RUNNERS_DIRECTORY);
	if (!directory)
		return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (entry->d_name[0] != '.')
			add(entry->d_name);
	closedir(directory);
	qsort(table, table_size, sizeof *table, compare);
}

struct language *languages(size_t *count)
{
	load();
	*count = usable;
	return table;
}

static bool answers_to(const struct language *language, const char *name)
{
	if (strcasecmp(language->name, name) == 0)
		return true;
	for (size_t i = 0; i < language->manifest.alias_count; i++)
		if (strcasecmp(language->manifest.aliases[i], name) == 0)
			return true;
	return false;
}

static struct language *find(const char *name, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (answers_to(&table[i], name))
			return &table[i];
	return NULL;
}

struct language *language_find(const char *name)
{
	load();
	return find(name, 0, usable);
}

const struct language *language_find_missing(const char *name)
{
	load();
	return find(name, usable, table_size);
}

void languages_set_ready_time(uint32_t milliseconds)
{
	ready_time = milliseconds;
}

uint32_t languages_ready_time(void)
{
	return ready_time;
}
