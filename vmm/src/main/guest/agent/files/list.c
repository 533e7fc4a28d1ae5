/* FILE_LIST. */
#define _GNU_SOURCE
#include "files/worker.h"

#include "protocol/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The most bytes of names in one directory, which are sorted in memory. */
#define NAMES_MAX (64u << 20)

struct names {
	char *text;
	size_t size, capacity;
	char **sorted;
	size_t count;
};

static char path[PATH_MAX * 2]; /* relative to the listed directory */
static uint32_t entries_left;
static bool truncated;

/*
 * Records are collected and written together, because a system call for each would dominate the
 * cost.
 */
static uint8_t records[32768 + PATH_MAX * 3 + 64];
static size_t records_size;

static void flush_records(void)
{
	worker_output(records, records_size);
	records_size = 0;
}

static void send_entry(const struct stat *stat, const char *target)
{
	uint8_t *record = records + records_size;
	struct writer writer = writer_into(record, sizeof records - records_size);
	write_u32(&writer, 0);
	write_u8(&writer, RECORD_ENTRY);
	write_string(&writer, path);
	write_stat(&writer, stat, target);
	struct writer length = writer_into(record, 4);
	write_u32(&length, (uint32_t)writer.size - 4);
	records_size += writer.size;
	if (records_size > 32768)
		flush_records();
}

static bool add_name(struct names *names, const char *name)
{
	size_t size = strlen(name) + 1;
	if (names->capacity - names->size < size) {
		size_t capacity = names->capacity ? names->capacity * 2 : 4096;
		char *text = capacity <= NAMES_MAX ? realloc(names->text, capacity) : NULL;
		if (!text)
			return false;
		names->text = text;
		names->capacity = capacity;
	}
	memcpy(names->text + names->size, name, size);
	names->size += size;
	names->count++;
	return true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool sort(struct names *names)
{
	names->sorted = malloc((names->count + 1) * sizeof *names->sorted);
	if (!names->sorted)
		return false;
	char *next = names->text;
	for (size_t i = 0; i < names->count; i++, next += strlen(next) + 1)
		names->sorted[i] = next;
	qsort(names->sorted, names->count, sizeof *names->sorted, compare);
	return true;
}

static bool read_names(int fd, struct names *names)
{
	*names = (struct names){0};
	int copy = dup(fd);
	DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;
	if (!directory)
		return false;
	bool fits = true;
	for (struct dirent *entry; fits && (entry = readdir(directory));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			fits = add_name(names, entry->d_name);
	closedir(directory);
	return fits && sort(names);
}

static void list(int fd, size_t prefix, uint32_t depth);

static void list_one(int fd, const char *name, size_t prefix, uint32_t depth)
{
	struct stat stat;
	char target[PATH_MAX] = "";
	size_t size = strlen(name);
	/* Removed in the meantime, or longer than any path can be: skip it. */
	if (prefix + size + 2 > sizeof path || fstatat(fd, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (entries_left == 0) {
		truncated = true;
		return;
	}
	entries_left--;
	memcpy(path + prefix, name, size + 1);
	if (S_ISLNK(stat.st_mode) && readlinkat(fd, name, target, sizeof target - 1) < 0)
		target[0] = '\0';
	send_entry(&stat, target);
	if (!S_ISDIR(stat.st_mode) || depth <= 1)
		return;
	int child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (child < 0)
		return;
	path[prefix + size] = '/';
	list(child, prefix + size + 1, depth - 1);
	close(child);
}

static void list(int fd, size_t prefix, uint32_t depth)
{
	struct names names;
	if (read_names(fd, &names)) {
		for (size_t i = 0; i < names.count && !truncated; i++)
			list_one(fd, names.sorted[i], prefix, depth);
	} else if (names.count > 0) {
		truncated = true;
	}
	free(names.sorted);
	free(names.text);
}

noreturn void file_list(const struct arguments *arguments)
{
	const char *top = arguments->list.path;
	int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		worker_fail_errno(top);
	entries_left = arguments->list.entries;
	list(fd, 0, arguments->list.depth);
	flush_records();
	worker_succeed(&truncated, 1);
}
