/* Bytes from a host: frames, and the arguments of those that open a stream. */
#include "protocol/arguments.h"
#include "protocol/frame.h"
#include "protocol/protocol.h"

#include <stdlib.h>
#include <string.h>

static volatile size_t sink;

static void read_all(const char *text)
{
	if (text)
		sink += strlen(text);
}

static void read_list(char *const *list)
{
	for (; *list; list++)
		read_all(*list);
}

/* Every string that an operation would use must be whole. */
static void use(const struct arguments *arguments)
{
	switch (arguments->operation) {
	case OPERATION_CONFIGURE:
		read_all(arguments->configure.hostname);
		for (uint32_t i = 0; i < arguments->configure.entropy.size; i++)
			sink += arguments->configure.entropy.data[i];
		break;
	case OPERATION_EXEC:
		if (!arguments->exec.argv[0])
			abort();
		read_list(arguments->exec.argv);
		read_list(arguments->exec.environment);
		read_all(arguments->exec.directory);
		break;
	case OPERATION_RUN:
		read_all(arguments->run.language);
		break;
	case OPERATION_WARM:
		read_all(arguments->warm.language);
		read_list(arguments->warm.modules);
		break;
	case OPERATION_FILE_WRITE:
		if (arguments->write.mode > MODE_MAX)
			abort();
		read_all(arguments->write.path);
		break;
	case OPERATION_FILE_RENAME:
		read_all(arguments->rename.from);
		read_all(arguments->rename.to);
		break;
	default:
		break;
	}
}

static void use_slice(struct slice slice)
{
	for (uint32_t i = 0; i < slice.size; i++)
		sink += slice.data[i];
}

static void use_renewal(const struct renewal *renewal)
{
	if (renewal->clock < 0 || renewal->machine_id.size != MACHINE_ID_SIZE ||
	    renewal->hostname.size > HOSTNAME_MAX || renewal->entropy.size < RENEW_ENTROPY_MIN ||
	    renewal->entropy.size > ENTROPY_MAX)
		abort();
	use_slice((struct slice){renewal->token, TOKEN_SIZE});
	use_slice(renewal->hostname);
	use_slice(renewal->machine_id);
	use_slice(renewal->entropy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame;
	const char *reason = NULL;
	while (frame_decode(data, size, &frame, &reason) == FRAME_COMPLETE) {
		if (frame.size > size || frame.size < FRAME_HEADER ||
		    frame.size > FRAME_HEADER + FRAME_PAYLOAD_MAX)
			abort();
		use_slice(frame.body);
		if (frame.type == FRAME_RENEW)
			use_renewal(&frame.renewal);
		struct arguments arguments;
		if (frame.type == FRAME_OPEN) {
			enum arguments_result result = arguments_decode(frame.body, &arguments, &reason);
			if (result == ARGUMENTS_OK)
				use(&arguments);
			if (result == ARGUMENTS_BAD)
				read_all(reason);
		}
		data += frame.size;
		size -= frame.size;
	}
	return 0;
}
