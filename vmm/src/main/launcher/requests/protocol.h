/* The messages between the server and its launcher: docs/launcher.md. All numbers are little-endian. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdint.h>

enum {
	PROTOCOL_VERSION = 1,
	MAX_MESSAGE = 32 << 10,     /* bytes of a request */
	MAX_ARGUMENTS = 256,        /* of one QEMU */
	MAX_FILES = 16,             /* of one request; also the numbers that a program's files can have */
	MAX_PROCESSES = 1024,       /* that run at one time */
	MAX_REASON = 200,           /* bytes of an error's text */
	MAX_WORKERS = 512,          /* that run at one time */
	MAX_NAME = 64,              /* bytes of a namespace's name, with its zero byte */
	MAX_ENTRY = 129,            /* bytes of the name of a link or a session, with its zero byte */
};

enum request_type {
	REQUEST_ABOUT = 1,
	REQUEST_QEMU = 2,
	REQUEST_BUILD = 3,
	REQUEST_OPEN_KVM = 4,
	REQUEST_KILL = 5,
	REQUEST_NICE = 6,
	REQUEST_CONFIGURE = 7,
	REQUEST_END_BUILDS = 8,
	REQUEST_WORKER = 9,
	REQUEST_CONNECT = 10,
	REQUEST_LINK = 11,
	REQUEST_ADOPT = 12,
	REQUEST_GIVE_BACK = 13,
};

enum reply_type {
	REPLY = 0x100,
	EVENT_EXIT = 0x101,
};

/* What a request's "first" means: of REQUEST_QEMU, REQUEST_BUILD and REQUEST_CONFIGURE. */
enum {
	QEMU_USES_KVM = 1,
	BUILD_TEMPLATES = 1,
	CONFIGURE_UNCONFINED = 1,
};

/* The sockets of a worker: "second" of REQUEST_CONNECT. */
enum {
	SOCKET_HTTP = 0,
	SOCKET_CONTROL = 1,
	SOCKETS = 2,
};

/* What confines QEMU here: "first" of the reply to REQUEST_ABOUT. */
enum layer {
	LAYER_OWN_USER = 1 << 0,
	LAYER_LANDLOCK = 1 << 1,
	LAYER_SECCOMP = 1 << 2,
	LAYER_NAMESPACES = 1 << 3,  /* network, IPC, host name and process ids */
	LAYER_OWN_ROOT = 1 << 4,    /* a mount namespace with nothing but QEMU's files */
	LAYER_QEMU = 1 << 5,        /* not a layer: QEMU was found */
	LAYER_BUILD = 1 << 6,       /* not a layer: a command that builds is known */
	LAYER_NICE = 1 << 7,        /* not a layer: nice values can be lowered too */
	LAYER_WORKERS = 1 << 8,     /* not a layer: workers can be started, and kept from each other */
	LAYER_WORKER_USERS = 1 << 9, /* not a layer: each worker has a user of its own */
};

/* Begins every message in both directions. */
struct message {
	uint32_t type;
	uint32_t id;       /* of the request, chosen by the server; of an exit, the process's handle */
	uint32_t first;
	uint32_t second;
};

#endif
