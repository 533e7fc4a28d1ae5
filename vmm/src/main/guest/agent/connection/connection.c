#include "connection/connection.h"

#include "loop/console.h"
#include "loop/loop.h"
#include "protocol/frame.h"
#include "protocol/protocol.h"
#include "protocol/text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef AGENT_BUILD
#define AGENT_BUILD "unknown"
#endif

#define DATA_QUEUE_MAX 131072
#define CONTROL_RESERVE (FRAME_HEADER + FRAME_PAYLOAD_MAX)
/* More than the answers to one frame take. */
#define ANSWER_RESERVE 4096
#define INPUT_MAX (2 * (FRAME_HEADER + FRAME_PAYLOAD_MAX))
#define READS_AT_ONCE 16
#define DRAIN_MS 1000

/* A mapping of its own with MADV_DONTFORK, so that child processes neither see nor copy it. */
struct buffers {
	uint8_t output[DATA_QUEUE_MAX + CONTROL_RESERVE + ANSWER_RESERVE];
	uint8_t input[INPUT_MAX];
};

static struct buffers *buffers;
static size_t output_start, output_end;
static size_t input_size;
static struct source port;
static const struct connection_handlers *handlers;
static bool accepted;
static bool input_waits;  /* frames stay in the input until there is room for answers */
static bool output_waits; /* a frame did not fit */

static void port_ready(struct source *source, uint32_t events);

static size_t queued(void)
{
	return output_end - output_start;
}

static size_t free_space(void)
{
	return sizeof buffers->output - queued();
}

size_t connection_room(void)
{
	size_t used = queued() + FRAME_HEADER + 1;
	if (used + 4096 > DATA_QUEUE_MAX) {
		output_waits = true;
		return 0;
	}
	size_t room = DATA_QUEUE_MAX - used;
	return room < FRAME_DATA_MAX ? room : FRAME_DATA_MAX;
}

static void append(const void *data, size_t size)
{
	if (sizeof buffers->output - output_end < size) {
		memmove(buffers->output, buffers->output + output_start, queued());
		output_end -= output_start;
		output_start = 0;
	}
	if (size > 0)
		memcpy(buffers->output + output_end, data, size);
	output_end += size;
}

void connection_send_data(uint32_t stream, uint8_t channel, const void *data, size_t size)
{
	uint8_t header[FRAME_HEADER];
	frame_header(header, FRAME_DATA, stream, (uint32_t)size + 1);
	append(header, sizeof header);
	append(&channel, 1);
	append(data, size);
}

bool connection_send(uint8_t type, uint32_t stream, const void *payload, size_t size)
{
	if (free_space() < FRAME_HEADER + size) {
		output_waits = true;
		return false;
	}
	uint8_t header[FRAME_HEADER];
	frame_header(header, type, stream, (uint32_t)size);
	append(header, sizeof header);
	append(payload, size);
	return true;
}

/* Returns whether the port has taken everything. */
static bool write_queue(void)
{
	while (queued() > 0) {
		ssize_t written = write(port.fd, buffers->output + output_start, queued());
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			return false;
		if (written < 0)
			die("cannot write to the host: %m");
		output_start += (size_t)written;
	}
	output_start = output_end = 0;
	return true;
}

void connection_drain(void)
{
	int64_t deadline = now_us() + DRAIN_MS * 1000;
	struct pollfd poll_port = {.fd = port.fd, .events = POLLOUT};
	while (!write_queue() && now_us() < deadline) {
		if (poll(&poll_port, 1, DRAIN_MS) > 0 && poll_port.revents & POLLHUP)
			return;
	}
}

noreturn void connection_fail(const char *reason)
{
	uint8_t payload[256];
	struct writer writer = writer_into(payload, sizeof payload);
	write_string(&writer, reason);
	complain_on_console("protocol error: %s", reason);
	connection_send(FRAME_FATAL, CONNECTION_STREAM, payload, writer.size);
	connection_drain();
	power_off();
}

