#include "call_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static int copy(int from, int to)
{
	static char buffer[65536];
	static const char mark[] = "\xef\xbb\xbf";
	bool first = true;
	for (;;) {
		ssize_t count = read(from, buffer, sizeof buffer);
		if (count <= 0) {
			return count == 0 ? 0 : errno;
		}
		/* Some compilers take a byte order mark for code. */
		size_t skip = sizeof mark - 1;
		bool marked = first && (size_t)count >= skip && memcmp(buffer, mark, skip) == 0;
		first = false;
		for (ssize_t done = marked ? (ssize_t)skip : 0; done < count;) {
			ssize_t step = write(to, buffer + done, (size_t)(count - done));
			if (step < 0 && errno != EINTR) {
				return errno;
			}
			done += step > 0 ? step : 0;
		}
	}
}

static int place_code(const char *file, const char *code_path)
{
	char target[sizeof path + 64];
	if ((size_t)snprintf(target, sizeof target, "%s/%s", path, file) >= sizeof target) {
		return ENAMETOOLONG;
	}
	int from = open(code_path, O_RDONLY | O_CLOEXEC);
	if (from < 0) {
		return errno;
	}
	unlink(code_path);
	int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int error = to < 0 ? errno : copy(from, to);
	close(from);
	if (to >= 0) {
		close(to);
	}
	return error;
}

int call_directory_open(const char *language, const char *file, const char *code_path)
{
	snprintf(path, sizeof path, "/tmp/%.32s-XXXXXX", language);
	if (mkdtemp(path) == NULL) {
		return errno;
	}
	int error = place_code(file, code_path);
	if (error != 0) {
		call_directory_close();
	}
	return error;
}

const char *call_directory_path(void)
{
	return path;
}

static int remove_entry(const char *entry, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	remove(entry);
	return 0;
}

void call_directory_close(void)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
