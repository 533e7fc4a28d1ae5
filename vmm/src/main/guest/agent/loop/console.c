#include "loop/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#define LAST_WORDS_US 300000

/*
 * Writes to /dev/kmsg, because the kernel may have started PID 1 without a console. The kernel
 * prints messages of critical level even if it was started with "quiet".
 */
static void say(const char *format, va_list arguments)
{
	char line[512] = "<2>microsandbox-agent: ";
	size_t prefix = strlen(line);
	vsnprintf(line + prefix, sizeof line - prefix, format, arguments);
	int kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (kmsg < 0) {
		dprintf(STDERR_FILENO, "%s\n", line + 3);
		return;
	}
	dprintf(kmsg, "%s\n", line);
	close(kmsg);
}

void complain_on_console(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

noreturn void power_off(void)
{
	/*
	 * A machine without ACPI ends by a reset, which "reboot=k" makes through the keyboard
	 * controller.
	 */
	for (;;) {
		reboot(RB_AUTOBOOT);
		sleep(1);
	}
}

noreturn void die(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	/* The kernel may find a virtio console only now. It then prints the messages so far. */
	usleep(LAST_WORDS_US);
	power_off();
}
