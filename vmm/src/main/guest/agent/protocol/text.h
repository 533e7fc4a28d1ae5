/* Text for people: bytes that are not UTF-8 are replaced, and text that is too long is cut. */
#ifndef PROTOCOL_TEXT_H
#define PROTOCOL_TEXT_H

#include "protocol/wire.h"

#define MESSAGE_MAX 1024

/*
 * Copies whole characters, at most capacity bytes, with "?" for each byte that is not UTF-8.
 * Returns the size.
 */
size_t text_copy(char *out, size_t capacity, const void *text, size_t size);

/* Appends a str of at most MESSAGE_MAX bytes. */
void write_message(struct writer *writer, const char *message);

/* Appends a str of at most limit bytes. */
void write_text(struct writer *writer, const void *text, size_t size, size_t limit);

#endif
