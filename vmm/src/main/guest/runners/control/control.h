/* The control socket: frames of the agent protocol, section 9. */

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

/* Takes the socket from MICROSANDBOX_CONTROL_FD; moves it high, close-on-exec. */
void control_open(void);

int control_descriptor(void);

/* Moves a descriptor to a high number, close-on-exec. Returns the new one. */
int move_high(int fd);

/* Blocks SIGINT and SIGCHLD, which are read from the descriptor that is returned, and ignores
   SIGPIPE. */
int control_open_signals(void);

/* The number of the signal that has come; 0 where none has. */
int control_signal(int signals);

/* Reads one frame, waiting for the rest of it. The strings live until the next call.
   Exits where the agent is gone or breaks the protocol. */
void control_receive(struct frame *frame);

void control_ready(const char *version);

void control_done(uint32_t id, uint8_t outcome, const char *name, const char *text, int64_t status);

void control_exiting(uint32_t id, int32_t code);

void control_variable(uint32_t id, const char *name, const char *type, uint64_t size,
                      const char *summary, size_t summary_length);

#endif
