/* Turns the output of declare -p into records (section 6 of the agent protocol). */

#ifndef VARIABLES_H
#define VARIABLES_H

#include <stdint.h>

/* Remembers a listing of a fresh shell, whose variables are not the user's. */
void variables_remember(int listing);

/* Sends the variables of a listing that are new or have changed since. */
void variables_report(int listing, uint32_t id);

#endif
