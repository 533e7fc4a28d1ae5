/*
 * RENEW: this machine is a clone or was restored. It has a new host, and needs an identity and a
 * random state of its own.
 */
#ifndef MACHINE_RENEW_H
#define MACHINE_RENEW_H

#include "protocol/frame.h"

/*
 * Ends all streams, sets clock, names and entropy, and has every interpreter renew itself before
 * its next call. Writes the payload of RENEWED without waiting for the interpreters.
 */
void renew_machine(const struct renewal *renewal, struct writer *answer);

#endif
