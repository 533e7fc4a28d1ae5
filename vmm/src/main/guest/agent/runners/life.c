#include "runners/life.h"

#include "processes/process.h"
#include "protocol/protocol.h"
#include "protocol/text.h"
#include "runners/call.h"
#include "runners/control.h"
#include "runners/output.h"
#include "runners/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Returns to RUNNER_ABSENT. Processes that the interpreter has left may go on. */
static void clear(struct runner *runner)
{
	clear_process(runner);
	runner_abandon_output(runner);
	cgroup_leave(runner->cgroup, runner);
	runner->state = RUNNER_ABSENT;
}

static void fail_to_start(struct runner *runner, const char *reason)
{
	char output[LAST_OUTPUT_MAX + 1] = "", message[MESSAGE_MAX];
	cgroup_kill(runner->cgroup);
	runner_last_output(runner, output, sizeof output);
	snprintf(message, sizeof message, "the %s interpreter %s%s%s", runner->language->name, reason,
		 *output ? "; its last output: " : "", output);
	struct runner_client *client = runner->client;
	runner->client = NULL;
	clear(runner);
	if (client)
		client->failed(client, message);
}

static bool start(struct runner *runner);

/* The client has not called yet, so it has lost nothing with the interpreter that ended. */
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
	snprintf(reason, sizeof reason, "did not become ready in time (%u s)", languages_ready_time() / 1000);
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

/* The process has ended and its last messages are read. Output may be left in the pipes. */
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
		/* An interpreter without its socket is useless, and probably about to end. */
		source_close(source);
		runner_expect_exit(runner);
	}
	if (runner->reaped)
		read_rest(runner);
}

static void exited(struct child *child, int status)
{
	struct runner *runner = RUNNER_OF(child, child);
	runner->reaped = true;
	runner->status = status;
	read_rest(runner);
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
	runner_open_output(runner, ends.output.agent, ends.errors.agent);
	timer_set(&runner->deadline, languages_ready_time(), not_ready);
	return true;
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

void runner_free(struct runner *runner)
{
	runner->client = NULL;
	runner_ignore_output(runner);
	if (runner->state == RUNNER_EXITED)
		clear(runner);
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
