/*
 * Data from the host to a process. It is written to the process's pipe. What the pipe does not take
 * is held, never more than the window. When the process no longer reads, the data is dropped.
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
/* Closes the pipe. Drops held data and all further data. */
void input_close(struct input *input);

#endif
