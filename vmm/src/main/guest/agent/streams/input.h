/*
 * What the host sends to a process: written to its pipe as far as that takes it,
 * held back (never more than the window) until it takes more, dropped when
 * nobody reads any longer.
 */
#ifndef STREAMS_INPUT_H
#define STREAMS_INPUT_H

#include "loop/loop.h"
#include "streams/stream.h"

struct input {
	struct source pipe;
	struct stream *stream;
	uint8_t *held;
	uint32_t held_start, held_end;
	bool ended; /* the host sent EOF */
};

void input_open(struct input *input, struct stream *stream, int fd);
void input_data(struct input *input, struct slice data);
void input_eof(struct input *input);
/* Drops what is held and what is still to come. */
void input_close(struct input *input);

#endif
