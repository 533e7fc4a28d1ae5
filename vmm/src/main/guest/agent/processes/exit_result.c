#include "processes/exit_result.h"

#include "protocol/protocol.h"
#include "protocol/text.h"

#include <sys/wait.h>

void exit_result_status(struct exit_result *result, int status)
{
	result->kind = WIFSIGNALED(status) ? EXIT_SIGNALED : EXIT_EXITED;
	result->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

void exit_result_kills(struct exit_result *result, struct cgroup *cgroup, uint32_t before)
{
	result->oom_kills = cgroup_oom_kills(cgroup) - before;
	if (result->oom_kills == 0)
		return;
	/* cgroup_victim() returns a victim once, and this may be called again. */
	struct memory_victim victim = cgroup_victim(cgroup);
	if (victim.name[0])
		result->victim = victim;
}

void write_exit_result(struct writer *writer, const struct exit_result *result)
{
	write_u8(writer, result->kind);
	write_u32(writer, (uint32_t)result->code);
	write_u8(writer, result->timed_out);
	write_u32(writer, result->oom_kills);
	write_message(writer, result->victim.name);
	write_u64(writer, result->victim.bytes);
	write_u64(writer, result->wall_us);
	write_u64(writer, result->stdout_bytes);
	write_u64(writer, result->stderr_bytes);
	write_string(writer, result->log_path);
}
