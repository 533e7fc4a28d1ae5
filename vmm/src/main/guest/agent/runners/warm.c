/* WARM: starts an interpreter and loads modules ahead of time. Code does not notice. */
#include "runners/operations.h"

#include "processes/process.h"
#include "protocol/protocol.h"
#include "runners/call.h"
#include "runners/interpreters.h"
#include "runners/life.h"
#include "runners/stop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct warming {
	struct runner_client client;
	struct stream *stream;
	struct runner *runner;
	size_t size;
	uint8_t modules[]; /* list<str> */
};

#define WARMING_OF(pointer) \
	((struct warming *)((char *)(pointer) - offsetof(struct warming, client)))

static struct stream *release(struct warming *warming)
{
	struct stream *stream = warming->stream;
	free(warming);
	return stream;
}

static void on_ready(struct runner_client *client)
{
	struct warming *warming = WARMING_OF(client);
	runner_call_warm(warming->runner, warming->modules, warming->size);
}

static void on_failed(struct runner_client *client, const char *reason)
{
	stream_end(release(WARMING_OF(client)), STATUS_RUNNER_FAILED, reason);
}

static size_t room(struct runner_client *client)
{
	(void)client;
	return OUTPUT_QUANTUM;
}

static void on_record(struct runner_client *client, const uint8_t *data, size_t size)
{
	(void)client, (void)data, (void)size; /* a module has displayed something: drop it */
}

static void on_done(struct runner_client *client, const struct runner_message *message)
{
	(void)message;
	struct warming *warming = WARMING_OF(client);
	runner_free(warming->runner);
	stream_end_ok(release(warming), NULL, 0);
}

static void on_ended(struct runner_client *client, int status)
{
	(void)status;
	struct warming *warming = WARMING_OF(client);
	runner_free(warming->runner);
	stream_end(release(warming), STATUS_RUNNER_FAILED,
		   "the interpreter ended while it loaded modules");
}

static void on_reset(struct runner_client *client)
{
	stream_end(release(WARMING_OF(client)), STATUS_CANCELLED, "the interpreter was reset");
}

/* Ends the stream at once. An interpreter that is still loading is stopped. */
static void on_cancel(struct stream *stream)
{
	struct warming *warming = stream->state;
	if (warming->runner->state == RUNNER_CALLED)
		runner_stop(warming->runner);
	runner_free(warming->runner);
	stream_end(release(warming), STATUS_CANCELLED, "cancelled");
}

static const struct handlers handlers = {.cancel = on_cancel};

static const struct runner_client client_functions = {
	.ready = on_ready,
	.failed = on_failed,
	.room = room,
	.record = on_record,
	.done = on_done,
	.ended = on_ended,
	.reset = on_reset,
};

static struct warming *warming_of(struct stream *stream, struct runner *runner, char *const *modules)
{
	const size_t capacity = 4 + MODULES_BYTES_MAX + 4 * MODULES_MAX;
	struct warming *warming = calloc(1, sizeof *warming + capacity);
	if (!warming)
		return NULL;
	warming->client = client_functions;
	warming->stream = stream;
	warming->runner = runner;
	struct writer writer = writer_into(warming->modules, capacity);
	uint32_t count = 0;
	while (modules[count])
		count++;
	write_u32(&writer, count);
	for (uint32_t i = 0; i < count; i++)
		write_string(&writer, modules[i]);
	warming->size = writer.size;
	return warming;
}

void warm_open(struct stream *stream, const struct arguments *arguments)
{
	struct runner *runner = interpreter_named(stream, arguments->warm.language);
	if (!runner)
		return;
	if (runner_is_busy(runner)) {
		stream_end(stream, STATUS_BUSY, "the interpreter is running something already");
		return;
	}
	struct warming *warming = warming_of(stream, runner, arguments->warm.modules);
	if (!warming || !runner_take(runner, &warming->client)) {
		int error = errno;
		free(warming);
		stream_end_errno(stream, error,
				 error == EAGAIN ? NO_PROCESS : "cannot start the interpreter");
		return;
	}
	stream->handlers = &handlers;
	stream->state = warming;
	if (runner->state == RUNNER_IDLE)
		on_ready(&warming->client);
}
