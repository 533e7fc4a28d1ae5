/* JOB_START. It ends when the command has been executed, or cannot be. */
#include "jobs/operations.h"

#include "jobs/jobs.h"
#include "processes/process.h"
#include "protocol/text.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct starting {
	struct stream *stream;
	struct job *job;
	struct source failure;
};

static struct stream *release(struct starting *starting)
{
	struct stream *stream = starting->stream;
	source_close(&starting->failure);
	free(starting);
	return stream;
}

static void succeed(struct starting *starting)
{
	uint8_t result[JOB_ID_MAX + 8];
	struct writer writer = writer_into(result, sizeof result);
	write_string(&writer, starting->job->id);
	stream_end_ok(release(starting), result, writer.size);
}

static void failure_ready(struct source *source, uint32_t events)
{
	(void)events;
	struct starting *starting =
		(struct starting *)((char *)source - offsetof(struct starting, failure));
	uint8_t payload[MESSAGE_MAX + 8];
	ssize_t size = read(source->fd, payload, sizeof payload);
	if (size < 0)
		return;
	if (size == 0) {
		succeed(starting);
		return;
	}
	job_discard(starting->job);
	stream_end_payload(release(starting), payload, (size_t)size);
}

static void on_cancel(struct stream *stream)
{
	struct starting *starting = stream->state;
	job_discard(starting->job);
	stream_end(release(starting), STATUS_CANCELLED, "cancelled");
}

static const struct handlers handlers = {.cancel = on_cancel};

static void refuse(struct stream *stream, int error)
{
	if (error == EBUSY)
		stream_end(stream, EBUSY, "32 jobs are running: stop one, or wait for one to end");
	else
		stream_end_errno(stream, error, error == EAGAIN ? NO_PROCESS : "cannot start a process");
}

void job_start_open(struct stream *stream, const struct arguments *arguments)
{
	int failure;
	struct starting *starting = calloc(1, sizeof *starting);
	struct job *job = starting ? job_start(arguments, &failure) : NULL;
	if (!job) {
		int error = errno;
		free(starting);
		refuse(stream, error);
		return;
	}
	starting->stream = stream;
	starting->job = job;
	source_open(&starting->failure, failure, EPOLLIN, failure_ready);
	stream->handlers = &handlers;
	stream->state = starting;
}
