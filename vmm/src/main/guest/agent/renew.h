/*
 * RENEW: this machine is a clone, or was rolled back. Its host is a new one, and what it
 * shares with others of its kind must become its own.
 */
#ifndef RENEW_H
#define RENEW_H

#include "frame.h"

/* Ends all streams, takes over clock, names and entropy, and has the interpreters renew. */
void renew_begin(const struct renewal *renewal);

/* Whether the interpreters are done, or have had their time. */
bool renew_is_over(void);

/* Writes the payload of RENEWED. */
void renew_result(struct writer *writer);

#endif
