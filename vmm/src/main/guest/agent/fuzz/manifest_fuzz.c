/* Texts of an image: a manifest and an /etc/environment; and messages for people. */
#include "languages/manifest.h"
#include "processes/environment.h"
#include "protocol/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *copy = malloc(size + 1);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	strcpy(copy, text);

	struct manifest manifest;
	if (manifest_parse(text, &manifest) && !*manifest.start[0])
		abort();
	char *entries[8];
	size_t count = environment_parse(copy, entries, 8);
	for (size_t i = 0; i < count; i++)
		if (!strchr(entries[i], '='))
			abort();

	char *clean = malloc(size + 1);
	size_t used = text_copy(clean, size, data, size);
	/* What came out is text, so it comes out the same again. */
	char *again = malloc(size + 1);
	if (used > size || text_copy(again, size, clean, used) != used || memcmp(clean, again, used))
		abort();
	free(text);
	free(copy);
	free(clean);
	free(again);
	return 0;
}
