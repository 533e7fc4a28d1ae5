/*
 * The process that does a file operation. It has the identity of user sandbox and its view of the
 * files. It reads content from descriptor 0, writes content to 1 and the END payload to 2.
 *
 * It may block on the file that a path leads to. Only its own stream waits for it.
 */
#ifndef FILES_WORKER_H
#define FILES_WORKER_H

#include "protocol/arguments.h"

#include <stdnoreturn.h>
#include <sys/stat.h>

noreturn void file_worker(const struct arguments *arguments);

/* One function for each operation; none returns. */
noreturn void file_read(const struct arguments *arguments);
noreturn void file_write(const struct arguments *arguments);
noreturn void file_list(const struct arguments *arguments);
noreturn void file_remove(const struct arguments *arguments);

/* Each writes an END payload and ends the worker. */
noreturn void worker_succeed(const void *result, size_t size);
noreturn void worker_fail(int status, const char *path, const char *reason);
noreturn void worker_fail_errno(const char *path);
noreturn void worker_succeed_stat(const struct stat *stat, const char *target);

void write_stat(struct writer *writer, const struct stat *stat, const char *target);

/* Fails unless stat is that of a regular file. */
void worker_require_regular(const struct stat *stat, const char *path);

/* Whether the kernel generates the content on reading, so that the size is meaningless. */
bool file_is_made_up(int fd, const struct stat *stat);

/* Copies all that is left of from. False with errno. */
bool copy_file(int from, int to);

/* Writes the whole file content over path, or appends it. */
noreturn void write_in_place(const char *path, int content, bool append);

/* Writes all data to descriptor 1. Ends the process if the pipe has no reader. */
void worker_output(const void *data, size_t size);

/* rename(). Without replace, it fails with EEXIST if to exists. */
bool rename_path(const char *from, const char *to, bool replace);

/* Makes a directory and its missing parents, as mkdir -p. */
bool make_directories(const char *path, mode_t mode);

#endif
