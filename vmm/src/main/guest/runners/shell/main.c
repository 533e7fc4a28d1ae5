/* The shell runner: runs the agent's calls in one bash. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bash.h"
#include "control.h"
#include "variables.h"

enum { INTERRUPTED_STATUS = 128 + SIGINT };

static bool running;
static bool interrupted;
static uint32_t call;
static int listing = -1; /* memory file of an INSPECT that waits for its answer */
static bool renewing;

static void start_call(const struct frame *frame)
{
	call = frame->id;
	if (frame->type == FRAME_INSPECT) {
		listing = bash_list_variables();
		running = true;
		return;
	}
	if (frame->type == FRAME_RENEW) {
		bash_renew();
		renewing = running = true;
		return;
	}
	if (frame->type == FRAME_WARM) {
		/* Bash started with this program, and has no modules. */
		control_done(call, OUTCOME_FINISHED, "", "", 0);
		return;
	}
	if (frame->type != FRAME_RUN) {
		_exit(1);
	}
	int error = bash_run(frame->code, frame->stdin_path);
	if (error != 0) {
		control_done(call, OUTCOME_ERROR, "RunnerError", strerror(error), error);
		return;
	}
	interrupted = false;
	running = true;
}

static void end_call(void)
{
	int status = bash_status();
	if (status < 0 || !running) {
		return; /* not the answer: wait for it */
	}
	running = false;
	if (renewing) {
		renewing = false;
		control_done(call, OUTCOME_FINISHED, "", "", 0);
	} else if (listing >= 0) {
		variables_report(listing, call);
		listing = -1;
		control_done(call, OUTCOME_FINISHED, "", "", 0);
	} else if (interrupted && status == INTERRUPTED_STATUS) {
		control_done(call, OUTCOME_INTERRUPTED, "Interrupted", "the code was interrupted", status);
	} else {
		control_done(call, OUTCOME_FINISHED, "", "", status);
	}
}

/* Ends in the same way as bash. */
static void end_with_bash(void)
{
	int status;
	if (waitpid(bash_pid(), &status, WNOHANG) != bash_pid()) {
		return; /* another child has ended */
	}
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		raise(WTERMSIG(status));
		_exit(128 + WTERMSIG(status));
	}
	if (running) {
		control_exiting(call, WEXITSTATUS(status));
	}
	_exit(WEXITSTATUS(status));
}

static void take_signal(int signals)
{
	int number = control_signal(signals);
	if (number == SIGCHLD) {
		end_with_bash();
	} else if (number == SIGINT && running && listing < 0 && !renewing) {
		interrupted = true;
		bash_interrupt();
	}
}

static void remember_initial_variables(void)
{
	int fresh = bash_list_variables();
	struct pollfd answer = {.fd = bash_status_descriptor(), .events = POLLIN};
	while (poll(&answer, 1, -1) < 0 && errno == EINTR) {
	}
	bash_status();
	variables_remember(fresh);
}

int main(void)
{
	control_open();
	int signals = control_open_signals();
	if (chdir("/workspace") < 0 && chdir("/") < 0) {
		return 1;
	}
	bash_start();
	remember_initial_variables();
	control_ready("bash");
	struct pollfd sources[] = {
	        {.fd = bash_status_descriptor(), .events = POLLIN},
	        {.fd = signals, .events = POLLIN},
	        {.fd = control_descriptor(), .events = POLLIN},
	};
	for (;;) {
		/* The agent sends nothing while a call is running. */
		sources[2].events = running ? 0 : POLLIN;
		if (poll(sources, 3, -1) < 0) {
			continue;
		}
		if (sources[0].revents & POLLIN) {
			end_call();
		} else if (sources[1].revents & POLLIN) {
			take_signal(signals);
		} else if (sources[2].revents & (POLLIN | POLLHUP)) {
			struct frame frame;
			if (running) {
				_exit(0); /* the agent is gone */
			}
			control_receive(&frame);
			start_call(&frame);
		}
	}
}
