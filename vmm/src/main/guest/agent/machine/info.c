/* INFO and INFO_NOW: facts about the machine, the sandbox's limits and usage, and its languages. */
#define _GNU_SOURCE
#include "machine/operations.h"

#include "languages/version.h"
#include "loop/loop.h"
#include "protocol/protocol.h"
#include "runners/runner.h"
#include "sandbox/cgroup.h"
#include "sandbox/mounts.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

struct info {
	struct version_waiter waiter;
	struct stream *stream;
};

static void write_machine(struct writer *writer)
{
	struct utsname name;
	uname(&name);
	write_string(writer, name.release);
	write_string(writer, name.nodename);

	cpu_set_t processors;
	CPU_ZERO(&processors);
	sched_getaffinity(0, sizeof processors, &processors);
	write_u32(writer, (uint32_t)CPU_COUNT(&processors));

	struct sysinfo info;
	sysinfo(&info);
	write_u64(writer, (uint64_t)info.totalram * info.mem_unit);
}

static void write_use(struct writer *writer)
{
	write_u64(writer, cgroup_memory_limit());
	write_u64(writer, cgroup_memory_used());
	struct statvfs disk = {0};
	statvfs(SANDBOX_ROOT, &disk);
	write_u64(writer, (uint64_t)disk.f_blocks * disk.f_frsize);
	write_u64(writer, (uint64_t)(disk.f_blocks - disk.f_bfree) * disk.f_frsize);
	write_u32(writer, cgroup_processes());
	write_u32(writer, cgroup_process_limit());
	write_u64(writer, clock_ns(CLOCK_MONOTONIC) / 1000000);
	write_u64(writer, clock_ns(CLOCK_REALTIME));
}

static void write_languages(struct writer *writer)
{
	size_t count;
	struct language *all = languages(&count);
	write_u32(writer, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		const struct manifest *manifest = &all[i].manifest;
		write_string(writer, all[i].name);
		write_u32(writer, (uint32_t)manifest->alias_count);
		for (size_t j = 0; j < manifest->alias_count; j++)
			write_string(writer, manifest->aliases[j]);
		write_string(writer, all[i].version);
		/* Between two calls, a language of programs has no interpreter that counts. */
		write_u8(writer, !manifest->programs && runner_of(&all[i])->state != RUNNER_ABSENT);
	}
}

static void answer(struct version_waiter *waiter)
{
	struct info *info = (struct info *)((char *)waiter - offsetof(struct info, waiter));
	static uint8_t result[32768];
	struct writer writer = writer_into(result, sizeof result);
	write_machine(&writer);
	write_use(&writer);
	write_languages(&writer);
	struct stream *stream = info->stream;
	free(info);
	stream_end_ok(stream, result, writer.size);
}

static void on_cancel(struct stream *stream)
{
	struct info *info = stream->state;
	versions_forget(&info->waiter);
	free(info);
	stream_end(stream, STATUS_CANCELLED, "cancelled");
}

static const struct handlers handlers = {.cancel = on_cancel};

void info_open(struct stream *stream, const struct arguments *arguments)
{
	struct info *info = calloc(1, sizeof *info);
	if (!info) {
		stream_end_errno(stream, ENOMEM, "cannot gather information");
		return;
	}
	info->stream = stream;
	stream->handlers = &handlers;
	stream->state = info;
	if (arguments->operation == OPERATION_INFO_NOW)
		answer(&info->waiter);
	else
		versions_await(&info->waiter, answer);
}
