#include "runners/control.h"

#include "protocol/protocol.h"
#include "protocol/text.h"
#include "runners/call.h"
#include "runners/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void exit_overdue(struct timer *timer)
{
	cgroup_kill(RUNNER_OF(deadline, timer)->cgroup);
}

void runner_expect_exit(struct runner *runner)
{
	timer_set(&runner->deadline, EXITING_MS, exit_overdue);
}

/* The start or a call is over. The runner is idle, unless it has to renew itself first. */
static void come_to_rest(struct runner *runner)
{
	timer_clear(&runner->ladder);
	if (!runner->exiting)
		timer_clear(&runner->deadline);
	runner->state = RUNNER_IDLE;
	if (runner->has_run || runner->client)
		runner_renew_if_stale(runner);
}

/* Tells a client that took the runner while it could not be called. */
static void tell_who_waits(struct runner *runner)
{
	if (runner->client && runner->waiting && runner->state == RUNNER_IDLE)
		runner->client->ready(runner->client);
}

/* Whether answers are for the client. Until it has called they are for an earlier one. */
static bool has_called(const struct runner *runner)
{
	return runner->client && !runner->waiting;
}

static void on_ready(struct runner *runner, const struct runner_message *message)
{
	/* Without a version here, that of the version command stays. */
	if (message->text.size > 0) {
		size_t size = text_copy(runner->language->version,
					sizeof runner->language->version - 1, message->text.data,
					message->text.size);
		runner->language->version[size] = '\0';
	}
	come_to_rest(runner);
	tell_who_waits(runner);
}

/* Returns why the message breaks the protocol, or NULL. */
static const char *handle(struct runner *runner, enum runner_event event,
			  const struct runner_message *message)
{
	if (event == RUNNER_EVENT_READY) {
		if (runner->state != RUNNER_STARTING)
			return "a second READY";
		on_ready(runner, message);
		return NULL;
	}
	if (runner->state == RUNNER_STARTING)
		return "something before READY";
	if (message->id == 0 || message->id > runner->call)
		return "an id that was never called";
	/* An answer that no client waits for any more. */
	bool called = runner->state == RUNNER_CALLED || runner->state == RUNNER_RENEWING;
	if (message->id < runner->call || !called)
		return NULL;
	if (event == RUNNER_EVENT_EXITING) {
		runner->exiting = true;
		runner->exit_code = (int32_t)message->status;
		runner_expect_exit(runner);
		return NULL;
	}
	runner_keep_output(runner);
	come_to_rest(runner);
	if (has_called(runner))
		runner->client->done(runner->client, message);
	else
		tell_who_waits(runner);
	return NULL;
}

/* Joins successive pieces of records. */
enum control_step runner_control_step(struct runner *runner)
{
	static uint8_t input[OUTPUT_QUANTUM], records[OUTPUT_QUANTUM];
	size_t room = has_called(runner) ? runner->client->room(runner->client) : sizeof input;
	if (room == 0)
		return CONTROL_NO_ROOM;
	ssize_t size = read(runner->control.fd, input, room < sizeof input ? room : sizeof input);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return CONTROL_EMPTY;
	if (size <= 0)
		return CONTROL_ENDED;
	const uint8_t *next = input, *end = input + size;
	size_t gathered = 0;
	enum runner_event event;
	do {
		struct runner_message message;
		event = runner_decode(&runner->decoder, &next, end, &message);
		const char *broken = NULL;
		bool current = message.id == runner->call && runner->state == RUNNER_CALLED;
		if (event == RUNNER_EVENT_RECORD && current) {
			memcpy(records + gathered, message.bytes.data, message.bytes.size);
			gathered += message.bytes.size;
			continue;
		}
		if (gathered > 0 && has_called(runner))
			runner->client->record(runner->client, records, gathered);
		gathered = 0;
		if (event == RUNNER_EVENT_BROKEN)
			broken = (const char *)message.text.data;
		else if (event == RUNNER_EVENT_RECORD)
			broken = message.id > runner->call || message.id == 0
					 ? "a record of a call that was never made" : NULL;
		else if (event != RUNNER_EVENT_NONE)
			broken = handle(runner, event, &message);
		if (broken)
			runner_break_off(runner, broken);
	} while (event != RUNNER_EVENT_NONE && runner->control.fd >= 0);
	return CONTROL_READ;
}
