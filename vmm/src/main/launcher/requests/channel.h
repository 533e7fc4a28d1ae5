/* Messages with descriptors on a SOCK_SEQPACKET socket. Nothing here blocks. */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "requests/protocol.h"

struct received {
	char bytes[MAX_MESSAGE + 1];
	size_t length;
	int files[MAX_FILES];       /* close-on-exec; the caller closes them */
	int count;
	int error;                  /* with which to refuse it; 0 if it arrived whole */
};

/* Receives a message. Returns false if there is none now. */
bool channel_receive(int socket, struct received *message);

/* Whether the other end is closed and nothing is left to be received. */
bool channel_ended(int socket);

/*
 * Sends a message, with a text or bytes behind it, and a descriptor unless it is -1. Returns false
 * if there is no room now.
 */
bool channel_send(int socket, const struct message *message, const void *more, size_t length, int file);

#endif
