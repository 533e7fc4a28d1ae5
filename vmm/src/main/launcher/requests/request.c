#include "requests/request.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "options.h"

static uint32_t number_at(const char *bytes)
{
	uint32_t value;
	memcpy(&value, bytes, sizeof value);
	return value;
}

/* The numbers that the program's files get: a count, and as many numbers, all different. */
static int decode_files(const char **at, const char *end, int descriptors, struct program *program)
{
	if (end - *at < 4)
		return EINVAL;
	uint32_t count = number_at(*at);
	*at += 4;
	if (count > MAX_FILES || (int)count != descriptors || end - *at < (ptrdiff_t)(4 * count))
		return EINVAL;
	bool taken[MAX_FILES] = {false};
	for (uint32_t i = 0; i < count; i++, *at += 4) {
		uint32_t number = number_at(*at);
		if (number >= MAX_FILES || taken[number])
			return EINVAL;
		taken[number] = true;
		program->number[i] = (int)number;
	}
	program->count = (int)count;
	return 0;
}

/* Texts that end with a zero byte each, up to the message's end. */
static int decode_arguments(char *at, char *end, uint32_t count, struct program *program)
{
	if (count > MAX_ARGUMENTS)
		return E2BIG;
	for (uint32_t i = 0; i < count; i++) {
		char *zero = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
		if (zero == NULL)
			return EINVAL;
		program->argument[1 + i] = at;
		at = zero + 1;
	}
	program->argument[1 + count] = NULL;
	program->arguments = (int)count;
	return at == end ? 0 : EINVAL;
}

/* A text that ends with a zero byte, and takes the place up to the next. Returns NULL if there is none. */
static const char *decode_text(const char **at, const char *end)
{
	const char *text = *at;
	const char *zero = text < end ? memchr(text, 0, (size_t)(end - text)) : NULL;
	*at = zero != NULL ? zero + 1 : end;
	return zero != NULL ? text : NULL;
}

bool request_is_namespace(const char *text)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t length = strlen(text);
	return length > 0 && length < MAX_NAME && strspn(text, first) > 0 && strspn(text, all) == length;
}

bool request_is_entry(const char *text)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t length = strlen(text);
	return length > 0 && length < MAX_ENTRY && text[0] != '.' && strspn(text, all) == length;
}

/* The first and the last uid, and the directory of the locks. */
static int decode_configuration(const char *at, const char *end, struct request *request)
{
	if (end - at < 9 || end[-1] != 0 || strlen(at + 8) != (size_t)(end - at) - 9)
		return EINVAL;
	request->first_uid = number_at(at);
	request->last_uid = number_at(at + 4);
	request->locks = at + 8;
	bool no_range = request->first_uid == 0 && request->last_uid == 0;
	if (!no_range && !options_uid_range(request->first_uid, request->last_uid))
		return EINVAL;
	return request->locks[0] == 0 || request->locks[0] == '/' ? 0 : EINVAL;
}

int request_decode(char *bytes, size_t length, int descriptors, struct request *request)
{
	memset(request, 0, sizeof *request);
	if (length < sizeof(struct message))
		return EINVAL;
	struct message message;
	memcpy(&message, bytes, sizeof message);
	request->id = message.id;
	request->first = message.first;
	request->second = message.second;
	request->type = (enum request_type)message.type;
	const char *at = bytes + sizeof message;
	char *end = bytes + length;
	int error;
	switch (message.type) {
	case REQUEST_QEMU:
		if ((message.first & ~(uint32_t)QEMU_USES_KVM) != 0)
			return EINVAL;
		error = decode_files(&at, end, descriptors, &request->program);
		return error != 0 ? error
				  : decode_arguments(bytes + (at - bytes), end, message.second, &request->program);
	case REQUEST_BUILD:
		if ((message.first & ~(uint32_t)BUILD_TEMPLATES) != 0)
			return EINVAL;
		error = decode_files(&at, end, descriptors, &request->program);
		for (int i = 0; error == 0 && i < request->program.count; i++)
			if (request->program.number[i] > 2)
				error = EINVAL;
		return error != 0 ? error : at == end ? 0 : EINVAL;
	case REQUEST_CONFIGURE:
		if (descriptors != 0 || (message.first & ~(uint32_t)CONFIGURE_UNCONFINED) != 0)
			return EINVAL;
		return decode_configuration(at, end, request);
	case REQUEST_ADOPT:
		request->entry = decode_text(&at, end);
		if (request->entry == NULL || !request_is_entry(request->entry))
			return EINVAL;
		/* fall through */
	case REQUEST_WORKER:
	case REQUEST_GIVE_BACK:
		request->namespace = decode_text(&at, end);
		if (descriptors != 0 || message.first != 0 || message.second != 0 || request->namespace == NULL)
			return EINVAL;
		return at == end && request_is_namespace(request->namespace) ? 0 : EINVAL;
	case REQUEST_LINK:
		request->entry = decode_text(&at, end);
		if (descriptors != 1 || message.first != 0 || message.second != 0 || request->entry == NULL)
			return EINVAL;
		return at == end && request_is_entry(request->entry) ? 0 : EINVAL;
	case REQUEST_CONNECT:
		return descriptors == 0 && at == end && message.second < SOCKETS ? 0 : EINVAL;
	case REQUEST_NICE:
		if (message.second > 19)
			return EINVAL;
		/* fall through */
	case REQUEST_ABOUT:
	case REQUEST_OPEN_KVM:
	case REQUEST_KILL:
	case REQUEST_END_BUILDS:
		return descriptors == 0 && at == end ? 0 : EINVAL;
	default:
		return ENOSYS;
	}
}
