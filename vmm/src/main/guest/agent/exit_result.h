/* The result exit, which EXEC and RUN have in common. */
#ifndef EXIT_RESULT_H
#define EXIT_RESULT_H

#include "wire.h"

struct exit_result {
	uint8_t kind;
	int32_t code;
	uint8_t timed_out;
	uint32_t oom_kills;
	uint64_t wall_us;
	uint64_t stdout_bytes;
	uint64_t stderr_bytes;
	const char *log_path;
};

/* Kind and code from a status as waitpid gives it. */
void exit_result_status(struct exit_result *result, int status);
void write_exit_result(struct writer *writer, const struct exit_result *result);

#endif
