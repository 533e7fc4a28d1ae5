#include "check.h"
#include "protocol/protocol.h"
#include "runners/frame.h"

static uint8_t bytes[1 << 16];
static struct writer out;
static struct runner_decoder decoder;
static struct runner_message message;

static void begin(void)
{
	out = writer_into(bytes, sizeof bytes);
	runner_decoder_reset(&decoder);
}

static void put_head(uint32_t length, uint8_t type)
{
	write_u32(&out, length);
	write_u8(&out, type);
}

static void put_ready(const char *version)
{
	put_head((uint32_t)strlen(version) + 4, RUNNER_READY);
	write_string(&out, version);
}

static void put_record(uint32_t id, const char *text)
{
	put_head((uint32_t)strlen(text) + 4, RUNNER_RECORD);
	write_u32(&out, id);
	write_raw(&out, text, strlen(text));
}

static void put_done(uint32_t id, uint8_t outcome, const char *name, const char *text)
{
	put_head((uint32_t)(4 + 1 + 4 + strlen(name) + 4 + strlen(text) + 8), RUNNER_DONE);
	write_u32(&out, id);
	write_u8(&out, outcome);
	write_string(&out, name);
	write_string(&out, text);
	write_u64(&out, (uint64_t)-5);
}

static enum runner_event next(const uint8_t **data)
{
	return runner_decode(&decoder, data, bytes + out.size, &message);
}

static void messages_in_one_piece(void)
{
	begin();
	put_ready("Python 3.11");
	put_record(1, "abc");
	put_record(1, "");
	put_done(1, OUTCOME_ERROR, "ValueError", "no");
	put_head(8, RUNNER_EXITING);
	write_u32(&out, 2);
	write_u32(&out, (uint32_t)-3);
	const uint8_t *data = bytes;
	CHECK(next(&data) == RUNNER_EVENT_READY);
	CHECK_TEXT(message.text, "Python 3.11");
	CHECK(next(&data) == RUNNER_EVENT_RECORD && message.id == 1);
	CHECK_TEXT(message.bytes, "abc");
	CHECK(next(&data) == RUNNER_EVENT_DONE && message.id == 1);
	CHECK(message.outcome == OUTCOME_ERROR && message.status == -5);
	CHECK_TEXT(message.name, "ValueError");
	CHECK_TEXT(message.text, "no");
	CHECK(next(&data) == RUNNER_EVENT_EXITING && message.id == 2 && message.status == -3);
	CHECK(next(&data) == RUNNER_EVENT_NONE && data == bytes + out.size);
}

/* The same, a byte at a time: the same events, records in pieces. */
static void messages_in_the_smallest_pieces(void)
{
	begin();
	put_ready("v");
	put_record(7, "abc");
	put_done(7, OUTCOME_FINISHED, "", "");
	char record[8] = "";
	int events = 0, ready = 0, done = 0;
	for (size_t i = 0; i < out.size; i++) {
		const uint8_t *data = bytes + i, *end = data + 1;
		enum runner_event event;
		while ((event = runner_decode(&decoder, &data, end, &message)) != RUNNER_EVENT_NONE) {
			CHECK(event != RUNNER_EVENT_BROKEN);
			events++;
			ready += event == RUNNER_EVENT_READY;
			done += event == RUNNER_EVENT_DONE;
			if (event == RUNNER_EVENT_RECORD) {
				CHECK(message.id == 7 && message.bytes.size == 1);
				strncat(record, (const char *)message.bytes.data, 1);
			}
		}
		CHECK(data == end);
	}
	CHECK(ready == 1 && done == 1 && events == 5);
	CHECK(strcmp(record, "abc") == 0);
}

static void is_broken(void)
{
	const uint8_t *data = bytes;
	CHECK(next(&data) == RUNNER_EVENT_BROKEN);
	CHECK(message.text.size > 0);
}

static void what_breaks_the_protocol(void)
{
	begin();
	put_head(RUNNER_PAYLOAD_MAX + 1, RUNNER_RECORD);
	write_u32(&out, 1);
	is_broken();
	begin();
	put_head(3, RUNNER_RECORD);
	write_u32(&out, 1);
	is_broken();
	begin();
	put_head(0, RUNNER_RUN);
	is_broken();
	begin();
	put_head(0, RUNNER_READY);
	is_broken();
	begin();
	put_head(9, RUNNER_EXITING);
	write_u64(&out, 0);
	write_u8(&out, 0);
	is_broken();
	begin();
	put_done(1, OUTCOME_INTERPRETER_ENDED, "", "");
	is_broken();
}

static void the_largest_payload_is_taken(void)
{
	static uint8_t zeros[4096];
	begin();
	put_head(RUNNER_PAYLOAD_MAX, RUNNER_READY);
	write_u32(&out, RUNNER_PAYLOAD_MAX - 4);
	const uint8_t *data = bytes;
	CHECK(next(&data) == RUNNER_EVENT_NONE);
	size_t left = RUNNER_PAYLOAD_MAX - 4;
	while (left > 0) {
		size_t piece = left < sizeof zeros ? left : sizeof zeros;
		data = zeros;
		left -= piece;
		enum runner_event event = runner_decode(&decoder, &data, zeros + piece, &message);
		CHECK(event == (left > 0 ? RUNNER_EVENT_NONE : RUNNER_EVENT_READY));
	}
	CHECK(message.text.size == RUNNER_PAYLOAD_MAX - 4);
	runner_decoder_reset(&decoder);
}

int main(void)
{
	messages_in_one_piece();
	messages_in_the_smallest_pieces();
	what_breaks_the_protocol();
	the_largest_payload_is_taken();
	runner_decoder_reset(&decoder);
	puts("runner_frame: ok");
}
