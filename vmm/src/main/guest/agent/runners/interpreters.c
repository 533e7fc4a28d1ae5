#include "runners/interpreters.h"

#include "protocol/protocol.h"
#include "protocol/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends to a message as much as fits. */
__attribute__((format(printf, 2, 3))) static void append(char *message, const char *format, ...)
{
	size_t used = strlen(message);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message + used, MESSAGE_MAX - used, format, arguments);
	va_end(arguments);
}

static void end_unknown(struct stream *stream, const char *name)
{
	char message[MESSAGE_MAX] = "";
	size_t count;
	struct language *all = languages(&count);
	const struct language *missing = language_find_missing(name);
	if (missing)
		append(message, "%s is not in this image, which lacks %.100s", missing->name,
		       missing->manifest.requires);
	else
		append(message, "no language is called %.64s", name);
	append(message, count ? "; there are:" : "; there is none in this image");
	for (size_t i = 0; i < count; i++)
		append(message, "%s %s", i > 0 ? "," : "", all[i].name);
	if (missing && missing->manifest.addable)
		append(message, ". The operator of the server can add it: msb image build --with %s --name"
				" NAME, and NAME as the setting sandbox.image", missing->name);
	stream_end(stream, STATUS_UNKNOWN_LANGUAGE, message);
}

struct runner *interpreter_named(struct stream *stream, const char *name)
{
	struct language *language = language_find(name);
	if (language)
		return runner_of(language);
	end_unknown(stream, name);
	return NULL;
}
