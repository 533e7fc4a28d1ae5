#include "runners/call.h"

#include "loop/console.h"
#include "protocol/protocol.h"
#include "runners/output.h"
#include "runners/stop.h"

#include <sys/socket.h>

/* A runner that broke the protocol is not to be trusted with the next call. */
void runner_break_off(struct runner *runner, const char *how)
{
	complain_on_console("the %s runner sent %s", runner->language->name, how);
	source_close(&runner->control);
	cgroup_kill(runner->cgroup);
}

static void send_call(struct runner *runner, uint8_t type, const struct writer *payload)
{
	uint8_t frame[RUNNER_FRAME_HEADER + MODULES_BYTES_MAX + 4 * MODULES_MAX + 8];
	struct writer writer = writer_into(frame, sizeof frame);
	write_u32(&writer, (uint32_t)payload->size);
	write_u8(&writer, type);
	write_raw(&writer, payload->data, payload->size);
	runner->state = RUNNER_CALLED;
	runner->waiting = false;
	/* The socket of an idle runner is empty, so a call that does not fit now never will. */
	ssize_t sent = send(runner->control.fd, frame, writer.size, MSG_NOSIGNAL);
	if (sent != (ssize_t)writer.size && runner->control.fd >= 0)
		runner_break_off(runner, "nothing, and does not read");
}

void runner_call_run(struct runner *runner, const char *code, const char *input)
{
	uint8_t payload[256];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u32(&writer, ++runner->call);
	write_string(&writer, code);
	write_string(&writer, input);
	runner->unused = false;
	runner->has_run = true;
	send_call(runner, RUNNER_RUN, &writer);
}

static void call_by_id(struct runner *runner, uint8_t type)
{
	uint8_t payload[4];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u32(&writer, ++runner->call);
	send_call(runner, type, &writer);
}

void runner_call_inspect(struct runner *runner)
{
	call_by_id(runner, RUNNER_INSPECT);
}

void runner_call_warm(struct runner *runner, const uint8_t *modules, size_t size)
{
	uint8_t payload[MODULES_BYTES_MAX + 4 * MODULES_MAX + 8];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u32(&writer, ++runner->call);
	write_raw(&writer, modules, size);
	runner_drop_output(runner);
	runner->unused = false;
	send_call(runner, RUNNER_WARM, &writer);
}

static void call_renew(struct runner *runner)
{
	bool waiting = runner->waiting;
	call_by_id(runner, RUNNER_RENEW);
	runner->state = RUNNER_RENEWING;
	runner->waiting = waiting; /* the client itself has not called */
}

static void renewal_overdue(struct timer *timer)
{
	runner_stop(RUNNER_OF(deadline, timer));
}

void runner_renew_if_stale(struct runner *runner)
{
	if (!runner->stale || runner->state != RUNNER_IDLE)
		return;
	runner->stale = false;
	timer_set(&runner->deadline, RENEWAL_MS, renewal_overdue);
	call_renew(runner);
}

void runner_renew(struct runner *runner)
{
	if (runner->state == RUNNER_ABSENT || runner->state == RUNNER_EXITED)
		return;
	runner->stale = true;
	if (runner->has_run)
		runner_renew_if_stale(runner);
}
