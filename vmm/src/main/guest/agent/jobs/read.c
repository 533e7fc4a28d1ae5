/* JOB_READ, JOB_STOP and JOB_LIST. */
#include "jobs/operations.h"

#include "jobs/jobs.h"
#include "protocol/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct reading {
	struct job_reader reader;
	struct stream *stream;
	struct job *job;
	uint64_t offset;
	uint32_t most;
	int64_t until; /* now_us() */
	struct timer timer;
	bool settling;
};

#define READING_OF(member, pointer) \
	((struct reading *)((char *)(pointer) - offsetof(struct reading, member)))

static uint8_t result[FRAME_PAYLOAD_MAX - 64];

static struct stream *release(struct reading *reading)
{
	struct stream *stream = reading->stream;
	timer_clear(&reading->timer);
	job_remove_reader(reading->job, &reading->reader);
	free(reading);
	return stream;
}

static void answer(struct stream *stream, struct job *job, uint64_t offset, uint32_t most)
{
	static uint8_t data[JOB_READ_MAX];
	struct writer writer = writer_into(result, sizeof result);
	/* Read the log first, so that the record covers at least the bytes read. */
	size_t size = job_log_read(&job->log, &offset, data, most);
	write_job(&writer, job);
	write_u64(&writer, offset);
	write_bytes(&writer, data, size);
	stream_end_ok(stream, result, writer.size);
}

static void finish(struct reading *reading)
{
	struct job *job = reading->job;
	uint64_t offset = reading->offset;
	uint32_t most = reading->most;
	answer(release(reading), job, offset, most);
}

static void time_passed(struct timer *timer)
{
	finish(READING_OF(timer, timer));
}

static void changed(struct job_reader *reader)
{
	struct reading *reading = READING_OF(reader, reader);
	if (reading->job->ended) {
		finish(reading);
		return;
	}
	if (reading->settling || job_log_await(&reading->job->log, reading->offset))
		return;
	int64_t left = (reading->until - now_us()) / 1000;
	reading->settling = true;
	timer_set(&reading->timer, left < SETTLE_MS ? left : SETTLE_MS, time_passed);
}

static void on_cancel(struct stream *stream)
{
	stream_end(release(stream->state), STATUS_CANCELLED, "cancelled");
}

static const struct handlers handlers = {.cancel = on_cancel};

static struct job *find(struct stream *stream, const char *id)
{
	struct job *job = job_named(id);
	if (!job) {
		char message[64];
		snprintf(message, sizeof message, "there is no job %.32s", id);
		stream_end(stream, ESRCH, message);
	}
	return job;
}

void job_read_open(struct stream *stream, const struct arguments *arguments)
{
	struct job *job = find(stream, arguments->job_read.id);
	if (!job)
		return;
	uint64_t offset = arguments->job_read.offset;
	uint32_t wait = arguments->job_read.wait;
	if (wait == 0 || job->ended || job_log_size(&job->log) > offset) {
		answer(stream, job, offset, arguments->job_read.most);
		return;
	}
	struct reading *reading = calloc(1, sizeof *reading);
	if (!reading) {
		stream_end_errno(stream, ENOMEM, "cannot wait for a job");
		return;
	}
	reading->reader.changed = changed;
	reading->stream = stream;
	reading->job = job;
	reading->offset = offset;
	reading->most = arguments->job_read.most;
	reading->until = now_us() + (int64_t)wait * 1000;
	stream->handlers = &handlers;
	stream->state = reading;
	job_add_reader(job, &reading->reader);
	timer_set(&reading->timer, wait, time_passed);
	changed(&reading->reader);
}

void job_stop_open(struct stream *stream, const struct arguments *arguments)
{
	struct job *job = find(stream, arguments->job_stop.id);
	if (!job)
		return;
	job_stop(job, arguments->job_stop.signal);
	struct writer writer = writer_into(result, sizeof result);
	write_job(&writer, job);
	stream_end_ok(stream, result, writer.size);
}

void job_list_open(struct stream *stream, const struct arguments *arguments)
{
	(void)arguments;
	uint32_t count = 0;
	for (struct job *job = jobs_first(); job; job = job->next)
		count++;
	struct writer writer = writer_into(result, sizeof result);
	write_u32(&writer, count);
	for (struct job *job = jobs_first(); job; job = job->next)
		write_job(&writer, job);
	stream_end_ok(stream, result, writer.size);
}
