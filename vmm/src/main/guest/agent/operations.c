#include "operations.h"

#include "protocol.h"

#include <errno.h>
#include <stdbool.h>

static bool configured;

static void dispatch(struct stream *stream, const struct arguments *arguments)
{
	switch (arguments->operation) {
	case OPERATION_EXEC:
		exec_open(stream, arguments);
		break;
	case OPERATION_RUN:
		run_open(stream, arguments);
		break;
	case OPERATION_RESET:
		reset_open(stream, arguments);
		break;
	case OPERATION_INSPECT:
		inspect_open(stream, arguments);
		break;
	case OPERATION_WARM:
		warm_open(stream, arguments);
		break;
	case OPERATION_INFO:
	case OPERATION_INFO_NOW:
		info_open(stream, arguments);
		break;
	case OPERATION_SHUTDOWN:
		shutdown_open(stream, arguments);
		break;
	case OPERATION_JOB_START:
		job_start_open(stream, arguments);
		break;
	case OPERATION_JOB_READ:
		job_read_open(stream, arguments);
		break;
	case OPERATION_JOB_STOP:
		job_stop_open(stream, arguments);
		break;
	case OPERATION_JOB_LIST:
		job_list_open(stream, arguments);
		break;
	default:
		file_open(stream, arguments);
	}
}

void operation_open(struct stream *stream, const struct arguments *arguments)
{
	static const struct handlers none;
	stream->handlers = &none;
	if (arguments->operation == OPERATION_CONFIGURE) {
		configured |= configure_open(stream, arguments);
		return;
	}
	if (!configured) {
		stream_end(stream, EPERM, "the first operation must be CONFIGURE");
		return;
	}
	dispatch(stream, arguments);
}
