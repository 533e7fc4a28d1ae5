#include "loop/loop.h"

#include "loop/console.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 32

static int epoll = -1;
static struct timer *timers;

/*
 * The batch in progress. source_release() removes a source from it, so that it is not called later.
 */
static struct epoll_event batch[EVENTS_AT_ONCE];
static int batch_next, batch_size;

void loop_open(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		die("cannot create the event loop: %m");
}

void source_watch(struct source *source, uint32_t events)
{
	if (source->fd < 0 || (source->watched ? source->events : 0) == events)
		return;
	struct epoll_event event = {.events = events, .data.ptr = source};
	int operation = !source->watched ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
	if (epoll_ctl(epoll, operation, source->fd, &event) < 0)
		die("cannot watch descriptor %d: %m", source->fd);
	source->watched = events != 0;
	source->events = events;
}

void source_open(struct source *source, int fd, uint32_t events,
		 void (*ready)(struct source *source, uint32_t events))
{
	*source = (struct source){.fd = fd, .ready = ready};
	source_watch(source, events);
}

int source_release(struct source *source)
{
	int fd = source->fd;
	source_watch(source, 0);
	for (int i = batch_next; i < batch_size; i++)
		if (batch[i].data.ptr == source)
			batch[i].data.ptr = NULL;
	*source = CLOSED_SOURCE;
	return fd;
}

void source_close(struct source *source)
{
	if (source->fd >= 0)
		close(source_release(source));
}

uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t now_us(void)
{
	return (int64_t)(clock_ns(CLOCK_MONOTONIC) / 1000);
}

void timer_clear(struct timer *timer)
{
	for (struct timer **link = &timers; timer->set && *link; link = &(*link)->next) {
		if (*link == timer) {
			*link = timer->next;
			break;
		}
	}
	timer->set = false;
}

void timer_set(struct timer *timer, int64_t milliseconds, void (*fire)(struct timer *timer))
{
	timer_clear(timer);
	timer->at = now_us() + milliseconds * 1000;
	timer->fire = fire;
	timer->set = true;
	struct timer **link = &timers;
	while (*link && (*link)->at <= timer->at)
		link = &(*link)->next;
	timer->next = *link;
	*link = timer;
}

static int wait_ms(void)
{
	if (!timers)
		return -1;
	int64_t left = timers->at - now_us();
	if (left <= 0)
		return 0;
	left = (left + 999) / 1000;
	return left > 1000000 ? 1000000 : (int)left;
}

static void fire_timers(void)
{
	if (!timers)
		return;
	int64_t now = now_us();
	while (timers && timers->at <= now) {
		struct timer *timer = timers;
		timer_clear(timer);
		timer->fire(timer);
	}
}

void loop_turn(void)
{
	batch_size = epoll_wait(epoll, batch, EVENTS_AT_ONCE, wait_ms());
	if (batch_size < 0 && errno != EINTR)
		die("cannot wait for events: %m");
	for (batch_next = 0; batch_next < batch_size;) {
		struct epoll_event event = batch[batch_next++];
		struct source *source = event.data.ptr;
		if (source)
			source->ready(source, event.events);
	}
	batch_size = 0;
	fire_timers();
}
