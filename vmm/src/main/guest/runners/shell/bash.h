/* One interactive bash and how code gets into it.

   Bash reads lines from its standard input, a pipe to which this program writes. A call consists of
   two lines. One runs the code as "." runs a file, with the call's own standard streams. The other
   reports the status. The only command in them is ".". Everything else is assignments, redirections
   and keywords, which no function, alias or option of the session can change. Neither line starts a
   process. That pipe is the only descriptor of this program that bash holds: each line opens the code,
   stdin and the status pipe through /proc.

   The bash is interactive, because it then survives what ends a script: an interrupt, a syntax
   error, an unset variable under set -u. */

#ifndef BASH_H
#define BASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Starts bash and waits until it answers. Exits with a message if it does not. */
void bash_start(void);

pid_t bash_pid(void);

/* A descriptor that becomes readable when bash reports a status. */
int bash_status_descriptor(void);

/* Makes bash run the code in the file at a path, and removes that file and the stdin file.
   Returns 0 or an errno. */
int bash_run(const char *code_path, const char *stdin_path);

/* Returns the status that bash has reported, -1 if there is none yet. Call it only when
   bash_status_descriptor() is readable. */
int bash_status(void);

/* Makes bash write its variables into a memory file. Returns the file's descriptor. A status follows. */
int bash_list_variables(void);

/* Gives bash's RANDOM a new state, and HOSTNAME the machine's new name. A status follows. */
void bash_renew(void);

/* Sends SIGINT to bash and the processes of its group, as a terminal would. */
void bash_interrupt(void);

#endif
