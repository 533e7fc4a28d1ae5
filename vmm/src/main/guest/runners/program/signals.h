/* Names of signals, which musl lacks. */

#ifndef SIGNALS_H
#define SIGNALS_H

/* For example "SIGSEGV"; "Signal" for one without a name. */
const char *signal_name(int signal);

#endif
