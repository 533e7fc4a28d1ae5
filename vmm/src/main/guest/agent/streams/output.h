/*
 * Output of a process. Its pipe is read while the host gives credit and the connection has room,
 * one quantum at a time, so that every stream gets its turn.
 */
#ifndef STREAMS_OUTPUT_H
#define STREAMS_OUTPUT_H

#include "loop/loop.h"
#include "streams/logfile.h"
#include "streams/stream.h"

#define OUTPUT_QUANTUM 16384

struct output {
	struct source pipe;
	struct stream *stream; /* NULL: output goes to the sink */
	uint8_t channel;
	uint64_t bytes;
	int64_t last_read; /* now_us() */
	struct logfile *log;
	/* Takes output while there is no stream. NULL: the pipe is not read then. */
	void (*sink)(struct output *output, const uint8_t *data, size_t size);
	/* The pipe has reached its end and is closed. May be NULL. */
	void (*ended)(struct output *output);
};

void output_open(struct output *output, int fd, struct stream *stream, uint8_t channel,
		 void (*ended)(struct output *output));
/* Continues reading: there may be credit, room or a listener again. */
void output_resume(struct output *output);
/* Reads until the total reaches bytes, or the pipe is empty. False if there is no room yet. */
bool output_read_until(struct output *output, uint64_t bytes);
/* Reads what is in the pipe now, and nothing that is written in the meantime. */
bool output_read_waiting(struct output *output);
/* Returns how many bytes are in the pipe. */
size_t output_waiting(const struct output *output);
/* Gives the pipe up. Other processes may still write to it; what they write is read and dropped. */
void output_abandon(struct output *output);
void output_close(struct output *output);

#endif
