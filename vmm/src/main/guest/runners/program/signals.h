/* Names of signals, which musl does not have. */

#ifndef SIGNALS_H
#define SIGNALS_H

/* "SIGSEGV"; of one without a name "Signal". */
const char *signal_name(int signal);

#endif
