/* The decoder of what a runner sends on its control socket (section 9). Pure: no I/O. */
#ifndef RUNNERS_FRAME_H
#define RUNNERS_FRAME_H

#include "protocol/wire.h"

/*
 * A record frame is passed on in whatever pieces it arrives, the others are
 * collected first. A decoder of zeros is ready to use.
 */
struct runner_decoder {
	uint8_t head[9]; /* length, type and, of a record, the id */
	uint8_t head_size;
	uint32_t left; /* bytes of the payload that are still to come */
	uint8_t *payload;
	uint32_t payload_size;
};

enum runner_event {
	RUNNER_EVENT_NONE,    /* all bytes used, nothing complete yet */
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
 * Takes bytes from *data up to the next event, advancing it. The message's
 * slices are valid until the next call.
 */
enum runner_event runner_decode(struct runner_decoder *decoder, const uint8_t **data,
				const uint8_t *end, struct runner_message *message);

void runner_decoder_reset(struct runner_decoder *decoder);

#endif
