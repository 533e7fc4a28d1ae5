/*
 * The event loop: it watches descriptors and fires timers. There is one thread, so a handler must
 * not block. A handler may be called when nothing has happened.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct source {
	int fd; /* -1: closed */
	uint32_t events;
	bool watched;
	void (*ready)(struct source *source, uint32_t events);
};

#define CLOSED_SOURCE ((struct source){.fd = -1})

void loop_open(void);
/* Takes ownership of the descriptor and watches it. */
void source_open(struct source *source, int fd, uint32_t events,
		 void (*ready)(struct source *source, uint32_t events));
/* Changes the watched events. 0 stops watching, for hang-ups too. */
void source_watch(struct source *source, uint32_t events);
/* Stops watching. The caller owns the returned descriptor. */
int source_release(struct source *source);
void source_close(struct source *source);

struct timer {
	struct timer *next;
	int64_t at;
	bool set;
	void (*fire)(struct timer *timer);
};

void timer_set(struct timer *timer, int64_t milliseconds, void (*fire)(struct timer *timer));
void timer_clear(struct timer *timer);

/* The time of a clock. */
uint64_t clock_ns(clockid_t clock);

/* The monotonic time. */
int64_t now_us(void);

/* Waits for events once, until the next timer at most, and calls their handlers. */
void loop_turn(void);

#endif
