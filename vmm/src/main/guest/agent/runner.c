#include "runner.h"

#include "process.h"
#include "protocol.h"
#include "runner_control.h"
#include "runner_spawn.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_OUTPUT_MAX 800

#define RUNNER_OF(member, pointer) \
	((struct runner *)((char *)(pointer) - offsetof(struct runner, member)))

static struct runner runners[LANGUAGES_MAX];
static uint32_t ready_time; /* CONFIGURE comes before anything is started */

void runners_set_ready_time(uint32_t milliseconds)
{
	ready_time = milliseconds;
}

uint32_t runners_ready_time(void)
{
	return ready_time;
}

struct runner *runner_of(struct language *language)
{
	size_t count;
	struct runner *runner = &runners[language - languages(&count)];
	runner->language = language;
	return runner;
}

bool runner_is_busy(const struct runner *runner)
{
	return runner->client || (runner->state == RUNNER_CALLED && !runner->stale) ||
	       runner->state == RUNNER_EXITED;
}

static bool is_at_work(const struct runner *runner)
{
	return runner->state == RUNNER_CALLED || runner->state == RUNNER_RENEWING;
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

static void drop_output(struct output *output, const uint8_t *data, size_t size)
{
	(void)output, (void)data, (void)size;
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
	cgroup_leave(runner->cgroup, runner);
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

static bool start(struct runner *runner);

/* Nothing of its client's was lost with the one that ended. */
static void start_again(struct runner *runner)
{
	struct runner_client *client = runner->client;
	clear(runner);
	if (!start(runner)) {
		runner->client = NULL;
		client->failed(client, errno == EAGAIN ? NO_PROCESS : "cannot start the interpreter");
	}
}

static void not_ready(struct timer *timer)
{
	char reason[64];
	snprintf(reason, sizeof reason, "did not become ready in time (%u s)", ready_time / 1000);
	fail_to_start(RUNNER_OF(deadline, timer), reason);
}

static void note_loss(struct runner *runner)
{
	if (runner->unused)
		return;
	bool killed = WIFSIGNALED(runner->status) && WTERMSIG(runner->status) == SIGKILL;
	bool memory = killed && cgroup_oom_kills(runner->cgroup) != runner->oom_kills;
	runner->loss = memory ? LOSS_MEMORY : LOSS_ENDED;
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
	note_loss(runner);
	clear_process(runner);
	if (!runner->client) {
		clear(runner);
		return;
	}
	if (runner->waiting) {
		start_again(runner);
		return;
	}
	runner->state = RUNNER_EXITED;
	runner->client->ended(runner->client, runner->status);
}

static void read_rest(struct runner *runner)
{
	while (runner->control.fd >= 0) {
		enum control_step step = runner_control_step(runner);
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
	enum control_step step = runner_control_step(runner);
	if (step == CONTROL_NO_ROOM || step == CONTROL_ENDED)
		source_watch(source, 0);
	if (step == CONTROL_ENDED && !runner->reaped) {
		/* Without its socket an interpreter is of no use; most likely it is about to end. */
		source_close(source);
		runner_expect_exit(runner);
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

void runner_keep_output(struct runner *runner)
{
	if (runner->output.sink == keep_output)
		return;
	output_read_waiting(&runner->output);
	output_read_waiting(&runner->errors);
	runner->output.sink = keep_output;
	runner->errors.sink = keep_errors;
}

void runner_drop_output(struct runner *runner)
{
	output_read_waiting(&runner->output);
	output_read_waiting(&runner->errors);
	runner->output.sink = runner->errors.sink = drop_output;
}

static bool start(struct runner *runner)
{
	struct runner_ends ends;
	runner->cgroup = cgroup_take();
	if (!runner->cgroup)
		return false;
	if (!runner_spawn(runner, &ends)) {
		cgroup_release(runner->cgroup);
		return false;
	}
	runner->failure = ends.failure.agent;
	runner->state = RUNNER_STARTING;
	runner->decoder = (struct runner_decoder){0};
	runner->reaped = runner->exiting = runner->stale = false;
	runner->unused = true;
	runner->has_run = false;
	runner->oom_kills = 0;
	runner->call = 0;
	child_watch(&runner->child, runner->pid, exited);
	source_open(&runner->control, ends.control[0], EPOLLIN, control_ready);
	output_open(&runner->output, ends.output.agent, NULL, CHANNEL_OUTPUT, NULL);
	output_open(&runner->errors, ends.errors.agent, NULL, CHANNEL_ERRORS, NULL);
	runner->output.sink = keep_output;
	runner->errors.sink = keep_errors;
	timer_set(&runner->deadline, ready_time, not_ready);
	return true;
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
	runner_call_renew(runner);
}

bool runner_take(struct runner *runner, struct runner_client *client)
{
	if (runner->state == RUNNER_ABSENT && !start(runner))
		return false;
	runner_renew_if_stale(runner);
	runner->client = client;
	runner->waiting = true;
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

void runner_discard_output(struct runner *runner)
{
	runner_ignore_output(runner);
	runner->output.sink = runner->errors.sink = drop_output;
}

void runner_free(struct runner *runner)
{
	runner->client = NULL;
	runner_ignore_output(runner);
	if (runner->state == RUNNER_EXITED)
		clear(runner);
}

void runner_interrupt(struct runner *runner)
{
	if (is_at_work(runner) && !runner->reaped)
		kill(runner->pid, SIGINT);
}

/*
 * Killed, it will end; but among a thousand others that end with it and want the same locks that
 * takes seconds, for which nobody is to wait.
 */
static void abandon(struct runner *runner)
{
	child_forget(&runner->child);
	exited(&runner->child, SIGKILL);
}

static void climb(struct timer *timer)
{
	struct runner *runner = RUNNER_OF(ladder, timer);
	if (++runner->rung == 3) {
		cgroup_kill(runner->cgroup);
		timer_set(timer, DEATH_MS, climb);
		return;
	}
	if (runner->rung == 4) {
		abandon(runner);
		return;
	}
	runner_interrupt(runner);
	timer_set(timer, runner->rung == 1 ? INTERRUPT_MS : KILL_MS, climb);
}

void runner_stop(struct runner *runner)
{
	if (!is_at_work(runner) || runner->ladder.set)
		return;
	runner->rung = 0;
	climb(&runner->ladder);
}

void runner_renew(struct runner *runner)
{
	if (runner->state == RUNNER_ABSENT || runner->state == RUNNER_EXITED)
		return;
	runner->stale = true;
	if (runner->has_run)
		runner_renew_if_stale(runner);
}

bool runner_reset(struct runner *runner)
{
	runner->loss = LOSS_NONE;
	cgroup_kill_left(runner);
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
