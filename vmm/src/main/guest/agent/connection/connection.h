/*
 * The connection to the host: the handshake, and frames in both directions.
 *
 * Outgoing frames are queued in one buffer of fixed size. The queue takes DATA only while it is
 * short, so that there is room for the answers to the host's frames. When there might be none, the
 * connection stops reading frames.
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

/* The users of the connection. It knows neither the streams nor what RENEW changes. */
struct connection_handlers {
	/* Handles a frame of a stream. */
	void (*frame)(const struct frame *frame);
	/* There may be room again for frames that did not fit. */
	void (*resume)(void);
	/* Handles a RENEW: writes the payload of RENEWED. */
	void (*renew)(const struct renewal *renewal, struct writer *answer);
};

/* Takes ownership of the port and sends HELLO. */
void connection_open(int port, const struct connection_handlers *handlers);

/* Returns how many bytes of DATA the queue takes now. */
size_t connection_room(void);
void connection_send_data(uint32_t stream, uint8_t channel, const void *data, size_t size);

/* Queues a control frame. False if there is no room: try again at the next resume. */
bool connection_send(uint8_t type, uint32_t stream, const void *payload, size_t size);

/* Writes queued frames to the port without blocking, and resumes whoever waits for room. */
void connection_flush(void);

/* Writes all queued frames to the port. Waits for the host to read, for a second at most. */
void connection_drain(void);

/* Reports a protocol error to the host with FATAL, and powers the machine off. */
noreturn void connection_fail(const char *reason);

#endif
