/* The languages of the image: its runners' manifests, read at the first need. */
#ifndef LANGUAGES_LANGUAGE_H
#define LANGUAGES_LANGUAGE_H

#include "languages/manifest.h"

#define LANGUAGES_MAX 24

struct language {
	char name[32];
	char directory[128];
	struct manifest manifest;
	bool missing; /* its program is not in the image */
	char version[64]; /* "" until known */
};

/* By name or alias, in small letters or capitals; NULL if the image has no such language. */
struct language *language_find(const char *name);

/* The same among those whose program the image lacks. */
const struct language *language_find_missing(const char *name);

/* All that there are, in order of their names. */
struct language *languages(size_t *count);

#endif
