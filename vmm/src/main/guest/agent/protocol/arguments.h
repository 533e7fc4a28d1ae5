/*
 * The arguments of every operation (section 5 of the protocol), decoded and checked against their
 * documented ranges. No I/O.
 *
 * Strings are terminated copies in one static arena. Strings and lists are valid until the next
 * call.
 */
#ifndef PROTOCOL_ARGUMENTS_H
#define PROTOCOL_ARGUMENTS_H

#include "protocol/wire.h"

struct arguments {
	uint16_t operation;
	union {
		struct {
			int64_t clock;
			const char *hostname;
			struct slice entropy;
			uint32_t ready; /* milliseconds that an interpreter has to become ready */
		} configure;
		struct {
			char **argv;        /* NULL-terminated */
			char **environment; /* NULL-terminated */
			const char *directory;
			uint32_t timeout;
			uint32_t log_threshold;
			uint8_t user;
		} exec;
		struct {
			const char *label;
			char **argv;        /* NULL-terminated */
			char **environment; /* NULL-terminated */
			const char *directory;
			uint32_t timeout;
			uint8_t user;
		} job_start;
		struct {
			const char *id;
			uint64_t offset;
			uint32_t most;
			uint32_t wait;
		} job_read;
		struct {
			const char *id;
			uint8_t signal; /* 0: SIGTERM, and SIGKILL later */
		} job_stop;
		struct {
			const char *language;
			uint32_t timeout;
			uint32_t log_threshold;
		} run;
		struct {
			const char *language;
		} reset, inspect;
		struct {
			const char *language;
			char **modules; /* NULL-terminated */
		} warm;
		struct {
			const char *path;
			uint64_t offset;
			uint64_t length;
		} read;
		struct {
			const char *path;
			uint32_t mode;
			uint8_t flags;
		} write;
		struct {
			const char *path;
			uint8_t follow;
		} stat;
		struct {
			const char *path;
			uint32_t depth;
			uint32_t entries;
		} list;
		struct {
			const char *path;
			uint32_t mode;
			uint8_t parents;
		} mkdir;
		struct {
			const char *path;
			uint8_t recursive;
		} remove;
		struct {
			const char *from;
			const char *to;
			uint8_t replace;
		} rename;
	};
};

enum arguments_result {
	ARGUMENTS_OK,
	ARGUMENTS_MALFORMED, /* the payload is a protocol error */
	ARGUMENTS_BAD,       /* BAD_ARGUMENT; *reason names the argument */
	ARGUMENTS_UNKNOWN,   /* UNKNOWN_OPERATION */
};

/* Decodes the payload of an OPEN frame. */
enum arguments_result arguments_decode(struct slice payload, struct arguments *arguments,
				       const char **reason);

#endif
