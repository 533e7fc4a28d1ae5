/* The directory of a call, in which its code is compiled. */

#ifndef WORKSHOP_H
#define WORKSHOP_H

/* Makes a new directory, moves the code of a file into it, and removes that file. Returns 0 or an
   errno; after an error there is no directory. */
int workshop_open(const char *language, const char *file, const char *code_path);

/* The path of the directory until workshop_close(). */
const char *workshop_path(void);

/* Removes the directory and its content. */
void workshop_close(void);

#endif
