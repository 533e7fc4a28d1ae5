#include "processes/environment.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE_ENTRIES_MAX 64

static char *const common[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"SHELL=/bin/bash", "LANG=C.UTF-8", "TERM=dumb", "TMPDIR=/tmp", NULL,
};
static char *const of_sandbox[] = {"HOME=/workspace", "USER=sandbox", "LOGNAME=sandbox", NULL};
static char *const of_root[] = {"HOME=/root", "USER=root", "LOGNAME=root", NULL};

static char image_text[8192];
static char *image_entries[IMAGE_ENTRIES_MAX + 1];

static char *unquoted(char *value)
{
	size_t length = strlen(value);
	bool quoted = length >= 2 && (*value == '"' || *value == '\'') && value[length - 1] == *value;
	if (!quoted)
		return value;
	value[length - 1] = '\0';
	return value + 1;
}

size_t environment_parse(char *text, char **entries, size_t capacity)
{
	size_t count = 0;
	char *rest;
	for (char *line = strtok_r(text, "\n", &rest); line && count < capacity;
	     line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t");
		if (strncmp(line, "export ", 7) == 0)
			line += 7;
		for (size_t end = strlen(line); end > 0 && strchr(" \t\r", line[end - 1]);)
			line[--end] = '\0';
		char *equals = strchr(line, '=');
		if (*line == '#' || !equals || equals == line)
			continue;
		char *value = unquoted(equals + 1);
		memmove(equals + 1, value, strlen(value) + 1);
		entries[count++] = line;
	}
	return count;
}

void environment_open(void)
{
	int fd = open("/etc/environment", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t size = read(fd, image_text, sizeof image_text - 1);
	close(fd);
	if (size > 0)
		environment_parse(image_text, image_entries, IMAGE_ENTRIES_MAX);
}

static size_t count(char *const *entries)
{
	size_t size = 0;
	while (entries && entries[size])
		size++;
	return size;
}

static void put(char **environment, size_t *size, char *entry)
{
	size_t name = strcspn(entry, "=") + 1;
	for (size_t i = 0; i < *size; i++) {
		if (strncmp(environment[i], entry, name) == 0) {
			environment[i] = entry;
			return;
		}
	}
	environment[(*size)++] = entry;
}

char **environment_build(char *const *extra, bool root)
{
	char *const *const layers[] = {common, root ? of_root : of_sandbox, image_entries, extra};
	size_t capacity = 1, size = 0;
	for (int i = 0; i < 4; i++)
		capacity += count(layers[i]);
	char **environment = calloc(capacity, sizeof *environment);
	if (!environment)
		return NULL;
	for (int i = 0; i < 4; i++)
		for (char *const *entry = layers[i]; entry && *entry; entry++)
			put(environment, &size, *entry);
	return environment;
}

const char *environment_get(char *const *environment, const char *name)
{
	size_t length = strlen(name);
	for (; *environment; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return *environment + length + 1;
	return NULL;
}
