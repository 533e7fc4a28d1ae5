/*
 * The event loop: descriptors, timers, nothing else. One thread; a handler
 * never blocks. Handlers must bear being called without cause.
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
/* Takes over the descriptor and watches it. */
void source_open(struct source *source, int fd, uint32_t events,
		 void (*ready)(struct source *source, uint32_t events));
/* Changes what is watched for; 0 stops watching, hang-ups included. */
void source_watch(struct source *source, uint32_t events);
/* Stops watching and gives the descriptor back. */
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

/* What a clock says. */
uint64_t clock_ns(clockid_t clock);

/* Monotonic time. */
int64_t now_us(void);

/* Waits for events once, at most until the next timer, and handles them. */
void loop_turn(void);

#endif
