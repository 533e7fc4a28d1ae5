/* The record exit (section 5 of the protocol), which EXEC, RUN and jobs have in common. */
#ifndef PROCESSES_EXIT_RESULT_H
#define PROCESSES_EXIT_RESULT_H

#include "protocol/wire.h"
#include "sandbox/cgroup.h"

struct exit_result {
	uint8_t kind;
	int32_t code;
	uint8_t timed_out;
	uint32_t oom_kills;
	struct memory_victim victim; /* the newest of those */
	uint64_t wall_us;
	uint64_t stdout_bytes;
	uint64_t stderr_bytes;
	const char *log_path;
};

/* Sets the number of OOM kills since the group had this many, and the newest victim. */
void exit_result_kills(struct exit_result *result, struct cgroup *cgroup, uint32_t before);
/* Sets kind and code from a status of waitpid(). */
void exit_result_status(struct exit_result *result, int status);
void write_exit_result(struct writer *writer, const struct exit_result *result);

#endif
