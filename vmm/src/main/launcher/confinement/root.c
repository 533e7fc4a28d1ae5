#define _GNU_SOURCE
#include "confinement/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mount.h of a current kernel. */
enum {
	MOUNT_SETATTR = 442,
};
#define ATTRIBUTE_READ_ONLY 0x1ULL
#define ATTRIBUTE_NO_SET_UID 0x2ULL
#define ATTRIBUTE_NO_DEVICES 0x4ULL
#define RECURSIVE 0x8000

struct attributes {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t user_namespace;
};

static bool restrict_mount(const char *path, uint64_t flags)
{
	struct attributes attributes = {.set = flags};
	return syscall(MOUNT_SETATTR, AT_FDCWD, path, RECURSIVE, &attributes, sizeof attributes) == 0;
}

/* Creates the directories above a path. "path" is relative to the new root. */
static bool make_parents(const char *path)
{
	char part[PATH_MAX];
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return false;
	}
	return true;
}

/* Shows a path of the host in the new root, which is the working directory. */
static bool show(const char *path, uint64_t flags)
{
	const char *here = path + 1;
	struct stat status;
	if (lstat(path, &status) < 0)
		return true;
	struct stat present;
	if (lstat(here, &present) == 0)
		return true; /* below something that is shown already */
	if (!make_parents(here))
		return false;
	if (S_ISLNK(status.st_mode)) {
		char target[PATH_MAX];
		ssize_t length = readlink(path, target, sizeof target - 1);
		if (length < 0)
			return false;
		target[length] = 0;
		return symlink(target, here) == 0;
	}
	if (S_ISDIR(status.st_mode) ? mkdir(here, 0755) < 0 : mknod(here, S_IFREG | 0644, 0) < 0)
		return false;
	return mount(path, here, NULL, MS_BIND | MS_REC, NULL) == 0 && restrict_mount(here, flags);
}

/* Whether one of the paths is below a directory, and would be hidden by what is mounted there. */
static bool hides(const char *directory, const char *const paths[], int count)
{
	size_t length = strlen(directory);
	for (int i = 0; i < count; i++)
		if (strncmp(paths[i], directory, length) == 0 && (paths[i][length] == '/' || paths[i][length] == 0))
			return true;
	return false;
}

/* Mounts an empty file system somewhere and goes there. */
static bool enter_empty(const char *const paths[], int count)
{
	static const char *const places[] = {"/tmp", "/run", "/mnt", "/srv", "/home", "/var"};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (!hides(places[i], paths, count) &&
		    mount("none", places[i], "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k,nr_inodes=256") == 0)
			return chdir(places[i]) == 0;
	return false;
}

const char *root_enter(const char *const paths[], int count, bool kvm)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return "making mounts private";
	if (!enter_empty(paths, count))
		return "mounting an empty root";
	for (int i = 0; i < count; i++)
		if (!show(paths[i], ATTRIBUTE_READ_ONLY | ATTRIBUTE_NO_SET_UID | ATTRIBUTE_NO_DEVICES))
			return "mounting QEMU's files";
	if (!show("/dev/urandom", ATTRIBUTE_READ_ONLY) || !show("/dev/null", 0) || (kvm && !show("/dev/kvm", 0)))
		return "mounting devices";
	if (mkdir("proc", 0555) < 0)
		return "mounting /proc";
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	if (mount("proc", "proc", "proc", flags, "subset=pid") < 0 && mount("proc", "proc", "proc", flags, NULL) < 0)
		return "mounting /proc";
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return "changing the root";
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return "leaving the former root";
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0)
		return "making the root read-only";
	return NULL;
}

static bool write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	bool written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
	close(file);
	return written;
}

bool root_map_user(uint32_t user, uint32_t group)
{
	char map[40];
	snprintf(map, sizeof map, "%u %u 1", user, user);
	/* Without this, a process without rights could leave groups that forbid it something. */
	if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", map))
		return false;
	snprintf(map, sizeof map, "%u %u 1", group, group);
	return write_file("/proc/self/gid_map", map);
}
