/* The directory of a call, in which its code is compiled. */

#ifndef CALL_DIRECTORY_H
#define CALL_DIRECTORY_H

/* Makes a new directory, moves the code of a file into it, and removes that file. Returns 0 or an
   errno; after an error there is no directory. */
int call_directory_open(const char *language, const char *file, const char *code_path);

/* The path of the directory until call_directory_close(). */
const char *call_directory_path(void);

/* Removes the directory and its content. */
void call_directory_close(void);

#endif
