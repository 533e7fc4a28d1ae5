/*
 * The process that does a file operation: user sandbox's identity and view of
 * the files, content in on descriptor 0, out on 1, the END payload on 2.
 *
 * It may block on whatever the path leads to; only its own stream waits.
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

/* The ends of a worker. */
noreturn void worker_succeed(const void *result, size_t size);
noreturn void worker_fail(int status, const char *path, const char *reason);
noreturn void worker_fail_errno(const char *path);
noreturn void worker_succeed_stat(const struct stat *stat, const char *target);

void write_stat(struct writer *writer, const struct stat *stat, const char *target);

/* Fails unless it is a regular file. */
void worker_require_regular(const struct stat *stat, const char *path);

/* Whether the kernel makes the file up as it is read: its size says nothing. */
bool file_is_made_up(int fd, const struct stat *stat);

/* Copies to the end; false with errno. */
bool copy_file(int from, int to);

/* Writes or appends all of the content's file. */
noreturn void write_in_place(const char *path, int content, bool append);

/* Writes all of it to descriptor 1; ends the process when nobody reads. */
void worker_output(const void *data, size_t size);

/* rename; without replace EEXIST where to exists. */
bool rename_path(const char *from, const char *to, bool replace);

/* mkdir -p. */
bool make_directories(const char *path, mode_t mode);

#endif
