/* The runner of languages in which each call is a program of its own. It compiles the program if the
   language needs that, and runs it. The language's manifest says how. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call_directory.h"
#include "child.h"
#include "control.h"
#include "recipe.h"
#include "signals.h"

static const char workspace[] = "/workspace";

static struct recipe recipe;
static uint32_t call;
static enum { IDLE, COMPILING, RUNNING } phase;
static pid_t child;
static int interrupts; /* how many the call has received */
static int input = -1; /* the call's stdin */

static void end_call(uint8_t outcome, const char *name, const char *text, int64_t status)
{
	phase = IDLE;
	call_directory_close();
	close(input);
	input = -1;
	control_done(call, outcome, name, text, status);
}

static void start(char *const *words, const char *directory, int standard_input)
{
	child = child_start(&(struct command){words, directory, standard_input}, &recipe);
	if (child < 0) {
		char text[160];
		snprintf(text, sizeof text, "cannot start a process: %s", strerror(errno));
		end_call(OUTCOME_ERROR, "RunnerError", text, 1);
	}
}

static void start_program(void)
{
	phase = RUNNING;
	start(recipe.run, workspace, input);
}

static void start_compiler(void)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	phase = COMPILING;
	start(recipe.compile, call_directory_path(), nothing);
	close(nothing);
}

static int open_input(const char *path)
{
	int file = open(*path ? path : "/dev/null", O_RDONLY | O_CLOEXEC);
	if (file >= 0 && *path) {
		unlink(path);
	}
	return file;
}

static void start_call(const struct frame *frame)
{
	call = frame->id;
	if (frame->type == FRAME_INSPECT || frame->type == FRAME_RENEW || frame->type == FRAME_WARM) {
		/* Between two calls there is nothing to list, renew or load. */
		control_done(call, OUTCOME_FINISHED, "", "", 0);
		return;
	}
	if (frame->type != FRAME_RUN) {
		_exit(1);
	}
	interrupts = 0;
	input = open_input(frame->stdin_path);
	int error = input < 0 ? errno : call_directory_open(recipe.language, recipe.file, frame->code);
	if (error != 0) {
		char text[160];
		snprintf(text, sizeof text, "cannot write the code below /tmp: %s", strerror(error));
		close(input);
		control_done(call, OUTCOME_ERROR, "RunnerError", text, 1);
	} else if (recipe.compile[0] != NULL) {
		start_compiler();
	} else {
		start_program();
	}
}

static void end_compiler(int status, int code)
{
	if (interrupts > 0) {
		end_call(OUTCOME_INTERRUPTED, "Interrupted", "the compiler was interrupted", code);
	} else if (status != 0) {
		end_call(OUTCOME_ERROR, "CompilationError",
		         "it does not compile, so nothing was run; the compiler's messages are in stderr", code);
	} else {
		start_program();
	}
}

static void end_program(int status, int code)
{
	if (interrupts > 0) {
		end_call(OUTCOME_INTERRUPTED, "Interrupted", "the program was interrupted", code);
	} else if (WIFSIGNALED(status)) {
		char text[160];
		snprintf(text, sizeof text, "the program was ended by signal %d (%s)", WTERMSIG(status),
		         strsignal(WTERMSIG(status)));
		end_call(OUTCOME_ERROR, signal_name(WTERMSIG(status)), text, code);
	} else {
		end_call(OUTCOME_FINISHED, "", "", code);
	}
}

static void end_child(void)
{
	int status;
	if (phase == IDLE || waitpid(child, &status, WNOHANG) != child) {
		return;
	}
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (phase == COMPILING) {
		end_compiler(status, code);
	} else {
		end_program(status, code);
	}
}

static void interrupt(void)
{
	if (phase != IDLE) {
		/* At the second interrupt the program has ignored the first. It has no state to lose. */
		kill(-child, interrupts++ == 0 ? SIGINT : SIGKILL);
	}
}

static void take_signal(int signals)
{
	int number = control_signal(signals);
	if (number == SIGCHLD) {
		end_child();
	} else if (number == SIGINT) {
		interrupt();
	}
}

int main(void)
{
	control_open();
	int signals = control_open_signals();
	recipe_read(&recipe);
	if (chdir(workspace) < 0 && chdir("/") < 0) {
		return 1;
	}
	/* The version is empty: it is the compiler's, and the manifest has the command for it. */
	control_ready("");
	struct pollfd sources[] = {
	        {.fd = signals, .events = POLLIN},
	        {.fd = control_descriptor(), .events = POLLIN},
	};
	for (;;) {
		/* The agent sends nothing while a call is running. */
		sources[1].events = phase == IDLE ? POLLIN : 0;
		if (poll(sources, 2, -1) < 0) {
			continue;
		}
		if (sources[0].revents & POLLIN) {
			take_signal(signals);
		} else if (sources[1].revents & (POLLIN | POLLHUP)) {
			struct frame frame;
			if (phase != IDLE) {
				_exit(0); /* the agent is gone */
			}
			control_receive(&frame);
			start_call(&frame);
		}
	}
}
