#include "check.h"
#include "protocol/arguments.h"
#include "protocol/protocol.h"

static uint8_t bytes[FRAME_PAYLOAD_MAX];
static struct writer out;
static struct arguments arguments;
static const char *reason;

static void begin(uint16_t operation)
{
	out = writer_into(bytes, sizeof bytes);
	write_u16(&out, operation);
}

static enum arguments_result decode(void)
{
	CHECK(!out.overflowed);
	reason = NULL;
	return arguments_decode((struct slice){bytes, (uint32_t)out.size}, &arguments, &reason);
}

static void put_list(uint32_t count, const char *text)
{
	write_u32(&out, count);
	for (uint32_t i = 0; i < count; i++)
		write_string(&out, text);
}

static void put_exec(uint32_t argc, const char *argument, const char *variable, uint8_t user)
{
	begin(OPERATION_EXEC);
	put_list(argc, argument);
	put_list(1, variable);
	write_string(&out, "/tmp");
	write_u32(&out, 1000);
	write_u32(&out, 20000);
	write_u8(&out, user);
}

static void exec_is_decoded(void)
{
	put_exec(2, "ls", "A=b", USER_ROOT);
	CHECK(decode() == ARGUMENTS_OK);
	CHECK(strcmp(arguments.exec.argv[0], "ls") == 0 && strcmp(arguments.exec.argv[1], "ls") == 0);
	CHECK(arguments.exec.argv[2] == NULL);
	CHECK(strcmp(arguments.exec.environment[0], "A=b") == 0 && !arguments.exec.environment[1]);
	CHECK(strcmp(arguments.exec.directory, "/tmp") == 0);
	CHECK(arguments.exec.timeout == 1000 && arguments.exec.log_threshold == 20000);
	CHECK(arguments.exec.user == USER_ROOT);
}

static void exec_out_of_range_is_bad(void)
{
	put_exec(0, "", "A=b", 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "argv"));
	put_exec(ARGV_MAX + 1, "x", "A=b", 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "argv"));
	put_exec(ARGV_MAX, "x", "A=b", 0);
	CHECK(decode() == ARGUMENTS_OK);
	put_exec(1, "", "A=b", 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "argv"));
	put_exec(1, "x", "A", 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "environment"));
	put_exec(1, "x", "=b", 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "environment"));
	put_exec(1, "x", "A=b", 2);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "user"));
}

static void argv_of_60000_bytes_is_the_longest(void)
{
	static char text[ARGV_BYTES_MAX + 2];
	memset(text, 'x', ARGV_BYTES_MAX);
	put_exec(1, text, "A=b", 0);
	CHECK(decode() == ARGUMENTS_OK);
	text[ARGV_BYTES_MAX] = 'x';
	put_exec(1, text, "A=b", 0);
	CHECK(decode() == ARGUMENTS_BAD);
}

/* Nothing but empty strings: as many of them as a frame can hold. */
static void the_most_strings_fit(void)
{
	begin(OPERATION_EXEC);
	put_list(1, "x");
	size_t rest = FRAME_PAYLOAD_MAX - out.size - 4 - 4 - 4 - 4 - 1;
	put_list((uint32_t)(rest / 4), "");
	write_string(&out, "");
	write_u32(&out, 0);
	write_u32(&out, 0);
	write_u8(&out, 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "environment"));
}

static void a_count_beyond_the_payload_is_malformed(void)
{
	begin(OPERATION_EXEC);
	write_u32(&out, 0xffffffff);
	write_string(&out, "x");
	CHECK(decode() == ARGUMENTS_MALFORMED);
}

static void missing_and_left_over_bytes_are_malformed(void)
{
	put_exec(1, "x", "A=b", 0);
	size_t whole = out.size;
	for (out.size = 2; out.size < whole; out.size++)
		CHECK(decode() == ARGUMENTS_MALFORMED);
	out.size = whole;
	write_u8(&out, 0);
	CHECK(decode() == ARGUMENTS_MALFORMED);
	out.size = 1;
	CHECK(decode() == ARGUMENTS_MALFORMED);
}

static void put_path(uint16_t operation, const char *path, size_t size)
{
	begin(operation);
	write_bytes(&out, path, size);
}

static void paths_are_checked(void)
{
	put_path(OPERATION_FILE_STAT, "", 0);
	write_u8(&out, 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "path"));
	put_path(OPERATION_FILE_STAT, "a\0b", 3);
	write_u8(&out, 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "path"));
	put_path(OPERATION_FILE_STAT, "a\377\n", 3);
	write_u8(&out, 1);
	CHECK(decode() == ARGUMENTS_OK && strcmp(arguments.stat.path, "a\377\n") == 0);
	CHECK(arguments.stat.follow == 1);
	put_path(OPERATION_FILE_STAT, "a", 1);
	write_u8(&out, 2);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "follow"));
}

