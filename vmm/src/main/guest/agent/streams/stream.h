/* The streams: one for each operation in progress, with its flow control. */
#ifndef STREAMS_STREAM_H
#define STREAMS_STREAM_H

#include "protocol/frame.h"

struct arguments;
struct stream;

/* What begins an operation of the protocol (section 5). */
struct opener {
	uint16_t operation;
	/* Starts the operation on its new stream, which it will end. */
	void (*open)(struct stream *stream, const struct arguments *arguments);
};

/* Registers the operations that the host may open streams for. */
void streams_open(const struct opener *operations, size_t count);

/* CONFIGURE succeeded: from now on the host may open the other operations too. */
void streams_configured(void);

/* What an operation does on its stream. Every member but inputs may be NULL. */
struct handlers {
	uint8_t inputs; /* the channels it takes DATA on: bit n for channel n */
	void (*data)(struct stream *stream, uint8_t channel, struct slice data);
	void (*eof)(struct stream *stream, uint8_t channel);
	void (*signal)(struct stream *stream, int signal);
	void (*cancel)(struct stream *stream);
	/* There may be room again for what could not be sent. */
	void (*resume)(struct stream *stream);
};

struct stream {
	uint32_t id; /* 0: the slot is free */
	const struct handlers *handlers;
	void *state;
	uint32_t send_credit;    /* bytes the host still accepts */
	uint32_t receive_credit; /* bytes the host may still send */
	uint32_t consumed;       /* bytes passed on and not yet credited */
	uint8_t ended_inputs;    /* channels with EOF */
	uint8_t *end;            /* an END that waits for room */
	size_t end_size;
	bool abandoned;          /* the host knows nothing of it: what is sent goes nowhere */
};

void stream_frame(const struct frame *frame);

/* How many bytes of DATA may be sent now. */
size_t stream_room(const struct stream *stream);
void stream_send(struct stream *stream, uint8_t channel, const void *data, size_t size);

/* The operation passed on, or dropped, bytes that the host sent. */
void stream_consumed(struct stream *stream, uint32_t size);

/* END. The stream is gone when these return; its state is the caller's to free. */
void stream_end(struct stream *stream, uint16_t status, const char *message);
void stream_end_errno(struct stream *stream, int error, const char *what);
void stream_end_ok(struct stream *stream, const void *result, size_t size);
void stream_end_payload(struct stream *stream, const void *payload, size_t size);

/* Calls back every stream that may have something to send. */
void streams_resume(void);

/*
 * Before the machine is powered off: cancels every open stream but one. Those that
 * would end later are ended now; what served them must not go on.
 */
void streams_end_others(const struct stream *stream);

/*
 * The host is a new one, which knows none of the streams: cancels them all. One whose
 * operation takes a while to end keeps its place until then, but says nothing any more.
 */
void streams_abandon(void);

/* The greatest id that was ever opened. */
uint32_t streams_last_id(void);

#endif
