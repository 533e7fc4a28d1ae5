#define _GNU_SOURCE
#include "sandbox/mounts.h"

#include "loop/console.h"
#include "protocol/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define QUIET_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)
/*
 * Becomes /dev/shm. It shares the limit of the disk, so that the two together leave memory for
 * code.
 */
#define SHARED_MEMORY "/overlay/shm"

static void mount_or_die(const char *type, const char *target, unsigned long flags,
			 const char *options)
{
	if (mount(type, target, type, flags, options) < 0)
		die("cannot mount %s on %s: %m (the image must have the directory, "
		    "the kernel the file system)", type, target);
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) < 0)
		die("cannot make %s: %m", path);
}

void mounts_open(void)
{
	/* The kernel may have mounted devtmpfs before it started PID 1. */
	if (mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, NULL) < 0 && errno != EBUSY)
		die("cannot mount devtmpfs on /dev: %m (the image must have the directory)");
	mount_or_die("proc", "/proc", QUIET_FLAGS, NULL);
	mount_or_die("sysfs", "/sys", QUIET_FLAGS, NULL);
	/* nsdelegate: the sandbox cannot change the limits of its own group. */
	mount_or_die("cgroup2", "/sys/fs/cgroup", QUIET_FLAGS, "nsdelegate,favordynmods");

	/* At most one inode for each page of memory, because an inode takes about a kilobyte. */
	struct sysinfo info;
	char options[64];
	sysinfo(&info);
	snprintf(options, sizeof options, "mode=0755,size=50%%,nr_inodes=%llu",
		 (unsigned long long)info.totalram * info.mem_unit / 4096);
	mount_or_die("tmpfs", "/overlay", 0, options);
	make_directory("/overlay/upper");
	make_directory("/overlay/work");
	make_directory(SHARED_MEMORY);
	make_directory(SANDBOX_ROOT);
	mount_or_die("overlay", SANDBOX_ROOT, 0,
		     "lowerdir=/,upperdir=/overlay/upper,workdir=/overlay/work,"
		     "redirect_dir=on,volatile");
}

static const struct device {
	const char *path;
	mode_t mode;
	unsigned int major, minor;
} devices[] = {
	{"/dev/null", 0666, 1, 3},    {"/dev/zero", 0666, 1, 5},
	{"/dev/full", 0666, 1, 7},    {"/dev/random", 0666, 1, 8},
	{"/dev/urandom", 0666, 1, 9}, {"/dev/tty", 0666, 5, 0},
	{"/dev/fuse", 0666, 10, 229},
};

static const struct link {
	const char *path, *target;
} links[] = {
	{"/dev/fd", "/proc/self/fd"},
	{"/dev/stdin", "/proc/self/fd/0"},
	{"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"},
	{"/dev/ptmx", "pts/ptmx"},
};

static const struct mount_point {
	const char *type, *target;
	unsigned long flags;
	const char *options;
	bool make;
} mount_points[] = {
	{"proc", "/proc", QUIET_FLAGS, NULL, false},
	/* Read-only: with some kernel settings, root in the sandbox could have the kernel run
	 * programs outside the sandbox. */
	{NULL, "/proc/sys", QUIET_FLAGS, NULL, false},
	{"sysfs", "/sys", QUIET_FLAGS | MS_RDONLY, NULL, false},
	{"cgroup2", "/sys/fs/cgroup", QUIET_FLAGS | MS_RDONLY, NULL, false},
	{"tmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755,size=64k,nr_inodes=256", false},
	{"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5", true},
	{"mqueue", "/dev/mqueue", QUIET_FLAGS, NULL, true},
	{"tmpfs", EXCHANGE_DIRECTORY, QUIET_FLAGS, "mode=0700,uid=1000,gid=1000,size=96m,nr_inodes=1024", true},
};

static bool mount_point(const struct mount_point *point)
{
	if (point->make && mkdir(point->target, 0755) < 0 && errno != EEXIST)
		return false;
	if (point->type)
		return mount(point->type, point->target, point->type, point->flags,
			     point->options) == 0;
	return mount(point->target, point->target, NULL, MS_BIND, NULL) == 0 &&
	       mount(NULL, point->target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | point->flags,
		     NULL) == 0;
}

static const char *fill_dev(void)
{
	for (unsigned int i = 0; i < sizeof devices / sizeof *devices; i++) {
		const struct device *device = &devices[i];
		if (mknod(device->path, S_IFCHR | device->mode,
			  makedev(device->major, device->minor)) < 0)
			return device->path;
	}
	for (unsigned int i = 0; i < sizeof links / sizeof *links; i++)
		if (symlink(links[i].target, links[i].path) < 0)
			return links[i].path;
	return NULL;
}

static const char *make_log_directory(void)
{
	if (mkdir(LOG_DIRECTORY, 0755) < 0 && errno != EEXIST)
		return LOG_DIRECTORY;
	if (lchown(LOG_DIRECTORY, SANDBOX_UID, SANDBOX_GID) < 0)
		return LOG_DIRECTORY;
	return NULL;
}

static bool mount_shared_memory(int tree)
{
	return mkdir("/dev/shm", 0755) == 0 &&
	       syscall(SYS_move_mount, tree, "", AT_FDCWD, "/dev/shm", MOVE_MOUNT_F_EMPTY_PATH) == 0 &&
	       mount(NULL, "/dev/shm", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL) == 0;
}

const char *mounts_enter_sandbox(void)
{
	umask(0);
	int shared_memory = (int)syscall(SYS_open_tree, AT_FDCWD, SHARED_MEMORY,
					 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (shared_memory < 0 || chmod(SHARED_MEMORY, 01777) < 0)
		return SHARED_MEMORY;
	/* pivot_root stacks the old root on top of ".", from where it is unmounted. */
	if (chdir(SANDBOX_ROOT) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return SANDBOX_ROOT;
	for (unsigned int i = 0; i < sizeof mount_points / sizeof *mount_points; i++)
		if (!mount_point(&mount_points[i]))
			return mount_points[i].target;
	if (!mount_shared_memory(shared_memory))
		return "/dev/shm";
	close(shared_memory);
	const char *failed = fill_dev();
	return failed ? failed : make_log_directory();
}