static void file_arguments_are_checked(void)
{
	put_path(OPERATION_FILE_WRITE, "a", 1);
	write_u32(&out, 07777);
	write_u8(&out, 7);
	CHECK(decode() == ARGUMENTS_OK && arguments.write.mode == 07777 && arguments.write.flags == 7);
	put_path(OPERATION_FILE_WRITE, "a", 1);
	write_u32(&out, 010000);
	write_u8(&out, 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "mode"));
	put_path(OPERATION_FILE_WRITE, "a", 1);
	write_u32(&out, 0);
	write_u8(&out, 8);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "flags"));

	put_path(OPERATION_FILE_LIST, "a", 1);
	write_u32(&out, LIST_DEPTH_MAX + 1);
	write_u32(&out, 1);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "depth"));
	put_path(OPERATION_FILE_LIST, "a", 1);
	write_u32(&out, 1);
	write_u32(&out, LIST_ENTRIES_MAX + 1);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "entries"));

	put_path(OPERATION_FILE_READ, "a", 1);
	write_u64(&out, 5);
	write_u64(&out, TO_END);
	CHECK(decode() == ARGUMENTS_OK && arguments.read.offset == 5);
	CHECK(arguments.read.length == UINT64_MAX);
	put_path(OPERATION_FILE_READ, "a", 1);
	write_u64(&out, UINT64_MAX);
	write_u64(&out, 1);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "offset"));

	put_path(OPERATION_FILE_RENAME, "a", 1);
	write_string(&out, "b");
	write_u8(&out, 1);
	CHECK(decode() == ARGUMENTS_OK && strcmp(arguments.rename.to, "b") == 0);
	CHECK(arguments.rename.replace == 1);
}

static void configure_is_checked(void)
{
	static uint8_t entropy[ENTROPY_MAX + 1];
	begin(OPERATION_CONFIGURE);
	write_u64(&out, 1700000000000000000);
	write_string(&out, "host-1.example");
	write_bytes(&out, entropy, ENTROPY_MAX);
	write_u32(&out, READY_MS_MIN);
	CHECK(decode() == ARGUMENTS_OK && arguments.configure.clock == 1700000000000000000);
	CHECK(arguments.configure.entropy.size == ENTROPY_MAX);
	CHECK(arguments.configure.ready == READY_MS_MIN);
	begin(OPERATION_CONFIGURE);
	write_u64(&out, 0);
	write_string(&out, "two words");
	write_bytes(&out, entropy, 0);
	write_u32(&out, READY_MS_MIN);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "host name"));
	begin(OPERATION_CONFIGURE);
	write_u64(&out, 0);
	write_string(&out, "");
	write_bytes(&out, entropy, ENTROPY_MAX + 1);
	write_u32(&out, READY_MS_MIN);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "entropy"));
	begin(OPERATION_CONFIGURE);
	write_u64(&out, UINT64_MAX);
	write_string(&out, "");
	write_bytes(&out, entropy, 0);
	write_u32(&out, READY_MS_MIN);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "clock"));
	static const uint32_t outside[] = {0, READY_MS_MIN - 1, READY_MS_MAX + 1, UINT32_MAX};
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		begin(OPERATION_CONFIGURE);
		write_u64(&out, 0);
		write_string(&out, "");
		write_bytes(&out, entropy, 0);
		write_u32(&out, outside[i]);
		CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "interpreters"));
	}
}

static void an_operation_of_the_future_is_unknown_whatever_its_arguments(void)
{
	begin(0x7777);
	write_string(&out, "something");
	CHECK(decode() == ARGUMENTS_UNKNOWN);
	begin(0);
	CHECK(decode() == ARGUMENTS_UNKNOWN);
}

static enum arguments_result decode_warm(uint32_t count, const char *module)
{
	begin(OPERATION_WARM);
	write_string(&out, "python");
	put_list(count, module);
	return decode();
}

static void modules_are_checked(void)
{
	CHECK(decode_warm(2, "numpy") == ARGUMENTS_OK);
	CHECK(strcmp(arguments.warm.language, "python") == 0);
	CHECK(strcmp(arguments.warm.modules[1], "numpy") == 0 && !arguments.warm.modules[2]);
	CHECK(decode_warm(0, "") == ARGUMENTS_OK && !arguments.warm.modules[0]);
	CHECK(decode_warm(1, "") == ARGUMENTS_BAD && strstr(reason, "modules"));
	CHECK(decode_warm(MODULES_MAX, "x") == ARGUMENTS_OK);
	CHECK(decode_warm(MODULES_MAX + 1, "x") == ARGUMENTS_BAD && strstr(reason, "modules"));
	char name[MODULES_BYTES_MAX + 2];
	memset(name, 'x', sizeof name);
	name[MODULES_BYTES_MAX] = '\0';
	CHECK(decode_warm(1, name) == ARGUMENTS_OK);
	name[MODULES_BYTES_MAX] = 'x';
	name[MODULES_BYTES_MAX + 1] = '\0';
	CHECK(decode_warm(1, name) == ARGUMENTS_BAD);
}

