/*
 * A runner: the interpreter of a language, with its process, control socket and pipes. At most one
 * client has it at a time: a RUN, an INSPECT or a WARM.
 */
#ifndef RUNNERS_RUNNER_H
#define RUNNERS_RUNNER_H

#include "languages/language.h"
#include "loop/child.h"
#include "runners/frame.h"
#include "sandbox/cgroup.h"
#include "streams/output.h"

struct runner;

/* The callbacks of the client that has the runner. */
struct runner_client {
	/* The interpreter is idle, and the client may call it. Not called if it was idle at
	   runner_take(). If it ends before the client has made its call, a new one is started, and
	   this is called when that is idle. */
	void (*ready)(struct runner_client *client);
	/* The interpreter did not start. The runner is free again. */
	void (*failed)(struct runner_client *client, const char *reason);
	/* Returns how many bytes of records the client takes now. */
	size_t (*room)(struct runner_client *client);
	void (*record)(struct runner_client *client, const uint8_t *data, size_t size);
	void (*done)(struct runner_client *client, const struct runner_message *message);
	/*
	 * The interpreter has ended, with a status as from waitpid(). Its output is still in the
	 * pipes.
	 */
	void (*ended)(struct runner_client *client, int status);
	/* RESET has killed the interpreter. The runner is free again, without its pipes. */
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
		RUNNER_CALLED,   /* a call is not answered yet */
		RUNNER_RENEWING, /* a RENEW is not answered yet */
		RUNNER_EXITED,   /* the client still reads its output */
	} state;
	struct runner_client *client;
	bool waiting; /* the client has not called yet */
	bool unused;  /* this interpreter has had neither a RUN nor a WARM */
	bool has_run; /* it has had a RUN, whose threads may go on */
	struct child child;
	pid_t pid;
	struct cgroup *cgroup;
	struct source control;
	struct runner_decoder decoder;
	struct output output, errors;
	struct kept kept_output, kept_errors; /* printed while no client listened */
	struct timer deadline, ladder;
	/* How an interpreter with state ended, if no call has reported it yet. */
	enum runner_loss { LOSS_NONE, LOSS_ENDED, LOSS_MEMORY } loss;
	uint32_t oom_kills; /* kills in its group that calls have reported */
	bool stale; /* it shares its random state with clones: RENEW is its next call */
	int failure;
	int status;
	bool reaped;
	uint32_t call; /* the id of the newest call */
	int rung;
	bool exiting; /* EXITING came */
	int32_t exit_code;
};

#define RUNNER_OF(member, pointer) \
	((struct runner *)((char *)(pointer) - offsetof(struct runner, member)))

/* Returns the runner of a language. */
struct runner *runner_of(struct language *language);

/*
 * Whether a client has the runner, or has left a call that still runs. A call that RENEW has cut
 * off does not count: it is being stopped, and the next client waits for that.
 */
bool runner_is_busy(const struct runner *runner);

/* Whether it has not answered a call or a RENEW. */
bool runner_is_at_work(const struct runner *runner);

/* Continues reading the control socket. */
void runner_resume(struct runner *runner);

#endif
