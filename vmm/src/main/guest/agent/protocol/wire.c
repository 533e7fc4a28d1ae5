#include "protocol/wire.h"

#include <string.h>

struct reader reader_of(const void *data, size_t size)
{
	return (struct reader){.next = data, .end = (const uint8_t *)data + size};
}

static const uint8_t *take(struct reader *reader, size_t size)
{
	if (reader->failed || (size_t)(reader->end - reader->next) < size) {
		reader->failed = true;
		return NULL;
	}
	const uint8_t *taken = reader->next;
	reader->next += size;
	return taken;
}

static uint64_t read_integer(struct reader *reader, size_t size)
{
	const uint8_t *bytes = take(reader, size);
	uint64_t value = 0;
	for (size_t i = 0; bytes && i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

uint8_t read_u8(struct reader *reader)
{
	return (uint8_t)read_integer(reader, 1);
}

uint16_t read_u16(struct reader *reader)
{
	return (uint16_t)read_integer(reader, 2);
}

uint32_t read_u32(struct reader *reader)
{
	return (uint32_t)read_integer(reader, 4);
}

uint64_t read_u64(struct reader *reader)
{
	return read_integer(reader, 8);
}

struct slice read_slice(struct reader *reader)
{
	uint32_t size = read_u32(reader);
	const uint8_t *data = take(reader, size);
	return (struct slice){.data = data, .size = data ? size : 0};
}

struct slice read_raw(struct reader *reader, uint32_t size)
{
	const uint8_t *data = take(reader, size);
	return (struct slice){.data = data, .size = data ? size : 0};
}

bool reader_finished(const struct reader *reader)
{
	return !reader->failed && reader->next == reader->end;
}

struct writer writer_into(void *data, size_t capacity)
{
	return (struct writer){.data = data, .capacity = capacity};
}

void write_raw(struct writer *writer, const void *data, size_t size)
{
	if (writer->overflowed || writer->capacity - writer->size < size) {
		writer->overflowed = true;
		return;
	}
	if (size > 0)
		memcpy(writer->data + writer->size, data, size);
	writer->size += size;
}

static void write_integer(struct writer *writer, uint64_t value, size_t size)
{
	uint8_t bytes[8];
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	write_raw(writer, bytes, size);
}

void write_u8(struct writer *writer, uint8_t value)
{
	write_integer(writer, value, 1);
}

void write_u16(struct writer *writer, uint16_t value)
{
	write_integer(writer, value, 2);
}

void write_u32(struct writer *writer, uint32_t value)
{
	write_integer(writer, value, 4);
}

void write_u64(struct writer *writer, uint64_t value)
{
	write_integer(writer, value, 8);
}

void write_bytes(struct writer *writer, const void *data, size_t size)
{
	write_u32(writer, (uint32_t)size);
	write_raw(writer, data, size);
}

void write_string(struct writer *writer, const char *string)
{
	write_bytes(writer, string, strlen(string));
}
