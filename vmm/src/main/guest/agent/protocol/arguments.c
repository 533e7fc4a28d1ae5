#include "protocol/arguments.h"

#include "protocol/hostname.h"
#include "protocol/protocol.h"

#include <stdlib.h>
#include <string.h>

/*
 * A string has four bytes of length on the wire, and one terminator here. So all strings of a frame
 * fit into the arena, and a frame has at most a quarter as many strings as bytes.
 */
#define STRINGS_MAX (FRAME_PAYLOAD_MAX / 4)

static char arena[FRAME_PAYLOAD_MAX];
static size_t arena_used;
static char *lists[STRINGS_MAX + 2]; /* argv and environment, each with its NULL */
static size_t lists_used;
static const char *complaint;

static void complain(const char *reason)
{
	if (!complaint)
		complaint = reason;
}

static char *read_text(struct reader *reader, const char *nul_reason)
{
	struct slice slice = read_slice(reader);
	if (reader->failed)
		return NULL;
	char *text = arena + arena_used;
	if (slice.size > 0)
		memcpy(text, slice.data, slice.size);
	text[slice.size] = '\0';
	arena_used += slice.size + 1;
	if (strlen(text) != slice.size)
		complain(nul_reason);
	return text;
}

static const char *read_path(struct reader *reader)
{
	const char *path = read_text(reader, "path: contains a NUL byte");
	if (path && !*path)
		complain("path: is empty");
	return path;
}

static uint8_t read_flag(struct reader *reader, const char *reason)
{
	uint8_t value = read_u8(reader);
	if (value > 1)
		complain(reason);
	return value;
}

static uint32_t read_mode(struct reader *reader)
{
	uint32_t mode = read_u32(reader);
	if (mode > MODE_MAX)
		complain("mode: has bits beyond 07777");
	return mode;
}

static char **read_list(struct reader *reader, const char *nul_reason)
{
	uint32_t count = read_u32(reader);
	char **list = lists + lists_used;
	/* An element takes at least four bytes, so a count that exceeds the frame fails here. */
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		char *text = read_text(reader, nul_reason);
		if (text)
			lists[lists_used++] = text;
	}
	lists[lists_used++] = NULL;
	return list;
}

static void check_argv(char *const *argv)
{
	size_t count = 0, bytes = 0;
	for (; argv[count]; count++)
		bytes += strlen(argv[count]);
	if (count < 1 || count > ARGV_MAX)
		complain("argv: must have 1 to 4096 strings");
	else if (bytes > ARGV_BYTES_MAX)
		complain("argv: longer than 60000 bytes");
	else if (!*argv[0])
		complain("argv: the command is empty");
}

static void check_environment(char *const *environment)
{
	for (; *environment; environment++) {
		const char *equals = strchr(*environment, '=');
		if (!equals || equals == *environment)
			complain("environment: an entry is not NAME=VALUE");
	}
}

static void check_user(uint8_t user)
{
	if (user > USER_ROOT)
		complain("user: must be 0 (sandbox) or 1 (root)");
}

static void decode_exec(struct reader *in, struct arguments *out)
{
	out->exec.argv = read_list(in, "argv: contains a NUL byte");
	out->exec.environment = read_list(in, "environment: contains a NUL byte");
	out->exec.directory = read_text(in, "directory: contains a NUL byte");
	out->exec.timeout = read_u32(in);
	out->exec.log_threshold = read_u32(in);
	out->exec.user = read_u8(in);
	check_user(out->exec.user);
	check_argv(out->exec.argv);
	check_environment(out->exec.environment);
}

static void decode_job_start(struct reader *in, struct arguments *out)
{
	out->job_start.label = read_text(in, "label: contains a NUL byte");
	out->job_start.argv = read_list(in, "argv: contains a NUL byte");
	out->job_start.environment = read_list(in, "environment: contains a NUL byte");
	out->job_start.directory = read_text(in, "directory: contains a NUL byte");
	out->job_start.timeout = read_u32(in);
	out->job_start.user = read_u8(in);
	if (out->job_start.label && strlen(out->job_start.label) > JOB_LABEL_MAX)
		complain("label: longer than 200 bytes");
	check_user(out->job_start.user);
	check_argv(out->job_start.argv);
	check_environment(out->job_start.environment);
}

static const char *read_job(struct reader *reader)
{
	const char *id = read_text(reader, "job: contains a NUL byte");
	if (id && (!*id || strlen(id) > JOB_ID_MAX))
		complain("job: must have 1 to 32 bytes");
	return id;
}

static void decode_job_read(struct reader *in, struct arguments *out)
{
	out->job_read.id = read_job(in);
	out->job_read.offset = read_u64(in);
	out->job_read.most = read_u32(in);
	out->job_read.wait = read_u32(in);
	if (out->job_read.offset > INT64_MAX)
		complain("offset: too large");
	if (out->job_read.most > JOB_READ_MAX)
		complain("most: must be 0 to 61440");
	if (out->job_read.wait > JOB_WAIT_MAX)
		complain("wait: must be 0 to 3600000");
}

static void decode_job_stop(struct reader *in, struct arguments *out)
{
	out->job_stop.id = read_job(in);
	out->job_stop.signal = read_u8(in);
	if (out->job_stop.signal > SIGNAL_MAX)
		complain("signal: must be 0 to 64");
}

