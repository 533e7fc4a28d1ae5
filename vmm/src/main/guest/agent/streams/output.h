/*
 * What a process writes to a pipe: read as far as the host gives credit and the
 * connection has room, a quantum at a time so that all streams get their turn.
 */
#ifndef STREAMS_OUTPUT_H
#define STREAMS_OUTPUT_H

#include "loop/loop.h"
#include "streams/logfile.h"
#include "streams/stream.h"

#define OUTPUT_QUANTUM 16384

struct output {
	struct source pipe;
	struct stream *stream; /* NULL: nobody is listening */
	uint8_t channel;
	uint64_t bytes;
	int64_t last_read; /* now_us() */
	struct logfile *log;
	/* Gets what is read while there is no stream; NULL: then nothing is read. */
	void (*sink)(struct output *output, const uint8_t *data, size_t size);
	/* The pipe is at its end, and closed. May be NULL. */
	void (*ended)(struct output *output);
};

void output_open(struct output *output, int fd, struct stream *stream, uint8_t channel,
		 void (*ended)(struct output *output));
/* Reading may go on: there is credit, room, or a listener again. */
void output_resume(struct output *output);
/* Reads until bytes have been read in all, or nothing is there. False: there is no room yet. */
bool output_read_until(struct output *output, uint64_t bytes);
/* Reads what is in the pipe now, not what is written meanwhile. */
bool output_read_waiting(struct output *output);
/* How many bytes are waiting to be read. */
size_t output_waiting(const struct output *output);
/* Whoever still has the pipe open may go on writing: it is read and dropped. */
void output_abandon(struct output *output);
void output_close(struct output *output);

#endif
