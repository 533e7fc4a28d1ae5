/* RESET. */
#include "runners/operations.h"

#include "runners/interpreters.h"
#include "runners/life.h"

void reset_open(struct stream *stream, const struct arguments *arguments)
{
	uint32_t ran = 0;
	if (*arguments->reset.language) {
		struct runner *runner = interpreter_named(stream, arguments->reset.language);
		if (!runner)
			return;
		ran = runner_reset(runner);
	} else {
		size_t count;
		struct language *all = languages(&count);
		for (size_t i = 0; i < count; i++)
			ran += runner_reset(runner_of(&all[i]));
	}
	uint8_t result[4];
	struct writer writer = writer_into(result, sizeof result);
	write_u32(&writer, ran);
	stream_end_ok(stream, result, writer.size);
}
