/* Gives trees of files to another user. */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Gives all that is below an open directory to a user and a group, without following links. What is
 * neither a file, a directory nor a socket is refused. A file with further names keeps its owner, who may share
 * it with others, and can be read by all who reach it, unless shared is set: then it is given too. A directory that is the user's already is done.
 * Returns 0, or an error; then it may be called again.
 */
int tree_give(int directory, uint32_t user, uint32_t group, bool shared);

#endif
