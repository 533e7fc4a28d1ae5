/*
 * Code or stdin on its way to an interpreter: a file in the exchange directory.
 *
 * The agent writes it itself, because a process for each call would cost more
 * than everything else that the agent does for it.
 */
#ifndef RUNNERS_UPLOAD_H
#define RUNNERS_UPLOAD_H

#include "protocol/wire.h"

struct upload {
	int fd; /* -1: closed */
	char name[32];
	uint64_t bytes, most;
};

/* Makes the file. False with errno. */
bool upload_open(struct upload *upload, uint32_t stream, const char *suffix);
/* Returns 0 or an errno: EFBIG beyond the most. */
int upload_write(struct upload *upload, struct slice data);
void upload_close(struct upload *upload);
/* Removes the file, unless the interpreter has. */
void upload_remove(struct upload *upload);
/* Where it is for the interpreter; "" if there is no file. */
void upload_path(char *path, size_t capacity, const struct upload *upload);

#endif