static void put_job_start(const char *label, uint32_t argc, uint8_t user)
{
	begin(OPERATION_JOB_START);
	write_string(&out, label);
	put_list(argc, "sleep");
	put_list(1, "A=b");
	write_string(&out, "/tmp");
	write_u32(&out, 1000);
	write_u8(&out, user);
}

static void starts_of_jobs_are_checked(void)
{
	put_job_start("sleep 5", 2, USER_ROOT);
	CHECK(decode() == ARGUMENTS_OK && strcmp(arguments.job_start.label, "sleep 5") == 0);
	CHECK(strcmp(arguments.job_start.argv[1], "sleep") == 0 && !arguments.job_start.argv[2]);
	CHECK(strcmp(arguments.job_start.environment[0], "A=b") == 0);
	CHECK(strcmp(arguments.job_start.directory, "/tmp") == 0);
	CHECK(arguments.job_start.timeout == 1000 && arguments.job_start.user == USER_ROOT);
	put_job_start("", 0, 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "argv"));
	put_job_start("", 1, 2);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "user"));
	char label[JOB_LABEL_MAX + 2];
	memset(label, 'x', sizeof label);
	label[JOB_LABEL_MAX + 1] = '\0';
	put_job_start(label, 1, 0);
	CHECK(decode() == ARGUMENTS_BAD && strstr(reason, "label"));
	label[JOB_LABEL_MAX] = '\0';
	put_job_start(label, 1, 0);
	CHECK(decode() == ARGUMENTS_OK);
}

static enum arguments_result decode_job_read(const char *id, uint64_t offset, uint32_t most,
					     uint32_t wait)
{
	begin(OPERATION_JOB_READ);
	write_string(&out, id);
	write_u64(&out, offset);
	write_u32(&out, most);
	write_u32(&out, wait);
	return decode();
}

static enum arguments_result decode_job_stop(const char *id, uint8_t signal)
{
	begin(OPERATION_JOB_STOP);
	write_string(&out, id);
	write_u8(&out, signal);
	return decode();
}

static void reads_and_stops_of_jobs_are_checked(void)
{
	CHECK(decode_job_read("j1", INT64_MAX, JOB_READ_MAX, JOB_WAIT_MAX) == ARGUMENTS_OK);
	CHECK(strcmp(arguments.job_read.id, "j1") == 0 && arguments.job_read.offset == INT64_MAX);
	CHECK(arguments.job_read.most == JOB_READ_MAX && arguments.job_read.wait == JOB_WAIT_MAX);
	CHECK(decode_job_read("", 0, 0, 0) == ARGUMENTS_BAD && strstr(reason, "job"));
	CHECK(decode_job_read("j23456789012345678901234567890123", 0, 0, 0) == ARGUMENTS_BAD);
	CHECK(decode_job_read("j1", UINT64_MAX, 0, 0) == ARGUMENTS_BAD && strstr(reason, "offset"));
	CHECK(decode_job_read("j1", 0, JOB_READ_MAX + 1, 0) == ARGUMENTS_BAD && strstr(reason, "most"));
	CHECK(decode_job_read("j1", 0, 0, JOB_WAIT_MAX + 1) == ARGUMENTS_BAD && strstr(reason, "wait"));
	CHECK(decode_job_stop("j1", SIGNAL_MAX) == ARGUMENTS_OK);
	CHECK(arguments.job_stop.signal == SIGNAL_MAX);
	CHECK(decode_job_stop("j1", SIGNAL_MAX + 1) == ARGUMENTS_BAD && strstr(reason, "signal"));
}

int main(void)
{
	starts_of_jobs_are_checked();
	reads_and_stops_of_jobs_are_checked();
	exec_is_decoded();
	exec_out_of_range_is_bad();
	argv_of_60000_bytes_is_the_longest();
	the_most_strings_fit();
	a_count_beyond_the_payload_is_malformed();
	missing_and_left_over_bytes_are_malformed();
	paths_are_checked();
	file_arguments_are_checked();
	configure_is_checked();
	modules_are_checked();
	an_operation_of_the_future_is_unknown_whatever_its_arguments();
	puts("arguments: ok");
}
