#define _GNU_SOURCE
#include "runner.h"

#include "console.h"
#include "pipes.h"
#include "process.h"
#include "protocol.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between EXITING and the end of the process. */
#define EXITING_MS 3000
#define LAST_OUTPUT_MAX 800

#define RUNNER_OF(member, pointer) \
	((struct runner *)((char *)(pointer) - offsetof(struct runner, member)))

static struct runner runners[LANGUAGES_MAX];

struct runner *runner_of(struct language *language)
{
	size_t count;
	struct runner *runner = &runners[language - languages(&count)];
	runner->language = language;
	return runner;
}

bool runner_is_busy(const struct runner *runner)
{
	return runner->client || runner->state == RUNNER_CALLED || runner->state == RUNNER_EXITED;
}

/* Keeps the newest bytes. */
static void keep(struct kept *kept, const uint8_t *data, size_t size)
{
	if (!kept->data)
		kept->data = malloc(KEPT_OUTPUT_MAX);
	if (!kept->data)
		return;
	if (size > KEPT_OUTPUT_MAX - kept->size) {
		size_t excess = size - (KEPT_OUTPUT_MAX - kept->size);
		memmove(kept->data, kept->data + excess, kept->size - excess);
		kept->size -= excess;
	}
	memcpy(kept->data + kept->size, data, size);
	kept->size += size;
}

static void keep_output(struct output *output, const uint8_t *data, size_t size)
{
	keep(&RUNNER_OF(output, output)->kept_output, data, size);
}

static void keep_errors(struct output *output, const uint8_t *data, size_t size)
{
	keep(&RUNNER_OF(errors, output)->kept_errors, data, size);
}

static void forget_kept(struct kept *kept)
{
	free(kept->data);
	*kept = (struct kept){0};
}

static void clear_process(struct runner *runner)
{
	child_forget(&runner->child);
	timer_clear(&runner->deadline);
	timer_clear(&runner->ladder);
	source_close(&runner->control);
	runner_decoder_reset(&runner->decoder);
	if (runner->failure >= 0)
		close(runner->failure);
	runner->failure = -1;
}

/* Back to where no interpreter is; what it started and left may go on. */
static void clear(struct runner *runner)
{
	clear_process(runner);
	output_abandon(&runner->output);
	output_abandon(&runner->errors);
	forget_kept(&runner->kept_output);
	forget_kept(&runner->kept_errors);
	cgroup_release(runner->cgroup);
	runner->state = RUNNER_ABSENT;
}

/* The last output of an interpreter that did not start, for the message. */
static void last_output(struct runner *runner, char *text, size_t capacity)
{
	output_read_waiting(&runner->output);
	output_read_waiting(&runner->errors);
	struct kept *kept = runner->kept_errors.size > 0 ? &runner->kept_errors : &runner->kept_output;
	size_t size = kept->size < LAST_OUTPUT_MAX ? kept->size : LAST_OUTPUT_MAX;
	size_t used = text_copy(text, capacity - 1, kept->data + kept->size - size, size);
	text[used] = '\0';
}

static void fail_to_start(struct runner *runner, const char *reason)
{
	char output[LAST_OUTPUT_MAX + 1] = "", message[MESSAGE_MAX];
	cgroup_kill(runner->cgroup);
	last_output(runner, output, sizeof output);
	snprintf(message, sizeof message, "the %s interpreter %s%s%s", runner->language->name, reason,
		 *output ? "; its last output: " : "", output);
	struct runner_client *client = runner->client;
	runner->client = NULL;
	clear(runner);
	if (client)
		client->failed(client, message);
}

static void not_ready(struct timer *timer)
{
	fail_to_start(RUNNER_OF(deadline, timer), "did not become ready in time");
}

/* A runner that broke the protocol is not to be trusted with the next call. */
static void break_off(struct runner *runner, const char *how)
{
	complain_on_console("the %s runner sent %s", runner->language->name, how);
	source_close(&runner->control);
	cgroup_kill(runner->cgroup);
}

static void exit_overdue(struct timer *timer)
{
	cgroup_kill(RUNNER_OF(deadline, timer)->cgroup);
}

static void answered(struct runner *runner)
{
	timer_clear(&runner->ladder);
	runner->state = RUNNER_IDLE;
}

