/* The payload of an OPEN frame alone: further into it than through whole frames. */
#include "protocol/arguments.h"
#include "protocol/protocol.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arguments arguments;
	const char *reason = NULL;
	if (size > FRAME_PAYLOAD_MAX)
		return 0;
	enum arguments_result result =
		arguments_decode((struct slice){data, (uint32_t)size}, &arguments, &reason);
	if (result == ARGUMENTS_BAD && !*reason)
		abort();
	if (result != ARGUMENTS_OK || arguments.operation != OPERATION_EXEC)
		return 0;
	size_t count = 0, bytes = 0;
	for (; arguments.exec.argv[count]; count++)
		bytes += strlen(arguments.exec.argv[count]);
	if (count < 1 || count > ARGV_MAX || bytes > ARGV_BYTES_MAX)
		abort();
	for (char **entry = arguments.exec.environment; *entry; entry++)
		if (!strchr(*entry, '='))
			abort();
	return 0;
}
