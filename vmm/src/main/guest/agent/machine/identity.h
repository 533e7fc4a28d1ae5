/*
 * The identity that tells a machine from its clones: clock, random state and names. Functions that
 * return false set errno.
 */
#ifndef MACHINE_IDENTITY_H
#define MACHINE_IDENTITY_H

#include "protocol/wire.h"

bool identity_set_clock(int64_t nanoseconds);

/* Adds entropy, credited in full, and reseeds the kernel's generator. */
bool identity_add_entropy(struct slice entropy);

/*
 * An empty name changes nothing. Both names are written to /etc of the sandbox too. That may fail
 * without an error, because the sandbox may have replaced the files or filled the disk.
 */
bool identity_set_hostname(struct slice name);
void identity_set_machine_id(const uint8_t *id);

#endif
