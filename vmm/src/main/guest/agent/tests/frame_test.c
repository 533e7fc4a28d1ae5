#include "check.h"
#include "protocol/frame.h"
#include "protocol/protocol.h"

static uint8_t bytes[FRAME_HEADER + FRAME_PAYLOAD_MAX + 1];
static struct frame frame;
static const char *reason;

static size_t build(uint8_t type, uint32_t stream, const void *payload, uint32_t size)
{
	frame_header(bytes, type, stream, size);
	if (size > 0)
		memcpy(bytes + FRAME_HEADER, payload, size);
	return FRAME_HEADER + size;
}

static enum frame_result decode(uint8_t type, uint32_t stream, const void *payload, uint32_t size)
{
	reason = NULL;
	size_t total = build(type, stream, payload, size);
	/* A copy of the exact size: the sanitizer sees a read beyond it. */
	uint8_t *copy = malloc(total);
	memcpy(copy, bytes, total);
	enum frame_result result = frame_decode(copy, total, &frame, &reason);
	CHECK((result == FRAME_INVALID) == (reason != NULL));
	free(copy);
	return result;
}

static void each_frame_of_a_host_is_decoded(void)
{
	CHECK(decode(FRAME_ACCEPT, 0, "\1\0", 2) == FRAME_COMPLETE && frame.version == 1);
	CHECK(decode(FRAME_OPEN, 7, "\15\0", 2) == FRAME_COMPLETE && frame.body.size == 2);
	CHECK(frame.stream == 7 && frame.size == FRAME_HEADER + 2);
	CHECK(decode(FRAME_DATA, 7, "\4x", 2) == FRAME_COMPLETE);
	CHECK(frame.channel == CHANNEL_CODE && frame.body.size == 1);
	CHECK(decode(FRAME_EOF, 7, "\0", 1) == FRAME_COMPLETE && frame.channel == CHANNEL_INPUT);
	CHECK(decode(FRAME_CREDIT, 7, "\0\0\1\0", 4) == FRAME_COMPLETE && frame.credit == 65536);
	CHECK(decode(FRAME_SIGNAL, 7, "\100", 1) == FRAME_COMPLETE && frame.signal == 64);
	CHECK(decode(FRAME_CANCEL, STREAM_ID_MAX, "", 0) == FRAME_COMPLETE);
	CHECK(decode(FRAME_PING, 0, "\1\2\3\4\5\6\7\10", 8) == FRAME_COMPLETE);
	CHECK(frame.token == 0x0807060504030201);
	CHECK(decode(FRAME_FATAL, 0, "\2\0\0\0no", 6) == FRAME_COMPLETE && frame.body.size == 2);
}

static void a_frame_is_partial_until_its_last_byte(void)
{
	size_t size = build(FRAME_PING, 0, "\1\2\3\4\5\6\7\10", 8);
	for (size_t i = 0; i < size; i++)
		CHECK(frame_decode(bytes, i, &frame, &reason) == FRAME_PARTIAL);
	CHECK(frame_decode(bytes, size + 1, &frame, &reason) == FRAME_COMPLETE);
	CHECK(frame.size == size);
}

static void the_largest_frame_fits_and_no_larger_one(void)
{
	static uint8_t payload[FRAME_PAYLOAD_MAX];
	CHECK(decode(FRAME_DATA, 1, payload, FRAME_PAYLOAD_MAX) == FRAME_COMPLETE);
	CHECK(frame.body.size == FRAME_DATA_MAX);
	frame_header(bytes, FRAME_DATA, 1, FRAME_PAYLOAD_MAX + 1);
	CHECK(frame_decode(bytes, FRAME_HEADER, &frame, &reason) == FRAME_INVALID);
}

static void headers_out_of_range_are_refused(void)
{
	for (int i = 9; i < FRAME_HEADER; i++) {
		build(FRAME_CANCEL, 1, "", 0);
		bytes[i] = 1;
		CHECK(frame_decode(bytes, FRAME_HEADER, &frame, &reason) == FRAME_INVALID);
	}
	CHECK(decode(FRAME_CANCEL, STREAM_ID_MAX + 1, "", 0) == FRAME_INVALID);
	CHECK(decode(FRAME_CANCEL, 0, "", 0) == FRAME_INVALID);
	CHECK(decode(FRAME_PING, 1, "\1\2\3\4\5\6\7\10", 8) == FRAME_INVALID);
	CHECK(decode(0, 1, "", 0) == FRAME_INVALID);
	CHECK(decode(FRAME_HELLO, 1, "", 0) == FRAME_INVALID);
	CHECK(decode(FRAME_END, 1, "", 0) == FRAME_INVALID);
	CHECK(decode(FRAME_RENEWED, 0, "", 0) == FRAME_INVALID);
	CHECK(decode(15, 0, "", 0) == FRAME_INVALID);
}

