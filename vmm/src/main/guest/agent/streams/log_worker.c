#include "streams/log_worker.h"

#include "protocol/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void log_path(char *path, size_t capacity, uint32_t stream)
{
	snprintf(path, capacity, LOG_DIRECTORY "/%u.log", stream);
}

/* The stream id in a log's name, or 0 for any other name. */
static unsigned long log_number(const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	return strcmp(end, ".log") == 0 ? number : 0;
}

/* Stream ids grow, so the smallest is the oldest. */
static void remove_oldest(void)
{
	for (;;) {
		DIR *logs = opendir(LOG_DIRECTORY);
		if (!logs)
			return;
		unsigned long oldest = 0;
		int count = 0;
		for (struct dirent *entry; (entry = readdir(logs));) {
			unsigned long number = log_number(entry->d_name);
			if (number == 0)
				continue;
			count++;
			if (oldest == 0 || number < oldest)
				oldest = number;
		}
		closedir(logs);
		char path[64];
		log_path(path, sizeof path, (uint32_t)oldest);
		if (count <= LOGS_KEPT || unlink(path) < 0)
			return;
	}
}

/* When the disk is full the rest is read and dropped, so that the operation can go on. */
static uint64_t copy(int log)
{
	static char buffer[65536];
	uint64_t total = 0;
	bool full = log < 0;
	for (;;) {
		ssize_t size = read(STDIN_FILENO, buffer, sizeof buffer);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return full ? UINT64_MAX : total;
		for (ssize_t done = 0; done < size && !full;) {
			ssize_t step = write(log, buffer + done, (size_t)(size - done));
			if (step < 0 && errno != EINTR)
				full = true;
			done += step > 0 ? step : 0;
		}
		total += (uint64_t)size;
	}
}

noreturn void log_worker(uint32_t stream, uint32_t threshold)
{
	char path[64];
	log_path(path, sizeof path, stream);
	int log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	uint64_t size = copy(log);
	if (size <= threshold)
		unlink(path);
	else
		remove_oldest();
	_exit(log < 0);
}
