/* Decodes requests. They are untrusted: a stolen server may have sent them. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "requests/protocol.h"

/* A program's files and arguments. Points into the message. */
struct program {
	int count;                    /* of files */
	int number[MAX_FILES];        /* which the program knows each file by */
	int arguments;
	char *argument[MAX_ARGUMENTS + 2]; /* the first is free for the program's name; NULL at the end */
};

struct request {
	enum request_type type;
	uint32_t id;
	uint32_t first;
	uint32_t second;
	struct program program;       /* of REQUEST_QEMU and REQUEST_BUILD */
	uint32_t first_uid;           /* of REQUEST_CONFIGURE; 0: none */
	uint32_t last_uid;
	const char *locks;            /* of REQUEST_CONFIGURE: an absolute path, or empty */
	const char *namespace;        /* of REQUEST_WORKER, REQUEST_ADOPT and REQUEST_GIVE_BACK: a valid name */
	const char *entry;            /* of REQUEST_LINK and REQUEST_ADOPT: a name in a directory, not hidden */
};

/* Whether a text is a namespace's name: such as auth.Namespaces in Java allows. */
bool request_is_namespace(const char *text);

/* Whether a text is a name in a directory, without surprises: of a link or a session. */
bool request_is_entry(const char *text);

/*
 * Decodes a message with a number of descriptors. Returns 0, or the error with which to refuse it:
 * the request's id is set if the message has one.
 */
int request_decode(char *bytes, size_t length, int descriptors, struct request *request);

#endif