static void payloads_of_the_wrong_length_are_refused(void)
{
	CHECK(decode(FRAME_ACCEPT, 0, "\1", 1) == FRAME_INVALID);
	CHECK(decode(FRAME_ACCEPT, 0, "\1\0\0", 3) == FRAME_INVALID);
	CHECK(decode(FRAME_OPEN, 1, "\1", 1) == FRAME_INVALID);
	CHECK(decode(FRAME_DATA, 1, "", 0) == FRAME_INVALID);
	CHECK(decode(FRAME_DATA, 1, "\0", 1) == FRAME_INVALID);
	CHECK(decode(FRAME_EOF, 1, "", 0) == FRAME_INVALID);
	CHECK(decode(FRAME_CREDIT, 1, "\1\0\0", 3) == FRAME_INVALID);
	CHECK(decode(FRAME_SIGNAL, 1, "", 0) == FRAME_INVALID);
	CHECK(decode(FRAME_CANCEL, 1, "x", 1) == FRAME_INVALID);
	CHECK(decode(FRAME_PING, 0, "1234567", 7) == FRAME_INVALID);
	CHECK(decode(FRAME_FATAL, 0, "\2\0\0\0n", 5) == FRAME_INVALID);
}

static void values_out_of_range_are_refused(void)
{
	CHECK(decode(FRAME_CREDIT, 1, "\0\0\0\0", 4) == FRAME_INVALID);
	CHECK(decode(FRAME_CREDIT, 1, "\0\0\0\200", 4) == FRAME_INVALID);
	CHECK(decode(FRAME_CREDIT, 1, "\377\377\377\177", 4) == FRAME_COMPLETE);
	CHECK(decode(FRAME_SIGNAL, 1, "\0", 1) == FRAME_INVALID);
	CHECK(decode(FRAME_SIGNAL, 1, "\101", 1) == FRAME_INVALID);
}

static uint8_t renewal[FRAME_PAYLOAD_MAX];
static uint32_t renewal_ready = READY_MS_MAX;

static uint32_t build_renewal(int64_t clock, const char *hostname, uint32_t entropy)
{
	struct writer writer = writer_into(renewal, sizeof renewal);
	write_raw(&writer, "0123456789abcdef", TOKEN_SIZE);
	write_u64(&writer, (uint64_t)clock);
	write_string(&writer, hostname);
	write_raw(&writer, "ABCDEFGHIJKLMNOP", MACHINE_ID_SIZE);
	static const uint8_t zeros[ENTROPY_MAX + 1];
	write_bytes(&writer, zeros, entropy);
	write_u32(&writer, renewal_ready);
	CHECK(!writer.overflowed);
	return (uint32_t)writer.size;
}

static enum frame_result decode_renewal(int64_t clock, const char *hostname, uint32_t entropy)
{
	uint32_t size = build_renewal(clock, hostname, entropy);
	return decode(FRAME_RENEW, 0, renewal, size);
}

static void a_renewal_is_decoded(void)
{
	uint32_t size = build_renewal(5, "box", RENEW_ENTROPY_MIN);
	size_t total = build(FRAME_RENEW, 0, renewal, size);
	CHECK(frame_decode(bytes, total, &frame, &reason) == FRAME_COMPLETE);
	CHECK(memcmp(frame.renewal.token, "0123456789abcdef", TOKEN_SIZE) == 0);
	CHECK(frame.renewal.clock == 5);
	CHECK_TEXT(frame.renewal.hostname, "box");
	CHECK(frame.renewal.machine_id.size == MACHINE_ID_SIZE);
	CHECK(memcmp(frame.renewal.machine_id.data, "ABCDEFGHIJKLMNOP", MACHINE_ID_SIZE) == 0);
	CHECK(frame.renewal.entropy.size == RENEW_ENTROPY_MIN);
	CHECK(frame.renewal.ready == READY_MS_MAX);
	CHECK(decode_renewal(0, "", ENTROPY_MAX) == FRAME_COMPLETE);
	for (uint32_t cut = 0; cut < size; cut++)
		CHECK(decode(FRAME_RENEW, 0, renewal, cut) == FRAME_INVALID);
	CHECK(decode(FRAME_RENEW, 0, renewal, size + 1) == FRAME_INVALID);
	CHECK(decode(FRAME_RENEW, 1, renewal, size) == FRAME_INVALID);
}

static void a_renewal_out_of_range_is_refused(void)
{
	CHECK(decode_renewal(-1, "box", RENEW_ENTROPY_MIN) == FRAME_INVALID);
	CHECK(decode_renewal(5, "a_b", RENEW_ENTROPY_MIN) == FRAME_INVALID);
	CHECK(decode_renewal(5, "0123456789012345678901234567890123456789012345678901234567890123",
			     RENEW_ENTROPY_MIN) == FRAME_INVALID);
	CHECK(decode_renewal(5, "box", RENEW_ENTROPY_MIN - 1) == FRAME_INVALID);
	CHECK(decode_renewal(5, "box", ENTROPY_MAX + 1) == FRAME_INVALID);
	static const uint32_t outside[] = {0, READY_MS_MIN - 1, READY_MS_MAX + 1, UINT32_MAX};
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		renewal_ready = outside[i];
		CHECK(decode_renewal(5, "box", RENEW_ENTROPY_MIN) == FRAME_INVALID);
	}
}

int main(void)
{
	each_frame_of_a_host_is_decoded();
	a_frame_is_partial_until_its_last_byte();
	the_largest_frame_fits_and_no_larger_one();
	headers_out_of_range_are_refused();
	payloads_of_the_wrong_length_are_refused();
	values_out_of_range_are_refused();
	a_renewal_is_decoded();
	a_renewal_out_of_range_is_refused();
	puts("frame: ok");
}
