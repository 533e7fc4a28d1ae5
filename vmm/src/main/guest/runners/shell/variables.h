/* The listing of declare -p, as records of the agent protocol, section 6. */

#ifndef VARIABLES_H
#define VARIABLES_H

#include <stdint.h>

/* Remembers what is in the listing: a fresh shell's variables are not the user's. */
void variables_remember(int listing);

/* Sends the listing's variables that are new or changed since. */
void variables_report(int listing, uint32_t id);

#endif
