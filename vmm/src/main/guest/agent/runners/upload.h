/*
 * Code or stdin for an interpreter: a file in the exchange directory.
 *
 * The agent writes the file itself, because a worker process would cost more than all else that the
 * agent does for a call.
 */
#ifndef RUNNERS_UPLOAD_H
#define RUNNERS_UPLOAD_H

#include "protocol/wire.h"

struct upload {
	int fd; /* -1: closed */
	char name[32];
	uint64_t bytes, most;
};

/* Creates the file. False with errno. */
bool upload_open(struct upload *upload, uint32_t stream, const char *suffix);
/* Returns 0 or an errno: EFBIG if the file would exceed most. */
int upload_write(struct upload *upload, struct slice data);
void upload_close(struct upload *upload);
/* Closes the file, and removes it if the interpreter has not. */
void upload_remove(struct upload *upload);
/* Gets the path in the interpreter's namespace, or "" if there is no file. */
void upload_path(char *path, size_t capacity, const struct upload *upload);

#endif
