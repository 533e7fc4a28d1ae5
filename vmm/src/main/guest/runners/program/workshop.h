/* The directory of one call, where its code lies and is compiled. */

#ifndef WORKSHOP_H
#define WORKSHOP_H

/* Makes a new directory with the code of a file in it, and removes that file. Returns 0 or an
   errno; then there is no directory. */
int workshop_open(const char *language, const char *file, const char *code_path);

/* Its path, until it is closed. */
const char *workshop_path(void);

/* Removes the directory with all that is in it. */
void workshop_close(void);

#endif
