/* Streams: one for each operation in progress, with flow control. */
#ifndef STREAMS_STREAM_H
#define STREAMS_STREAM_H

#include "protocol/frame.h"

struct arguments;
struct stream;

/* The function that opens an operation of the protocol (section 5). */
struct opener {
	uint16_t operation;
	/* Starts the operation on a new stream. The operation ends the stream. */
	void (*open)(struct stream *stream, const struct arguments *arguments);
};

/* Registers the operations that the host may open streams for. */
void streams_open(const struct opener *operations, size_t count);

/* Call this when CONFIGURE has succeeded: the host may then open the other operations too. */
void streams_configured(void);

/* The callbacks of an operation. Each may be NULL; with inputs, data and eof may not. */
struct handlers {
	uint8_t inputs; /* channels on which it accepts DATA: bit n for channel n */
	void (*data)(struct stream *stream, uint8_t channel, struct slice data);
	void (*eof)(struct stream *stream, uint8_t channel);
	void (*signal)(struct stream *stream, int signal);
	void (*cancel)(struct stream *stream);
	/* There may be credit or room again for DATA that could not be sent. */
	void (*resume)(struct stream *stream);
};

struct stream {
	uint32_t id; /* 0: the slot is free */
	const struct handlers *handlers;
	void *state;
	uint32_t send_credit;    /* bytes that the host still accepts */
	uint32_t receive_credit; /* bytes that the host may still send */
	uint32_t consumed;       /* bytes passed on, but not yet credited */
	uint8_t ended_inputs;    /* channels on which EOF came: bit n for channel n */
	uint8_t *end;            /* an END frame that waits for room; NULL: none */
	size_t end_size;
	bool abandoned;          /* the host no longer knows it: nothing is sent */
};

void stream_frame(const struct frame *frame);

/* Returns how many bytes of DATA may be sent now. */
size_t stream_room(const struct stream *stream);
void stream_send(struct stream *stream, uint8_t channel, const void *data, size_t size);

/* Call this when the operation has passed on, or dropped, bytes from the host. */
void stream_consumed(struct stream *stream, uint32_t size);

/* Each sends END and releases the stream. The caller still owns, and frees, the state. */
void stream_end(struct stream *stream, uint16_t status, const char *message);
void stream_end_errno(struct stream *stream, int error, const char *what);
void stream_end_ok(struct stream *stream, const void *result, size_t size);
void stream_end_payload(struct stream *stream, const void *payload, size_t size);

/* Resumes every stream. */
void streams_resume(void);

/*
 * Cancels every open stream but one, before the machine powers off. A stream whose operation would
 * take a while to end is ended at once, so its operation must not run any further.
 */
void streams_end_others(const struct stream *stream);

/*
 * Cancels every stream, because a new host knows none of them. A stream whose operation takes a
 * while to end keeps its slot until then, but sends nothing.
 */
void streams_abandon(void);

/* The greatest stream id that the host has opened. */
uint32_t streams_last_id(void);

#endif
