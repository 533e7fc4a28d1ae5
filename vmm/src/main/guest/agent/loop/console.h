/* Messages on the guest's console, and the end of the machine. */
#ifndef LOOP_CONSOLE_H
#define LOOP_CONSOLE_H

#include <stdnoreturn.h>

void complain_on_console(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes the reason to the console and powers the machine off, because PID 1 must not exit. */
noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Powers the machine off at once. */
noreturn void power_off(void);

#endif
