/*
 * The agent's side of the file operations. A worker process does the work. The agent passes content
 * through, and sends as END what the worker writes at last.
 */
#include "files/operations.h"

#include "files/worker.h"
#include "loop/child.h"
#include "processes/pipes.h"
#include "processes/process.h"
#include "protocol/protocol.h"
#include "protocol/text.h"
#include "streams/input.h"
#include "streams/output.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* How long a cancelled worker may take to remove its temporary file. */
#define CANCEL_MS 1000

struct file {
	struct stream *stream;
	struct child child;
	struct input input;
	struct output output;
	struct pipe_ends result;
	struct timer cancelled;
	bool exited;
};

#define FILE_OF(member, pointer) ((struct file *)((char *)(pointer) - offsetof(struct file, member)))

static void release(struct file *file)
{
	child_forget(&file->child);
	timer_clear(&file->cancelled);
	file->input.stream = NULL;
	input_close(&file->input);
	output_close(&file->output);
	pipe_close(&file->result);
	free(file);
}

static void end_cancelled(struct file *file)
{
	struct stream *stream = file->stream;
	release(file);
	stream_end(stream, STATUS_CANCELLED, "cancelled");
}

static void check_end(struct file *file)
{
	if (!file->exited)
		return;
	if (file->cancelled.set) {
		end_cancelled(file);
		return;
	}
	if (file->output.pipe.fd >= 0)
		return;
	/*
	 * Larger than any result: a stat with the longest link target, or a message with a long
	 * path.
	 */
	uint8_t payload[8192];
	ssize_t size = read(file->result.agent, payload, sizeof payload);
	struct stream *stream = file->stream;
	release(file);
	if (size >= 6)
		stream_end_payload(stream, payload, (size_t)size);
	else
		stream_end_errno(stream, EIO, "the file worker was killed");
}

static void exited(struct child *child, int status)
{
	(void)status;
	struct file *file = FILE_OF(child, child);
	file->exited = true;
	input_close(&file->input);
	check_end(file);
}

static void output_ended(struct output *output)
{
	check_end(FILE_OF(output, output));
}

static void on_data(struct stream *stream, uint8_t channel, struct slice data)
{
	(void)channel;
	struct file *file = stream->state;
	input_data(&file->input, data);
}

static void on_eof(struct stream *stream, uint8_t channel)
{
	(void)channel;
	struct file *file = stream->state;
	/* After CANCEL the worker must not take the end of the pipe for the end of the content. */
	if (!file->cancelled.set)
		input_eof(&file->input);
}

static void give_up(struct timer *timer)
{
	struct file *file = FILE_OF(cancelled, timer);
	kill(file->child.pid, SIGKILL);
	end_cancelled(file);
}

static void on_cancel(struct stream *stream)
{
	struct file *file = stream->state;
	if (file->cancelled.set)
		return;
	timer_set(&file->cancelled, CANCEL_MS, give_up);
	output_close(&file->output);
	if (file->exited)
		end_cancelled(file);
	else
		kill(file->child.pid, SIGTERM);
}

static void on_resume(struct stream *stream)
{
	struct file *file = stream->state;
	output_resume(&file->output);
}

static const struct handlers handlers = {
	.cancel = on_cancel,
	.resume = on_resume,
};

static const struct handlers writing_handlers = {
	.inputs = 1u << CHANNEL_INPUT,
	.data = on_data,
	.eof = on_eof,
	.cancel = on_cancel,
	.resume = on_resume,
};

static bool open_pipes(struct pipe_ends *input, struct pipe_ends *output, struct pipe_ends *result)
{
	*input = *output = *result = NO_PIPE;
	return pipe_to_process(input) && pipe_from_process(output) && pipe_from_process(result);
}

void file_open(struct stream *stream, const struct arguments *arguments)
{
	struct pipe_ends input, output, result;
	struct file *file = calloc(1, sizeof *file);
	pid_t pid = -1;
	if (file && open_pipes(&input, &output, &result)) {
		pid = process_fork_worker(input.process, output.process, result.process);
		if (pid == 0)
			file_worker(arguments);
	}
	if (pid < 0) {
		int error = errno;
		if (file) {
			pipe_close(&input);
			pipe_close(&output);
			pipe_close(&result);
		}
		free(file);
		stream_end_errno(stream, error, "cannot start a file worker");
		return;
	}
	pipe_close_process(&input);
	pipe_close_process(&output);
	pipe_close_process(&result);
	bool writes = arguments->operation == OPERATION_FILE_WRITE;
	bool lists = arguments->operation == OPERATION_FILE_LIST;
	file->stream = stream;
	file->result = result;
	child_watch(&file->child, pid, exited);
	input_open(&file->input, stream, input.agent);
	if (!writes)
		input_close(&file->input);
	output_open(&file->output, output.agent, stream, lists ? CHANNEL_RECORDS : CHANNEL_OUTPUT,
		    output_ended);
	stream->handlers = writes ? &writing_handlers : &handlers;
	stream->state = file;
}
