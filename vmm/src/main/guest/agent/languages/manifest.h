/* A runner's manifest (section 9 of the protocol). Pure: no I/O. */
#ifndef LANGUAGES_MANIFEST_H
#define LANGUAGES_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#define MANIFEST_ALIASES_MAX 8
#define MANIFEST_WORDS_MAX 16

struct manifest {
	char *start[MANIFEST_WORDS_MAX + 1];   /* NULL-terminated */
	bool programs; /* each call is a program of its own: nothing is kept from one to the next */
	char *version[MANIFEST_WORDS_MAX + 1]; /* the same; empty without one */
	char *aliases[MANIFEST_ALIASES_MAX];
	size_t alias_count;
	char *requires; /* NULL without one */
	bool addable;   /* it names packages that bring the language */
};

/*
 * Parses text in place, which must outlive the manifest. False where nothing says how to start it,
 * or how to run a program.
 */
bool manifest_parse(char *text, struct manifest *manifest);

#endif
