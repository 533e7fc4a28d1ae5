/*
 * What makes one machine another than its clones: clock, random state, names.
 * Functions that return false set errno.
 */
#ifndef MACHINE_IDENTITY_H
#define MACHINE_IDENTITY_H

#include "protocol/wire.h"

bool identity_set_clock(int64_t nanoseconds);

/* Credited in full; whatever draws from the kernel from now on depends on it. */
bool identity_add_entropy(struct slice entropy);

/*
 * Empty: unchanged. Names are written to /etc of the sandbox too, as far as that goes: there
 * they are the sandbox's own, which may have put anything in their place, or filled the disk.
 */
bool identity_set_hostname(struct slice name);
void identity_set_machine_id(const uint8_t *id);

#endif
