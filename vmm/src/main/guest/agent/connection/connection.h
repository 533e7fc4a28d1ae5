/*
 * The connection to the host: handshake, frames in and out.
 *
 * What goes out is queued in one buffer of fixed size. DATA is only accepted
 * while the queue is short, so that the answers to the host's frames always
 * fit; where even they might not, no more frames are read.
 */
#ifndef CONNECTION_CONNECTION_H
#define CONNECTION_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

struct frame;
struct renewal;
struct writer;

/* What the connection serves. It knows neither the streams nor what RENEW changes. */
struct connection_handlers {
	/* A frame of a stream. */
	void (*frame)(const struct frame *frame);
	/* There may be room again for what could not be sent. */
	void (*resume)(void);
	/* A RENEW: writes the payload of RENEWED. */
	void (*renew)(const struct renewal *renewal, struct writer *answer);
};

/* Takes over the port and sends HELLO. */
void connection_open(int port, const struct connection_handlers *handlers);

/* How many bytes of a DATA frame may be sent now. */
size_t connection_room(void);
void connection_send_data(uint32_t stream, uint8_t channel, const void *data, size_t size);

/* Queues a control frame; false if there is no room: try again when resumed. */
bool connection_send(uint8_t type, uint32_t stream, const void *payload, size_t size);

/* Hands what is queued to the port as far as it goes, and resumes what waited for room. */
void connection_flush(void);

/* Hands over all that is queued, waiting for a host that reads, but not for long. */
void connection_drain(void);

/* Tells the host of its protocol error and powers the machine off. */
noreturn void connection_fail(const char *reason);

#endif
