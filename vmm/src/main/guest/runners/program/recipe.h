/* How programs of a language are compiled and run: the part of its manifest that this runner reads
   (section 9 of the agent protocol). */

#ifndef RECIPE_H
#define RECIPE_H

enum { RECIPE_WORDS_MAX = 48 };

struct recipe {
	const char *language;                 /* the name of the manifest's directory */
	const char *directory;                /* the path of that directory */
	const char *file;                     /* the name of the file with the code */
	char *compile[RECIPE_WORDS_MAX + 1];  /* NULL-terminated; empty if nothing is compiled */
	char *run[RECIPE_WORDS_MAX + 1];
};

/* Reads the manifest in the working directory and sets the environment that it asks for.
   Exits with a message if it lacks something. */
void recipe_read(struct recipe *recipe);

#endif
