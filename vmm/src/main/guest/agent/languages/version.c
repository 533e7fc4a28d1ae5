#include "languages/version.h"

#include "languages/language.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "processes/pipes.h"
#include "processes/process.h"
#include "protocol/protocol.h"
#include "protocol/text.h"
#include "sandbox/cgroup.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <string.h>
#include <unistd.h>

struct probe {
	struct language *language;
	struct child child;
	struct cgroup *cgroup;
	struct source pipe;
	struct timer deadline;
	char text[64];
	size_t size;
	bool running, asked;
};

#define PROBE_OF(member, pointer) \
	((struct probe *)((char *)(pointer) - offsetof(struct probe, member)))

static struct probe probes[LANGUAGES_MAX];
static struct version_waiter *waiters;
static unsigned int running;

static void tell_waiters(void)
{
	while (running == 0 && waiters) {
		struct version_waiter *waiter = waiters;
		waiters = waiter->next;
		waiter->known(waiter);
	}
}

/* Reads once, because a command may print without end. */
static void read_answer(struct probe *probe)
{
	char rest[512];
	bool full = probe->size == sizeof probe->text;
	ssize_t size = read(probe->pipe.fd, full ? rest : probe->text + probe->size,
			    full ? sizeof rest : sizeof probe->text - probe->size);
	if (size > 0 && !full)
		probe->size += (size_t)size;
	if (size == 0)
		source_watch(&probe->pipe, 0);
}

static void finish(struct probe *probe)
{
	char *version = probe->language->version;
	size_t line = 0;
	while (line < probe->size && probe->text[line] != '\n' && probe->text[line] != '\r')
		line++;
	/* The interpreter may have reported its version in the meantime. */
	if (!*version) {
		size_t size = text_copy(version, sizeof probe->language->version - 1, probe->text, line);
		version[size] = '\0';
	}
	timer_clear(&probe->deadline);
	source_close(&probe->pipe);
	cgroup_kill(probe->cgroup);
	cgroup_release(probe->cgroup);
	probe->running = false;
	probe->asked = true;
	running--;
	tell_waiters();
}

static void exited(struct child *child, int status)
{
	(void)status;
	struct probe *probe = PROBE_OF(child, child);
	read_answer(probe);
	finish(probe);
}

static void pipe_ready(struct source *source, uint32_t events)
{
	(void)events;
	read_answer(PROBE_OF(pipe, source));
}

static void overdue(struct timer *timer)
{
	struct probe *probe = PROBE_OF(deadline, timer);
	child_forget(&probe->child);
	finish(probe);
}

/* stderr too, because some commands print their version there. */
static pid_t start_process(const struct probe *probe, int null, const struct pipe_ends *pipe)
{
	return process_start(&(struct command){
		.argv = probe->language->manifest.version,
		.directory = probe->language->directory,
		.input = null,
		.output = pipe->process,
		.errors = pipe->process,
		.control = -1,
		.failure = null,
		.cgroup = probe->cgroup,
	});
}

/* Where the kernel is so slow that interpreters have longer, programs have as much longer. */
static uint32_t answer_time(void)
{
	uint32_t ready = languages_ready_time();
	return ready > READY_MS ? VERSION_MS + ready - READY_MS : VERSION_MS;
}

static void start(struct probe *probe)
{
	struct pipe_ends pipe = NO_PIPE;
	probe->cgroup = cgroup_take();
	if (!probe->cgroup)
		return;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = null >= 0 && pipe_from_process(&pipe) ? start_process(probe, null, &pipe) : -1;
	if (null >= 0)
		close(null);
	pipe_close_process(&pipe);
	if (pid < 0) {
		pipe_close(&pipe);
		cgroup_release(probe->cgroup);
		return;
	}
	probe->size = 0;
	probe->running = true;
	running++;
	child_watch(&probe->child, pid, exited);
	source_open(&probe->pipe, pipe.agent, EPOLLIN, pipe_ready);
	timer_set(&probe->deadline, answer_time(), overdue);
}

void versions_await(struct version_waiter *waiter, void (*known)(struct version_waiter *waiter))
{
	size_t count;
	struct language *all = languages(&count);
	for (size_t i = 0; i < count; i++) {
		struct probe *probe = &probes[i];
		probe->language = &all[i];
		bool wanted = !*all[i].version && all[i].manifest.version[0];
		if (wanted && !probe->running && !probe->asked)
			start(probe);
	}
	waiter->known = known;
	waiter->next = waiters;
	waiters = waiter;
	tell_waiters();
}

void versions_forget(struct version_waiter *waiter)
{
	for (struct version_waiter **link = &waiters; *link; link = &(*link)->next) {
		if (*link == waiter) {
			*link = waiter->next;
			return;
		}
	}
}