static void on_ready(struct runner *runner, const struct runner_message *message)
{
	timer_clear(&runner->deadline);
	runner->state = RUNNER_IDLE;
	size_t size = text_copy(runner->language->version, sizeof runner->language->version - 1,
				message->text.data, message->text.size);
	runner->language->version[size] = '\0';
	if (runner->client)
		runner->client->ready(runner->client);
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
	/* An answer to what nobody waits for any more. */
	if (message->id < runner->call || runner->state != RUNNER_CALLED)
		return NULL;
	if (event == RUNNER_EVENT_EXITING) {
		runner->exiting = true;
		runner->exit_code = (int32_t)message->status;
		timer_set(&runner->deadline, EXITING_MS, exit_overdue);
		return NULL;
	}
	answered(runner);
	if (runner->client)
		runner->client->done(runner->client, message);
	return NULL;
}

enum control_step { CONTROL_READ, CONTROL_EMPTY, CONTROL_NO_ROOM, CONTROL_ENDED };

/* Reads once. Pieces of records that follow each other go on as one. */
static enum control_step control_step(struct runner *runner)
{
	static uint8_t input[OUTPUT_QUANTUM], records[OUTPUT_QUANTUM];
	size_t room = runner->client ? runner->client->room(runner->client) : sizeof input;
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
		if (gathered > 0 && runner->client)
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
			break_off(runner, broken);
	} while (event != RUNNER_EVENT_NONE && runner->control.fd >= 0);
	return CONTROL_READ;
}

/* The process is gone and its last messages are read: what remains is in the pipes. */
static void finish_exit(struct runner *runner)
{
	if (runner->state == RUNNER_STARTING) {
		uint8_t payload[MESSAGE_MAX + 8];
		char reason[MESSAGE_MAX + 32] = "ended before it was ready";
		ssize_t size = read(runner->failure, payload, sizeof payload);
		if (size > 6)
			snprintf(reason, sizeof reason, "could not be started: %.*s", (int)size - 6,
				 (const char *)payload + 6);
		fail_to_start(runner, reason);
		return;
	}
	if (runner->exiting && WIFSIGNALED(runner->status))
		runner->status = (runner->exit_code & 0xff) << 8;
	clear_process(runner);
	if (!runner->client) {
		clear(runner);
		return;
	}
	runner->state = RUNNER_EXITED;
	runner->client->ended(runner->client, runner->status);
}

static void read_rest(struct runner *runner)
{
	while (runner->control.fd >= 0) {
		enum control_step step = control_step(runner);
		if (step == CONTROL_NO_ROOM)
			return;
		if (step != CONTROL_READ)
			break;
	}
	finish_exit(runner);
}

static void control_ready(struct source *source, uint32_t events)
{
	(void)events;
	struct runner *runner = RUNNER_OF(control, source);
	enum control_step step = control_step(runner);
	if (step == CONTROL_NO_ROOM || step == CONTROL_ENDED)
		source_watch(source, 0);
	if (step == CONTROL_ENDED && !runner->reaped) {
		/* Without its socket an interpreter is of no use; most likely it is about to end. */
		source_close(source);
		timer_set(&runner->deadline, EXITING_MS, exit_overdue);
	}
	if (runner->reaped)
		read_rest(runner);
}

void runner_resume(struct runner *runner)
{
	if (runner->control.fd >= 0)
		source_watch(&runner->control, EPOLLIN);
}

static void exited(struct child *child, int status)
{
	struct runner *runner = RUNNER_OF(child, child);
	runner->reaped = true;
	runner->status = status;
	read_rest(runner);
}

static void output_ended(struct output *output)
{
	struct runner *runner = RUNNER_OF(output, output);
	if (runner->client && runner->client->output_ended)
		runner->client->output_ended(runner->client);
}

static void errors_ended(struct output *output)
{
	struct runner *runner = RUNNER_OF(errors, output);
	if (runner->client && runner->client->output_ended)
		runner->client->output_ended(runner->client);
}

struct ends {
	struct pipe_ends output, errors, failure;
	int control[2];
	int input;
};

static bool open_ends(struct ends *ends)
{
	*ends = (struct ends){NO_PIPE, NO_PIPE, NO_PIPE, {-1, -1}, -1};
	ends->input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return ends->input >= 0 && pipe_from_process(&ends->output) &&
	       pipe_from_process(&ends->errors) && pipe_from_process(&ends->failure) &&
	       socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->control) == 0 &&
	       fcntl(ends->control[0], F_SETFL, O_NONBLOCK) == 0;
}

static void close_ends(struct ends *ends, bool agents_too)
{
	int error = errno;
	void (*close_pipe)(struct pipe_ends *) = agents_too ? pipe_close : pipe_close_process;
	close_pipe(&ends->output);
	close_pipe(&ends->errors);
	close_pipe(&ends->failure);
	if (ends->input >= 0)
		close(ends->input);
	if (ends->control[1] >= 0)
		close(ends->control[1]);
	if (agents_too && ends->control[0] >= 0)
		close(ends->control[0]);
	errno = error;
}

