/* One interactive bash and how code gets into it.

   Bash reads what this program tells it from its standard input, a pipe, line by line. A call is
   two lines: one that reads the code as a file would be read by ".", with the call's own standard
   streams, and one that reports the status. Of commands they use nothing but ".": everything else
   is assignments, redirections and keywords, which no function, alias or option of the session can
   change. Neither starts a process. Bash holds no descriptor of ours but that pipe: code, stdin and the status pipe are
   opened anew for each line through /proc.

   Interactive, because such a bash survives what ends a script: an interrupt, a syntax error, an
   unset variable under set -u. */

#ifndef BASH_H
#define BASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Starts bash and waits until it answers. Exits with a message where it does not. */
void bash_start(void);

pid_t bash_pid(void);

/* A descriptor that becomes readable when bash has a status to tell. */
int bash_status_descriptor(void);

/* Makes bash run the code in the file at a path, and removes that file and the stdin file.
   Returns 0 or an errno. */
int bash_run(const char *code_path, const char *stdin_path);

/* The status bash told. Only when bash_status_descriptor() is readable; -1 where there is none. */
int bash_status(void);

/* Makes bash write its variables into a memory file: its descriptor. A status follows. */
int bash_list_variables(void);

/* Gives bash's RANDOM a new state, and HOSTNAME the machine's new name. A status follows. */
void bash_renew(void);

/* Sends SIGINT to bash and the processes of its group, as a terminal would. */
void bash_interrupt(void);

#endif
