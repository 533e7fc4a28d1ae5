#include "streams/input.h"

#include "protocol/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define INPUT_OF(source) ((struct input *)((char *)(source) - offsetof(struct input, pipe)))

static void consumed(struct input *input, uint32_t size)
{
	if (input->stream && size > 0)
		stream_consumed(input->stream, size);
}

/* Writes without blocking. False when the pipe has no reader any more. */
static bool write_some(struct input *input, const uint8_t *data, uint32_t size, uint32_t *written)
{
	*written = 0;
	while (*written < size) {
		ssize_t step = write(input->pipe.fd, data + *written, size - *written);
		if (step < 0 && errno == EINTR)
			continue;
		if (step < 0)
			return errno == EAGAIN;
		*written += (uint32_t)step;
	}
	return true;
}

void input_close(struct input *input)
{
	source_close(&input->pipe);
	uint32_t left = input->held_end - input->held_start;
	free(input->held);
	input->held = NULL;
	input->held_start = input->held_end = 0;
	consumed(input, left);
}

static void pipe_ready(struct source *source, uint32_t events)
{
	(void)events;
	struct input *input = INPUT_OF(source);
	uint32_t written;
	bool open = write_some(input, input->held + input->held_start,
			       input->held_end - input->held_start, &written);
	input->held_start += written;
	consumed(input, written);
	if (!open) {
		input_close(input);
		return;
	}
	if (input->held_start < input->held_end)
		return;
	input->held_start = input->held_end = 0;
	source_watch(source, 0);
	if (input->ended)
		input_close(input);
}

void input_open(struct input *input, struct stream *stream, int fd)
{
	*input = (struct input){.stream = stream};
	source_open(&input->pipe, fd, 0, pipe_ready);
}

/* The window bounds held data, so it fits once the bytes already written are moved away. */
static bool hold(struct input *input, const uint8_t *data, uint32_t size)
{
	if (!input->held)
		input->held = malloc(WINDOW_INITIAL);
	if (!input->held)
		return false;
	if (WINDOW_INITIAL - input->held_end < size) {
		memmove(input->held, input->held + input->held_start,
			input->held_end - input->held_start);
		input->held_end -= input->held_start;
		input->held_start = 0;
	}
	memcpy(input->held + input->held_end, data, size);
	input->held_end += size;
	source_watch(&input->pipe, EPOLLOUT);
	return true;
}

void input_data(struct input *input, struct slice data)
{
	uint32_t written = 0;
	if (input->pipe.fd >= 0 && input->held_start == input->held_end &&
	    !write_some(input, data.data, data.size, &written))
		input_close(input);
	uint32_t left = data.size - written;
	if (input->pipe.fd >= 0 && left > 0 && hold(input, data.data + written, left)) {
		consumed(input, written);
		return;
	}
	consumed(input, data.size);
}

void input_eof(struct input *input)
{
	input->ended = true;
	if (input->held_start == input->held_end)
		input_close(input);
}
