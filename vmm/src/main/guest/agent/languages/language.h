/* The languages of the image. Their runners' manifests are read once, at the first call. */
#ifndef LANGUAGES_LANGUAGE_H
#define LANGUAGES_LANGUAGE_H

#include "languages/manifest.h"

#include <stdint.h>

#define LANGUAGES_MAX 24

struct language {
	char name[32];
	char directory[128];
	struct manifest manifest;
	bool missing; /* the image lacks the path that its manifest requires */
	char version[64]; /* "" until known */
};

/* Finds a language by name or alias, ignoring case. NULL if the image has no such language. */
struct language *language_find(const char *name);

/* The same among the languages whose program is missing in the image. */
const struct language *language_find_missing(const char *name);

/* All languages that the image has, by name. */
struct language *languages(size_t *count);

/* How long an interpreter that starts from now on may take to become ready, in milliseconds. */
void languages_set_ready_time(uint32_t milliseconds);
uint32_t languages_ready_time(void);

#endif
