/*
 * Reads and writes the protocol's integers and strings in memory.
 *
 * A reader or writer remembers its first failure, so no call returns one. A parser reads like the
 * document's table, and checks for failure once, at its end.
 */
#ifndef PROTOCOL_WIRE_H
#define PROTOCOL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes: not terminated, and valid as long as the buffer that they point into. */
struct slice {
	const uint8_t *data;
	uint32_t size;
};

struct reader {
	const uint8_t *next;
	const uint8_t *end;
	bool failed;
};

struct reader reader_of(const void *data, size_t size);
uint8_t read_u8(struct reader *reader);
uint16_t read_u16(struct reader *reader);
uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
struct slice read_slice(struct reader *reader);
/* Bytes without a length before them. */
struct slice read_raw(struct reader *reader, uint32_t size);
/* Whether all reads succeeded and no byte is left. */
bool reader_finished(const struct reader *reader);

struct writer {
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool overflowed;
};

struct writer writer_into(void *data, size_t capacity);
void write_u8(struct writer *writer, uint8_t value);
void write_u16(struct writer *writer, uint16_t value);
void write_u32(struct writer *writer, uint32_t value);
void write_u64(struct writer *writer, uint64_t value);
void write_raw(struct writer *writer, const void *data, size_t size);
void write_bytes(struct writer *writer, const void *data, size_t size);
void write_string(struct writer *writer, const char *string);

#endif
