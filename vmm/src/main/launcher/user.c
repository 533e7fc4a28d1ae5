#define _GNU_SOURCE
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confinement/rights.h"

bool user_may_change(const struct options *options)
{
	return options->first_uid != 0 && rights_has(HAS_SETUID) && rights_has(HAS_SETGID) && rights_has(HAS_KILL) &&
	       rights_users_exist(options->first_uid, options->last_uid);
}

/* The directory of the locks: the first that can be written to. Returns a descriptor, or -1. */
static int locks(const struct options *options)
{
	for (int i = 0; i < options->lock_count; i++) {
		const char *path = options->locks[i];
		mkdir(path, 0700);
		int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		struct stat status;
		/* Who else can write there could remove a lock that is held. */
		if (directory >= 0 && fstat(directory, &status) == 0 && status.st_uid == geteuid() &&
		    (status.st_mode & 022) == 0 && faccessat(directory, ".", W_OK, AT_EACCESS) == 0)
			return directory;
		if (directory >= 0)
			close(directory);
	}
	return -1;
}

/* Takes a user's lock. Returns a descriptor, or -1 if it is taken. */
static int lock(int directory, uint32_t id)
{
	char name[24];
	snprintf(name, sizeof name, "uid-%u", id);
	int file = openat(directory, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) < 0) {
		close(file);
		return -1;
	}
	return file;
}

bool user_lives(uint32_t id)
{
	errno = 0;
	getpriority(PRIO_USER, id);
	return errno != ESRCH;
}

int user_take(const struct options *options, struct user *user)
{
	static uint32_t next;
	*user = (struct user){.lock = -1};
	int directory = locks(options);
	if (directory < 0)
		return EROFS;
	uint32_t count = options->last_uid - options->first_uid + 1;
	for (uint32_t tries = 0; tries < count; tries++) {
		uint32_t id = options->first_uid + next++ % count;
		int held = lock(directory, id);
		if (held < 0)
			continue;
		if (!user_lives(id)) {
			*user = (struct user){.id = id, .lock = held};
			break;
		}
		close(held);
	}
	close(directory);
	return user->id != 0 ? 0 : EAGAIN;
}

void user_release(struct user *user)
{
	if (user->lock >= 0)
		close(user->lock);
	*user = (struct user){.lock = -1};
}
