#define _GNU_SOURCE
#include "confinement/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h of a current kernel; older headers lack some. */
enum {
	CREATE_RULESET = 444,
	ADD_RULE = 445,
	RESTRICT_SELF = 446,
	RULESET_VERSION = 1,
	RULE_PATH_BENEATH = 1,
};

#define EXECUTE (1ULL << 0)
#define WRITE_FILE (1ULL << 1)
#define READ_FILE (1ULL << 2)
#define READ_DIR (1ULL << 3)
#define MAKE_CHARACTER_DEVICE (1ULL << 6)
#define MAKE_BLOCK_DEVICE (1ULL << 11)
#define MAKE_LINK (1ULL << 12)
#define ALL_OF_VERSION_1 ((1ULL << 13) - 1)
#define REFER (1ULL << 13)
#define TRUNCATE (1ULL << 14)
#define IOCTL_DEV (1ULL << 15)
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)
#define BIND_TCP (1ULL << 0)
#define CONNECT_TCP (1ULL << 1)
#define ABSTRACT_SOCKETS (1ULL << 0)
#define SIGNALS (1ULL << 1)

struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

int landlock_version(void)
{
	long version = syscall(CREATE_RULESET, NULL, 0, RULESET_VERSION);
	return version < 0 ? 0 : (int)version;
}

/* Every right to files that the kernel knows. */
static uint64_t all_rights(void)
{
	int version = landlock_version();
	uint64_t rights = ALL_OF_VERSION_1;
	if (version >= 2)
		rights |= REFER;
	if (version >= 3)
		rights |= TRUNCATE;
	if (version >= 5)
		rights |= IOCTL_DEV;
	return rights;
}

int landlock_begin(bool no_tcp)
{
	int version = landlock_version();
	if (version == 0) {
		errno = EOPNOTSUPP;
		return -1;
	}
	struct ruleset set = {.files = all_rights()};
	if (version >= 4 && no_tcp)
		set.network = BIND_TCP | CONNECT_TCP;
	if (version >= 6)
		set.scoped = ABSTRACT_SOCKETS | SIGNALS;
	return (int)syscall(CREATE_RULESET, &set, sizeof set, 0);
}

static bool allow(int rules, int file, uint64_t rights)
{
	struct stat status;
	if (fstat(file, &status) < 0)
		return false;
	if (!S_ISDIR(status.st_mode))
		rights &= OF_FILES;
	struct path_beneath rule = {.allowed = rights & all_rights(), .parent = file};
	return syscall(ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
}

static bool allow_path(int rules, const char *path, uint64_t rights)
{
	int file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
	bool allowed = allow(rules, file, rights);
	close(file);
	return allowed;
}

bool landlock_allow(int rules, const char *path, enum use use)
{
	uint64_t rights = READ_FILE | READ_DIR;
	if (use == USE_EXECUTE)
		rights |= EXECUTE;
	else if (use == USE_WRITE)
		/* No links: they would name, to whoever trusts the directory, files from outside of it. */
		rights = all_rights() & ~(EXECUTE | MAKE_CHARACTER_DEVICE | MAKE_BLOCK_DEVICE | MAKE_LINK);
	return allow_path(rules, path, rights);
}

bool landlock_allow_device(int rules, const char *path, bool written)
{
	return allow_path(rules, path, written ? READ_FILE | WRITE_FILE | IOCTL_DEV : READ_FILE);
}

bool landlock_allow_reopening(int rules, int file)
{
	return allow(rules, file, READ_FILE);
}

bool landlock_confine(int rules)
{
	return syscall(RESTRICT_SELF, rules, 0) == 0;
}