static pid_t start_process(struct runner *runner, const struct ends *ends)
{
	char variable[48];
	snprintf(variable, sizeof variable, "MICROSANDBOX_CONTROL_FD=%d", CONTROL_FD);
	return process_start(&(struct command){
		.argv = runner->language->manifest.start,
		.environment = (char *[]){variable, NULL},
		.directory = runner->language->directory,
		.input = ends->input,
		.output = ends->output.process,
		.errors = ends->errors.process,
		.control = ends->control[1],
		.failure = ends->failure.process,
		.cgroup = runner->cgroup,
	});
}

static bool start(struct runner *runner)
{
	struct ends ends;
	runner->cgroup = cgroup_take();
	if (!runner->cgroup)
		return false;
	pid_t pid = open_ends(&ends) ? start_process(runner, &ends) : -1;
	if (pid < 0) {
		close_ends(&ends, true);
		cgroup_release(runner->cgroup);
		return false;
	}
	close_ends(&ends, false);
	runner->pid = pid;
	runner->failure = ends.failure.agent;
	runner->state = RUNNER_STARTING;
	runner->decoder = (struct runner_decoder){0};
	runner->reaped = runner->exiting = false;
	runner->call = 0;
	child_watch(&runner->child, pid, exited);
	source_open(&runner->control, ends.control[0], EPOLLIN, control_ready);
	output_open(&runner->output, ends.output.agent, NULL, CHANNEL_OUTPUT, output_ended);
	output_open(&runner->errors, ends.errors.agent, NULL, CHANNEL_ERRORS, errors_ended);
	runner->output.sink = keep_output;
	runner->errors.sink = keep_errors;
	timer_set(&runner->deadline, READY_MS, not_ready);
	return true;
}

bool runner_take(struct runner *runner, struct runner_client *client)
{
	if (runner->state == RUNNER_ABSENT && !start(runner))
		return false;
	runner->client = client;
	return true;
}

static void stop_listening(struct output *output)
{
	output->stream = NULL;
	output->log = NULL;
	output_resume(output);
}

void runner_ignore_output(struct runner *runner)
{
	stop_listening(&runner->output);
	stop_listening(&runner->errors);
	runner_resume(runner);
}

void runner_free(struct runner *runner)
{
	runner->client = NULL;
	runner_ignore_output(runner);
	if (runner->state == RUNNER_EXITED)
		clear(runner);
}

static void send_call(struct runner *runner, uint8_t type, const struct writer *payload)
{
	uint8_t frame[512];
	struct writer writer = writer_into(frame, sizeof frame);
	write_u32(&writer, (uint32_t)payload->size);
	write_u8(&writer, type);
	write_raw(&writer, payload->data, payload->size);
	runner->state = RUNNER_CALLED;
	/* An idle runner's socket is empty: what does not fit at once never will. */
	ssize_t sent = send(runner->control.fd, frame, writer.size, MSG_NOSIGNAL);
	if (sent != (ssize_t)writer.size && runner->control.fd >= 0)
		break_off(runner, "nothing, and does not read");
}

void runner_call_run(struct runner *runner, const char *code, const char *input)
{
	uint8_t payload[256];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u32(&writer, ++runner->call);
	write_string(&writer, code);
	write_string(&writer, input);
	send_call(runner, RUNNER_RUN, &writer);
}

void runner_call_inspect(struct runner *runner)
{
	uint8_t payload[4];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u32(&writer, ++runner->call);
	send_call(runner, RUNNER_INSPECT, &writer);
}

void runner_interrupt(struct runner *runner)
{
	if (runner->state == RUNNER_CALLED && !runner->reaped)
		kill(runner->pid, SIGINT);
}

static void climb(struct timer *timer)
{
	struct runner *runner = RUNNER_OF(ladder, timer);
	if (++runner->rung == 3) {
		cgroup_kill(runner->cgroup);
		return;
	}
	runner_interrupt(runner);
	timer_set(timer, runner->rung == 1 ? INTERRUPT_MS : KILL_MS, climb);
}

void runner_stop(struct runner *runner)
{
	if (runner->state != RUNNER_CALLED || runner->ladder.set)
		return;
	runner->rung = 0;
	climb(&runner->ladder);
}

bool runner_reset(struct runner *runner)
{
	if (runner->state == RUNNER_ABSENT)
		return false;
	bool ran = runner->state != RUNNER_EXITED;
	struct runner_client *client = runner->client;
	cgroup_kill(runner->cgroup);
	runner->client = NULL;
	runner_ignore_output(runner);
	clear(runner);
	if (client)
		client->reset(client);
	return ran;
}