static void decode_configure(struct reader *in, struct arguments *out)
{
	out->configure.clock = (int64_t)read_u64(in);
	out->configure.hostname = read_text(in, "host name: contains a NUL byte");
	out->configure.entropy = read_slice(in);
	out->configure.ready = read_u32(in);
	if (out->configure.clock < 0)
		complain("wall clock: before 1970");
	const char *name = out->configure.hostname;
	const char *problem = name ? hostname_problem(name, strlen(name)) : NULL;
	if (problem)
		complain(problem);
	if (out->configure.entropy.size > ENTROPY_MAX)
		complain("entropy: longer than 512 bytes");
	if (out->configure.ready < READY_MS_MIN || out->configure.ready > READY_MS_MAX)
		complain("time for interpreters: must be 1000 to 3600000");
}

static void check_modules(char *const *modules)
{
	size_t count = 0, bytes = 0;
	for (; modules[count]; count++) {
		bytes += strlen(modules[count]);
		if (!*modules[count])
			complain("modules: a name is empty");
	}
	if (count > MODULES_MAX || bytes > MODULES_BYTES_MAX)
		complain("modules: more than 64, or more than 2048 bytes");
}

static void decode_warm(struct reader *in, struct arguments *out)
{
	out->warm.language = read_text(in, "language: contains a NUL byte");
	out->warm.modules = read_list(in, "modules: contains a NUL byte");
	check_modules(out->warm.modules);
}

static void decode_write(struct reader *in, struct arguments *out)
{
	out->write.path = read_path(in);
	out->write.mode = read_mode(in);
	out->write.flags = read_u8(in);
	if (out->write.flags & ~(WRITE_APPEND | WRITE_PARENTS | WRITE_EXCLUSIVE))
		complain("flags: unknown bits");
}

static void decode_list(struct reader *in, struct arguments *out)
{
	out->list.path = read_path(in);
	out->list.depth = read_u32(in);
	out->list.entries = read_u32(in);
	if (out->list.depth < 1 || out->list.depth > LIST_DEPTH_MAX)
		complain("depth: must be 1 to 64");
	if (out->list.entries < 1 || out->list.entries > LIST_ENTRIES_MAX)
		complain("entries: must be 1 to 100000");
}

static bool decode(struct reader *in, struct arguments *out)
{
	switch (out->operation) {
	case OPERATION_CONFIGURE:
		decode_configure(in, out);
		break;
	case OPERATION_EXEC:
		decode_exec(in, out);
		break;
	case OPERATION_RUN:
		out->run.language = read_text(in, "language: contains a NUL byte");
		out->run.timeout = read_u32(in);
		out->run.log_threshold = read_u32(in);
		break;
	case OPERATION_RESET:
		out->reset.language = read_text(in, "language: contains a NUL byte");
		break;
	case OPERATION_INSPECT:
		out->inspect.language = read_text(in, "language: contains a NUL byte");
		break;
	case OPERATION_FILE_READ:
		out->read.path = read_path(in);
		out->read.offset = read_u64(in);
		out->read.length = read_u64(in);
		if (out->read.offset > INT64_MAX)
			complain("offset: too large");
		break;
	case OPERATION_FILE_WRITE:
		decode_write(in, out);
		break;
	case OPERATION_FILE_STAT:
		out->stat.path = read_path(in);
		out->stat.follow = read_flag(in, "follow: must be 0 or 1");
		break;
	case OPERATION_FILE_LIST:
		decode_list(in, out);
		break;
	case OPERATION_FILE_MKDIR:
		out->mkdir.path = read_path(in);
		out->mkdir.mode = read_mode(in);
		out->mkdir.parents = read_flag(in, "parents: must be 0 or 1");
		break;
	case OPERATION_FILE_REMOVE:
		out->remove.path = read_path(in);
		out->remove.recursive = read_flag(in, "recursive: must be 0 or 1");
		break;
	case OPERATION_FILE_RENAME:
		out->rename.from = read_path(in);
		out->rename.to = read_path(in);
		out->rename.replace = read_flag(in, "replace: must be 0 or 1");
		break;
	case OPERATION_WARM:
		decode_warm(in, out);
		break;
	case OPERATION_JOB_START:
		decode_job_start(in, out);
		break;
	case OPERATION_JOB_READ:
		decode_job_read(in, out);
		break;
	case OPERATION_JOB_STOP:
		decode_job_stop(in, out);
		break;
	case OPERATION_INFO:
	case OPERATION_INFO_NOW:
	case OPERATION_SHUTDOWN:
	case OPERATION_JOB_LIST:
		break;
	default:
		return false;
	}
	return true;
}

enum arguments_result arguments_decode(struct slice payload, struct arguments *arguments,
				       const char **reason)
{
	struct reader reader = reader_of(payload.data, payload.size);
	arena_used = 0;
	lists_used = 0;
	complaint = NULL;
	*arguments = (struct arguments){.operation = read_u16(&reader)};
	if (reader.failed)
		return ARGUMENTS_MALFORMED;
	if (!decode(&reader, arguments))
		return ARGUMENTS_UNKNOWN;
	if (!reader_finished(&reader))
		return ARGUMENTS_MALFORMED;
	*reason = complaint;
	return complaint ? ARGUMENTS_BAD : ARGUMENTS_OK;
}
