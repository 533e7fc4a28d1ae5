/* What the agent has to say to whoever reads the guest's console, and its end. */
#ifndef LOOP_CONSOLE_H
#define LOOP_CONSOLE_H

#include <stdnoreturn.h>

void complain_on_console(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why on the console and powers the machine off: PID 1 must not exit. */
noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Powers the machine off at once. */
noreturn void power_off(void);

#endif
