#include "protocol/hostname.h"

#include "protocol/protocol.h"

#include <stdbool.h>

static bool is_allowed(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-';
}

const char *hostname_problem(const char *name, size_t size)
{
	if (size > HOSTNAME_MAX)
		return "host name: longer than 63 bytes";
	for (size_t i = 0; i < size; i++)
		if (!is_allowed(name[i]))
			return "host name: may have letters, digits, dots and hyphens only";
	return NULL;
}
