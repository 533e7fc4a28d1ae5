#include "runners/frame.h"

#include "protocol/protocol.h"

#include <stdlib.h>
#include <string.h>

static enum runner_event broken(struct runner_message *message, const char *how)
{
	message->text = (struct slice){(const uint8_t *)how, (uint32_t)strlen(how)};
	return RUNNER_EVENT_BROKEN;
}

void runner_decoder_reset(struct runner_decoder *decoder)
{
	free(decoder->payload);
	*decoder = (struct runner_decoder){0};
}

static uint32_t min_u32(size_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

/* The size of the current head, as far as it is known yet. */
static uint8_t head_wanted(const struct runner_decoder *decoder)
{
	bool record = decoder->head_size >= RUNNER_FRAME_HEADER && decoder->head[4] == RUNNER_RECORD;
	return record ? RUNNER_FRAME_HEADER + 4 : RUNNER_FRAME_HEADER;
}

static bool fill_head(struct runner_decoder *decoder, const uint8_t **data, const uint8_t *end)
{
	while (decoder->head_size < head_wanted(decoder)) {
		if (*data == end)
			return false;
		decoder->head[decoder->head_size++] = *(*data)++;
	}
	return true;
}

static enum runner_event decode_payload(struct runner_decoder *decoder,
					struct runner_message *message)
{
	struct reader in = reader_of(decoder->payload, decoder->payload_size);
	enum runner_event event;
	switch (decoder->head[4]) {
	case RUNNER_READY:
		event = RUNNER_EVENT_READY;
		message->text = read_slice(&in);
		break;
	case RUNNER_DONE:
		event = RUNNER_EVENT_DONE;
		message->id = read_u32(&in);
		message->outcome = read_u8(&in);
		message->name = read_slice(&in);
		message->text = read_slice(&in);
		message->status = (int64_t)read_u64(&in);
		if (message->outcome > OUTCOME_INTERRUPTED)
			return broken(message, "an outcome out of range");
		break;
	default:
		event = RUNNER_EVENT_EXITING;
		message->id = read_u32(&in);
		message->status = (int32_t)read_u32(&in);
		break;
	}
	return reader_finished(&in) ? event : broken(message, "a malformed payload");
}

/* Checks a complete head and allocates the payload. Returns the protocol error, or NULL. */
static const char *begin_frame(struct runner_decoder *decoder)
{
	struct reader in = reader_of(decoder->head, decoder->head_size);
	uint32_t length = read_u32(&in);
	uint8_t type = read_u8(&in);
	if (length > RUNNER_PAYLOAD_MAX)
		return "a frame longer than 1 MiB";
	if (type == RUNNER_RECORD) {
		if (length < 4)
			return "a record without an id";
		decoder->left = length - 4;
		return NULL;
	}
	if (type != RUNNER_READY && type != RUNNER_DONE && type != RUNNER_EXITING)
		return "a frame of unknown type";
	decoder->payload = malloc(length + 1);
	if (!decoder->payload)
		return "a frame for which there is no memory";
	decoder->payload_size = 0;
	decoder->left = length;
	return NULL;
}

static void end_frame(struct runner_decoder *decoder)
{
	decoder->head_size = 0;
}

enum runner_event runner_decode(struct runner_decoder *decoder, const uint8_t **data,
				const uint8_t *end, struct runner_message *message)
{
	*message = (struct runner_message){0};
	for (;;) {
		bool begun = decoder->head_size >= RUNNER_FRAME_HEADER &&
			     decoder->head_size == head_wanted(decoder);
		if (!begun) {
			free(decoder->payload);
			decoder->payload = NULL;
			if (!fill_head(decoder, data, end))
				return RUNNER_EVENT_NONE;
			const char *how = begin_frame(decoder);
			if (how)
				return broken(message, how);
		}
		uint32_t piece = min_u32((size_t)(end - *data), decoder->left);
		const uint8_t *bytes = *data;
		*data += piece;
		decoder->left -= piece;
		if (decoder->head[4] == RUNNER_RECORD) {
			struct reader id = reader_of(decoder->head + RUNNER_FRAME_HEADER, 4);
			message->id = read_u32(&id);
			message->bytes = (struct slice){bytes, piece};
			if (decoder->left == 0)
				end_frame(decoder);
			if (piece > 0)
				return RUNNER_EVENT_RECORD;
			if (decoder->left > 0)
				return RUNNER_EVENT_NONE;
			continue;
		}
		if (piece > 0)
			memcpy(decoder->payload + decoder->payload_size, bytes, piece);
		decoder->payload_size += piece;
		if (decoder->left > 0)
			return RUNNER_EVENT_NONE;
		end_frame(decoder);
		return decode_payload(decoder, message);
	}
}