static void send_hello(void)
{
	uint8_t payload[128];
	struct writer writer = writer_into(payload, sizeof payload);
	write_string(&writer, PROTOCOL_MAGIC);
	write_u16(&writer, PROTOCOL_VERSION);
	write_u16(&writer, PROTOCOL_VERSION);
	write_string(&writer, AGENT_BUILD);
	connection_send(FRAME_HELLO, CONNECTION_STREAM, payload, writer.size);
}

static void host_is_gone(void)
{
	/* A guest never outlives its host, so there is nothing to save. */
	power_off();
}

/*
 * Frames of the old connection may still be in the port's queue. The host drops everything up to
 * its token, and reads frames again after it.
 */
static void renew(const struct renewal *renewal)
{
	uint8_t payload[MESSAGE_MAX + 16];
	struct writer writer = writer_into(payload, sizeof payload);
	handlers->renew(renewal, &writer);
	output_start = output_end = 0;
	append(renewal->token, TOKEN_SIZE);
	connection_send(FRAME_RENEWED, CONNECTION_STREAM, payload, writer.size);
}

static void handle_frame(const struct frame *frame)
{
	if (!accepted && frame->type != FRAME_ACCEPT && frame->type != FRAME_FATAL)
		connection_fail("a frame before ACCEPT");
	switch (frame->type) {
	case FRAME_ACCEPT:
		if (accepted)
			connection_fail("a second ACCEPT");
		if (frame->version != PROTOCOL_VERSION)
			connection_fail("ACCEPT of a version that was not offered");
		accepted = true;
		break;
	case FRAME_PING: {
		uint8_t token[8];
		struct writer writer = writer_into(token, sizeof token);
		write_u64(&writer, frame->token);
		connection_send(FRAME_PONG, CONNECTION_STREAM, token, sizeof token);
		break;
	}
	case FRAME_PONG:
		break;
	case FRAME_RENEW:
		renew(&frame->renewal);
		break;
	case FRAME_FATAL:
		complain_on_console("the host gave up the connection: %.*s",
				    (int)frame->body.size, (const char *)frame->body.data);
		power_off();
	default:
		handlers->frame(frame);
	}
}

static void handle_input(void)
{
	size_t used = 0;
	input_waits = false;
	for (;;) {
		struct frame frame;
		const char *reason;
		if (free_space() < ANSWER_RESERVE) {
			input_waits = output_waits = true;
			break;
		}
		enum frame_result result =
			frame_decode(buffers->input + used, input_size - used, &frame, &reason);
		if (result == FRAME_INVALID)
			connection_fail(reason);
		if (result == FRAME_PARTIAL)
			break;
		handle_frame(&frame);
		used += frame.size;
	}
	input_size -= used;
	if (used > 0 && input_size > 0)
		memmove(buffers->input, buffers->input + used, input_size);
}

static void watch_port(bool writable)
{
	source_watch(&port, (input_waits ? 0u : (uint32_t)EPOLLIN) |
				    (writable ? 0u : (uint32_t)EPOLLOUT));
}

void connection_flush(void)
{
	bool writable = write_queue();
	if (output_waits && queued() <= DATA_QUEUE_MAX / 2) {
		output_waits = false;
		if (input_waits)
			handle_input();
		handlers->resume();
		writable = write_queue();
	}
	watch_port(writable);
}

static void port_ready(struct source *source, uint32_t events)
{
	for (int i = 0; i < READS_AT_ONCE && !input_waits; i++) {
		ssize_t size = read(source->fd, buffers->input + input_size, INPUT_MAX - input_size);
		if (size < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (size < 0)
			die("cannot read from the host: %m");
		if (size == 0)
			host_is_gone();
		input_size += (size_t)size;
		handle_input();
	}
	if (input_waits && events & EPOLLHUP)
		host_is_gone();
}

void connection_open(int fd, const struct connection_handlers *served)
{
	handlers = served;
	buffers = mmap(NULL, sizeof *buffers, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffers == MAP_FAILED || madvise(buffers, sizeof *buffers, MADV_DONTFORK) < 0)
		die("no memory for the connection: %m");
	send_hello();
	source_open(&port, fd, EPOLLIN, port_ready);
	connection_flush();
}
