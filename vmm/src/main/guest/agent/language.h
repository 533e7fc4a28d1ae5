/* The languages of the image: its runners' manifests, read at the first need. */
#ifndef LANGUAGE_H
#define LANGUAGE_H

#include "manifest.h"

#define LANGUAGES_MAX 16

struct language {
	char name[32];
	char directory[128];
	struct manifest manifest;
	char version[64]; /* "" until known */
};

/* By name or alias; NULL if the image has no such language. */
struct language *language_find(const char *name);

/* All of them, in order of their names. */
struct language *languages(size_t *count);

#endif
