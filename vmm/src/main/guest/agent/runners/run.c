/* RUN: runs code in a language's interpreter. */
#include "runners/operations.h"

#include "processes/exit_result.h"
#include "processes/process.h"
#include "protocol/protocol.h"
#include "protocol/text.h"
#include "runners/call.h"
#include "runners/interpreters.h"
#include "runners/life.h"
#include "runners/output.h"
#include "runners/stop.h"
#include "runners/upload.h"
#include "sandbox/mounts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

struct run {
	struct runner_client client;
	struct stream *stream;
	struct runner *runner;
	struct upload code, input;
	struct logfile log;
	struct timer timeout;
	uint32_t timeout_ms;
	int64_t started;
	enum {
		RUN_WAITING,   /* until code, stdin and the interpreter are ready */
		RUN_RUNNING,
		RUN_FINISHING, /* the rest of its output is being sent */
		RUN_LOGGING,   /* the log is being completed */
	} phase;
	bool cancelled, lost;
	uint8_t interpreter;      /* enum interpreter */
	enum runner_loss told;    /* the loss that it reports */
	size_t kept_output, kept_errors; /* bytes sent */
	uint64_t output_goal, errors_goal;
	struct exit_result result;
	uint8_t outcome;
	char error_name[ERROR_NAME_MAX];
	char *error_text;
	size_t error_name_size, error_text_size;
	int64_t status;
};

#define RUN_OF(member, pointer) ((struct run *)((char *)(pointer) - offsetof(struct run, member)))

static void release(struct run *run)
{
	timer_clear(&run->timeout);
	/* A runner that has taken the call has removed the files. */
	upload_remove(&run->code);
	upload_remove(&run->input);
	logfile_close(&run->log);
	free(run->error_text);
	free(run);
}

static void end_with(struct run *run, uint16_t status, const char *message)
{
	struct stream *stream = run->stream;
	release(run);
	stream_end(stream, status, message);
}

static void give_up(struct run *run, uint16_t status, const char *message)
{
	/* The next call reports the loss instead. */
	if (run->runner->loss == LOSS_NONE)
		run->runner->loss = run->told;
	runner_free(run->runner);
	end_with(run, status, message);
}

static uint8_t state_after(const struct run *run)
{
	if (run->runner->language->manifest.programs)
		return STATE_NONE;
	return run->lost ? STATE_LOST : STATE_KEPT;
}

static void end_ok(struct run *run)
{
	static uint8_t payload[FRAME_PAYLOAD_MAX - 64];
	struct writer writer = writer_into(payload, sizeof payload);
	run->result.log_path = logfile_path(&run->log);
	write_exit_result(&writer, &run->result);
	write_u8(&writer, run->outcome);
	write_u8(&writer, state_after(run));
	write_u8(&writer, run->interpreter);
	write_bytes(&writer, run->error_name, run->error_name_size);
	write_bytes(&writer, run->error_text, run->error_text_size);
	write_u64(&writer, (uint64_t)run->status);
	struct stream *stream = run->stream;
	release(run);
	stream_end_ok(stream, payload, writer.size);
}

static void log_finished(struct logfile *log)
{
	end_ok(RUN_OF(log, log));
}

/* Sends output from between the calls, before that of this call. False if there is no room yet. */
static bool send_kept(struct run *run, struct kept *kept, size_t *sent, struct output *output)
{
	while (*sent < kept->size) {
		size_t room = stream_room(run->stream), left = kept->size - *sent;
		if (room == 0 || logfile_is_behind(&run->log))
			return false;
		size_t size = room < left ? room : left;
		size = size < OUTPUT_QUANTUM ? size : OUTPUT_QUANTUM;
		stream_send(run->stream, output->channel, kept->data + *sent, size);
		logfile_append(&run->log, kept->data + *sent, size);
		output->bytes += size;
		*sent += size;
	}
	return true;
}

static void listen_to(struct run *run, struct output *output)
{
	output->stream = run->stream;
	output->log = &run->log;
	output_resume(output);
}

static bool everything_read(struct run *run)
{
	struct runner *runner = run->runner;
	bool output = output_read_until(&runner->output, run->output_goal);
	bool errors = output_read_until(&runner->errors, run->errors_goal);
	return output && errors && !logfile_is_behind(&run->log);
}

static void proceed(struct run *run)
{
	struct runner *runner = run->runner;
	if (run->phase == RUN_WAITING || run->phase == RUN_LOGGING)
		return;
	if (!send_kept(run, &runner->kept_output, &run->kept_output, &runner->output) ||
	    !send_kept(run, &runner->kept_errors, &run->kept_errors, &runner->errors))
		return;
	if (!runner->output.stream) {
		runner->kept_output.size = runner->kept_errors.size = 0;
		run->kept_output = run->kept_errors = 0;
		listen_to(run, &runner->output);
		listen_to(run, &runner->errors);
	}
	runner_resume(runner);
	output_resume(&runner->output);
	output_resume(&runner->errors);
	if (run->phase != RUN_FINISHING || !everything_read(run))
		return;
	run->phase = RUN_LOGGING;
	run->result.stdout_bytes = runner->output.bytes;
	run->result.stderr_bytes = runner->errors.bytes;
	runner_free(runner);
	logfile_finish(&run->log);
}

