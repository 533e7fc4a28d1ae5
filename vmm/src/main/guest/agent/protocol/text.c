#include "protocol/text.h"

#include <string.h>

/* The length of the UTF-8 character at the start of text, or 0 if there is none (RFC 3629). */
static size_t character(const uint8_t *text, size_t size)
{
	uint8_t lead = text[0];
	size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3
			: lead < 0xf5 ? 4 : 0;
	if (length == 0 || length > size)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	bool overlong = (lead == 0xe0 && text[1] < 0xa0) || (lead == 0xf0 && text[1] < 0x90);
	bool surrogate = lead == 0xed && text[1] > 0x9f;
	bool beyond = lead == 0xf4 && text[1] > 0x8f;
	return overlong || surrogate || beyond ? 0 : length;
}

size_t text_copy(char *out, size_t capacity, const void *text, size_t size)
{
	const uint8_t *next = text, *end = next + size;
	size_t used = 0;
	while (next < end) {
		size_t length = character(next, (size_t)(end - next));
		if (used + (length ? length : 1) > capacity)
			break;
		if (length)
			memcpy(out + used, next, length);
		else
			out[used] = '?';
		used += length ? length : 1;
		next += length ? length : 1;
	}
	return used;
}

void write_text(struct writer *writer, const void *text, size_t size, size_t limit)
{
	size_t start = writer->size;
	write_u32(writer, 0);
	if (writer->overflowed)
		return;
	size_t space = writer->capacity - writer->size;
	size_t used = text_copy((char *)writer->data + writer->size,
				limit < space ? limit : space, text, size);
	struct writer length = writer_into(writer->data + start, 4);
	write_u32(&length, (uint32_t)used);
	writer->size += used;
}

void write_message(struct writer *writer, const char *message)
{
	write_text(writer, message, strlen(message), MESSAGE_MAX);
}
