#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	FRAME_READY = 16,
	FRAME_RECORD = 17,
	FRAME_DONE = 18,
	FRAME_EXITING = 19,
	RECORD_VARIABLE = 4,
	FRAME_LIMIT = 1 << 20,
	HEADER = 5,
	/* Above the range that shell code closes in loops, and low enough for a small descriptor table. */
	HIGH_DESCRIPTOR = 4000,
};

static int control = -1;

/* The frame that is being built. All frames sent are short. */
static uint8_t out[HEADER + 8192];
static size_t out_length;

int move_high(int fd)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		struct rlimit raised = limit;
		rlim_t wanted = HIGH_DESCRIPTOR + 64;
		if (raised.rlim_cur < wanted) {
			raised.rlim_cur = wanted < raised.rlim_max ? wanted : raised.rlim_max;
		}
		setrlimit(RLIMIT_NOFILE, &raised);
		int lowest = raised.rlim_cur >= wanted ? HIGH_DESCRIPTOR : (int)raised.rlim_cur - 64;
		int moved = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
		setrlimit(RLIMIT_NOFILE, &limit);
		if (moved >= 0) {
			close(fd);
			return moved;
		}
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

void control_open(void)
{
	const char *number = getenv("MICROSANDBOX_CONTROL_FD");
	if (number == NULL) {
		dprintf(STDERR_FILENO, "%s: started without MICROSANDBOX_CONTROL_FD; the agent starts it\n",
		        program_invocation_short_name);
		_exit(2);
	}
	control = move_high(atoi(number));
	unsetenv("MICROSANDBOX_CONTROL_FD");
}

int control_descriptor(void)
{
	return control;
}

int control_open_signals(void)
{
	sigset_t taken;
	sigemptyset(&taken);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGCHLD);
	sigprocmask(SIG_BLOCK, &taken, NULL);
	signal(SIGPIPE, SIG_IGN);
	return move_high(signalfd(-1, &taken, SFD_CLOEXEC));
}

int control_signal(int signals)
{
	struct signalfd_siginfo info;
	return read(signals, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static void read_fully(uint8_t *buffer, size_t length)
{
	while (length > 0) {
		ssize_t count = read(control, buffer, length);
		if (count > 0) {
			buffer += count;
			length -= (size_t)count;
		} else if (count == 0 || errno != EINTR) {
			_exit(0); /* the agent is gone */
		}
	}
}

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void control_receive(struct frame *frame)
{
	static uint8_t *payload;
	uint8_t header[HEADER];
	read_fully(header, sizeof header);
	uint32_t length = get_u32(header);
	frame->type = header[4];
	if (length > FRAME_LIMIT || length < 4) {
		_exit(1);
	}
	free(payload);
	payload = malloc((size_t)length + 2);
	if (payload == NULL) {
		_exit(1);
	}
	read_fully(payload, length);
	frame->id = get_u32(payload);
	if (frame->type != FRAME_RUN) {
		return;
	}
	/* Each string gets its NUL in place of the next length, or of the payload's end. */
	if (length < 12) {
		_exit(1);
	}
	uint32_t code_length = get_u32(payload + 4);
	if (code_length > length - 12) {
		_exit(1);
	}
	uint32_t stdin_length = get_u32(payload + 8 + code_length);
	if (stdin_length != length - 12 - code_length) {
		_exit(1);
	}
	frame->code = (char *)payload + 8;
	frame->stdin_path = (char *)payload + 12 + code_length;
	frame->code[code_length] = 0;
	frame->stdin_path[stdin_length] = 0;
}

static void put_u32(uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		out[out_length++] = (uint8_t)(value >> 8 * i);
	}
}

static void put_u64(uint64_t value)
{
	put_u32((uint32_t)value);
	put_u32((uint32_t)(value >> 32));
}

static void put_str(const char *text, size_t length)
{
	put_u32((uint32_t)length);
	memcpy(out + out_length, text, length);
	out_length += length;
}

static void begin(uint8_t type)
{
	out[4] = type;
	out_length = HEADER;
}

static void send_frame(void)
{
	uint32_t length = (uint32_t)(out_length - HEADER);
	for (int i = 0; i < 4; i++) {
		out[i] = (uint8_t)(length >> 8 * i);
	}
	for (size_t sent = 0; sent < out_length;) {
		ssize_t count = write(control, out + sent, out_length - sent);
		if (count >= 0) {
			sent += (size_t)count;
		} else if (errno != EINTR) {
			_exit(1); /* the agent is gone */
		}
	}
}

void control_ready(const char *version)
{
	begin(FRAME_READY);
	put_str(version, strlen(version));
	send_frame();
}

void control_done(uint32_t id, uint8_t outcome, const char *name, const char *text, int64_t status)
{
	begin(FRAME_DONE);
	put_u32(id);
	out[out_length++] = outcome;
	put_str(name, strlen(name));
	put_str(text, strlen(text));
	put_u64((uint64_t)status);
	send_frame();
}

void control_exiting(uint32_t id, int32_t code)
{
	begin(FRAME_EXITING);
	put_u32(id);
	put_u32((uint32_t)code);
	send_frame();
}

void control_variable(uint32_t id, const char *name, const char *type, uint64_t size,
                      const char *summary, size_t summary_length)
{
	size_t name_length = strlen(name);
	size_t type_length = strlen(type);
	begin(FRAME_RECORD);
	put_u32(id);
	put_u32((uint32_t)(1 + 4 + name_length + 4 + type_length + 8 + 4 + summary_length));
	out[out_length++] = RECORD_VARIABLE;
	put_str(name, name_length);
	put_str(type, type_length);
	put_u64(size);
	put_str(summary, summary_length);
	send_frame();
}
