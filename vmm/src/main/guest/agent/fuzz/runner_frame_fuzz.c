/* Bytes from a runner, in pieces whose size the first byte says. */
#include "protocol/protocol.h"
#include "runners/frame.h"

#include <stdlib.h>

static volatile size_t sink;

static void read_all(struct slice slice)
{
	for (uint32_t i = 0; i < slice.size; i++)
		sink += slice.data[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t piece = (size_t)*data++ + 1;
	const uint8_t *end = data + size - 1;
	struct runner_decoder decoder = {0};
	struct runner_message message;
	enum runner_event event = RUNNER_EVENT_NONE;
	while (data < end && event != RUNNER_EVENT_BROKEN) {
		const uint8_t *stop = (size_t)(end - data) < piece ? end : data + piece;
		do {
			event = runner_decode(&decoder, &data, stop, &message);
			read_all(message.bytes);
			read_all(message.name);
			read_all(message.text);
			if (data > stop || (event == RUNNER_EVENT_DONE && message.outcome > OUTCOME_INTERRUPTED))
				abort();
		} while (event != RUNNER_EVENT_NONE && event != RUNNER_EVENT_BROKEN);
	}
	runner_decoder_reset(&decoder);
	return 0;
}
