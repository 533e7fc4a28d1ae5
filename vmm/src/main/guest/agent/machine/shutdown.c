/* SHUTDOWN: terminates, then kills all processes, syncs file systems and powers the machine off. */
#include "machine/operations.h"

#include "connection/connection.h"
#include "loop/console.h"
#include "loop/loop.h"
#include "protocol/protocol.h"
#include "sandbox/cgroup.h"

#include <signal.h>
#include <unistd.h>

#define LOOK_MS 20
/* How long the kernel may take to end killed processes. */
#define KILLED_MS 500

static struct stream *asking;
static struct timer look;
static int64_t kill_at, stop_at;

static void stop(void)
{
	streams_end_others(asking);
	sync();
	stream_end_ok(asking, NULL, 0);
	connection_drain();
	power_off();
}

static void look_again(struct timer *timer)
{
	int64_t now = now_us();
	/* Other streams end by themselves when their processes end. */
	if (cgroup_all_gone() || now >= stop_at)
		stop();
	if (now >= kill_at)
		cgroup_kill_all();
	timer_set(timer, LOOK_MS, look_again);
}

void shutdown_open(struct stream *stream, const struct arguments *arguments)
{
	(void)arguments;
	if (asking) {
		stream_end(stream, STATUS_BUSY, "the machine is shutting down already");
		return;
	}
	asking = stream;
	kill_at = now_us() + SHUTDOWN_MS * 1000;
	stop_at = kill_at + KILLED_MS * 1000;
	/* This reaches every process but PID 1. The sandbox's init ignores it. */
	kill(-1, SIGTERM);
	look_again(&look);
}
