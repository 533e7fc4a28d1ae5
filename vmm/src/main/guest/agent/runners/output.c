#include "runners/output.h"

#include "protocol/protocol.h"
#include "protocol/text.h"

#include <stdlib.h>
#include <string.h>

/* Keeps the newest bytes. */
static void keep(struct kept *kept, const uint8_t *data, size_t size)
{
	if (!kept->data)
		kept->data = malloc(KEPT_OUTPUT_MAX);
	if (!kept->data)
		return;
	if (size > KEPT_OUTPUT_MAX - kept->size) {
		size_t excess = size - (KEPT_OUTPUT_MAX - kept->size);
		memmove(kept->data, kept->data + excess, kept->size - excess);
		kept->size -= excess;
	}
	memcpy(kept->data + kept->size, data, size);
	kept->size += size;
}

static void keep_output(struct output *output, const uint8_t *data, size_t size)
{
	keep(&RUNNER_OF(output, output)->kept_output, data, size);
}

static void keep_errors(struct output *output, const uint8_t *data, size_t size)
{
	keep(&RUNNER_OF(errors, output)->kept_errors, data, size);
}

static void drop_output(struct output *output, const uint8_t *data, size_t size)
{
	(void)output, (void)data, (void)size;
}

void runner_open_output(struct runner *runner, int output, int errors)
{
	output_open(&runner->output, output, NULL, CHANNEL_OUTPUT, NULL);
	output_open(&runner->errors, errors, NULL, CHANNEL_ERRORS, NULL);
	runner->output.sink = keep_output;
	runner->errors.sink = keep_errors;
}

void runner_keep_output(struct runner *runner)
{
	if (runner->output.sink == keep_output)
		return;
	output_read_waiting(&runner->output);
	output_read_waiting(&runner->errors);
	runner->output.sink = keep_output;
	runner->errors.sink = keep_errors;
}

void runner_drop_output(struct runner *runner)
{
	output_read_waiting(&runner->output);
	output_read_waiting(&runner->errors);
	runner->output.sink = runner->errors.sink = drop_output;
}

static void stop_listening(struct output *output)
{
	output->stream = NULL;
	output->log = NULL;
	output_resume(output);
}

void runner_ignore_output(struct runner *runner)
{
	stop_listening(&runner->output);
	stop_listening(&runner->errors);
	runner_resume(runner);
}

void runner_discard_output(struct runner *runner)
{
	runner_ignore_output(runner);
	runner->output.sink = runner->errors.sink = drop_output;
}

static void forget_kept(struct kept *kept)
{
	free(kept->data);
	*kept = (struct kept){0};
}

void runner_abandon_output(struct runner *runner)
{
	output_abandon(&runner->output);
	output_abandon(&runner->errors);
	forget_kept(&runner->kept_output);
	forget_kept(&runner->kept_errors);
}

void runner_last_output(struct runner *runner, char *text, size_t capacity)
{
	output_read_waiting(&runner->output);
	output_read_waiting(&runner->errors);
	struct kept *kept = runner->kept_errors.size > 0 ? &runner->kept_errors : &runner->kept_output;
	size_t size = kept->size < LAST_OUTPUT_MAX ? kept->size : LAST_OUTPUT_MAX;
	size_t used = text_copy(text, capacity - 1, kept->data + kept->size - size, size);
	text[used] = '\0';
}
