#include "loop/child.h"

#include "loop/console.h"
#include "loop/loop.h"

#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bounded, so that many zombies at once do not starve the other handlers. */
#define REAPED_AT_ONCE 64

static struct child *children;
static struct source death;
static struct timer more;

void child_watch(struct child *child, pid_t pid, void (*exited)(struct child *child, int status))
{
	child->pid = pid;
	child->exited = exited;
	child->next = children;
	children = child;
}

void child_forget(struct child *child)
{
	for (struct child **link = &children; child->pid && *link; link = &(*link)->next) {
		if (*link == child) {
			*link = child->next;
			break;
		}
	}
	child->pid = 0;
}

static void report(pid_t pid, int status)
{
	for (struct child *child = children; child; child = child->next) {
		if (child->pid == pid) {
			child_forget(child);
			child->exited(child, status);
			return;
		}
	}
	/*
	 * Not in the list: forgotten, an orphan, or a child that a process made with CLONE_PARENT.
	 */
}

static void reap(struct timer *timer)
{
	(void)timer;
	for (int i = 0; i < REAPED_AT_ONCE; i++) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
		if (pid <= 0)
			return;
		report(pid, status);
	}
	timer_set(&more, 0, reap);
}

static void death_ready(struct source *source, uint32_t events)
{
	(void)events;
	struct signalfd_siginfo info;
	while (read(source->fd, &info, sizeof info) > 0)
		;
	reap(NULL);
}

void children_open(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		die("cannot watch for exiting processes: %m");
	source_open(&death, fd, EPOLLIN, death_ready);
}
