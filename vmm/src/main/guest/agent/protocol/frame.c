#include "protocol/frame.h"

#include "protocol/hostname.h"
#include "protocol/protocol.h"

static enum frame_result invalid(const char **reason, const char *text)
{
	*reason = text;
	return FRAME_INVALID;
}

static bool on_connection(uint8_t type)
{
	return type == FRAME_ACCEPT || type == FRAME_PING || type == FRAME_PONG ||
	       type == FRAME_FATAL || type == FRAME_RENEW;
}

/* Returns the protocol error, or NULL. */
static const char *decode_renewal(struct reader *payload, struct renewal *renewal)
{
	struct slice token = read_raw(payload, TOKEN_SIZE);
	renewal->token = token.data;
	renewal->clock = (int64_t)read_u64(payload);
	renewal->hostname = read_slice(payload);
	renewal->machine_id = read_raw(payload, MACHINE_ID_SIZE);
	renewal->entropy = read_slice(payload);
	renewal->ready = read_u32(payload);
	if (payload->failed)
		return NULL;
	if (renewal->clock < 0)
		return "RENEW with a clock before 1970";
	if (hostname_problem((const char *)renewal->hostname.data, renewal->hostname.size))
		return "RENEW with an invalid host name";
	if (renewal->entropy.size < RENEW_ENTROPY_MIN || renewal->entropy.size > ENTROPY_MAX)
		return "RENEW with less than 64 or more than 512 bytes of entropy";
	if (renewal->ready < READY_MS_MIN || renewal->ready > READY_MS_MAX)
		return "RENEW with a time for interpreters that is not 1000 to 3600000";
	return NULL;
}

static enum frame_result decode_payload(struct frame *frame, struct reader payload,
					const char **reason)
{
	switch (frame->type) {
	case FRAME_ACCEPT:
		frame->version = read_u16(&payload);
		break;
	case FRAME_OPEN:
		frame->body = (struct slice){payload.next, (uint32_t)(payload.end - payload.next)};
		if (frame->body.size < 2)
			return invalid(reason, "OPEN without an operation");
		return FRAME_COMPLETE;
	case FRAME_DATA:
		frame->channel = read_u8(&payload);
		frame->body = (struct slice){payload.next, (uint32_t)(payload.end - payload.next)};
		if (payload.failed || frame->body.size == 0)
			return invalid(reason, "DATA without data");
		return FRAME_COMPLETE;
	case FRAME_EOF:
		frame->channel = read_u8(&payload);
		break;
	case FRAME_CREDIT:
		frame->credit = read_u32(&payload);
		if (!payload.failed && (frame->credit == 0 || frame->credit > WINDOW_MAX))
			return invalid(reason, "CREDIT out of range");
		break;
	case FRAME_SIGNAL:
		frame->signal = read_u8(&payload);
		if (!payload.failed && (frame->signal == 0 || frame->signal > 64))
			return invalid(reason, "SIGNAL out of range");
		break;
	case FRAME_CANCEL:
		break;
	case FRAME_PING:
	case FRAME_PONG:
		frame->token = read_u64(&payload);
		break;
	case FRAME_FATAL:
		frame->body = read_slice(&payload);
		break;
	case FRAME_RENEW: {
		const char *problem = decode_renewal(&payload, &frame->renewal);
		if (problem)
			return invalid(reason, problem);
		break;
	}
	default:
		return invalid(reason, "frame type that a host does not send");
	}
	if (!reader_finished(&payload))
		return invalid(reason, "payload of the wrong length");
	return FRAME_COMPLETE;
}

enum frame_result frame_decode(const uint8_t *data, size_t size, struct frame *frame,
			       const char **reason)
{
	if (size < FRAME_HEADER)
		return FRAME_PARTIAL;
	struct reader header = reader_of(data, FRAME_HEADER);
	uint32_t length = read_u32(&header);
	*frame = (struct frame){.stream = read_u32(&header)};
	frame->type = read_u8(&header);
	if (read_u8(&header) | read_u16(&header))
		return invalid(reason, "reserved header bytes that are not zero");
	if (length > FRAME_PAYLOAD_MAX)
		return invalid(reason, "frame longer than 65536 bytes");
	if (frame->stream > STREAM_ID_MAX)
		return invalid(reason, "stream id out of range");
	if (on_connection(frame->type) != (frame->stream == CONNECTION_STREAM))
		return invalid(reason, "frame on the wrong kind of stream");
	if (size - FRAME_HEADER < length)
		return FRAME_PARTIAL;
	frame->size = FRAME_HEADER + length;
	return decode_payload(frame, reader_of(data + FRAME_HEADER, length), reason);
}

void frame_header(uint8_t header[static 12], uint8_t type, uint32_t stream, uint32_t length)
{
	struct writer writer = writer_into(header, FRAME_HEADER);
	write_u32(&writer, length);
	write_u32(&writer, stream);
	write_u32(&writer, type);
}
