/* How programs of a language are made and run: the part of its manifest that is this program's
   (section 9 of the protocol). */

#ifndef RECIPE_H
#define RECIPE_H

enum { RECIPE_WORDS_MAX = 48 };

struct recipe {
	const char *language;                 /* the name of its directory */
	const char *directory;                /* the path of that */
	const char *file;                     /* what the code's file is called */
	char *compile[RECIPE_WORDS_MAX + 1];  /* NULL-terminated; empty where nothing is compiled */
	char *run[RECIPE_WORDS_MAX + 1];
};

/* Reads the manifest in the working directory and sets the environment that it asks for.
   Exits with a message where it is not one of programs. */
void recipe_read(struct recipe *recipe);

#endif
