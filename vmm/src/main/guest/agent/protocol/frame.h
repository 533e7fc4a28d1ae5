/* The frame decoder (section 2 of the protocol). It has no state and does no I/O. */
#ifndef PROTOCOL_FRAME_H
#define PROTOCOL_FRAME_H

#include "protocol/wire.h"

/* RENEW: the identity that tells this machine from its clones. */
struct renewal {
	const uint8_t *token; /* TOKEN_SIZE bytes */
	int64_t clock;        /* nanoseconds since the epoch */
	struct slice hostname;   /* empty: unchanged */
	struct slice machine_id; /* MACHINE_ID_SIZE bytes */
	struct slice entropy;
	uint32_t ready; /* milliseconds that an interpreter has to become ready */
};

struct frame {
	uint8_t type;
	uint32_t stream;
	size_t size; /* header and payload together, in the input */
	union {
		uint16_t version;    /* ACCEPT */
		uint8_t channel;     /* DATA, EOF */
		uint32_t credit;     /* CREDIT */
		uint8_t signal;      /* SIGNAL */
		uint64_t token;      /* PING, PONG */
		struct renewal renewal; /* RENEW */
	};
	struct slice body; /* OPEN: operation and arguments. DATA: bytes. FATAL: reason */
};

enum frame_result {
	FRAME_PARTIAL, /* it needs more bytes */
	FRAME_COMPLETE,
	FRAME_INVALID, /* a protocol error; *reason says which */
};

/* Decodes the frame at the start of data, which comes from the host. */
enum frame_result frame_decode(const uint8_t *data, size_t size, struct frame *frame,
			       const char **reason);

/* Writes the header of a frame. */
void frame_header(uint8_t header[static 12], uint8_t type, uint32_t stream, uint32_t length);

#endif