static void finish(struct run *run)
{
	struct runner *runner = run->runner;
	timer_clear(&run->timeout);
	if (run->phase == RUN_RUNNING) {
		run->result.wall_us = (uint64_t)(now_us() - run->started);
		exit_result_kills(&run->result, runner->cgroup, runner->oom_kills);
		runner->oom_kills += run->result.oom_kills;
	}
	if (run->cancelled) {
		give_up(run, STATUS_CANCELLED, "cancelled");
		return;
	}
	/*
	 * The pipes hold all that the code has printed, and perhaps output of processes that it
	 * left.
	 */
	run->output_goal = runner->output.bytes + output_waiting(&runner->output);
	run->errors_goal = runner->errors.bytes + output_waiting(&runner->errors);
	run->phase = RUN_FINISHING;
	proceed(run);
}

static void on_done(struct runner_client *client, const struct runner_message *message)
{
	struct run *run = RUN_OF(client, client);
	run->result.kind = EXIT_RUNNING;
	run->outcome = message->outcome;
	run->status = message->status;
	run->error_name_size = text_copy(run->error_name, sizeof run->error_name,
					 message->name.data, message->name.size);
	size_t most = message->text.size < ERROR_TEXT_MAX ? message->text.size : ERROR_TEXT_MAX;
	run->error_text = malloc(most + 1);
	if (run->error_text)
		run->error_text_size = text_copy(run->error_text, most, message->text.data,
						 message->text.size);
	finish(run);
}

static void on_ended(struct runner_client *client, int status)
{
	struct run *run = RUN_OF(client, client);
	run->lost = true;
	if (!run->cancelled)
		run->runner->loss = LOSS_NONE; /* this call reports it */
	/* It had answered: the result stands, but the state is lost. */
	if (run->phase == RUN_FINISHING) {
		proceed(run);
		return;
	}
	run->outcome = OUTCOME_INTERPRETER_ENDED;
	exit_result_status(&run->result, status);
	run->status = run->result.kind == EXIT_EXITED ? run->result.code : 128 + run->result.code;
	finish(run);
}

static void on_reset(struct runner_client *client)
{
	struct run *run = RUN_OF(client, client);
	if (run->cancelled || run->phase == RUN_WAITING) {
		end_with(run, STATUS_CANCELLED, "the interpreter was reset");
		return;
	}
	run->lost = true;
	if (run->phase == RUN_RUNNING) {
		run->outcome = OUTCOME_INTERPRETER_ENDED;
		exit_result_status(&run->result, SIGKILL);
		run->status = 128 + SIGKILL;
		run->result.oom_kills = 0;
		run->result.wall_us = (uint64_t)(now_us() - run->started);
	}
	run->result.stdout_bytes = run->runner->output.bytes;
	run->result.stderr_bytes = run->runner->errors.bytes;
	run->phase = RUN_LOGGING;
	logfile_finish(&run->log);
}

static void on_failed(struct runner_client *client, const char *reason)
{
	end_with(RUN_OF(client, client), STATUS_RUNNER_FAILED, reason);
}

static size_t room(struct runner_client *client)
{
	struct run *run = RUN_OF(client, client);
	return run->cancelled ? OUTPUT_QUANTUM : stream_room(run->stream);
}

static void on_record(struct runner_client *client, const uint8_t *data, size_t size)
{
	struct run *run = RUN_OF(client, client);
	if (!run->cancelled)
		stream_send(run->stream, CHANNEL_RECORDS, data, size);
}

static void timed_out(struct timer *timer)
{
	struct run *run = RUN_OF(timeout, timer);
	run->result.timed_out = 1;
	runner_stop(run->runner);
}

static bool both_inputs_ended(const struct run *run)
{
	const uint8_t both = 1u << CHANNEL_INPUT | 1u << CHANNEL_CODE;
	return (run->stream->ended_inputs & both) == both;
}

/* OOM kills between two calls count for neither. */
static void forget_kills(struct runner *runner)
{
	uint32_t kills = cgroup_oom_kills(runner->cgroup);
	if (kills != runner->oom_kills)
		cgroup_victim(runner->cgroup);
	runner->oom_kills = kills;
}

