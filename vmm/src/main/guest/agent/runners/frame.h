/* The decoder of a runner's messages on its control socket (section 9 of the protocol). No I/O. */
#ifndef RUNNERS_FRAME_H
#define RUNNERS_FRAME_H

#include "protocol/wire.h"

/*
 * Passes a record frame on in the pieces in which it arrives, and collects other frames first. A
 * decoder of zeros is ready to use.
 */
struct runner_decoder {
	uint8_t head[9]; /* length, type and, for a record, the id */
	uint8_t head_size;
	uint32_t left; /* bytes of the payload that have not come yet */
	uint8_t *payload;
	uint32_t payload_size;
};

enum runner_event {
	RUNNER_EVENT_NONE,    /* all bytes are used, and no message is complete */
	RUNNER_EVENT_READY,   /* text: version */
	RUNNER_EVENT_RECORD,  /* id, bytes: a piece */
	RUNNER_EVENT_DONE,    /* id, outcome, name, text, status */
	RUNNER_EVENT_EXITING, /* id, status */
	RUNNER_EVENT_BROKEN,  /* the runner broke the protocol: text says how */
};

struct runner_message {
	uint32_t id;
	uint8_t outcome;
	int64_t status;
	struct slice bytes;
	struct slice name;
	struct slice text;
};

/*
 * Decodes up to the next event and advances *data. The slices of the message are valid until the
 * next call.
 */
enum runner_event runner_decode(struct runner_decoder *decoder, const uint8_t **data,
				const uint8_t *end, struct runner_message *message);

void runner_decoder_reset(struct runner_decoder *decoder);

#endif
