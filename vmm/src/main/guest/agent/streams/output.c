#define _GNU_SOURCE
#include "streams/output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define OUTPUT_OF(source) ((struct output *)((char *)(source) - offsetof(struct output, pipe)))

/*
 * Pipes whose writers outlive their operation. When the table is full, the oldest pipe is closed.
 */
#define ABANDONED_MAX 512

static uint8_t scratch[OUTPUT_QUANTUM];
static struct source abandoned[ABANDONED_MAX];
static unsigned int abandoned_next;

static size_t room_for(const struct output *output)
{
	if (output->log && logfile_is_behind(output->log))
		return 0;
	size_t room = output->stream ? stream_room(output->stream)
		      : output->sink ? sizeof scratch : 0;
	return room < sizeof scratch ? room : sizeof scratch;
}

enum step { STEP_READ, STEP_EMPTY, STEP_NO_ROOM, STEP_ENDED };

static enum step read_step(struct output *output)
{
	size_t room = room_for(output);
	if (room == 0)
		return STEP_NO_ROOM;
	ssize_t size = read(output->pipe.fd, scratch, room);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return STEP_EMPTY;
	if (size <= 0)
		return STEP_ENDED;
	output->last_read = now_us();
	output->bytes += (uint64_t)size;
	if (!output->stream) {
		output->sink(output, scratch, (size_t)size);
		return STEP_READ;
	}
	stream_send(output->stream, output->channel, scratch, (size_t)size);
	if (output->log)
		logfile_append(output->log, scratch, (size_t)size);
	return STEP_READ;
}

static void end(struct output *output)
{
	source_close(&output->pipe);
	if (output->ended)
		output->ended(output);
}

static void pipe_ready(struct source *source, uint32_t events)
{
	(void)events;
	struct output *output = OUTPUT_OF(source);
	switch (read_step(output)) {
	case STEP_NO_ROOM:
		/*
		 * epoll is level-triggered and always reports a hang-up, so stop watching until
		 * resumed.
		 */
		source_watch(source, 0);
		break;
	case STEP_ENDED:
		end(output);
		break;
	default:
		break;
	}
}

void output_open(struct output *output, int fd, struct stream *stream, uint8_t channel,
		 void (*ended)(struct output *output))
{
	*output = (struct output){.stream = stream, .channel = channel, .ended = ended,
				  .last_read = now_us()};
	source_open(&output->pipe, fd, EPOLLIN, pipe_ready);
}

void output_resume(struct output *output)
{
	if (output->pipe.fd >= 0)
		source_watch(&output->pipe, EPOLLIN);
}

bool output_read_until(struct output *output, uint64_t bytes)
{
	while (output->pipe.fd >= 0 && output->bytes < bytes) {
		switch (read_step(output)) {
		case STEP_READ:
			break;
		case STEP_EMPTY:
			return true;
		case STEP_NO_ROOM:
			return false;
		case STEP_ENDED:
			end(output);
			return true;
		}
	}
	return true;
}

bool output_read_waiting(struct output *output)
{
	return output_read_until(output, output->bytes + output_waiting(output));
}

size_t output_waiting(const struct output *output)
{
	int size = 0;
	if (output->pipe.fd < 0 || ioctl(output->pipe.fd, FIONREAD, &size) < 0)
		return 0;
	return (size_t)size;
}

static void drop(struct source *source, uint32_t events)
{
	(void)events;
	ssize_t size = read(source->fd, scratch, sizeof scratch);
	if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
		source_close(source);
}

void output_abandon(struct output *output)
{
	if (output->pipe.fd < 0)
		return;
	static bool started;
	for (int i = 0; !started && i < ABANDONED_MAX; i++)
		abandoned[i] = CLOSED_SOURCE;
	started = true;
	struct source *source = &abandoned[abandoned_next];
	for (unsigned int i = 0; i < ABANDONED_MAX && source->fd >= 0; i++)
		source = &abandoned[(abandoned_next + i) % ABANDONED_MAX];
	if (source->fd >= 0)
		source = &abandoned[abandoned_next];
	abandoned_next = ((unsigned int)(source - abandoned) + 1) % ABANDONED_MAX;
	source_close(source);
	source_open(source, source_release(&output->pipe), EPOLLIN, drop);
}

void output_close(struct output *output)
{
	source_close(&output->pipe);
}
