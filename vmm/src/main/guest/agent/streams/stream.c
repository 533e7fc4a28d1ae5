#include "streams/stream.h"

#include "connection/connection.h"
#include "protocol/arguments.h"
#include "protocol/protocol.h"
#include "protocol/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CREDIT_STEP 65536
#define UNKNOWN_OPERATION "this agent does not know the operation"

static const struct opener *operations;
static size_t operation_count;
static bool configured;
static struct stream streams[STREAMS_MAX];
static uint32_t last_id;

void streams_open(const struct opener *registered, size_t count)
{
	operations = registered;
	operation_count = count;
}

void streams_configured(void)
{
	configured = true;
}

static struct stream *find(uint32_t id)
{
	for (int i = 0; i < STREAMS_MAX; i++)
		if (streams[i].id == id && !streams[i].abandoned)
			return &streams[i];
	return NULL;
}

static void send_credit(struct stream *stream)
{
	uint8_t payload[4];
	if (stream->abandoned)
		return;
	struct writer writer = writer_into(payload, sizeof payload);
	write_u32(&writer, stream->consumed);
	if (connection_send(FRAME_CREDIT, stream->id, payload, sizeof payload)) {
		stream->receive_credit += stream->consumed;
		stream->consumed = 0;
	}
}

void stream_consumed(struct stream *stream, uint32_t size)
{
	stream->consumed += size;
	if (stream->consumed >= CREDIT_STEP)
		send_credit(stream);
}

size_t stream_room(const struct stream *stream)
{
	if (stream->abandoned)
		return FRAME_DATA_MAX;
	if (stream->send_credit == 0)
		return 0;
	size_t room = connection_room();
	return room < stream->send_credit ? room : stream->send_credit;
}

void stream_send(struct stream *stream, uint8_t channel, const void *data, size_t size)
{
	if (stream->abandoned)
		return;
	stream->send_credit -= (uint32_t)size;
	connection_send_data(stream->id, channel, data, size);
}

static void release(struct stream *stream)
{
	free(stream->end);
	*stream = (struct stream){0};
}

static void send_end(struct stream *stream)
{
	if (connection_send(FRAME_END, stream->id, stream->end, stream->end_size))
		release(stream);
}

void stream_end_payload(struct stream *stream, const void *payload, size_t size)
{
	static const struct handlers ended;
	if (stream->abandoned || connection_send(FRAME_END, stream->id, payload, size)) {
		release(stream);
		return;
	}
	stream->handlers = &ended;
	stream->state = NULL;
	stream->end = malloc(size);
	if (!stream->end)
		connection_fail("no memory for a result");
	memcpy(stream->end, payload, size);
	stream->end_size = size;
}

void stream_end(struct stream *stream, uint16_t status, const char *message)
{
	uint8_t payload[MESSAGE_MAX + 8];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u16(&writer, status);
	write_message(&writer, message);
	stream_end_payload(stream, payload, writer.size);
}

void stream_end_errno(struct stream *stream, int error, const char *what)
{
	char message[256];
	snprintf(message, sizeof message, "%s: %s", what, strerror(error));
	stream_end(stream, (uint16_t)error, message);
}

void stream_end_ok(struct stream *stream, const void *result, size_t size)
{
	static uint8_t payload[FRAME_PAYLOAD_MAX];
	struct writer writer = writer_into(payload, sizeof payload);
	write_u16(&writer, STATUS_OK);
	write_string(&writer, "");
	write_raw(&writer, result, size);
	stream_end_payload(stream, payload, writer.size);
}

static void begin(struct stream *stream, const struct arguments *arguments)
{
	static const struct handlers none;
	stream->handlers = &none;
	if (!configured && arguments->operation != OPERATION_CONFIGURE) {
		stream_end(stream, EPERM, "the first operation must be CONFIGURE");
		return;
	}
	for (size_t i = 0; i < operation_count; i++) {
		if (operations[i].operation == arguments->operation) {
			operations[i].open(stream, arguments);
			return;
		}
	}
	stream_end(stream, STATUS_UNKNOWN_OPERATION, UNKNOWN_OPERATION);
}

