/* The launcher's command line. Whoever starts the launcher decides here what it may do. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MAX_PATHS = 64,
	MAX_LOCKS = 4,
	MAX_WORDS = 128,                /* of a command line: what builds, a worker's */
	MAX_GRACE = 3600,               /* seconds */
};

/* How a path may be used. */
enum use {
	USE_READ,
	USE_EXECUTE,  /* and read */
	USE_WRITE,    /* and read, create and delete below it, except symbolic links and devices */
};

struct rule {
	enum use use;
	const char *path;
};

/* A command line. */
struct words {
	char *word[MAX_WORDS + 1];      /* NULL at the end */
	int count;
};

/* What a launcher knows of the workers that it starts. */
struct worker_options {
	struct words command;           /* empty if none may be started */
	const char *tenants;            /* the directory with one for each namespace */
	uint32_t first_uid;             /* 0: a worker keeps the launcher's user */
	uint32_t last_uid;
	struct rule rules[MAX_PATHS];   /* of a worker's files, beside its namespace's directory */
	int rule_count;
	const char *sessions;           /* the directory of sessions that no namespace's worker has; NULL if none */
	unsigned grace;                 /* seconds that workers have to end once the server has ended */
};

struct options {
	bool starts_server;             /* rather than serving a socket that was inherited */
	int socket;                     /* inherited; -1 if there is none */
	const char *qemu;               /* NULL if QEMU must not be started */
	const char *qemu_reads[MAX_PATHS];
	int qemu_read_count;
	bool qemu_kvm;                  /* whether a QEMU may use /dev/kvm */
	bool qemu_unconfined;           /* whether QEMU is started where nothing confines it */
	uint32_t first_uid;             /* 0: QEMU keeps the launcher's user */
	uint32_t last_uid;
	const char *locks[MAX_LOCKS];
	int lock_count;
	struct words build;
	struct worker_options worker;
	struct rule rules[MAX_PATHS];   /* of the server's files */
	int rule_count;
	bool keeps_capabilities;        /* all that the launcher has */
	uint64_t capabilities;          /* that the server keeps otherwise */
	bool no_new_privileges;         /* for the server; implied by rules */
	const char *link_from;          /* a directory of files that the server may have linked */
	const char *link_in;            /* a directory whose "links" gets the links; NULL if there are none */
	uint32_t server_uid;            /* the server's user; 0 for the launcher's own */
	bool settled;                   /* whether QEMU's settings are final */
	char **server;                  /* its command line */
};

/* Returns NULL, or what is wrong, for people. */
const char *options_parse(int argc, char **argv, struct options *options);

/* Whether a range may be QEMU's users: neither root nor a system account (below 1000) is in it. */
bool options_uid_range(uint32_t first, uint32_t last);

/* Parses "FIRST-LAST". */
bool options_uids(const char *text, uint32_t *first, uint32_t *last);

#endif
