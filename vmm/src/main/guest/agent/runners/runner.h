/*
 * A language's interpreter: its process, its control socket, its pipes. At most
 * one client at a time has it: a RUN, or an INSPECT.
 */
#ifndef RUNNERS_RUNNER_H
#define RUNNERS_RUNNER_H

#include "languages/language.h"
#include "loop/child.h"
#include "runners/frame.h"
#include "sandbox/cgroup.h"
#include "streams/output.h"

struct runner;

/* What the runner tells the one who has it. */
struct runner_client {
	/* The interpreter is there and idle. Not called when it was at runner_take. One that ends
	   before the client has made its call is started anew, with nobody told but by this. */
	void (*ready)(struct runner_client *client);
	/* It could not be started; the runner is free again. */
	void (*failed)(struct runner_client *client, const char *reason);
	/* How many bytes of records are welcome now. */
	size_t (*room)(struct runner_client *client);
	void (*record)(struct runner_client *client, const uint8_t *data, size_t size);
	void (*done)(struct runner_client *client, const struct runner_message *message);
	/* The interpreter is gone; status as from waitpid. What it printed is still in the pipes. */
	void (*ended)(struct runner_client *client, int status);
	/* A reset: the same, but the runner is free already, with its pipes. */
	void (*reset)(struct runner_client *client);
};

struct kept {
	uint8_t *data;
	size_t size;
};

struct runner {
	struct language *language;
	enum {
		RUNNER_ABSENT,
		RUNNER_STARTING,
		RUNNER_IDLE,
		RUNNER_CALLED, /* a call was sent and not answered */
		RUNNER_RENEWING, /* a RENEW was */
		RUNNER_EXITED, /* for its client to read what is left */
	} state;
	struct runner_client *client;
	bool waiting; /* the client has not made its call yet */
	bool unused;  /* no code has run in this interpreter, and nothing warmed it */
	bool has_run; /* code has, and may have left something that goes on */
	struct child child;
	pid_t pid;
	struct cgroup *cgroup;
	struct source control;
	struct runner_decoder decoder;
	struct output output, errors;
	struct kept kept_output, kept_errors; /* printed while nobody was listening */
	struct timer deadline, ladder;
	/* Whether one with a call's state ended since the last call was told of such a thing. */
	enum runner_loss { LOSS_NONE, LOSS_ENDED, LOSS_MEMORY } loss;
	uint32_t oom_kills; /* those in its group that a call has told of */
	bool stale; /* its random state is that of all clones: it renews before it does anything else */
	int failure;
	int status;
	bool reaped;
	uint32_t call; /* the newest id */
	int rung;
	bool exiting; /* the interpreter said that it is about to exit */
	int32_t exit_code;
};

#define RUNNER_OF(member, pointer) \
	((struct runner *)((char *)(pointer) - offsetof(struct runner, member)))

/* The runner of a language. */
struct runner *runner_of(struct language *language);

/*
 * Whether somebody has it, or has left it at work. What was at work when the machine became
 * another one is being stopped, and may be waited for.
 */
bool runner_is_busy(const struct runner *runner);

/* Whether it has a call that is not answered. */
bool runner_is_at_work(const struct runner *runner);

/* Reading of the control socket may go on. */
void runner_resume(struct runner *runner);

#endif
