/* INSPECT. */
#include "runners/operations.h"

#include "protocol/protocol.h"
#include "runners/call.h"
#include "runners/interpreters.h"
#include "runners/life.h"
#include "runners/stop.h"

#include <errno.h>
#include <stdlib.h>

struct inspection {
	struct runner_client client;
	struct stream *stream;
	struct runner *runner;
	struct timer timer;
};

#define INSPECTION_OF(member, pointer) \
	((struct inspection *)((char *)(pointer) - offsetof(struct inspection, member)))

static struct stream *release(struct inspection *inspection)
{
	struct stream *stream = inspection->stream;
	timer_clear(&inspection->timer);
	free(inspection);
	return stream;
}

static void on_ready(struct runner_client *client)
{
	runner_call_inspect(INSPECTION_OF(client, client)->runner);
}

static void on_failed(struct runner_client *client, const char *reason)
{
	stream_end(release(INSPECTION_OF(client, client)), STATUS_RUNNER_FAILED, reason);
}

static void on_done(struct runner_client *client, const struct runner_message *message)
{
	(void)message;
	struct inspection *inspection = INSPECTION_OF(client, client);
	runner_free(inspection->runner);
	stream_end_ok(release(inspection), NULL, 0);
}

static void on_ended(struct runner_client *client, int status)
{
	(void)status;
	struct inspection *inspection = INSPECTION_OF(client, client);
	runner_free(inspection->runner);
	stream_end(release(inspection), STATUS_RUNNER_FAILED, "the interpreter ended");
}

static void on_reset(struct runner_client *client)
{
	stream_end(release(INSPECTION_OF(client, client)), STATUS_CANCELLED,
		   "the interpreter was reset");
}

static size_t room(struct runner_client *client)
{
	return stream_room(INSPECTION_OF(client, client)->stream);
}

static void on_record(struct runner_client *client, const uint8_t *data, size_t size)
{
	stream_send(INSPECTION_OF(client, client)->stream, CHANNEL_RECORDS, data, size);
}

/* Stops the call, which would keep the interpreter busy. */
static void abandon(struct inspection *inspection, uint16_t status, const char *message)
{
	if (!inspection->runner->waiting)
		runner_stop(inspection->runner);
	runner_free(inspection->runner);
	stream_end(release(inspection), status, message);
}

static void timed_out(struct timer *timer)
{
	abandon(INSPECTION_OF(timer, timer), ETIMEDOUT, "the interpreter did not answer");
}

static void on_cancel(struct stream *stream)
{
	abandon(stream->state, STATUS_CANCELLED, "cancelled");
}

static void on_resume(struct stream *stream)
{
	struct inspection *inspection = stream->state;
	runner_resume(inspection->runner);
}

static const struct handlers handlers = {.cancel = on_cancel, .resume = on_resume};

static const struct runner_client client_functions = {
	.ready = on_ready,
	.failed = on_failed,
	.room = room,
	.record = on_record,
	.done = on_done,
	.ended = on_ended,
	.reset = on_reset,
};

static void inspect(struct stream *stream, struct runner *runner)
{
	struct inspection *inspection = calloc(1, sizeof *inspection);
	if (!inspection || !runner_take(runner, &inspection->client)) {
		free(inspection);
		stream_end_errno(stream, ENOMEM, "cannot inspect");
		return;
	}
	inspection->client = client_functions;
	inspection->stream = stream;
	inspection->runner = runner;
	stream->handlers = &handlers;
	stream->state = inspection;
	timer_set(&inspection->timer, INSPECT_MS, timed_out);
	if (runner->state == RUNNER_IDLE)
		on_ready(&inspection->client);
}

void inspect_open(struct stream *stream, const struct arguments *arguments)
{
	struct runner *runner = interpreter_named(stream, arguments->inspect.language);
	if (!runner)
		return;
	if (runner->state == RUNNER_ABSENT)
		stream_end_ok(stream, NULL, 0);
	else if (runner_is_busy(runner) ||
		 (runner->state != RUNNER_IDLE && runner->state != RUNNER_RENEWING))
		stream_end(stream, STATUS_BUSY, "the interpreter is running something");
	else
		inspect(stream, runner);
}
