/*
 * RENEW: this machine is a clone, or was rolled back. Its host is a new one, and what it
 * shares with others of its kind must become its own.
 */
#ifndef MACHINE_RENEW_H
#define MACHINE_RENEW_H

#include "protocol/frame.h"

/*
 * Ends all streams, takes over clock, names and entropy, and has the interpreters renew before
 * they do anything else. Writes the payload of RENEWED, which waits for none of them.
 */
void renew_machine(const struct renewal *renewal, struct writer *answer);

#endif
