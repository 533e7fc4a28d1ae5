#include "check.h"
#include "protocol/wire.h"

static void integers_are_little_endian(void)
{
	uint8_t bytes[15];
	struct writer writer = writer_into(bytes, sizeof bytes);
	write_u8(&writer, 0x01);
	write_u16(&writer, 0x0302);
	write_u32(&writer, 0x07060504);
	write_u64(&writer, 0x0f0e0d0c0b0a0908);
	CHECK(!writer.overflowed && writer.size == 15);
	for (uint8_t i = 0; i < 15; i++)
		CHECK(bytes[i] == i + 1);

	struct reader reader = reader_of(bytes, sizeof bytes);
	CHECK(read_u8(&reader) == 0x01);
	CHECK(read_u16(&reader) == 0x0302);
	CHECK(read_u32(&reader) == 0x07060504);
	CHECK(read_u64(&reader) == 0x0f0e0d0c0b0a0908);
	CHECK(reader_finished(&reader));
}

static void reading_beyond_the_end_fails_for_good(void)
{
	struct reader reader = reader_of("\1\2\3", 3);
	CHECK(read_u32(&reader) == 0);
	CHECK(reader.failed && !reader_finished(&reader));
	CHECK(read_u8(&reader) == 0);
}

static void a_string_longer_than_what_is_there_fails(void)
{
	struct reader reader = reader_of("\5\0\0\0abcd", 8);
	CHECK(read_slice(&reader).size == 0 && reader.failed);
	reader = reader_of("\377\377\377\377abcd", 8);
	CHECK(read_slice(&reader).data == NULL && reader.failed);
	reader = reader_of("\4\0\0\0abcd", 8);
	CHECK_TEXT(read_slice(&reader), "abcd");
	CHECK(reader_finished(&reader));
}

static void left_over_bytes_are_not_finished(void)
{
	struct reader reader = reader_of("\1\2", 2);
	read_u8(&reader);
	CHECK(!reader.failed && !reader_finished(&reader));
}

static void writing_beyond_the_end_writes_nothing_more(void)
{
	uint8_t bytes[6] = {9, 9, 9, 9, 9, 9};
	struct writer writer = writer_into(bytes, 5);
	write_string(&writer, "ab");
	CHECK(writer.overflowed);
	write_u8(&writer, 1);
	CHECK(writer.size == 4 && bytes[4] == 9 && bytes[5] == 9);
}

int main(void)
{
	integers_are_little_endian();
	reading_beyond_the_end_fails_for_good();
	a_string_longer_than_what_is_there_fails();
	left_over_bytes_are_not_finished();
	writing_beyond_the_end_writes_nothing_more();
	puts("wire: ok");
}
