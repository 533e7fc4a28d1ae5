/* The control socket, which carries the frames of section 9 of the agent protocol. */

#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_RUN = 1, FRAME_INSPECT = 2, FRAME_RENEW = 3, FRAME_WARM = 4 };

enum { OUTCOME_FINISHED = 0, OUTCOME_ERROR = 1, OUTCOME_INTERRUPTED = 2 };

struct frame {
	uint8_t type;
	uint32_t id;
	char *code;  /* path, NUL-terminated; RUN only */
	char *stdin_path; /* empty: none; RUN only */
};

/* Takes the socket from MICROSANDBOX_CONTROL_FD. Gives it a high number, and close-on-exec. */
void control_open(void);

int control_descriptor(void);

/* Moves a descriptor to a high number, with close-on-exec. Returns the new number. */
int move_high(int fd);

/* Blocks SIGINT and SIGCHLD, and ignores SIGPIPE. Returns a descriptor from which the blocked signals
   are read. */
int control_open_signals(void);

/* Returns the number of a signal that has arrived, 0 if there is none. */
int control_signal(int signals);

/* Reads one whole frame, waiting if necessary. The strings are valid until the next call.
   Exits if the agent is gone or breaks the protocol. */
void control_receive(struct frame *frame);

void control_ready(const char *version);

void control_done(uint32_t id, uint8_t outcome, const char *name, const char *text, int64_t status);

void control_exiting(uint32_t id, int32_t code);

void control_variable(uint32_t id, const char *name, const char *type, uint64_t size,
                      const char *summary, size_t summary_length);

#endif
