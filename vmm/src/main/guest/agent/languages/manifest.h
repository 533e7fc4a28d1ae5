/* The parser of a runner's manifest (section 9 of the protocol). No I/O. */
#ifndef LANGUAGES_MANIFEST_H
#define LANGUAGES_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#define MANIFEST_ALIASES_MAX 8
#define MANIFEST_WORDS_MAX 16

struct manifest {
	char *start[MANIFEST_WORDS_MAX + 1];   /* NULL-terminated */
	bool programs; /* each call is a program of its own, without state */
	char *version[MANIFEST_WORDS_MAX + 1]; /* NULL-terminated; empty if there is none */
	char *aliases[MANIFEST_ALIASES_MAX];
	size_t alias_count;
	char *requires; /* NULL: none */
	bool addable;   /* it names Debian packages with the language */
};

/*
 * Parses text in place; text must outlive the manifest. False if the manifest has neither start nor
 * run.
 */
bool manifest_parse(char *text, struct manifest *manifest);

#endif