static void begin(struct run *run)
{
	struct runner *runner = run->runner;
	if (run->phase != RUN_WAITING || runner->state != RUNNER_IDLE || !both_inputs_ended(run))
		return;
	char code[64], input[64];
	upload_path(code, sizeof code, &run->code);
	upload_path(input, sizeof input, &run->input);
	run->phase = RUN_RUNNING;
	run->started = now_us();
	run->told = runner->loss;
	runner->loss = LOSS_NONE;
	run->interpreter = runner->unused ? (uint8_t)(INTERPRETER_NEW + run->told) : INTERPRETER_SAME;
	forget_kills(runner);
	/* Output that is in the pipes now was printed before the call. */
	output_read_waiting(&runner->output);
	output_read_waiting(&runner->errors);
	runner->output.bytes = runner->errors.bytes = 0;
	if (run->timeout_ms > 0)
		timer_set(&run->timeout, run->timeout_ms, timed_out);
	runner_call_run(runner, code, input);
	proceed(run);
}

static void on_ready(struct runner_client *client)
{
	begin(RUN_OF(client, client));
}

static void on_data(struct stream *stream, uint8_t channel, struct slice data)
{
	struct run *run = stream->state;
	struct upload *upload = channel == CHANNEL_CODE ? &run->code : &run->input;
	if (run->cancelled)
		return;
	int error = 0;
	if (upload->fd < 0 && !upload_open(upload, stream->id, "in"))
		error = errno;
	if (error == 0)
		error = upload_write(upload, data);
	if (error == 0)
		stream_consumed(stream, data.size);
	else if (error == EFBIG)
		give_up(run, EFBIG, channel == CHANNEL_CODE ? "the code is longer than 8 MiB"
							    : "stdin is longer than 64 MiB");
	else
		give_up(run, (uint16_t)error, "no room for the code or its input in "
						EXCHANGE_DIRECTORY ": remove what is there");
}

static void on_eof(struct stream *stream, uint8_t channel)
{
	struct run *run = stream->state;
	struct upload *upload = channel == CHANNEL_CODE ? &run->code : &run->input;
	upload_close(upload);
	if (!run->cancelled)
		begin(run);
}

static void on_signal(struct stream *stream, int signal)
{
	struct run *run = stream->state;
	if (signal == SIGINT && run->phase == RUN_RUNNING)
		runner_interrupt(run->runner);
}

static void on_cancel(struct stream *stream)
{
	struct run *run = stream->state;
	if (run->phase == RUN_LOGGING) {
		end_with(run, STATUS_CANCELLED, "cancelled");
		return;
	}
	if (run->phase != RUN_RUNNING) {
		give_up(run, STATUS_CANCELLED, "cancelled");
		return;
	}
	/* The output has no reader any more, and the code must not block on its pipes. */
	if (!run->cancelled) {
		run->cancelled = true;
		runner_discard_output(run->runner);
		runner_stop(run->runner);
	}
	/*
	 * Do not wait until it has stopped: no host expects an END, and the next RUN waits itself.
	 */
	if (stream->abandoned)
		give_up(run, STATUS_CANCELLED, "cancelled");
}

static void on_resume(struct stream *stream)
{
	struct run *run = stream->state;
	if (!run->cancelled)
		proceed(run);
}

static void log_caught_up(struct logfile *log)
{
	proceed(RUN_OF(log, log));
}

static const struct handlers handlers = {
	.inputs = 1u << CHANNEL_INPUT | 1u << CHANNEL_CODE,
	.data = on_data,
	.eof = on_eof,
	.signal = on_signal,
	.cancel = on_cancel,
	.resume = on_resume,
};

static const struct runner_client client_functions = {
	.ready = on_ready,
	.failed = on_failed,
	.room = room,
	.record = on_record,
	.done = on_done,
	.ended = on_ended,
	.reset = on_reset,
};

static void start(struct stream *stream, const struct arguments *arguments, struct runner *runner)
{
	struct run *run = calloc(1, sizeof *run);
	if (!run) {
		stream_end_errno(stream, ENOMEM, "cannot run code");
		return;
	}
	run->client = client_functions;
	run->stream = stream;
	run->runner = runner;
	run->timeout_ms = arguments->run.timeout;
	run->code = (struct upload){.fd = -1, .most = CODE_MAX};
	run->input = (struct upload){.fd = -1, .most = STDIN_MAX};
	logfile_open(&run->log, stream->id, arguments->run.log_threshold, log_caught_up, log_finished);
	if (!upload_open(&run->code, stream->id, "code")) {
		int error = errno;
		release(run);
		stream_end_errno(stream, error, "cannot store the code in " EXCHANGE_DIRECTORY);
		return;
	}
	if (!runner_take(runner, &run->client)) {
		int error = errno;
		release(run);
		stream_end_errno(stream, error, error == EAGAIN ? NO_PROCESS : "cannot start the interpreter");
		return;
	}
	stream->handlers = &handlers;
	stream->state = run;
}

void run_open(struct stream *stream, const struct arguments *arguments)
{
	struct runner *runner = interpreter_named(stream, arguments->run.language);
	if (!runner)
		return;
	if (runner_is_busy(runner))
		stream_end(stream, STATUS_BUSY, "the interpreter is running something already");
	else
		start(stream, arguments, runner);
}