static void open_stream(const struct frame *frame)
{
	if (frame->stream <= last_id)
		connection_fail("OPEN of a stream id that is not greater than all before");
	last_id = frame->stream;

	struct arguments arguments;
	const char *reason = NULL;
	enum arguments_result result = arguments_decode(frame->body, &arguments, &reason);
	if (result == ARGUMENTS_MALFORMED)
		connection_fail("OPEN with malformed arguments");

	struct stream *stream = find(0);
	struct stream refused = {.id = frame->stream};
	bool full = !stream;
	if (full)
		stream = &refused;
	*stream = (struct stream){
		.id = frame->stream,
		.send_credit = WINDOW_INITIAL,
		.receive_credit = WINDOW_INITIAL,
	};
	if (full)
		stream_end(stream, EAGAIN, "64 operations are in progress: wait for one to end");
	else if (result == ARGUMENTS_UNKNOWN)
		stream_end(stream, STATUS_UNKNOWN_OPERATION, UNKNOWN_OPERATION);
	else if (result == ARGUMENTS_BAD)
		stream_end(stream, STATUS_BAD_ARGUMENT, reason);
	else
		begin(stream, &arguments);
}

static void receive_data(struct stream *stream, const struct frame *frame)
{
	if (frame->channel > 7 || !(stream->handlers->inputs & 1u << frame->channel))
		connection_fail("DATA on a channel that the operation does not use");
	if (stream->ended_inputs & 1u << frame->channel)
		connection_fail("DATA after EOF");
	if (frame->body.size > stream->receive_credit)
		connection_fail("DATA beyond the credit");
	stream->receive_credit -= frame->body.size;
	stream->handlers->data(stream, frame->channel, frame->body);
}

static void receive_eof(struct stream *stream, uint8_t channel)
{
	if (channel > 7 || !(stream->handlers->inputs & 1u << channel))
		connection_fail("EOF on a channel that the operation does not use");
	if (stream->ended_inputs & 1u << channel)
		connection_fail("a second EOF");
	stream->ended_inputs |= (uint8_t)(1u << channel);
	stream->handlers->eof(stream, channel);
}

static void receive_credit(struct stream *stream, uint32_t credit)
{
	if (credit > WINDOW_MAX - stream->send_credit)
		connection_fail("CREDIT beyond the largest window");
	stream->send_credit += credit;
	if (stream->handlers->resume)
		stream->handlers->resume(stream);
}

void stream_frame(const struct frame *frame)
{
	if (frame->type == FRAME_OPEN) {
		open_stream(frame);
		return;
	}
	if (frame->stream > last_id)
		connection_fail("a frame for a stream that was never opened");
	struct stream *stream = find(frame->stream);
	/* The stream has ended: the frame crossed its END on the wire. */
	if (!stream || stream->end)
		return;
	switch (frame->type) {
	case FRAME_DATA:
		receive_data(stream, frame);
		break;
	case FRAME_EOF:
		receive_eof(stream, frame->channel);
		break;
	case FRAME_CREDIT:
		receive_credit(stream, frame->credit);
		break;
	case FRAME_SIGNAL:
		if (stream->handlers->signal)
			stream->handlers->signal(stream, frame->signal);
		break;
	case FRAME_CANCEL:
		if (stream->handlers->cancel)
			stream->handlers->cancel(stream);
		break;
	}
}

void streams_resume(void)
{
	for (int i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &streams[i];
		if (stream->id == 0)
			continue;
		if (stream->end) {
			send_end(stream);
			continue;
		}
		if (stream->consumed >= CREDIT_STEP)
			send_credit(stream);
		if (stream->handlers->resume)
			stream->handlers->resume(stream);
	}
}

void streams_end_others(const struct stream *kept)
{
	for (int i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &streams[i];
		if (stream->id == 0 || stream == kept || stream->end)
			continue;
		uint32_t id = stream->id;
		if (stream->handlers->cancel)
			stream->handlers->cancel(stream);
		if (stream->id == id && !stream->end)
			stream_end(stream, STATUS_CANCELLED, "the machine is shutting down");
	}
}

void streams_abandon(void)
{
	for (int i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &streams[i];
		if (stream->id == 0 || stream->abandoned)
			continue;
		stream->abandoned = true;
		if (stream->end)
			release(stream);
		else if (stream->handlers->cancel)
			stream->handlers->cancel(stream);
	}
}

uint32_t streams_last_id(void)
{
	return last_id;
}
