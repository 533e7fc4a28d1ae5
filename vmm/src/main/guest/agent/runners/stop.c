#include "runners/stop.h"

#include "protocol/protocol.h"

#include <signal.h>

void runner_interrupt(struct runner *runner)
{
	if (runner_is_at_work(runner) && !runner->reaped)
		kill(runner->pid, SIGINT);
}

/*
 * A killed process can take seconds to end if many others end with it and compete for the same
 * locks. No client waits for that.
 */
static void abandon(struct runner *runner)
{
	child_forget(&runner->child);
	runner->child.exited(&runner->child, SIGKILL);
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
	if (!runner_is_at_work(runner) || runner->ladder.set)
		return;
	runner->rung = 0;
	climb(&runner->ladder);
}
