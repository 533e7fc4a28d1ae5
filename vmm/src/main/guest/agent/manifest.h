/* A runner's manifest (section 9 of the protocol). Pure: no I/O. */
#ifndef MANIFEST_H
#define MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#define MANIFEST_ALIASES_MAX 8
#define MANIFEST_WORDS_MAX 16

struct manifest {
	char *start[MANIFEST_WORDS_MAX + 1];   /* NULL-terminated */
	char *version[MANIFEST_WORDS_MAX + 1]; /* the same; empty without one */
	char *aliases[MANIFEST_ALIASES_MAX];
	size_t alias_count;
	char *requires; /* NULL without one */
};

/* Parses text in place, which must outlive the manifest. False without a start line. */
bool manifest_parse(char *text, struct manifest *manifest);

#endif
